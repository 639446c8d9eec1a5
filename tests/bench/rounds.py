"""How things are measured here: rounds in turn, medians, ratios inside a round, one JSON line a figure and a table for people.

Absolute figures belong to the machine and the day; only ratios inside one run mean anything elsewhere.
"""

import json
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import msgspec

Contestant = Callable[[], float]
"""Does its work once; returns what it measured in its own unit."""

TABLE_WIDTH: Final = 46


class Line(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One figure."""

    bench: str
    value: float
    unit: str
    rounds: int
    p50: float | None = None
    p99: float | None = None
    max: float | None = None
    ratio_to: Mapping[str, float] = {}
    """What it was compared with → how many times as good it is as that; 2.0 means twice as good, whether more or less is better."""
    aim: str = ""
    """What is aimed at, in words."""
    more: Mapping[str, float | str] = {}


def timed(work: Callable[[], object]) -> float:
    """Seconds that `work` takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def in_turn(contestants: Mapping[str, Contestant], rounds: int) -> dict[str, list[float]]:
    """Each contestant once a round, the order turned round by one each time, so that no one always runs on a warm or a cold machine."""
    names = list(contestants)
    found: dict[str, list[float]] = {name: [] for name in names}
    for number in range(rounds):
        shift = number % len(names)
        for name in names[shift:] + names[:shift]:
            found[name].append(contestants[name]())
    return found


def median_ratio(ours: Sequence[float], theirs: Sequence[float], *, more_is_better: bool = True) -> float:
    """The median over the rounds of how many times as good ours is."""
    ratios = [(a / b if more_is_better else b / a) for a, b in zip(ours, theirs, strict=True)]
    return significant(statistics.median(ratios))


def percentile(values: Sequence[float], part: float) -> float:
    """The value below which `part` of the sorted `values` lie."""
    return values[min(len(values) - 1, int(part * len(values)))]


def significant(value: float) -> float:
    """Three digits; more would be noise."""
    return float(f"{value:.3g}")


def tell(line: Line) -> None:
    """Print it: JSON on stdout, a row of the table on stderr."""
    print(json.dumps(msgspec.to_builtins(line)), flush=True)
    parts = [f"{line.bench:<{TABLE_WIDTH}}{_short(line.value):>10} {line.unit:<12}"]
    parts += [f"{name} {_short(value)}" for name, value in (("p50", line.p50), ("p99", line.p99), ("max", line.max)) if value is not None]
    parts += [f"{ratio:g} × {name}" for name, ratio in line.ratio_to.items()]
    parts += [f"{name} {_short(value) if isinstance(value, float) else value}" for name, value in line.more.items()]
    if line.aim:
        parts.append(f"(aim {line.aim})")
    print("  ".join(parts), file=sys.stderr, flush=True)


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{significant(value):g}"
