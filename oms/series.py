"""A line of points in bounded memory: when there are too many, every second one goes, and from then on only every second new one is kept.

Thinned by number, not by time: pictures are taken only while something happens, and a run over tapes that lie months apart keeps its detail.
"""

from typing import Generic, TypeVar

POINTS_MAX = 2_000
"""More than any picture has columns."""

T = TypeVar("T")


class Series(Generic[T]):
    """Points in the order in which they came. The first and the latest are always kept."""

    def __init__(self, points_max: int = POINTS_MAX) -> None:
        self._kept: list[T] = []
        self._latest: T | None = None
        """The latest, when it is not among those kept."""
        self._max = points_max
        self._every = 1
        self._count = 0

    def add(self, point: T) -> None:
        """The next point."""
        if self._count % self._every:
            self._latest = point
        else:
            self._kept.append(point)
            self._latest = None
            if len(self._kept) > self._max:
                self._thin(point)
        self._count += 1

    def points(self) -> list[T]:
        """All that were kept, and the latest."""
        return [*self._kept, self._latest] if self._latest is not None else list(self._kept)

    def _thin(self, latest: T) -> None:
        """Keep every second one."""
        self._every *= 2
        self._kept = self._kept[::2]
        self._latest = None if self._count % self._every == 0 else latest
