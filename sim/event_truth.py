"""The truth behind a simulated exclusive event: log-odds that wander and jump, the probabilities that follow from them, and who wins in the end.

The probabilities of all outcomes, and of "none of these" where that may be, add up to one; the winner is drawn from what they are at the end.
"""

import math
import random
from typing import Final

from oms.values.units import NS_PER_SECOND, Nanos

NOBODY_LOG_ODDS: Final = -0.7
"""Where "none of these" begins: half as likely as a middling outcome."""
_LOG_ODDS_MAX: Final = 4.0
"""No outcome is more than e⁴ times as likely as a middling one."""


class EventTruth:
    """One event's truth. Time may not go back."""

    def __init__(self, seed: str, outcomes: int, start_ns: Nanos, *, exhaustive: bool, volatility: float) -> None:
        """`volatility`: of each log-odds, a root of a second."""
        self._random = random.Random(f"{seed} truth")
        self._volatility = volatility
        self._at_ns = start_ns
        self._outcomes = outcomes
        self._log_odds = [self._random.gauss(0.0, 1.0) for _ in range(outcomes)]
        if not exhaustive:
            self._log_odds.append(NOBODY_LOG_ODDS)

    def probabilities(self, at_ns: Nanos) -> list[float]:
        """Of each outcome now; they add up to one, or, where nobody may win, to less."""
        self._walk(at_ns)
        weights = [math.exp(x) for x in self._log_odds]
        total = sum(weights)
        return [weight / total for weight in weights[: self._outcomes]]

    def jump(self, outcome: int, log_odds: float) -> None:
        """News about one outcome; the others move against it."""
        self._log_odds[outcome] = _bounded(self._log_odds[outcome] + log_odds)

    def winner(self, at_ns: Nanos) -> int | None:
        """Drawn from the probabilities of that moment; None: nobody."""
        point = self._random.random()
        for outcome, probability in enumerate(self.probabilities(at_ns)):
            point -= probability
            if point < 0:
                return outcome
        return None if len(self._log_odds) > self._outcomes else self._outcomes - 1

    def _walk(self, at_ns: Nanos) -> None:
        if at_ns > self._at_ns:
            step = self._volatility * math.sqrt((at_ns - self._at_ns) / NS_PER_SECOND)
            self._log_odds = [_bounded(x + self._random.gauss(0.0, step)) for x in self._log_odds]
            self._at_ns = at_ns


def _bounded(log_odds: float) -> float:
    return max(-_LOG_ODDS_MAX, min(_LOG_ODDS_MAX, log_odds))
