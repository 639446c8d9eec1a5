"""The book machine and the venue's hash of the book: evidence, compared within a budget."""

from collections.abc import Sequence

import msgspec

from oms.machines.book import Book
from oms.values.events import Traded
from oms.values.levels import HashContext, Level
from oms.values.orders import Side
from oms.values.snapshot import Doubt, Health
from tests.oms.words_oms import told_book, told_change
from tests.words import NOON_NS, YES

BUY, SELL = Side.BUY, Side.SELL

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


def test_after_trades_the_hash_may_hold_any_of_the_last_four_prices_and_the_one_that_fits_is_kept() -> None:
    book = given_hashed_book()
    for text in ("0.51", "0.52"):
        book.traded(_traded(text), NOON_NS)
    book.change(told_change((BUY, 4_800, 1), hash_text=hash_of([(4_800, 1), (4_900, 5)], [(5_100, 5)], at_ms=1, last="0.51")), NOON_NS)
    assert (book.health, book.context) == (Health.LIVE, msgspec.structs.replace(CONTEXT, last_trade_price="0.51"))
    for text in ("0.53", "0.54", "0.55"):
        book.traded(_traded(text), NOON_NS)
    assert book.last_prices == ("0.55", "0.54", "0.53", "0.52")


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
