"""One run of misfortune, and an auditor who looks after every turn.

The bot trades on the built-in exchange while everything goes wrong that may; its process dies and starts again from its journal; then the faults
stop, and in the quiet that follows all must be well again.
"""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from config.assembly.chaos_process import Clock, Died, MortalTurner, Nobody
from config.assembly.chaos_views import Account, seen_of
from config.assembly.chaos_world import engine_of, open_world
from config.assembly.demo import START_NS
from config.settings import Settings
from oms.engine import Engine
from oms.entries import RunRow, read_journal
from oms.journal import ContinuedJournal, SqliteJournal
from oms.ports import JournalFailed, Turned
from oms.replay import recover
from oms.state import EngineSettings
from oms.values.events import IN_JOURNAL, Paused, Restarted
from oms.values.units import NS_PER_SECOND, Nanos
from sim.exchange import Exchange
from sim.faults import Faults, Strike
from sim.faulty_venue import FaultyVenue
from sim.latency import Latency
from sim.link import FaultyLink
from sim.world import MARKET, World
from tests.auditor import Auditor, Seen, Truth

CALM_S: Final = 15
"""So long after the faults stopped nothing may be unknown any more (issue: 15 virtual seconds)."""
QUIET_S: Final = 40
"""So long the last cancels, answers and settlements may take."""
WORD_NS: Final = 2 * NS_PER_SECOND
"""Without faults no word is under way for so long."""
WORDS_S_MAX: Final = 60
"""Longest wait for a moment at which none is."""
SETTLED_S_MAX: Final = 150
"""Longest wait for the last bundle to end."""
VIOLATIONS_MAX: Final = 20
"""With so many a run has failed for certain."""
_UNSURE: Final = ("STAGED", "SENT", "UNKNOWN")


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one seed."""

    seed: int
    violations: tuple[str, ...]
    faults: dict[str, int]
    struck: tuple[Strike, ...]
    deaths: int
    checks: int
    orders: int
    fills: int
    placed_after: int
    """Orders placed after the faults stopped: trading goes on."""
    bundles: dict[str, int] = {}
    """Bundles that ended, by how."""
    transfers: int = 0
    """Splits, merges and conversions that were done."""


class Chaos:
    """One seed."""

    def __init__(
        self, settings: Settings, faults: Faults, folder: Path, *, seconds: int = 90, make: Callable[[EngineSettings], Engine] = Engine
    ) -> None:
        self.settings, self.faults, self.seconds = settings, faults, seconds
        self._path = folder / f"chaos-{faults.seed}.sqlite"
        self._make = make
        self.clock = Clock(faults)
        self.world = World(START_NS)
        link = FaultyLink(self.world, Latency(settings.latency, faults.seed), faults)
        self.venue = FaultyVenue(self.world, link, Exchange(), faults)
        self._account = Account(self.venue)
        limits = settings.limits.limits()
        self.auditor = Auditor(
            limits.market_loss_max_micro,
            limits.total_loss_max_micro,
            event_loss_max=limits.event_loss_max_micro,
            bundle_loss_max=limits.bundle_loss_max_micro,
        )
        self._found_right: tuple[Seen, Truth] | None = None
        """What the auditor was last shown, if he found nothing and nothing was told since."""
        self.deaths = 0
        self._bot = self._begin(SqliteJournal(self._path, self._row(), money_is_real=False))
        open_world(self.world, self.venue, settings, faults.seed)
        self._each_second(START_NS)

    def run(self) -> Outcome:
        """Faults, then calm, then quiet; what the auditor found."""
        self._live(self.seconds)
        self.faults.active = False
        self.venue.calm(self.world.now_ns())
        before = self._bot.engine.state.blotter.placed
        self._live(self.seconds + CALM_S)
        self._all_is_known()
        state = self._bot.engine.state
        placed_after = state.blotter.placed - before
        self.world.tell(Paused(why="the run is over"))
        self._live(self.seconds + CALM_S + QUIET_S)
        self._until_nothing_is_on_its_way()
        self.auditor.check_alive(self.world.now_ns(), seen_of(self._bot.engine.state), self._account.truth())
        self._bot.disk.close()
        return Outcome(
            seed=self.faults.seed,
            violations=tuple(self.auditor.violations),
            faults=self.faults.counts(),
            struck=tuple(self.faults.struck),
            deaths=self.deaths,
            checks=self.auditor.checks,
            orders=len(self.auditor.book.placed),
            fills=len(self.auditor.book.fills),
            placed_after=placed_after,
            bundles=dict(Counter(ended.end.name for ended in self.auditor.book.ended.values())),
            transfers=len(self.venue.moved),
        )

    def _until_nothing_is_on_its_way(self) -> None:
        """A trade may fail, or a market be paid, at the very end: what was said of it last must have arrived before both sides are compared.

        A bundle ends when all its trades are final, and one of them may fail two minutes after its match.
        """
        for more_s in range(1, SETTLED_S_MAX):
            is_told = self.world.now_ns() - self.venue.link.last_said_ns > WORD_NS or more_s >= WORDS_S_MAX
            if is_told and not self._bot.engine.state.bundles.in_flight:
                return
            self._live(self.seconds + CALM_S + QUIET_S + more_s)

    def committed(self, record: Turned) -> None:
        """Only what was committed was heard: the rest dies with the process."""
        for event in record.batch:
            if type(event) in IN_JOURNAL:
                self.auditor.heard(event)
                self._found_right = None
        self.venue.committed(record.ready)
        for prepared in record.ready:
            self.auditor.committed(prepared.command)
            self._found_right = None

    def look(self, at_ns: Nanos) -> None:
        """The auditor looks. Where neither side changed, and nothing was told, since he found nothing, he would find nothing."""
        before = len(self.auditor.violations)
        if before >= VIOLATIONS_MAX:
            return
        seen, truth = seen_of(self._bot.engine.state), self._account.truth()
        if (seen, truth) == self._found_right:
            self.auditor.nothing_new()
            return
        self.auditor.check(at_ns, seen, truth)
        self.auditor.check_exchange(at_ns, truth)
        self._found_right = (seen, truth) if len(self.auditor.violations) == before else None

    def _live(self, until_s: int) -> None:
        """Live on, dying and starting again as often as it must be."""
        until_ns = START_NS + until_s * NS_PER_SECOND
        while True:
            try:
                self.world.run(self._bot, until_ns=until_ns)
            except (Died, JournalFailed):
                self._die()
                back_ns = self.world.now_ns() + self.faults.how_long_ns("kill", 0.2, 15.0)
                self.world.run(Nobody(), until_ns=min(until_ns, back_ns))
                self._start_again()
                continue
            return

    def _die(self) -> None:
        self.deaths += 1
        self._bot.disk.abandon()
        self.venue.link.hang_up()
        self.world.inbox.clear()

    def _start_again(self) -> None:
        """Recovery is the only start: the journal first, then what the venue says."""
        journal = ContinuedJournal(self._path, money_is_real=False)
        self._bot = self._begin(journal)
        self._bot.count = journal.last_turn
        recover(self._bot.engine, read_journal(self._path)[1])
        self.world.tell(Restarted(why="started again from the journal: the venue must report first"))
        self.venue.greet()

    def _begin(self, journal: SqliteJournal) -> MortalTurner:
        engine = self._make(engine_of(self.settings, self.faults.seed))
        return MortalTurner(self, engine, journal)

    def _row(self) -> RunRow:
        seed = self.faults.seed
        return RunRow(run_id=f"chaos, seed {seed}", commit_id="", config_hash=self.settings.hash(), seed=seed, started_ns=START_NS)

    def _each_second(self, at_ns: Nanos) -> None:
        self.venue.each_second(at_ns)
        self.clock.each_second(at_ns)
        self.world.at(at_ns + NS_PER_SECOND, MARKET, self._each_second)

    def _all_is_known(self) -> None:
        """Nothing that was unsure when the faults stopped may be unsure still."""
        calm_ns = START_NS + self.seconds * NS_PER_SECOND
        for order in self._bot.engine.state.blotter.all_open():
            if order.state.name in _UNSURE and order.sent_ns < calm_ns:
                self.auditor.violations.append(f"order {order.order_id} is still {order.state.name} {CALM_S} s after the faults stopped")


def run_seed(settings: Settings, seed: int, folder: Path, *, only: frozenset[Strike] | None = None) -> Outcome:
    """One seed from beginning to end."""
    return Chaos(settings, Faults(seed, only=only), folder).run()
