"""What goes wrong, when, and how badly: all of it decided by one seed, each kind switchable, so that any run of misfortune can be had again.

Every occasion for a fault has a number within its kind. Whether it strikes is a pure function of (seed, kind, number), not of what was drawn before;
so a schedule can be told as a list of strikes, and a shorter one tried with `only`, which is how a failing run is shrunk.

A seed also picks which kinds exist in its run at all and how frequent they are (swarm testing, Groce 2012): runs differ more than with rates for all.
"""

import random
import zlib
from collections import Counter
from collections.abc import Mapping
from typing import Final

import msgspec

from oms.values.units import NS_PER_SECOND, Nanos

KINDS: Final[Mapping[str, str]] = {
    "place lost": "an order never reaches the venue; no answer",
    "place reply lost": "an order takes effect, its answer is lost",
    "place 5xx": "the venue answers an order with an error and did not take it; nobody can know that",
    "place 429": "an order is refused because of too many requests",
    "place late": "an order reaches the venue seconds late",
    "cancel lost": "a cancel never reaches the venue; no answer",
    "cancel reply lost": "a cancel takes effect, its answer is lost",
    "cancel 429": "a cancel is not taken because of too many requests",
    "cancel late": "a cancel reaches the venue seconds late",
    "query failed": "a question to the venue is not answered",
    "answer stale": "a question is answered with how things were some seconds ago",
    "balance stale": "the venue says what we had some seconds ago",
    "answer incomplete": "a page of an answer cannot be read",
    "word lost": "what the venue tells us of our own orders is lost",
    "word doubled": "it is told twice",
    "word late": "it is told seconds late, after what came later",
    "frame lost": "market data is lost",
    "frame doubled": "market data is told twice",
    "frame late": "market data is told late, after what came later",
    "stream cut": "the market stream breaks off for a while",
    "stream silent": "the market stream says nothing for a while, and does not say so",
    "first book missing": "a market is told without its first book",
    "venue restart": "the venue is away for a while, then takes only orders that rest",
    "venue cancels all": "the venue takes everything of ours away, as after a missed heartbeat",
    "tick change": "the price step of a market becomes finer under our orders",
    "settlement retried": "a trade's settlement has to be tried again",
    "settlement failed": "a trade fails to settle and is undone",
    "settlement failed late": "a trade fails to settle long after its match",
    "settlement doubled": "a settlement step is told twice",
    "clock step": "our clock jumps",
    "clock drift": "our clock runs fast or slow",
    "journal failed": "a turn cannot be written; the process ends and starts again",
    "kill": "the process dies in the middle of a turn",
    "kill before send": "the process dies between commit and send",
    "transfer lost": "a split, merge or conversion never reaches the venue, as it says later",
    "transfer late": "a split, merge or conversion reaches the venue seconds late",
    "transfer word late": "what became of one is told seconds late",
    "transfer word doubled": "what became of one is told twice",
    "transfer refused": "the venue refuses a split, merge or conversion for a reason of its own",
    "transfer doubled": "a split, merge or conversion reaches the venue twice",
    "transfer word lost": "what became of one is not told; only who asks hears it",
    "cancel told late": "the venue takes a cancel at once, and tells only later how much was filled before",
    "witness silent": "nobody answers which quiet books are as they were told last",
}
"""Every kind in words. A new one stands at the end: the dice of the swarm are thrown kind by kind, and those before it fall as they fell."""


class Strike(msgspec.Struct, frozen=True, order=True, gc=False):
    """One fault that happened: the `number`th occasion of its kind."""

    kind: str
    number: int


class Faults:
    """The misfortune of one run."""

    def __init__(self, seed: int, *, rates: Mapping[str, float] | None = None, only: frozenset[Strike] | None = None) -> None:
        """`rates`: by kind, in place of those the seed picks; `only`: exactly these strikes. Raises ValueError for a kind that there is not."""
        self.seed = seed
        self.rates = swarm(seed) if rates is None else dict(rates)
        unknown = [kind for kind in self.rates if kind not in KINDS]
        if unknown:
            raise ValueError(f"there is no fault named {unknown[0]!r}; there are {', '.join(KINDS)}")
        self.only = only
        self.active = True
        """False: nothing goes wrong any more, whatever the schedule says."""
        self.struck: list[Strike] = []
        """In the order in which they happened."""
        self._asked: Counter[str] = Counter()
        self._bounds = {kind: int(rate * 2**32) for kind, rate in self.rates.items()}

    def strikes(self, kind: str) -> bool:
        """Is this occasion one at which it goes wrong?"""
        number = self._asked[kind] = self._asked[kind] + 1
        if not self.active:
            return False
        if self.only is not None:
            if Strike(kind, number) not in self.only:
                return False
        elif zlib.crc32(f"{self.seed}/{kind}/{number}".encode()) >= self._bounds.get(kind, 0):
            return False
        self.struck.append(Strike(kind, number))
        return True

    def how_long_ns(self, kind: str, low_s: float, high_s: float) -> Nanos:
        """How long the latest strike of this kind lasts: decided by its number alone."""
        part = zlib.crc32(f"{self.seed}/{kind}/{self._asked[kind]}/length".encode()) / 2**32
        return int((low_s + (high_s - low_s) * part) * NS_PER_SECOND)

    def counts(self) -> dict[str, int]:
        """How often each kind struck, in the order of KINDS."""
        counted = Counter(strike.kind for strike in self.struck)
        return {kind: counted[kind] for kind in KINDS if counted[kind]}


def swarm(seed: int) -> dict[str, float]:
    """The kinds that exist in the run of this seed, with their rates: each is there with probability one half, from rare to frequent."""
    dice = random.Random(f"{seed} swarm")
    rates: dict[str, float] = {}
    for kind in KINDS:
        is_there, rate = dice.random() < 0.5, 10 ** dice.uniform(-2.5, -0.6)
        if is_there:
            rates[kind] = rate * _RARE.get(kind, 1.0)
    return rates


_RARE: Final[Mapping[str, float]] = {
    "stream cut": 0.2, "stream silent": 0.2, "venue restart": 0.1, "venue cancels all": 0.2, "tick change": 0.2, "clock step": 0.2,
    "journal failed": 0.01, "kill": 0.01, "kill before send": 0.02, "word lost": 0.5,
}  # fmt: skip
"""Faults with long consequences, or with an occasion every turn, are rarer."""
