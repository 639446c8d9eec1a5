"""The patience of a socket: how long anything may take, and how long to wait before another attempt. Pure but for the dice it is given."""

import random

import msgspec


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """The patience of a socket, in seconds."""

    open_s: float = 8.0
    """For connection, TLS and handshake together."""
    send_s: float = 5.0
    """For one message to leave; who cannot take it is gone."""
    close_s: float = 1.0
    """For the other side's goodbye."""
    first_s: float = 0.5
    """Upper bound of the first wait before another attempt."""
    cap_s: float = 30.0
    """Upper bound of any such wait."""
    stable_s: float = 20.0
    """A socket that lived so long was a success: the waits begin anew."""


class Backoff:
    """How long to wait before attempt after attempt: full jitter, so that many clients of a venue that comes back do not come in step.

    A wait is anything up to a bound that doubles with each failure in a row, from `first_s` to `cap_s`. `dice` makes a run repeatable.
    """

    def __init__(self, pace: Pace, dice: random.Random) -> None:
        self._pace = pace
        self._dice = dice
        self.failures = 0
        """In a row."""

    def next_s(self) -> float:
        """The wait after one more failure."""
        bound = min(self._pace.cap_s, self._pace.first_s * 2.0 ** min(self.failures, 30))
        self.failures += 1
        return self._dice.uniform(0.0, bound)

    def succeeded(self) -> None:
        """The next wait is a first one again."""
        self.failures = 0
