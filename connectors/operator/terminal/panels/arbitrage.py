"""Screen 5: what nearly pays, bundles in flight and ended, what became of windows."""

from typing import Any, ClassVar, Final

from textual.app import ComposeResult

from connectors.operator.terminal.flow import Block, Flow, Pair
from connectors.operator.terminal.frame import Foot, Heading
from connectors.operator.terminal.ink import Cell, Ink, gain
from connectors.operator.terminal.panels.cells import aged, gained, said, sized
from connectors.operator.terminal.panels.panel import Panel
from connectors.operator.terminal.table import Column, Table
from connectors.operator.terminal.words import NONE, change, count, edge, harmless, raw
from oms.values.panels import Arbitrage, BundleRow, NearRow, Topic, View
from oms.values.units import Nanos


def near_key(row: NearRow) -> str:
    """What it is known by."""
    return f"{row.event_id} {row.strategy} {row.shape}"


def near_words(row: NearRow) -> str:
    """What the filter looks at."""
    return f"{row.title} {row.strategy} {row.shape} {row.why}"


def bundle_key(row: BundleRow) -> str:
    """What it is known by."""
    return row.bundle_id


def bundle_words(row: BundleRow) -> str:
    """What the filter looks at."""
    return f"{row.event_id} {row.strategy} {row.shape} {row.end} {row.why} {row.bundle_id}"


ENDS: Final[dict[str, Ink]] = {"complete": "good", "unwound": "loss", "missed": "dim", "exposed": "alarm"}

NEAR: Final[tuple[Column[NearRow], ...]] = (
    Column(head="event", width=18, most=50, is_text=True, is_title=True, cell=lambda row, _: said(row.title), sort=lambda row: row.title.lower()),
    Column(head="raw $", width=6, cell=lambda row, _: Cell(raw(row.raw_pips)), sort=lambda row: row.raw_pips or 0),
    Column(head="net ¢", width=6, cell=lambda row, _: Cell(edge(row.edge_pips), gain(row.edge_pips)), sort=lambda row: row.edge_pips),
    Column(head="sets", width=8, cell=lambda row, _: sized(row.sets_micro), sort=lambda row: row.sets_micro),
    Column(head="shape", width=12, most=22, rank=1, is_text=True, cell=lambda row, _: said(row.shape, "dim"), sort=lambda row: row.shape),
    Column(head="age", width=6, cell=lambda row, now: aged(row.seen_ns, now), sort=lambda row: -row.seen_ns),
    Column(head="strategy", width=16, most=20, rank=2, is_text=True, cell=lambda row, _: said(row.strategy, "dim"), sort=lambda row: row.strategy),
    Column(head="why not", width=20, most=90, rank=3, is_text=True, cell=lambda row, _: said(row.why, "dim")),
)


def _end(row: BundleRow, _now_ns: Nanos) -> Cell:
    end = harmless(row.end, 12).lower()
    return Cell(end, ENDS.get(end, "text")) if row.ended_ns else Cell("in flight", "strong")


def _result(row: BundleRow, _now_ns: Nanos) -> Cell:
    return gained(row.result_micro) if row.ended_ns else Cell(NONE, "faint")


BUNDLES: Final[tuple[Column[BundleRow], ...]] = (
    Column(
        head="bundle of event", width=14, most=40, is_text=True, is_title=True, cell=lambda row, _: said(row.event_id), sort=lambda row: row.event_id
    ),
    Column(head="shape", width=12, most=22, rank=1, is_text=True, cell=lambda row, _: said(row.shape, "dim"), sort=lambda row: row.shape),
    Column(head="legs", width=4, cell=lambda row, _: Cell(count(row.legs)), sort=lambda row: row.legs),
    Column(head="sets", width=7, cell=lambda row, _: sized(row.sets_micro), sort=lambda row: row.sets_micro),
    Column(head="proven", width=9, cell=lambda row, _: gained(row.worst_micro), sort=lambda row: row.worst_micro),
    Column(head="result", width=9, cell=_result, sort=lambda row: row.result_micro),
    Column(head="end", width=9, is_text=True, cell=_end, sort=lambda row: row.end),
    Column(head="age", width=6, cell=lambda row, now: aged(row.ended_ns or row.opened_ns, now), sort=lambda row: -(row.ended_ns or row.opened_ns)),
    Column(head="strategy", width=16, most=20, rank=2, is_text=True, cell=lambda row, _: said(row.strategy, "dim")),
    Column(head="why", width=20, most=90, rank=3, is_text=True, cell=lambda row, _: said(row.why, "dim")),
)


def blocks(view: Arbitrage) -> list[Block]:
    """Windows and why they were missed; bundles and how they ended."""
    windows = (Pair("seen", count(view.seen)), Pair("taken", count(view.taken), "good" if view.taken else "dim"))
    missed = tuple([Pair(harmless(name, 30), count(many)) for name, many in sorted(view.missed.items(), key=lambda item: -item[1])])
    ends = tuple([Pair(harmless(name, 30), count(many), ENDS.get(name.lower(), "text") if many else "dim") for name, many in view.ends.items()])
    result = (Pair("result at worst", change(view.result_micro), gain(view.result_micro)),)
    nothing = (Pair("", "none", "dim"),)
    return [Block("WINDOWS", windows), Block("MISSED, BY REASON", missed or nothing), Block("BUNDLES", (*result, *(ends or nothing)))]


class ArbitragePanel(Panel):
    """Screen 5."""

    TOPICS: ClassVar[tuple[Topic, ...]] = (Topic.ARBITRAGE,)

    def __init__(self) -> None:
        super().__init__(id="arbitrage")

    def compose(self) -> ComposeResult:
        """Sums, near misses, bundles, one row in full."""
        yield Flow(id="arbitrage-sums", least=24)
        yield Heading("NEAR MISSES", "raw: best prices of a set added up; net: after fees", id="arbitrage-near-head")
        yield Table(NEAR, key=near_key, words=near_words, empty="nothing nearly pays", id="arbitrage-near")
        yield Heading("BUNDLES", "proven: what its proof promised at least", id="arbitrage-bundles-head")
        yield Table(BUNDLES, key=bundle_key, words=bundle_words, empty="none yet", newest_first=True, id="arbitrage-bundles")
        yield Foot(id="arbitrage-foot")

    def begin(self) -> None:
        """The keyboard goes to the near misses."""
        self.query_one("#arbitrage-near").focus()

    def show(self, view: View, now_ns: Nanos) -> None:
        """All of it."""
        if isinstance(view, Arbitrage):
            self.query_one("#arbitrage-sums", Flow).fill(blocks(view))
            self.query_one("#arbitrage-near-head", Heading).say(count(len(view.near)))
            self.query_one("#arbitrage-near", Table).fill(view.near, now_ns)
            self.query_one("#arbitrage-bundles-head", Heading).say(
                f"{count(len(view.in_flight))} in flight, the latest {count(len(view.ended))} ended"
            )
            self.query_one("#arbitrage-bundles", Table).fill((*view.in_flight, *view.ended), now_ns)

    def point(self, table: Table[Any]) -> None:
        """Why it was not taken, or what became of it."""
        row: NearRow | BundleRow | None = table.row
        if row is None:
            text = ""
        elif isinstance(row, NearRow):
            text = f"{harmless(row.title)} · {harmless(row.strategy)} · {harmless(row.why) or 'no reason is known'}"
        else:
            text = f"{harmless(row.bundle_id)} · {harmless(row.strategy)} · {harmless(row.why) or 'no reason is known'}"
        self.query_one("#arbitrage-foot", Foot).say(text)
