"""What is drawn more than once: markers of fills, hatchings of trouble. Defined once a page, used by their ids.

A fill's shape tells its side (up: bought, down: sold), its filling the outcome (full: YES, hollow: NO), and a bar at its tip that it rests on an
inferred trade. Colours say the same again.
"""

from typing import Final

from config.report.markup import Markup, el
from oms.values.history import FillPoint
from oms.values.orders import Side

_UP: Final = "M0-4 3.5 2.5H-3.5Z"
_DOWN: Final = "M0 4 3.5-2.5H-3.5Z"
_BAR_UP: Final = "M-3.5-6H3.5"
_BAR_DOWN: Final = "M-3.5 6H3.5"


def shape_of(fill: FillPoint) -> str:
    """The id of a fill's marker."""
    return shape(fill.side, fill.outcome, inferred=fill.inferred)


def shape(side: Side, outcome: str, *, inferred: bool) -> str:
    """As `shape_of`."""
    return f"{'up' if side is Side.BUY else 'down'}-{outcome.lower()}{'-inferred' if inferred else ''}"


def definitions() -> Markup:
    """The markers and hatchings, in a drawing that takes no room."""
    markers = []
    for side, outline, bar in ((Side.BUY, _UP, _BAR_UP), (Side.SELL, _DOWN, _BAR_DOWN)):
        for outcome in ("YES", "NO"):
            body = el("path", d=outline)
            markers.append(el("g", body, id=shape(side, outcome, inferred=False), class_=f"fill {outcome.lower()}"))
            markers.append(el("g", body, el("path", d=bar), id=shape(side, outcome, inferred=True), class_=f"fill {outcome.lower()}"))
    ring = el("g", el("circle", r=4), id="ring", class_="ring")
    hatches = (_hatch("suspect", "M0 6 6 0"), _hatch("stale", "M0 0 6 6M0 6 6 0"), _hatch("no-held", "M0 1H6"))
    return el("svg", el("defs", *markers, ring, *hatches), class_="defs", aria_hidden="true")


def _hatch(name: str, lines: str) -> Markup:
    return el(
        "pattern",
        el("rect", width=6, height=6, class_=f"{name}-ground"),
        el("path", d=lines, class_=f"{name}-lines"),
        id=name,
        width=6,
        height=6,
        patternUnits="userSpaceOnUse",
    )
