"""One run in an interpreter of its own: a virtual stretch of the demo or of the soak, or one recorded tape; its word is JSON, a line each, on stdout.

    python tests/campaign/worker.py demo SECONDS SEED
    python tests/campaign/worker.py soak SECONDS SEED LOOK_SECONDS [JOURNAL]
    python tests/campaign/worker.py replay TAPE SEED

Lines with "part" tell how far it is and how much memory the process holds then, lines with "look" all that a soak holds; the last one is the outcome.
Two runs of the same words must end with the same outcome, whatever PYTHONHASHSEED is.
"""

import gc
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # called as a file: the root of the repository is not on the path

from config.assembly.demo import START_NS, Demo
from config.assembly.joined import Keep
from config.assembly.replay import Replay, open_tapes
from config.settings import FOLDER, load
from oms.values.units import NS_PER_SECOND, Nanos

QUARTERS: Final = 4
_ENDINGS: Final = ("filled", "cancelled", "expired", "rejected", "failed", "resting", "unknown")


def rss_mib() -> float:
    """Memory that this process holds now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def say(**words: object) -> None:
    """One line of JSON."""
    print(json.dumps(words), flush=True)


def outcome(report: dict[str, Any]) -> dict[str, Any]:
    """What two equal runs must agree on, and what must be true of each."""
    orders = report["orders"]
    return {
        "commands_hash": report["commands_hash"],
        "commands": report["commands"],
        "conserved": report["conserved"],
        "orders": orders,
        "parts_sum": sum(orders[name] for name in _ENDINGS) == orders["placed"],
        "fills": report["fills"],
        "cash": report["cash"],
        "events": report["events"],
        "turns": report["turns"],
    }


def quarters(seconds: int) -> Callable[[Nanos], bool]:
    """A pace that tells the memory at each quarter of the way."""
    told = 0

    def pace(at_ns: Nanos) -> bool:
        nonlocal told
        part = (at_ns - START_NS) * QUARTERS // (seconds * NS_PER_SECOND)
        if told < part < QUARTERS:
            told = part
            say(part=part / QUARTERS, rss_mib=round(rss_mib(), 1))
        return True

    return pace


def looks(demo: Demo, every_s: int) -> Callable[[Nanos], bool]:
    """A pace that looks at all that is held, each time so many virtual seconds have passed."""
    every_ns, due_ns = every_s * NS_PER_SECOND, START_NS + every_s * NS_PER_SECOND

    def pace(at_ns: Nanos) -> bool:
        nonlocal due_ns
        if at_ns >= due_ns:
            due_ns += every_ns
            gc.collect()
            say(look=look(demo, at_ns))
        return True

    return pace


def look(demo: Demo, at_ns: Nanos) -> dict[str, Any]:
    """See interpreters.Look."""
    state, exchange = demo.joined.engine.state, demo.venue.exchange
    return {
        "hours": round((at_ns - START_NS) / NS_PER_SECOND / 3_600, 2),
        "rss_mib": round(rss_mib(), 1),
        "blocks": sys.getallocatedblocks(),
        "cpu_s": round(time.process_time(), 1),
        "orders": state.blotter.placed,
        "fills": state.blotter.fill_count,
        "markets": len(state.desks) + state.past.markets,
        "kept": {
            "orders": len(state.blotter.in_memory()),
            "markets": len(state.desks),
            "transfers": state.ledger.remembered,
            "names": len(state.past),
            "turns": len(demo.joined.journal.tail),
            "venue orders": exchange.orders_remembered(),
            "venue trades": len(exchange.trades()),
            "venue markets": len(exchange.listings),
            "venue answers": demo.venue.answers.remembered,
        },
    }


def run_soak(words: list[str]) -> dict[str, Any]:
    """Days on end. Returns the report; with a journal, its size under `machine`."""
    seconds, seed, every_s, *kept = words
    keep = Keep(path=Path(kept[0]), run_id="soak") if kept else None
    demo = Demo(load(FOLDER / "soak.toml", {}), seed=int(seed), seconds=int(seconds), keep=keep)
    report = demo.run(looks(demo, int(every_s)))
    if keep is not None:
        report["machine"]["journal_bytes"] = keep.path.stat().st_size
    return report


def main(words: list[str]) -> int:
    """Run what the words say."""
    kind, what, seed = words[:3]
    if kind == "soak":
        report = run_soak(words[1:])
    elif kind == "demo":
        report = Demo(load(FOLDER / "demo.toml", {}), seed=int(seed), seconds=int(what)).run(quarters(int(what)))
    else:
        settings = load(FOLDER / "replay.toml", {})
        report = Replay(settings, open_tapes(settings, [Path(what)]), seed=int(seed)).run()
    say(part=1.0, rss_mib=round(rss_mib(), 1))
    say(outcome=outcome(report), machine={**report["machine"], "cpu_s": round(time.process_time(), 1)})
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
