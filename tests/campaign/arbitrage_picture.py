"""A distribution as a picture: one self-contained SVG, drawn by hand (decision 0017)."""

from collections.abc import Sequence
from typing import Final

WIDTH: Final = 720
HEIGHT: Final = 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 60, 20, 40, 50
_BARS: Final = 60
_TICKS: Final = 6


def picture(values: Sequence[float], title: str) -> str:
    """How often which value came; counts grow with the root, so that single runs at the ends are seen."""
    low, high = min(values), max(values)
    step = (high - low) / _BARS or 1.0
    counts = [0] * _BARS
    for value in values:
        counts[min(_BARS - 1, int((value - low) / step))] += 1
    wide, tall = (WIDTH - _LEFT - _RIGHT) / _BARS, HEIGHT - _TOP - _BOTTOM
    most = max(counts) ** 0.5
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        f'<text x="{_LEFT}" y="22" font-size="14">{title}: {len(values):,} runs</text>',
    ]
    for number, count in enumerate(counts):
        if count:
            height = tall * count**0.5 / most
            colour = "#b33" if low + (number + 1) * step <= 0 else "#3a7"
            x, y = _LEFT + number * wide, _TOP + tall - height
            parts.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="{wide - 1:.1f}" height="{height:.1f}" fill="{colour}"><title>{count}</title></rect>')
    for number in range(_TICKS + 1):
        x = _LEFT + (WIDTH - _LEFT - _RIGHT) * number / _TICKS
        parts.append(f'<text x="{x:.1f}" y="{HEIGHT - 28}" text-anchor="middle">{low + (high - low) * number / _TICKS:,.0f}</text>')
    for part in (0.25, 0.5, 1.0):
        y = _TOP + tall * (1 - part**0.5)
        parts.append(f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{max(counts) * part:,.0f}</text>')
    parts.append(f'<text x="{_LEFT}" y="{HEIGHT - 8}" fill="#555">dollars; the height grows with the root of the count; red: runs that lost</text>')
    return "\n".join([*parts, "</svg>", ""])
