"""Screen 2: all markets in YES terms, with our quotes."""

from typing import Any, ClassVar, Final

from textual.app import ComposeResult

from connectors.operator.terminal.frame import Foot, Heading
from connectors.operator.terminal.ink import Cell
from connectors.operator.terminal.panels.cells import HEALTH, aged, gained, priced, said, sized
from connectors.operator.terminal.panels.panel import Panel
from connectors.operator.terminal.sight import At
from connectors.operator.terminal.table import Column, Table
from connectors.operator.terminal.words import count, harmless, until
from oms.values.panels import MarketRow, Markets, Topic, View
from oms.values.units import PRICE_ONE_PIPS, Nanos


def spread_pips(row: MarketRow) -> int | None:
    """Ask − bid; None: one of them is missing."""
    return row.ask_pips - row.bid_pips if row.bid_pips and row.ask_pips < PRICE_ONE_PIPS else None


def _health(row: MarketRow, _now_ns: Nanos) -> Cell:
    if row.stopped:
        return Cell("stopped", "warn")
    return Cell(harmless(row.health, 7).lower() or "n/a", HEALTH.get(row.health, "dim"))


def _ends(row: MarketRow, now_ns: Nanos) -> Cell:
    return Cell(until(None if row.end_ns is None else row.end_ns - now_ns), "dim")


COLUMNS: Final[tuple[Column[MarketRow], ...]] = (
    Column(head="market", width=16, most=46, is_text=True, is_title=True, cell=lambda row, _: said(row.title), sort=lambda row: row.title.lower()),
    Column(head="our bid", width=7, cell=lambda row, _: priced(row.our_bid_pips, "ours"), sort=lambda row: row.our_bid_pips),
    Column(head="bid ¢", width=5, cell=lambda row, _: priced(row.bid_pips, "bid"), sort=lambda row: row.bid_pips),
    Column(head="ask ¢", width=5, cell=lambda row, _: priced(row.ask_pips, "ask"), sort=lambda row: row.ask_pips),
    Column(head="our ask", width=7, cell=lambda row, _: priced(row.our_ask_pips, "ours"), sort=lambda row: row.our_ask_pips),
    Column(
        head="wide ¢", width=6, rank=3, cell=lambda row, _: priced(spread_pips(row) or 0, "dim"), sort=lambda row: spread_pips(row) or PRICE_ONE_PIPS
    ),
    Column(head="net", width=8, cell=lambda row, _: sized(row.net_micro), sort=lambda row: row.net_micro),
    Column(
        head="orders", width=6, rank=2, cell=lambda row, _: Cell(count(row.orders), "text" if row.orders else "faint"), sort=lambda row: row.orders
    ),
    Column(head="worst", width=10, rank=1, cell=lambda row, _: gained(row.worst_micro), sort=lambda row: row.worst_micro),
    Column(head="book", width=7, is_text=True, cell=_health, sort=lambda row: (row.stopped, row.health)),
    Column(head="age", width=6, cell=lambda row, now: aged(row.changed_ns, now), sort=lambda row: -row.changed_ns),
    Column(head="ends in", width=7, rank=3, cell=_ends, sort=lambda row: (row.end_ns is None, row.end_ns or 0)),
    Column(head="why stopped, or in doubt", width=14, most=80, rank=4, is_text=True, cell=lambda row, _: said(row.stopped or row.doubts, "warn")),
)


def market_words(row: MarketRow) -> str:
    """What the filter looks at."""
    return f"{row.title} {row.health} {row.event_id} {row.market_id} {'stopped' if row.stopped else ''}"


class MarketsPanel(Panel):
    """Screen 2."""

    TOPICS: ClassVar[tuple[Topic, ...]] = (Topic.MARKETS,)
    EVERY_MS: ClassVar[int] = 1_000

    def __init__(self) -> None:
        super().__init__(id="markets")

    def compose(self) -> ComposeResult:
        """The table, and what is to be said of one market."""
        yield Heading("MARKETS", "Enter ladder  s sort  m stop here", id="markets-head")
        yield Table(COLUMNS, key=lambda row: row.market_id, words=market_words, empty="no market is open", id="markets-table")
        yield Foot(id="markets-foot")

    def show(self, view: View, now_ns: Nanos) -> None:
        """All of them."""
        if isinstance(view, Markets):
            quoted = sum([1 for row in view.rows if row.orders])
            stopped = sum([1 for row in view.rows if row.stopped])
            self.query_one("#markets-head", Heading).say(f"{count(len(view.rows))}, {quoted} quoted" + (f", {stopped} stopped" if stopped else ""))
            self.query_one("#markets-table", Table).fill(view.rows, now_ns)

    @property
    def market(self) -> At | None:
        """Under the cursor."""
        row = self.query_one("#markets-table", Table).row
        return None if row is None else At(row.market_id, row.title, row.stopped)

    def point(self, table: Table[Any]) -> None:
        """Its full title, and what is the matter with it."""
        row: MarketRow | None = table.row
        foot = self.query_one("#markets-foot", Foot)
        if row is None:
            foot.say("")
            return
        trouble = f" · stopped: {harmless(row.stopped)}" if row.stopped else f" · {harmless(row.doubts)}" if row.doubts else ""
        foot.say(f"{harmless(row.title)}{trouble}", "warn" if trouble else "text")
