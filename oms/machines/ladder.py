"""The ladder: sizes of one token's book by rung, and the best prices, as fast as plain Python can.

A price has a small known range, so a side is a list indexed by rung (`price_pips // step`), with the best price kept beside it. The step begins at
the market's tick and becomes the greatest common divisor when a finer price is seen (recordings of 2025 change ticks without a word): no true level
is thrown away, and nothing off the grid can be stored. Lists are made when the first book comes, so a market nobody hears of costs next to nothing.
"""

from collections.abc import Sequence
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
NEAR: Final = 12
"""Rungs next to the touch that are compared at once with the other token's."""

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
            sizes = self._bids[self.best_bid // self.step :: -1]
            top = tuple(islice(compress(zip(range(self.best_bid, -1, -self.step), sizes, strict=False), sizes), VIEW_DEPTH))
            self._bid_top = top
        return top

    def top_asks(self) -> tuple[Level, ...]:
        """The best levels, lowest first; the same tuple until the side changes."""
        top = self._ask_top
        if top is None:
            sizes = self._asks[self.best_ask // self.step :]
            top = tuple(islice(compress(zip(range(self.best_ask, PRICE_ONE_PIPS + 1, self.step), sizes, strict=False), sizes), VIEW_DEPTH))
            self._ask_top = top
        return top

    def touch_sizes(self) -> tuple[SharesMicro, SharesMicro]:
        """(shares at the best bid, shares at the best ask); 0 for an empty side."""
        step, bids, asks = self.step, self._bids, self._asks
        return bids[self.best_bid // step] if bids else 0, asks[self.best_ask // step] if asks else 0

    def near_bids(self) -> list[SharesMicro]:
        """Shares on the rungs from the best bid down, empty ones too, at most NEAR of them."""
        rung = self.best_bid // self.step
        return self._bids[rung : rung - NEAR : -1] if rung >= NEAR else self._bids[rung::-1]

    def near_asks(self) -> list[SharesMicro]:
        """Shares on the rungs from the best ask up, empty ones too, at most NEAR of them."""
        rung = self.best_ask // self.step
        return self._asks[rung : rung + NEAR]

    def all_bids(self) -> list[Level]:
        """Every bid level, ascending by price."""
        sizes = self._bids[: self.best_bid // self.step + 1]
        return list(compress(zip(range(0, self.best_bid + 1, self.step), sizes, strict=False), sizes))

    def all_asks(self) -> list[Level]:
        """Every ask level, descending by price."""
        sizes = self._asks[self.best_ask // self.step :][::-1]
        return list(compress(zip(range(PRICE_ONE_PIPS, 0, -self.step), sizes, strict=False), sizes))

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
