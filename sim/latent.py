"""The truth behind a simulated market: a hidden random walk whose sign at the end is the outcome, and the probability that follows from it.

p = Φ(x / √(time left)): a fair martingale that wanders while there is time and runs to 0 or 1 at the end, as short up/down markets do.
"""

import math
import random

from oms.values.units import NS_PER_SECOND, Nanos


class Latent:
    """One market's truth."""

    def __init__(self, seed: str, start_ns: Nanos, end_ns: Nanos) -> None:
        self._random = random.Random(seed)
        self._at_ns = start_ns
        self._end_ns = end_ns
        # A start away from zero, so that not every market begins at a coin toss.
        self._x = self._random.gauss(0.0, 0.5) * math.sqrt((end_ns - start_ns) / NS_PER_SECOND)

    def probability(self, at_ns: Nanos) -> float:
        """The true probability of YES now, in (0, 1). Time may not go back."""
        self._walk(min(at_ns, self._end_ns))
        left_s = (self._end_ns - self._at_ns) / NS_PER_SECOND
        if left_s <= 0:
            return 1.0 if self._x > 0 else 0.0
        return min(0.9999, max(0.0001, 0.5 * math.erfc(-self._x / math.sqrt(2 * left_s))))

    def outcome_is_yes(self) -> bool:
        """What happened, at the end."""
        self._walk(self._end_ns)
        return self._x > 0

    def _walk(self, at_ns: Nanos) -> None:
        if at_ns > self._at_ns:
            self._x += self._random.gauss(0.0, math.sqrt((at_ns - self._at_ns) / NS_PER_SECOND))
            self._at_ns = at_ns
