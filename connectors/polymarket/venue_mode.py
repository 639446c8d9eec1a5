"""What the exchange is ready for: restarting, post-only, cancel-only, disabled, or all of it; from the refusals it gives. Pure, the time is given.

There is no query for it. So a mode is believed for as long as the venue named, or for a wait that doubles, and then taken to be over: the next order
or cancel is the probe, and a refusal begins the mode again. After a restart (425) come two minutes in which only orders that rest are taken
(polymarket.md §4.6). Nothing here says what became of the order that was refused; rest.py does.
"""

from collections.abc import Sequence
from typing import Final

from connectors.polymarket import wire_rest as wire
from connectors.polymarket.presence import Presence
from connectors.transport.http import Absent, Answer, Failed, Found
from oms.values.events import VenueReady, VenueSyncing
from oms.values.units import NS_PER_SECOND, Nanos

PART: Final = "exchange"
"""Its name among the parts of `Presence`."""
RESTART_WAIT_S: Final = (2, 30)
"""First wait after a 425, and the longest (venue docs: back off 1 to 2 s, doubling to 30 s)."""
CLOSED_WAIT_S: Final = (30, 300)
"""First wait after `cancel-only` or `disabled`, and the longest: those last minutes to hours."""
STEADY_S: Final = 60
"""An exchange that is there again for so long is well, and the next refusal begins with the first wait. Questions it answers in every mode."""
POST_ONLY_S: Final = 120
"""How long only resting orders are taken after a restart."""
RETRY_AFTER_S_MAX: Final = 600
PAUSE_S: Final = 1
"""After a 429 without Retry-After."""
_RESTARTING: Final = 425
_TOO_MANY: Final = 429
_UNAVAILABLE: Final = 503


class ExchangeMode:
    """One exchange's mode, told to `Presence` under PART."""

    def __init__(self, presence: Presence) -> None:
        self._presence = presence
        self._up_at_ns: Nanos | None = None
        """When the exchange is next taken to be there; None: it is there, or it was never reached."""
        self._all_at_ns: Nanos | None = None
        """When it is next taken to take everything; None: it does."""
        self._up_since_ns: Nanos = 0
        """When a mode ended last."""
        self._waits = 0

    def reached(self) -> Sequence[VenueReady]:
        """It answered for the first time."""
        return self._presence.up(PART) if self._up_at_ns is None else []

    def heard(self, answer: Answer, at_ns: Nanos) -> Sequence[VenueSyncing | VenueReady]:
        """Take an answer of any private request; most say nothing about the mode."""
        if isinstance(answer, Found):
            if self._up_at_ns is None and self._all_at_ns is None and at_ns >= self._up_since_ns + STEADY_S * NS_PER_SECOND:
                self._waits = 0
            return []
        if isinstance(answer, Absent):
            return []
        if answer.status == _RESTARTING:
            return self._close("HTTP 425: the matching engine restarts", answer, RESTART_WAIT_S, at_ns, then_post_only=True)
        if answer.status != _UNAVAILABLE:
            return []
        error = wire.error_reply(answer.text)
        text = (error.text if error is not None else "").lower()
        if (error is not None and error.code == "post_only_mode") or "post-only mode" in text:
            self._all_at_ns = at_ns + (retry_after_s(answer) or POST_ONLY_S) * NS_PER_SECOND
            return self._presence.mode(post_only=True)
        if "cancel-only" in text or "disabled" in text:
            return self._close(f"HTTP 503: {text[:100]}", answer, CLOSED_WAIT_S, at_ns, then_post_only=False)
        return []

    def _close(self, why: str, answer: Failed, waits_s: tuple[int, int], at_ns: Nanos, *, then_post_only: bool) -> Sequence[VenueSyncing]:
        first, longest = waits_s
        wait_s = max(retry_after_s(answer) or 0, min(longest, first << min(self._waits, 16)))
        if self._up_at_ns is None:  # several requests under way hear of one and the same restart
            self._waits += 1
        self._up_at_ns = max(self._up_at_ns or 0, at_ns + wait_s * NS_PER_SECOND)
        self._all_at_ns = self._up_at_ns + POST_ONLY_S * NS_PER_SECOND if then_post_only else None
        return self._presence.down(PART, why)

    def woken(self, at_ns: Nanos) -> Sequence[VenueReady]:
        """Time passed: a mode whose time is over ends."""
        if self._up_at_ns is not None:
            if at_ns < self._up_at_ns:
                return []
            self._up_at_ns, self._up_since_ns = None, at_ns
            return [*self._presence.mode(post_only=self._all_at_ns is not None), *self._presence.up(PART)]
        if self._all_at_ns is not None and at_ns >= self._all_at_ns:
            self._all_at_ns = None
            self._waits = 0
            return self._presence.mode(post_only=False)
        return []

    def wake_at_ns(self) -> Nanos | None:
        """When `woken` is next due."""
        return self._up_at_ns if self._up_at_ns is not None else self._all_at_ns


def too_many_s(answer: Answer) -> int | None:
    """How long a 429 keeps us away, in seconds; None: it is no 429."""
    if isinstance(answer, Found) or answer.status != _TOO_MANY:
        return None
    return retry_after_s(answer) or PAUSE_S


def retry_after_s(answer: Absent | Failed) -> int | None:
    """How long the venue asks us to stay away, in its header or its body; None: it does not say, or something absurd."""
    told = answer.hints.get("retry-after", "")
    if told.isascii() and told.isdecimal() and len(told) <= 6:
        return min(int(told), RETRY_AFTER_S_MAX)
    error = wire.error_reply(answer.text)
    seconds = error.retry_after_seconds if error is not None else None
    if seconds is None or not 0 <= seconds <= RETRY_AFTER_S_MAX:
        return None
    return int(seconds) + 1
