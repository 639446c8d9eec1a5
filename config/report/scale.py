"""From values to places: where a number lies between two others, and at which round numbers and round times a picture has its ticks.

Whole numbers all the way: Python divides any two of them exactly enough, however large they are.
"""

from collections.abc import Iterable
from typing import Final

import msgspec

from config.report.words import moment
from oms.values.units import MICRO, NS_PER_MS, NS_PER_SECOND, PRICE_ONE_PIPS, Nanos

_MINUTE, _HOUR, _DAY = 60 * NS_PER_SECOND, 3_600 * NS_PER_SECOND, 86_400 * NS_PER_SECOND
_TIME_STEPS: Final = (
    *(ms * NS_PER_MS for ms in (1, 2, 5, 10, 20, 50, 100, 200, 500)),
    *(seconds * NS_PER_SECOND for seconds in (1, 2, 5, 10, 15, 30)),
    *(minutes * _MINUTE for minutes in (1, 2, 5, 10, 15, 30)),
    *(hours * _HOUR for hours in (1, 2, 3, 6, 12)),
    *(days * _DAY for days in (1, 2, 7, 14, 28, 91, 182, 364)),
)


class Scale(msgspec.Struct, frozen=True):
    """The values from `low` to `high`, low < high."""

    low: int
    high: int

    def part(self, value: int) -> float:
        """How far up `value` lies, 0 to 1; what lies outside is put on the edge."""
        return min(1.0, max(0.0, (value - self.low) / (self.high - self.low)))


def scale_of(values: Iterable[int | None], *, least: int = 1, holds: tuple[int, ...] = ()) -> Scale:
    """A scale that holds all values and those in `holds`, with a little air, and is at least `least` high. Without any value it is 0 to `least`."""
    known = [*(value for value in values if value is not None), *holds] or [0]
    low, high = min(known), max(known)
    missing = max(0, least - (high - low))
    low, high = low - missing // 2, high + missing - missing // 2
    air = max(1, (high - low) // 16)
    return Scale(low - air, high + air)


def round_step(span: int, most: int) -> int:
    """The smallest 1, 2 or 5 × 10ⁿ of which at most `most` fit into `span`."""
    step: int = 10 ** max(0, len(str(span // most)) - 1)
    for factor in (1, 2, 5, 10, 20):
        if span // (step * factor) < most:
            return step * factor
    raise AssertionError("a power of ten more always suffices")


def value_ticks(scale: Scale, most: int = 5) -> tuple[list[int], int]:
    """Round numbers within the scale, at most `most` and one, and how far apart they are."""
    step = round_step(scale.high - scale.low, most)
    return list(range(-(-scale.low // step) * step, scale.high + 1, step)), step


def time_ticks(scale: Scale, most: int = 6) -> tuple[list[Nanos], Nanos]:
    """Round times within the scale, at most `most` and one, and how far apart they are."""
    span = scale.high - scale.low
    step = next((step for step in _TIME_STEPS if span // step < most), None) or round_step(span, most)
    return list(range(-(-scale.low // step) * step, scale.high + 1, step)), step


def time_word(at_ns: Nanos, step_ns: Nanos) -> str:
    """A tick's label: the clock, as exact as the steps are; the day where a day begins."""
    if at_ns % _DAY == 0:
        return f"{moment(at_ns).day} {moment(at_ns):%b}"
    if step_ns >= _MINUTE:
        return f"{moment(at_ns):%H:%M}"
    if step_ns >= NS_PER_SECOND:
        return f"{moment(at_ns):%H:%M:%S}"
    return f"{moment(at_ns):%S}.{at_ns % NS_PER_SECOND // NS_PER_MS:03}"


def _short(value: int, unit: int, step: int) -> str:
    """A number of `unit`s, as exact as the distance of the ticks asks; thousands, millions and more as k, M, B, T where all ticks are whole ones."""
    if not value:
        return "0"
    if abs(value) >= 10**15 * unit:
        return f"{value // unit:.0e}"
    for power, letter in ((10**12, "T"), (10**9, "B"), (10**6, "M"), (10**3, "k")):
        if step >= power * unit:
            return f"{value // (unit * power):,}{letter}"
    digits = next((digits for digits in range(6) if step * 10**digits % unit == 0), 6)
    return f"{value / unit:,.{digits}f}"


def cash_word(value: int, step: int) -> str:
    """$1,000, -$2.50, $20k."""
    cents = step if step % MICRO == 0 or step % (MICRO // 100) else MICRO // 100
    return f"{'-' if value < 0 else ''}${_short(abs(value), MICRO, cents)}"


def shares_word(value: int, step: int) -> str:
    """1,200 shares without the word."""
    return _short(value, MICRO, step)


def price_word(value: int, step: int) -> str:
    """0.48."""
    return f"{value / PRICE_ONE_PIPS:.{2 if step % 100 == 0 else 4}f}"


def count_word(value: int, step: int) -> str:
    """12."""
    return _short(value, 1, step)
