"""Where `paper` keeps its journal when nobody names a file: one a run in the state folder, the latest of them kept.

Whoever calls holds the folder's lock, so no other run writes there.
"""

import re
from contextlib import suppress
from datetime import UTC, datetime
from itertools import chain, count
from pathlib import Path
from typing import Final

from oms.values.units import NS_PER_SECOND, Nanos

_NAME: Final = re.compile(r"paper-\d{8}T\d{6}Z(?:-\d+)?\.journal", re.ASCII)
_BESIDE: Final = ("", "-wal", "-shm", "-journal")
"""What SQLite may leave beside it."""


def new_journal(folder: Path, start_ns: Nanos) -> Path:
    """A path for the journal of a run that begins at this moment, which no file has."""
    moment = f"paper-{datetime.fromtimestamp(start_ns // NS_PER_SECOND, UTC):%Y%m%dT%H%M%SZ}"
    names = chain([f"{moment}.journal"], (f"{moment}-{number}.journal" for number in count(2)))
    return next(folder / name for name in names if not (folder / name).exists())


def drop_older(folder: Path, kept: int) -> list[Path]:
    """Remove all but the latest `kept`, by their names: what is named otherwise is not ours to remove. Returns what was removed."""
    oldest_first = _oldest_first(folder)
    dropped = oldest_first[: max(0, len(oldest_first) - kept)]
    for path in dropped:
        for suffix in _BESIDE:
            with suppress(OSError):  # one that cannot be removed is in nobody's way
                path.with_name(path.name + suffix).unlink(missing_ok=True)
    return dropped


def _oldest_first(folder: Path) -> list[Path]:
    try:
        return sorted((path for path in folder.iterdir() if _NAME.fullmatch(path.name)), key=_moment)
    except OSError:
        return []


def _moment(path: Path) -> tuple[str, int]:
    """Its second, and its place within it."""
    second, _, place = path.name.removesuffix(".journal").removeprefix("paper-").partition("-")
    return second, int(place or 1)
