"""Requests as the venue wants them, and every kind of answer to an order or a cancel with the one fact it leads to."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.polymarket.rest import judge_cancelled, judge_placed, named_refusal
from connectors.transport.http import Absent, Failed, Found
from oms.values.events import Acked, CancelRefused, CancelTaken, Rejected, ReplyLost
from tests.connectors.polymarket.words_signing import API_KEY, AT_NS, EOA
from tests.connectors.polymarket.words_venue import PASSPHRASE, found, given_calls, given_credentials, placed, refused

A, B, C = ("0x" + letter * 64 for letter in "abc")
ONE = {A: "o1"}
THREE = {A: "o1", B: "o2", C: "o3"}


def error(status: int, text: str) -> Absent:
    return Absent(status, msgspec.json.encode({"error": text}).decode())


def kinds(facts: Any) -> list[str]:  # noqa: ANN401 (facts of any kind)
    return [type(fact).__name__ for fact in facts]


@pytest.mark.parametrize("status", ["live", "matched", "delayed", "unmatched", "", "something new"])
def test_a_reply_with_our_id_and_no_error_is_an_ack_and_never_a_fill(status: str) -> None:
    judged = judge_placed(found(placed(A.upper().replace("0X", "0x"), status, makingAmount="3200000", tradeIDs=["t"])), ONE)
    assert judged.facts == [Acked(order_id="o1", venue_order_id=A)]
    assert not judged.alarms


def test_nulls_where_texts_belong_are_read_as_empty() -> None:
    assert kinds(judge_placed(found({"success": True, "orderID": A, "errorMsg": None}), ONE).facts) == ["Acked"]
    assert kinds(judge_placed(found({"success": False, "orderID": None, "errorMsg": "Insufficient balance"}), ONE).facts) == ["Rejected"]


def test_a_reply_for_another_order_is_an_alarm_and_leaves_ours_unknown() -> None:
    judged = judge_placed(found(placed(B)), ONE)
    assert kinds(judged.facts) == ["ReplyLost"]
    assert judged.alarms == [f"the venue answers for order {B!r}, which is not one we sent with that request"]


@pytest.mark.parametrize(
    "reply",
    [
        placed(""),  # success without an id and without an error
        placed(A, success=False),
        placed(A, errorMsg="not enough balance"),
        refused("order match delayed due to market conditions"),
        refused(f"order {A} is invalid. Duplicated."),
        {},
        [],
        None,
        "",
    ],
)
def test_a_200_that_contradicts_itself_or_says_nothing_leaves_the_order_unknown(reply: object) -> None:
    assert kinds(judge_placed(found(reply), ONE).facts) == ["ReplyLost"]


@pytest.mark.parametrize(
    ("status", "text", "name"),
    [
        (400, "not enough balance / allowance: the balance is not enough -> balance: 0", "BALANCE"),
        (400, "not enough balance / allowance: the allowance is not enough -> 0", "ALLOWANCE"),
        (400, "order_version_mismatch", "WRONG_GENERATION"),
        (400, "order 0x1 is invalid. Price (0.495) breaks minimum tick size rule: 0.01", "TICK"),
        (400, "order 0x1 is invalid. Size (4) lower than the minimum: 5", "MINIMUM_SIZE"),
        (400, "invalid amount for a marketable BUY order ($0.84), min size: $1", "MINIMUM_CASH"),
        (400, "invalid amounts, the market buy orders maker amount supports a max accuracy of 2 decimals", "PRECISION"),
        (400, "invalid post-only order: order crosses book", "WOULD_CROSS"),
        (400, "order couldn't be fully filled. FOK orders are fully filled or killed.", "FOK_KILLED"),
        (400, "no orders found to match with FAK order. FAK orders are partially filled or killed if no match is found.", "FAK_KILLED"),
        (400, "the order owner has to be the owner of the API KEY", "WRONG_OWNER"),
        (400, "the order signer address has to be the address of the API KEY", "WRONG_SIGNER"),
        (400, "maker address not allowed, please use the deposit wallet flow", "MAKER_NOT_ALLOWED"),
        (400, "'0xabc' address in closed only mode", "CLOSED_ONLY"),
        (400, "invalid expiration", "EXPIRATION"),
        (400, "something nobody has seen", "OTHER"),
        (401, "Unauthorized/Invalid api key", "UNAUTHORIZED"),
        (403, "Trading restricted in your region", "REGION"),
        (404, "market not found", "NO_MARKET"),
        (429, "Too Many Requests", "RATE_LIMITED"),
    ],
)
def test_a_refusal_has_a_short_name_and_the_venues_own_words(status: int, text: str, name: str) -> None:
    assert judge_placed(error(status, text), ONE).facts == [Rejected(order_id="o1", why=f"{name}: {text}")]
    in_200 = judge_placed(found(refused(text)), ONE).facts
    assert in_200 == [Rejected(order_id="o1", why=named_refusal(text))]


def test_a_refusal_by_status_alone_is_one_except_where_its_words_would_matter() -> None:
    assert judge_placed(Absent(403, "<html>"), ONE).facts == [Rejected(order_id="o1", why="FORBIDDEN: HTTP 403")]
    assert judge_placed(Absent(429, ""), ONE).facts == [Rejected(order_id="o1", why="RATE_LIMITED: HTTP 429")]
    assert kinds(judge_placed(Absent(400, "<html>"), ONE).facts) == ["ReplyLost"]
    assert kinds(judge_placed(Absent(400, '{"error":"order 0x1 is inva'), ONE).facts) == ["ReplyLost"]


def test_a_duplicate_means_that_the_order_exists_so_it_is_asked_about() -> None:
    facts = judge_placed(error(400, f"order {A} is invalid. Duplicated."), ONE).facts
    assert kinds(facts) == ["ReplyLost"]
    assert "Duplicated" in facts[0].why  # type: ignore[union-attr]


@pytest.mark.parametrize("status", [408, 425, 500, 502, 503, 504, None])
def test_what_may_have_been_carried_out_is_unknown_and_what_never_left_us_is_refused(status: int | None) -> None:
    text = '{"error":"post-only mode","code":"post_only_mode"}' if status == 503 else ""
    assert kinds(judge_placed(Failed("why", True, status, text), THREE).facts) == ["ReplyLost"] * 3  # noqa: FBT003 (as Failed takes it)
    never_left = judge_placed(Failed("no connection", False), ONE).facts  # noqa: FBT003
    assert never_left == [Rejected(order_id="o1", why="NOT_SENT: no connection")]


def test_a_batch_is_matched_by_the_ids_in_whatever_order_they_come() -> None:
    judged = judge_placed(found([placed(C), placed(A), refused("not enough balance / allowance")]), THREE)
    assert kinds(judged.facts) == ["Acked", "Rejected", "Acked"]
    assert [fact.order_id for fact in judged.facts] == ["o1", "o2", "o3"]
    by_words = judge_placed(found([refused(f"order {B} is invalid. Price (0.5) breaks minimum tick size rule: 0.1"), placed(C), placed(A)]), THREE)
    assert by_words.facts[1] == Rejected(order_id="o2", why=f"TICK: order {B} is invalid. Price (0.5) breaks minimum tick size rule: 0.1")


def test_of_nameless_refusals_as_many_as_orders_left_all_are_refused_and_otherwise_none_is() -> None:
    both = [refused("not enough balance"), refused("invalid expiration")]
    assert kinds(judge_placed(found([*both, placed(B)]), THREE).facts) == ["Rejected", "Acked", "Rejected"]
    assert kinds(judge_placed(found([both[0], placed(B)]), THREE).facts) == ["ReplyLost", "Acked", "ReplyLost"]
    assert kinds(judge_placed(found([*both, both[0], placed(B)]), THREE).facts) == ["ReplyLost", "Acked", "ReplyLost"]
    assert kinds(judge_placed(found([both[0], placed(""), placed(B)]), THREE).facts) == ["ReplyLost", "Acked", "ReplyLost"]
    assert kinds(judge_placed(found([both[0], refused("order match delayed"), placed(B)]), THREE).facts) == ["ReplyLost", "Acked", "ReplyLost"]
    stranger = judge_placed(found([both[0], placed("0x" + "dd" * 32), placed(B)]), THREE)
    assert kinds(stranger.facts) == ["ReplyLost", "Acked", "ReplyLost"]
    assert len(stranger.alarms) == 1


def test_a_whole_batch_refused_is_refused_and_one_duplicate_in_it_leaves_all_unknown() -> None:
    assert kinds(judge_placed(error(400, "Too many orders in payload: 16, max allowed: 15"), THREE).facts) == ["Rejected"] * 3
    assert kinds(judge_placed(error(400, f"order {A} is invalid. Duplicated."), THREE).facts) == ["ReplyLost"] * 3


@pytest.mark.parametrize("names", [ONE, THREE])
@given(st.one_of(st.binary(max_size=200), st.integers(0, 400).map(lambda cut: msgspec.json.encode([placed(A), refused("x")])[:cut])))
def test_no_answer_raises_and_each_order_gets_one_fact_of_its_own(names: dict[str, str], body: bytes) -> None:
    for answer in (Found(body), Absent(400, body.decode(errors="replace")), Failed("?", True, 500, body.decode(errors="replace"))):  # noqa: FBT003
        for judge in (judge_placed, judge_cancelled):
            judged = judge(answer, names)
            assert [fact.order_id for fact in judged.facts] == list(names.values())
            if isinstance(answer, Found) and not isinstance(judged.facts[0], ReplyLost):
                assert A.encode() in body.lower()


def test_a_damaged_reply_never_becomes_an_ack_or_a_refusal() -> None:
    """Cut anywhere, the answer to one order is unknown."""
    for whole in (placed(A), refused("not enough balance")):
        body = msgspec.json.encode(whole)
        assert [kinds(judge_placed(Found(body[:cut]), ONE).facts) for cut in range(len(body))] == [["ReplyLost"]] * len(body)


def test_a_cancel_is_done_refused_or_unknown_order_by_order() -> None:
    answer = found({"canceled": [A.upper().replace("0X", "0x")], "not_canceled": {B: "already canceled or matched"}})
    assert judge_cancelled(answer, {A: "o1", B: "o2"}).facts == [
        CancelTaken(order_id="o1", why="by our wish"),
        CancelRefused(order_id="o2", why="already canceled or matched"),
    ]
    assert kinds(judge_cancelled(answer, THREE).facts)[2] == "ReplyLost"
    both = found({"canceled": [A], "not_canceled": {A: "?"}})
    assert kinds(judge_cancelled(both, ONE).facts) == ["ReplyLost"]


def test_a_cancel_the_venue_would_not_hear_of_is_refused_and_one_that_came_too_fast_is_cancelled_again() -> None:
    assert judge_cancelled(error(404, "order not found"), ONE).facts == [CancelRefused(order_id="o1", why="NOT_FOUND: order not found")]
    assert kinds(judge_cancelled(error(400, "Invalid orderID"), ONE).facts) == ["CancelRefused"]
    for status in (401, 403, 429):  # who asked was refused, not the cancel: nothing is known of the order, and the engine asks at its own pace
        assert kinds(judge_cancelled(Absent(status, ""), ONE).facts) == ["ReplyLost"]
    for answer in (Failed("?", True, 425), Failed("?", True, 500), Failed("?", False), Found(b"{}")):  # noqa: FBT003
        assert kinds(judge_cancelled(answer, ONE).facts) == ["ReplyLost"]


def test_requests_are_signed_without_their_query_and_show_nothing() -> None:
    calls = given_calls()
    request = calls.trades("MA==", after_s=5)
    assert (request.method, request.path, request.query) == ("GET", "/data/trades", (("after", "5"), ("next_cursor", "MA==")))
    at_s = AT_NS // 1_000_000_000
    assert request.headers == given_credentials().headers("GET", "/data/trades", b"", at_s)
    assert request.headers["POLY_ADDRESS"] == EOA
    assert PASSPHRASE not in repr(request)
    assert "market" not in dict(request.query)  # polymarket.md §12.16


def test_bodies_are_those_of_the_reference() -> None:
    calls = given_calls()
    assert calls.cancel([A]).body == b'{"orderID":"%b"}' % A.encode()
    assert msgspec.json.decode(calls.cancel([A, B]).body) == [A, B]
    assert (calls.cancel([A, B]).method, calls.cancel([A, B]).path) == ("DELETE", "/orders")
    assert calls.cancel_all().body == b""
    assert calls.cancel_market("0xcond").body == b'{"market":"0xcond"}'
    assert calls.cancel_market("0xcond", "7").body == b'{"market":"0xcond","asset_id":"7"}'
    assert calls.place([b"{}"]).path == "/order"
    assert (calls.place([b"1", b"2"]).path, calls.place([b"1", b"2"]).body) == ("/orders", b"[1,2]")
    assert calls.heartbeat("").body == b'{"heartbeat_id":""}'
    assert calls.balance("COLLATERAL", 3).query == (("asset_type", "COLLATERAL"), ("signature_type", "3"))
    assert calls.balance("CONDITIONAL", 0, "7").query == (("asset_type", "CONDITIONAL"), ("token_id", "7"), ("signature_type", "0"))
    assert calls.open_orders("MA==").query == (("next_cursor", "MA=="),)
    assert calls.trades("MA==", trade_id="t").query == (("id", "t"), ("next_cursor", "MA=="))
    assert calls.api_key == API_KEY
