"""Why one order exists and what became of it, in words."""

from typing import ClassVar

from textual.app import ComposeResult

from connectors.operator.terminal.desk import order_in_words
from connectors.operator.terminal.flow import Block, Flow, Pair
from connectors.operator.terminal.ink import Cell, Line, Written
from connectors.operator.terminal.panels.cells import STATES
from connectors.operator.terminal.panels.panel import Panel
from connectors.operator.terminal.sight import At
from connectors.operator.terminal.words import NOT_KNOWN, harmless, since
from oms.values.panels import OrderRow, Orders, Story, Topic, View
from oms.values.units import Nanos


def fact_lines(row: OrderRow, now_ns: Nanos) -> list[Line]:
    """What the order is and how it stands."""
    state = harmless(row.status or row.state) or NOT_KNOWN
    return [
        [Cell(order_in_words(row), "bid" if row.side == "BUY" else "ask"), Cell(f"  {state}", STATES.get(row.status, "strong"))],
        [Cell(harmless(row.title), "strong")],
        [
            Cell(f"opened {since(row.opened_ns, now_ns)} ago · changed {since(row.changed_ns, now_ns)} ago · {harmless(row.state) or NOT_KNOWN}"),
            Cell(f" · by {harmless(row.strategy) or 'nobody'}", "dim"),
        ],
        [Cell(f"ours {harmless(row.order_id)} · the venue's {harmless(row.venue_order_id) or NOT_KNOWN}", "dim")],
    ]


class StoryPanel(Panel):
    """An order, opened."""

    TOPICS: ClassVar[tuple[Topic, ...]] = (Topic.ORDERS,)

    def __init__(self) -> None:
        super().__init__(id="story")
        self._row: OrderRow | None = None

    def compose(self) -> ComposeResult:
        """Facts above, the story below."""
        yield Written(id="story-facts")
        yield Flow(id="story-lines", least=400)

    def look_at(self, row: OrderRow, now_ns: Nanos) -> None:
        """Show another order from now on, until its story is told."""
        self._row = row
        self.query_one("#story-facts", Written).fill(fact_lines(row, now_ns))
        self.tell((row.why, "asking the daemon for the rest"))

    def tell(self, lines: tuple[str, ...]) -> None:
        """The story, or why there is none."""
        words = lines or (self._row.why if self._row is not None else "", "nothing else is known")
        self.query_one("#story-lines", Flow).fill([Block("WHY THIS ORDER", tuple([Pair("", harmless(text)) for text in words if text]))])

    @property
    def order(self) -> OrderRow | None:
        """The one that is shown."""
        return self._row

    @property
    def market(self) -> At | None:
        """Its market."""
        return None if self._row is None else At(self._row.market_id, self._row.title, None)

    def show(self, view: View, now_ns: Nanos) -> None:
        """Its story when it was asked for; how it stands from pictures of all orders."""
        if self._row is None:
            return
        if isinstance(view, Story) and view.order.order_id == self._row.order_id:
            self._row = view.order
            self.tell(view.lines)
        elif isinstance(view, Orders):
            for row in (*view.open, *view.ended):
                if row.order_id == self._row.order_id:
                    self._row = row
        self.query_one("#story-facts", Written).fill(fact_lines(self._row, now_ns))
