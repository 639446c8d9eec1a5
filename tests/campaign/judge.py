"""What the campaign says of what it looked at: findings, and when a run is sound, equal to another, or flat in memory."""

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from tests.campaign.interpreters import Ended

GROWTH_MIB: Final = 6.0
"""A flat run may still hold a little more at its end than at three quarters. What is remembered is bounded by counts (the last 20,000 orders,
trades, …) and a day of the demo fills these tables in its third quarter (measured), so only its last quarter can be asked to be flat."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was looked at."""

    what: str
    ok: bool
    figures: str
    table: str = ""
    """More to read, on lines of its own."""


def sound(what: str, run: Ended) -> Finding:
    """It ended, money was conserved, the parts of its orders add up and nothing is left open."""
    if run.error:
        return Finding(what=what, ok=False, figures=run.error)
    told = run.outcome
    orders: dict[str, Any] = told["orders"]
    ok = told["conserved"] is True and told["parts_sum"] and not orders["resting"] and not orders["unknown"]
    figures = f"{told['events']:,} facts, {orders['placed']:,} orders, {told['fills']['count']:,} fills, hash {told['commands_hash'][:12]}"
    if not ok:
        figures += f"; conserved: {told['conserved']}, orders: {orders}"
    return Finding(what=what, ok=ok, figures=f"{figures}, {run.wall_s:.0f} s")


def equal(what: str, first: Ended, second: Ended) -> Iterator[Finding]:
    """Both sound, and the same to the last micro-dollar."""
    found = [sound(what, run) for run in (first, second)]
    bad = next((finding for finding in found if not finding.ok), None)
    if bad is not None:
        yield bad
        return
    differing = [key for key in first.outcome if first.outcome[key] != second.outcome.get(key)]
    figures = f"twice {found[0].figures}" if not differing else f"two runs differ in {', '.join(differing)}: {first.outcome} / {second.outcome}"
    yield Finding(what=what, ok=not differing, figures=figures)


def memory(what: str, run: Ended) -> Finding:
    """Flat: in the last quarter nothing that lasts is added."""
    held = run.rss_mib
    text = ", ".join(f"{part:.0%} {mib:.0f} MiB" for part, mib in held.items())
    if 0.75 not in held or 1.0 not in held:
        return Finding(what=what, ok=False, figures=f"not told at 75 % and 100 %: {text or 'nothing'}")
    return Finding(what=what, ok=held[1.0] <= held[0.75] + GROWTH_MIB, figures=text)
