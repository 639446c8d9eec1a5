"""Screen 3: orders that are open, and those that ended last."""

from typing import Any, ClassVar, Final

from textual.app import ComposeResult

from connectors.operator.terminal.frame import Foot, Heading
from connectors.operator.terminal.ink import Cell
from connectors.operator.terminal.panels.cells import aged, priced, said, side, sized, stated
from connectors.operator.terminal.panels.panel import Panel
from connectors.operator.terminal.sight import At
from connectors.operator.terminal.table import Column, Table
from connectors.operator.terminal.words import count, harmless, money, shares
from oms.values.panels import OrderRow, Orders, Topic, View
from oms.values.units import Nanos


def order_size(row: OrderRow) -> Cell:
    """Shares, or dollars of one that is sized in cash."""
    return Cell(money(row.size_micro) if row.in_cash else shares(row.size_micro))


def order_key(row: OrderRow) -> str:
    """What it is known by."""
    return row.order_id


def order_words(row: OrderRow) -> str:
    """What the filter looks at."""
    return f"{row.title} {row.side} {row.outcome} {row.state} {row.status} {row.strategy} {row.why} {row.order_id} {row.venue_order_id}"


_SIDE: Final[Column[OrderRow]] = Column(
    head="side", width=8, is_text=True, cell=lambda row, _: side(row.outcome, row.side), sort=lambda row: (row.side, row.outcome)
)
_PRICE: Final[Column[OrderRow]] = Column(head="¢", width=5, cell=lambda row, _: priced(row.price_pips), sort=lambda row: row.price_pips)
_SIZE: Final[Column[OrderRow]] = Column(head="size", width=8, cell=lambda row, _: order_size(row), sort=lambda row: row.size_micro)
_FILLED: Final[Column[OrderRow]] = Column(head="filled", width=7, cell=lambda row, _: sized(row.filled_micro), sort=lambda row: row.filled_micro)
_STATE: Final[Column[OrderRow]] = Column(
    head="state", width=9, is_text=True, cell=lambda row, _: stated(row.state, row.status), sort=lambda row: row.status
)
_AGE: Final[Column[OrderRow]] = Column(head="age", width=6, cell=lambda row, now: aged(row.opened_ns, now), sort=lambda row: -row.opened_ns)
_ENDED: Final[Column[OrderRow]] = Column(head="ended", width=6, cell=lambda row, now: aged(row.changed_ns, now), sort=lambda row: -row.changed_ns)
_TITLE: Final[Column[OrderRow]] = Column(
    head="market", width=16, most=44, is_text=True, is_title=True, cell=lambda row, _: said(row.title), sort=lambda row: row.title.lower()
)
_STRATEGY: Final[Column[OrderRow]] = Column(
    head="strategy", width=10, most=20, rank=1, is_text=True, cell=lambda row, _: said(row.strategy, "dim"), sort=lambda row: row.strategy
)
_WHY: Final[Column[OrderRow]] = Column(head="why", width=20, most=90, rank=2, is_text=True, cell=lambda row, _: said(row.why, "dim"))
OPEN: Final = (_TITLE, _SIDE, _PRICE, _SIZE, _FILLED, _STATE, _AGE, _STRATEGY, _WHY)
ENDED: Final = (_TITLE, _SIDE, _PRICE, _SIZE, _FILLED, _STATE, _ENDED, _STRATEGY, _WHY)
ORDERS_HERE: Final = (_SIDE, _PRICE, _SIZE, _FILLED, _AGE, Column[OrderRow](head="state", width=9, rank=1, is_text=True, cell=_STATE.cell), _WHY)


class OrdersPanel(Panel):
    """Screen 3."""

    TOPICS: ClassVar[tuple[Topic, ...]] = (Topic.ORDERS,)

    def __init__(self) -> None:
        super().__init__(id="orders")

    def compose(self) -> ComposeResult:
        """Two tables, and why the order under the cursor exists."""
        yield Heading("OPEN ORDERS", "Enter why  c cancel  s sort  Tab ended", id="orders-open-head")
        yield Table(OPEN, key=order_key, words=order_words, empty="none is open", id="orders-open")
        yield Heading("ENDED LAST", id="orders-ended-head")
        yield Table(ENDED, key=order_key, words=order_words, empty="none has ended", newest_first=True, id="orders-ended")
        yield Foot(id="orders-foot")

    def show(self, view: View, now_ns: Nanos) -> None:
        """Both tables."""
        if isinstance(view, Orders):
            more = f" and {count(view.left_out)} more" if view.left_out else ""
            self.query_one("#orders-open-head", Heading).say(f"{count(len(view.open))}{more}")
            self.query_one("#orders-ended-head", Heading).say(count(len(view.ended)))
            self.query_one("#orders-open", Table).fill(view.open, now_ns)
            self.query_one("#orders-ended", Table).fill(view.ended, now_ns)

    @property
    def order(self) -> OrderRow | None:
        """Under the cursor."""
        table = self.focused_table
        row: OrderRow | None = None if table is None else table.row
        return row

    @property
    def market(self) -> At | None:
        """That of the order under the cursor."""
        row = self.order
        return None if row is None else At(row.market_id, row.title, None)

    def point(self, table: Table[Any]) -> None:
        """Why it exists."""
        row: OrderRow | None = table.row
        self.query_one("#orders-foot", Foot).say("" if row is None else f"{harmless(row.title)} · {harmless(row.why) or 'no reason is known'}")
