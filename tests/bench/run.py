#!/usr/bin/env python3
"""`make bench`: one JSON line a figure on stdout, a table for people on stderr. No network; what is fed in is made up from a seed.

* `make peers`: first, once, install the other projects that are compared with; without them `make bench` says loudly what it leaves out
* `make bench`: everything but the day, some minutes
* `make bench ARGS="--only turn"`: what has "turn" in the name of its group
* `make bench ARGS="--only day"`: the collector over a whole virtual day, twice five minutes
* `make bench ARGS=--quick`: ten seconds, to see that every path runs; its figures mean nothing
"""

import argparse
import os
import platform
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

import msgspec

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # called as a file: the root of the repository is not on the path

from tests.bench import apart, arbitrage, backtest, collector, durable, market_data, matching, signing, turn, wire
from tests.bench.peers.found import tell_missing
from tests.bench.rounds import Line, tell

NOT_MEASURED: Final = "Not measured: WebSocket receive; a frame begins as bytes in our hands."


class Size(msgspec.Struct, frozen=True, kw_only=True):
    """How much is done."""

    rounds: int = 5
    frames: int = 10_000
    many_markets: int = 250
    operations: int = 60_000
    markets: int = 3_000
    turns: int = 2_000
    orders: int = 500
    containers: int = 1_000_000
    virtual_s: int = 3_600
    day_s: int = 86_400
    single_rounds: int = 1
    """Of what takes long and is steady."""


QUICK: Final = Size(rounds=1, frames=300, many_markets=5, operations=1_000, markets=20, turns=20, orders=10, containers=2_000, virtual_s=60, day_s=60)

GROUPS: Final[dict[str, Callable[[Size], Iterable[Line]]]] = {
    "raw": lambda size: (market_data.raw_to_best(markets, size.frames, size.rounds) for markets in (1, size.many_markets)),
    "view": lambda size: [market_data.view_each_update(size.frames, size.rounds)],
    "turn": lambda size: [
        turn.whole_turn("whole turn, calm book, quotes mostly stay", size.frames, size.rounds, restless=False),
        turn.whole_turn("whole turn, the middle moves with each frame", size.frames, size.rounds, restless=True),
        turn.whole_turn("whole turn, the same, quotes without patience", size.frames, size.rounds, restless=True, patience_pips=0),
    ],
    "arbitrage": lambda size: [
        arbitrage.near_misses(size.operations, size.rounds),
        arbitrage.frame_to_commands(size.markets, size.turns // 2, size.rounds),
    ],
    "backtest": lambda size: backtest.lines(size.frames, size.rounds),
    "matching": lambda size: [
        matching.bare(size.operations, size.rounds, deep=True),
        matching.bare(size.operations, size.rounds, deep=False),
        matching.with_clearing(size.operations // 4, size.rounds),
    ],
    "signing": lambda size: signing.lines(size.orders, size.rounds),
    "wire": lambda size: wire.lines(max(100, size.frames // 5), size.orders, size.rounds),
    "journal": lambda size: durable.lines(size.turns, size.rounds),
    "memory": lambda size: apart.memory_lines(size.markets),
    "collector": lambda size: collector.lines(size.containers, size.single_rounds),
    "demo": lambda size: apart.demo_lines(size.virtual_s, size.single_rounds),
    "day": lambda size: apart.demo_lines(size.day_s, size.single_rounds),
}
ASKED_FOR: Final = ("day",)
"""Groups that run only when they are named."""


def main(words: list[str] | None = None) -> int:
    """Parse, measure, tell."""
    parser = argparse.ArgumentParser(prog="make bench", description="Benchmarks: only ratios inside one run mean anything elsewhere.")
    parser.add_argument("--quick", action="store_true", help="see that every path runs; the figures mean nothing")
    parser.add_argument("--only", metavar="WORD", default="", help=f"only the groups with WORD in their name: {', '.join(GROUPS)}")
    chosen = parser.parse_args(words)
    size = QUICK if chosen.quick else Size()
    names = [name for name in GROUPS if chosen.only in name and (chosen.only or name not in ASKED_FOR)]
    if not names:
        parser.error(f"no group has {chosen.only!r} in its name; there are {', '.join(GROUPS)}")
    load = os.getloadavg()[0]
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, load {load:.1f}, {size.rounds} rounds", file=sys.stderr)
    tell_missing()
    for name in names:
        for line in GROUPS[name](size):
            tell(line)
    print(NOT_MEASURED, file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
