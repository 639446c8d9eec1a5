"""A table of any length of which only the lines in sight are drawn: 3,000 rows cost what 20 cost. Its cursor stays on its row by key.

Columns have a rank: where there is no room, those of the highest rank go first; those of rank 0 stay.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Generic, TypeVar

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip

from connectors.operator.terminal.ink import Cell, Ink, Line, Scrolled, fitted
from oms.values.units import Nanos

Row = TypeVar("Row")
GAP: Final = 1


@dataclass(frozen=True, kw_only=True)
class Column(Generic[Row]):
    """One column."""

    head: str
    width: int
    """Of one that stretches: the least."""
    cell: Callable[[Row, Nanos], Cell]
    """What it shows of a row at a moment of the run's clock; foreign text made harmless."""
    rank: int = 0
    is_text: bool = False
    """Texts stand left, numbers right."""
    is_title: bool = False
    """A text that is cut in the middle, because titles of one event differ at their ends."""
    most: int = 0
    """Above `width`: it stretches up to there."""
    sort: Callable[[Row], Any] | None = None
    """None: one cannot sort by it."""


def laid_out(columns: Sequence[Column[Row]], width: int) -> list[tuple[int, int]]:
    """The columns that fit into `width`, as (index, width), in order."""
    kept = list(range(len(columns)))
    while len(kept) > 1 and sum([columns[i].width + GAP for i in kept]) - GAP > width:
        worst = max([columns[i].rank for i in kept])
        if not worst:
            break
        kept.remove([i for i in kept if columns[i].rank == worst][-1])
    spare = max(0, width - sum([columns[i].width + GAP for i in kept]) + GAP)
    widths = []
    for i in kept:
        more = min(spare, max(0, columns[i].most - columns[i].width))
        widths.append((i, columns[i].width + more))
        spare -= more
    return widths


def matches(query: str, text: str) -> bool:
    """Each word of the query is somewhere in the text, in small or capital letters."""
    small = text.lower()
    return all(word in small for word in query.lower().split())


class Table(Scrolled, Generic[Row], can_focus=True):
    """Rows of one kind."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "up", show=False),
        Binding("down,j", "move(1)", "down", show=False),
        Binding("pageup", "move_page(-1)", "page up", show=False),
        Binding("pagedown,space", "move_page(1)", "page down", show=False),
        Binding("home,g", "move(-1000000000)", "first", show=False),
        Binding("end,G", "move(1000000000)", "last", show=False),
        Binding("enter", "choose", "open", show=False),
        Binding("s", "sort", "sort by the next column", show=False),
        Binding("S", "turn_round", "sort the other way round", show=False),
    ]

    class Pointed(Message):
        """The cursor is on another row, or its row has changed."""

        def __init__(self, table: "Table[Any]") -> None:
            super().__init__()
            self.table = table

        @property
        def control(self) -> "Table[Any]":
            """The table."""
            return self.table

    class Chosen(Pointed):
        """Enter, or two clicks on a row."""

    def __init__(
        self,
        columns: Sequence[Column[Row]],
        *,
        key: Callable[[Row], str],
        words: Callable[[Row], str],
        empty: str,
        newest_first: bool = False,
        id: str,  # noqa: A002 - Textual's own word
    ) -> None:
        super().__init__(id=id)
        self.columns = tuple(columns)
        self._key, self._words, self._empty = key, words, empty
        self._newest_first = newest_first
        """A cursor on the first row stays there when newer rows come above it."""
        self._all: Sequence[Row] | None = None
        self.rows: Sequence[Row] = ()
        """Those that pass the filter, in the order in which they are shown."""
        self._now_ns: Nanos = 0
        self._query = ""
        self._sort: tuple[int, bool] | None = None
        self._at = 0
        self._at_key: str | None = None
        self._laid: tuple[int, list[tuple[int, int]]] = (-1, [])

    @property
    def row(self) -> Row | None:
        """Where the cursor is."""
        return self.rows[self._at] if 0 <= self._at < len(self.rows) else None

    def fill(self, rows: Sequence[Row], now_ns: Nanos) -> None:
        """Show these; the cursor stays on its row."""
        self._all, self._now_ns = rows, now_ns
        self._arrange()

    def clear(self) -> None:
        """Nothing is known of what it shows."""
        self._all = None
        self._at, self._at_key = 0, None
        self._arrange()

    def narrow(self, query: str) -> None:
        """Only rows that match."""
        self._query = query
        self._arrange()

    def _arrange(self) -> None:
        rows = self._all or ()
        if self._query:
            rows = [row for row in rows if matches(self._query, self._words(row))]
        if self._sort is not None and (sort := self.columns[self._sort[0]].sort) is not None:
            rows = sorted(rows, key=sort, reverse=self._sort[1])
        self.rows = rows
        self._find()
        height = len(rows) + 1
        if self.virtual_size.height != height:
            self.virtual_size = Size(1, height)
        self.refresh()
        self.post_message(self.Pointed(self))

    def _find(self) -> None:
        """The cursor's row by its key; where it is gone, what stands in its place."""
        if 0 <= self._at < len(self.rows) and self._key(self.rows[self._at]) == self._at_key:
            return
        if self._at_key is not None and not (self._newest_first and self._at == 0 and self._sort is None):
            for i, row in enumerate(self.rows):
                if self._key(row) == self._at_key:
                    self._at = i
                    return
        self._at = min(max(self._at, 0), max(0, len(self.rows) - 1))
        self._at_key = self._key(self.rows[self._at]) if self.rows else None

    def action_move(self, by: int) -> None:
        """The cursor, so many rows down."""
        self._go(self._at + by)

    def action_move_page(self, by: int) -> None:
        """A page down or up."""
        self._go(self._at + by * max(1, self.size.height - 2))

    def _go(self, at: int) -> None:
        if not self.rows:
            return
        self._at = min(max(at, 0), len(self.rows) - 1)
        self._at_key = self._key(self.rows[self._at])
        page = max(1, self.size.height - 1)
        top = self.scroll_offset.y
        if self._at < top:
            self.scroll_to(y=self._at, animate=False)
        elif self._at >= top + page:
            self.scroll_to(y=self._at - page + 1, animate=False)
        self.refresh()
        self.post_message(self.Pointed(self))

    def action_choose(self) -> None:
        """Open the row."""
        if self.row is not None:
            self.post_message(self.Chosen(self))

    def action_sort(self) -> None:
        """By the next column that can be sorted by; after the last, as it came."""
        start = -1 if self._sort is None else self._sort[0]
        later = [i for i, _ in self._widths() if i > start and self.columns[i].sort is not None]
        self._sort = (later[0], not self.columns[later[0]].is_text) if later else None
        self._arrange()

    def action_turn_round(self) -> None:
        """The other way round."""
        if self._sort is not None:
            self._sort = (self._sort[0], not self._sort[1])
            self._arrange()

    def on_click(self, event: events.Click) -> None:
        """A head sorts, a row is pointed at, twice opens it."""
        if event.y == 0:
            self._sort_at(event.x)
        elif (at := event.y - 1 + self.scroll_offset.y) < len(self.rows):
            self._go(at)
            if event.chain == 2:
                self.action_choose()

    def _sort_at(self, x: int) -> None:
        left = 0
        for i, width in self._widths():
            if left <= x < left + width + GAP and self.columns[i].sort is not None:
                turned = self._sort is not None and self._sort[0] == i
                self._sort = (i, not self._sort[1] if turned and self._sort else not self.columns[i].is_text)
                self._arrange()
                return
            left += width + GAP

    def _widths(self) -> list[tuple[int, int]]:
        width = self.scrollable_content_region.width
        if self._laid[0] != width:
            self._laid = (width, laid_out(self.columns, width))
        return self._laid[1]

    def render_line(self, y: int) -> Strip:
        """The head, or one row."""
        width = self.scrollable_content_region.width
        if y == 0:
            return self.drawn(self._head(), width)
        at = y - 1 + self.scroll_offset.y
        if at < len(self.rows):
            under: Ink | None = None if at != self._at else "cursor" if self.has_focus else "blurred"
            return self.drawn(self._line(self.rows[at]), width, under)
        return self.drawn([Cell(self._nothing(), "dim")] if y == 1 else [], width)

    def _nothing(self) -> str:
        if self._all is None:
            return "waiting for the first picture"
        return f"none of {len(self._all):,} matches the filter" if self._query and self._all else self._empty

    def _head(self) -> Line:
        line: Line = []
        for i, width in self._widths():
            column = self.columns[i]
            arrow = "" if self._sort is None or self._sort[0] != i else "▼" if self._sort[1] else "▲"
            line += [Cell(fitted(column.head + arrow, width, right=not column.is_text), "head"), Cell(" " * GAP, "head")]
        return line

    def _line(self, row: Row) -> Line:
        line: Line = []
        for i, width in self._widths():
            column = self.columns[i]
            cell = column.cell(row, self._now_ns)
            line += [cell._replace(text=fitted(cell.text, width, right=not column.is_text, middle=column.is_title)), Cell(" " * GAP)]
        return line
