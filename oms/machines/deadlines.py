"""What must be looked at again, and when. Sorted, because deadlines leave from the middle all the time (an answer came); a heap cannot do that.

Ties are broken by the order of setting, so two runs agree.
"""

from sortedcontainers import SortedDict

from oms.values.units import Nanos


class Deadlines:
    """One moment a key, at most."""

    def __init__(self) -> None:
        self._queue: SortedDict[tuple[Nanos, int], str] = SortedDict()
        self._place: dict[str, tuple[Nanos, int]] = {}
        self._count = 0

    def set(self, key: str, at_ns: Nanos) -> None:
        """Look at `key` at this moment, in place of any earlier wish."""
        self.clear(key)
        self._count += 1
        self._place[key] = place = (at_ns, self._count)
        self._queue[place] = key

    def clear(self, key: str) -> None:
        """No need to look any more; harmless when there was none."""
        place = self._place.pop(key, None)
        if place is not None:
            del self._queue[place]

    def next_ns(self) -> Nanos | None:
        """The earliest moment, or None."""
        return self._queue.peekitem(0)[0][0] if self._queue else None

    def take_due(self, at_ns: Nanos) -> list[str]:
        """Keys whose moment has come, in order; they are cleared."""
        due: list[str] = []
        while self._queue and self._queue.peekitem(0)[0][0] <= at_ns:
            _, key = self._queue.popitem(0)
            del self._place[key]
            due.append(key)
        return due

    def __contains__(self, key: str) -> bool:
        return key in self._place

    def __len__(self) -> int:
        return len(self._queue)
