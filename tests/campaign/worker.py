"""One run in an interpreter of its own: a virtual stretch of the demo, or one recorded tape; its word is JSON, a line each, on stdout.

`python tests/campaign/worker.py demo SECONDS SEED` or `... replay TAPE SEED`. Lines with "part" tell how far it is and how much memory the
process holds then; the last line is the outcome. Two runs of the same words must end with the same outcome, whatever PYTHONHASHSEED is.
"""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # called as a file: the root of the repository is not on the path

from config.assembly.demo import START_NS, Demo
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


def main(words: list[str]) -> int:
    """Run what the words say."""
    kind, what, seed = words
    if kind == "demo":
        report = Demo(load(FOLDER / "demo.toml", {}), seed=int(seed), seconds=int(what)).run(quarters(int(what)))
    else:
        settings = load(FOLDER / "replay.toml", {})
        report = Replay(settings, open_tapes(settings, [Path(what)]), seed=int(seed)).run()
    say(part=1.0, rss_mib=round(rss_mib(), 1))
    say(outcome=outcome(report), wall_s=report["machine"]["wall_s"])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
