"""From the bytes of a market frame to a signed order that a server has read, and orders a second through our own gateway. Loopback only.

It wants aiohttp beside the official client, which the environment of the referee has (`make referees`); without it our own, and no official client.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

from tests.bench.rounds import Aim, Line, compared

OURS: Final = "ours"
OFFICIAL: Final = "official client with coincurve"
AS_INSTALLED: Final = "official client as installed"
FLOOR: Final = "bytes that were ready, one write"
_ROOT: Final = Path(__file__).resolve().parents[2]


def lines(frames: int, orders: int, rounds: int) -> list[Line]:
    """Frame to order, and our gateway with one and with eight orders in flight."""
    found = _race("order", frames, rounds)
    aims = (Aim(OFFICIAL, 8, 11), Aim(FLOOR, 1 / 4, 1 / 3), Aim(AS_INSTALLED, 20))
    speed = _race("gateway", orders, rounds)
    return [
        compared("market frame to signed order at a server", "us p50", found["p50"], more_is_better=False, aims=aims, more=found["p99"]),
        compared("orders through our gateway, 8 in flight", "orders/s", {OURS: speed["8"], "1 in flight": speed["1"]}),
    ]


def _race(what: str, number: int, rounds: int) -> dict[str, Any]:
    """In the environment that has most."""
    pythons = [_ROOT / folder / "bin" / "python" for folder in (".venv-referee", ".venv")]
    python = next((str(path) for path in pythons if path.exists()), sys.executable)
    words = [python, str(Path(__file__).with_name("wire_race.py")), what, str(number), str(rounds)]
    done = subprocess.run(words, cwd=_ROOT, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found
