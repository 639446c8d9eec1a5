"""HTML and SVG built from functions, so that nothing reaches a page unescaped: every plain text is escaped, and only `el` makes markup.

Text from a venue or a file is shown, never obeyed: control characters and those that turn the reading direction appear as their numbers (`seen`).
"""

import html

from config.console import plain

_VOID = frozenset({"meta", "br", "col"})


class Markup(str):
    """Text that is markup already and is not escaped again."""

    __slots__ = ()


Piece = Markup | str | None
"""Markup, text to be escaped, or nothing."""


def el(element: str, /, *pieces: Piece, **attributes: str | float | None) -> Markup:
    """One element. An attribute's underscores become hyphens, one at its end is dropped (`class_`); None leaves the attribute out."""
    given = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{html.escape(plain(str(value)))}"' for key, value in attributes.items() if value is not None
    )
    return Markup(f"<{element}{given}>") if element in _VOID else Markup(f"<{element}{given}>{joined(*pieces)}</{element}>")


def joined(*pieces: Piece) -> Markup:
    """Pieces in a row."""
    return Markup("".join([piece if isinstance(piece, Markup) else html.escape(plain(piece), quote=False) for piece in pieces if piece is not None]))


def seen(text: str) -> Markup:
    """Words of a venue or a file: shown as they are, kept apart from the reading direction of ours."""
    return el("bdi", text)
