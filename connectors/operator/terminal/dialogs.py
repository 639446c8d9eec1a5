"""Boxes over a screen: one that asks yes or no, one that helps. Kill works in all of them."""

from collections.abc import Iterable
from typing import ClassVar, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from connectors.operator.terminal.ink import Cell, Ink, Line, Lines, fitted
from connectors.operator.terminal.keys import COLOURS, IN_TABLES, KEYS, TABS
from connectors.operator.terminal.words import harmless

Result = TypeVar("Result")


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


def help_lines() -> list[Line]:
    """All keys, and what colours mean."""
    lines: list[Line] = [[Cell("KEYS", "head")]]
    lines += _pairs((key.sign, key.meaning) for key in KEYS)
    lines += [[], [Cell("SCREENS", "head")], *_pairs((tab.key, tab.title) for tab in TABS)]
    lines += [[], [Cell("IN TABLES", "head")], *_pairs(IN_TABLES)]
    lines += [[], [Cell("COLOURS", "head"), Cell("  none of them is alone: a sign or a word says the same", "dim")]]
    for name, colour, meaning in COLOURS:
        ink: Ink = name
        lines.append([Cell(f"  {fitted(colour, 10)}", ink), Cell(meaning)])
    return lines


def _pairs(pairs: Iterable[tuple[str, str]]) -> list[Line]:
    return [[Cell(f"  {fitted(sign, 10)}", "accent"), Cell(meaning)] for sign, meaning in pairs]


class HelpText(Lines):
    """The help page's lines."""

    def composed(self) -> list[Line]:
        """All of them; the container scrolls."""
        return help_lines()


class Help(Dialog[None]):
    """All keys, and what colours mean."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("question_mark,q", "give_up", "close", show=False)]

    def contents(self) -> ComposeResult:
        """The page, to be scrolled where it is longer than the terminal."""
        with VerticalScroll(id="help-lines"):
            text = HelpText()
            text.styles.height = len(help_lines())
            yield text
