"""What is due when: a heap of (time, number, deed). Pure; the caller knows the time."""

import heapq
from collections.abc import Callable

from oms.values.units import Nanos

Deed = Callable[[Nanos], None]
"""Told the time for which it was set."""


class Timers:
    """Deeds in order of time, then of setting. A deed that has become needless finds that out itself."""

    def __init__(self) -> None:
        self._heap: list[tuple[Nanos, int, Deed]] = []
        self._count = 0

    def set(self, at_ns: Nanos, deed: Deed) -> None:
        """Do this then."""
        self._count += 1
        heapq.heappush(self._heap, (at_ns, self._count, deed))

    def next_due_ns(self) -> Nanos | None:
        """When the first deed is due; None: never."""
        return self._heap[0][0] if self._heap else None

    def run_due(self, now_ns: Nanos) -> int:
        """Do everything that is due by now, also what is set meanwhile. Returns how many deeds."""
        done = 0
        while self._heap and self._heap[0][0] <= now_ns:
            at_ns, _, deed = heapq.heappop(self._heap)
            deed(at_ns)
            done += 1
        return done
