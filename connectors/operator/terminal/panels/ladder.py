"""One market closely: its ladder with our quotes in it, our orders and fills there."""

from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from connectors.operator.terminal.frame import Heading
from connectors.operator.terminal.ink import Cell, Line, Written
from connectors.operator.terminal.panels.cells import HEALTH
from connectors.operator.terminal.panels.depth import Depth
from connectors.operator.terminal.panels.fills import FILLS_HERE, fill_key, fill_words
from connectors.operator.terminal.panels.orders import ORDERS_HERE, order_key, order_words
from connectors.operator.terminal.panels.panel import Panel
from connectors.operator.terminal.sight import At
from connectors.operator.terminal.table import Table
from connectors.operator.terminal.words import change, count, harmless, price, share_of, shares, since, until
from oms.values.market import MarketId
from oms.values.panels import Ladder, OrderRow, Topic, View
from oms.values.units import Nanos


def fact_lines(ladder: Ladder, now_ns: Nanos) -> list[Line]:
    """Title and health; what we have there; the venue's rules and the evidence, or what is the matter."""
    row = ladder.market
    health: Cell = Cell("  stopped", "warn") if row.stopped else Cell(f"  {harmless(row.health).lower() or 'n/a'}", HEALTH.get(row.health, "dim"))
    ends = "end unknown" if row.end_ns is None else f"ends in {until(row.end_ns - now_ns)}"
    what = f"net {shares(row.net_micro)} shares · at worst {change(row.worst_micro)} · {ends} · heard {since(row.changed_ns, now_ns)} ago"
    rules = (
        f"tick {price(ladder.tick_pips)} ¢ · fee {ladder.fee_rate_bps / 100:.2f}% · epoch {count(ladder.epoch)}"
        f" · hash {share_of(ladder.hash_agreed, ladder.hash_checked)} of {count(ladder.hash_checked)}"
    )
    trouble = harmless(row.stopped or row.doubts)
    return [[Cell(harmless(row.title), "strong"), health], [Cell(what)], [Cell(trouble, "warn") if trouble else Cell(rules, "dim")]]


class LadderPanel(Panel):
    """A market of screen 2, opened."""

    TOPICS: ClassVar[tuple[Topic, ...]] = (Topic.LADDER,)

    def __init__(self) -> None:
        super().__init__(id="ladder")
        self._at: At | None = None

    def compose(self) -> ComposeResult:
        """Facts above, the ladder on the left, orders and fills on the right."""
        yield Written(id="ladder-facts")
        with Horizontal():
            yield Depth(id="ladder-depth")
            with Vertical(id="ladder-side"):
                yield Heading("OUR ORDERS", "Enter why  c cancel")
                yield Table(ORDERS_HERE, key=order_key, words=order_words, empty="none stands here", id="ladder-orders")
                yield Heading("LATEST FILLS")
                yield Table(FILLS_HERE, key=fill_key, words=fill_words, empty="none here yet", newest_first=True, id="ladder-fills")

    def look_at(self, market: At) -> None:
        """Show another market from now on; what was drawn of another goes."""
        if self._at is None or self._at.market_id != market.market_id:
            self.query_one(Depth).fill(None)
            self.query_one("#ladder-facts", Written).fill([[Cell(harmless(market.title), "strong")]])
            for table in self.query(Table):
                table.clear()
        self._at = market

    @property
    def subject(self) -> MarketId:
        """The market."""
        return self._at.market_id if self._at is not None else ""

    @property
    def market(self) -> At | None:
        """The one that is shown."""
        return self._at

    @property
    def order(self) -> OrderRow | None:
        """Under the cursor."""
        row: OrderRow | None = self._table("orders").row
        return row

    def show(self, view: View, now_ns: Nanos) -> None:
        """If it is of our market."""
        if isinstance(view, Ladder) and view.market.market_id == self.subject:
            row = view.market
            self._at = At(row.market_id, row.title, row.stopped)
            self.query_one("#ladder-facts", Written).fill(fact_lines(view, now_ns))
            self.query_one(Depth).fill(view)
            self._table("orders").fill(view.orders, now_ns)
            self._table("fills").fill(view.fills, now_ns)

    def _table(self, name: str) -> Table[Any]:
        return self.query_one(f"#ladder-{name}", Table)
