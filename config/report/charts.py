"""Pictures as inline SVG with words around them in HTML, without a script and without a library.

A plot is an SVG that is stretched to whatever room there is (its lines keep their width: vector-effect), while ticks, labels and legends are HTML
text beside it, which keeps its size: the same page is readable at 400 and at 1400 pixels. Markers and shadings stand in the unstretched SVG around
it, at percentages, so that they keep their shape. Values are drawn as steps: what was so stays so until the next point, and None is a gap.
"""

from collections.abc import Callable, Iterable
from typing import Final

import msgspec

from config.report.markup import Markup, Piece, el, joined
from config.report.paths import COLUMNS, area_path, step_path
from config.report.scale import Scale, time_ticks, time_word, value_ticks
from oms.values.units import Nanos

_LEAST_WIDE: Final = 0.0015
"""A shading is at least this part of the plot wide, so that a short trouble is seen."""


class Line(msgspec.Struct, frozen=True):
    """Values over time; None is a gap. `look` is a class of page.css."""

    look: str
    points: tuple[tuple[Nanos, int | None], ...]


class Area(msgspec.Struct, frozen=True):
    """From a lower to an upper value over time."""

    look: str
    points: tuple[tuple[Nanos, int | None, int | None], ...]


class Block(msgspec.Struct, frozen=True):
    """A shaded stretch of time; without values as high as the plot."""

    look: str
    first_ns: Nanos
    last_ns: Nanos
    low: int | None = None
    high: int | None = None


class Mark(msgspec.Struct, frozen=True):
    """Something that happened at one value; `shape` is the id of a shape of shapes.py, `told` what a pointer on it is told."""

    shape: str
    at_ns: Nanos
    value: int
    told: str


class Panel(msgspec.Struct, frozen=True, kw_only=True):
    """One plot: what is drawn over one scale."""

    unit: str
    """What the numbers at its side are."""
    scale: Scale
    word: Callable[[int, int], str]
    """The label of a tick: value, distance of the ticks."""
    height: int
    """In pixels; also the height in units of the drawing."""
    blocks: tuple[Block, ...] = ()
    areas: tuple[Area, ...] = ()
    rules: tuple[tuple[str, int], ...] = ()
    """Lines across, as (look, value)."""
    lines: tuple[Line, ...] = ()
    marks: tuple[Mark, ...] = ()


class Key(msgspec.Struct, frozen=True):
    """One entry of a legend: how it looks and what it means."""

    kind: str
    """line, block or mark."""
    look: str
    means: str


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One picture: panels above each other over one stretch of time, and the same in words."""

    ident: str
    title: Piece
    words: Piece
    """What it shows, in sentences: for those who do not see it, and for those who do."""
    first_ns: Nanos
    last_ns: Nanos
    keys: tuple[Key, ...]
    panels: tuple[Panel, ...]
    below: Piece = None
    """A table or more words."""
    width: str = ""
    """A class of page.css, or nothing: as wide as the page."""


def draw(figure: Figure) -> Markup:
    """The picture with its title, its legend, its ticks and its words."""
    time = Scale(figure.first_ns, max(figure.last_ns, figure.first_ns + 1))
    titled, told = f"{figure.ident}-title", f"{figure.ident}-words"
    labels = [panel.word(tick, apart) for panel in figure.panels for ticks, apart in (_ticks(panel),) for tick in ticks]
    gutter = max([3, *(len(label) for label in labels)]) + 1
    rows = [_row(panel, time, titled, told) for panel in figure.panels]
    return el(
        "figure",
        el("h3", figure.title, id=titled),
        legend(figure.keys) if figure.keys else None,
        el("div", *rows, _times(time), class_="chart", style=f"--gutter:{gutter}ch"),
        el("figcaption", figure.words, id=told),
        figure.below,
        class_=f"picture {figure.width}".strip(),
        id=figure.ident,
    )


def legend(keys: Iterable[Key], kind: str = "") -> Markup:
    """What the lines, shadings and markers mean."""
    return el("ul", *[el("li", sample(key), el("span", key.means)) for key in keys], class_=f"keys {kind}".strip())


def sample(key: Key) -> Markup:
    """How a line, a block or a mark looks, in small."""
    if key.kind == "line":
        inner = el("path", d="M1 6H27", class_=f"line {key.look}")
    elif key.kind == "block":
        inner = el("rect", x=1, y=1, width=26, height=10, class_=f"block {key.look}")
    else:
        inner = el("use", href=f"#{key.look}", x=14, y=6)
    return el("svg", inner, class_=f"key {key.kind}", width=12 if key.kind == "mark" else 28, height=12, viewBox=_box(key), aria_hidden="true")


def _box(key: Key) -> str:
    return "8 0 12 12" if key.kind == "mark" else "0 0 28 12"


def _ticks(panel: Panel) -> tuple[list[int], int]:
    """As many ticks as stand above each other with room between them."""
    return value_ticks(panel.scale, max(2, min(5, panel.height // 28)))


def _row(panel: Panel, time: Scale, titled: str, told: str) -> Markup:
    """One panel: its numbers at the left, its plot at the right."""
    ticks, apart = _ticks(panel)
    numbers = [el("span", panel.word(tick, apart), style=f"top:{_percent(1 - panel.scale.part(tick))}") for tick in ticks]
    return joined(
        el("div", panel.unit, class_="unit"),
        el("div", *numbers, class_="numbers", aria_hidden="true", style=f"height:{panel.height}px"),
        el("div", _plot(panel, time, ticks, titled, told), class_="plot", style=f"height:{panel.height}px"),
    )


def _plot(panel: Panel, time: Scale, ticks: list[int], titled: str, told: str) -> Markup:
    """The drawing itself: shadings, then what is stretched, then markers."""
    height = panel.height

    def across(at_ns: Nanos) -> int:
        return round(time.part(at_ns) * COLUMNS)

    def down(value: int) -> float:
        return round((1 - panel.scale.part(value)) * height * 2) / 2

    def ruled(look: str, value: int) -> Markup:
        return el("path", d=f"M0 {down(value):g}H{COLUMNS}", class_=look)

    upright = "".join(f"M{across(tick)} 0V{height}" for tick in time_ticks(time)[0])
    inner = el(
        "svg",
        *[ruled("grid", tick) for tick in ticks],
        el("path", d=upright, class_="grid") if upright else None,
        *[el("path", d=area_path(area.points, across, down), class_=f"area {area.look}") for area in panel.areas],
        *[ruled(f"line {look}", value) for look, value in panel.rules],
        *[el("path", d=step_path(line.points, across, down), class_=f"line {line.look}") for line in panel.lines],
        viewBox=f"0 0 {COLUMNS} {height}",
        preserveAspectRatio="none",
        width="100%",
        height="100%",
    )
    marks = [el("use", el("title", mark.told), href=f"#{mark.shape}", **_place(mark, panel, time)) for mark in panel.marks]
    blocks = [_block(block, panel.scale, time) for block in panel.blocks]
    return el("svg", *blocks, inner, *marks, role="img", aria_labelledby=titled, aria_describedby=told, width="100%", height="100%")


def _place(mark: Mark, panel: Panel, time: Scale) -> dict[str, str]:
    return {"x": _percent(time.part(mark.at_ns)), "y": _percent(1 - panel.scale.part(mark.value))}


def _block(block: Block, scale: Scale, time: Scale) -> Markup:
    first, last = time.part(block.first_ns), time.part(block.last_ns)
    wide = max(_LEAST_WIDE, last - first)
    top = 0.0 if block.high is None else 1 - scale.part(block.high)
    bottom = 1.0 if block.low is None else 1 - scale.part(block.low)
    left = _percent(min(first, 1 - wide))
    return el("rect", x=left, y=_percent(top), width=_percent(wide), height=_percent(bottom - top), class_=f"block {block.look}")


def _times(time: Scale) -> Markup:
    """The row of times under the panels; a narrow page shows every second one."""
    ticks, step = time_ticks(time)
    labels = []
    for number, tick in enumerate(ticks):
        part = time.part(tick)
        edge = "start" if part < 0.06 else "end" if part > 0.94 else None  # inside the picture
        names = [name for name in ("odd" if number % 2 and len(ticks) > 3 else None, edge) if name]
        labels.append(el("span", time_word(tick, step), style=f"left:{_percent(part)}", class_=" ".join(names) or None))
    return el("div", *labels, class_="times", aria_hidden="true")


def _percent(part: float) -> str:
    return f"{round(part * 100, 2):g}%"
