"""Near misses: every event by how much is missing until an arbitrage would pay, the nearest first.

An entry is moved whenever its event was looked at; that costs the logarithm of the pool. When a turn has more to look at than it may, it begins here.
"""

from collections.abc import Iterator

import msgspec
from sortedcontainers import SortedDict

from oms.values.bundles import Look, Shape
from oms.values.market import EventId
from oms.values.units import Nanos, SharesMicro


class NearMiss(msgspec.Struct, frozen=True, kw_only=True):
    """One event that nearly pays, or pays."""

    event_id: EventId
    strategy: str
    shape: Shape
    edge_pips: int
    """Net of fees, for a set at the best prices; negative: so much is missing."""
    raw_pips: int | None
    sets_micro: SharesMicro
    """Of the bundle that was found last; 0: none was."""
    seen_ns: Nanos
    why: str


class Watch:
    """The pool."""

    def __init__(self) -> None:
        self._queue: SortedDict[tuple[int, EventId, str], NearMiss] = SortedDict()
        self._place: dict[tuple[EventId, str], tuple[int, EventId, str]] = {}

    def see(self, event_id: EventId, strategy: str, look: Look, at_ns: Nanos, near_pips: int = 200) -> None:
        """The event was looked at. It is in the pool when no more than `near_pips` a set are missing, net of fees (requirement 4.11, trap T11)."""
        key = (event_id, strategy)
        place = self._place.pop(key, None)
        if place is not None:
            del self._queue[place]
        if look.edge_pips is None or look.shape is None or look.edge_pips < -near_pips:
            return
        self._place[key] = place = (-look.edge_pips, event_id, strategy)
        self._queue[place] = NearMiss(
            event_id=event_id,
            strategy=strategy,
            shape=look.shape,
            edge_pips=look.edge_pips,
            raw_pips=look.raw_pips,
            sets_micro=look.bundle.sets_micro if look.bundle is not None else 0,
            seen_ns=at_ns,
            why=look.why,
        )

    def forget(self, event_id: EventId) -> None:
        """The event is over."""
        for key in [key for key in self._place if key[0] == event_id]:
            del self._queue[self._place.pop(key)]

    def nearest(self) -> Iterator[NearMiss]:
        """From the nearest on."""
        return iter(self._queue.values())

    def __len__(self) -> int:
        return len(self._queue)
