"""Three looks: dark, light, high contrast, and what each ink looks like in them. What an ink means is the same in all.

Lines are drawn with these styles and not with Textual's component classes, which would match a dozen rules for every widget at each change of focus.
"""

from typing import Final, Literal, get_args

from rich.style import Style
from textual.theme import Theme

Ink = Literal[
    "text",
    "dim",
    "faint",
    "head",
    "strong",
    "good",
    "loss",
    "warn",
    "alarm",
    "bid",
    "ask",
    "ours",
    "accent",
    "cursor",
    "blurred",
    "live",
    "mode",
    "bidbar",
    "askbar",
]
INKS: Final[tuple[Ink, ...]] = get_args(Ink)


def _inks(**inks: str) -> dict[str, str]:
    return {f"ink-{name}": colour for name, colour in inks.items()}


THEMES: Final = (
    Theme(
        name="steelyard-dark",
        primary="#7aa2d6",
        accent="#8fb8e8",
        foreground="#c9d1d9",
        background="#0e1217",
        surface="#141a21",
        panel="#1a222b",
        warning="#d8b15a",
        error="#f0554e",
        success="#7fb878",
        dark=True,
        variables=_inks(
            dim="#8b98a5",
            faint="#5a6774",
            head="#6f8296",
            good="#7fb878",
            loss="#d99468",
            bid="#6cb3d9",
            ask="#b994d6",
            bidbar="#2f6f92",
            askbar="#6d5289",
            ours="#ffffff",
            cursor="#24405e",
            blurred="#1d2833",
            live="#e8b33a",
            mode="#33414f",
        ),
    ),
    Theme(
        name="steelyard-light",
        primary="#1f5f9e",
        accent="#17588f",
        foreground="#1d232a",
        background="#fafaf7",
        surface="#f1f1ec",
        panel="#e7e7e0",
        warning="#8a6100",
        error="#c4211b",
        success="#2f7a34",
        dark=False,
        variables=_inks(
            dim="#5c6670",
            faint="#a9b0b6",
            head="#4d6478",
            good="#2f7a34",
            loss="#b0501a",
            bid="#0f6aa0",
            ask="#7a3fa3",
            bidbar="#8fc0de",
            askbar="#c4a6da",
            ours="#000000",
            cursor="#c7dcf2",
            blurred="#e3e7ea",
            live="#e8a400",
            mode="#d3d9de",
        ),
    ),
    Theme(
        name="steelyard-contrast",
        primary="#ffffff",
        accent="#7fe3ff",
        foreground="#ffffff",
        background="#000000",
        surface="#000000",
        panel="#101010",
        warning="#ffe14d",
        error="#ff6e6e",
        success="#66ff7a",
        dark=True,
        variables=_inks(
            dim="#d8d8d8",
            faint="#9a9a9a",
            head="#ffffff",
            good="#66ff7a",
            loss="#ffb070",
            bid="#66ccff",
            ask="#e6a8ff",
            bidbar="#2a86c8",
            askbar="#a058c8",
            ours="#ffffff",
            cursor="#0050c8",
            blurred="#303030",
            live="#ffd000",
            mode="#404040",
        ),
    ),
)


_BOLD: Final = ("head", "strong", "alarm", "ours", "live", "mode")
_BACKGROUNDS: Final = ("cursor", "blurred", "live", "mode")


def _style(theme: Theme, name: Ink) -> Style:
    """A foreground for most, a background for those that lie under others."""
    of_theme = {"text": theme.foreground, "strong": theme.foreground, "warn": theme.warning, "alarm": theme.error, "accent": theme.accent}
    colour = of_theme.get(name) or theme.variables[f"ink-{name}"]
    bold = name in _BOLD or None
    if name not in _BACKGROUNDS:
        return Style(color=colour, bold=bold)
    above = {"live": "#000000", "mode": theme.foreground, "cursor": theme.foreground}.get(name)
    return Style(color=above, bgcolor=colour, bold=bold)


LOOKS: Final[dict[str, dict[Ink, Style]]] = {theme.name: {name: _style(theme, name) for name in INKS} for theme in THEMES}
"""Theme → ink → how it is drawn."""


def next_theme(name: str) -> str:
    """The one after `name`, round and round."""
    names = [theme.name for theme in THEMES]
    return names[(names.index(name) + 1) % len(names)] if name in names else names[0]
