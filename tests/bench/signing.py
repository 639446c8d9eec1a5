"""Order → request bytes, against the curve alone and the official client (tests/referee/speed.py, in an interpreter of its own)."""

from pathlib import Path
from typing import Final

from tests.bench.apart import run_apart
from tests.bench.rounds import Aim, Line, compared

_SPEED: Final = str(Path(__file__).resolve().parents[1] / "referee" / "speed.py")
CURVE: Final = "the curve alone"
OFFICIAL: Final = "official client with coincurve"
AS_INSTALLED: Final = "official client as installed"


def lines(orders: int, rounds: int) -> list[Line]:
    """The whole road: amounts, id, signature, body, L2 headers."""
    found = run_apart(str(orders), str(rounds), file=_SPEED)
    aims = (Aim(OFFICIAL, 8, 12), Aim(CURVE, 1 / 2.2, 1 / 1.5), Aim(AS_INSTALLED, 80))
    return [compared("order to request bytes", "us p50", found, more_is_better=False, aims=aims)]
