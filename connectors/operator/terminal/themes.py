"""Three looks: dark, light, high contrast. What each ink means is the same in all of them; theme.tcss maps inks to the variables named here."""

from typing import Final

from textual.theme import Theme


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
            faint="#4b5763",
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
        error="#ff5a5a",
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


def next_theme(name: str) -> str:
    """The one after `name`, round and round."""
    names = [theme.name for theme in THEMES]
    return names[(names.index(name) + 1) % len(names)] if name in names else names[0]
