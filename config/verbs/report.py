"""`report JOURNAL`: what a run came to, from its journal: as text, and on request as JSON and as one page with pictures."""

import argparse
import shutil
import sys
from pathlib import Path

from config.console import folded
from config.report import text
from config.report.as_json import as_json
from config.report.page import page
from config.settings import BadSettings
from config.verbs.ending import BOOKS_DISAGREE, DONE, FileSaidNo
from oms.history import history_of
from oms.values.history import History

_WIDTH = 100
"""Where there is no terminal."""


def run(chosen: argparse.Namespace) -> int:
    """Tell what the journal holds. The code says whether all books agreed: the exchange's with ours, and the journal's with the run's conclusion."""
    check_written(chosen.journal, {"--json": chosen.json, "--html": chosen.html})
    history = history_of(chosen.journal)
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else _WIDTH
    lines = [folded(text.told(history, width, rising=_rising()))]
    try:  # files first: whoever reads the text may go away in the middle of it (`| head`)
        for option, path, made in (("--json", chosen.json, as_json), ("--html", chosen.html, page)):
            if path is not None:
                _write(option, path, made(history))
                lines.append(f"  written    {path}")
    finally:
        print("\n".join(lines))
    return exit_code(history)


def exit_code(history: History) -> int:
    """4 when books did not agree; a journal that does not hold the comparison is no disagreement."""
    return BOOKS_DISAGREE if history.disagreement or history.totals["conserved"] not in {True, None} else DONE


def check_written(journal: Path, wanted: dict[str, Path | None]) -> None:
    """Can these files be written, and over nothing that is needed? Better to hear it first. Raises BadSettings."""
    taken = {name: journal.with_name(journal.name + name) for name in ("", "-wal", "-shm")}  # SQLite's own files belong to the journal
    files = dict.fromkeys([path.resolve() for path in taken.values()], "the journal itself")
    for option, path in wanted.items():
        if path is None:
            continue
        if path.is_dir() or not path.resolve().parent.is_dir():
            raise BadSettings(f"{option} {path}: is a folder, or in a folder that does not exist; name a file in a folder that does")
        if path.resolve() in files or (path.exists() and journal.exists() and path.samefile(journal)):
            raise BadSettings(f"{option} {path}: that is {files.get(path.resolve(), 'the journal itself')}; name another file")
        files[path.resolve()] = "another file of this report"


def _write(option: str, path: Path, content: str) -> None:
    try:
        path.write_text(content, encoding="utf-8", newline="\n")
    except OSError as error:
        raise FileSaidNo(f"{path}: could not be written ({error.strerror}); name another file with {option}") from None


def _rising() -> str:
    """Blocks, where the terminal can show them."""
    try:
        text.BLOCKS.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return text.SIGNS
    return text.BLOCKS
