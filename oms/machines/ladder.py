"""The ladder: sizes of one token's book by rung, and the best prices, as fast as plain Python can.

A price has a small known range, so a side is a list indexed by rung (`price_pips // step`), with the best price kept beside it. The step begins at
the market's tick and becomes the greatest common divisor when a finer price is seen (recordings of 2025 change ticks without a word): no true level
is thrown away, and nothing off the grid can be stored. Lists are made when the first book comes, so a market nobody hears of costs next to nothing.
"""

from collections.abc import Sequence
from math import gcd
from typing import Final

from oms.values.events import Level, LevelChange
from oms.values.orders import Side
from oms.values.units import PRICE_ONE_PIPS, Pips, SharesMicro

NO_BID: Final = 0
NO_ASK: Final = PRICE_ONE_PIPS
VIEW_DEPTH: Final = 10
"""Levels a side that a strategy is shown."""

_STRIDE: Final = 25
"""Rungs looked at in one go: a dense top is found in the first, a sparse one in a few."""
_BUY: Final = Side.BUY


class Ladder:
    """Both sides of one token. Tops are cached and stay the same object until their side changes."""

    __slots__ = ("_ask_top", "_asks", "_bid_top", "_bids", "best_ask", "best_bid", "step")

    def __init__(self, step_pips: Pips) -> None:
        self.step = step_pips
        self.best_bid: Pips = NO_BID
        self.best_ask: Pips = NO_ASK
        self._bids: list[SharesMicro] = []
        self._asks: list[SharesMicro] = []
        self._bid_top: tuple[Level, ...] | None = ()
        self._ask_top: tuple[Level, ...] | None = ()

    def size_at(self, side: Side, price_pips: Pips) -> SharesMicro:
        """Displayed shares of one level."""
        sizes = self._bids if side is _BUY else self._asks
        rung, off = divmod(price_pips, self.step)
        return 0 if off or rung >= len(sizes) else sizes[rung]

    def top_bids(self) -> tuple[Level, ...]:
        """The best levels, highest first; the same tuple until the side changes."""
        top = self._bid_top
        if top is None:
            top = self._bid_top = self._collect(self._bids, range(self.best_bid // self.step, 0, -1) if self._bids else range(0))
        return top

    def top_asks(self) -> tuple[Level, ...]:
        """The best levels, lowest first; the same tuple until the side changes."""
        top = self._ask_top
        if top is None:
            top = self._ask_top = self._collect(self._asks, range(self.best_ask // self.step, len(self._asks)))
        return top

    def all_bids(self) -> list[Level]:
        """Every bid level, ascending by price."""
        return [(rung * self.step, size) for rung, size in enumerate(self._bids) if size]

    def all_asks(self) -> list[Level]:
        """Every ask level, descending by price."""
        step = self.step
        return [(rung * step, self._asks[rung]) for rung in range(len(self._asks) - 1, 0, -1) if self._asks[rung]]

    def fill(self, bids: Sequence[Level], asks: Sequence[Level]) -> bool:
        """Replace everything. True when the grid had to become finer."""
        step = self.step
        for price, _size in (*bids, *asks):
            if price % step:
                step = gcd(step, price)
        is_finer = step != self.step
        self.step = step
        self._store(bids, asks)
        self._bid_top = self._ask_top = None
        return is_finer

    def store(self, levels: Sequence[LevelChange]) -> bool:
        """Set absolute sizes, in order. True when the grid had to become finer. The ladder must have been filled."""
        step, is_finer = self.step, False
        for side, price, size in levels:
            rung, off = divmod(price, step)
            if off:
                self.refine(price)
                step, is_finer = self.step, True
                rung = price // step
            if side is _BUY:
                self._set_bid(rung, price, size)
            else:
                self._set_ask(rung, price, size)
        return is_finer

    def refine(self, price: Pips) -> None:
        """Make the grid so fine that `price` is on it, keeping every level."""
        bids, asks = self.all_bids(), self.all_asks()
        self.step = gcd(self.step, price)
        if self._bids:
            self._store(bids, asks)

    def _set_bid(self, rung: int, price: Pips, size: SharesMicro) -> None:
        self._bids[rung] = size
        self._bid_top = None
        if price > self.best_bid:
            if size:
                self.best_bid = price
        elif price == self.best_bid and not size:
            self.best_bid = self._fall(rung)

    def _set_ask(self, rung: int, price: Pips, size: SharesMicro) -> None:
        self._asks[rung] = size
        self._ask_top = None
        if price < self.best_ask:
            if size:
                self.best_ask = price
        elif price == self.best_ask and not size:
            self.best_ask = self._climb(rung)

    def _store(self, bids: Sequence[Level], asks: Sequence[Level]) -> None:
        """Fresh lists on the present grid."""
        step = self.step
        length = PRICE_ONE_PIPS // step + 1
        self._bids, self._asks = [0] * length, [0] * length
        best_bid, best_ask = NO_BID, NO_ASK
        for price, size in bids:
            self._bids[price // step] = size
            if price > best_bid and size:
                best_bid = price
        for price, size in asks:
            self._asks[price // step] = size
            if price < best_ask and size:
                best_ask = price
        self.best_bid, self.best_ask = best_bid, best_ask

    def _collect(self, sizes: list[SharesMicro], rungs: range) -> tuple[Level, ...]:
        """The first levels with a size along `rungs`; by strides, because one comprehension is much faster than as many single steps."""
        found: list[Level] = []
        step = self.step
        for start in range(0, len(rungs), _STRIDE):
            found += [(rung * step, sizes[rung]) for rung in rungs[start : start + _STRIDE] if sizes[rung]]
            if len(found) >= VIEW_DEPTH:
                return tuple(found[:VIEW_DEPTH])
        return tuple(found)

    def _fall(self, rung: int) -> Pips:
        bids = self._bids
        while rung > 0:
            rung -= 1
            if bids[rung]:
                return rung * self.step
        return NO_BID

    def _climb(self, rung: int) -> Pips:
        asks, last = self._asks, len(self._asks) - 1
        while rung < last:
            rung += 1
            if asks[rung]:
                return rung * self.step
        return NO_ASK
