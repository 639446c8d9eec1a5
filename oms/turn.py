"""One turn: take what has arrived → apply → decide → commit → send. The only loop there is, live or simulated.

Batching is the back-pressure: a burst of 500 changes is one turn and one evaluation a market. A fill in the batch is always seen before anything
is decided. Commands are committed, with the venue's ids for them, before any byte leaves.
"""

from collections.abc import Callable, Sequence

from oms.engine import Engine
from oms.ports import Journal, Turned, Venue
from oms.values.events import Event
from oms.values.units import Nanos
from oms.values.views import Picture

Watcher = Callable[[Event, Nanos], None]
"""Called after each applied fact: conservation checks and auditors. Must not change anything."""
Camera = Callable[[Nanos], Picture | None]
"""Called at the end of each turn: a picture for the journal when one is due. Must not change anything."""


class Turner:
    """Runs turns over one engine."""

    def __init__(self, engine: Engine, venue: Venue, journal: Journal, watcher: Watcher | None = None) -> None:
        self.engine = engine
        self.camera: Camera | None = None
        self._venue = venue
        self._journal = journal
        self._watcher = watcher
        self.count = 0
        self.event_count = 0

    def wake_at_ns(self) -> Nanos | None:
        """When time itself will matter next; None when only facts do."""
        return self.engine.wake_at_ns()

    def turn(self, batch: Sequence[Event], at_ns: Nanos, frames: tuple[int, int] | None = None) -> None:
        """One turn. Raises JournalFailed when it could not be committed: then nothing was sent, and nothing may be."""
        engine, watcher = self.engine, self._watcher
        self.count += 1
        self.event_count += len(batch)
        if watcher is None:
            for event in batch:
                engine.apply(event, at_ns)
        else:
            for event in batch:
                engine.apply(event, at_ns)
                watcher(event, at_ns)
        decided = engine.decide(at_ns)
        ready = self._venue.prepare(decided.commands, at_ns) if decided.commands else []
        picture = self.camera(at_ns) if self.camera is not None else None
        self._journal.commit(
            Turned(number=self.count, at_ns=at_ns, batch=batch, decisions=decided.decisions, ready=ready, frames=frames, picture=picture)
        )
        if ready:
            engine.sent(ready, at_ns)
            self._venue.send(ready, at_ns)
