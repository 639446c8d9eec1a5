"""Our process in a world of faults: it may die anywhere, its disk may fail, and its clock may jump and run wrong."""

from collections.abc import Sequence
from typing import Any, Protocol

from config.assembly.demo import START_NS
from oms.engine import Engine
from oms.journal import SqliteJournal
from oms.ports import JournalFailed, Turned
from oms.turn import Turner
from oms.values.commands import Prepared
from oms.values.events import IN_JOURNAL, Event
from oms.values.units import Nanos
from sim.faults import Faults
from sim.faulty_venue import FaultyVenue
from sim.world import World


class Died(Exception):
    """The process is gone."""


class Surroundings(Protocol):
    """What a process finds round it (chaos.py)."""

    faults: Faults
    clock: "Clock"
    world: World
    venue: FaultyVenue

    def committed(self, record: Turned) -> None:
        """A turn is on the disk."""
        ...

    def look(self, at_ns: Nanos) -> None:
        """A turn is over."""
        ...


class Clock:
    """Our own clock, which may jump and run wrong; never backwards, as a loop would not let it."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._offset_ns: Nanos = 0
        self._rate_ppm = 0
        self._last_ns: Nanos = 0
        self._since_ns: Nanos = START_NS

    def each_second(self, at_ns: Nanos) -> None:
        """One occasion to go wrong."""
        if self._faults.strikes("clock step"):
            self._offset_ns += self._faults.how_long_ns("clock step", -3, 3)
        if self._faults.strikes("clock drift"):
            self._offset_ns = self.read(at_ns) - at_ns
            self._since_ns, self._rate_ppm = at_ns, self._faults.how_long_ns("clock drift", -0.02, 0.02) // 1_000

    def read(self, at_ns: Nanos) -> Nanos:
        """What it shows at this moment."""
        shown = at_ns + self._offset_ns + (at_ns - self._since_ns) * self._rate_ppm // 1_000_000
        self._last_ns = max(self._last_ns, shown)
        return self._last_ns

    def true_ns(self, shown_ns: Nanos, now_ns: Nanos) -> Nanos:
        """About when it will show this."""
        return max(now_ns, now_ns + shown_ns - self.read(now_ns))


class MortalTurner(Turner):
    """A turner with a clock of its own, in a process that may die anywhere."""

    def __init__(self, chaos: Surroundings, engine: Engine, journal: SqliteJournal) -> None:
        super().__init__(engine, self, self, self._watch)
        self._chaos = chaos
        self.disk = journal

    def turn(self, batch: Sequence[Event], at_ns: Nanos, frames: tuple[int, int] | None = None) -> None:
        """One turn, by our clock; then the auditor looks."""
        super().turn(batch, self._chaos.clock.read(at_ns), frames)
        self._chaos.look(at_ns)

    def wake_at_ns(self) -> Nanos | None:
        """When the clock will show the next deadline."""
        wake_ns = super().wake_at_ns()
        return None if wake_ns is None else self._chaos.clock.true_ns(wake_ns, self._chaos.world.now_ns())

    def prepare(self, commands: Sequence[Any], at_ns: Nanos) -> list[Prepared]:
        """Name the commands (Venue)."""
        return self._chaos.venue.prepare(commands, at_ns)

    def send(self, ready: Sequence[Prepared], _at_ns: Nanos) -> None:
        """Committed; now out with them, if there still is a process (Venue)."""
        if self._chaos.faults.strikes("kill before send"):
            raise Died
        self._chaos.venue.send(ready, self._chaos.world.now_ns())

    def commit(self, record: Turned) -> None:
        """To the disk, if it takes it (Journal)."""
        is_ours = bool(record.ready) or any(type(event) in IN_JOURNAL for event in record.batch)
        if is_ours and self._chaos.faults.strikes("journal failed"):
            raise JournalFailed("a fault: no space left on device")
        self.disk.commit(record)
        self._chaos.committed(record)

    def _watch(self, _event: Event, _at_ns: Nanos) -> None:
        if self._chaos.faults.strikes("kill"):
            raise Died


class Nobody(Turner):
    """While no process runs, what is told is lost."""

    def __init__(self) -> None:
        """Nothing to run."""

    def wake_at_ns(self) -> Nanos | None:
        """Never."""
        return None

    def turn(self, batch: Sequence[Event], at_ns: Nanos, frames: tuple[int, int] | None = None) -> None:
        """Nobody listens."""
