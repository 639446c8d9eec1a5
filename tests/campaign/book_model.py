"""The book machine against two dicts: whatever messages come, the ladder says what plain dicts say, and doubts come and go by the rule.

Like properties.py it takes how much and a seed, and returns how much it did.
"""

import random
from collections.abc import Sequence
from math import gcd

from oms.machines.book import Book
from oms.machines.ladder import NO_ASK, NO_BID, VIEW_DEPTH
from oms.values.events import BestTold, BookReset, LevelsChanged
from oms.values.levels import HashContext, Level
from oms.values.market import TokenId
from oms.values.orders import Side
from oms.values.snapshot import Doubt
from oms.values.units import PRICE_ONE_PIPS, Nanos

_CONTEXT = HashContext(recipe="levels", market="m")
_STALE = Doubt.NO_BOOK | Doubt.CONTINUITY | Doubt.SILENCE


def levels_as_text(_context: HashContext, _token: TokenId, _exchange_ns: Nanos, bids: Sequence[Level], asks: Sequence[Level]) -> str:
    """A "hash" that one can read; it covers every level in the order in which a venue's hash does."""
    return f"{list(bids)} {list(asks)}"


class _Dicts:
    """The referee: price → size, sorted anew each time."""

    def __init__(self, tick_pips: int) -> None:
        self.sides: dict[Side, dict[int, int]] = {Side.BUY: {}, Side.SELL: {}}
        self.step = tick_pips
        self.doubts = Doubt.NO_BOOK

    def ranked(self, side: Side) -> list[Level]:
        """The levels, best first."""
        return sorted(self.sides[side].items(), reverse=side is Side.BUY)

    def hash(self) -> str:
        """What a right venue would tell."""
        return levels_as_text(_CONTEXT, "t", 0, self.ranked(Side.BUY)[::-1], self.ranked(Side.SELL)[::-1])

    def best(self) -> tuple[int, int]:
        """Best bid and best ask."""
        bids, asks = self.sides[Side.BUY], self.sides[Side.SELL]
        return max(bids, default=NO_BID), min(asks, default=NO_ASK)

    def judge(self, doubt: Doubt, *, holds: bool) -> None:
        """Set the doubt or end it."""
        self.doubts = self.doubts | doubt if holds else self.doubts & ~doubt


class BookWalk:
    """A book and two dicts, driven by the same dice."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.book = Book("t", 100, digest=levels_as_text, hash_every=1)
        self.model = _Dicts(100)
        self._at_ns = 1
        self._finest = 100
        self._finest_ever = self.dice.choice((100, 100, 10, 10, 10, 1))

    def step(self) -> None:
        """One random message, and the comparison."""
        self._at_ns += 1
        what = self.dice.random()
        if what < 0.05:
            self._reset()
        elif what < 0.06:
            self._lose()
        elif what < 0.1:
            self._tell_best()
        else:
            self._change()
        self.agree()

    def agree(self) -> None:
        """Every question has one answer."""
        book, model = self.book, self.model
        assert book.doubts == int(model.doubts), (Doubt(book.doubts), model.doubts)
        if model.doubts & _STALE:
            return
        bids, asks = model.ranked(Side.BUY), model.ranked(Side.SELL)
        assert (book.best_bid, book.best_ask) == model.best()
        assert book.top_bids() == tuple(bids[:VIEW_DEPTH])
        assert book.top_asks() == tuple(asks[:VIEW_DEPTH])
        assert book.all_bids() == bids[::-1]
        assert book.all_asks() == asks[::-1]
        price = self._price()
        assert book.size_at(Side.BUY, price) == model.sides[Side.BUY].get(price, 0)
        assert book.size_at(Side.SELL, price) == model.sides[Side.SELL].get(price, 0)

    def _price(self) -> int:
        """Near the middle, on the grid of one cent; some books become finer on their way."""
        if self._finest > self._finest_ever and self.dice.random() < 0.002:
            self._finest //= 10
        return max(1, min(PRICE_ONE_PIPS - 1, self.dice.randint(3_500, 6_500) // self._finest * self._finest))

    def _size(self) -> int:
        return self.dice.choice((0, 0, self.dice.randint(1, 10**12)))

    def _reset(self) -> None:
        dice, model = self.dice, self.model
        centre = self._price()
        model.sides = {Side.BUY: {}, Side.SELL: {}}
        for _ in range(dice.randrange(40)):
            price = self._price()
            model.sides[Side.BUY if price < centre else Side.SELL][price] = dice.randint(1, 10**12)
        model.step = gcd(model.step, *model.sides[Side.BUY], *model.sides[Side.SELL])
        model.doubts = Doubt(0)
        told = self._told_hash()
        bids, asks = list(model.sides[Side.BUY].items()), list(model.sides[Side.SELL].items())
        epoch = self.book.epoch
        assert self.book.reset(
            BookReset(token="t", bids=tuple(bids), asks=tuple(asks), exchange_ns=self._at_ns, hash=told, context=_CONTEXT), self._at_ns
        )
        assert self.book.epoch >= epoch
        self._judge_hash(told)

    def _lose(self) -> None:
        is_new = not self.model.doubts & _STALE
        epoch = self.book.epoch
        self.book.doubt(Doubt.CONTINUITY)
        assert self.book.epoch == epoch + is_new
        self.model.doubts |= Doubt.CONTINUITY

    def _change(self) -> None:
        dice, model = self.dice, self.model
        changes = [(dice.choice((Side.BUY, Side.SELL)), self._price(), self._size()) for _ in range(dice.choice((1, 1, 1, 2, 4)))]
        is_stale = bool(model.doubts & _STALE)
        if not is_stale:
            for side, price, size in changes:
                self._set(side, price, size)
            model.judge(Doubt.CROSSED, holds=model.best()[0] >= model.best()[1])
        told = self._told_hash()
        bid, ask = self._told_best()
        self.book.change(
            LevelsChanged(
                token="t", levels=tuple(changes), exchange_ns=self._at_ns, hash=told, best_bid_pips=bid, best_ask_pips=ask
            ),
            self._at_ns,
        )  # fmt: skip
        if not is_stale:
            if bid is not None:
                model.judge(Doubt.BEST, holds=(bid, ask) != model.best())
            self._judge_hash(told)

    def _set(self, side: Side, price: int, size: int) -> None:
        model = self.model
        if price % model.step:
            model.step = gcd(model.step, price)
            model.doubts |= Doubt.TICK
        if size:
            model.sides[side][price] = size
        else:
            model.sides[side].pop(price, None)

    def _tell_best(self) -> None:
        bid, ask = self.model.best() if self.dice.random() < 0.8 else (self._price(), self._price())
        self.book.told_best(BestTold(token="t", best_bid_pips=bid, best_ask_pips=ask, exchange_ns=self._at_ns), self._at_ns)
        if not self.model.doubts & _STALE:
            self.model.judge(Doubt.BEST, holds=(bid, ask) != self.model.best())

    def _told_best(self) -> tuple[int | None, int | None]:
        told = self.dice.random()
        if told < 0.5:
            return None, None
        return self.model.best() if told < 0.9 else (self._price(), self._price())

    def _told_hash(self) -> str:
        told = self.dice.random()
        if told < 0.3:
            return ""
        return self.model.hash() if told < 0.9 else "another book"

    def _judge_hash(self, told: str) -> None:
        """An agreeing hash also ends the doubt about the tick."""
        if told and told == self.model.hash():
            self.model.doubts &= ~(Doubt.HASH | Doubt.TICK)
        elif told:
            self.model.doubts |= Doubt.HASH


def book_against_dicts(messages: int, seed: int) -> int:
    """Random books, changes, announcements and losses: the ladder says what dicts say. Returns the messages done."""
    walk = BookWalk(seed)
    for number in range(messages):
        try:
            walk.step()
        except AssertionError as error:
            raise AssertionError(f"seed={seed} message={number}: {error}") from error
    return messages
