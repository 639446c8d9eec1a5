"""What all panels share: which topics they need, how they are filled, narrowed and asked what is under the cursor."""

from typing import Any, ClassVar

from textual.containers import Vertical
from textual.widget import Widget

from connectors.operator.terminal.sight import At
from connectors.operator.terminal.table import Table
from oms.values.panels import OrderRow, Topic, View
from oms.values.units import Nanos


class Panel(Vertical):
    """One screen's middle."""

    TOPICS: ClassVar[tuple[Topic, ...]] = ()
    EVERY_MS: ClassVar[int] = 500
    """How often pictures are wanted."""

    @property
    def subject(self) -> str:
        """Of what, for topics that have one."""
        return ""

    @property
    def order(self) -> OrderRow | None:
        """The order under the cursor."""
        return None

    @property
    def market(self) -> At | None:
        """The market under the cursor."""
        return None

    def show(self, view: View, now_ns: Nanos) -> None:
        """Draw this; of a topic that is not this panel's, nothing."""

    def narrow(self, query: str) -> None:
        """Only rows with these words."""
        for table in self.query(Table):
            table.narrow(query)

    def begin(self) -> None:
        """The panel comes to the front: the keyboard goes to its first table."""
        for widget in self.query("Table, Flow"):
            if widget.focusable and widget.display:
                widget.focus()
                return

    def on_table_pointed(self, message: Table.Pointed) -> None:
        """Tell what is under the cursor in full."""
        if message.table.has_focus or message.table is self._first:
            self.point(message.table)

    def on_descendant_focus(self) -> None:
        """The keyboard went to another table."""
        focused = self.screen.focused
        if isinstance(focused, Table):
            self.point(focused)

    def point(self, table: Table[Any]) -> None:
        """The cursor is on another row of this table."""

    @property
    def _first(self) -> Widget | None:
        return next(iter(self.query(Table)), None)

    @property
    def focused_table(self) -> Table[Any] | None:
        """The table that the keyboard is in, else the first one."""
        focused = self.screen.focused
        first = self._first
        if isinstance(focused, Table) and self in focused.ancestors:
            return focused
        return first if isinstance(first, Table) else None
