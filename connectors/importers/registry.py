"""Which reader a recording needs, told from its first line."""

from pathlib import Path
from typing import Final

import msgspec

from connectors.chunks import TapeError, read_chunks
from connectors.importers import l2, mlb, updown
from connectors.importers.own import OwnRecording
from connectors.importers.recording import Assumptions, Recording
from connectors.tape import MAGIC
from oms.values.nesting import check_nesting

_FOREIGN: Final[tuple[tuple[frozenset[str], type[Recording]], ...]] = (
    (updown.KEYS, updown.UpdownRecording),
    (l2.KEYS, l2.L2Recording),
    (mlb.KEYS, mlb.MlbRecording),
)
KINDS: Final = (OwnRecording.kind, *(kind.kind for _, kind in _FOREIGN))
"""Names of all recordings we read."""
_FIRST_LINE_MAX: Final = 1024 * 1024


def open_tape(path: Path, assume: Assumptions | None = None) -> Recording:
    """Open any recording we know; the first line tells its kind.

    Raises:
        TapeError: unreadable, empty, of no known kind, or without a market; the message says what to do.
    """
    first = _first_line(path)
    assume = assume or Assumptions()
    if first.startswith(MAGIC):
        return OwnRecording(path, assume)
    try:
        check_nesting(first)
        keys = set(msgspec.json.decode(first, type=dict[str, msgspec.Raw]))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        keys = set()
    for wanted, kind in _FOREIGN:
        if wanted <= keys:
            return kind(path, assume)
    raise TapeError(f"{path}: is no recording we know, it begins {first[:40]!r}; known kinds are {', '.join(KINDS)}")


def _first_line(path: Path) -> bytes:
    """The first line that is not blank, as far as it is needed."""
    held = b""
    for chunk in read_chunks(path):
        held = (held + chunk).lstrip()
        if b"\n" in held or len(held) > _FIRST_LINE_MAX:
            break
    if not held:
        raise TapeError(f"{path}: is empty; record again or name another file")
    return held.split(b"\n", 1)[0].rstrip()
