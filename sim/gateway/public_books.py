"""The books as the public has been told them: facts of the exchange in, the wire's rungs out, hashed as they stand after each fact.

The exchange's own pool may be further already (one operation can change a market twice), so a hash cannot be taken from there: it must be that of
the book a listener has who applied everything up to this message. One market is one pool; NO's rungs are YES's, mirrored, kept in texts.
"""

from bisect import bisect_left
from collections.abc import Sequence
from typing import Final

import msgspec

from oms.values.events import BookReset, LevelsChanged, TickChanged, Traded
from oms.values.levels import LevelChange
from oms.values.market import Market, TokenId
from oms.values.orders import Side
from oms.values.units import PRICE_ONE_PIPS, Nanos, Pips, SharesMicro
from sim.gateway.book_hash import Rung, WireBook, rung, signed

_replace: Final = msgspec.structs.replace


class _Ladder:
    """One side of a market in YES terms and, at the same index, mirrored; sorted as the wire wants it: the best last."""

    __slots__ = ("_keys", "_sign", "no", "yes")

    def __init__(self, *, is_bid: bool) -> None:
        self._sign = 1 if is_bid else -1
        self._keys: list[int] = []
        self.yes: list[Rung] = []
        self.no: list[Rung] = []

    def store(self, yes_pips: Pips, size_micro: SharesMicro) -> None:
        """The level's new absolute size; 0 removes it."""
        key = self._sign * yes_pips
        index = bisect_left(self._keys, key)
        is_there = index < len(self._keys) and self._keys[index] == key
        if not size_micro:
            if is_there:
                del self._keys[index], self.yes[index], self.no[index]
            return
        yes, no = rung(yes_pips, size_micro), rung(PRICE_ONE_PIPS - yes_pips, size_micro)
        if is_there:
            self.yes[index], self.no[index] = yes, no
        else:
            self._keys.insert(index, key)
            self.yes.insert(index, yes)
            self.no.insert(index, no)

    def best_pips(self, empty: Pips) -> Pips:
        """In YES terms; `empty` if there is none."""
        return self._sign * self._keys[-1] if self._keys else empty


class PublicBook:
    """One market as a listener holds it who heard everything so far."""

    def __init__(self, market: Market) -> None:
        self.market = market
        self.last_yes_pips: Pips | None = None
        """The last trade in YES terms; None: it never traded."""
        self.changed_ns: Nanos = 0
        self._ticks: dict[TokenId, Pips] = {market.yes: market.tick_pips, market.no: market.tick_pips}
        self._bids = _Ladder(is_bid=True)
        self._asks = _Ladder(is_bid=False)

    def reset(self, book: BookReset, last_yes_pips: Pips | None) -> None:
        """Begin with a whole book of the YES token; for a market that was there before we listened."""
        self.last_yes_pips, self.changed_ns = last_yes_pips, book.exchange_ns
        self._store([*((Side.BUY, *level) for level in book.bids), *((Side.SELL, *level) for level in book.asks)])

    def change(self, fact: LevelsChanged) -> None:
        """Take new sizes of YES levels. NO's are the same, mirrored, and are not read."""
        assert fact.token == self.market.yes, "the exchange tells YES first and NO as its mirror"
        self.changed_ns = fact.exchange_ns
        self._store(fact.levels)

    def _store(self, changes: Sequence[LevelChange]) -> None:
        for side, yes_pips, size_micro in changes:
            (self._bids if side is Side.BUY else self._asks).store(yes_pips, size_micro)

    def trade(self, fact: Traded) -> None:
        """A trade happened: the price goes into the hash of both tokens' books."""
        self.last_yes_pips = fact.price_pips if fact.token == self.market.yes else PRICE_ONE_PIPS - fact.price_pips

    def change_tick(self, fact: TickChanged) -> Pips:
        """Returns the tick that this token had. It goes into the hash too, of both tokens at once."""
        old, self._ticks[fact.token] = self._ticks[fact.token], fact.tick_pips
        self.market = _replace(self.market, tick_pips=fact.tick_pips)
        return old

    def best(self, token: TokenId) -> tuple[Pips, Pips]:
        """Best bid and ask in this token's terms; 0 and 10 000 where a side is empty."""
        bid, ask = self._bids.best_pips(0), self._asks.best_pips(PRICE_ONE_PIPS)
        return (bid, ask) if token == self.market.yes else (PRICE_ONE_PIPS - ask, PRICE_ONE_PIPS - bid)

    def signed(self, token: TokenId, at_ns: Nanos | None = None) -> WireBook:
        """One token's whole book with its hash, as of the last change (or as if that had been at `at_ns`). Valid until the next change."""
        sides = (self._bids.yes, self._asks.yes) if token == self.market.yes else (self._asks.no, self._bids.no)
        return signed(self.market, token, self.changed_ns if at_ns is None else at_ns, sides, self.last_yes_pips)
