"""Prometheus' own tool, as `make test` puts it there, and every name that something of ours tells Prometheus."""

import shutil
import subprocess
from pathlib import Path

from connectors.operator.metrics.exporter import Exporter, Known
from connectors.operator.metrics.telegram import LAST_SUCCESS, MESSAGES, REJECTED
from tests.house.tree import ROOT

UNPACKED = ROOT / ".venv-promtool" / "usr" / "bin" / "promtool"


def promtool(*words: str | Path, told: str = "") -> str:
    """What it says of files of ours, or of what it is told; whatever is wrong with them fails the test."""
    tool = shutil.which("promtool") or str(UNPACKED)
    assert Path(tool).exists(), "promtool is missing: `make promtool` fetches it (Debian: the package prometheus holds it)"
    done = subprocess.run([tool, *map(str, words)], input=told, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def names_told() -> dict[str, tuple[str, ...]]:
    """Every name → its labels, those aside that Prometheus itself puts on (job, instance)."""
    exporter = Exporter(Known(verb="live", version="1", commit="c", reasons=("ORDER_CAP",), guards={"drawdown": 1, "day loss": 1}))
    return exporter.names() | dict.fromkeys((LAST_SUCCESS, MESSAGES, REJECTED), ())
