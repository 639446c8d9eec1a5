"""Reports of everything: what they keep alive, and that a slow one is not asked for again beside itself."""

import asyncio

from oms.values.commands import AskBalances, AskOpenOrders, AskOrder, AskTrades
from oms.values.events import BalancesReported, CancelTaken, Event, OpenOrdersReported, TradesReported
from tests.connectors.polymarket.words_signing import given_market
from tests.connectors.polymarket.words_venue import Bench, bench_run, cancel, found, name_of, order_json, page, trade_json

NAME = name_of(1)
ORDERS, TRADES, BALANCE = "GET /data/orders", "GET /data/trades", "GET /balance-allowance"


def test_an_order_that_rests_for_long_keeps_its_name_however_many_others_come_and_go() -> None:
    """50,000 orders are an hour and a half at ten a second: without its name an order cannot be cancelled, and its fills count as a stranger's."""

    async def story(bench: Bench) -> None:
        bench.names._names_max = 4
        bench.names.learn("o1", NAME)
        bench.script.on(ORDERS, page([order_json(NAME)]))
        for number in range(2, 12):
            bench.names.learn(f"o{number}", name_of(number))
            if number % 3 == 0:
                await bench.carried(AskOpenOrders(asked_ns=number))
        bench.script.on(TRADES, page([trade_json("t1", NAME)]))
        (told,) = await bench.carried(AskTrades(since_ns=0))
        assert isinstance(told, TradesReported)
        assert [fill.order_id for fill in told.fills] == ["o1"]
        bench.script.on("DELETE /order", found({"canceled": [NAME], "not_canceled": {}}))
        assert await bench.carried(cancel(1)) == [CancelTaken(order_id="o1", why="by our wish")]
        assert len(bench.names) == 4

    bench_run(story)


def test_an_order_that_is_asked_about_again_and_again_keeps_its_name() -> None:
    """One whose trade never settles ended long ago, and stands in no report."""

    async def story(bench: Bench) -> None:
        bench.names._names_max = 4
        bench.names.learn("o1", NAME)
        bench.script.on(f"GET /data/order/{NAME}", found(order_json(NAME, status="CANCELED")))
        for number in range(2, 12):
            bench.names.learn(f"o{number}", name_of(number))
            await bench.carried(AskOrder(order_id="o1"))
        assert bench.names.venue_id("o1") == NAME
        assert not bench.alarms

    bench_run(story)


def test_a_report_that_is_slow_is_not_asked_for_again_beside_itself() -> None:
    """The engine asks every two seconds until it knows; hundreds of pages take longer, and queries beside each other would starve each other."""

    async def story(bench: Bench) -> None:
        gate = bench.script.gates[TRADES] = asyncio.Event()
        bench.script.on(TRADES, page([]))
        for second in range(20):
            bench.send(AskTrades(since_ns=0, asked_ns=second))
            await asyncio.sleep(0)
        assert len(bench.script.to(TRADES)) == 1
        gate.set()
        await bench.venue.settled()
        assert len(bench.script.to(TRADES)) == 2
        assert [fact.asked_ns for fact in bench.facts if isinstance(fact, TradesReported)] == [0, 19]

    bench_run(story)


def test_a_slow_report_of_one_kind_does_not_hold_up_the_others() -> None:
    async def story(bench: Bench) -> None:
        gate = bench.script.gates[TRADES] = asyncio.Event()
        bench.script.on(TRADES, page([]))
        bench.script.on(ORDERS, page([]))
        bench.script.on(BALANCE, found({"balance": "5", "allowances": {}}))
        bench.send(AskOpenOrders(asked_ns=1), AskTrades(since_ns=0, asked_ns=1), AskBalances(tokens=(given_market().yes,), asked_ns=1))
        await asyncio.sleep(0.01)
        told: list[type[Event]] = [type(fact) for fact in bench.facts]
        assert told == [OpenOrdersReported, BalancesReported]
        gate.set()
        await bench.venue.settled()
        assert isinstance(bench.facts[-1], TradesReported)

    bench_run(story)


def test_after_a_report_that_broke_down_the_next_one_is_asked_for() -> None:
    async def story(bench: Bench) -> None:
        bench.script.on(ORDERS, lambda _request: found(1 // 0))
        await bench.carried(AskOpenOrders(asked_ns=1))
        assert [alarm.kind for alarm in bench.alarms] == ["fault in the venue connector"]
        bench.script.answers[ORDERS].clear()
        bench.script.on(ORDERS, page([]))
        assert await bench.carried(AskOpenOrders(asked_ns=2)) == [OpenOrdersReported(orders=(), asked_ns=2)]

    bench_run(story)
