"""Screen 1: what are we worth, may we trade, is anything wrong."""

from collections.abc import Sequence
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from connectors.operator.terminal.flow import Block, Flow, Pair
from connectors.operator.terminal.frame import Heading
from connectors.operator.terminal.ink import Ink, Line, Lines
from connectors.operator.terminal.panels.arbitrage import NEAR, near_key, near_words
from connectors.operator.terminal.panels.fills import FILLS_BRIEF, fill_key, fill_words
from connectors.operator.terminal.panels.log import ALERTS, alert_key, alert_words
from connectors.operator.terminal.panels.panel import Panel
from connectors.operator.terminal.plot import Points, curve_lines
from connectors.operator.terminal.table import Table
from connectors.operator.terminal.words import NOT_KNOWN, change, count, edge, harmless, money, until
from oms.values.panels import Alerts, Arbitrage, Curve, CurvePoint, Fills, NearRow, Overview, Topic, View
from oms.values.units import CashMicro, Nanos


class Plot(Lines):
    """One curve under its heading."""

    def __init__(self, ink: Ink, *, id: str) -> None:  # noqa: A002 - Textual's own word
        super().__init__(id=id, classes="curve")
        self._curve_ink: Ink = ink
        self._points: Points = ()
        self._start: CashMicro | None = None

    def fill(self, points: Points, start: CashMicro | None) -> None:
        """Draw these."""
        if points != self._points or start != self._start:
            self._points, self._start = points, start
            self.refresh()

    def composed(self) -> list[Line]:
        """The curve with its axes."""
        return curve_lines(self._points, self._start, *self.content_size, self._curve_ink)


class OverviewPanel(Panel):
    """Screen 1."""

    TOPICS: ClassVar[tuple[Topic, ...]] = (Topic.CURVE, Topic.ALERTS, Topic.ARBITRAGE, Topic.FILLS)

    def __init__(self) -> None:
        super().__init__(id="overview")
        self._near: Sequence[NearRow] | None = None
        self._overview: Overview | None = None
        self._points: tuple[CurvePoint, ...] = ()

    def compose(self) -> ComposeResult:
        """Curves, counts, alerts; where there is room, near misses and fills."""
        with Horizontal(id="curves"):
            with Vertical(classes="curve", id="curve-mark"):
                yield Heading("EQUITY AT THE MARK", id="mark-head")
                yield Plot("accent", id="mark-plot")
            with Vertical(classes="curve"):
                yield Heading("AT WORST", id="worst-head")
                yield Plot("loss", id="worst-plot")
        yield Flow(id="overview-blocks", least=23)
        with Horizontal(id="overview-below"):
            with Vertical(id="overview-alerts-side"):
                yield Heading("LATEST ALERTS", "7: all, and the log", id="overview-alerts-head")
                yield Table(
                    ALERTS, key=alert_key, words=alert_words, empty="no alerts: nothing needs a person", newest_first=True, id="overview-alerts"
                )
            with Vertical(id="overview-near-side"):
                yield Heading("NEAR MISSES", "5: all, and bundles")
                yield Table(NEAR, key=near_key, words=near_words, empty="nothing nearly pays", id="overview-near")
            with Vertical(id="overview-fills-side"):
                yield Heading("LATEST FILLS", "8: all")
                yield Table(FILLS_BRIEF, key=fill_key, words=fill_words, empty="no fills yet", newest_first=True, id="overview-fills")

    def begin(self) -> None:
        """The keyboard goes to the alerts."""
        self.query_one("#overview-alerts").focus()

    def show(self, view: View, now_ns: Nanos) -> None:
        """Whichever it is."""
        if isinstance(view, Overview):
            self._overview = view
        elif isinstance(view, Curve):
            self._points = view.points
        elif isinstance(view, Arbitrage):
            self._near = view.near
            self._table("near").fill(view.near, now_ns)
        elif isinstance(view, Fills):
            self._table("fills").fill(view.rows, now_ns)
        elif isinstance(view, Alerts):
            self._table("alerts").fill(view.rows, now_ns)
        self._draw()

    def _table(self, name: str) -> Table[Any]:
        return self.query_one(f"#overview-{name}", Table)

    def _draw(self) -> None:
        view = self._overview
        if view is None:
            return
        self.query_one("#overview-blocks", Flow).fill(blocks(view, self._near))
        start = view.start_micro or None
        for name, now, points in (
            ("mark", view.equity_mark_micro, [(point.at_ns, point.mark_micro) for point in self._points]),
            ("worst", view.equity_worst_micro, [(point.at_ns, point.worst_micro) for point in self._points]),
        ):
            self.query_one(f"#{name}-head", Heading).say(money(now) if now is not None else f"{NOT_KNOWN}: no honest mark")
            self.query_one(f"#{name}-plot", Plot).fill(points, start)


def blocks(view: Overview, near: Sequence[NearRow] | None) -> list[Block]:
    """The counts, those that matter most first."""
    mark, peak = view.equity_mark_micro, view.peak_micro
    fallen = None if mark is None or peak is None else min(0, mark - peak)
    best = NOT_KNOWN if near is None else f"{edge(max([row.edge_pips for row in near]))} ¢ a set" if near else "none"
    return [
        Block(
            "ORDERS",
            (
                Pair("resting", count(view.resting), "strong"),
                Pair("in doubt", count(view.unknown), "warn" if view.unknown else "dim"),
                Pair("placed", count(view.placed)),
                Pair("filled", count(view.filled)),
                Pair("cancelled", count(view.cancelled)),
                Pair("fills", count(view.fills)),
            ),
        ),
        Block(
            "MONEY",
            (
                Pair("cash free", money(view.cash_free_micro)),
                Pair("cash in orders", money(view.cash_pending_micro)),
                Pair("fees paid", money(view.fees_micro)),
                Pair("paid in", money(view.start_micro)),
                Pair("off its peak", change(fallen), "loss" if fallen else "dim"),
                _agreement(view),
            ),
        ),
        Block(
            "BOOKS AND BUNDLES",
            (
                Pair("markets open", count(view.markets)),
                _books(view),
                Pair("near misses", count(view.near)),
                Pair("best", best),
                Pair("bundles in flight", count(view.bundles), "strong" if view.bundles else "dim"),
                _settlements(view),
            ),
        ),
        Block(
            "RUN",
            (
                Pair("up for", until(view.at_ns - view.since_ns) if view.since_ns else NOT_KNOWN),
                Pair("facts", count(view.events)),
                Pair("alerts", count(view.alerts), "warn" if view.alerts else "dim"),
                Pair("version", harmless(f"{view.version} {view.commit[:10]}".strip()) or NOT_KNOWN),
                Pair("seed", str(view.seed)),
                Pair("commands", harmless(view.commands_hash[:16]) or NOT_KNOWN, "dim"),
            ),
        ),
    ]


def _agreement(view: Overview) -> Pair:
    if not view.conserved:
        return Pair("books agree", "yes ✓", "good")
    return Pair("books agree", f"NO: {harmless(view.conserved)}", "alarm")


def _books(view: Overview) -> Pair:
    """Live, suspect and stale ones, as short as it gets."""
    off = view.books_suspect + view.books_stale
    text = f"{count(view.books_live)} ok {count(view.books_suspect)} ? {count(view.books_stale)} stale"
    return Pair("books", text, "warn" if off else "good" if view.books_live else "dim")


def _settlements(view: Overview) -> Pair:
    failed = view.settlements_failed
    return Pair("settling", f"{count(view.settlements_open)}, {count(failed)} failed", "warn" if failed else "text")
