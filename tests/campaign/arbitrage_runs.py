"""Thousands of seeded runs of arbitrage on the built-in exchange: rivals who see the same, orders that take 100 to 300 ms, settlements that fail.

Each run has one event of a number of outcomes that its seed picks, with a fee rate and a conversion fee that it picks too. What must hold in each:
money is conserved, no bundle cost more than its bound, every bundle had one of four ends. What they came to is drawn as a picture (DRAWN).
"""

import random
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Final

import msgspec

from config.assembly.demo import Demo
from config.settings import FOLDER, load
from oms.values.units import MICRO
from tests.campaign.arbitrage_picture import picture
from tests.campaign.judge import Finding
from tests.campaign.size import Say, Size

SETTINGS: Final = FOLDER / "arbitrage.toml"
DRAWN: Final = Path(__file__).resolve().parents[2] / "docs" / "arbitrage-runs.svg"
FULL: Final = 10_000
"""A campaign of so many runs draws the picture anew."""
_CHUNK: Final = 20


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """What one run came to."""

    seed: int
    conserved: str
    """Empty: it is."""
    result_micro: int
    """Cash in the end less cash in the beginning; every market has paid."""
    worst_bundle_micro: int
    ends: dict[str, int]
    seen: int
    taken: int
    legs: tuple[int, int]
    """FOK legs sent, filled."""
    left: str
    """What was not over in the end; empty: nothing."""


def run_once(seed: int, seconds: int) -> Run:
    """One seed."""
    dice = random.Random(f"{seed} arbitrage")
    base = load(SETTINGS, {})
    demo = msgspec.structs.replace(
        base.demo, event_count=1, outcomes=(2, dice.choice((3, 5, 8))), window_s=seconds, outage_s=0, fee_rate_bps=dice.choice((0, 0, 400)),
        rivals=dice.choice((0, 1, 2, 3)), failing_ppm=dice.choice((0, 20_000, 100_000)),
    )  # fmt: skip
    run = Demo(msgspec.structs.replace(base, demo=demo), seed=seed, seconds=seconds)
    report = run.run()
    told, cash, orders = report["arbitrage"], report["cash"], report["orders"]
    over = {name: told["bundles"][name] for name in ("complete", "missed", "unwound", "exposed")}
    left = [name for name in ("resting", "unknown") if orders[name]]
    return Run(
        seed=seed,
        conserved="" if report["conserved"] is True else str(report["conserved"]),
        result_micro=cash["equity_worst_micro"] - cash["start_micro"],
        worst_bundle_micro=told["worst_micro"],
        ends=over,
        seen=told["windows"]["seen"],
        taken=told["windows"]["taken"],
        legs=(told["legs"]["fok"]["sent"], told["legs"]["fok"]["filled_whole"]),
        left=", ".join(left + (["a bundle"] if told["bundles"]["in_flight"] else [])),
    )


def _chunk(first: int, last: int, seconds: int) -> list[Run]:
    return [run_once(seed, seconds) for seed in range(first, last + 1)]


def rivals(size: Size, say: Say) -> Iterator[Finding]:
    """All of them, side by side."""
    runs: list[Run] = []
    with ProcessPoolExecutor(size.jobs) as workers:
        firsts = range(1, size.arbitrage_runs + 1, _CHUNK)
        asked = [workers.submit(_chunk, first, min(first + _CHUNK - 1, size.arbitrage_runs), size.arbitrage_seconds) for first in firsts]
        for one in asked:
            runs += one.result()
            say(f"{len(runs):,} runs")
    bound = load(SETTINGS, {}).limits.bundle_loss_max_usd * MICRO
    broken = [f"seed {run.seed}: {run.conserved}" for run in runs if run.conserved]
    yield Finding(what="money conserved", ok=not broken, figures="; ".join(broken[:3]) or f"in {len(runs):,} of {len(runs):,} runs")
    worst = min(runs, key=lambda run: run.worst_bundle_micro)
    figures = f"the worst bundle left {worst.worst_bundle_micro / MICRO:.2f} dollars at least (seed {worst.seed}), the bound is {-bound / MICRO:.2f}"
    yield Finding(what="no bundle cost more than its bound", ok=-worst.worst_bundle_micro <= bound, figures=figures)
    unfinished = [f"seed {run.seed}: {run.left}" for run in runs if run.left]
    yield Finding(what="everything came to an end", ok=not unfinished, figures="; ".join(unfinished[:3]) or f"{len(runs):,} runs")
    yield _what_came_of_it(runs)
    if len(runs) >= FULL:
        DRAWN.write_text(picture([run.result_micro / MICRO for run in runs], "Result of a run, dollars"), encoding="utf-8")


def _what_came_of_it(runs: list[Run]) -> Finding:
    ends: Counter[str] = Counter()
    for run in runs:
        ends.update(run.ends)
    results = sorted(run.result_micro / MICRO for run in runs)
    sent, filled = (sum(run.legs[part] for run in runs) for part in (0, 1))
    rows = [f"  {count:>8,}  bundles {name}" for name, count in ends.items()]
    rows += [
        f"  {sum(run.seen for run in runs):>8,}  windows seen, {sum(run.taken for run in runs):,} taken",
        f"  {filled:>8,}  of {sent:,} FOK legs filled",
    ]
    rows += [f"  {results[round(part * (len(results) - 1))]:>8.2f}  dollars at {name}" for name, part in _PARTS]
    rows += [f"  {sum(results) / len(results):>8.2f}  dollars a run in the mean; {sum(one < 0 for one in results):,} runs lost"]
    return Finding(what="what came of it", ok=sum(ends.values()) > 0, figures=f"{sum(ends.values()):,} bundles", table="\n".join(rows))


_PARTS: Final = (("the worst", 0.0), ("p1", 0.01), ("p10", 0.1), ("the median", 0.5), ("p90", 0.9), ("the best", 1.0))
