"""Trading for real, against the simulated exchange over its sockets: the start, the end, the death, the switch."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.assembly.outside import VenueSaidNo
from connectors.signer_caps import Cap, Caps
from oms.entries import read_journal
from oms.machines.ledger import CASH
from oms.ports import JournalFailed
from oms.report import order_parts
from oms.values.commands import Heartbeat
from oms.values.events import Rejected
from oms.values.orders import Side
from oms.values.units import MICRO, NS_PER_SECOND
from tests.config.assembly.words_live_story import placed_ids, quotes, told
from tests.config.words_live import Floor, Stage, Trader, open_floor, stage


@pytest.fixture(scope="module")
def floor() -> Iterator[Floor]:
    with open_floor() as opened:
        yield opened


@pytest.fixture
def trader(tmp_path: Path) -> Trader:
    return Trader(tmp_path)


def test_it_begins_with_what_the_wallet_holds_trades_and_takes_its_own_orders_back_but_nobody_elses(floor: Floor, trader: Trader) -> None:
    # req 2.4, 2.11, 2.24, 2.31
    by_hand: list[str] = []

    async def story(made: Stage) -> None:
        await quotes(made)
        by_hand.extend(order.order_id for order in floor.rests(trader.address, 2))
        state = made.live.engine.state
        for side, outcome in ((Side.BUY, "NO"), (Side.SELL, "YES")):
            while not state.fills_by[outcome, "BUY"]:  # our quotes may be on the move just when somebody trades
                floor.trades(side, 15)
                await asyncio.sleep(0.05)
        await made.until(lambda: state.settlements.open_count == 0)
        await made.ends("SIGTERM was sent")

    made = told(floor, trader, story)
    report = made.report
    assert report["cash"]["start_micro"] == 10_000 * MICRO
    assert report["fills"]["by_outcome_side"]["NO"]["BUY"] > 0
    assert report["fills"]["by_outcome_side"]["YES"]["BUY"] > 0
    assert (report["conserved"], report["left_open"], report["killed"]) == (True, 0, None)
    assert (report["orders"]["rejected"], report["orders"]["unknown"]) == (0, 0)
    assert [order.order_id for order in floor.standing(trader.address)] == by_hand
    theirs = floor.host.exchange.account(trader.address.lower())
    assert made.live.engine.state.ledger.total(CASH) == theirs.cash.available_micro + theirs.cash.frozen_micro
    assert made.live.latch.halt() is None


def test_shares_that_were_there_before_the_books_began_are_brought_in(floor: Floor, trader: Trader) -> None:
    market = floor.markets[1]
    floor.do(lambda: floor.host.open_wallet(trader.address))
    assert floor.do(lambda: floor.host.exchange.split(trader.address.lower(), market.market_id, 50 * MICRO)) is None

    async def story(made: Stage) -> None:
        await quotes(made)
        await made.ends()

    state = told(floor, trader, story).live.engine.state
    assert [state.inventory.held(token) for token in (market.yes, market.no)] == [50 * MICRO] * 2
    assert state.ledger.total(CASH) == 9_950 * MICRO


def test_an_end_that_was_asked_for_before_the_first_turn_is_an_end(floor: Floor, trader: Trader) -> None:
    async def story(made: Stage) -> None:
        made.live.end("SIGTERM was sent early")
        await made.until(lambda: made.report)

    assert told(floor, trader, story).report["orders"]["placed"] == 0


def test_after_a_death_the_journal_is_gone_on_with_and_no_order_is_placed_twice(floor: Floor, trader: Trader) -> None:
    # req 0.18, 1.26
    async def first(made: Stage) -> None:
        await quotes(made)
        floor.trades(Side.BUY, 25)  # what happens next the dead process never hears of
        await made.dies()

    async def second(made: Stage) -> None:
        await quotes(made)
        await made.until(lambda: sum(made.live.engine.state.fills_by.values()))
        await made.ends()

    told(floor, trader, first)
    before = placed_ids(trader)
    assert len(floor.standing(trader.address)) >= 6
    made = told(floor, trader, second)
    after = placed_ids(trader)
    assert after[: len(before)] == before
    assert len({*after}) == len(after)
    assert {order.order_id for order in floor.orders_of(trader.address)} == {*after}
    assert (made.report["conserved"], made.report["left_open"], made.report["alerts"]) == (True, 0, {})
    assert order_parts(made.live.engine.state.blotter)["placed"] == len(after)
    assert floor.standing(trader.address) == []


def test_a_process_that_dies_before_it_brought_the_cash_in_leaves_that_to_the_next(floor: Floor, trader: Trader) -> None:
    async def nobody_tells(made: Stage) -> None:
        floor.do(lambda: floor.gateway.conditions.order("query failed", 2))  # that it looks at the chain anew, and the balance
        with pytest.raises(VenueSaidNo, match="does not tell how much collateral"):
            await made.until(lambda: False)

    told(floor, trader, nobody_tells)

    async def story(made: Stage) -> None:
        await quotes(made)
        await made.ends()

    assert told(floor, trader, story).report["cash"]["start_micro"] == 10_000 * MICRO


@pytest.mark.parametrize("what", ["wallet", "venue"])
def test_the_journal_of_another_wallet_or_venue_is_not_gone_on_with(floor: Floor, trader: Trader, tmp_path: Path, what: str) -> None:
    async def story(made: Stage) -> None:
        await quotes(made)
        await made.ends()

    told(floor, trader, story)
    stranger = Trader(tmp_path / "other")
    stranger.state = trader.state
    words = r"is the journal of live, wallet .*; name another folder with live\.state"
    if what == "wallet":
        with pytest.raises(JournalFailed, match=words):
            told(floor, stranger, story)
        return
    with open_floor(1) as elsewhere, pytest.raises(JournalFailed, match=words):
        told(elsewhere, trader, story)


def test_a_market_that_is_chosen_later_is_listed_later_and_the_cash_is_not_brought_in_twice(trader: Trader) -> None:
    with open_floor(2) as floor:

        async def story(made: Stage) -> None:
            await quotes(made)
            await made.ends()

        told(floor, trader, story, markets={"slugs": ["market-0"]})
        made = told(floor, trader, story)
        assert len(made.live.engine.state.desks) == 2
        assert made.report["cash"]["start_micro"] == 10_000 * MICRO


# The switch.


@pytest.mark.parametrize(
    ("limits", "name"),
    [
        ({"order_max_usd": 5}, "ORDER_CAP"),
        ({"day_spend_max_usd": 30}, "DAY_SPEND_CAP"),
        ({"total_loss_max_usd": 30}, "TOTAL_LOSS_CAP"),
        ({"market_loss_max_usd": 15}, "MARKET_LOSS_CAP"),
        ({"market_orders_max": 2}, "MARKET_ORDERS_CAP"),
        ({"total_orders_max": 3}, "TOTAL_ORDERS_CAP"),
    ],
)
def test_what_is_beyond_a_cap_is_refused_by_name_and_never_reaches_the_venue(
    floor: Floor, trader: Trader, limits: dict[str, int], name: str
) -> None:  # ruling 0.10
    async def story(made: Stage) -> None:
        await made.until(lambda: made.live.engine.state.refusals)
        await made.ends()

    report = told(floor, trader, story, limits=limits).report
    assert {*report["refused_by_gate"]} == {name}
    costs: dict[tuple[str, str], int] = {}
    orders = floor.orders_of(trader.address)
    for order in orders:
        spec = order.spec
        costs[spec.market_id, spec.token] = costs.get((spec.market_id, spec.token), 0) + spec.price_pips * spec.size_micro // 10_000
    worst = {market_id: max(cost for (of, _), cost in costs.items() if of == market_id) for market_id, _ in costs}
    assert sum(costs.values()) <= {"ORDER_CAP": 0, "DAY_SPEND_CAP": 30}.get(name, 1_000) * MICRO
    assert sum(worst.values()) <= {"TOTAL_LOSS_CAP": 30}.get(name, 1_000) * MICRO
    assert max(worst.values(), default=0) <= {"MARKET_LOSS_CAP": 15}.get(name, 1_000) * MICRO
    assert len(orders) <= {"MARKET_ORDERS_CAP": 4, "TOTAL_ORDERS_CAP": 3}.get(name, 8)


@pytest.mark.parametrize(
    ("cap", "name", "most"),
    [
        (Cap(order_micro=5 * MICRO, day_micro=10**12, total_micro=10**12), "SIGNER_ORDER_CAP", 0),
        (Cap(order_micro=10**12, day_micro=30 * MICRO, total_micro=10**12), "SIGNER_DAY_CAP", 30),
        (Cap(order_micro=10**12, day_micro=10**12, total_micro=20 * MICRO), "SIGNER_TOTAL_CAP", 20),
    ],
)
def test_what_the_gate_lets_through_the_signers_own_caps_still_refuse(
    floor: Floor, trader: Trader, cap: Cap, name: str, most: int, caplog: pytest.LogCaptureFixture
) -> None:
    # ruling 0.10, req 0.15
    caps = Caps(buy=cap, sell=cap, price_min_pips=1, price_max_pips=9_999)

    async def run() -> Stage:
        async with asyncio.timeout(30), stage(floor, trader, caps=caps) as made:
            made.begin()
            await made.until(lambda: "orders are refused" in made.live.alerts)
            await made.ends()
            return made

    made = asyncio.run(run())
    rejected = [entry.body.why for entry in read_journal(trader.state / "live.journal")[1] if isinstance(entry.body, Rejected)]
    assert {why.partition(":")[0] for why in rejected} == {name}
    orders = floor.orders_of(trader.address)
    assert sum(order.spec.price_pips * order.spec.size_micro // 10_000 for order in orders) <= most * MICRO
    assert made.report["left_open"] == 0
    (alarm,) = [record.pairs for record in caplog.records if record.getMessage() == "alarm"]  # type: ignore[attr-defined]
    assert alarm["kind"] == "orders are refused"
    assert alarm["text"].startswith(f"{name}: ")


def test_the_dead_mans_switch_is_fed_while_the_loop_turns_in_time_and_not_when_it_is_late(floor: Floor, trader: Trader) -> None:
    async def story(made: Stage) -> None:
        await quotes(made)
        beats: list[int] = []
        live = made.live
        live.venue.send = lambda ready, at_ns: beats.append(at_ns) if isinstance(ready[0].command, Heartbeat) else None  # type: ignore[method-assign]
        await asyncio.sleep(0)
        start_ns = live.world.now_ns() + 10 * NS_PER_SECOND
        live.loop.lag_ns = 0
        for second in range(10):
            live._beat(start_ns + second * NS_PER_SECOND)
        assert [at_ns - start_ns for at_ns in beats] == [0, 5 * NS_PER_SECOND]
        live.loop.lag_ns = 3 * NS_PER_SECOND
        live._beat(start_ns + 20 * NS_PER_SECOND)
        assert len(beats) == 2

    told(floor, trader, story, live={"heartbeat_s": 5})
