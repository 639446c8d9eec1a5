"""Blocks of names and values, laid into as many columns as there is room for; the shortest column takes the next block."""

import textwrap
from collections.abc import Sequence
from typing import Final, NamedTuple

from textual.geometry import Size
from textual.strip import Strip

from connectors.operator.terminal.ink import Cell, Ink, Line, Scrolled, cut, fitted, width_of

LEAST: Final = 36
"""Columns that a block needs."""
_MOST: Final = 62
_GAP: Final = 3


class Pair(NamedTuple):
    """A name and its value; without a name the value takes the whole line."""

    label: str
    text: str
    ink: Ink = "text"


class Block(NamedTuple):
    """Pairs that belong together."""

    title: str
    pairs: tuple[Pair, ...]


def block_lines(block: Block, width: int) -> list[Line]:
    """A block in `width` columns; what does not fit beside its name goes below it, folded."""
    title = f"{block.title} "
    lines: list[Line] = [cut([Cell(title, "head"), Cell("─" * (width - len(title)), "faint")], width)]
    for pair in block.pairs:
        if pair.label and len(pair.label) + 1 + width_of([Cell(pair.text)]) <= width:
            label = f"{pair.label} "
            lines.append([Cell(label, "dim"), Cell(fitted(pair.text, width - len(label), right=True), pair.ink)])
            continue
        if pair.label:
            lines.append([Cell(fitted(pair.label, width), "dim")])
            if width_of([Cell(pair.text)]) <= width:
                lines.append([Cell(fitted(pair.text, width, right=True), pair.ink)])
                continue
        indent = "  " if pair.label or pair.text.startswith("  ") else ""
        lines += [
            cut([Cell(part, pair.ink)], width)
            for part in textwrap.wrap(pair.text.strip(), width, initial_indent=indent, subsequent_indent=indent) or [""]
        ]
    return lines


def flowed(blocks: Sequence[Block], width: int, least: int = LEAST) -> list[Line]:
    """All blocks in `width` columns."""
    columns = max(1, min((width + _GAP) // (least + _GAP), len(blocks) or 1))
    each = min(_MOST, (width - _GAP * (columns - 1)) // columns) if columns > 1 else width
    stacks: list[list[Line]] = [[] for _ in range(columns)]
    for block in blocks:
        shortest = min(stacks, key=len)
        shortest += [*([[]] if shortest else []), *block_lines(block, each)]
    lines: list[Line] = []
    for y in range(max([len(stack) for stack in stacks], default=0)):
        line: Line = []
        for stack in stacks:
            line += [*cut(stack[y] if y < len(stack) else [], each), Cell(" " * _GAP)]
        lines.append(line)
    return lines


class Flow(Scrolled, can_focus=True):
    """Blocks on a screen."""

    def __init__(self, *, id: str, least: int = LEAST) -> None:  # noqa: A002 - Textual's own word
        super().__init__(id=id)
        self._least = least
        self._blocks: tuple[Block, ...] | None = None
        self._laid: tuple[int, list[Line]] = (-1, [])

    def fill(self, blocks: Sequence[Block]) -> None:
        """Show these."""
        blocks = tuple(blocks)
        if blocks == self._blocks:
            return
        self._blocks = blocks
        self._laid = (-1, [])
        self._lines()
        self.refresh()

    def _lines(self) -> list[Line]:
        width = self.scrollable_content_region.width
        if self._laid[0] != width and width:
            lines = flowed(self._blocks, width, self._least) if self._blocks is not None else [[Cell("waiting for the first picture", "dim")]]
            self._laid = (width, lines)
            if self.virtual_size.height != len(lines):
                self.virtual_size = Size(1, len(lines))
        return self._laid[1]

    def on_resize(self) -> None:
        """Another width, other columns."""
        self._lines()

    def render_line(self, y: int) -> Strip:
        """One line of it."""
        lines = self._lines()
        at = y + self.scroll_offset.y
        return self.drawn(lines[at] if at < len(lines) else [], self.scrollable_content_region.width)
