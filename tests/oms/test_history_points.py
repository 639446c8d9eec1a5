"""Lines over time: how the account and each market looked at each picture, in YES terms, and no price where there was none."""

from pathlib import Path

from oms.entries import read_journal
from oms.history import history_of
from oms.values import events as e
from oms.values.units import MICRO
from oms.values.views import Picture
from tests.oms.words_engine import acked, buy, filled, given_other_market, sell
from tests.oms.words_oms import told_book
from tests.oms.words_record import given_recorded
from tests.words import MARKET, NO


def test_a_market_is_told_in_yes_terms_with_our_best_orders_beside_the_books(tmp_path: Path) -> None:
    recorded = given_recorded(tmp_path / "j", every_ns=1, sets=50)
    floor = recorded.floor
    floor.rest(buy(4_000, 10), buy(4_100, 10), buy(3_000, 10, NO), sell(4_500, 10, NO), sell(7_500, 10))  # in YES terms 0.40 0.41 | 0.70 0.55 | 0.75
    floor.tell(*(acked(f"7-{number}") for number in (1, 2, 3, 4)))  # 7-5 is on its way
    floor.tell(filled("t1", 4, order_id="7-3", price_pips=2_900, fee_micro=7))
    recorded.end()
    (market,) = history_of(recorded.path).markets
    point, (fill,) = market.points[-1], market.fills
    assert (point.bid_pips, point.ask_pips, point.our_bid_pips, point.our_ask_pips) == (4_800, 5_200, 5_500, 7_000)
    assert (point.yes_micro, point.no_micro) == (50 * MICRO, 54 * MICRO)
    assert (fill.order_id, fill.trade_id, fill.outcome, fill.side.value) == ("7-3", "t1", "NO", "BUY")
    assert (fill.price_pips, fill.yes_price_pips, fill.shares_micro, fill.fee_cash_micro) == (2_900, 7_100, 4 * MICRO, 7)
    assert (fill.is_maker, fill.inferred, market.orders) == (True, False, 5)


def test_what_came_after_the_last_picture_is_counted_and_valued_at_the_last_marks(tmp_path: Path) -> None:
    recorded = given_recorded(tmp_path / "j")
    floor = recorded.floor
    floor.rest(buy(4_000, 10))
    floor.tell(acked(), filled("t1", 10))
    recorded.journal.close("running")  # killed within the five seconds
    told = history_of(recorded.path)
    assert told.equity[-1].mark_micro == 1_000 * MICRO
    assert told.totals["cash"]["equity_mark_micro"] == (1_000 - 4 + 5) * MICRO
    assert (told.totals["fills"]["count"], told.totals["marks"]) == (1, {"live": 1, "old": 0, "none": 0})
    assert told.totals["cash"]["equity_worst_micro"] == 996 * MICRO


def test_a_holding_without_an_honest_price_has_no_mark_and_no_half(tmp_path: Path) -> None:  # ruling 4e
    recorded = given_recorded(tmp_path / "j", every_ns=1)
    floor = recorded.floor
    floor.rest(buy(4_000, 10))
    floor.tell(acked(), filled("t1", 10), told_book((), (), at_ms=9), told_book((), (), token=NO, at_ms=9))
    truth = recorded.end()
    told = history_of(recorded.path)
    assert told.totals["cash"]["equity_mark_micro"] is told.equity[-1].mark_micro is None
    assert told.totals["marks"] == truth["marks"] == {"live": 0, "old": 0, "none": 1}
    assert told.equity[-1].worst_micro == 996 * MICRO


def test_the_deepest_fall_is_measured_from_the_peak_before_it(tmp_path: Path) -> None:
    recorded = given_recorded(tmp_path / "j", every_ns=1)
    floor = recorded.floor
    floor.rest(buy(4_000, 100))
    floor.tell(acked(), filled("t1", 100))
    for ms, bid in enumerate((4_000, 6_000, 3_000, 5_000, 2_500, 2_700), 10):  # marks 0.41 0.61 0.31 0.51 0.26 0.28
        floor.tell(told_book(((bid, 5),), ((bid + 200, 5),), at_ms=ms))
    recorded.end()
    assert history_of(recorded.path).drawdown_mark_micro == 35 * MICRO


def test_thousands_of_markets_are_told_as_one_line_and_only_the_traded_one(tmp_path: Path) -> None:
    recorded = given_recorded(tmp_path / "j", every_ns=1)
    floor = recorded.floor
    others = [given_other_market(f"m{number}") for number in range(3_000)]
    floor.rest(buy())
    floor.tell(*(e.MarketListed(market=market) for market in others))
    for turn in range(5):
        floor.tell(told_book(((4_000, 5),), ((6_000, 5),), token=others[turn].yes, at_ms=9 + turn))
    truth = recorded.end()
    told = history_of(recorded.path)
    assert {key: told.totals[key] for key in truth} == truth
    assert [market.market.market_id for market in told.markets] == [MARKET]
    pictures = [entry.body for entry in read_journal(recorded.path)[1] if isinstance(entry.body, Picture)]
    assert [len(picture.markets) for picture in pictures] == [1, 3_000, 1, 1, 1, 1, 1, 0]
