"""`doctor`: is everything ready for `live`? A short list, and the one thing to do next."""

import argparse
import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from config.assembly.doctor import Doctor
from config.console import folded, plain
from config.settings import FOLDER, BadSettings, load
from config.verbs.paper import outside_of
from connectors.polymarket.doctor import Check, Mark, bad

READY: Final = 0
NOT_READY: Final = 3


def run(chosen: argparse.Namespace) -> int:
    """0: ready; 3: not, and the last line says what to do."""
    path: Path = chosen.config or FOLDER / "live.toml"
    try:
        settings = load(path)
    except BadSettings as error:
        return _told([bad("configuration", str(error), f"mend {path}")], "")
    settings = outside_of(settings, chosen)
    words = " ".join([f"--config {path}", *([f"--host {chosen.host}"] if chosen.host is not None else [])])
    start = f"run_bot.py live --live {words}" if settings.live.live else f"set live = true in {path}, then: run_bot.py live --live {words}"
    return _told(asyncio.run(Doctor(settings, path, is_hosted=chosen.host is not None).look()), start)


def _told(checks: Sequence[Check], start: str) -> int:
    """Print the lines and one next step; the exit code."""
    print("doctor: is everything ready for `live`?")
    width = max(len(check.name) for check in checks)
    for check in checks:
        print(folded(f"  {check.mark.value} {check.name:{width}}  {plain(check.text)}"))
    first = next((check for check in checks if check.mark is Mark.BAD), None)
    print(folded(f"next: {plain(first.step)}" if first is not None else f"next: ready; {start}"))
    return READY if first is None else NOT_READY
