import msgspec
import pytest

from oms.machines.book import Book
from oms.machines.ladder import NO_ASK, NO_BID
from oms.values.events import BestTold, TickChanged, Traded
from oms.values.orders import Side
from oms.values.snapshot import Doubt, Health
from oms.values.units import MICRO
from tests.oms.words_oms import given_live_book, told_book, told_change
from tests.words import NOON_NS, YES

BUY, SELL = Side.BUY, Side.SELL


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


def test_a_late_message_does_not_turn_the_books_time_back() -> None:
    # req 2.13
    book = given_live_book()
    book.change(told_change((BUY, 5_000, 5), at_ms=10), NOON_NS)
    stamp = book.exchange_ns
    book.change(told_change((BUY, 5_000, 6), at_ms=4), NOON_NS)
    assert (book.exchange_ns, book.size_at(BUY, 5_000)) == (stamp, 6 * MICRO)


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
