from collections.abc import Sequence
from math import gcd

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from oms.machines.book import Book
from oms.machines.ladder import NO_ASK, NO_BID, VIEW_DEPTH
from oms.values.events import BestTold, BookReset, HashContext, Level, LevelsChanged, TickChanged, Traded
from oms.values.orders import Side
from oms.values.snapshot import Doubt, Health
from oms.values.units import MICRO, PRICE_ONE_PIPS
from tests.oms.words_oms import given_live_book, told_book, told_change
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

    @rule(told=st.lists(st.tuples(st.sampled_from(Side), prices | finer_prices, st.integers(0, 9)), max_size=6), late=st.booleans())
    def change(self, told: list[tuple[Side, int, int]], late: bool) -> None:
        self.stamp += not late
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


@pytest.mark.parametrize(("bids", "asks"), [((), ()), (((9_900, 1),), ()), ((), ((100, 1),))], ids=str)
def test_an_empty_side_crosses_nothing(bids: tuple[tuple[int, int], ...], asks: tuple[tuple[int, int], ...]) -> None:
    assert given_live_book(bids=bids, asks=asks).health is Health.LIVE


def test_before_the_first_full_book_nothing_is_believed_and_changes_are_passed_over() -> None:
    # req 2.10
    book = Book(YES, 100)
    book.change(told_change((BUY, 4_900, 5)), NOON_NS)
    assert (book.health, Doubt(book.doubts), book.top_bids(), book.changed_ns) == (Health.STALE, Doubt.NO_BOOK, (), 0)
    book.reset(told_book([(4_900, 5)], []), NOON_NS)
    assert (book.health, book.changed_ns, book.exchange_ns) == (Health.LIVE, NOON_NS, NOON_NS)


@pytest.mark.parametrize("doubt", [Doubt.CONTINUITY, Doubt.SILENCE])
def test_after_a_loss_nothing_but_a_full_book_of_the_stream_helps(doubt: Doubt) -> None:
    # req 2.10
    book = given_live_book()
    book.doubt(doubt)
    book.change(told_change((BUY, 4_800, 5), at_ms=2), NOON_NS + 1)
    book.traded(Traded(token=YES, price_pips=5_000, shares_micro=1, taker_side=BUY, exchange_ns=NOON_NS), NOON_NS + 2)
    book.told_best(BestTold(token=YES, best_bid_pips=4_900, best_ask_pips=5_100, exchange_ns=NOON_NS), NOON_NS + 3)
    assert not book.reset(told_book([(4_800, 5)], [(5_200, 5)], at_ms=9, from_rest=True), NOON_NS + 4)
    assert (book.health, book.best_bid, book.size_at(BUY, 4_800)) == (Health.STALE, 4_900, 0)
    assert book.reset(told_book([(4_800, 5)], [(5_200, 5)], at_ms=9), NOON_NS + 5)
    assert (book.health, book.best_bid, book.doubts) == (Health.LIVE, 4_800, 0)


def test_an_answer_older_than_the_stream_is_ignored_and_a_newer_one_taken() -> None:
    # req 2.13
    book = given_live_book()
    book.change(told_change((BUY, 5_000, 5), at_ms=10), NOON_NS)
    assert not book.reset(told_book([(4_000, 1)], [], at_ms=9, from_rest=True), NOON_NS)
    assert book.best_bid == 5_000
    assert book.reset(told_book([(4_000, 1)], [], at_ms=10, from_rest=True), NOON_NS)
    assert book.best_bid == 4_000


def test_a_crossed_book_is_suspect_until_it_is_no_longer_crossed() -> None:
    # req 2.9, 2.10
    book = given_live_book()
    book.change(told_change((BUY, 5_100, 5)), NOON_NS)
    assert (book.health, Doubt(book.doubts)) == (Health.SUSPECT, Doubt.CROSSED)
    book.change(told_change((SELL, 5_100, 0), (SELL, 5_200, 1)), NOON_NS)
    assert book.health is Health.LIVE
    book.reset(told_book([(5_200, 1)], [(5_100, 1)]), NOON_NS)
    assert Doubt(book.doubts) == Doubt.CROSSED


@pytest.mark.parametrize("told", [(4_800, 5_100), (4_900, 5_200), (NO_BID, 5_100), (4_900, NO_ASK)], ids=str)
def test_other_best_prices_than_ours_are_suspect_until_they_agree(told: tuple[int, int]) -> None:
    book = given_live_book()
    book.change(told_change((BUY, 4_700, 1), best=told), NOON_NS)
    assert Doubt(book.doubts) == Doubt.BEST
    book.told_best(BestTold(token=YES, best_bid_pips=told[0], best_ask_pips=told[1], exchange_ns=NOON_NS), NOON_NS)
    assert book.health is Health.SUSPECT
    book.told_best(BestTold(token=YES, best_bid_pips=4_900, best_ask_pips=5_100, exchange_ns=NOON_NS), NOON_NS + 7)
    assert (book.health, book.changed_ns) == (Health.LIVE, NOON_NS + 7)


def test_a_full_book_ends_the_doubt_about_best_prices() -> None:
    book = given_live_book()
    book.change(told_change(best=(4_800, None)), NOON_NS)
    assert Doubt(book.doubts) == Doubt.BEST
    book.reset(told_book([(4_900, 1)], [(5_100, 1)]), NOON_NS)
    assert book.health is Health.LIVE


def test_the_venue_may_say_that_both_sides_are_empty() -> None:
    book = given_live_book(bids=(), asks=())
    book.told_best(BestTold(token=YES, best_bid_pips=NO_BID, best_ask_pips=NO_ASK, exchange_ns=NOON_NS), NOON_NS)
    assert book.health is Health.LIVE


def test_a_price_finer_than_the_grid_loses_no_level_starts_an_epoch_and_is_suspect() -> None:
    # ruling 0.3
    book = given_live_book(bids=[(4_900, 3)], asks=[(5_100, 2)])
    epoch = book.epoch
    book.change(told_change((BUY, 4_950, 7), (BUY, 4_995, 1)), NOON_NS)
    assert (book.top_bids(), book.top_asks()) == (((4_995, MICRO), (4_950, 7 * MICRO), (4_900, 3 * MICRO)), ((5_100, 2 * MICRO),))
    assert (Doubt(book.doubts), book.epoch > epoch, book.step) == (Doubt.TICK, True, 5)
    assert book.tick_pips == 100  # the rule for our own orders is told, never inferred
    book.reset(told_book([(4_995, 1)], []), NOON_NS)
    assert book.health is Health.LIVE


def test_an_announced_tick_is_a_new_epoch_and_the_levels_stay() -> None:
    # ruling 0.3
    book = given_live_book(bids=[(4_900, 3)])
    epoch = book.epoch
    for tick, grew in ((10, True), (10, False), (100, True)):
        book.change_tick(TickChanged(token=YES, tick_pips=tick, exchange_ns=NOON_NS))
        assert ((book.epoch > epoch), book.tick_pips, book.health, book.top_bids()) == (grew, tick, Health.LIVE, ((4_900, 3 * MICRO),))
        epoch = book.epoch


def test_a_tick_announced_before_the_first_book_is_no_surprise_later() -> None:
    book = Book(YES, 100)
    book.change_tick(TickChanged(token=YES, tick_pips=10, exchange_ns=NOON_NS))
    book.reset(told_book([(4_900, 1)], []), NOON_NS)
    book.change(told_change((BUY, 4_950, 1)), NOON_NS)
    assert (book.health, book.best_bid) == (Health.LIVE, 4_950)


@pytest.mark.parametrize("tick", [10, 1_000], ids=["finer", "coarser"])
def test_a_full_book_with_another_tick_is_a_new_epoch(tick: int) -> None:
    book = given_live_book(bids=[(4_000, 3)])
    epoch = book.epoch
    book.reset(msgspec.structs.replace(told_book([(4_000, 3)], []), tick_pips=tick), NOON_NS)
    assert (book.epoch > epoch, book.tick_pips, book.health) == (True, tick, Health.LIVE)
    epoch = book.epoch
    book.reset(msgspec.structs.replace(told_book([(4_000, 3)], []), tick_pips=tick), NOON_NS)
    assert book.epoch == epoch


def test_a_loss_starts_an_epoch_and_so_does_its_end_but_not_a_second_loss() -> None:
    book = given_live_book()
    epochs = [book.epoch]
    for step in (lambda: book.doubt(Doubt.SILENCE), lambda: book.doubt(Doubt.CONTINUITY), lambda: book.reset(told_book([], []), NOON_NS)):
        step()
        epochs.append(book.epoch)
    assert epochs == [1, 2, 2, 3]
    book.doubt(Doubt.MIRROR)
    assert book.epoch == 3


def test_the_mirrors_doubt_is_not_ours_to_end() -> None:
    book = given_live_book()
    book.doubt(Doubt.MIRROR)
    book.reset(told_book([], []), NOON_NS)
    assert (book.health, Doubt(book.doubts)) == (Health.SUSPECT, Doubt.MIRROR)
    book.undoubt(Doubt.MIRROR)
    assert book.health is Health.LIVE


CONTEXT = HashContext(recipe="a test", market="0x1", last_trade_price="0.50")


def digest(context: HashContext, token: str, exchange_ns: int, bids: Sequence[Level], asks: Sequence[Level]) -> str:
    """What the pretended venue sends: readable, and different for every book, time and last price."""
    return f"{context.market} {token} {exchange_ns} {context.last_trade_price} {list(bids)} {list(asks)}"


def hash_of(bids: Sequence[tuple[int, int]], asks: Sequence[tuple[int, int]], *, at_ms: int = 0, last: str = "0.50") -> str:
    """The hash of whole shares; bids ascending, asks descending."""
    book = told_book(bids, asks, at_ms)
    return digest(msgspec.structs.replace(CONTEXT, last_trade_price=last), YES, book.exchange_ns, book.bids, book.asks)


def given_hashed_book(*, hash_every: int = 1, hash_text: str | None = None) -> Book:
    book = Book(YES, 100, digest=digest, hash_every=hash_every)
    told = told_book([(4_900, 5)], [(5_100, 5)], hash_text=hash_of([(4_900, 5)], [(5_100, 5)]) if hash_text is None else hash_text)
    assert book.reset(msgspec.structs.replace(told, context=CONTEXT), NOON_NS)
    return book


def test_a_full_book_whose_hash_agrees_is_live_and_one_whose_hash_does_not_is_suspect() -> None:
    # req 2.10
    book = given_hashed_book()
    assert (book.health, book.hash_checked, book.hash_agreed) == (Health.LIVE, 1, 1)
    book = given_hashed_book(hash_text="something else")
    assert (book.health, Doubt(book.doubts), book.hash_checked, book.hash_agreed) == (Health.SUSPECT, Doubt.HASH, 1, 0)


def test_a_wrong_hash_after_a_change_is_suspect_never_stale_and_one_that_agrees_ends_it() -> None:
    book = given_hashed_book()
    book.change(told_change((BUY, 4_800, 1), hash_text="a level of ours is wrong"), NOON_NS)
    assert (book.health, Doubt(book.doubts)) == (Health.SUSPECT, Doubt.HASH)
    book.change(told_change((BUY, 4_700, 2), at_ms=2, hash_text=hash_of([(4_700, 2), (4_800, 1), (4_900, 5)], [(5_100, 5)], at_ms=2)), NOON_NS)
    assert book.health is Health.LIVE


def test_an_agreeing_hash_ends_the_doubt_about_the_tick_too() -> None:
    book = given_hashed_book()
    book.change(told_change((BUY, 4_950, 1)), NOON_NS)
    assert Doubt(book.doubts) == Doubt.TICK
    book.change(told_change((BUY, 4_951, 1), at_ms=2, hash_text=hash_of([(4_900, 5), (4_950, 1), (4_951, 1)], [(5_100, 5)], at_ms=2)), NOON_NS)
    assert book.health is Health.LIVE


def test_a_full_book_without_a_hash_ends_the_doubt_of_an_earlier_one() -> None:
    book = given_hashed_book(hash_text="something else")
    book.reset(told_book([(4_900, 5)], []), NOON_NS)
    assert book.health is Health.LIVE


def test_a_believed_book_checks_one_change_in_so_many_and_a_suspect_one_every_change() -> None:
    # ruling 0.2, 1.4
    book = given_hashed_book(hash_every=4)
    told = told_change((BUY, 4_800, 1), at_ms=1, hash_text=hash_of([(4_800, 1), (4_900, 5)], [(5_100, 5)], at_ms=1))
    for _ in range(12):
        book.change(told, NOON_NS)
    assert (book.hash_checked, book.hash_agreed) == (1 + 3, 1 + 3)
    book.doubt(Doubt.MIRROR)
    for _ in range(12):
        book.change(told, NOON_NS)
    assert book.hash_checked == 4 + 12


def test_without_a_hash_a_context_or_a_digest_nothing_is_compared() -> None:
    book = given_hashed_book()
    book.change(told_change((BUY, 4_800, 1)), NOON_NS)
    assert book.hash_checked == 1
    book = Book(YES, 100, digest=digest, hash_every=1)
    book.reset(told_book([], [], hash_text="unknown fields"), NOON_NS)
    book.change(told_change(hash_text="unknown fields"), NOON_NS)
    assert (book.hash_checked, book.health) == (0, Health.LIVE)
    book = Book(YES, 100, hash_every=1)
    book.reset(msgspec.structs.replace(told_book([], [], hash_text="x"), context=CONTEXT), NOON_NS)
    assert (book.hash_checked, book.health) == (0, Health.LIVE)


def _traded(text: str) -> Traded:
    return Traded(token=YES, price_pips=5_100, shares_micro=1, taker_side=BUY, exchange_ns=NOON_NS, price_text=text)


def test_after_trades_the_hash_may_hold_any_of_the_last_three_prices_and_the_one_that_fits_is_kept() -> None:
    book = given_hashed_book()
    for text in ("0.51", "0.52"):
        book.traded(_traded(text), NOON_NS)
    book.change(told_change((BUY, 4_800, 1), hash_text=hash_of([(4_800, 1), (4_900, 5)], [(5_100, 5)], at_ms=1, last="0.51")), NOON_NS)
    assert (book.health, book.context) == (Health.LIVE, msgspec.structs.replace(CONTEXT, last_trade_price="0.51"))
    for text in ("0.53", "0.54", "0.55"):
        book.traded(_traded(text), NOON_NS)
    assert book.last_prices == ("0.55", "0.54", "0.53")


def test_an_old_answer_does_not_bring_an_old_last_price_back() -> None:
    book = given_hashed_book()
    book.traded(_traded("0.51"), NOON_NS)
    book.change(told_change((BUY, 4_800, 1), at_ms=10), NOON_NS)
    old = msgspec.structs.replace(told_book([], [], at_ms=5, from_rest=True), context=msgspec.structs.replace(CONTEXT, last_trade_price="0.40"))
    assert not book.reset(old, NOON_NS)
    book.change(told_change(at_ms=11, hash_text=hash_of([(4_800, 1), (4_900, 5)], [(5_100, 5)], at_ms=11, last="0.51")), NOON_NS)
    assert book.health is Health.LIVE


def test_an_answer_that_may_not_end_staleness_still_brings_the_context_of_the_hash() -> None:
    book = Book(YES, 100, digest=digest, hash_every=1)
    assert not book.reset(msgspec.structs.replace(told_book([], [], from_rest=True), context=CONTEXT), NOON_NS)
    book.reset(told_book([(4_900, 5)], [], hash_text=hash_of([(4_900, 5)], [])), NOON_NS)
    assert (book.health, book.hash_agreed) == (Health.LIVE, 1)


def test_the_ladder_costs_as_many_rungs_as_the_grid_has_and_none_before_the_first_book() -> None:
    # req 2.57: 3,000 markets fit
    book = Book(YES, 100)
    assert len(book._bids) == 0
    book.reset(told_book([(4_900, 1)], []), NOON_NS)
    assert len(book._bids) == len(book._asks) == PRICE_ONE_PIPS // 100 + 1
