"""The shortest schedule that still fails: delta debugging (Zeller and Hildebrandt 2002) over a list of strikes.

Parts of the list are left out, first halves, then smaller and smaller ones; what still fails is the new list. At the end no single strike can be left
out, which does not mean that there is no shorter list altogether.
"""

import itertools
from collections.abc import Callable, Sequence

import msgspec

from sim.faults import Strike

Schedule = tuple[Strike, ...]
FirstFailing = Callable[[Sequence[Schedule]], int | None]
"""Tries schedules; which is the first of them that fails? None: none."""


class Patience(msgspec.Struct, frozen=True):
    """How long to go on."""

    runs_max: int
    batch: int = 1
    """Schedules tried side by side."""
    is_over: Callable[[], bool] = lambda: False
    """Somebody asked to stop."""


class Shrunk(msgspec.Struct, frozen=True):
    """What is left."""

    strikes: Schedule
    runs: int
    """Schedules tried."""
    is_shortest: bool
    """No strike of it can be left out; False: it was not tried to the end."""


def shrink(strikes: Schedule, first_failing: FirstFailing, patience: Patience) -> Shrunk:
    """Shrink a schedule that fails."""
    parts, runs = 2, 0
    while strikes:
        parts = min(parts, len(strikes))
        candidates, found = _without_parts(strikes, parts), None
        for start in range(0, len(candidates), patience.batch):
            batch = candidates[start : min(start + patience.batch, start + patience.runs_max - runs)]
            if not batch or patience.is_over():
                return Shrunk(strikes, runs, is_shortest=False)
            found = first_failing(batch)
            runs += len(batch)
            if found is not None:
                strikes, parts = batch[found], max(parts - 1, 2)
                break
        if found is None and parts == len(strikes):
            break
        if found is None:
            parts *= 2
    return Shrunk(strikes, runs, is_shortest=True)


def _without_parts(strikes: Schedule, parts: int) -> list[Schedule]:
    """The schedule without its first, second, … part."""
    bounds = [number * len(strikes) // parts for number in range(parts + 1)]
    return [strikes[:low] + strikes[high:] for low, high in itertools.pairwise(bounds)]
