"""How tests of the outermost floor run the bot: as a user would, in a process of its own, and what every report must say."""

import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any
from unittest.mock import patch

import msgspec

from run_bot import main
from tests.conftest import ROOT

PARTS = ("filled", "cancelled", "expired", "rejected", "failed", "resting", "unknown")
ENDS = ("complete", "missed", "unwound", "exposed")
SAMPLE = next((ROOT / "config" / "samples").glob("*.jsonl.gz"))
BOT = (sys.executable, str(ROOT / "run_bot.py"))


class Run(msgspec.Struct, frozen=True):
    """What a user sees of one run."""

    code: int
    out: str
    err: str


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Ours, without settings that somebody may have put there."""
    return {**{name: value for name, value in os.environ.items() if not name.startswith("STEELYARD__")}, **(more or {})}


def run_bot(*words: str | Path, env: Mapping[str, str] | None = None) -> Run:
    """Run it to its end, without a terminal."""
    done = subprocess.run([*BOT, *map(str, words)], capture_output=True, text=True, check=False, timeout=60, env=environment(env))
    return Run(done.returncode, done.stdout, done.stderr)


def run_here(*words: str | Path, env: Mapping[str, str] | None = None) -> Run:
    """The same in this process, where a process of its own would add nothing but its start."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err), patch.dict(os.environ, environment(env), clear=True):
        try:
            code = main([*map(str, words)])
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else -1
    return Run(code, out.getvalue(), err.getvalue())


def run_bot_and_stop(*words: str | Path, after_s: float, number: int = signal.SIGINT) -> Run:
    """Run it and send one signal, `after_s` after its first line."""
    bot = subprocess.Popen(
        [*BOT, *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment({"PYTHONUNBUFFERED": "1"})
    )
    assert bot.stdout is not None
    first = bot.stdout.readline()
    time.sleep(after_s)
    bot.send_signal(number)
    out, err = bot.communicate(timeout=60)
    return Run(bot.returncode, first + out, err)


def assert_refused(run: Run, code: int, *pieces: str) -> None:
    """One line on stderr that holds all `pieces`, no traceback, this exit code."""
    assert run.code == code, run
    lines = run.err.strip().splitlines()
    assert len(lines) == 1, run.err
    assert lines[0].startswith("run_bot.py: ")
    for piece in pieces:
        assert piece in lines[0]


def unexpected(err: str) -> str:
    """What was said on stderr, but for the warning that belongs to arbitrage: legs are not atomic, and one that is left over is told of."""
    return "".join(line for line in err.splitlines(keepends=True) if "what=alert" not in line or 'kind="bundle exposed"' not in line)


def report_of(path: Path) -> dict[str, Any]:
    """A report file."""
    told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return told


def without_machine(report: Mapping[str, Any]) -> dict[str, Any]:
    """What two runs of one seed have in common: everything but wall-clock figures, and those of the single runs of --each."""
    kept = {key: value for key, value in report.items() if key not in {"machine", "runs"}}
    return {**kept, "runs": [without_machine(run) for run in report["runs"]]} if "runs" in report else kept


def assert_adds_up(report: Mapping[str, Any]) -> None:
    """Parts sum to wholes, money is conserved, and nothing that does not exist is 0."""
    orders, fills = report["orders"], report["fills"]
    assert sum(orders[part] for part in PARTS) == orders["placed"]
    assert fills["count"] == sum(count for sides in fills["by_outcome_side"].values() for count in sides.values())
    assert fills["shares_micro"] == sum(shares for sides in fills["shares_micro_by_outcome_side"].values() for shares in sides.values())
    assert report["conserved"] is True
    assert report["markouts"] is None
    if report["arbitrage"] is not None:
        windows, bundles = report["arbitrage"]["windows"], report["arbitrage"]["bundles"]
        assert windows["seen"] == windows["taken"] + sum(windows["missed"].values()) + windows["open"]
        assert bundles["opened"] == sum(bundles[end] for end in ENDS) + bundles["in_flight"]
