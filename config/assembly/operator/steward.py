"""The trading side of the operator's bridge: pictures when somebody wants them, instructions as facts. Never waits, never changes state.

`look` is called each round of the loop (each instant of a simulation) and costs a glance when there is nothing to do. Pictures are taken at most as
often as somebody wants them, by the wall's clock, whatever the run's own clock does.
"""

import time
from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from config.assembly.operator.instructions import Instructions
from config.assembly.operator.recent import Recent
from config.log_tail import LogTail
from connectors.operator.control.bridge import Bridge, Last, Order, Question, Reply, Wanted
from oms import show, show_orders
from oms.ports import Turned
from oms.report import evidence
from oms.state import State
from oms.values.events import Event
from oms.values.panels import Alerts, Curve, Fills, Health, Overview, Topic, View
from oms.values.units import NS_PER_SECOND, Nanos

SAMPLE_NS: Final = NS_PER_SECOND // 2
"""Equity is looked at this often, by the wall's clock."""
FILLS_OF_A_MARKET: Final = 20
MEMORY_ROWS: Final = 200
DEAR: Final = 2_000
"""A picture that costs much is taken less often: of the trading thread's time one kind may have a two-thousandth,"""
DEAR_NS_MAX: Final = 2 * NS_PER_SECOND
"""but is never kept back for longer: a dashboard calls its daemon silent after three seconds."""
SHOWN_MAX: Final = 1_000
"""Kinds of pictures whose last moment is remembered; whoever looks at one market after another leaves one each."""


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What a run says of itself, once."""

    verb: str
    version: str
    commit: str
    seed: int
    since_ns: Nanos


class Around(msgspec.Struct, frozen=True, kw_only=True):
    """What the engine does not know of its run; asked whenever a picture is taken."""

    events: Callable[[], int]
    commands_hash: Callable[[], str]
    conserved: Callable[[], str]
    """Empty: our books fit the venue's."""
    health: Callable[[Nanos], Health]
    """Loop, feeds, budgets, memory; what the engine knows is put in here."""


class Steward:
    """One run's."""

    def __init__(
        self, state: State, bridge: Bridge, about: About, around: Around, *, tell: Callable[[Event], None], kill: Callable[[str], str]
    ) -> None:
        self.bridge = bridge
        self.recent = Recent(state)
        self.log = LogTail()
        self._state = state
        self._about = about
        self._around = around
        self._instructions = Instructions(state, tell, kill)
        self._watched: tuple[Wanted, ...] = ()
        self._order_rows = show_orders.OrderRows()
        self._shown_ns: dict[Wanted, int] = {}
        """When each kind was shown last; a dear one counts as shown later than it was."""
        self._show_due_ns = 0
        self._sample_due_ns = 0
        self._last_turn_ns: Nanos = 0
        self._turns = 0
        self._table: Mapping[Topic, Callable[[str, Nanos], View | None]] = {
            Topic.OVERVIEW: lambda _subject, at_ns: self._overview(at_ns),
            Topic.CURVE: lambda _subject, at_ns: Curve(at_ns=at_ns, points=self.recent.curve()),
            Topic.MARKETS: lambda _subject, at_ns: show.markets(state, at_ns),
            Topic.LADDER: self._ladder,
            Topic.ORDERS: lambda _subject, at_ns: show_orders.orders(state, at_ns, self._order_rows),
            Topic.FILLS: lambda _subject, at_ns: self._fills(at_ns),
            Topic.INVENTORY: lambda _subject, at_ns: show.inventory(state, at_ns),
            Topic.ARBITRAGE: lambda _subject, at_ns: show_orders.arbitrage(state, at_ns),
            Topic.HEALTH: lambda _subject, at_ns: self._health(at_ns),
            Topic.ALERTS: lambda _subject, at_ns: Alerts(at_ns=at_ns, rows=self.recent.alerts(), log=self.log.latest(MEMORY_ROWS)),
            Topic.STRATEGIES: lambda _subject, at_ns: show_orders.strategies(state, at_ns),
            Topic.STORY: lambda subject, at_ns: show_orders.story(state, subject, at_ns),
        }

    def committed(self, record: Turned) -> None:
        """A turn is on the record."""
        self._last_turn_ns, self._turns = record.at_ns, record.number
        self.recent.committed(record)

    def look(self, at_ns: Nanos) -> None:
        """A moment to spare, at this time of the run."""
        if self.bridge.has_waiting:
            self._serve(at_ns)
        now_ns = time.monotonic_ns()
        if now_ns >= self._sample_due_ns:
            self._sample_due_ns = now_ns + SAMPLE_NS
            self.recent.sample(at_ns)
        watched = self.bridge.watched
        if watched is not self._watched or now_ns >= self._show_due_ns:  # the bridge's tuple is written whole, so another one is another wish
            self._watched = watched
            self._show_due_ns = self._show(watched, now_ns, at_ns)

    def _show(self, watched: tuple[Wanted, ...], now_ns: int, at_ns: Nanos) -> int:
        """Take the pictures that are due; when the next one is, so that the rounds of the loop until then need not look through the list."""
        shown_ns, every_ns = self._shown_ns, self.bridge.every_ns
        for wanted in watched:
            if now_ns - shown_ns.get(wanted, 0) >= every_ns:
                if len(shown_ns) >= SHOWN_MAX:
                    shown_ns.clear()
                began_ns = time.thread_time_ns()
                view = self._table[wanted.topic](wanted.subject, at_ns)
                took_ns = time.thread_time_ns() - began_ns
                shown_ns[wanted] = now_ns + max(0, min(DEAR * took_ns, DEAR_NS_MAX) - every_ns)
                if view is not None:
                    self.bridge.show(wanted, view)
        return min([shown_ns.get(wanted, 0) for wanted in watched], default=now_ns) + every_ns

    def ends(self, code: int, text: str) -> None:
        """The last words."""
        self.bridge.reply(Last(code, text))

    def view(self, wanted: Wanted, at_ns: Nanos) -> View | None:
        """One picture now; None: there is nothing of that name."""
        return self._table[wanted.topic](wanted.subject, at_ns)

    def _serve(self, at_ns: Nanos) -> None:
        for waiting in self.bridge.take():
            if isinstance(waiting, Order):
                ok, text, confirm = self._instructions.carry_out(waiting.instruction, waiting.client, at_ns)
                self.bridge.reply(Reply(waiting.ticket, ok, text, confirm))
            else:
                self.bridge.reply(self._answered(waiting, at_ns))

    def _answered(self, question: Question, at_ns: Nanos) -> Reply:
        view = self.view(question.wanted, at_ns)
        if view is None:
            return Reply(question.ticket, ok=False, text=f"there is no {question.wanted.topic.value} of {question.wanted.subject[:80]!r}")
        return Reply(question.ticket, ok=True, view=view)

    def _overview(self, at_ns: Nanos) -> Overview:
        about, around, recent = self._about, self._around, self.recent
        shown = show.overview(self._state, at_ns)
        peaks = [peak for peak in (recent.peak_micro if shown.peak_micro is None else shown.peak_micro, shown.equity_mark_micro) if peak is not None]
        return msgspec.structs.replace(
            shown,
            peak_micro=max(peaks, default=None),  # the one remembered is some moments old
            day_start_micro=recent.day_start_micro if shown.day_start_micro is None else shown.day_start_micro,
            verb=about.verb,
            since_ns=about.since_ns,
            version=about.version,
            commit=about.commit,
            seed=about.seed,
            alerts=recent.alert_count,
            conserved=around.conserved(),
            events=around.events(),
            commands_hash=around.commands_hash(),
        )

    def _ladder(self, market_id: str, at_ns: Nanos) -> View | None:
        ladder = show.ladder(self._state, market_id, at_ns)
        return None if ladder is None else msgspec.structs.replace(ladder, fills=self.recent.fills(FILLS_OF_A_MARKET, market_id))

    def _fills(self, at_ns: Nanos) -> Fills:
        state = self._state
        return Fills(at_ns=at_ns, rows=self.recent.fills(MEMORY_ROWS), count=sum(state.fills_by.values()), shares_micro=sum(state.shares_by.values()))

    def _health(self, at_ns: Nanos) -> Health:
        state, told = self._state, self._around.health(at_ns)
        checked, agreed, judged, mirrored = evidence(state)
        return msgspec.structs.replace(
            told,
            last_turn_ns=self._last_turn_ns,
            turns=self._turns,
            hash_checked=checked,
            hash_agreed=agreed,
            mirror_judged=judged,
            mirror_agreed=mirrored,
            settlements_failed=state.settlements_failed,
            settlements_done=state.settlements_done,
            refusals={reason.name: count for reason, count in sorted(state.refusals.items(), key=lambda pair: -pair[1])},
            oddities=dict(sorted(state.oddities.items())),
            guards={**told.guards, **state.guard.words()},
        )
