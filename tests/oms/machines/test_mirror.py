import pytest

from oms.machines.book import Book
from oms.machines.mirror import Mirror
from oms.values.orders import Side
from oms.values.snapshot import Doubt, Health
from oms.values.units import NS_PER_MS, PRICE_ONE_PIPS
from tests.oms.words_oms import told_book, told_change
from tests.words import NO, NOON_NS, YES, Ladder

BUY, SELL = Side.BUY, Side.SELL
BIDS: Ladder = ((4_900, 10), (4_800, 20), (4_700, 30), (4_600, 40))
ASKS: Ladder = ((5_100, 11), (5_200, 21))


def mirrored(levels: Ladder) -> Ladder:
    return [(PRICE_ONE_PIPS - price, shares) for price, shares in levels]


class Pair:
    """Both books and the mirror, told things as the engine tells them: the mirror hears of a message before it is applied."""

    def __init__(self) -> None:
        self.yes, self.no = Book(YES, 100), Book(NO, 100)
        self.mirror = Mirror(self.yes, self.no)

    def tell_books(self, at_ms: int, no_bids: Ladder | None = None, no_asks: Ladder | None = None) -> None:
        for book, bids, asks in (
            (self.yes, BIDS, ASKS),
            (self.no, mirrored(ASKS) if no_bids is None else no_bids, mirrored(BIDS) if no_asks is None else no_asks),
        ):
            told = told_book(bids, asks, at_ms, token=book.token)
            self.mirror.before(told.exchange_ns)
            book.reset(told, told.exchange_ns)

    def change(self, book: Book, side: Side, price: int, shares: int, at_ms: int) -> None:
        told = told_change((side, price, shares), at_ms=at_ms, token=book.token)
        self.mirror.before(told.exchange_ns)
        book.change(told, told.exchange_ns)

    def later(self, at_ms: int) -> None:
        self.mirror.before(NOON_NS + at_ms * NS_PER_MS)

    @property
    def verdict(self) -> tuple[int, int, Health, Health]:
        """(judged, agreed, health of YES, health of NO)."""
        return self.mirror.judged, self.mirror.agreed, self.yes.health, self.no.health


AGREED = (1, 1, Health.LIVE, Health.LIVE)
DISAGREED = (1, 0, Health.SUSPECT, Health.SUSPECT)


def test_two_books_that_tell_one_story_agree_when_something_later_has_come() -> None:
    # req 2.10; ruling 0.2
    pair = Pair()
    pair.tell_books(at_ms=5)
    pair.later(at_ms=5)
    assert pair.mirror.judged == 0  # more of that time may be outstanding
    pair.later(at_ms=6)
    assert pair.verdict == AGREED


@pytest.mark.parametrize(
    ("no_bids", "no_asks"),
    [
        (None, [(5_200, 20), (5_300, 30)]),
        (None, [(5_100, 10), (5_200, 20), (5_300, 31)]),
        (None, [(5_100, 10), (5_200, 20), (5_400, 30)]),
        (None, [(5_100, 10), (5_200, 20)]),
        ([(4_900, 11), (4_800, 21), (4_700, 1)], None),
        ([], None),
        (None, []),
    ],
    ids=["best price", "size of the third", "price of the third", "a level is missing", "a level too many", "no bids", "no asks"],
)
def test_a_difference_in_the_first_three_levels_is_a_doubt_about_both(no_bids: Ladder | None, no_asks: Ladder | None) -> None:
    pair = Pair()
    pair.tell_books(5, no_bids, no_asks)
    pair.later(at_ms=6)
    assert pair.verdict == DISAGREED
    assert Doubt(pair.yes.doubts) == Doubt(pair.no.doubts) == Doubt.MIRROR


def test_the_fourth_level_is_not_compared() -> None:
    pair = Pair()
    pair.tell_books(5, no_asks=[(5_100, 10), (5_200, 20), (5_300, 30), (5_400, 999)])
    pair.later(at_ms=6)
    assert pair.verdict == AGREED


FAR: Ladder = ((4_900, 10), (3_000, 20), (1_000, 30), (500, 40))
"""Farther apart than the rungs that are compared first."""


@pytest.mark.parametrize("is_finer", [False, True], ids=["one grid", "the other token has seen a finer price"])
@pytest.mark.parametrize(
    ("no_asks", "verdict"),
    [
        (mirrored(FAR), AGREED),
        ([*mirrored(FAR[:3]), (9_500, 41)], AGREED),
        ([*mirrored(FAR[:2]), (9_000, 31)], DISAGREED),
        (mirrored(FAR[:2]), DISAGREED),
        ([(5_100, 10), (6_900, 1), *mirrored(FAR[1:])], DISAGREED),
    ],
    ids=["the same", "the fourth differs", "size of the third", "the third is missing", "one more between"],
)
def test_levels_far_apart_and_books_on_different_grids_are_compared_alike(
    no_asks: Ladder, verdict: tuple[int, int, Health, Health], *, is_finer: bool
) -> None:
    pair = Pair()
    for book, bids, asks in ((pair.yes, FAR, ASKS), (pair.no, mirrored(ASKS), no_asks)):
        told = told_book(bids, asks, 5, token=book.token)
        book.reset(told, told.exchange_ns)
    if is_finer:
        pair.no.refine(10)
    pair.later(at_ms=6)
    assert pair.verdict == verdict


def test_two_empty_books_agree() -> None:
    pair = Pair()
    for book in (pair.yes, pair.no):
        book.reset(told_book([], [], 5, token=book.token), NOON_NS)
    pair.later(at_ms=6)
    assert pair.verdict == AGREED


def test_half_a_change_is_not_judged_and_the_whole_of_it_agrees() -> None:
    # ruling 1.3: after each single message the tokens differ in a third of all cases
    pair = Pair()
    pair.tell_books(at_ms=5)
    pair.change(pair.yes, BUY, 5_000, 7, at_ms=6)
    assert pair.verdict == AGREED  # the time before
    pair.change(pair.no, SELL, 5_000, 7, at_ms=6)
    assert pair.mirror.judged == 1
    pair.later(at_ms=7)
    assert pair.verdict == (2, 2, Health.LIVE, Health.LIVE)


def test_books_of_different_times_are_not_judged() -> None:
    pair = Pair()
    pair.tell_books(at_ms=5)
    pair.change(pair.yes, BUY, 5_000, 7, at_ms=6)
    pair.change(pair.yes, BUY, 5_000, 8, at_ms=7)
    pair.later(at_ms=8)
    assert pair.verdict == AGREED


def test_one_time_is_judged_once() -> None:
    pair = Pair()
    pair.tell_books(at_ms=5)
    for at_ms in (6, 7, 8):
        pair.later(at_ms)
    assert pair.verdict == AGREED


def test_a_disagreement_lasts_until_a_later_time_agrees() -> None:
    pair = Pair()
    pair.tell_books(5, no_asks=[(5_200, 20)])
    pair.tell_books(at_ms=6)
    assert pair.verdict == DISAGREED
    pair.later(at_ms=7)
    assert pair.verdict == (2, 1, Health.LIVE, Health.LIVE)


def test_books_that_were_never_told_are_not_judged() -> None:
    pair = Pair()
    pair.later(at_ms=5)
    assert pair.mirror.judged == 0


def test_after_a_loss_the_last_time_is_not_judged_because_the_rest_of_it_may_be_lost() -> None:
    # req 2.10
    pair = Pair()
    pair.tell_books(at_ms=5)
    pair.change(pair.yes, BUY, 5_000, 7, at_ms=6)
    pair.change(pair.no, SELL, 5_300, 9, at_ms=6)  # the NO half of the bid at 0.50 never arrives
    for book in (pair.yes, pair.no):
        book.doubt(Doubt.CONTINUITY)
    pair.tell_books(at_ms=9)
    assert pair.verdict == AGREED
    pair.later(at_ms=10)
    assert pair.verdict == (2, 2, Health.LIVE, Health.LIVE)
