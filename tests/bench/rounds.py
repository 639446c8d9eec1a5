"""How things are measured here: rounds in turn, medians, ratios inside a round, one JSON line a figure and a table for people.

Absolute figures belong to the machine and the day; only ratios inside one run mean anything elsewhere. So an aim is always a ratio: how many times
as good as something else that runs in the same rounds.
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
VERDICT_WIDTH: Final = 10


class Aim(msgspec.Struct, frozen=True, omit_defaults=True):
    """How many times as good as something we want to be (docs/performance.md)."""

    against: str
    """A name of `Line.ratio_to`."""
    first: float
    """A: for a first good version."""
    moon: float | None = None
    """M."""

    def verdict(self, ratio: float | None) -> str:
        """In words."""
        if ratio is None:
            return "not here"
        if ratio < self.first:
            return "A missed"
        return "M reached" if self.moon is not None and ratio >= self.moon else "A reached"


class Line(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One figure."""

    bench: str
    value: float
    unit: str
    rounds: int
    p50: float | None = None
    p99: float | None = None
    max: float | None = None
    figures: Mapping[str, float] = {}
    """What the others reached, in the same unit."""
    ratio_to: Mapping[str, float] = {}
    """What it was compared with → how many times as good it is as that; 2.0 means twice as good, whether more or less is better."""
    aims: tuple[Aim, ...] = ()
    verdicts: Mapping[str, str] = {}
    """Filled in by `tell`: for each aim, whether it was reached."""
    more: Mapping[str, float | str] = {}

    def judged(self) -> "Line":
        """With its verdicts."""
        return msgspec.structs.replace(self, verdicts={aim.against: aim.verdict(self.ratio_to.get(aim.against)) for aim in self.aims})


def compared(
    bench: str,
    unit: str,
    found: Mapping[str, Sequence[float]],
    *,
    aims: tuple[Aim, ...] = (),
    more_is_better: bool = True,
    more: Mapping[str, float | str] | None = None,
) -> Line:
    """The line about "ours" among what `in_turn` found: medians of figures, medians of the ratios of each round."""
    ours = found["ours"]
    others = {name: values for name, values in found.items() if name != "ours"}
    return Line(
        bench=bench,
        value=significant(statistics.median(ours)),
        unit=unit,
        rounds=len(ours),
        figures={name: significant(statistics.median(values)) for name, values in others.items()},
        ratio_to={name: median_ratio(ours, values, more_is_better=more_is_better) for name, values in others.items()},
        aims=aims,
        more=more or {},
    )


def timed(work: Callable[[], object]) -> float:
    """Seconds that `work` keeps the processor busy: what else runs on the machine then matters less. For work that waits for nothing."""
    began = time.process_time()
    work()
    return time.process_time() - began


def elapsed(work: Callable[[], object]) -> float:
    """Seconds that pass while `work` is done, for work that waits for a disk."""
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
    """Print it: JSON on stdout, a row of the table on stderr, and a row for each aim and each other contestant below it."""
    line = line.judged()
    print(json.dumps(msgspec.to_builtins(line)), flush=True)
    parts = [f"{line.bench:<{TABLE_WIDTH}}{_short(line.value):>10} {line.unit:<14}"]
    parts += [f"{name} {_short(value)}" for name, value in (("p50", line.p50), ("p99", line.p99), ("max", line.max)) if value is not None]
    parts += [f"{name} {_short(value) if isinstance(value, float) else value}" for name, value in line.more.items()]
    rows = ["  ".join(parts)]
    aims = {aim.against: aim for aim in line.aims}
    for name in [*aims, *(name for name in line.ratio_to if name not in aims)]:
        ratio, figure, aim = line.ratio_to.get(name), line.figures.get(name), aims.get(name)
        row = f"    {name:<{TABLE_WIDTH - 4}}{_short(figure) if figure is not None else '':>10} {line.unit if figure is not None else '':<14}"
        row += f"{'' if ratio is None else f'{ratio:g} ×':<12}"
        if aim is not None:
            row += f"{line.verdicts[name]:<{VERDICT_WIDTH}} A {aim.first:.3g} ×" + (f", M {aim.moon:.3g} ×" if aim.moon is not None else "")
        rows.append(row.rstrip())
    print("\n".join(rows), file=sys.stderr, flush=True)


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{significant(value):g}"
