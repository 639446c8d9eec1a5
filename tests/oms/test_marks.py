"""What holdings are worth: at an honest price or at none, and at the worst."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oms import marks
from oms.machines.book import Book
from oms.values import events as e
from oms.values.units import MICRO
from tests.oms.words_engine import YES_WINS, given_floor, resolved
from tests.oms.words_marks import given_holdings
from tests.oms.words_oms import told_book
from tests.words import MARKET, NO, NOON_NS

DOLLAR = MICRO


@pytest.mark.parametrize(
    ("bids", "asks", "mark"),
    [
        (((4_300, 9),), ((4_500, 9),), 4_400),
        (((4_300, 9),), ((4_400, 9),), 4_350),
        (((4_300, 9),), (), 4_300),
        ((), ((4_500, 9),), 4_500),
        ((), (), None),
        (((4_600, 9),), ((4_500, 9),), None),
    ],
)
def test_the_mark_is_the_mid_else_the_one_side_else_nothing(
    bids: tuple[tuple[int, int], ...], asks: tuple[tuple[int, int], ...], mark: float | None
) -> None:  # req 3.47, trap T22
    floor = given_holdings(bids, asks)
    desk = floor.state.desks[MARKET]
    assert marks.market_mark_pips(desk) == mark
    equity = marks.equity_mark_micro(floor.state)
    assert equity == (None if mark is None else 960 * DOLLAR + round(70 * mark * 100))
    assert marks.equity_worst_micro(floor.state) == 960 * DOLLAR


def test_without_a_price_of_its_own_yes_is_marked_by_the_mirror_of_no() -> None:
    floor = given_holdings((), ())
    floor.tell(told_book(((5_600, 9),), ((5_800, 9),), at_ms=60, token=NO))
    assert marks.market_mark_pips(floor.state.desks[MARKET]) == 4_300


def test_complete_sets_need_no_price_and_a_resolved_market_none_either() -> None:
    floor = given_floor(sets=100)
    floor.tell(told_book((), (), at_ms=9), told_book((), (), at_ms=9, token=NO))
    assert marks.equity_mark_micro(floor.state) == marks.equity_worst_micro(floor.state) == 1_000 * DOLLAR
    holder = given_holdings((), ())
    holder.tell(resolved(YES_WINS))
    assert marks.equity_mark_micro(holder.state) == marks.equity_worst_micro(holder.state) == 1_030 * DOLLAR


def test_a_mark_is_exact_at_any_size() -> None:
    floor = given_floor(cash=10**10)
    floor.tell(e.SetsChanged(market_id=MARKET, shares_micro=10**15 + 1, command_id="c1"))
    floor.tell(told_book(((4_300, 9),), ((4_301, 9),), at_ms=9))
    floor.state.inventory.filled(NO, -(10**15 + 1), 0, NOON_NS)
    assert marks.equity_mark_micro(floor.state) == 10**16 - (10**15 + 1) + (10**15 + 1) * 43_005 // 100_000


def test_one_holding_without_a_price_leaves_the_whole_without_one() -> None:
    floor = given_holdings(((4_300, 9),), ((4_500, 9),))
    assert marks.equity_mark_micro(floor.state) is not None
    floor.tell(told_book((), (), at_ms=floor.now_ms))
    assert marks.equity_mark_micro(floor.state) is None
    assert marks.equity_worst_micro(floor.state) == 960 * DOLLAR


@pytest.mark.parametrize(
    ("bids", "asks", "mark"),
    [(((1, 1),), (), 1), ((), ((9_999, 1),), 9_999), (((1, 1),), ((2, 1),), 1.5), (((5_000, 1),), ((5_000, 1),), None), ((), (), None)],
)
def test_a_books_own_mark_knows_the_ends_of_the_scale(
    bids: tuple[tuple[int, int], ...], asks: tuple[tuple[int, int], ...], mark: float | None
) -> None:
    book = Book("t", 1)
    book.reset(told_book(bids, asks, token="t"), NOON_NS)
    assert marks.mark_pips(book) == mark


SHARES = st.integers(0, 10**15)


@given(SHARES, SHARES, st.integers(1, 19_999))
def test_the_value_at_any_mark_lies_between_the_worst_and_the_best(yes: int, no: int, half_pips: int) -> None:
    value = marks.held_value_micro(yes, no, half_pips)
    assert value is not None
    assert min(yes, no) <= value <= max(yes, no)
    mirrored = marks.held_value_micro(no, yes, 20_000 - half_pips)
    assert mirrored is not None
    assert abs(value - mirrored) <= 1  # rounded once, down


def test_equal_holdings_are_dollars_at_any_mark_and_at_none() -> None:
    assert [marks.held_value_micro(7, 7, mark) for mark in (None, 1, 19_999)] == [7, 7, 7]
    assert marks.held_value_micro(7, 8, None) is None
