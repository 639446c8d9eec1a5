"""Screen 7: alerts, the log, and what was asked for here."""

from collections.abc import Sequence
from typing import Any, ClassVar, Final

from textual.app import ComposeResult

from connectors.operator.terminal.desk import Asked
from connectors.operator.terminal.frame import Foot, Heading
from connectors.operator.terminal.ink import Cell, Ink
from connectors.operator.terminal.panels.cells import aged, said
from connectors.operator.terminal.panels.panel import Panel
from connectors.operator.terminal.table import Column, Table
from connectors.operator.terminal.words import clock, count, harmless
from oms.values.panels import AlertRow, Alerts, LogRow, Topic, View
from oms.values.units import Nanos

LEVELS: Final[dict[str, Ink]] = {"error": "alarm", "critical": "alarm", "warning": "warn", "debug": "faint"}


def alert_key(row: AlertRow) -> str:
    """What it is known by: the same again is counted."""
    return f"{row.kind} {row.text}"


def alert_words(row: AlertRow) -> str:
    """What the filter looks at."""
    return alert_key(row)


def _times(row: AlertRow, _now_ns: Nanos) -> Cell:
    return Cell(f"×{count(row.count)}" if row.count > 1 else "", "warn")


ALERTS: Final[tuple[Column[AlertRow], ...]] = (
    Column(head="at", width=8, is_text=True, cell=lambda row, _: Cell(clock(row.at_ns), "dim"), sort=lambda row: -row.at_ns),
    Column(head="age", width=6, rank=1, cell=lambda row, now: aged(row.at_ns, now)),
    Column(head="kind", width=10, most=14, is_text=True, cell=lambda row, _: said(row.kind, "warn"), sort=lambda row: row.kind),
    Column(head="times", width=5, cell=_times, sort=lambda row: row.count),
    Column(head="alert", width=30, most=300, is_text=True, cell=lambda row, _: said(row.text)),
)
LOG: Final[tuple[Column[LogRow], ...]] = (
    Column(head="at", width=8, is_text=True, cell=lambda row, _: Cell(clock(row.at_ns), "dim"), sort=lambda row: -row.at_ns),
    Column(
        head="level", width=8, is_text=True, cell=lambda row, _: said(row.level, LEVELS.get(row.level.lower(), "dim")), sort=lambda row: row.level
    ),
    Column(head="line", width=30, most=300, is_text=True, cell=lambda row, _: said(row.text)),
)
ASKED: Final[tuple[Column[Asked], ...]] = (
    Column(head="asked for here", width=20, most=60, is_text=True, cell=lambda row, _: said(row.what)),
    Column(head="done", width=4, is_text=True, cell=lambda row, _: Cell("yes" if row.ok else "NO", "good" if row.ok else "warn")),
    Column(head="answer", width=30, most=200, is_text=True, cell=lambda row, _: said(row.text)),
)


class LogPanel(Panel):
    """Screen 7."""

    TOPICS: ClassVar[tuple[Topic, ...]] = (Topic.ALERTS,)

    def __init__(self) -> None:
        super().__init__(id="log")

    def compose(self) -> ComposeResult:
        """Three tables, one row in full."""
        yield Heading("ALERTS", "newest first  Tab the log  / filter", id="log-alerts-head")
        yield Table(ALERTS, key=alert_key, words=alert_words, empty="no alerts: nothing needs a person", newest_first=True, id="log-alerts")
        yield Heading("LOG", id="log-lines-head")
        yield Table(
            LOG, key=lambda row: f"{row.at_ns} {row.text}", words=lambda row: f"{row.level} {row.text}", empty="nothing was logged", id="log-lines"
        )
        yield Heading("ASKED FOR HERE", id="log-asked-head")
        yield Table(
            ASKED, key=lambda row: str(row.number), words=lambda row: f"{row.what} {row.text}", empty="nothing yet", newest_first=True, id="log-asked"
        )
        yield Foot(id="log-foot")

    def show(self, view: View, now_ns: Nanos) -> None:
        """Alerts and log."""
        if isinstance(view, Alerts):
            self.query_one("#log-alerts-head", Heading).say(count(len(view.rows)))
            self.query_one("#log-lines-head", Heading).say(count(len(view.log)))
            self.query_one("#log-alerts", Table).fill(view.rows, now_ns)
            self.query_one("#log-lines", Table).fill(view.log, now_ns)

    def note(self, asked: Sequence[Asked], now_ns: Nanos) -> None:
        """What was asked for on this dashboard, newest first."""
        self.query_one("#log-asked", Table).fill(asked, now_ns)

    def point(self, table: Table[Any]) -> None:
        """The whole text."""
        row: AlertRow | LogRow | Asked | None = table.row
        self.query_one("#log-foot", Foot).say("" if row is None else harmless(row.text), "text")
