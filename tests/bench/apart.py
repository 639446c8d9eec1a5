"""What needs an interpreter of its own: memory of many books, and pauses of the collector over a virtual stretch of the demo.

`python tests/bench/apart.py books MARKETS TICK_PIPS` or `... demo SECONDS freeze|usual`; one JSON object on stdout.
"""

import gc
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Final

_ROOT: Final = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(_ROOT))  # called as a file: the root of the repository is not on the path

from config.assembly.demo import Demo  # noqa: E402
from config.settings import FOLDER, load  # noqa: E402
from connectors.polymarket.book_hash import digest  # noqa: E402
from oms.engine import Engine  # noqa: E402
from oms.state import EngineSettings  # noqa: E402
from oms.values.events import BookReset, MarketListed  # noqa: E402
from oms.values.units import MICRO  # noqa: E402
from tests.bench.frames import START_NS, given_market  # noqa: E402
from tests.bench.pauses import Pauses, census  # noqa: E402
from tests.bench.rounds import Aim, Line, significant  # noqa: E402

LEVELS: Final = 40
SEED: Final = 7
MEMORY_MIB: Final = 150


def rss_mib() -> float:
    """Memory that this process holds now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def books(markets: int, tick_pips: int) -> dict[str, float]:
    """Open so many desks, fill both books of each with 40 levels a side, every size another integer."""
    gc.collect()
    before = rss_mib()
    engine = Engine(EngineSettings(digest=digest))
    for number in range(markets):
        market = given_market(number, tick_pips)
        engine.apply(MarketListed(market=market), START_NS)
        for token in (market.yes, market.no):
            sizes = [(rank * 7 + number % 1_000 + 5) * MICRO for rank in range(LEVELS)]
            bids = tuple((5_000 - (rank + 1) * tick_pips, size + 1) for rank, size in enumerate(sizes))
            asks = tuple((5_000 + (rank + 1) * tick_pips, size + 2) for rank, size in enumerate(sizes))
            engine.apply(BookReset(token=token, bids=bids, asks=asks, exchange_ns=START_NS), START_NS)
    gc.collect()
    return {"mib": rss_mib() - before}


def demo(seconds: int, *, freeze: bool) -> dict[str, Any]:
    """The demo as fast as it goes, every pause of the collector timed."""
    run = Demo(load(FOLDER / "demo.toml", {}), seed=SEED, seconds=seconds)
    if freeze:
        gc.collect()
        gc.freeze()
    pauses = Pauses()
    wall = time.perf_counter()
    report = run.run()
    wall = time.perf_counter() - wall
    pauses.over()
    assert report["conserved"] is True, report["conserved"]
    return {
        "speed": seconds / wall,
        "events_s": report["events"] / wall,
        "pauses": len(pauses.seconds),
        "full": pauses.full,
        "longest_ms": pauses.longest_ms,
        "share": sum(pauses.seconds) / wall,
        "walked_over": census(),
    }


def run_apart(*words: str, file: str = __file__) -> dict[str, Any]:
    """Call this file, or another one, in a fresh interpreter."""
    done = subprocess.run([sys.executable, file, *words], cwd=_ROOT, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def memory_lines(markets: int) -> list[Line]:
    """MiB for many markets, on the two grids that the venue uses most."""
    lines = []
    for tick_pips in (100, 10):
        mib = run_apart("books", str(markets), str(tick_pips))["mib"]
        lines.append(
            Line(
                bench=f"memory of {markets:,} markets, tick {tick_pips / 10_000}",
                value=round(mib, 1),
                unit="MiB",
                rounds=1,
                ratio_to={f"{MEMORY_MIB} MiB for 3,000": significant(MEMORY_MIB * markets / 3_000 / mib)},
                aims=(Aim(f"{MEMORY_MIB} MiB for 3,000", 1),),
                more={"kib_a_market": significant(mib * 1_024 / markets), "levels": f"{LEVELS} a side, both tokens"},
            )
        )
    return lines


def demo_lines(seconds: int, rounds: int) -> list[Line]:
    """Longest pause of the collector, as it is and frozen after start-up, with what it walked over; and how fast the demo goes."""
    found: dict[str, list[dict[str, Any]]] = {"usual": [], "freeze": []}
    for _ in range(rounds):
        for name, runs in found.items():
            runs.append(run_apart("demo", str(seconds), name))
    lines = [
        Line(
            bench=f"collector, {seconds:,} virtual s, {'gc.freeze() at the start' if name == 'freeze' else 'as it comes'}",
            value=significant(max(run["longest_ms"] for run in runs)),
            unit="ms longest",
            rounds=rounds,
            more={
                "pauses": float(runs[0]["pauses"]),
                "full": float(runs[0]["full"]),
                "share_of_time": significant(max(run["share"] for run in runs)),
                "walked_over": runs[0]["walked_over"],
            },
        )
        for name, runs in found.items()
    ]
    speeds = sorted(run["speed"] for run in found["usual"])
    events = sorted(run["events_s"] for run in found["usual"])
    lines.append(
        Line(
            bench="demo speed",
            value=round(speeds[len(speeds) // 2], 1),
            unit="virtual s/s",
            rounds=rounds,
            more={"facts_a_second": round(events[len(events) // 2])},
        )
    )
    return lines


if __name__ == "__main__":
    kind, *rest = sys.argv[1:]
    print(json.dumps(books(int(rest[0]), int(rest[1])) if kind == "books" else demo(int(rest[0]), freeze=rest[1] == "freeze")))
