"""The four sockets of the house.

Live, paper, replay and simulation differ only in who fills these.
"""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from oms.values.commands import Command, Prepared
from oms.values.events import Event
from oms.values.levels import BookDigest as BookDigest
from oms.values.record import BundleMade, Made
from oms.values.units import Nanos
from oms.values.views import Picture


class Clock(Protocol):
    """Time, wall or virtual."""

    def now_ns(self) -> Nanos:
        """Nanoseconds since the epoch."""
        ...


class Source(Protocol):
    """Where facts come from."""

    def take(self) -> tuple[list[Event], Nanos] | None:
        """All facts of the next instant and that instant; None when there will be no more."""
        ...


class Venue(Protocol):
    """Where commands go."""

    def prepare(self, commands: Sequence[Command], at_ns: Nanos) -> list[Prepared]:
        """Name each command as the venue will: pure, quick, no I/O. Called before the commit."""
        ...

    def send(self, ready: Sequence[Prepared], at_ns: Nanos) -> None:
        """Carry the commands out, once each. Answers come back as facts, never as a return value."""
        ...


class Turned(msgspec.Struct, frozen=True, kw_only=True):
    """What one turn did, as the journal is shown it."""

    number: int
    at_ns: Nanos
    batch: Sequence[Event]
    decisions: tuple[Made | BundleMade, ...] = ()
    """Those that led to a command."""
    ready: Sequence[Prepared] = ()
    frames: tuple[int, int] | None = None
    """First and last tape frame that made this turn; None when its facts came from no tape."""
    picture: Picture | None = None
    """How everything looks after this turn, when a picture was due."""


class Journal(Protocol):
    """What lasts."""

    def commit(self, record: Turned) -> None:
        """Make one turn durable. Returns only when it is; raises JournalFailed when it cannot be (then trading stops)."""
        ...


class JournalFailed(RuntimeError):
    """The journal could not be written or read; the message names the file and the reason."""
