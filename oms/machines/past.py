"""What is over and forgotten: sums, so that totals still add up, and names, so that nothing of it begins anew."""

from typing import Final

import msgspec

from oms.values.market import MarketId, Payout
from oms.values.units import CashMicro

FORGOTTEN_MAX: Final = 10_000
"""Names of forgotten markets that are kept, about 2 MB: a month of a dozen an hour. Beyond it the oldest name goes; the sums stay."""

Evidence = tuple[int, int, int, int]
"""How often books were judged and agreed: (hashes checked, agreed, mirrors judged, agreed)."""


class Gone(msgspec.Struct, frozen=True, gc=False):
    """What is known of a forgotten market."""

    payout: Payout | None
    """None: it closed with nothing of ours in it, and was not paid out so far."""
    worst_micro: CashMicro
    """Its part of the worst result of everything, until it is paid out."""


class Past:
    """The markets that are in no other machine any more."""

    def __init__(self) -> None:
        self.markets = 0
        """How many there were."""
        self.resolved = 0
        """Of these, how many were paid out."""
        self.evidence: Evidence = (0, 0, 0, 0)
        """What their books added up to."""
        self._gone: dict[MarketId, Gone] = {}

    def bury(self, market_id: MarketId, gone: Gone, evidence: Evidence) -> None:
        """A market is forgotten."""
        assert market_id not in self._gone, f"market {market_id} is forgotten twice"
        self._gone[market_id] = gone
        self.markets += 1
        self.resolved += gone.payout is not None
        checked, agreed, judged, mirrored = self.evidence
        self.evidence = (checked + evidence[0], agreed + evidence[1], judged + evidence[2], mirrored + evidence[3])
        if len(self._gone) > FORGOTTEN_MAX:
            del self._gone[next(iter(self._gone))]

    def __contains__(self, market_id: MarketId) -> bool:
        """It was there, and is over."""
        return market_id in self._gone

    def __len__(self) -> int:
        """How many names are kept."""
        return len(self._gone)

    def resolve(self, market_id: MarketId, payout: Payout) -> Gone:
        """A forgotten market's payout is told. Returns what was known of it before; of two payouts the first stays."""
        known = self._gone[market_id]
        if known.payout is None:
            self._gone[market_id] = Gone(payout, 0)
            self.resolved += 1
        return known
