"""A curve drawn with braille dots: eight of them in each sign, so 40 columns show 80 moments. Where a value is not known the line has a gap."""

import itertools
from collections.abc import Sequence
from typing import Final

from connectors.operator.terminal.ink import Cell, Ink, Line, fitted
from connectors.operator.terminal.words import NOT_KNOWN, clock, money, until
from oms.values.units import MICRO, CashMicro, Nanos

Points = Sequence[tuple[Nanos, CashMicro | None]]
_BRAILLE: Final = 0x2800
_DOTS: Final = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""Row and column of a dot in its sign → its bit."""
_AXIS: Final = 10
_FLATTEST: Final = MICRO // 2
"""What moves by less than this is drawn as a line, not as a mountain."""


def scale_of(values: Sequence[int], start: int | None) -> tuple[int, int]:
    """Lowest and highest of the axis: the values', with room where they hardly move; where it began is in it when that is near."""
    low, high = min(values), max(values)
    if start is not None and low - (high - low) <= start <= high + (high - low):
        low, high = min(low, start), max(high, start)
    if high - low < _FLATTEST:
        middle = (low + high) // 2
        low, high = middle - _FLATTEST, middle + _FLATTEST
    return low, high


def columns_of(points: Points, wide: int) -> list[tuple[int, int] | None]:
    """For each of `wide` columns of dots the lowest and highest value in its span of time; of a span without a point, the value before it."""
    first, last = points[0][0], points[-1][0]
    span = max(1, last - first)
    columns: list[tuple[int, int] | None] = [None] * wide
    touched = [False] * wide
    for at_ns, value in points:
        x = min(wide - 1, (at_ns - first) * wide // span)
        here = columns[x]
        touched[x] = True
        if value is not None:
            columns[x] = (value, value) if here is None else (min(here[0], value), max(here[1], value))
    latest: int | None = None
    place = iter(points)
    upcoming = next(place, None)
    for x in range(wide):
        while upcoming is not None and min(wide - 1, (upcoming[0] - first) * wide // span) <= x:
            latest = upcoming[1]
            upcoming = next(place, None)
        if not touched[x] and latest is not None:
            columns[x] = (latest, latest)
    return columns


def dots(columns: Sequence[tuple[int, int] | None], low: int, high: int, tall: int) -> list[str]:
    """`tall` lines of braille; neighbouring columns are joined."""
    signs = [[0] * (len(columns) // 2) for _ in range(tall)]
    rows = tall * 4
    before: tuple[int, int] | None = None
    for x, column in enumerate(columns):
        if column is None:
            before = None
            continue
        top, bottom = [(high - value) * (rows - 1) // (high - low) for value in (column[1], column[0])]
        reach = (top, bottom)
        if before is not None:  # a step is drawn where it ends
            reach = (min(top, before[1]), max(bottom, before[0]))
        for y in range(max(0, reach[0]), min(rows - 1, reach[1]) + 1):
            signs[y // 4][x // 2] |= _DOTS[y % 4][x % 2]
        before = (top, bottom)
    return ["".join([chr(_BRAILLE + sign) if sign else " " for sign in line]) for line in signs]


def curve_lines(points: Points, start: CashMicro | None, width: int, height: int, ink: Ink) -> list[Line]:
    """The curve with its axes in `width` × `height`; a dashed line marks where it began."""
    known = [value for _, value in points if value is not None]
    wide, tall = width - _AXIS - 1, height - 1
    if len(points) < 2 or not known or wide < 4 or tall < 2:
        return [[Cell(f"{NOT_KNOWN}: fewer than two moments are known", "dim")]]
    low, high = scale_of(known, start)
    drawn = dots(columns_of(points, wide * 2), low, high, tall)
    begun = None if start is None or not low <= start <= high else (high - start) * (tall * 4 - 1) // (high - low) // 4
    labels = {0: high, tall - 1: low}
    if tall >= 5:
        labels[tall // 2] = high - (high - low) * (tall // 2) // (tall - 1)
    lines: list[Line] = []
    for y, text in enumerate(drawn):
        label = fitted(_dollars(labels[y], high - low), _AXIS, right=True) if y in labels else " " * _AXIS
        line = [Cell(label, "dim"), Cell("┤" if y in labels else "│", "faint")]
        lines.append(line + (_over_dashes(text, ink) if y == begun else [Cell(text, ink)]))
    lines.append([Cell(" " * (_AXIS + 1)), *_time_axis(points, wide)])
    return lines


def _over_dashes(text: str, ink: Ink) -> Line:
    """The curve before a dashed line."""
    runs = [(is_empty, "".join(signs)) for is_empty, signs in itertools.groupby(text, key=lambda sign: sign == " ")]
    return [Cell("╌" * len(signs), "faint") if is_empty else Cell(signs, ink) for is_empty, signs in runs]


def _dollars(value: CashMicro, span: CashMicro) -> str:
    return money(value) if span < 100 * MICRO and abs(value) < 100_000 * MICRO else f"{'-' if value < 0 else ''}${abs(value) // MICRO:,}"


def _time_axis(points: Points, wide: int) -> Line:
    first, last = points[0][0], points[-1][0]
    left, middle, right = clock(first), until(last - first), clock(last)
    room = wide - len(left) - len(right)
    return [Cell(left, "dim"), Cell(middle.center(room) if room > len(middle) + 2 else " " * max(1, room), "faint"), Cell(right, "dim")]
