"""What a run shows and how sure it is: a count and an interval beside every result, and no verdict where there cannot be one."""

from statistics import fmean
from typing import Final

import msgspec

from oms import intervals
from oms.values.history import Measure
from oms.values.units import MICRO, CashMicro

VERDICT_NEEDS: Final = 40
"""Fills below which nothing is concluded (requirements, rulings §4)."""
EVENTS_NEED: Final = 30
"""Paid-out events below which nothing is concluded: results are skewed (many small gains, few large losses), and with fewer of them a fair
strategy is said to make money far too often (measured: in 40 % of runs with 10 of them, in 5 % with 30)."""


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """What the measures rest on."""

    filled_orders: int
    """Of the ended ones: those that were filled at least in part, and not undone by their settlement."""
    ended_orders: int
    maker_fills: int
    fills: int
    inferred_fills: int
    failed: int
    """Trades whose settlement failed."""
    settled: int
    """Trades whose settlement is over, failed or not."""
    results_micro: tuple[CashMicro, ...]
    """What each event that was paid out brought or cost, fees included; only those in which something of ours was filled. A market that belongs to no
    event is one by itself. Markets of one event are no tries of their own: in an arbitrage each leg loses what another one wins."""


def measures_of(counts: Counts) -> tuple[Measure, ...]:
    """All measures; those without anything to rest on have no value."""
    results = [result / MICRO for result in counts.results_micro]
    between = intervals.mean(results)
    return (
        Measure(
            name="result of an event that was paid out",
            unit="usd",
            value=fmean(results) if results else None,
            low=between[0] if between else None,
            high=between[1] if between else None,
            count=len(results),
            of="events with fills of ours, taken as independent of each other; a market alone is one",
        ),
        _share("orders that were filled, at least in part", counts.filled_orders, counts.ended_orders, "orders that ended"),
        _share("fills as the resting side", counts.maker_fills, counts.fills, "fills"),
        _share("fills that rest on inferred trades", counts.inferred_fills, counts.fills, "fills"),
        _share("settlements that failed", counts.failed, counts.settled, "settlements that are over"),
    )


def verdict_of(measures: tuple[Measure, ...], fills: int, *, is_whole: bool, is_simulated: bool) -> str:
    """What may be concluded about the result, in a sentence."""
    result = measures[0]
    if fills < VERDICT_NEEDS:
        return f"No verdict: {fills} fills are too few to conclude anything from; it takes at least {VERDICT_NEEDS}."
    if result.count < EVENTS_NEED or result.low is None or result.high is None:
        return f"No verdict: {result.count or 'none'} of its events paid out; results are skewed, so it takes at least {EVENTS_NEED}."
    if result.low > 0:
        said = "made money in its events by more than chance explains"
    elif result.high < 0:
        said = "lost money in its events by more than chance explains"
    else:
        said = "cannot be told from breaking even"
    began = "This run" if is_whole else "So far this run"
    simulated = ", with simulated fills," if is_simulated else ""
    return f"{began}{simulated} {said} ({result.count} paid-out events, {fills:,} fills; 95 % interval, see the measures)."


def _share(name: str, part: int, whole: int, of: str) -> Measure:
    between = intervals.share(part, whole)
    return Measure(
        name=name,
        unit="share",
        value=part / whole if whole else None,
        low=between[0] if between else None,
        high=between[1] if between else None,
        count=whole,
        of=of,
    )
