"""The locally rebuilt book of one token: a list of sizes by rung a side, an epoch, and a verdict on whether to believe it.

The sizes are the ladder's (ladder.py). The verdict: doubts are collected, each with its own rule for going away:

    NO_BOOK, CONTINUITY, SILENCE → STALE; only a full book from the stream ends them. A second witness who confirms a quiet book (`confirm`) comes
               before SILENCE or not at all
    CROSSED    own best bid ≥ own best ask; ends when that is no longer so
    HASH       the venue's hash is not the hash of what we hold; ends when one agrees, or with a full book that is not contradicted
    BEST       the venue told other best prices than ours; ends when they agree, or with a full book
    TICK       a finer price than the grid: a tick change was missed; ends with a full book or an agreeing hash
    MIRROR     set and cleared by machines/mirror.py

The hash is checked on every full book that carries one, on one in `hash_every` changes (about 35 µs each, so 64 costs 0.5 µs a change), and on
every change while the book is SUSPECT. A hash is evidence, not truth (polymarket.md §6.3): it makes SUSPECT, never STALE.

Epoch: grows with everything after which old levels no longer mean the same: a loss, a new tick, a finer grid.
"""

from typing import Final

import msgspec

from oms.machines.ladder import Ladder
from oms.values.events import BestTold, BookReset, LevelsChanged, TickChanged, Traded
from oms.values.levels import BookDigest, HashContext
from oms.values.market import TokenId
from oms.values.snapshot import STALE_DOUBTS, Doubt, Health
from oms.values.units import Nanos, Pips

_STALE: Final = int(STALE_DOUBTS)
_CROSSED, _HASH, _BEST, _TICK = int(Doubt.CROSSED), int(Doubt.HASH), int(Doubt.BEST), int(Doubt.TICK)
_ENDED_BY_A_FULL_BOOK: Final = ~(_STALE | _CROSSED | _HASH | _BEST | _TICK)


class Book(Ladder):
    """One token's book. `doubts` is a plain int of `Doubt` flags, because it is tested a hundred thousand times a second."""

    __slots__ = (
        "_changes",
        "_digest",
        "_hash_every",
        "changed_ns",
        "context",
        "doubts",
        "epoch",
        "exchange_ns",
        "hash_agreed",
        "hash_checked",
        "last_prices",
        "tick_pips",
        "token",
    )

    def __init__(self, token: TokenId, tick_pips: Pips, *, digest: BookDigest | None = None, hash_every: int = 64) -> None:
        super().__init__(tick_pips)
        self.token = token
        self.tick_pips = tick_pips
        """The rule for our own orders: from market facts or an announcement, never inferred."""
        self.epoch = 0
        self.doubts = int(Doubt.NO_BOOK)
        self.exchange_ns: Nanos = 0
        self.changed_ns: Nanos = 0
        self.context: HashContext | None = None
        self.last_prices: tuple[str, ...] = ()
        """Texts that the hash's last_trade_price may plausibly be, likeliest first."""
        self.hash_checked = 0
        self.hash_agreed = 0
        self._digest = digest
        self._hash_every = hash_every
        self._changes = 0

    @property
    def health(self) -> Health:
        """The verdict the doubts amount to."""
        if not self.doubts:
            return Health.LIVE
        return Health.STALE if self.doubts & _STALE else Health.SUSPECT

    def reset(self, event: BookReset, at_ns: Nanos) -> bool:
        """Take a whole book. False when it is an answer to a query that tells nothing new, and nothing but the hash context was taken."""
        is_older = event.from_rest and event.exchange_ns < self.exchange_ns
        if event.context is not None and (self.context is None or not is_older):
            self.context = event.context
            self.last_prices = (event.context.last_trade_price,)
        if is_older or (event.from_rest and self.doubts & _STALE):
            return False
        if self.fill(event.bids, event.asks) and self.epoch:
            self.epoch += 1
        if event.tick_pips and event.tick_pips != self.tick_pips:
            self._take_tick(event.tick_pips)
            self.epoch += 1
        if self.doubts & _STALE:
            self.epoch += 1
        self.doubts &= _ENDED_BY_A_FULL_BOOK
        self.exchange_ns = event.exchange_ns
        self.changed_ns = at_ns
        self._judge_crossed()
        if event.hash and self.context is not None:
            self._check_hash(event.hash)
        return True

    def change(self, event: LevelsChanged, at_ns: Nanos) -> None:
        """Take new absolute sizes. While the book is STALE they are history too, and passed over."""
        if self.doubts & _STALE:
            return
        if self.store(event.levels):
            self.epoch += 1
            self.doubts |= _TICK
        if event.exchange_ns > self.exchange_ns:
            self.exchange_ns = event.exchange_ns
        self.changed_ns = at_ns
        if self.best_bid >= self.best_ask or self.doubts & _CROSSED:
            self._judge_crossed()
        if event.best_bid_pips != self.best_bid or event.best_ask_pips != self.best_ask or self.doubts & _BEST:
            self._judge_best(event.best_bid_pips, event.best_ask_pips)
        if event.hash and self.context is not None:
            self._changes += 1
            if self.doubts or self._changes % self._hash_every == 0:
                self._check_hash(event.hash, event.exchange_ns)

    def traded(self, event: Traded, at_ns: Nanos) -> None:
        """A public trade moves no level (the venue sends those), only the text the hash may hold, and the age."""
        self.changed_ns = at_ns
        if event.price_text:
            self.last_price_may_be(event.price_text)

    def last_price_may_be(self, text: str) -> None:
        """The hash may hold this text from now on, likelier than the ones before."""
        if not self.last_prices or self.last_prices[0] != text:
            self.last_prices = (text, *self.last_prices[:3])

    def told_best(self, event: BestTold, at_ns: Nanos) -> None:
        """Compare with announced best prices."""
        self.changed_ns = at_ns
        if not self.doubts & _STALE:
            self._judge_best(event.best_bid_pips, event.best_ask_pips)

    def change_tick(self, event: TickChanged) -> None:
        """The venue announced a new tick: a new epoch, resting levels stay."""
        if event.tick_pips != self.tick_pips:
            self._take_tick(event.tick_pips)
            self.epoch += 1

    def confirm(self, at_ns: Nanos) -> bool:
        """A second witness knew the book so at that time. It ends no doubt, and does nothing for a STALE book. True: the age is less than before."""
        if self.doubts & _STALE or at_ns <= self.changed_ns:
            return False
        self.changed_ns = at_ns
        return True

    def doubt(self, doubt: Doubt) -> None:
        """Somebody else's evidence: continuity, silence, mirror."""
        if doubt & STALE_DOUBTS and not self.doubts & _STALE:
            self.epoch += 1
        self.doubts |= int(doubt)

    def undoubt(self, doubt: Doubt) -> None:
        """That evidence is gone."""
        self.doubts &= ~int(doubt)

    def _take_tick(self, tick_pips: Pips) -> None:
        self.tick_pips = tick_pips
        if tick_pips % self.step:
            self.refine(tick_pips)

    def _judge_crossed(self) -> None:
        if self.best_bid >= self.best_ask:
            self.doubts |= _CROSSED
        else:
            self.doubts &= ~_CROSSED

    def _judge_best(self, bid_pips: Pips | None, ask_pips: Pips | None) -> None:
        """Any told side that differs is a doubt; only both sides told, and both right, end one."""
        if (bid_pips is not None and bid_pips != self.best_bid) or (ask_pips is not None and ask_pips != self.best_ask):
            self.doubts |= _BEST
        elif bid_pips is not None and ask_pips is not None:
            self.doubts &= ~_BEST

    def _check_hash(self, told: str, exchange_ns: Nanos | None = None) -> None:
        """Compare `told` with the hash of what we hold, under each plausible last price; the one that fits is kept."""
        if self._digest is None or self.context is None:
            return
        self.hash_checked += 1
        bids, asks = self.all_bids(), self.all_asks()
        at = self.exchange_ns if exchange_ns is None else exchange_ns
        for text in self.last_prices or (self.context.last_trade_price,):
            context = self.context if text == self.context.last_trade_price else msgspec.structs.replace(self.context, last_trade_price=text)
            if self._digest(context, self.token, at, bids, asks) == told:
                self.context = context
                self.hash_agreed += 1
                self.doubts &= ~(_HASH | _TICK)
                return
        self.doubts |= _HASH
