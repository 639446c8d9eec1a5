"""How a panel draws: cells of plain text, each with an ink named after what it means. Markup is never read, so no text can become any.

What an ink looks like stands in themes.py. Red is for what needs a person; gains are green, losses orange, and a sign or a word says the same.
"""

from collections.abc import Iterable
from typing import ClassVar, Final, NamedTuple

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget

from connectors.operator.terminal.themes import LOOKS, THEMES
from connectors.operator.terminal.themes import Ink as Ink


class Cell(NamedTuple):
    """A piece of a line."""

    text: str
    ink: Ink = "text"
    action: str = ""
    """What a click on it does; empty: nothing."""


Line = list[Cell]
_MIDDLE_LEAST: Final = 12


def fitted(text: str, width: int, *, right: bool = False, middle: bool = False) -> str:
    """`text` in exactly `width` columns: filled up, or cut so that it shows; at its end, or in the middle, where titles differ at both ends."""
    length = cell_len(text)
    if length > width:
        if middle and width >= _MIDDLE_LEAST:
            back = (width - 1) * 2 // 5
            tail = text[-back:]
            while cell_len(tail) > back:
                tail = tail[1:]
            return f"{set_cell_size(text, width - 1 - cell_len(tail))}…{tail}"
        return f"{set_cell_size(text, width - 1)}…" if width > 0 else ""
    return " " * (width - length) + text if right else text + " " * (width - length)


def width_of(line: Iterable[Cell]) -> int:
    """Columns that a line takes."""
    return sum([cell_len(cell.text) for cell in line])


def spread(left: Line, right: Line, width: int) -> Line:
    """`left` and `right` at the two ends of a line; where there is no room for both, `left` is cut."""
    room = width - width_of(right)
    return [*cut(left, room), *right] if room > 0 else cut(right, width)


def cut(line: Line, width: int) -> Line:
    """The line in exactly `width` columns."""
    kept: Line = []
    for cell in line:
        length = cell_len(cell.text)
        if length > width:
            kept.append(cell._replace(text=fitted(cell.text, width)))
            return kept
        kept.append(cell)
        width -= length
    return [*kept, Cell(" " * width)] if width else kept


def gain(amount: int | None) -> Ink:
    """The ink of a result."""
    return "dim" if not amount else "good" if amount > 0 else "loss"


OLD: Final = "-old"
"""The class of a screen whose numbers may no longer be so."""
_STAYS: Final[tuple[Ink, ...]] = ("alarm", "cursor", "blurred")


class Inked(Widget):
    """A widget that draws lines of cells; all in grey while its screen is old."""

    GREYS: ClassVar[bool] = True
    """False: it tells of the connection itself, or of nothing that grows old."""

    def drawn(self, line: Line, width: int, under: Ink | None = None) -> Strip:
        """The line as Textual takes it, over the background of `under`."""
        if self.GREYS and self.screen.has_class(OLD):
            line = [cell if cell.ink in _STAYS else cell._replace(ink="faint") for cell in line]
        segments = [Segment(cell.text, self._style(cell)) for cell in line]
        strip = Strip(segments).simplify().adjust_cell_length(width)
        if under is not None:
            strip = strip.apply_style(self._ink(under))
        return strip.apply_style(self.rich_style)

    def _style(self, cell: Cell) -> Style:
        style = self._ink(cell.ink)
        return style + Style.from_meta({"@click": cell.action}) if cell.action else style

    def _ink(self, name: Ink) -> Style:
        return LOOKS.get(self.app.theme, LOOKS[THEMES[0].name])[name]


class Scrolled(ScrollView, Inked):
    """The same for what may be longer than its room."""


class Lines(Inked):
    """A widget of a few lines that `composed` gives."""

    def composed(self) -> list[Line]:
        """What to draw in the room of `content_size`."""
        raise AssertionError(f"{type(self).__name__} draws nothing")

    def render_line(self, y: int) -> Strip:
        """One line of it."""
        room = self.content_size
        if y == 0 or self._room != room:
            self._room, self._composed = room, self.composed()
        return self.drawn(self._composed[y] if y < len(self._composed) else [], room.width)

    _composed: list[Line] = []  # noqa: RUF012 - replaced whole, never changed
    _room = Size(0, 0)


class Written(Lines):
    """Lines that are given as they are."""

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's own word
        super().__init__(id=id)
        self._written: list[Line] = []

    def fill(self, lines: list[Line]) -> None:
        """Say these."""
        if lines != self._written:
            self._written = lines
            self.refresh()

    def composed(self) -> list[Line]:
        """As they were given."""
        return self._written
