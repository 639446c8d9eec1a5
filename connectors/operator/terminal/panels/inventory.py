"""Screen 4: what is held and asked for in each token, what may be sold, what is at risk."""

from typing import Any, ClassVar, Final

from textual.app import ComposeResult

from connectors.operator.terminal.frame import Foot, Heading
from connectors.operator.terminal.ink import Cell, Line, Written
from connectors.operator.terminal.panels.cells import gained, said, sized
from connectors.operator.terminal.panels.panel import Panel
from connectors.operator.terminal.sight import At
from connectors.operator.terminal.table import Column, Table
from connectors.operator.terminal.words import NOT_KNOWN, change, count, harmless, money
from oms.values.panels import HoldingRow, Inventory, Topic, View
from oms.values.units import MICRO, PRICE_ONE_PIPS, Nanos


def half_cents(half_pips: int | None) -> str:
    """A mark in cents, from half pips."""
    return NOT_KNOWN if half_pips is None else f"{half_pips / 200:.2f}"


def value_micro(row: HoldingRow) -> int | None:
    """What the holding is worth at its mark, in micro-dollars; None: it has no honest price. Rounded down."""
    held = row.confirmed_micro + row.provisional_micro
    if not held:
        return 0
    return None if row.mark_half_pips is None else held * row.mark_half_pips // (2 * PRICE_ONE_PIPS)


COLUMNS: Final[tuple[Column[HoldingRow], ...]] = (
    Column(head="market", width=14, most=44, is_text=True, is_title=True, cell=lambda row, _: said(row.title), sort=lambda row: row.title.lower()),
    Column(
        head="out",
        width=3,
        is_text=True,
        cell=lambda row, _: said(row.outcome, "bid" if row.outcome == "YES" else "ask"),
        sort=lambda row: row.outcome,
    ),
    Column(head="held", width=7, cell=lambda row, _: sized(row.confirmed_micro, "strong"), sort=lambda row: row.confirmed_micro),
    Column(head="unsettled", width=9, cell=lambda row, _: sized(row.provisional_micro, "warn"), sort=lambda row: row.provisional_micro),
    Column(head="at risk", width=7, rank=1, cell=lambda row, _: sized(row.at_risk_micro, "warn"), sort=lambda row: row.at_risk_micro),
    Column(head="buying", width=7, cell=lambda row, _: sized(row.resting_buy_micro, "bid"), sort=lambda row: row.resting_buy_micro),
    Column(head="selling", width=7, cell=lambda row, _: sized(row.resting_sell_micro, "ask"), sort=lambda row: row.resting_sell_micro),
    Column(head="sellable", width=8, rank=1, cell=lambda row, _: sized(row.sellable_micro), sort=lambda row: row.sellable_micro),
    Column(head="mark ¢", width=6, rank=2, cell=lambda row, _: Cell(half_cents(row.mark_half_pips), "dim"), sort=lambda row: row.mark_half_pips or 0),
    Column(head="value", width=10, rank=2, cell=lambda row, _: Cell(money(value_micro(row))), sort=lambda row: value_micro(row) or 0),
    Column(head="cash so far", width=11, rank=3, cell=lambda row, _: gained(row.market_cash_micro), sort=lambda row: row.market_cash_micro),
    Column(head="worst", width=9, cell=lambda row, _: gained(row.market_worst_micro), sort=lambda row: row.market_worst_micro),
)


def sum_lines(view: Inventory) -> list[Line]:
    """Cash, and the worst case; then what the holdings are worth, or where the venue says something else."""
    values = [value_micro(row) for row in view.rows]
    unknown = sum([1 for value in values if value is None])
    held = sum([row.confirmed_micro + row.provisional_micro for row in view.rows]) // MICRO
    first: Line = [
        Cell("cash ", "dim"),
        Cell(money(view.cash_free_micro), "strong"),
        Cell("  in orders ", "dim"),
        Cell(money(view.cash_pending_micro)),
        Cell("  spent today ", "dim"),
        Cell(money(view.day_spent_micro)),
        Cell("  worst case ", "dim"),
        Cell(money(view.worst_micro), "strong"),
    ]
    if view.differences:
        return [first, [Cell(f"the venue says otherwise: {'; '.join([harmless(text) for text in view.differences])}", "alarm")]]
    worth = money(sum([value for value in values if value is not None]))
    second = f"{count(held)} shares, worth {worth} at their marks" + (f"; {unknown} without an honest price" if unknown else "")
    return [first, [Cell(second, "dim")]]


class InventoryPanel(Panel):
    """Screen 4."""

    TOPICS: ClassVar[tuple[Topic, ...]] = (Topic.INVENTORY,)

    def __init__(self) -> None:
        super().__init__(id="inventory")

    def compose(self) -> ComposeResult:
        """Totals, the table, one row in full."""
        yield Written(id="inventory-sums")
        yield Heading("HOLDINGS, IN SHARES", "s sort  / filter", id="inventory-head")
        yield Table(
            COLUMNS,
            key=lambda row: f"{row.market_id} {row.outcome}",
            words=lambda row: f"{row.title} {row.outcome} {row.market_id}",
            empty="nothing is held or asked for",
            id="inventory-table",
        )
        yield Foot(id="inventory-foot")

    def show(self, view: View, now_ns: Nanos) -> None:
        """All of it."""
        if isinstance(view, Inventory):
            self.query_one("#inventory-sums", Written).fill(sum_lines(view))
            self.query_one("#inventory-head", Heading).say(count(len(view.rows)))
            self.query_one("#inventory-table", Table).fill(view.rows, now_ns)

    @property
    def market(self) -> At | None:
        """Of the holding under the cursor."""
        row = self.query_one("#inventory-table", Table).row
        return None if row is None else At(row.market_id, row.title, None)

    def point(self, table: Table[Any]) -> None:
        """What columns may have had no room for."""
        row: HoldingRow | None = table.row
        text = (
            ""
            if row is None
            else f"{harmless(row.title)} · worth {money(value_micro(row))} at {half_cents(row.mark_half_pips)} ¢"
            f" · the market's cash so far {change(row.market_cash_micro)}"
        )
        self.query_one("#inventory-foot", Foot).say(text)
