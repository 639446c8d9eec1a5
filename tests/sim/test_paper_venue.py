"""The paper venue behind the socket: what it answers, when it fills, what it says about liquidity we took, and how markets end."""

import pytest

from oms.values.commands import AskOpenOrders, AskOrder
from oms.values.events import (
    Acked,
    BookReset,
    CancelDone,
    CancelRefused,
    ContinuityLost,
    Expired,
    Filled,
    LiquidityTaken,
    MarketListed,
    MarketResolved,
    OpenOrdersReported,
    ProvenAbsent,
    Rejected,
    SettlementMoved,
)
from oms.values.market import Payout
from oms.values.orders import Lifetime, OrderSpec, Side
from oms.values.units import MICRO, NS_PER_SECOND
from sim.paper_book import QUEUE
from tests.sim.words_sim import CENT, PaperDesk, spec, told_book, told_level, told_trade
from tests.words import MARKET, NO, NOON_NS, YES, given_market

YES_WINS = Payout(yes_ppm=1_000_000, no_ppm=0)


def given_desk(**more: object) -> PaperDesk:
    """49 × 100 bid, 51 × 30 asked, on both tokens alike."""
    desk = PaperDesk(**more)  # type: ignore[arg-type]
    desk.told(told_book({49: 100}, {51: 30}))
    desk.told(told_book({49: 30}, {51: 100}, NO))
    desk.names()
    return desk


def test_an_order_is_acknowledged_rests_and_fills_with_its_settlement_after_it() -> None:  # req 2.54
    desk = given_desk()
    desk.place("a", spec(Side.BUY, 50, 20, post_only=True))
    desk.told(told_trade(50, 15, Side.SELL))
    desk.live(60)
    assert desk.names() == ["Acked", "Traded", "Filled", "SettlementMoved", "SettlementMoved"]
    assert desk.venue.frozen("cash") == 5 * 500_000
    desk.cancel("a")
    desk.cancel("a")
    assert desk.names() == ["CancelDone", "CancelRefused"]
    assert (desk.venue.frozen("cash"), desk.venue.audit(), desk.venue.is_quiet()) == (0, "", True)
    assert desk.venue.held(YES) == 15 * MICRO


def test_a_fill_tells_price_money_role_and_whether_it_was_inferred() -> None:  # req 2.60; ruling 0.4
    desk = given_desk(trade_rule="mlb-book", fee_bps=700)
    desk.place("a", spec(Side.BUY, 50, 20))
    desk.told(told_book({48: 5}, {51: 30}))
    desk.place("b", spec(Side.SELL, 48, 10, lifetime=Lifetime.FAK))
    fills = [fill for fill in desk.facts(Filled) if isinstance(fill, Filled)]
    told = [(fill.order_id, fill.price_pips, fill.cash_micro, fill.fee_cash_micro, fill.is_maker, fill.inferred) for fill in fills]
    assert told == [("a", 5_000, 10_000_000, 0, True, True), ("b", 4_800, 2_400_000, 87_360, False, False)]
    assert desk.venue.inferred_trades == 1
    assert [lens.inferred for lens in desk.venue.lenses] == [1, 1, 1]


@pytest.mark.parametrize(
    ("wish", "why"),
    [
        (spec(Side.BUY, 51, 10, post_only=True), "crosses book"),
        (spec(Side.BUY, 51, 1_000, lifetime=Lifetime.FOK), "fully filled or killed"),
        (spec(Side.BUY, 40, 2_501, post_only=True), "not enough balance"),
        (spec(Side.SELL, 60, 1), "not enough balance"),
        (OrderSpec(market_id="other", token="other", side=Side.BUY, price_pips=10, size_micro=1), "closed"),
    ],
)
def test_the_door_refuses_and_keeps_nothing(wish: OrderSpec, why: str) -> None:
    desk = given_desk()
    desk.place("a", wish)
    (refused,) = desk.facts(Rejected)
    assert isinstance(refused, Rejected)
    assert why in refused.why
    assert (desk.venue.frozen("cash"), desk.venue.frozen(YES), desk.venue.paper.standing()) == (0, 0, [])


@pytest.mark.parametrize(
    ("wish", "says", "held"),
    [
        (spec(Side.BUY, 51, 20), ["Acked", "LiquidityTaken", "Filled"], 20),  # once leaked its reservation for ever
        (spec(Side.BUY, 51, 51, lifetime=Lifetime.FAK), ["Acked", "LiquidityTaken", "Filled", "CancelDone"], 30),
        (spec(Side.BUY, 50, 51, lifetime=Lifetime.FAK), ["Acked", "CancelDone"], 0),
        (spec(Side.BUY, 51, 5, lifetime=Lifetime.FOK), ["Acked", "LiquidityTaken", "Filled"], 9.803921),
    ],
)
def test_an_order_that_is_over_on_arrival_leaves_nothing_frozen(wish: OrderSpec, says: list[str], held: float) -> None:
    desk = given_desk(fee_bps=700)
    desk.place("a", wish)
    assert sorted(desk.names()) == sorted(says)
    assert (desk.venue.held(YES), desk.venue.frozen("cash"), desk.venue.audit()) == (round(held * MICRO), 0, "")
    desk.command(AskOrder(order_id="a"))
    desk.live(1)
    assert desk.names() == (["CancelDone"] if "CancelDone" in says else ["Acked"])


def test_a_question_is_answered_from_what_became_of_the_order_and_never_moves_money_again() -> None:
    desk = given_desk()
    desk.place("rests", spec(Side.BUY, 50, 20))
    desk.place("gone", spec(Side.BUY, 49, 20))
    desk.cancel("gone")
    desk.place("full", spec(Side.BUY, 50, 5))
    desk.told(told_trade(50, 23, Side.SELL))
    desk.told(told_trade(50, 2, Side.SELL))
    desk.place("rests too", spec(Side.BUY, 49, 20))
    desk.live(20)
    desk.names()
    statements = list(desk.venue.statements)
    for name, kind in (("rests too", Acked), ("gone", CancelDone), ("rests", Acked), ("full", Acked), ("never", ProvenAbsent)):
        desk.command(AskOrder(order_id=name))
        desk.live(1)
        assert desk.names() == [kind.__name__], name
    assert list(desk.venue.statements) == statements


def test_the_report_of_open_orders_tells_what_stands_and_how_much_of_it_is_filled() -> None:
    desk = given_desk()
    desk.place("a", spec(Side.BUY, 50, 20))
    desk.place("b", spec(Side.BUY, 48, 7, token=NO))
    desk.told(told_trade(50, 15, Side.SELL))
    asked_ns = 77  # by our clock: told back as it was asked
    desk.command(AskOpenOrders(asked_ns=asked_ns))
    desk.live(1)
    (report,) = desk.facts(OpenOrdersReported)
    assert isinstance(report, OpenOrdersReported)
    rows = [(row.venue_order_id, row.token, row.price_pips // CENT, row.shares_micro // MICRO, row.filled_micro // MICRO) for row in report.orders]
    assert rows == [("paper-a", YES, 50, 20, 15), ("paper-b", NO, 48, 7, 0)]
    assert report.asked_ns == asked_ns


def test_liquidity_taken_tells_the_whole_debt_of_both_tokens_and_when_it_is_paid() -> None:  # ruling 0.5, 2.4
    desk = given_desk()
    desk.place("a", spec(Side.BUY, 51, 20))
    desk.place("b", spec(Side.SELL, 49, 4, token=NO, lifetime=Lifetime.FAK))  # holds no NO: refused
    desk.place("c", spec(Side.BUY, 51, 4, token=NO, lifetime=Lifetime.FAK))
    desk.place("d", spec(Side.SELL, 49, 4, token=NO, lifetime=Lifetime.FAK))
    assert told_debts(desk) == [(YES, "SELL", 51, 20), (NO, "SELL", 51, 7.843137), (NO, "BUY", 49, 24)]
    desk.told(told_level(Side.SELL, 51, 25))
    assert told_debts(desk) == [(YES, "SELL", 51, 19)]
    desk.told(told_level(Side.BUY, 49, 0, NO))
    assert told_debts(desk) == [(NO, "BUY", 49, 15)]
    desk.told(told_level(Side.SELL, 51, 0))
    assert told_debts(desk) == [(YES, "SELL", 51, 0)]


def told_debts(desk: PaperDesk) -> list[tuple[str, str, int, float]]:
    facts = [fact for fact in desk.facts(LiquidityTaken) if isinstance(fact, LiquidityTaken)]
    return [(fact.token, fact.side.name, fact.price_pips // CENT, fact.debt_micro / MICRO) for fact in facts]


def test_nothing_fills_while_the_recording_is_blind() -> None:  # ruling 2.8
    desk = given_desk()
    desk.place("a", spec(Side.BUY, 50, 20))
    desk.told(ContinuityLost(tokens=(YES, NO, "stranger"), why="a test"))
    desk.told(told_trade(40, 99, Side.SELL))
    desk.told(told_level(Side.SELL, 40, 99))
    desk.place("b", spec(Side.BUY, 51, 5, lifetime=Lifetime.FOK))
    desk.live(5)
    assert not desk.facts(Filled)
    desk.told(told_book({39: 1}, {40: 5}))
    desk.live(1)
    (fill,) = desk.facts(Filled)
    assert isinstance(fill, Filled)
    assert (fill.order_id, fill.shares_micro, fill.price_pips) == ("a", 5 * MICRO, 50 * CENT)


def test_an_answer_to_a_query_is_passed_on_but_does_not_judge() -> None:
    desk = given_desk()
    desk.place("a", spec(Side.BUY, 50, 20))
    told = told_book({39: 1}, {40: 5})
    desk.told(BookReset(token=told.token, bids=told.bids, asks=told.asks, exchange_ns=NOON_NS, from_rest=True))
    desk.live(1)
    assert desk.names() == ["Acked", "BookReset"]


def test_an_order_with_an_end_expires_there() -> None:
    desk = given_desk()
    wish = OrderSpec(
        market_id=MARKET, token=YES, side=Side.BUY, price_pips=5_000, size_micro=MICRO, lifetime=Lifetime.GTD, expires_ns=NOON_NS + 30 * NS_PER_SECOND
    )
    desk.place("a", wish)
    desk.live(20)
    assert desk.names() == ["Acked"]
    desk.live(20)
    (gone,) = desk.ears.heard
    assert isinstance(gone[1], Expired)
    assert gone[0] > NOON_NS + 30 * NS_PER_SECOND
    assert desk.venue.frozen("cash") == 0


def test_a_market_closes_at_its_end_cancels_what_rests_takes_no_more_and_pays_later() -> None:  # ruling 2.9
    desk = given_desk(market=given_market(left_s=60), payout=YES_WINS)
    desk.place("a", spec(Side.BUY, 51, 30))
    desk.place("b", spec(Side.BUY, 45, 30))
    desk.names()
    desk.live(60)
    desk.place("c", spec(Side.BUY, 45, 30))
    desk.told(told_level(Side.SELL, 40, 99))
    desk.told(told_book({39: 1}, {40: 5}))
    desk.told(told_trade(30, 99, Side.SELL))
    names = [name for name in desk.names() if name != "SettlementMoved"]
    assert names == ["CancelDone", "MarketClosed", "Rejected", "LevelsChanged", "BookReset", "Traded"]
    assert not desk.venue.is_quiet()
    desk.live(121)
    assert desk.names() == ["MarketResolved"]
    assert desk.venue.is_quiet()
    assert (desk.venue.held("cash"), desk.venue.held(YES), desk.venue.audit()) == (1_000 * MICRO + 30 * 490_000, 0, "")
    assert desk.venue.lenses[QUEUE].cash_micro == 30 * 490_000
    assert not desk.venue.paper.books, "a closed market is judged no more and kept no longer"


def test_a_payout_that_the_recording_tells_is_paid_then_and_once() -> None:
    desk = given_desk(market=given_market(left_s=60), payout=YES_WINS)
    desk.place("a", spec(Side.BUY, 51, 30))
    desk.told(MarketResolved(market_id=MARKET, payout=YES_WINS))
    desk.told(MarketResolved(market_id=MARKET, payout=YES_WINS))
    desk.told(MarketResolved(market_id="stranger", payout=YES_WINS))
    desk.live(300)
    assert len(desk.facts(MarketResolved)) == 1
    assert len(desk.venue.statements) == 3, "deposit, fill, payout"
    assert (desk.venue.held("cash"), desk.venue.is_quiet()) == (1_000 * MICRO + 30 * 490_000, True)


def test_shadows_never_move_our_money() -> None:  # ruling 2.3
    desk = given_desk()
    desk.place("a", spec(Side.BUY, 49, 20))
    desk.told(told_trade(49, 50, Side.SELL))
    desk.live(1)
    assert not desk.facts(Filled, SettlementMoved)
    assert [lens.shares_micro for lens in desk.venue.lenses] == [20 * MICRO, 0, 0]
    assert (desk.venue.held("cash"), desk.venue.held(YES)) == (1_000 * MICRO, 0)
    desk.cancel("a")
    desk.told(told_trade(40, 50, Side.SELL))
    desk.live(1)
    assert [lens.shares_micro for lens in desk.venue.lenses] == [20 * MICRO, 0, 0]
    assert not desk.facts(Filled, CancelRefused)


def test_commands_are_named_from_our_own_ids_and_only_a_finite_past_is_remembered() -> None:  # req 2.57
    desk = given_desk()
    for number in range(30):
        desk.venue._remember(f"o{number}", Acked(order_id=f"o{number}"))
    assert len(desk.venue._ended) == 30
    for number in range(20_100):
        desk.venue._remember(f"p{number}", Acked(order_id=f"p{number}"))
    assert len(desk.venue._ended) == 20_000


def test_an_end_that_moves_before_it_comes_closes_nothing_at_the_old_one() -> None:
    desk = given_desk()
    desk.place("a", spec(Side.BUY, 50, 20, post_only=True))
    desk.live(1_800)
    desk.told(MarketListed(market=given_market(left_s=7_200)))
    desk.live(3_600)
    assert "MarketClosed" not in desk.names()
    assert desk.venue.paper.order("a") is not None
    desk.live(3_600)
    assert desk.names() == ["CancelDone", "MarketClosed"]


def test_a_market_that_ended_takes_orders_again_after_its_end_moved_and_fills_them_only_after_a_whole_book() -> None:
    desk = given_desk()
    desk.live(3_601)
    desk.place("late", spec(Side.BUY, 50, 20))
    assert desk.names() == ["MarketClosed", "Rejected"]
    desk.told(MarketListed(market=given_market(left_s=7_200)))
    assert desk.venue.frozen("cash") == 0
    desk.place("b", spec(Side.BUY, 51, 20))
    assert desk.names() == ["MarketListed", "Acked"]
    desk.told(told_book({49: 100}, {51: 30}))
    desk.place("c", spec(Side.BUY, 51, 20))
    assert "Filled" in desk.names()
    assert desk.venue.audit() == ""
