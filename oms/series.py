"""A line of points over time in bounded memory: when there are too many, every second one goes, and new ones must keep the wider distance."""

from typing import Generic, Protocol, TypeVar

from oms.values.units import Nanos

POINTS_MAX = 2_000
"""More than any picture has columns."""


class Timed(Protocol):
    """Something that was so at a moment."""

    @property
    def at_ns(self) -> Nanos:
        """The moment."""
        ...


T = TypeVar("T", bound=Timed)


class Series(Generic[T]):
    """Points in order of time. The first and the last one are always kept."""

    def __init__(self, points_max: int = POINTS_MAX) -> None:
        self._kept: list[T] = []
        self._last: T | None = None
        """Too close to the one before it, but the latest."""
        self._max = points_max
        self._apart_ns: Nanos = 0

    def add(self, point: T) -> None:
        """The next point; not before the one before."""
        if self._kept and point.at_ns - self._kept[-1].at_ns < self._apart_ns:
            self._last = point
            return
        self._kept.append(point)
        self._last = None
        if len(self._kept) > self._max:
            # Rounded up and above zero: points of one instant thin out as well.
            self._apart_ns = 2 * max(self._apart_ns, -(-(point.at_ns - self._kept[0].at_ns) // self._max), 1)
            self._thin()

    def points(self) -> list[T]:
        """All that were kept, and the latest."""
        return [*self._kept, self._last] if self._last is not None else list(self._kept)

    def _thin(self) -> None:
        """Keep only points that are far enough apart."""
        kept = [self._kept[0]]
        for point in self._kept[1:-1]:
            if point.at_ns - kept[-1].at_ns >= self._apart_ns:
                kept.append(point)
        kept.append(self._kept[-1])
        self._kept = kept
