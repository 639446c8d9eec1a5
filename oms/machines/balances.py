"""What the venue says we hold, against our books: a lasting difference is money that is not there, not to be promised.

A balance is asked for from time to time and may be answered from an old page; trades under way have moved it or not. So our books give a range, one
answer outside of it is only a reason to ask everything again soon, and it is believed when it lasts. Then what is missing is withheld from what may
be spent or sold, until an answer fits again. Nothing is ever booked from a balance: only trades, payouts and deposits move money.
"""

from typing import Final

import msgspec

from oms.values.units import NS_PER_SECOND, Nanos

ASK_AGAIN_NS: Final = 10 * NS_PER_SECOND
"""From an answer that does not fit to the next question."""
LASTS_NS: Final = 2 * ASK_AGAIN_NS
"""A difference that was in every answer for so long is believed: the venue's pages are seconds old, not half a minute."""
ANSWERS_MIN: Final = 3
"""And in so many answers."""


class Range(msgspec.Struct, frozen=True, gc=False):
    """What the venue may truthfully say of one asset, by our books: every trade that is not settled has moved it, or not."""

    low: int
    high: int


class _Doubt:
    """A difference that is being watched."""

    __slots__ = ("answers", "since_ns", "told")

    def __init__(self, since_ns: Nanos) -> None:
        self.since_ns = since_ns
        self.answers = 0
        self.told = 0


class Balances:
    """Keeps, by asset, what the venue has less (or more) than our books for too long. Amounts in the asset's micro unit."""

    def __init__(self) -> None:
        self._doubts: dict[str, _Doubt] = {}
        self._heard_ns: dict[str, Nanos] = {}
        self.differences: dict[str, int] = {}
        """What the venue has beyond our range, believed: below zero it is missing there."""

    def hear(self, asset: str, said: int, ours: Range, asked_ns: Nanos) -> bool:
        """Take one answer. True when a person should be told: a difference is believed now, or has become another.

        An answer to an older question than the last one heard changes nothing.
        """
        if asked_ns < self._heard_ns.get(asset, 0):
            return False
        self._heard_ns[asset] = asked_ns
        difference = min(0, said - ours.low) or max(0, said - ours.high)
        if not difference:
            self._doubts.pop(asset, None)
            self.differences.pop(asset, None)
            return False
        doubt = self._doubts.setdefault(asset, _Doubt(asked_ns))
        doubt.answers += 1
        if doubt.answers < ANSWERS_MIN or asked_ns - doubt.since_ns < LASTS_NS:
            return False
        self.differences[asset] = difference
        is_news, doubt.told = doubt.told != difference, difference
        return is_news

    @property
    def is_in_doubt(self) -> bool:
        """Something did not fit when it was last heard, and is not believed yet."""
        return any(asset not in self.differences for asset in self._doubts)

    def missing(self, asset: str) -> int:
        """How much less than our books the venue has for certain."""
        return max(0, -self.differences.get(asset, 0))

    def forget(self, asset: str) -> None:
        """The asset is history."""
        for known in (self._doubts, self._heard_ns, self.differences):
            known.pop(asset, None)
