"""How a simulated run ends for the person who typed it: in order on the first signal, with a report on request, with an exit code."""

import argparse
import gc
import json
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from config.assembly.joined import Keep
from config.console import Progress
from config.settings import BadSettings

DONE = 0
BOOKS_DISAGREE = 4


class FileSaidNo(RuntimeError):
    """A file could not be written; one line names it and the way out."""


Run = Callable[[Progress], dict[str, Any]]


def until_stopped(shown: Progress, run: Run) -> dict[str, Any]:
    """Run; the first Ctrl-C or SIGTERM ends it in order, with a summary; the second one at once."""
    gc.collect()
    gc.freeze()  # what is there from the start stays: the collector need not look at it again

    def stop(_number: int, _frame: object) -> None:
        if shown.stop:
            sys.exit(130)
        shown.stop = True

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        return run(shown)
    finally:
        shown.end()
        for number, handler in before.items():
            signal.signal(number, handler)


def check_report(path: Path | None, *others: Path | None) -> None:
    """Can the report be written at the end, and over none of the other files of the run? Better to hear it before the run. Raises BadSettings."""
    if path is None:
        return
    if path.is_dir() or not path.resolve().parent.is_dir():
        raise BadSettings(f"--report {path}: is a folder, or in a folder that does not exist; name a file in a folder that does")
    if any(other is not None and path.resolve() == other.resolve() for other in others):
        raise BadSettings(f"--report {path}: the run reads or writes this very file; name another one")


def conclude(path: Path | None, report: dict[str, Any]) -> int:
    """Write the report, if one was asked for; the exit code says whether the books agree. Raises FileSaidNo when it cannot be written."""
    if path is not None:
        try:
            path.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
        except OSError as error:
            raise FileSaidNo(f"{path}: the report could not be written ({error.strerror}); name another file with --report") from None
        print(f"  report     {path}")
    return DONE if report["conserved"] is True else BOOKS_DISAGREE


def keep_of(chosen: argparse.Namespace, what: str) -> Keep | None:
    """Where to keep the journal, as the words say. Raises BadSettings: --resume without --journal."""
    if chosen.journal is None:
        if chosen.resume:
            raise BadSettings("--resume: which run? Name its journal with --journal FILE")
        return None
    return Keep(path=chosen.journal, run_id=f"{what}, seed {chosen.seed}", resume=chosen.resume)
