"""The venue behind its socket: names before anything is sent, returns at once, and leads every answer to the right fact."""

import asyncio

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from connectors.transport.http import Absent, Answer, Failed, Found, Request
from oms.ports import Venue
from oms.values.commands import Alert, AskOpenOrders, AskOrder, AskTrades, Convert, Merge, Redeem, Split
from oms.values.events import (
    Acked,
    BookReset,
    CancelDone,
    CancelRefused,
    CancelTaken,
    Event,
    Expired,
    MarketListed,
    ProvenAbsent,
    Rejected,
    ReplyLost,
    TickChanged,
    TradesReported,
    TransferRefused,
    VenueReady,
    VenueSyncing,
)
from oms.values.market import Market
from oms.values.orders import Lifetime
from oms.values.units import MICRO
from tests.connectors.polymarket.words_signing import API_KEY, AT_NS, EOA, given_market, given_order
from tests.connectors.polymarket.words_venue import (
    API_SECRET,
    LOST,
    PASSPHRASE,
    SECOND,
    Bench,
    bench_run,
    cancel,
    found,
    given_credentials,
    name_of,
    order_json,
    page,
    place,
    placed,
)

NAME = name_of(1)
POST, ALL = "POST /order", "DELETE /cancel-all"


def test_it_fills_the_socket() -> None:
    async def story(bench: Bench) -> None:
        socket: Venue = bench.venue
        assert socket.prepare([], AT_NS) == []

    bench_run(story)


def test_an_order_is_named_by_its_hash_before_anything_is_sent_and_the_same_each_time() -> None:  # req 2.29
    async def story(bench: Bench) -> None:
        first = bench.venue.prepare([place(1), cancel(1), AskOrder(order_id="o1")], AT_NS)
        assert [prepared.venue_order_id for prepared in first] == [NAME, "", ""]
        assert bench.venue.prepare([place(1)], AT_NS) == first[:1]
        bench.venue.send(first[:1], AT_NS)
        assert not bench.script.asked  # send returned before anything left
        assert [prepared.venue_order_id for prepared in bench.venue.prepare([cancel(1), AskOrder(order_id="o1")], AT_NS)] == [NAME, NAME]
        bench.script.on(POST, found(placed(NAME)))
        await bench.venue.settled()
        body = msgspec.json.decode(bench.script.asked[0].body)
        assert (body["owner"], body["order"]["maker"], body["order"]["tokenId"]) == (API_KEY, EOA, bench.market.yes)

    bench_run(story)


def test_an_order_is_named_on_the_tick_and_in_the_market_of_now() -> None:
    async def story(bench: Bench) -> None:
        fine = place(1, given_order(bench.market, price=4_950))
        assert await bench.carried(fine) == [
            Rejected(order_id="o1", why="OFF_TICK: the price is not on the market's tick: 4950 pips on a tick of 100")
        ]
        bench.venue.hear(TickChanged(token=bench.market.no, tick_pips=50, exchange_ns=1))
        assert bench.venue.prepare([fine], AT_NS)[0].venue_order_id
        bench.venue.hear(BookReset(token=bench.market.yes, bids=(), asks=(), exchange_ns=2, tick_pips=100))
        assert not bench.venue.prepare([fine], AT_NS)[0].venue_order_id
        bench.venue.hear(TickChanged(token="another", tick_pips=50, exchange_ns=3))
        bench.venue.hear(BookReset(token=bench.market.yes, bids=(), asks=(), exchange_ns=4))
        assert bench.venue.markets[bench.market.market_id].tick_pips == 100

    bench_run(story)


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"micro": MICRO}, "BELOW_MINIMUM_SHARES"),
        ({"micro": 10_005_000}, "TOO_MANY_DECIMALS"),
        ({"post_only": True, "lifetime": Lifetime.FOK}, "POST_ONLY_IMMEDIATE"),
        ({"lifetime": Lifetime.GTD, "expires_ns": AT_NS}, "EXPIRY_TOO_SOON"),
    ],
)
def test_an_order_that_is_unfit_never_leaves_and_is_refused_by_name(changes: dict[str, object], name: str) -> None:
    async def story(bench: Bench) -> None:
        (fact,) = await bench.carried(place(1, given_order(bench.market, **changes)))  # type: ignore[arg-type]
        assert isinstance(fact, Rejected)
        assert fact.why.startswith(f"{name}: ")
        assert not bench.script.asked

    bench_run(story)


def test_an_order_for_a_market_it_does_not_know_is_refused_by_name() -> None:
    async def story(bench: Bench) -> None:
        stranger = replace(bench.market, market_id="other")
        assert await bench.carried(place(1, given_order(stranger))) == [Rejected(order_id="o1", why="UNKNOWN_MARKET: other")]

    bench_run(story)


def test_cancels_leave_before_places() -> None:
    async def story(bench: Bench) -> None:
        bench.names.learn("o9", name_of(9))
        bench.script.on(POST, found(placed(NAME)))
        bench.script.on("DELETE /order", found({"canceled": [name_of(9)], "not_canceled": {}}))
        await bench.carried(place(1), cancel(9))
        assert [request.method for request in bench.script.asked] == ["DELETE", "POST"]

    bench_run(story)


def test_what_is_done_on_the_chain_is_refused_by_name_and_a_word_to_a_person_reaches_one() -> None:
    async def story(bench: Bench) -> None:
        facts = await bench.carried(
            Split(command_id="c1", market_id="m", shares_micro=1),
            Merge(command_id="c2", market_id="m", shares_micro=1),
            Convert(command_id="c3", event_id="e", market_ids=("m",), shares_micro=1),
            Redeem(command_id="c4", market_id="m"),
            Alert(kind="k", text="t"),
        )
        assert facts == [TransferRefused(command_id=f"c{number}", why="this connector does nothing on the chain") for number in (1, 2, 3, 4)]
        assert [alarm.kind for alarm in bench.alarms] == ["not carried out"] * 4 + ["k"]
        assert [alarm.text.split(":")[0] for alarm in bench.alarms[:4]] == ["Split c1", "Merge c2", "Convert c3", "Redeem c4"]

    bench_run(story)


def test_a_restart_is_told_and_ends_by_itself() -> None:
    async def story(bench: Bench) -> None:
        bench.script.on("GET /ok", found("OK"))
        await bench.venue.begin()
        bench.script.on(POST, Failed("HTTP 425", True, 425, "", {"retry-after": "0"}))  # noqa: FBT003 (as Failed takes it)
        facts = await bench.carried(place(1))
        assert [type(fact) for fact in facts] == [VenueSyncing, ReplyLost]
        bench.clock_ns += 2 * SECOND
        bench.venue._woken()
        bench.clock_ns += 120 * SECOND
        bench.venue._woken()
        assert bench.facts[-2:] == [VenueReady(post_only=True), VenueReady(post_only=False)]

    bench_run(story)


def test_it_says_that_it_is_there_once_it_was_reached() -> None:
    async def story(bench: Bench) -> None:
        bench.script.on("GET /ok", LOST, LOST, found("OK"))
        await bench.venue.begin()
        assert bench.facts == [VenueReady()]
        assert bench.clock_ns - AT_NS >= 3 * SECOND  # one second, then two

    bench_run(story)


def test_the_kill_switch_cancels_everything_whatever_the_budget_says_and_looks_what_stands() -> None:
    async def story(bench: Bench) -> None:
        bench.names.learn("o1", NAME)
        bench.budget.refused("cancel-all", bench.clock_ns + 100 * SECOND, bench.clock_ns)
        bench.script.on(ALL, found({"canceled": [NAME, "0x" + "55" * 32], "not_canceled": {"0x66": "matched"}}))
        done = await bench.venue.cancel_all_now()
        assert (done.answered, done.cancelled, done.kept) == (True, (NAME, "0x" + "55" * 32), (("0x66", "matched"),))
        assert bench.facts == [CancelTaken(order_id="o1", why="everything was cancelled")]
        bench.script.on("GET /data/orders", page([order_json(NAME)]))
        told = await bench.venue.open_orders_now()
        assert [order.venue_order_id for order in told.orders] == [NAME]

    bench_run(story)


@pytest.mark.parametrize("answer", [LOST, Absent(401, "no"), found(b"<html>")])
def test_a_kill_that_was_not_answered_says_so(answer: Answer) -> None:
    async def story(bench: Bench) -> None:
        bench.script.on(ALL, answer)
        done = await bench.venue.cancel_all_now()
        assert not done.answered
        assert done.why
        assert bench.facts == []

    bench_run(story)


def test_a_fault_of_ours_leaves_its_orders_unknown_and_a_person_is_told() -> None:
    async def story(bench: Bench) -> None:
        def fault(_request: Request) -> Answer:
            raise RuntimeError(PASSPHRASE)

        bench.script.on(POST, fault)
        assert await bench.carried(place(1)) == [ReplyLost(order_id="o1", why="a fault of ours")]
        assert bench.alarms[0].kind == "fault in the venue connector"
        assert "RuntimeError at " in bench.alarms[0].text
        assert PASSPHRASE not in bench.alarms[0].text

    bench_run(story)


def test_closing_gives_up_what_is_under_way() -> None:
    async def story(bench: Bench) -> None:
        bench.script.gates[POST] = asyncio.Event()
        bench.script.on(POST, found(placed(NAME)))
        bench.send(place(1))
        await asyncio.sleep(0.01)
        await bench.venue.close()
        assert bench.facts == []

    bench_run(story)


ANSWERS = st.one_of(
    st.builds(Found, st.one_of(st.binary(max_size=80), st.integers(0, 300).map(lambda cut: msgspec.json.encode(placed(NAME))[:cut]))),
    st.builds(Absent, st.sampled_from([400, 401, 403, 404, 429]), st.one_of(st.text(max_size=40), st.just('{"error":"order not found"}'))),
    st.builds(Failed, st.just("why"), st.booleans(), st.sampled_from([None, 408, 425, 500, 503]), st.text(max_size=40)),
)
ABOUT_PLACE = (Acked, Rejected, ReplyLost)
ABOUT_CANCEL = (CancelDone, CancelRefused, CancelTaken, ReplyLost)
ABOUT_ORDER = (Acked, CancelDone, Expired, ProvenAbsent, TradesReported)


@given(ANSWERS, ANSWERS, ANSWERS, ANSWERS)
@settings(max_examples=60)
def test_whatever_is_answered_nothing_raises_and_each_command_leads_to_facts_of_its_own_kind(
    posted: Answer, deleted: Answer, order: Answer, listed: Answer
) -> None:
    async def story(bench: Bench) -> None:
        bench.script.on(POST, posted)
        bench.script.on("DELETE /order", deleted)
        bench.script.on(f"GET /data/order/{NAME}", order)
        bench.script.on("GET /data/orders", listed)
        bench.script.on("GET /data/trades", listed)
        modes = (VenueSyncing, VenueReady)
        told = [fact for fact in await bench.carried(place(1)) if not isinstance(fact, modes)]
        assert [isinstance(fact, ABOUT_PLACE) for fact in told] == [True]
        told = [fact for fact in await bench.carried(cancel(1)) if not isinstance(fact, modes)]
        assert [isinstance(fact, ABOUT_CANCEL) for fact in told] == [True]
        bench.clock_ns += 60 * SECOND
        assert all(isinstance(fact, (*ABOUT_ORDER, *modes)) for fact in await bench.carried(AskOrder(order_id="o1")))
        reports = await bench.carried(AskOpenOrders(), AskTrades(since_ns=0))
        assert sorted(type(fact).__name__ for fact in reports if not isinstance(fact, modes)) == ["OpenOrdersReported", "TradesReported"]
        assert [alarm for alarm in bench.alarms if alarm.kind.startswith("fault")] == []

    bench_run(story)


def test_no_secret_is_in_any_fact_alarm_or_text() -> None:
    async def story(bench: Bench) -> None:
        bench.script.on(POST, Absent(401, '{"error":"Unauthorized/Invalid api key"}'))
        await bench.carried(place(1))
        said = f"{bench.facts} {bench.alarms} {bench.script.asked} {bench.parts.calls!r} {bench.venue!r} {bench.parts.calls.place([b'{}'])!r}"
        assert PASSPHRASE not in said
        assert API_SECRET not in said
        assert given_credentials().signature("POST", "/order", b"{}", AT_NS // SECOND).decode() not in said

    bench_run(story)


def test_markets_of_both_kinds_are_kept_by_token_and_by_id_until_they_are_forgotten() -> None:
    async def story(bench: Bench) -> None:
        other: Market = replace(given_market("v2"), market_id="m2")
        facts: list[Event] = [MarketListed(market=other), Acked(order_id="x")]
        for fact in facts:
            bench.venue.hear(fact)
        assert bench.venue.by_token[other.no] is bench.venue.markets["m2"] is other
        bench.venue.forget(other)
        bench.venue.forget(other)
        assert ("m2" in bench.venue.markets, other.yes in bench.venue.by_token, other.no in bench.venue.by_token) == (False, False, False)
        assert bench.market.market_id in bench.venue.markets

    bench_run(story)
