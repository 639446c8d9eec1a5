"""Running worker.py in an interpreter of its own, and reading its words."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from tests.house.tree import ROOT

_WORKER: Final = Path(__file__).with_name("worker.py")
_ERROR_LINES: Final = 3


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """What a soak holds at one moment."""

    hours: float
    """Virtual, since its beginning."""
    rss_mib: float
    blocks: int
    """Of memory that Python has handed out: exact, where the operating system's figure has holes in it."""
    cpu_s: float
    orders: int
    fills: int
    markets: int
    """Known so far."""
    kept: dict[str, int]
    """What is remembered → how much of it now."""


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one run."""

    outcome: dict[str, Any] = {}
    rss_mib: dict[float, float] = {}
    """Part of the way → memory held then."""
    wall_s: float = 0.0
    looks: tuple[Look, ...] = ()
    machine: dict[str, Any] = {}
    """What depends on the machine: processor seconds, turns in microseconds, bytes of the journal."""
    error: str = ""
    """Not empty: it did not end as it should; its last words."""


def run_apart(words: Sequence[str], hash_seed: int, say: Callable[[str], None]) -> Ended:
    """Run the worker to its end and read what it says; `say` hears how far it is."""
    outcome: dict[str, Any] = {}
    rss_mib: dict[float, float] = {}
    machine: dict[str, Any] = {}
    looks: list[Look] = []
    environment = {**os.environ, "PYTHONHASHSEED": str(hash_seed)}
    with subprocess.Popen(
        [sys.executable, str(_WORKER), *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as worker:
        assert worker.stdout is not None
        assert worker.stderr is not None
        for line in worker.stdout:
            told = json.loads(line)
            if "part" in told:
                rss_mib[told["part"]] = told["rss_mib"]
                say(f"{told['part']:.0%}, {told['rss_mib']} MiB")
            elif "look" in told:
                looks.append(msgspec.convert(told["look"], Look))
                say(f"{looks[-1].hours:g} h, {looks[-1].rss_mib} MiB, {looks[-1].orders:,} orders")
            else:
                outcome, machine = told["outcome"], told["machine"]
        last_words = worker.stderr.read().strip().splitlines()[-_ERROR_LINES:]
    if worker.returncode or not outcome:
        return Ended(rss_mib=rss_mib, error=f"{' '.join(words)}: exit code {worker.returncode}; {' | '.join(last_words) or 'no last words'}")
    return Ended(outcome=outcome, rss_mib=rss_mib, wall_s=machine["wall_s"], looks=tuple(looks), machine=machine)


def audited_under_another_hash_seed(tape: Path, journal: Path) -> str:
    """Replay a tape into a journal, then do it again from that journal in an interpreter with another hash seed: every entry must come out the same,
    and the conclusion. Empty when it does, else what was said."""
    for hash_seed, word in ((1, None), (2, "--resume")):
        words = [sys.executable, "run_bot.py", "replay", str(tape), "--journal", str(journal), *([word] if word else [])]
        environment = {**os.environ, "PYTHONHASHSEED": str(hash_seed)}
        done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            return f"exit {done.returncode}: {done.stderr.strip()[-300:]}"
    return ""
