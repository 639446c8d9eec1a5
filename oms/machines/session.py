"""May we trade? Two small tables, because two parties have a say: the venue (is it there, what does it take) and the operator.

A halt is latched: neither the venue coming back nor a pause being lifted ends it, only an explicit resume.
"""

import enum
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final


class VenuePhase(enum.Enum):
    """What the venue is ready for."""

    STARTING = "STARTING"
    """Nothing is known yet."""
    SYNCING = "SYNCING"
    """(Re)starting: we wait for a complete report."""
    POST_ONLY = "POST_ONLY"
    """Takes only orders that rest (two minutes after a restart, polymarket.md §4.6)."""
    READY = "READY"


class OperatorPhase(enum.Enum):
    """What the operator wants."""

    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    HALTED = "HALTED"


class Word(enum.Enum):
    """What can be said to the session."""

    SYNC = "SYNC"
    READY = "READY"
    READY_POST_ONLY = "READY_POST_ONLY"
    PAUSE = "PAUSE"
    RESUME = "RESUME"
    HALT = "HALT"


_THERE: Final = (VenuePhase.READY, VenuePhase.POST_ONLY)
OPEN_ORDERS: Final = "open orders"
TRADES: Final = "trades"
REPORTS: Final = (OPEN_ORDERS, TRADES)
"""What must be reported in full after every (re)start of the link, before anything new is asked of the venue."""

VENUE: Final[Mapping[Word, VenuePhase]] = MappingProxyType(
    {Word.SYNC: VenuePhase.SYNCING, Word.READY: VenuePhase.READY, Word.READY_POST_ONLY: VenuePhase.POST_ONLY}
)
"""The venue's word alone decides its phase."""

OPERATOR: Final[Mapping[OperatorPhase, Mapping[Word, OperatorPhase]]] = MappingProxyType(
    {
        OperatorPhase.RUNNING: {Word.PAUSE: OperatorPhase.PAUSED, Word.RESUME: OperatorPhase.RUNNING, Word.HALT: OperatorPhase.HALTED},
        OperatorPhase.PAUSED: {Word.PAUSE: OperatorPhase.PAUSED, Word.RESUME: OperatorPhase.RUNNING, Word.HALT: OperatorPhase.HALTED},
        OperatorPhase.HALTED: {Word.PAUSE: OperatorPhase.HALTED, Word.RESUME: OperatorPhase.RUNNING, Word.HALT: OperatorPhase.HALTED},
    }
)


class Session:
    """Both phases and why."""

    def __init__(self) -> None:
        self.venue = VenuePhase.STARTING
        self.operator = OperatorPhase.RUNNING
        self._venue_why = "not connected yet"
        self._operator_why = ""
        self.missing: dict[str, str] = {}
        """What the venue must report before we trade again, with what is wrong with it so far."""
        self._since_ns = 0

    def hear(self, word: Word, why: str) -> bool:
        """Take a word. True when a phase changed."""
        if word in VENUE:
            if VENUE[word] is self.venue:
                return False
            self.venue, self._venue_why = VENUE[word], why
        else:
            phase = OPERATOR[self.operator][word]
            if phase is self.operator:
                return False
            self.operator, self._operator_why = phase, why
        return True

    def require_reports(self, at_ns: int) -> None:
        """We are (back) in touch: nothing new until the venue has told in full what of ours stands and what we traded."""
        self._since_ns = at_ns
        self.missing = dict.fromkeys(REPORTS, "not reported yet")

    def reported(self, what: str, asked_ns: int, omitted: str) -> bool:
        """A report came; one asked for before we were back, or with parts omitted, does not count. True when it was the last that was missing."""
        if what not in self.missing or asked_ns < self._since_ns:
            return False
        if omitted:
            self.missing[what] = f"could not be read: {omitted}"
            return False
        del self.missing[what]
        return not self.missing

    @property
    def why(self) -> str:
        """Why the phase is what `name` says: the operator's reason while paused or halted, else the venue's."""
        if self.operator is not OperatorPhase.RUNNING:
            return self._operator_why
        if self.missing and self.venue in _THERE:
            return "; ".join(f"{what}: {why}" for what, why in self.missing.items())
        return self._venue_why

    @property
    def is_there(self) -> bool:
        """The venue answers."""
        return self.venue in _THERE

    @property
    def may_quote(self) -> bool:
        """New resting orders are allowed."""
        return self.operator is OperatorPhase.RUNNING and self.venue in _THERE and not self.missing

    @property
    def may_take(self) -> bool:
        """Orders that trade at once are allowed."""
        return self.operator is OperatorPhase.RUNNING and self.venue is VenuePhase.READY and not self.missing

    @property
    def name(self) -> str:
        """One word for people: starting, syncing, trading, post-only, paused, halted."""
        if self.operator is not OperatorPhase.RUNNING:
            return self.operator.name.lower()
        if self.missing and self.venue in _THERE:
            return "syncing"
        return {"READY": "trading", "POST_ONLY": "post-only"}.get(self.venue.name, self.venue.name.lower())
