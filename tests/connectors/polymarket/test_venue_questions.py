"""What is asked and what follows: an order's fate with its fills, absence only when it is proven, reports with what is missing."""

import asyncio

import pytest

from connectors.polymarket.venue_questions import SETTLE_NS, SOON_NS
from connectors.transport.http import Absent, Answer, Failed
from oms.values.commands import AskBalances, AskOpenOrders, AskOrder, AskTrades
from oms.values.events import (
    Acked,
    BalancesReported,
    CancelDone,
    Event,
    Expired,
    OpenOrdersReported,
    ProvenAbsent,
    TradesReported,
)
from oms.values.units import MICRO
from tests.connectors.polymarket.words_signing import AT_NS, POSITION, given_market
from tests.connectors.polymarket.words_venue import (
    LOST,
    SECOND,
    Bench,
    bench_run,
    found,
    name_of,
    order_json,
    page,
    place,
    placed,
    trade_json,
)

NAME = name_of(1)
ORDER, ORDERS, TRADES, BALANCE = f"GET /data/order/{NAME}", "GET /data/orders", "GET /data/trades", "GET /balance-allowance"
UNKNOWN = Absent(404, '{"error":"order not found"}')
STRANGERS = {f"o{number}": name_of(number) for number in range(1, 18)}
NO_ANSWER = Failed("no answer", False)  # noqa: FBT003 (as Failed takes it)


async def lost(bench: Bench) -> None:
    """Order 1 was posted and its answer lost."""
    bench.script.on("POST /order", LOST)
    await bench.carried(place(1))
    bench.facts.clear()


async def asked(bench: Bench, *answers: Answer, trades: Answer | None = None) -> list[Event]:
    bench.script.answers.pop(ORDER, None)
    bench.script.answers.pop(TRADES, None)
    bench.script.on(ORDER, *answers)
    if trades is not None:
        bench.script.on(TRADES, trades)
    return await bench.carried(AskOrder(order_id="o1"))


def test_an_order_that_stands_is_acknowledged() -> None:
    async def story(bench: Bench) -> None:
        await lost(bench)
        assert await asked(bench, found(order_json(NAME))) == [Acked(order_id="o1", venue_order_id=NAME)]
        assert not bench.script.to(TRADES)

    bench_run(story)


def test_an_orders_fills_come_before_its_end_and_only_its_own() -> None:
    async def story(bench: Bench) -> None:
        await lost(bench)
        mine, other = trade_json("t1", NAME, size="4", status="MINED"), trade_json("t2", "0x" + "12" * 32)
        facts = await asked(bench, found(order_json(NAME, status="CANCELED", matched="4")), trades=page([mine, other]))
        assert isinstance(facts[0], TradesReported)
        assert [(fill.trade_id, fill.shares_micro) for fill in facts[0].fills] == [("t1", 4 * MICRO)]
        assert (facts[0].order_id, len(facts[0].settlements), facts[0].omitted) == ("o1", 1, ())
        assert facts[1:] == [CancelDone(order_id="o1", why="the venue says CANCELED", filled_micro=4 * MICRO)]
        assert dict(bench.script.to(TRADES)[0].query)["after"] == str(AT_NS // SECOND - 61)

    bench_run(story)


def test_trades_that_the_order_names_are_fetched_by_their_ids() -> None:
    async def story(bench: Bench) -> None:
        await lost(bench)
        order = order_json(NAME, status="MATCHED", matched="10", associate_trades=["t1", "t2"])
        bench.script.on(ORDER, found(order))
        bench.script.on(TRADES, page([trade_json("t1", NAME, size="4")]), page([trade_json("t2", NAME, size="6")]))
        facts = await bench.carried(AskOrder(order_id="o1"))
        assert isinstance(facts[0], TradesReported)
        assert sum(fill.shares_micro for fill in facts[0].fills) == 10 * MICRO
        assert [dict(request.query).get("id") for request in bench.script.to(TRADES)] == ["t1", "t2"]
        assert facts[1] == CancelDone(order_id="o1", why="the venue says MATCHED", filled_micro=10 * MICRO)

    bench_run(story)


def test_a_named_trade_that_is_not_to_be_had_is_looked_for_by_time() -> None:
    async def story(bench: Bench) -> None:
        await lost(bench)
        bench.script.on(ORDER, found(order_json(NAME, matched="4", associate_trades=["t1"])))
        bench.script.on(TRADES, page([]), page([trade_json("t1", NAME, size="4")]))
        facts = await bench.carried(AskOrder(order_id="o1"))
        assert [type(fact) for fact in facts] == [TradesReported, Acked]

    bench_run(story)


def test_an_end_with_fills_that_are_not_told_yet_still_says_how_much_there_must_be() -> None:
    """The engine keeps such an order open and asks until it knows (oms/apply_own.py)."""

    async def story(bench: Bench) -> None:
        await lost(bench)
        facts = await asked(bench, found(order_json(NAME, status="CANCELED_EXPIRED_ORDER", matched="4")), trades=NO_ANSWER)
        assert facts == [Expired(order_id="o1", filled_micro=4 * MICRO)]

    bench_run(story)


def test_absence_needs_the_settle_time_and_an_empty_trades_query() -> None:  # rulings 0.6
    async def story(bench: Bench) -> None:
        await lost(bench)
        assert await asked(bench, UNKNOWN, trades=page([])) == []
        assert not bench.script.to(TRADES)
        bench.clock_ns += SETTLE_NS
        assert await asked(bench, UNKNOWN, trades=NO_ANSWER) == []
        assert await asked(bench, UNKNOWN, trades=page([{"id": "unreadable"}])) == []
        assert await asked(bench, UNKNOWN, trades=page([trade_json("t9", "0x" + "12" * 32)])) == [ProvenAbsent(order_id="o1")]
        revived = await asked(bench, UNKNOWN, trades=page([trade_json("t1", NAME)]))
        assert isinstance(revived[0], TradesReported)
        assert revived[0].fills[0].trade_id == "t1"
        assert len(revived) == 1

    bench_run(story)


@pytest.mark.parametrize("answer", [NO_ANSWER, Failed("?", False, 500), Absent(404, "<html>"), found(b"<html>"), found({}), found(b'{"id":')])  # noqa: FBT003
def test_from_a_failed_question_nothing_follows(answer: Answer) -> None:
    async def story(bench: Bench) -> None:
        await lost(bench)
        bench.clock_ns += 10 * SETTLE_NS
        assert await asked(bench, answer, trades=page([])) == []

    bench_run(story)


def test_an_order_whose_post_is_still_under_way_is_not_asked_about() -> None:
    async def story(bench: Bench) -> None:
        bench.script.gates["POST /order"] = asyncio.Event()
        bench.script.on("POST /order", found(placed(NAME)))
        bench.send(place(1))
        await asyncio.sleep(0.01)
        bench.send(AskOrder(order_id="o1"))
        await asyncio.sleep(0.01)
        assert not bench.script.to(ORDER)
        bench.script.gates["POST /order"].set()
        await bench.venue.settled()
        assert bench.facts == [Acked(order_id="o1", venue_order_id=NAME)]

    bench_run(story)


def test_an_order_of_an_earlier_process_is_proven_absent_only_when_ours_has_been_up_for_the_settle_time() -> None:
    async def story(bench: Bench) -> None:
        bench.names.learn("o1", NAME)
        assert await asked(bench, UNKNOWN, trades=page([])) == []
        bench.clock_ns += SETTLE_NS
        assert await asked(bench, UNKNOWN, trades=page([])) == [ProvenAbsent(order_id="o1")]
        assert int(dict(bench.script.to(TRADES)[0].query)["after"]) < AT_NS // SECOND - 86_400

    bench_run(story)


def test_a_slow_venue_is_asked_one_question_about_an_order_at_a_time_and_what_was_asked_meanwhile_is_asked_after_it() -> None:
    """Questions every half second that take ten would fill every connection, and heartbeats and cancels would wait behind them."""

    async def story(bench: Bench) -> None:
        bench.names.learn("o1", NAME)
        gate = bench.script.gates[ORDER] = asyncio.Event()
        bench.script.on(ORDER, NO_ANSWER, found(order_json(NAME, status="CANCELED")))
        for _ in range(20):
            bench.send(AskOrder(order_id="o1"))
            await asyncio.sleep(0)
        assert len(bench.script.to(ORDER)) == 1
        gate.set()
        await bench.venue.settled()
        assert len(bench.script.to(ORDER)) == 2
        assert bench.facts == [CancelDone(order_id="o1", why="the venue says CANCELED", filled_micro=0)]

    bench_run(story)


async def asked_together(bench: Bench, *trades: Answer) -> list[Event]:
    """Orders of an earlier process, which the venue does not know, are all asked about before it tells any trades."""
    for order_id, name in STRANGERS.items():
        bench.names.learn(order_id, name)
        bench.script.on(f"GET /data/order/{name}", UNKNOWN)
    bench.script.on(TRADES, *trades)
    gate = bench.script.gates[TRADES] = asyncio.Event()
    bench.clock_ns += SETTLE_NS
    bench.send(*(AskOrder(order_id=order_id) for order_id in STRANGERS))
    await asyncio.sleep(0.01)
    gate.set()
    await bench.venue.settled()
    return bench.facts


def test_orders_the_venue_does_not_know_share_a_trades_query_that_began_after_they_were_asked_about() -> None:
    async def story(bench: Bench) -> None:
        facts = await asked_together(bench, page([]), page([trade_json("t1", STRANGERS["o17"])]))
        assert len(bench.script.to(TRADES)) == 2  # the first had begun when the others asked, so it proves nothing of them
        told = {fact.order_id: type(fact) for fact in facts if isinstance(fact, ProvenAbsent | TradesReported)}
        assert told == {**dict.fromkeys(STRANGERS, ProvenAbsent), "o17": TradesReported}

    bench_run(story)


def test_a_shared_trades_query_that_failed_proves_nothing_and_is_not_repeated_for_each_order() -> None:
    async def story(bench: Bench) -> None:
        assert (await asked_together(bench, NO_ANSWER), len(bench.script.to(TRADES))) == ([], 2)

    bench_run(story)


def test_an_order_without_a_name_is_one_alarm_and_no_conclusion() -> None:
    async def story(bench: Bench) -> None:
        for _ in range(3):
            assert await bench.carried(AskOrder(order_id="o7")) == []
        assert [alarm.kind for alarm in bench.alarms] == ["order without a name"]

    bench_run(story)


def test_everything_that_stands_is_reported_from_all_pages_with_what_is_missing() -> None:
    async def story(bench: Bench) -> None:
        bench.script.on(ORDERS, page([order_json(NAME)], "b"), page([order_json("0x" + "34" * 32), {"id": "x"}]))
        (told,) = await bench.carried(AskOpenOrders(asked_ns=7))
        assert isinstance(told, OpenOrdersReported)
        assert [order.venue_order_id for order in told.orders] == [NAME, "0x" + "34" * 32]
        assert (told.asked_ns, len(told.omitted)) == (7, 1)
        bench.script.answers[ORDERS].clear()
        bench.script.on(ORDERS, NO_ANSWER)
        (told,) = await bench.carried(AskOpenOrders(asked_ns=8))
        assert isinstance(told, OpenOrdersReported)
        assert (told.orders, told.omitted) == ((), ("page 1: no answer",))

    bench_run(story)


def test_all_trades_of_all_markets_are_reported_with_fills_and_stages() -> None:  # polymarket.md §12.16, §12.18
    async def story(bench: Bench) -> None:
        bench.names.learn("o1", NAME)
        bench.names.learn("o2", name_of(2))
        maker = {"order_id": name_of(2), "owner": "x", "maker_address": "0x", "matched_amount": "3", "price": "0.51"}
        across = trade_json("t2", "0x" + "12" * 32, size="3", owner="x", maker_address="0x", side="BUY", status="MINED")
        across |= {"maker_orders": [{**maker, "asset_id": given_market().no, "side": "BUY"}], "trader_side": "MAKER"}
        bench.script.on(TRADES, page([trade_json("t1", NAME, status="CONFIRMED")], "b"), page([across]))
        (told,) = await bench.carried(AskTrades(since_ns=AT_NS, asked_ns=AT_NS + 5))
        assert isinstance(told, TradesReported)
        assert [(fill.trade_id, fill.order_id, fill.is_maker) for fill in told.fills] == [("t1", "o1", False), ("t2", "o2", True)]
        assert [moved.stage.name for moved in told.settlements] == ["CONFIRMED", "MINED"]
        assert (told.since_ns, told.asked_ns, told.order_id, told.omitted) == (AT_NS, AT_NS + 5, "", ())
        assert dict(bench.script.to(TRADES)[0].query) == {"after": str(AT_NS // SECOND - 1), "next_cursor": "MA=="}

    bench_run(story)


def test_trades_with_a_page_missing_say_so() -> None:
    async def story(bench: Bench) -> None:
        bench.script.on(TRADES, page([trade_json("t1", NAME)], "b"), NO_ANSWER)
        (told,) = await bench.carried(AskTrades(since_ns=0))
        assert isinstance(told, TradesReported)
        assert told.omitted == ("page 2: no answer",)

    bench_run(story)


def test_balances_of_collateral_and_of_tokens_of_both_generations_are_reported() -> None:
    async def story(bench: Bench) -> None:
        bench.venue.by_token[POSITION] = given_market("v2")
        told = {"COLLATERAL": "100", "CONDITIONAL": "7", "CONDITIONAL-V2": "8"}
        bench.script.on(BALANCE, lambda request: found({"balance": told[dict(request.query)["asset_type"]], "allowances": {}}))
        (report,) = await bench.carried(AskBalances(tokens=(bench.market.yes, POSITION, "77"), asked_ns=3))
        assert report == BalancesReported(cash_micro=100, shares_micro=((bench.market.yes, 7), (POSITION, 8)), asked_ns=3)
        bench.script.answers[BALANCE].clear()
        bench.script.on(BALANCE, NO_ANSWER)
        (report,) = await bench.carried(AskBalances(tokens=(bench.market.yes,), asked_ns=3 + SOON_NS))
        assert report == BalancesReported(cash_micro=None, shares_micro=(), asked_ns=3 + SOON_NS)

    bench_run(story)


def test_allowances_are_plain_values_for_a_persons_check() -> None:
    async def story(bench: Bench) -> None:
        bench.script.on(BALANCE, found({"balance": "5", "allowances": {"0xE1": str(2**256 - 1)}}))
        told = await bench.venue.questions.balance(0)
        assert told is not None
        assert told.allowances_micro == (("0xE1", 2**256 - 1),)

    bench_run(story)
