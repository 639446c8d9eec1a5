"""How far the server's clock is ahead of ours, as an interval that every answer narrows. Pure.

An answer that says "it is second S" and was under way between two readings of our clock proves that the server's clock was in [S, S + 1 s) at
some moment between them. So the offset lies in (S − received, S + 1 s − sent]; many answers at different fractions of a second leave a
narrow interval. Clocks drift, so the interval widens with time; one that contradicts it (somebody set a clock) begins it anew.
"""

from typing import Final

from oms.values.units import NS_PER_SECOND, Nanos

_DRIFT_PPM: Final = 50
"""A quartz clock that nobody corrects goes wrong by no more (4 s a day); the interval widens by so much."""


class ServerClock:
    """The offset of one server's clock. Nothing is known before the first answer."""

    def __init__(self) -> None:
        self._low_ns = 0
        self._high_ns = 0
        self._at_ns: Nanos | None = None
        self.steps = 0
        """How often an answer contradicted all before it: a clock was set, here or there."""

    def heard(self, server_s: int, sent_ns: Nanos, received_ns: Nanos) -> None:
        """An answer that was under way from `sent_ns` to `received_ns` by our clock named the server's second `server_s`."""
        if received_ns < sent_ns:
            return  # our own clock was set back meanwhile: nothing follows
        low, high = server_s * NS_PER_SECOND - received_ns, (server_s + 1) * NS_PER_SECOND - sent_ns
        if self._at_ns is not None:
            drift = abs(received_ns - self._at_ns) * _DRIFT_PPM // 1_000_000
            kept_low, kept_high = max(low, self._low_ns - drift), min(high, self._high_ns + drift)
            if kept_low <= kept_high:
                low, high = kept_low, kept_high
            else:
                self.steps += 1
        self._low_ns, self._high_ns, self._at_ns = low, high, received_ns

    @property
    def is_known(self) -> bool:
        """At least one answer named its time."""
        return self._at_ns is not None

    @property
    def offset_ns(self) -> int:
        """Server's clock minus ours: of what is possible the value nearest to zero, because both are usually kept right. 0: nothing is known."""
        return min(max(0, self._low_ns), self._high_ns)

    @property
    def error_ns(self) -> int:
        """The true offset is at most so far from `offset_ns`, as of the last answer."""
        return max(self._high_ns - self.offset_ns, self.offset_ns - self._low_ns)

    def server_ns(self, at_ns: Nanos) -> Nanos:
        """The server's time when our clock shows `at_ns`."""
        return at_ns + self.offset_ns
