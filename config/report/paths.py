"""The outlines of lines and areas as SVG path data: steps, as short as they can be without changing what is seen.

Of all values that fall into one column only the lowest, the highest and the last are drawn.
"""

from collections.abc import Callable, Iterable
from typing import Final

from oms.values.units import Nanos

COLUMNS: Final = 1_000
"""How many places a plot knows across; more than it has pixels on most screens."""
_DOT: Final = 2
"""A value that held for no time is drawn this many columns to either side, so that it is seen."""

Across = Callable[[Nanos], int]
Down = Callable[[int], float]
_Corner = tuple[int, float, float]
"""Column, lower and upper height."""


def step_path(points: Iterable[tuple[Nanos, int | None]], across: Across, down: Down) -> str:
    """A line that stays where it is until the next point; None ends it, and a new one begins with the next value."""
    drawn = _Pen()
    for at_ns, value in points:
        x = across(at_ns)
        if value is None:
            drawn.lift(x)
        else:
            drawn.to(x, down(value))
    drawn.lift(drawn.x)
    return "".join(drawn.path)


class _Pen:
    """Where the line is now, and what of the present column is still to be drawn."""

    def __init__(self) -> None:
        self.path: list[str] = []
        self.x = 0
        """The present column."""
        self._drawn_x = 0
        self._drawn_y: float = 0
        self._column: list[float] = []
        """Heights met in the present column, in order; empty: the pen is up."""
        self._is_new = False

    def to(self, x: int, y: float) -> None:
        if not self._column:
            self.x, self._drawn_x, self._drawn_y = x, x, y
            self._column, self._is_new = [y], True
            self.path.append(f"M{x} {y:g}")
        elif x == self.x:
            self._column.append(y)
        else:
            self._finish_column()
            self.x, self._column = x, [self._drawn_y, y]

    def lift(self, x: int) -> None:
        if self._column:
            self._finish_column()
            if x > self._drawn_x:
                self.path.append(f"H{x}")
            elif self._is_new:
                self.path[-1] = f"M{max(0, x - _DOT)} {self._drawn_y:g}H{min(COLUMNS, x + _DOT)}"
            self._column = []

    def _finish_column(self) -> None:
        """Draw up to this column and, in it, its lowest, its highest and its last height."""
        last = self._column[-1]
        heights = [height for height in (min(self._column), max(self._column)) if height not in (self._drawn_y, last)]
        for height in (*heights, last):
            if height != self._drawn_y:
                if self.x > self._drawn_x:
                    self.path.append(f"H{self.x}")
                    self._drawn_x = self.x
                self.path.append(f"V{height:g}")
                self._drawn_y, self._is_new = height, False


def area_path(points: Iterable[tuple[Nanos, int | None, int | None]], across: Across, down: Down) -> str:
    """Closed outlines between a lower and an upper value; where one of them is None there is nothing. Of each column the last values count."""
    path: list[str] = []
    corners: list[_Corner] = []
    x = 0
    for at_ns, low, high in points:
        x = across(at_ns)
        if low is None or high is None:
            path.append(_outline(corners, x))
            corners = []
            continue
        corner = (x, down(low), down(high))
        if corners and corners[-1][0] == x:
            corners[-1] = corner
        elif not corners or corners[-1][1:] != corner[1:]:
            corners.append(corner)
    path.append(_outline(corners, x))
    return "".join(path)


def _outline(corners: list[_Corner], end: int) -> str:
    """To the right along the upper values, back along the lower ones; nothing where there is no width."""
    if not corners or corners[0][0] >= end:
        return ""
    first, _, high = corners[0]
    path = [f"M{first} {high:g}"]
    path += [f"H{x}V{high:g}" for x, _, high in corners[1:]]
    path.append(f"H{end}V{corners[-1][1]:g}")
    path += [f"H{x}V{before[1]:g}" for before, (x, _, _) in zip(corners[-2::-1], corners[:0:-1], strict=True)]
    return f"{''.join(path)}H{first}Z"
