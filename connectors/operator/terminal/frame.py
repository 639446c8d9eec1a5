"""What frames every screen: who runs and how it does on top, the screens, a banner when nothing is heard, the keys at the bottom."""

import textwrap
from collections.abc import Callable
from typing import Final

from connectors.operator.terminal.ink import Cell, Ink, Line, Lines, cut, gain, spread, width_of
from connectors.operator.terminal.keys import KEYS, TABS
from connectors.operator.terminal.sight import Sight
from connectors.operator.terminal.words import change, clock, harmless, money, stamp
from oms.values.panels import Overview
from oms.values.units import MICRO, CashMicro

WIDE: Final = 120
VAST: Final = 170
_BRIEF_FROM: Final = 100_000 * MICRO
PHASES: Final[dict[str, Ink]] = {"trading": "good", "halted": "alarm"}
"""Every other phase passes, and is yellow."""


def top_lines(sight: Sight, now_s: float, width: int) -> list[Line]:
    """The two lines at the top."""
    view = sight.overview
    old: Ink | None = "faint" if sight.is_old(now_s) else None
    moment = stamp(sight.now_ns) if width >= WIDE else clock(sight.now_ns)
    first = spread(_who(sight, view, old), [Cell(f"{moment} ", old or "strong")], width)
    if view is not None and view.verb == "live":  # the whole line says so
        first = [cell if cell.ink == "alarm" else cell._replace(ink="live") for cell in first]
    return [first, spread(_worth(view, old, wide=width >= WIDE), [_connection(sight, now_s)], width)]


def _who(sight: Sight, view: Overview | None, old: Ink | None) -> Line:
    welcome = sight.welcome
    verb = view.verb if view is not None else welcome.verb if welcome is not None else "no daemon"
    line = [Cell(" STEELYARD ", "strong"), Cell(" LIVE · REAL MONEY ", "live") if verb == "live" else Cell(f" {harmless(verb).upper()} ", "mode")]
    if view is not None:
        phase = harmless(view.phase)
        line += [Cell(f" {'●' if phase == 'trading' else '▲'} {phase}", old or PHASES.get(phase, "warn"))]
        line += [Cell("  OUR BOOKS AND THE VENUE'S DIFFER", "alarm")] if view.conserved else []
        line += [Cell(f"  {view.unknown} order{'s' if view.unknown > 1 else ''} in doubt", "warn")] if view.unknown else []
        line += [Cell(f"  {harmless(view.why)}", "dim")] if view.why else []
    return line


def _worth(view: Overview | None, old: Ink | None, *, wide: bool) -> Line:
    if view is None:
        return [Cell(" equity n/a", "dim")]
    mark = view.equity_mark_micro
    total = None if mark is None else mark - view.start_micro
    today = None if mark is None or view.day_start_micro is None else mark - view.day_start_micro
    names = ("equity at the mark", "at worst", "since the start", "today") if wide else ("mark", "worst", "start", "today")
    texts = (_brief(mark, money), _brief(view.equity_worst_micro, money), _brief(total, change), _brief(today, change))
    inks: tuple[Ink, ...] = ("strong", "text", gain(total), gain(today))
    line: Line = []
    for name, text, ink in zip(names, texts, inks, strict=True):
        line += [Cell(f"{' ' if not line else '    ' if wide else '  '}{name} ", old or "dim"), Cell(text, old or ink)]
    return line


def _brief(cash_micro: CashMicro | None, words: Callable[[CashMicro | None], str]) -> str:
    """From a hundred thousand dollars on cents are left out, so that the line fits."""
    return words(cash_micro) if cash_micro is None or abs(cash_micro) < _BRIEF_FROM else words(cash_micro)[:-3]


def _connection(sight: Sight, now_s: float) -> Cell:
    silence = sight.silence_s(now_s)
    if not sight.is_joined or sight.last_words is not None:
        return Cell("■ ended ", "alarm") if sight.last_words is not None else Cell("✕ not connected ", "alarm")
    if sight.overview is None:
        return Cell("○ connected, no picture ", "warn")
    return Cell(f"{'✓ picture' if not sight.is_old(now_s) else '✕ silent for'} {silence:.1f}s ", "dim" if not sight.is_old(now_s) else "alarm")


class Top(Lines):
    """The two lines at the top."""

    GREYS = False

    def __init__(self, sight: Sight, now: Callable[[], float]) -> None:
        super().__init__(id="top")
        self._sight, self._now = sight, now

    def composed(self) -> list[Line]:
        """From what is known now."""
        return top_lines(self._sight, self._now(), self.content_size.width)


class Banner(Lines):
    """A line that is there only when something is wrong with the connection."""

    GREYS = False

    def __init__(self) -> None:
        super().__init__(id="banner")
        self._text = ""

    def say(self, text: str) -> None:
        """Say it; nothing: go away."""
        text = harmless(text)
        if text != self._text:
            self._text = text
            self.display = bool(text)
            self.styles.height = 1 if len(text) < self.app.size.width else 2
            self.refresh()

    def composed(self) -> list[Line]:
        """The words over the whole width, in two lines where one is too short."""
        return folded(Cell(self._text, "alarm"), *self.content_size)


class Tabs(Lines):
    """The screens, the open one marked."""

    GREYS = False

    def __init__(self) -> None:
        super().__init__(id="tabs")
        self._open = ""

    def mark(self, name: str) -> None:
        """Another one is open."""
        self._open = name
        self.refresh()

    def composed(self) -> list[Line]:
        """`1 overview 2 markets …`, each to be clicked."""
        line: Line = []
        width = self.content_size.width
        for tab in TABS:
            is_open = tab.name == self._open
            click = f"app.open('{tab.name}')"
            line += [
                Cell(f" {tab.key}", "cursor" if is_open else "accent", click),
                Cell(f" {tab.name}" + (" " if is_open or width >= WIDE else ""), "cursor" if is_open else "dim", click),
            ]
        return [cut(line, width)]


def key_line(width: int, paused: str = "") -> Line:
    """As many keys as there is room for, each to be clicked; `paused` renames the first."""
    kept = list(KEYS)
    while True:
        line: Line = []
        for key in kept:
            word = paused if paused and key.action == "pause" else key.word
            ink: Ink = "warn" if key.action == "kill" else "dim"
            line += [
                Cell(f" {key.sign}", "warn" if key.action == "kill" else "accent", f"app.{key.action}"),
                Cell(f" {word} ", ink, f"app.{key.action}"),
            ]
        worst = max([key.rank for key in kept])
        if width_of(line) <= width or not worst:
            return cut(line, width)
        kept.remove([key for key in kept if key.rank == worst][-1])


class Keys(Lines):
    """The keys at the bottom."""

    GREYS = False

    def __init__(self) -> None:
        super().__init__(id="keys")
        self._paused = ""

    def turn(self, *, is_paused: bool) -> None:
        """`p` does the other thing now."""
        word = "resume" if is_paused else ""
        if word != self._paused:
            self._paused = word
            self.refresh()

    def composed(self) -> list[Line]:
        """One line."""
        return [key_line(self.content_size.width, self._paused)]


class Heading(Lines):
    """The line above a table: what it is, how much of it, and on the right what can be done with it."""

    def __init__(self, title: str, hint: str = "", *, id: str | None = None) -> None:  # noqa: A002 - Textual's own word
        super().__init__(id=id, classes="heading")
        self._title, self._hint, self._note = title, hint, ""

    def say(self, note: str) -> None:
        """A few words behind the title."""
        if note != self._note:
            self._note = note
            self.refresh()

    def composed(self) -> list[Line]:
        """One line."""
        width = self.content_size.width
        left = [Cell(f"{self._title} ", "head"), Cell(self._note, "text")]
        room = width - width_of(left) - 1
        return [spread(left, [Cell(self._hint, "faint")] if len(self._hint) <= room else [], width)]


class Foot(Lines):
    """What the row under the cursor says in full, folded over a few lines."""

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's own word
        super().__init__(id=id, classes="foot")
        self._cell = Cell("")

    def say(self, text: str, ink: Ink = "dim") -> None:
        """Say it."""
        if (cell := Cell(text, ink)) != self._cell:
            self._cell = cell
            self.refresh()

    def composed(self) -> list[Line]:
        """The words folded between words."""
        return folded(self._cell, *self.content_size)


def folded(cell: Cell, width: int, height: int) -> list[Line]:
    """A text over at most `height` lines; that more was there shows."""
    parts = textwrap.wrap(cell.text, max(8, width), max_lines=max(1, height), placeholder=" …")
    return [[cell._replace(text=part)] for part in parts]
