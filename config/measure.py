"""Wall-clock measurements of a run: they go under `machine` in the report and never into a decision."""

import math
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from oms.engine import Engine
from oms.ports import Journal, Venue
from oms.turn import Turner, Watcher
from oms.values.events import Event
from oms.values.units import Nanos

_GROWTH = 1.1
"""Each bucket is a tenth wider than the one before: percentiles are exact to 10 %, in constant memory."""


class Histogram:
    """Counts of durations in nanoseconds, by logarithmic buckets."""

    def __init__(self) -> None:
        self._bounds = [100.0]
        while self._bounds[-1] < 3.6e12:
            self._bounds.append(self._bounds[-1] * _GROWTH)
        self._bounds.append(math.inf)  # beyond an hour nothing is told apart but the longest
        self._counts = [0] * len(self._bounds)
        self.count = 0
        self.total = 0
        self.max = 0

    def add(self, value_ns: int) -> None:
        """Count one duration."""
        low, high = 0, len(self._bounds) - 1
        while low < high:
            middle = (low + high) // 2
            if self._bounds[middle] < value_ns:
                low = middle + 1
            else:
                high = middle
        self._counts[low] += 1
        self.count += 1
        self.total += value_ns
        self.max = max(self.max, value_ns)

    def percentile(self, part: float) -> float | None:
        """The upper bound of the bucket below which `part` of all durations lie; None when there is none."""
        if not self.count:
            return None
        left = part * self.count
        for bound, count in zip(self._bounds, self._counts, strict=True):
            left -= count
            if left <= 0:
                return min(bound, self.max)
        return self.max

    def summary_us(self) -> dict[str, float] | None:
        """p50, p99, max and mean in microseconds; None when nothing was measured."""
        p50, p99 = self.percentile(0.5), self.percentile(0.99)
        if p50 is None or p99 is None:
            return None
        return {
            "p50": round(p50 / 1e3, 1),
            "p99": round(p99 / 1e3, 1),
            "max": round(self.max / 1e3, 1),
            "mean": round(self.total / self.count / 1e3, 1),
        }


class MeasuredTurner(Turner):
    """A turner that knows how long its turns took."""

    def __init__(self, engine: Engine, venue: Venue, journal: Journal, watcher: Watcher | None = None) -> None:
        super().__init__(engine, venue, journal, watcher)
        self.turn_wall = Histogram()

    def turn(self, batch: Sequence[Event], at_ns: Nanos, frames: tuple[int, int] | None = None) -> None:
        """One turn, timed."""
        began = time.perf_counter_ns()
        super().turn(batch, at_ns, frames)
        self.turn_wall.add(time.perf_counter_ns() - began)


def commit_id() -> str:
    """The commit this code is at, with "+" when it was changed since; "unknown" outside a checkout."""
    root = Path(__file__).resolve().parent.parent
    try:
        head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=root, capture_output=True, text=True, timeout=10, check=True)
        changed = subprocess.run(["git", "status", "--porcelain", "-uno"], cwd=root, capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return head.stdout.strip() + ("+" if changed.stdout.strip() else "")
