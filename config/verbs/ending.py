"""What runs have in common for the person who typed them: a log, an end in order on the first signal, a report on request, an exit code."""

import argparse
import errno
import gc
import json
import logging
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import msgspec

from config.assembly.joined import Keep
from config.console import Progress
from config.log_file import in_file
from config.logs import on_stderr, room, say
from config.refusals import HALTED as HALTED
from config.refusals import SaidNo
from config.settings import BadSettings, LogSection, Settings
from connectors.chunks import TapeError
from oms.ports import JournalFailed

DONE = 0
BOOKS_DISAGREE = 4
STOPPED = 130
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class FileSaidNo(SaidNo):
    """A file could not be written, or a process not begun; one line names it and the way out."""


Run = Callable[[Progress], dict[str, Any]]


class Stoppable(Protocol):
    """Something that looks, now and then, whether it shall end."""

    stop: bool


@contextmanager
def stoppable(work: Stoppable) -> Iterator[None]:
    """The first Ctrl-C or SIGTERM asks `work` to end in order, the second one ends the process at once. Afterwards signals are heard as before."""

    def asked(_number: int, _frame: object) -> None:
        if work.stop:
            sys.exit(STOPPED)
        work.stop = True

    before = {number: signal.signal(number, asked) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def logged(chosen: argparse.Namespace, settings: Settings) -> Iterator[Settings]:
    """Log as the words say, else the environment, else the file.

    Yields what the run itself is told: how much of it is logged makes no other run, and no other journal.
    """
    log = settings.log
    file = Path(log.file).expanduser() if log.file else None
    with on_stderr(chosen.log_level or log.level), in_file(file, log.file_mb * 1_000_000, log.files):
        try:
            yield msgspec.structs.replace(settings, log=LogSection())
        except (TapeError, JournalFailed, FileSaidNo) as error:
            say(room("run"), logging.INFO, "run breaks off", why=error)  # whoever called says it aloud
            raise
        except OSError as error:  # whatever belongs to a file has its own words by now: this is our output
            if error.errno not in _NO_ROOM:
                raise
            sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # what is left over is not tried again at the end  # noqa: SIM115
            raise FileSaidNo(f"what the run says could not be written ({error.strerror}); make room, or send it somewhere else") from None


def until_stopped(shown: Progress, run: Run) -> dict[str, Any]:
    """Run; the first Ctrl-C or SIGTERM ends it in order, with a summary; the second one at once."""
    gc.collect()
    gc.freeze()  # what is there from the start stays: the collector need not look at it again
    with stoppable(shown):
        try:
            return run(shown)
        finally:
            shown.end()


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
