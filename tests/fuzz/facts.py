"""What must hold of every fact that a decoder lets through, whatever the bytes were: the last line of defence, written down once more."""

from collections.abc import Iterable
from typing import Final

from oms.machines.book import Book
from oms.values import events as e
from oms.values.levels import Level
from oms.values.market import PAYOUT_ONE_PPM, Market, Payout
from oms.values.orders import Side
from oms.values.snapshot import Health

PRICE_MAX: Final = 9_999
SIZE_MAX: Final = 10**18
NS_MAX: Final = 4_102_444_800 * 10**9
"""2100-01-01."""
TICKS: Final = [pips for pips in range(1, 1_001) if 10_000 % pips == 0]


def is_int(value: object, low: int, high: int) -> bool:
    """A whole number (no bool, no float) in its range."""
    return type(value) is int and low <= value <= high


def assert_levels(levels: Iterable[Level]) -> None:
    """Whole prices inside a dollar, whole sizes, none twice."""
    seen: set[int] = set()
    for price, size in levels:
        assert is_int(price, 1, PRICE_MAX), price
        assert is_int(size, 0, SIZE_MAX), size
        assert price not in seen, f"{price} twice"
        seen.add(price)


def assert_valid(fact: e.Event) -> None:
    """Prices, sizes, times and names are what their units say."""
    if isinstance(fact, e.ContinuityLost):
        assert fact.why
        assert fact.tokens
        return
    if isinstance(fact, e.BooksConfirmed):
        assert all(isinstance(token, str) for token in fact.tokens)
        assert isinstance(fact.asked_ns, int)
        return
    if isinstance(fact, e.MarketResolved):
        assert_payout(fact.payout)
        return
    assert isinstance(fact, e.BookReset | e.LevelsChanged | e.Traded | e.BestTold | e.TickChanged), fact
    assert is_int(fact.exchange_ns, 0, NS_MAX), fact
    if isinstance(fact, e.BookReset):
        assert_levels(fact.bids)
        assert_levels(fact.asks)
        assert fact.tick_pips is None or fact.tick_pips in TICKS, fact
    elif isinstance(fact, e.LevelsChanged):
        assert fact.levels
        for side, price, size in fact.levels:
            assert side in (Side.BUY, Side.SELL)
            assert_levels([(price, size)])
        assert_best(fact.best_bid_pips, fact.best_ask_pips)
    elif isinstance(fact, e.Traded):
        assert_levels([(fact.price_pips, fact.shares_micro)])
    elif isinstance(fact, e.BestTold):
        assert_best(fact.best_bid_pips, fact.best_ask_pips)
    else:
        assert fact.tick_pips in TICKS, fact


def assert_best(bid: int | None, ask: int | None) -> None:
    """A price, or the mark of an empty side, or not told."""
    assert bid is None or is_int(bid, 0, PRICE_MAX), bid
    assert ask is None or is_int(ask, 1, PRICE_MAX + 1), ask


def assert_payout(payout: Payout) -> None:
    """Two parts of a dollar."""
    assert is_int(payout.yes_ppm, 0, PAYOUT_ONE_PPM), payout
    assert payout.no_ppm == PAYOUT_ONE_PPM - payout.yes_ppm, payout


def assert_market(market: Market) -> None:
    """A market that one could trade."""
    assert market.market_id
    assert market.yes
    assert market.no
    assert market.yes != market.no, market
    assert market.tick_pips in TICKS, market
    assert is_int(market.min_shares_micro, 0, SIZE_MAX), market
    assert is_int(market.fee.rate_bps, 0, 10_000), market
    assert is_int(market.fee.exponent, 0, 8), market
    assert market.end_ns is None or is_int(market.end_ns, 1, NS_MAX), market


def assert_book(book: Book) -> None:
    """Whole and ordered; never LIVE while crossed."""
    bids, asks = book.all_bids(), book.all_asks()
    assert_levels(bids)
    assert_levels(asks)
    assert all(size for _, size in (*bids, *asks)), "a level of nothing"
    assert [price for price, _ in bids] == sorted(price for price, _ in bids)
    assert book.best_bid == (bids[-1][0] if bids else 0)
    assert book.best_ask == (asks[-1][0] if asks else PRICE_MAX + 1)
    assert book.health is not Health.LIVE or book.best_bid < book.best_ask, f"{book.token} is LIVE at {book.best_bid} / {book.best_ask}"
