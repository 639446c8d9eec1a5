"""What all simulated verbs share: the engine joined to a simulated venue and a journal, the end of a run, and its report."""

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import msgspec

from config.assembly.engines import engine_settings
from config.assembly.operator.said import said_by_hand
from config.assembly.operator.steward import Around, Steward
from config.assembly.run_log import Counted, RunLog, refused_by_gate
from config.measure import Histogram, MeasuredTurner, commit_id
from config.settings import Settings
from oms.camera import Camera
from oms.engine import Engine
from oms.entries import RunRow
from oms.journal import MemoryJournal, ResumedJournal, SqliteJournal
from oms.ports import Turned, Venue
from oms.report import run_report
from oms.values.events import Event, Halted, Paused
from oms.values.levels import BookDigest
from oms.values.panels import Health
from oms.values.units import NS_PER_SECOND, Nanos
from oms.values.views import LensView, Picture
from sim.conservation import Books, Conservation
from sim.world import Feed, World
from strategies import params_from

Pace = Callable[[Nanos], bool]


class SimulatedVenue(Venue, Books, Protocol):
    """A venue that shows its books."""

    def is_quiet(self) -> bool:
        """Nothing of ours is on its way."""
        ...


class Sight(msgspec.Struct, frozen=True, kw_only=True):
    """What there is to see of a source: of its books, and beside them."""

    digest: BookDigest | None
    """How its book hashes are computed; None: it has none."""
    own_orders_in_book: bool
    """Our own resting orders are part of the displayed sizes."""
    lenses: Callable[[], tuple[LensView, ...]] = tuple
    """How the lenses stand; there are none unless the venue judges by them."""
    before: Callable[[Turned], None] | None = None
    """Hears of each turn before it is committed: the tape, which keeps the boundaries of turns."""
    counted: tuple[Counted, ...] = ()
    """What it counts and the log tells as it grows: frames that it refused."""


class Keep(msgspec.Struct, frozen=True, kw_only=True):
    """Where the journal is kept, and whether it is there already and to be gone on with."""

    path: Path
    run_id: str
    """What was run, in words that a second run must share to go on with it: the verb, the seed, the tapes."""
    resume: bool = False
    about: dict[str, Any] = {}
    """What the reader of a report made from the journal should know."""


def told(keep: Keep, settings: Settings, *, notes: tuple[str, ...], tapes: Sequence[Mapping[str, Any]] = ()) -> Keep:
    """`keep` with what the run is about: what was set, what was assumed, what a reader must not conclude."""
    about = {
        "notes": list(notes),
        "strategies": {name: msgspec.to_builtins(params_from(name, given)) for name, given in settings.strategy.items()},
        "limits": msgspec.to_builtins(settings.limits),
        "latency": msgspec.to_builtins(settings.latency),
        "tapes": [dict(tape) for tape in tapes],
    }
    return msgspec.structs.replace(keep, about=about)


class Aged:
    """Passes turns on to a journal, tells others before and after, and notes how old the books were at each decision that led to a command."""

    def __init__(self, journal: MemoryJournal, *, before: Callable[[Turned], None] | None, after: Callable[[Turned], None]) -> None:
        self._journal = journal
        self._before = before
        self._after = after
        self.age = Histogram()

    def commit(self, record: Turned) -> None:
        """Commit, then note."""
        if self._before is not None:
            self._before(record)
        self._journal.commit(record)
        self._after(record)
        for made in record.decisions:
            self.age.add(record.at_ns - made.oldest_ns)


class Joined:
    """One run of one engine against one simulated venue."""

    def __init__(self, settings: Settings, seed: int, world: World, venue: SimulatedVenue, sight: Sight, *, keep: Keep | None = None) -> None:
        self.settings = settings
        self.seed = seed
        self.world = world
        self.venue = venue
        self.engine = Engine(engine_settings(settings, f"{seed}-", digest=sight.digest, own_orders_in_book=sight.own_orders_in_book))
        self.conservation = Conservation(self.engine.state, venue)
        self.journal = self._journal(keep)
        self.log = RunLog((refused_by_gate(self.engine.state.refusals), *sight.counted))
        self._aged = Aged(self.journal, before=sight.before, after=self._committed)
        self.watchers: list[Callable[[Event, Nanos], None]] = []
        """More eyes on every applied fact, after the conservation check; they change nothing, so it is no matter when they come."""
        self.turner = MeasuredTurner(self.engine, venue, self._aged, self._watch)
        self.steward: Steward | None = None
        """Whoever watches and speaks, if anybody may."""
        self.killed = ""
        """Not empty: somebody, or a guard, halted the run for good, and why."""
        self._said_before = deque(said_by_hand(keep.path)) if keep is not None and keep.resume else deque()
        self._lenses = sight.lenses
        self._was_stopped = False
        self._camera = Camera(self.engine.state, settings.journal.picture_ns, self._beside)
        if keep is not None:
            self.turner.camera = self._camera
        self._began = time.perf_counter()
        self._first_ns = world.now_ns()

    def live(self, *, until_ns: Nanos | None = None, feed: Feed | None = None, pace: Pace | None = None) -> None:
        """Run the world."""
        said_before, guard, journal = self._said_before, self.engine.state.guard, self.journal

        def is_repeating() -> bool:
            return isinstance(journal, ResumedJournal) and journal.is_repeating

        def paced(at_ns: Nanos) -> bool:
            while said_before and said_before[0][0] <= at_ns:  # a run done again hears again what a person said to it
                self.world.tell(said_before.popleft()[1])
            if self.steward is not None and not is_repeating():
                self.steward.look(at_ns)
            self.killed = self.killed or guard.tripped
            self._was_stopped = bool(self.killed) or (pace is not None and not pace(at_ns))
            return not self._was_stopped

        self.world.run(self.turner, until_ns=until_ns, feed=feed, pace=paced, is_idle=lambda: not self._is_open())

    def halt(self, why: str) -> str:
        """Stop for good at the next instant: everything is cancelled, and it is looked whether anything is open."""
        self.killed = self.killed or why
        return (
            f"the kill has begun: {self.engine.state.blotter.open_count} open orders are being cancelled, and it will be looked whether any is left"
        )

    def wind_down(self, why: str, *, within_s: int = 600) -> None:
        """End in order: no new orders, cancel what rests, wait until every answer, settlement and payout on its way has come."""
        self.world.tell(Halted(why=self.killed) if self.killed else Paused(why=why))
        self.turner.turn(self._take_inbox(), self.world.now_ns())

        def is_open(_at_ns: Nanos) -> bool:
            return self._is_open()

        def is_money_under_way(_at_ns: Nanos) -> bool:
            return bool(self.venue.statements)

        # Where markets follow each other closely some payout is always due: then the time is over, but what was paid is still waited for.
        for goes_on, at_most_s in ((is_open, within_s), (is_money_under_way, 60)):
            self.world.run(self.turner, until_ns=self.world.now_ns() + at_most_s * NS_PER_SECOND, feed=iter(()), pace=goes_on)
        self.conservation.finish()

    def _is_open(self) -> bool:
        """Something of ours is under way: an order, a settlement, a question."""
        state = self.engine.state
        return bool(state.blotter.open_count or state.settlements.open_count or not self.venue.is_quiet())

    def conclude(self, report: dict[str, Any]) -> dict[str, Any]:
        """The run is over: a last picture and the report, but for what depends on the machine and the commit, end the journal. Returns the report."""
        how = "interrupted" if self._was_stopped else "finished"
        if isinstance(self.journal, SqliteJournal):
            last = Turned(number=self.turner.count + 1, at_ns=self.world.now_ns(), batch=(), picture=self._camera.take())
            self.journal.commit(last)
            self.journal.close(how, {key: part for key, part in report.items() if key not in {"machine", "commit"}})
        self.log.ends(how, report)
        return report

    def report(self) -> dict[str, Any]:
        """The run report; wall-clock figures only under `machine`."""
        wall_s = time.perf_counter() - self._began
        turner = self.turner
        return {
            **run_report(self.engine.state),
            "conserved": self.conservation.violation or True,
            "conservation": {"statements_compared": self.conservation.statements_compared, "full_recounts": self.conservation.full_recounts},
            "latency_us": {"age_at_decision": self._aged.age.summary_us()},
            "events": turner.event_count,
            "turns": turner.count,
            "virtual_s": (self.world.now_ns() - self._first_ns) // NS_PER_SECOND,
            "seed": self.seed,
            "commit": commit_id(),
            "config_hash": self.settings.hash(),
            "commands": self.journal.hash.count,
            "commands_hash": self.journal.hash.hexdigest(),
            "machine": {
                "wall_s": round(wall_s, 3),
                "events_per_s": round(turner.event_count / wall_s) if wall_s else None,
                "latency_us": {"turn": turner.turn_wall.summary_us()},
            },
        }

    def _journal(self, keep: Keep | None) -> MemoryJournal:
        if keep is None:
            return MemoryJournal()
        row = RunRow(
            run_id=keep.run_id,
            commit_id=commit_id(),
            config_hash=self.settings.hash(),
            seed=self.seed,
            started_ns=self.world.now_ns(),
            about=keep.about,
        )
        return ResumedJournal(keep.path, row) if keep.resume else SqliteJournal(keep.path, row, money_is_real=False)

    def _beside(self) -> Picture:
        """What the engine does not know of a picture."""
        conservation = self.conservation
        return Picture(
            events=self.turner.event_count,
            turns=self.turner.count,
            lenses=self._lenses(),
            statements_compared=conservation.statements_compared,
            full_recounts=conservation.full_recounts,
            violation=conservation.violation,
        )

    def around(self, health: Callable[[Nanos], Health]) -> Around:
        """What the engine does not know of this run."""
        return Around(
            events=lambda: self.turner.event_count,
            commands_hash=self.journal.hash.hexdigest,
            conserved=lambda: self.conservation.violation,
            health=lambda at_ns: msgspec.structs.replace(
                health(at_ns), turn_us=self.turner.turn_wall.summary_us(), age_us=self._aged.age.summary_us()
            ),
        )

    def _committed(self, record: Turned) -> None:
        self.log.committed(record)
        if self.steward is not None:
            self.steward.committed(record)

    def _watch(self, event: Event, at_ns: Nanos) -> None:
        self.conservation.watch(event, at_ns)
        for watcher in self.watchers:
            watcher(event, at_ns)

    def _take_inbox(self) -> list[Event]:
        batch, self.world.inbox = self.world.inbox, []
        return batch
