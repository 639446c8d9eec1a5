"""Screen 8: the latest fills, with how far their settlement is."""

from typing import Any, ClassVar, Final

from textual.app import ComposeResult

from connectors.operator.terminal.frame import Foot, Heading
from connectors.operator.terminal.ink import Cell
from connectors.operator.terminal.panels.cells import STAGES, aged, priced, said, side, sized
from connectors.operator.terminal.panels.panel import Panel
from connectors.operator.terminal.sight import At
from connectors.operator.terminal.table import Column, Table
from connectors.operator.terminal.words import clock, count, fee, harmless, money, shares
from oms.values.panels import FillRow, Fills, Topic, View
from oms.values.units import Nanos


def fill_key(row: FillRow) -> str:
    """What it is known by: one order may be filled many times at one price, so its moment belongs to it."""
    return f"{row.order_id} {row.at_ns} {row.price_pips} {row.shares_micro}"


def fill_words(row: FillRow) -> str:
    """What the filter looks at."""
    return f"{row.title} {row.side} {row.outcome} {row.strategy} {row.stage} {'maker' if row.is_maker else 'taker'} {row.order_id}"


_AT: Final[Column[FillRow]] = Column(head="at", width=8, is_text=True, cell=lambda row, _: Cell(clock(row.at_ns), "dim"), sort=lambda row: -row.at_ns)
_AGE: Final[Column[FillRow]] = Column(head="age", width=6, cell=lambda row, now: aged(row.at_ns, now), sort=lambda row: -row.at_ns)
_SIDE: Final[Column[FillRow]] = Column(
    head="side", width=8, is_text=True, cell=lambda row, _: side(row.outcome, row.side), sort=lambda row: (row.side, row.outcome)
)
_PRICE: Final[Column[FillRow]] = Column(head="¢", width=5, cell=lambda row, _: priced(row.price_pips), sort=lambda row: row.price_pips)
_SHARES: Final[Column[FillRow]] = Column(head="shares", width=8, cell=lambda row, _: sized(row.shares_micro), sort=lambda row: row.shares_micro)
_STAGE: Final[Column[FillRow]] = Column(
    head="settled", width=9, is_text=True, cell=lambda row, _: said(row.stage.lower(), STAGES.get(row.stage, "dim")), sort=lambda row: row.stage
)
COLUMNS: Final[tuple[Column[FillRow], ...]] = (
    _AT,
    Column(head="market", width=14, most=46, is_text=True, is_title=True, cell=lambda row, _: said(row.title), sort=lambda row: row.title.lower()),
    _SIDE,
    _PRICE,
    _SHARES,
    Column(head="cash", width=10, cell=lambda row, _: Cell(money(row.cash_micro)), sort=lambda row: row.cash_micro),
    _STAGE,
    Column(
        head="fee $",
        width=7,
        rank=1,
        cell=lambda row, _: Cell(fee(row.fee_micro), "text" if row.fee_micro else "faint"),
        sort=lambda row: row.fee_micro,
    ),
    Column(
        head="as", width=5, rank=2, is_text=True, cell=lambda row, _: Cell("maker" if row.is_maker else "taker", "dim"), sort=lambda row: row.is_maker
    ),
    Column(head="age", width=6, rank=3, cell=_AGE.cell),
    Column(head="strategy", width=12, most=20, rank=4, is_text=True, cell=lambda row, _: said(row.strategy, "dim"), sort=lambda row: row.strategy),
)
FILLS_BRIEF: Final = (COLUMNS[1], _SIDE, _PRICE, _SHARES, _AGE)
FILLS_HERE: Final = (_SIDE, _PRICE, _SHARES, _AGE, Column[FillRow](head="settled", width=9, rank=1, is_text=True, cell=_STAGE.cell))


class FillsPanel(Panel):
    """Screen 8."""

    TOPICS: ClassVar[tuple[Topic, ...]] = (Topic.FILLS,)

    def __init__(self) -> None:
        super().__init__(id="fills")

    def compose(self) -> ComposeResult:
        """The table, one row in full."""
        yield Heading("FILLS", "newest first  s sort  / filter", id="fills-head")
        yield Table(COLUMNS, key=fill_key, words=fill_words, empty="no fills yet", newest_first=True, id="fills-table")
        yield Foot(id="fills-foot")

    def show(self, view: View, now_ns: Nanos) -> None:
        """All of them."""
        if isinstance(view, Fills):
            self.query_one("#fills-head", Heading).say(
                f"{count(view.count)} of {shares(view.shares_micro)} shares, the latest {count(len(view.rows))}"
            )
            self.query_one("#fills-table", Table).fill(view.rows, now_ns)

    @property
    def market(self) -> At | None:
        """Of the fill under the cursor."""
        row = self.query_one("#fills-table", Table).row
        return None if row is None else At(row.market_id, row.title, None)

    def point(self, table: Table[Any]) -> None:
        """What columns may have had no room for."""
        row: FillRow | None = table.row
        text = (
            ""
            if row is None
            else f"{harmless(row.title)} · fee {fee(row.fee_micro)} · {'maker' if row.is_maker else 'taker'} · order {harmless(row.order_id)}"
        )
        self.query_one("#fills-foot", Foot).say(text)
