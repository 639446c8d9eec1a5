"""The ladder, alone and under the book machine, against two plain dicts: whatever is told, in whatever order, both hold the same."""

from collections.abc import Sequence
from math import gcd

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from oms.machines.book import Book
from oms.machines.ladder import NO_ASK, NO_BID, VIEW_DEPTH, Ladder
from oms.values.events import BookReset, LevelsChanged, TickChanged
from oms.values.levels import Level
from oms.values.orders import Side
from oms.values.snapshot import Doubt, Health
from oms.values.units import MICRO, PRICE_ONE_PIPS
from tests.oms.words_oms import given_live_book, told_change
from tests.words import NOON_NS, YES

BUY, SELL = Side.BUY, Side.SELL
prices = st.one_of(st.integers(44, 56).map(lambda cents: cents * 100), st.integers(1, 99).map(lambda cents: cents * 100))
finer_prices = st.integers(4_700, 5_300)
ladders = st.dictionaries(prices, st.integers(0, 9).map(lambda shares: shares * MICRO), max_size=15)


class BookAgainstDicts(RuleBasedStateMachine):
    """Whatever is told, the book shows what two plain dicts hold."""

    @initialize(tick=st.sampled_from((1_000, 100, 10, 1)))
    def begin(self, tick: int) -> None:
        self.book = Book(YES, tick)
        self.step = tick
        self.levels: dict[Side, dict[int, int]] = {BUY: {}, SELL: {}}
        self.is_stale = True
        self.epoch = self.stamp = self.now = 0
        self.tops: tuple[Sequence[Level], Sequence[Level]] = (self.book.top_bids(), self.book.top_asks())
        self.touched: set[Side] = set()

    def _see(self, side: Side, price: int, size: int) -> None:
        self.step = gcd(self.step, price)
        self.touched.add(side)
        if size:
            self.levels[side][price] = size
        else:
            self.levels[side].pop(price, None)

    @rule(bids=ladders, asks=ladders, finer=st.none() | finer_prices)
    def full_book(self, bids: dict[int, int], asks: dict[int, int], finer: int | None) -> None:
        bids = bids | ({finer: MICRO} if finer else {})
        self.stamp += 1
        self.levels = {BUY: {}, SELL: {}}
        self.touched = {BUY, SELL}
        for side, told in ((BUY, bids), (SELL, asks)):
            for price, size in told.items():
                self._see(side, price, size)
        assert self.book.reset(BookReset(token=YES, bids=tuple(bids.items()), asks=tuple(asks.items()), exchange_ns=self.stamp), self.stamp)
        if self.is_stale:
            assert self.book.epoch > self.epoch  # what comes after a loss is a new epoch
        self.is_stale = False

    @rule(told=st.lists(st.tuples(st.sampled_from(Side), prices | finer_prices, st.integers(0, 9)), max_size=6), late=st.integers(0, 1))
    def change(self, told: list[tuple[Side, int, int]], late: int) -> None:
        self.stamp += 1 - late
        levels = tuple((side, price, shares * MICRO) for side, price, shares in told)
        step = self.step
        if not self.is_stale:
            for level in levels:
                self._see(*level)
        self.book.change(LevelsChanged(token=YES, levels=levels, exchange_ns=self.stamp), self.stamp)
        if self.step != step:
            assert self.book.epoch > self.epoch  # a finer grid is a new epoch
            assert self.book.doubts & Doubt.TICK

    @rule(tick=st.sampled_from((1_000, 100, 10, 1)))
    def tick(self, tick: int) -> None:
        if tick != self.book.tick_pips:
            self.book.change_tick(TickChanged(token=YES, tick_pips=tick, exchange_ns=self.stamp))
            assert self.book.epoch > self.epoch
            assert self.book.tick_pips == tick
            self.step = gcd(self.step, tick)
            self.touched = {BUY, SELL}

    @rule(doubt=st.sampled_from((Doubt.CONTINUITY, Doubt.SILENCE)))
    def lose(self, doubt: Doubt) -> None:
        self.book.doubt(doubt)
        assert (self.book.epoch > self.epoch) is not self.is_stale
        self.is_stale = True

    @rule(bids=ladders, behind=st.integers(1, 3))
    def an_old_answer_to_a_query(self, bids: dict[int, int], behind: int) -> None:
        told = BookReset(token=YES, bids=tuple(bids.items()), asks=(), exchange_ns=self.stamp - behind, from_rest=True)
        assert not self.book.reset(told, self.stamp)

    @invariant()
    def the_book_shows_the_dicts(self) -> None:
        book, bids, asks = self.book, sorted(self.levels[BUY].items()), sorted(self.levels[SELL].items())
        assert book.all_bids() == bids
        assert book.all_asks() == asks[::-1]
        assert book.best_bid == (bids[-1][0] if bids else NO_BID)
        assert book.best_ask == (asks[0][0] if asks else NO_ASK)
        assert book.top_bids() == tuple(bids[::-1][:VIEW_DEPTH])
        assert book.top_asks() == tuple(asks[:VIEW_DEPTH])
        for side in Side:
            for price in (*self.levels[side], 4_999, 5_000, 9_999):
                assert book.size_at(side, price) == self.levels[side].get(price, 0)

    @invariant()
    def a_crossed_book_is_never_believed(self) -> None:
        # req 2.9
        book = self.book
        is_crossed = bool(self.levels[BUY]) and bool(self.levels[SELL]) and max(self.levels[BUY]) >= min(self.levels[SELL])
        assert bool(book.doubts & Doubt.CROSSED) == is_crossed
        assert not (is_crossed and book.health is Health.LIVE)

    @invariant()
    def only_a_full_book_ends_staleness(self) -> None:
        # req 2.10
        assert (self.book.health is Health.STALE) == self.is_stale

    @invariant()
    def the_view_is_the_same_object_until_its_side_is_told_anew_and_epochs_only_grow(self) -> None:
        tops = (self.book.top_bids(), self.book.top_asks())
        for side, now, then in zip((BUY, SELL), tops, self.tops, strict=True):
            assert now is then or side in self.touched
        assert self.book.epoch >= self.epoch
        self.tops, self.touched, self.epoch = tops, set(), self.book.epoch


TestBookAgainstDicts = BookAgainstDicts.TestCase
TestBookAgainstDicts.settings = settings(max_examples=120, stateful_step_count=30)


def test_depth_to_leave_is_read_from_the_top_levels() -> None:
    # req 2.9
    book = given_live_book(bids=[(4_900, 3), (4_800, 5)], asks=[(5_100, 2)])
    assert book.top_bids() == ((4_900, 3 * MICRO), (4_800, 5 * MICRO))
    assert (book.best_bid, book.best_ask) == (4_900, 5_100)
    assert (book.size_at(BUY, 4_800), book.size_at(SELL, 4_800), book.size_at(BUY, 4_850)) == (5 * MICRO, 0, 0)


@pytest.mark.parametrize("levels", [((1, 1), (9_999, 1)), ((9_999, 1),), ((1, 1),)], ids=str)
def test_the_outermost_prices_have_their_rungs(levels: tuple[tuple[int, int], ...]) -> None:
    book = given_live_book(bids=(), asks=(), tick_pips=100)
    for price, shares in levels:
        book.change(told_change((SELL, price, shares)), NOON_NS)
    assert book.top_asks() == tuple((price, shares * MICRO) for price, shares in levels)
    for price, _ in levels:
        book.change(told_change((SELL, price, 0)), NOON_NS)
    assert (book.top_asks(), book.best_ask) == ((), NO_ASK)


def test_a_ladder_costs_as_many_rungs_as_its_grid_has_and_none_before_it_is_filled() -> None:
    # req 2.57: 3,000 markets fit
    ladder = Ladder(100)
    assert (len(ladder.bid_sizes), ladder.top_bids(), ladder.top_asks(), ladder.all_bids(), ladder.all_asks()) == (0, (), (), [], [])
    ladder.refine(10)
    assert (len(ladder.bid_sizes), ladder.step) == (0, 10)
    ladder.fill([(4_900, 1)], [])
    assert len(ladder.bid_sizes) == len(ladder.ask_sizes) == PRICE_ONE_PIPS // 10 + 1


def test_a_step_that_does_not_divide_a_dollar_is_a_mistake_of_ours() -> None:
    with pytest.raises(AssertionError, match="300 pips"):
        Ladder(300)


def test_a_ladder_says_when_its_grid_had_to_become_finer() -> None:
    ladder = Ladder(100)
    assert [ladder.fill([(4_900, 1)], []), ladder.fill([(4_950, 1)], []), ladder.fill([(4_900, 1)], [])] == [False, True, False]
    assert [ladder.store([(BUY, 4_950, 1)]), ladder.store([(SELL, 4_951, 1)]), ladder.store([(SELL, 4_951, 0)])] == [False, True, False]
    assert ladder.step == 1


def test_the_last_word_about_a_level_counts() -> None:
    ladder = Ladder(100)
    ladder.fill([(4_900, 1)], [])
    ladder.store([(BUY, 5_000, 7), (BUY, 5_000, 0), (BUY, 4_900, 2), (SELL, 5_100, 1), (SELL, 5_100, 3)])
    assert (ladder.top_bids(), ladder.top_asks()) == (((4_900, 2),), ((5_100, 3),))


def test_a_strategy_is_shown_ten_levels_a_side() -> None:
    ladder = Ladder(100)
    ladder.fill([(price, 1) for price in range(3_000, 5_000, 100)], [(price, 1) for price in range(5_000, 7_000, 100)])
    assert ladder.top_bids() == tuple((price, 1) for price in range(4_900, 3_900, -100))
    assert ladder.top_asks() == tuple((price, 1) for price in range(5_000, 6_000, 100))


EDGES: dict[str, tuple[Sequence[Level], Sequence[Level]]] = {
    "nothing at all": ([], []),
    "no bids": ([], [(5_100, 3), (5_200, 4)]),
    "no asks": ([(4_900, 3), (4_800, 4)], []),
    "best bid on the first rung": ([(100, 3)], [(200, 4), (9_900, 5)]),
    "best ask on the last rung": ([(9_800, 3), (100, 4)], [(9_900, 5)]),
    "best bid on the last rung": ([(9_900, 3), (9_800, 4), (100, 5)], []),
    "best ask on the first rung": ([], [(100, 3), (200, 4), (9_900, 5)]),
    "both outermost": ([(100, 3)], [(9_900, 4)]),
    "every rung": ([(price, price) for price in range(5_000, 0, -100)], [(price, price) for price in range(5_100, 10_000, 100)]),
    "holes": ([(9_000, 1), (5_000, 2), (100, 3)], [(9_100, 1), (9_900, 2)]),
}
"""Both sides best first."""


def assert_shows(ladder: Ladder, bids: Sequence[Level], asks: Sequence[Level]) -> None:
    """Every way to look at the ladder tells of these levels, best first."""
    assert (ladder.best_bid, ladder.best_ask) == (bids[0][0] if bids else NO_BID, asks[0][0] if asks else NO_ASK)
    assert ladder.touch_sizes() == (bids[0][1] if bids else 0, asks[0][1] if asks else 0)
    assert (ladder.top_bids(), ladder.top_asks()) == (tuple(bids[:VIEW_DEPTH]), tuple(asks[:VIEW_DEPTH]))
    assert (ladder.all_bids(), ladder.all_asks()) == (list(bids)[::-1], list(asks)[::-1])
    if ladder.bid_sizes:
        prices, held = range(0, PRICE_ONE_PIPS + 1, ladder.step), (dict(bids), dict(asks))
        assert ladder.bid_sizes == [held[0].get(PRICE_ONE_PIPS - price, 0) for price in prices], "outward, as the other token's asks"
        assert ladder.ask_sizes == [held[1].get(price, 0) for price in prices]


@pytest.mark.parametrize("edge", EDGES)
@pytest.mark.parametrize("finer", [100, 50, 1], ids="a step of {}".format)
def test_every_view_is_right_at_the_edges_of_the_grid_also_when_it_became_finer(edge: str, finer: int) -> None:
    bids, asks = EDGES[edge]
    ladder = Ladder(100)
    ladder.fill(bids, asks)
    assert_shows(ladder, bids, asks)
    ladder.refine(finer)
    assert ladder.step == finer
    assert_shows(ladder, bids, asks)


@pytest.mark.parametrize("edge", EDGES)
def test_every_view_is_right_when_the_levels_came_and_went_one_by_one(edge: str) -> None:
    bids, asks = EDGES[edge]
    ladder = Ladder(100)
    ladder.fill([], [])
    ladder.store([*((BUY, *level) for level in bids), *((SELL, *level) for level in reversed(asks))])
    assert_shows(ladder, bids, asks)
    for gone in range(len(bids)):  # best first: the next best is looked for each time
        ladder.store([(BUY, bids[gone][0], 0)])
        assert_shows(ladder, bids[gone + 1 :], asks)
    for gone in range(len(asks)):
        ladder.store([(SELL, asks[gone][0], 0)])
        assert_shows(ladder, [], asks[gone + 1 :])


def test_the_finest_grid_has_its_outermost_rungs_too() -> None:
    ladder = Ladder(1)
    ladder.fill([(1, 7)], [(9_999, 8)])
    assert_shows(ladder, [(1, 7)], [(9_999, 8)])
    ladder.store([(BUY, 9_998, 6), (SELL, 9_999, 0)])
    assert_shows(ladder, [(9_998, 6), (1, 7)], [])
