"""Test vocabulary of marks: holdings that are worth something at a price, and something else at their worst."""

from oms.values.units import MICRO
from tests.oms.words_engine import Floor, buy, filled, given_standing, sell
from tests.oms.words_oms import told_book
from tests.words import NO


def given_holdings(yes_bids: tuple[tuple[int, int], ...], yes_asks: tuple[tuple[int, int], ...]) -> Floor:
    """100 YES and 30 NO; $930 in cash, of which $20 are set aside; NO's book is empty."""
    floor = given_standing(sell(6_000, 70, NO), sets=100)
    floor.tell(filled("t1", 70, price_pips=5_000, fee_micro=5 * MICRO))
    floor.rest(buy(2_000, 100))
    floor.tell(told_book(yes_bids, yes_asks, at_ms=50), told_book((), (), at_ms=50, token=NO))
    return floor
