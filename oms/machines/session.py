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

    @property
    def why(self) -> str:
        """Why the phase is what `name` says: the operator's reason while paused or halted, else the venue's."""
        return self._venue_why if self.operator is OperatorPhase.RUNNING else self._operator_why

    @property
    def may_quote(self) -> bool:
        """New resting orders are allowed."""
        return self.operator is OperatorPhase.RUNNING and self.venue in {VenuePhase.READY, VenuePhase.POST_ONLY}

    @property
    def may_take(self) -> bool:
        """Orders that trade at once are allowed."""
        return self.operator is OperatorPhase.RUNNING and self.venue is VenuePhase.READY

    @property
    def name(self) -> str:
        """One word for people: starting, syncing, trading, post-only, paused, halted."""
        if self.operator is not OperatorPhase.RUNNING:
            return self.operator.name.lower()
        return {"READY": "trading", "POST_ONLY": "post-only"}.get(self.venue.name, self.venue.name.lower())
