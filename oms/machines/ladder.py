"""The ladder: sizes of one token's book by rung, and the best prices, as fast as plain Python can.

A price has a small known range, so a side is a list indexed by rung, with the best price kept beside it. Rungs are counted outward: an ask at p is
on the rung of p, a bid at p on the rung of 1 − p, like the other token's ask that is the same order. So both sides are read alike, and the books of a
market are each other's mirror where their lists are equal. The step begins at the market's tick and becomes the greatest common divisor when a finer
price is seen (recordings of 2025 change ticks without a word): no true level is thrown away, and nothing off the grid can be stored. Lists are made
when the first book comes, so a market nobody hears of costs next to nothing.
"""

from collections.abc import Sequence
from functools import cache
from itertools import compress, islice
from math import gcd
from typing import Final

from oms.values.levels import Level, LevelChange
from oms.values.orders import Side
from oms.values.units import PRICE_ONE_PIPS, Pips, SharesMicro

NO_BID: Final = 0
NO_ASK: Final = PRICE_ONE_PIPS
VIEW_DEPTH: Final = 10
"""Levels a side that a strategy is shown."""

_BUY: Final = Side.BUY


@cache
def _prices(step: Pips) -> tuple[tuple[Pips, ...], tuple[Pips, ...]]:
    """(bid prices, ask prices) by rung. Kept: from made numbers a whole side is written down in 9 µs, from a range in 13."""
    asks = tuple(range(0, PRICE_ONE_PIPS + 1, step))
    return asks[::-1], asks


class Ladder:
    """Both sides of one token. Tops are cached and stay the same object until their side changes."""

    __slots__ = ("_ask_top", "_bid_top", "ask_sizes", "best_ask", "best_bid", "bid_sizes", "step")

    def __init__(self, step_pips: Pips) -> None:
        assert PRICE_ONE_PIPS % step_pips == 0, f"a step of {step_pips} pips does not divide a dollar"
        self.step = step_pips
        self.best_bid: Pips = NO_BID
        self.best_ask: Pips = NO_ASK
        self.bid_sizes: list[SharesMicro] = []
        """Shares by rung of 1 − price. Read only for others."""
        self.ask_sizes: list[SharesMicro] = []
        """Shares by rung of price. Read only for others."""
        self._bid_top: tuple[Level, ...] | None = ()
        self._ask_top: tuple[Level, ...] | None = ()

    def size_at(self, side: Side, price_pips: Pips) -> SharesMicro:
        """Displayed shares of one level."""
        sizes, outward = (self.bid_sizes, PRICE_ONE_PIPS - price_pips) if side is _BUY else (self.ask_sizes, price_pips)
        rung, off = divmod(outward, self.step)
        return 0 if off or rung >= len(sizes) else sizes[rung]

    def top_bids(self) -> tuple[Level, ...]:
        """The best levels, highest first; the same tuple until the side changes."""
        top = self._bid_top
        if top is None:
            top = self._bid_top = _top(self.bid_sizes, (PRICE_ONE_PIPS - self.best_bid) // self.step, _prices(self.step)[0])
        return top

    def top_asks(self) -> tuple[Level, ...]:
        """The best levels, lowest first; the same tuple until the side changes."""
        top = self._ask_top
        if top is None:
            top = self._ask_top = _top(self.ask_sizes, self.best_ask // self.step, _prices(self.step)[1])
        return top

    def touch_sizes(self) -> tuple[SharesMicro, SharesMicro]:
        """(shares at the best bid, shares at the best ask); 0 for an empty side."""
        if not self.bid_sizes:
            return 0, 0
        return self.bid_sizes[(PRICE_ONE_PIPS - self.best_bid) // self.step], self.ask_sizes[self.best_ask // self.step]

    def all_bids(self) -> list[Level]:
        """Every bid level, ascending by price."""
        return _outermost_first(self.bid_sizes, (PRICE_ONE_PIPS - self.best_bid) // self.step, _prices(self.step)[0])

    def all_asks(self) -> list[Level]:
        """Every ask level, descending by price."""
        return _outermost_first(self.ask_sizes, self.best_ask // self.step, _prices(self.step)[1])

    def fill(self, bids: Sequence[Level], asks: Sequence[Level]) -> bool:
        """Replace everything. True when the grid had to become finer."""
        step = self.step
        for price, _size in (*bids, *asks):
            if price % step:
                step = gcd(step, price)
        is_finer = step != self.step
        self.step = step
        self._store_all(bids, asks)
        self._bid_top = self._ask_top = None
        return is_finer

    def store(self, levels: Sequence[LevelChange]) -> bool:
        """Set absolute sizes, in order. True when the grid had to become finer. The ladder must have been filled."""
        is_finer = False
        for side, price, size in levels:
            if price % self.step:
                self.refine(price)
                is_finer = True
            if side is _BUY:
                rung = (PRICE_ONE_PIPS - price) // self.step
                self.bid_sizes[rung] = size
                self._bid_top = None
                if price >= self.best_bid:
                    if size:
                        self.best_bid = price
                    elif price == self.best_bid:
                        self.best_bid = PRICE_ONE_PIPS - _next_rung(self.bid_sizes, rung) * self.step
            else:
                rung = price // self.step
                self.ask_sizes[rung] = size
                self._ask_top = None
                if price <= self.best_ask:
                    if size:
                        self.best_ask = price
                    elif price == self.best_ask:
                        self.best_ask = _next_rung(self.ask_sizes, rung) * self.step
        return is_finer

    def refine(self, price: Pips) -> None:
        """Make the grid so fine that `price` is on it, keeping every level."""
        bids, asks = self.all_bids(), self.all_asks()
        self.step = gcd(self.step, price)
        if self.bid_sizes:
            self._store_all(bids, asks)

    def _store_all(self, bids: Sequence[Level], asks: Sequence[Level]) -> None:
        """Fresh lists on the present grid."""
        step = self.step
        length = PRICE_ONE_PIPS // step + 1
        self.bid_sizes, self.ask_sizes = [0] * length, [0] * length
        for price, size in bids:
            self.bid_sizes[(PRICE_ONE_PIPS - price) // step] = size
        for price, size in asks:
            self.ask_sizes[price // step] = size
        bid_prices, ask_prices = _prices(step)
        self.best_bid = next(compress(bid_prices, self.bid_sizes), NO_BID)
        self.best_ask = next(compress(ask_prices, self.ask_sizes), NO_ASK)


def _top(sizes: list[SharesMicro], rung: int, prices: tuple[Pips, ...]) -> tuple[Level, ...]:
    """The first VIEW_DEPTH levels from `rung` on."""
    near = sizes[rung : rung + VIEW_DEPTH]
    if all(near):  # the usual book has no holes near the touch: 0.7 µs against 2.5, and `strict` would cost 0.13 of it
        return tuple(zip(prices[rung : rung + VIEW_DEPTH], near))  # noqa: B905 (both lists have a rung for each price)
    rest = sizes[rung:]
    return tuple(islice(compress(zip(prices[rung:], rest, strict=True), rest), VIEW_DEPTH))


def _outermost_first(sizes: list[SharesMicro], rung: int, prices: tuple[Pips, ...]) -> list[Level]:
    """All levels of a side, from the last rung to `rung`, where the best stands."""
    inward = sizes[rung:]
    inward.reverse()
    return list(zip(compress(reversed(prices), inward), filter(None, inward), strict=True))


def _next_rung(sizes: list[SharesMicro], rung: int) -> int:
    """The first rung beyond `rung` that holds something; the last, where nothing can stand, when there is none."""
    last = len(sizes) - 1
    while rung < last:
        rung += 1
        if sizes[rung]:
            return rung
    return last
