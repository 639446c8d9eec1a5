"""What a faulty venue does with trades, and all its misfortunes together: nothing that it says was ever false."""

import random
from functools import partial

import pytest

from oms.values import events as e
from oms.values.commands import AskOpenOrders, AskOrder, AskTrades, Cancel, Command, Place
from oms.values.events import Event, SettlementStage
from oms.values.market import Payout
from oms.values.orders import Side
from oms.values.units import MICRO, NS_PER_SECOND, Nanos
from sim.faults import KINDS
from sim.world import MARKET as MARKET_RANK
from tests.sim.words_faults import FaultyFloor
from tests.sim.words_sim import spec
from tests.words import MARKET, YES

BUY, SELL = Side.BUY, Side.SELL

STAGE = SettlementStage


def _settled(rates: dict[str, float], seconds: float = 200) -> tuple[FaultyFloor, list[tuple[Nanos, SettlementStage]]]:
    floor = FaultyFloor(rates)
    floor.place("a", spec(BUY, 40, 20))
    matched_ns = floor.now_ns
    floor.stranger(spec(SELL, 40, 15))
    floor.live(seconds)
    steps = [(at_ns - matched_ns, fact.stage) for at_ns, fact in floor.heard_when(e.SettlementMoved) if isinstance(fact, e.SettlementMoved)]
    assert floor.venue.audit() == ""
    return floor, steps


@pytest.mark.parametrize(
    ("kind", "stages", "holds"),
    [
        ("settlement retried", [STAGE.MINED, STAGE.RETRYING, STAGE.MINED, STAGE.CONFIRMED], 15),
        ("settlement failed", [STAGE.RETRYING, STAGE.FAILED], 0),
        ("settlement failed late", [STAGE.RETRYING, STAGE.FAILED], 0),
        ("settlement doubled", [STAGE.MINED, STAGE.MINED, STAGE.CONFIRMED, STAGE.CONFIRMED], 15),
    ],
)
def test_settlement_goes_the_way_its_fault_says(kind: str, stages: list[SettlementStage], holds: int) -> None:
    floor, steps = _settled({kind: 1.0})
    assert [stage for _, stage in steps] == stages
    assert (floor.venue.held(YES), floor.venue.held("cash")) == (holds * MICRO, (1_000 - holds * 4 // 10) * MICRO)
    if kind == "settlement failed late":
        assert 30 * NS_PER_SECOND <= steps[-1][0] <= 121 * NS_PER_SECOND
    else:
        assert steps[-1][0] < 15 * NS_PER_SECOND


def test_a_failed_trade_of_ours_cannot_be_confirmed_by_a_word_told_again() -> None:
    _, steps = _settled({"settlement failed": 1.0, "settlement doubled": 1.0})
    assert [stage for _, stage in steps][-1] is STAGE.FAILED
    assert STAGE.CONFIRMED not in [stage for _, stage in steps]


def test_a_trade_that_would_have_failed_late_holds_when_its_market_pays_out_before() -> None:
    floor = FaultyFloor({"settlement failed late": 1.0})
    floor.place("a", spec(BUY, 40, 20))
    floor.stranger(spec(SELL, 40, 15))
    floor.live(10)
    payout = Payout(yes_ppm=1_000_000, no_ppm=0)
    floor.venue.act(lambda exchange: exchange.resolve(MARKET, payout, floor.now_ns), floor.now_ns)
    floor.live(200)
    assert [fact.stage for fact in floor.heard() if isinstance(fact, e.SettlementMoved)] == [STAGE.RETRYING, STAGE.CONFIRMED]
    assert (floor.venue.held("cash"), floor.venue.audit()) == (1_009 * MICRO, "")


def test_trades_of_strangers_settle_as_ever() -> None:
    floor = FaultyFloor(dict.fromkeys((kind for kind in KINDS if kind.startswith("settlement")), 1.0))
    floor.venue.exchange.deposit("other", 100 * MICRO)
    floor.stranger(spec(SELL, 40, 15))
    floor.venue.act(lambda exchange: exchange.submit("other", "o1", spec(BUY, 40, 15), floor.now_ns), floor.now_ns)
    floor.live(30)
    assert [record.stage for record in floor.venue.exchange.trades()] == [STAGE.CONFIRMED]
    assert floor.faults.struck == []


def _is_true(floor: FaultyFloor, fact: Event, absent: list[str]) -> bool:
    """Could the venue have said this, sometime? Held against the exchange itself."""
    exchange = floor.venue.exchange
    record = exchange.find("us", getattr(fact, "order_id", ""))
    if isinstance(fact, e.TradesReported):
        return all(_is_true(floor, fill, absent) for fill in fact.fills) and all(_is_true(floor, step, absent) for step in fact.settlements)
    if isinstance(fact, e.OpenOrdersReported):
        rows = [(row, exchange.find("us", row.venue_order_id.removeprefix("sim-"))) for row in fact.orders]
        return all(order is not None and row.filled_micro <= order.filled_shares_micro <= row.shares_micro for row, order in rows)
    if isinstance(fact, e.Acked):
        return record is not None
    if isinstance(fact, e.Rejected):
        return record is None
    if isinstance(fact, e.ProvenAbsent):
        absent.append(fact.order_id)
        return record is None
    if isinstance(fact, e.CancelDone):
        return record is not None and not record.stands and fact.filled_micro == record.filled_shares_micro
    if isinstance(fact, e.Filled | e.SettlementMoved):
        trade = exchange.trade(fact.trade_id)
        assert trade is not None
        legs = [leg for leg in (trade.trade.maker, trade.trade.taker) if leg.order_key == fact.order_id]
        if isinstance(fact, e.SettlementMoved):
            return bool(legs) and (fact.stage is trade.stage or fact.stage not in (STAGE.CONFIRMED, STAGE.FAILED))
        return [(leg.shares_micro, leg.cash_micro, leg.fee_cash_micro) for leg in legs] == [(fact.shares_micro, fact.cash_micro, fact.fee_cash_micro)]
    return True


def _disturb(floor: FaultyFloor, dice: random.Random, number: int, at_ns: Nanos) -> None:
    """Somebody does something."""
    side, cents = dice.choice([BUY, BUY, SELL]), dice.randint(30, 60)
    command: Command = Place(order_id=f"{number}", spec=spec(side, cents, dice.randint(5, 20)), strategy="", why="")
    if dice.random() < 0.7:
        old = str(dice.randrange(number + 1))
        command = dice.choice([command, Cancel(order_id=old, why=""), AskOrder(order_id=old), AskOpenOrders(), AskTrades(since_ns=0)])
    floor.send(command)
    floor.stranger(spec(dice.choice([BUY, SELL]), dice.randint(30, 60), dice.randint(5, 20)))
    if number % 4 == 0:
        floor.venue.each_second(at_ns)


@pytest.mark.parametrize("seed", range(6))
def test_whatever_goes_wrong_nothing_that_arrives_was_false_and_no_order_enters_twice(seed: int) -> None:
    floor = FaultyFloor({kind: 0.01 if kind == "venue restart" else 0.15 for kind in KINDS}, seed=seed)
    dice = random.Random(seed)
    for number in range(800):
        floor.world.at(floor.now_ns + number * NS_PER_SECOND // 4, MARKET_RANK, partial(_disturb, floor, dice, number))
    floor.live(400)
    absent: list[str] = []
    told = floor.heard()
    assert [fact for fact in told if not _is_true(floor, fact, absent)] == []
    entered = floor.venue.entered
    assert len(entered) == len(set(entered)) > 60
    assert not set(absent) & set(entered), "proven absent, and came"
    assert floor.venue.audit() == ""
    assert len(floor.faults.counts()) > 24
