"""What the exchange answers when it is asked: the truth, once more."""

from oms.values import events as e
from oms.values.orders import OrderSpec, Side
from oms.values.units import MICRO
from sim.answers import REMEMBERED_MAX, Answers
from sim.exchange import Exchange
from tests.words import MARKET, NOON_NS, YES, given_market

US = "us"


def given_exchange() -> Exchange:
    exchange = Exchange()
    exchange.list_market(given_market(), NOON_NS)
    for name in (US, "them"):
        exchange.deposit(name, 10_000 * MICRO)
        exchange.split(name, MARKET, 1_000 * MICRO)
    return exchange


def spec(side: Side, price: int, shares: int) -> OrderSpec:
    return OrderSpec(market_id=MARKET, token=YES, side=side, price_pips=price, size_micro=shares * MICRO)


def filled(trade_id: str, order_id: str = "o1") -> e.Filled:
    return e.Filled(
        order_id=order_id,
        trade_id=trade_id,
        price_pips=4_000,
        shares_micro=MICRO,
        cash_micro=1,
        fee_cash_micro=0,
        is_maker=True,
        exchange_ns=1,
    )


def test_an_order_is_found_standing_ended_or_not_at_all() -> None:
    exchange = given_exchange()
    answers = Answers(exchange, US)
    assert answers.about("o1") is None
    exchange.submit(US, "o1", spec(Side.BUY, 4_000, 10), NOON_NS)
    assert answers.about("o1") == e.Acked(order_id="o1", venue_order_id="sim-o1")
    exchange.submit("them", "x", spec(Side.SELL, 4_000, 5), NOON_NS)
    exchange.cancel(US, "o1", NOON_NS)
    told = answers.about("o1")
    assert isinstance(told, e.CancelDone)
    assert told.filled_micro == 5 * MICRO
    exchange.submit(US, "o2", spec(Side.BUY, 4_000, 10), NOON_NS)
    exchange.submit("them", "y", spec(Side.SELL, 4_000, 10), NOON_NS)
    assert answers.about("o2") == e.Acked(order_id="o2", venue_order_id="sim-o2")


def test_what_stands_is_listed_with_what_is_filled_and_strangers_are_not() -> None:
    exchange = given_exchange()
    exchange.submit(US, "o1", spec(Side.BUY, 4_000, 10), NOON_NS)
    exchange.submit("them", "x", spec(Side.SELL, 4_000, 5), NOON_NS)
    exchange.submit("them", "y", spec(Side.SELL, 6_000, 5), NOON_NS)
    report = Answers(exchange, US).open_orders(7)
    assert report.asked_ns == 7
    assert [(row.venue_order_id, row.filled_micro, row.shares_micro) for row in report.orders] == [("sim-o1", 5 * MICRO, 10 * MICRO)]


def test_trades_are_told_from_a_moment_on_oldest_first_and_of_one_order_when_named() -> None:
    answers = Answers(given_exchange(), US)
    for number in range(6):
        answers.remember(NOON_NS + number, filled(f"t{number}", f"o{number % 2}"))
    told = answers.trades(NOON_NS + 2, NOON_NS + 9)
    assert [fill.trade_id for fill in told.fills] == ["t2", "t3", "t4", "t5"]
    assert (told.since_ns, told.asked_ns, told.omitted) == (NOON_NS + 2, NOON_NS + 9, ())
    assert [fill.trade_id for fill in answers.trades(0, 1, "o1").fills] == ["t1", "t3", "t5"]


def test_settlements_that_went_on_are_told_with_their_trades() -> None:
    exchange = given_exchange()
    exchange.submit(US, "o1", spec(Side.BUY, 4_000, 10), NOON_NS)
    exchange.submit("them", "x", spec(Side.SELL, 4_000, 5), NOON_NS)
    (trade,) = exchange.trades()
    answers = Answers(exchange, US)
    answers.remember(NOON_NS, filled(trade.trade.trade_id))
    assert answers.trades(0, 1).settlements == ()
    exchange.settle_step(trade.trade.trade_id, e.SettlementStage.MINED)
    moved = e.SettlementMoved(trade_id=trade.trade.trade_id, order_id="o1", stage=e.SettlementStage.MINED)
    assert answers.trades(0, 1).settlements == (moved,)


def test_memory_has_a_bound() -> None:
    answers = Answers(given_exchange(), US)
    for number in range(REMEMBERED_MAX + 5):
        answers.remember(number, filled(f"t{number}"))
    assert answers.trades(0, 1).fills[0].trade_id == "t5"


def test_balances_are_what_is_settled_frozen_or_not() -> None:
    exchange = given_exchange()
    exchange.submit("them", "x", spec(Side.SELL, 4_000, 10), NOON_NS)
    exchange.submit(US, "o1", spec(Side.BUY, 4_000, 30), NOON_NS)
    told = Answers(exchange, US).balances((YES, "unknown"), 7)
    assert told == e.BalancesReported(cash_micro=8_996 * MICRO, shares_micro=((YES, 1_000 * MICRO),), asked_ns=7)
