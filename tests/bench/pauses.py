"""Listening to the collector: how long it stops us, and over what it walks."""

import gc
import time
from collections import Counter
from typing import Final

LARGEST: Final = 12
"""Kinds of object named in a census."""


class Pauses:
    """Times every collection from now on, in time of the processor: what else runs on the machine does not count."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.full = 0
        """How many were collections of everything."""
        self._began = 0.0
        gc.callbacks.append(self._heard)

    def _heard(self, phase: str, about: dict[str, int]) -> None:
        if phase == "start":
            self._began = time.process_time()
        else:
            self.seconds.append(time.process_time() - self._began)
            self.full += about["generation"] == 2

    def over(self) -> None:
        """Listen no more."""
        gc.callbacks.remove(self._heard)

    @property
    def longest_ms(self) -> float:
        """Milliseconds; 0: there was none."""
        return max(self.seconds, default=0.0) * 1e3


def census() -> str:
    """What a full collection walks over now: how many objects, and of which types most."""
    counts = Counter(type(thing) for thing in gc.get_objects())
    return f"{counts.total():,}: " + ", ".join(f"{kind.__qualname__} {count:,}" for kind, count in counts.most_common(LARGEST))
