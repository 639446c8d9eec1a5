import msgspec
import pytest

from oms.values.market import Market
from oms.values.units import MICRO
from sim.gateway.conditions import Mode, Rates
from tests.sim.gateway.words_gateway import Site, User

TEN = 10 * MICRO
_encode = msgspec.json.encode


def given_user() -> tuple[User, Market, list[str]]:
    site = Site()
    market = site.lists()
    user = User(site)
    return user, market, [user.rests(market, "BUY YES", price, TEN) for price in (100, 200, 300)]


def test_one_order_is_cancelled_and_its_cash_is_free_again() -> None:
    user, _, ids = given_user()
    assert user.asks("DELETE", "/order", _encode({"orderID": ids[0]})) == (200, {"canceled": [ids[0]], "not_canceled": {}})
    assert user.asks("DELETE", "/order", _encode({"orderID": ids[0]}))[1]["not_canceled"] == {ids[0]: "already canceled or matched"}
    assert user.site.host.exchange.account(user.account).cash.frozen_micro == 500_000


def test_many_are_cancelled_at_once_and_each_is_answered_for() -> None:
    user, _, ids = given_user()
    told = user.asks("DELETE", "/orders", _encode([ids[0], "0x17", ids[2], ids[0]]))
    assert told == (200, {"canceled": [ids[0], ids[2]], "not_canceled": {"0x17": "Order not found or already canceled"}})


def test_all_or_those_of_a_market_or_a_token_are_cancelled() -> None:
    user, market, ids = given_user()
    other = user.site.lists("Will that?")
    elsewhere = user.rests(other, "BUY NO", 100, TEN)
    no = user.rests(market, "BUY NO", 100, TEN)
    assert user.asks("DELETE", "/cancel-market-orders", _encode({"market": market.market_id, "asset_id": market.no}))[1]["canceled"] == [no]
    assert user.asks("DELETE", "/cancel-market-orders", _encode({"market": market.market_id}))[1]["canceled"] == ids
    assert user.asks("DELETE", "/cancel-all") == (200, {"canceled": [elsewhere], "not_canceled": {}})
    assert user.asks("DELETE", "/cancel-all") == (200, {"canceled": [], "not_canceled": {}})


def test_nobody_cancels_anothers_order() -> None:
    user, market, ids = given_user()
    other = User(user.site, "2")
    assert other.asks("DELETE", "/orders", _encode(ids))[1]["canceled"] == []
    assert other.asks("DELETE", "/cancel-all")[1]["canceled"] == []
    assert other.asks("DELETE", "/cancel-market-orders", _encode({"market": market.market_id}))[1]["canceled"] == []


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        ("/order", b"", "Invalid orderID"), ("/order", b"[]", "Invalid orderID"), ("/order", b'{"orderID":1}', "Invalid orderID"),
        ("/orders", b"{}", "Invalid orderID"), ("/orders", b"[]", "Invalid orderID"), ("/orders", b"[1]", "Invalid orderID"),
        ("/orders", _encode(["0x1"] * 1_001), "Too many orders in payload: 1001, max allowed: 1000"),
        ("/cancel-market-orders", b"{}", "Invalid market"), ("/cancel-market-orders", b'{"market":1}', "Invalid market"),
        ("/order", b"{", "Invalid payload"),
    ],
)  # fmt: skip
def test_a_cancel_that_says_nothing_is_refused(path: str, body: bytes, words: str) -> None:
    user, _, _ = given_user()
    assert user.asks("DELETE", path, body) == (400, {"error": words})


def test_cancels_are_allowed_when_orders_are_not_but_not_when_all_is_off() -> None:
    user, _, ids = given_user()
    user.site.conditions.mode = Mode.CANCEL_ONLY
    assert user.asks("DELETE", "/order", _encode({"orderID": ids[0]}))[0] == 200
    user.site.conditions.mode = Mode.DISABLED
    assert user.asks("DELETE", "/cancel-all")[0] == 503


def test_cancels_cost_tokens_of_their_own() -> None:
    user, _, ids = given_user()
    user.site.conditions.rates = Rates(cancels_per_s=1, cancels_burst=3)
    assert user.asks("DELETE", "/cancel-all")[0] == 429
    assert user.asks("DELETE", "/orders", _encode(ids))[0] == 200


# The dead-man switch.


def beat(user: User, told: str) -> tuple[int, dict[str, str]]:
    status, answer = user.asks("POST", "/v1/heartbeats", _encode({"heartbeat_id": told}))
    return status, answer


def test_heartbeats_form_a_chain_and_a_wrong_one_is_told_the_right_id() -> None:
    user, _, _ = given_user()
    first = beat(user, "")[1]["heartbeat_id"]
    second = beat(user, first)[1]["heartbeat_id"]
    assert first != second
    status, answer = beat(user, first)
    assert (status, answer["error_msg"], answer["error"], answer["heartbeat_id"]) == (400, "Invalid Heartbeat ID", "Invalid Heartbeat ID", second)
    assert beat(user, second)[0] == 200
    assert user.asks("POST", "/v1/heartbeats", b'{"heartbeat_id":7}')[0] == 400


def test_without_a_first_heartbeat_nothing_is_ever_cancelled() -> None:
    user, _, ids = given_user()
    user.site.passes(3_600)
    assert all(user.site.host.book.orders[order_id].rests for order_id in ids)


def test_silence_after_the_first_cancels_everything_of_that_key_and_disarms() -> None:
    user, market, ids = given_user()
    other = User(user.site, "2").rests(market, "BUY YES", 100, TEN)
    told = beat(user, "")[1]["heartbeat_id"]
    user.site.passes(10)
    assert user.site.host.book.orders[ids[0]].rests
    user.site.passes(5)
    assert [user.site.host.book.orders[order_id].status for order_id in ids] == ["CANCELED"] * 3
    assert user.site.host.book.orders[other].rests
    assert beat(user, told)[0] == 400
    assert beat(user, "")[0] == 200


def test_steady_beats_keep_orders_alive_and_a_rejected_one_does_not() -> None:
    user, _, ids = given_user()
    told = beat(user, "")[1]["heartbeat_id"]
    for _ in range(10):
        user.site.passes(5)
        told = beat(user, told)[1]["heartbeat_id"]
    assert user.site.host.book.orders[ids[0]].rests
    for _ in range(3):
        user.site.passes(5)
        assert beat(user, "wrong")[0] == 400
    assert not user.site.host.book.orders[ids[0]].rests
