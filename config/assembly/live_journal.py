"""A journal for `live`, begun whole or not at all: a process may be killed at any moment, also while it makes its journal.

So it is made under another name, and has its own from the moment it is whole. What a kill left of an earlier attempt is in nobody's way.
"""

import os
from pathlib import Path

from oms.entries import RunRow
from oms.journal import ContinuedJournal, SqliteJournal
from oms.ports import JournalFailed


def begin_journal(path: Path, run: RunRow) -> ContinuedJournal:
    """A new journal, there as a whole, also after a power cut. Raises JournalFailed: it cannot be made."""
    fresh = path.with_name(path.name + ".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        for suffix in ("", "-wal", "-shm", "-journal"):
            fresh.with_name(fresh.name + suffix).unlink(missing_ok=True)
        SqliteJournal(fresh, run, money_is_real=True).abandon()
        fresh.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise JournalFailed(f"{path}: cannot be created ({error.strerror}); is the folder there and writable?") from None
    return ContinuedJournal(path, money_is_real=True)
