"""Boxes over a screen: one that asks yes or no, one that helps. Kill works in all of them."""

import textwrap
from typing import ClassVar, Final, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.geometry import Size
from textual.screen import ModalScreen
from textual.widgets import Static

from connectors.operator.terminal.ink import Cell, Ink, Line, Lines, fitted
from connectors.operator.terminal.keys import COLOURS, IN_TABLES, KEYS, TABS
from connectors.operator.terminal.words import harmless

Result = TypeVar("Result")
_SIGNS: Final = 9


class Dialog(ModalScreen[Result]):
    """A box; what it holds comes from `contents`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "give_up", "close", show=False),
        Binding("K", "app.kill", "kill, at once", show=False),
    ]

    def compose(self) -> ComposeResult:
        """The box."""
        with Vertical(id="box"):
            yield from self.contents()

    def contents(self) -> ComposeResult:
        """What is in the box."""
        raise AssertionError(f"{type(self).__name__} is empty")

    def action_give_up(self) -> None:
        """Close it; nothing is done."""
        self.dismiss(None)


def plain(text: str, classes: str) -> Static:
    """Words that are never read as markup."""
    return Static(harmless_lines(text), classes=classes, markup=False)


def harmless_lines(text: str) -> str:
    """Each line of it made harmless; a daemon's answer may have several, and quote a title."""
    return "\n".join([harmless(part) for part in text.split("\n")])


class Confirm(Dialog[bool]):
    """Shows what will be done and asks once."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,y", "agree", "yes", show=False),
        Binding("n", "give_up", "no", show=False),
    ]

    def __init__(self, title: str, text: str) -> None:
        super().__init__(classes="-grave")
        self._words = (title, text)

    def contents(self) -> ComposeResult:
        """Title, what will be done, the keys."""
        title, text = self._words
        yield plain(title, "title")
        yield plain(text, "words")
        yield Choices(("Enter or y: yes, do it", "screen.agree"), ("Esc or n: no", "screen.give_up"))

    def action_agree(self) -> None:
        """Do it."""
        self.dismiss(result=True)


class Choices(Lines):
    """Words to click, beside each other."""

    DEFAULT_CSS = "Choices { height: 1; }"

    def __init__(self, *words: tuple[str, str]) -> None:
        super().__init__()
        self._words = words

    def composed(self) -> list[Line]:
        """One line."""
        return [[Cell(f"{text}     ", "accent", action) for text, action in self._words]]


def help_lines(width: int) -> list[Line]:
    """All keys, and what colours mean, folded to `width`."""
    lines: list[Line] = [[Cell("KEYS", "head")]]
    lines += _pairs([(key.sign, "accent", key.meaning) for key in KEYS], width)
    lines += [[], [Cell("SCREENS", "head")], *_pairs([(tab.key, "accent", tab.title) for tab in TABS], width)]
    lines += [[], [Cell("IN TABLES", "head")], *_pairs([(sign, "accent", meaning) for sign, meaning in IN_TABLES], width)]
    lines += [[], [Cell("COLOURS", "head"), Cell("  none stands alone: a sign or a word says the same", "dim")]]
    return lines + _pairs([(colour, ink, meaning) for ink, colour, meaning in COLOURS], width)


def _pairs(rows: list[tuple[str, Ink, str]], width: int) -> list[Line]:
    lines: list[Line] = []
    for sign, ink, meaning in rows:
        parts = textwrap.wrap(meaning, max(20, width - _SIGNS - 2)) or [""]
        lines.append([Cell(f"  {fitted(sign, _SIGNS)}", ink), Cell(parts[0])])
        lines += [[Cell(" " * (_SIGNS + 2)), Cell(part)] for part in parts[1:]]
    return lines


class HelpText(Lines):
    """The help page's lines."""

    DEFAULT_CSS = "HelpText { height: auto; }"

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002 - Textual's own method
        """As many as it takes."""
        return len(help_lines(width))

    def composed(self) -> list[Line]:
        """All of them; the container scrolls."""
        return help_lines(self.content_size.width)


class Help(Dialog[None]):
    """All keys, and what colours mean."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("question_mark,q", "give_up", "close", show=False)]

    def contents(self) -> ComposeResult:
        """The page, to be scrolled where it is longer than the terminal."""
        with VerticalScroll(id="help-lines"):
            yield HelpText()
