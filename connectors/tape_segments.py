"""A tape that goes on for days: a folder of segments, each a whole tape by itself, of bounded size, packed when it is closed, the oldest dropped.

    000007-20261121T133000Z.tape.zst     closed and packed
    000008-20261121T143000Z.tape         being written

Names sort as they were written, also when a clock is set back. Frames are numbered on from segment to segment, and each begins with a head (the
markets), so that any of them can be replayed alone, and several together. What a segment cannot hold is what was told before it began: its books are
unknown until the venue tells them whole, so whoever writes should ask for whole books when `rotations` has grown.

Bounds: a segment ends at so many bytes or seconds, whichever comes first; together they take `total_bytes` and the one being written. A disk that is
full ends the tape with a named error; what was flushed can be read (`TapeWriter`). One writer a folder: a lock file says so.
"""

import fcntl
import os
import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec
import zstandard

from connectors.chunks import TapeError
from connectors.tape import TapeWriter, TurnMark
from oms.values.units import NS_PER_SECOND, Nanos

SUFFIX: Final = ".tape"
PACKED: Final = ".tape.zst"
_PART: Final = ".part"
_LOCK: Final = "recording.lock"
_NAME: Final = re.compile(r"(\d{6,9})-\d{8}T\d{6}Z\.tape(?:\.zst)?", re.ASCII)
_ZSTD_LEVEL: Final = 6
_RECORD_HEAD_BYTES: Final = 64
"""About what the line before a payload takes."""
Head = Callable[[], Iterable[tuple[str, bytes]]]
"""The frames at the head of a segment, as (channel, payload)."""


class SegmentLimits(msgspec.Struct, frozen=True, kw_only=True):
    """How long a segment grows, and how much is kept."""

    segment_bytes: int = 256 * 1024 * 1024
    """Unpacked. Packed it is about a tenth."""
    segment_s: int = 3_600
    total_bytes: int = 20 * 1024 * 1024 * 1024
    """Of all closed segments in the folder, those of earlier recordings too; beyond it the oldest go."""

    def __post_init__(self) -> None:
        if not (0 < self.segment_bytes <= self.total_bytes and self.segment_s > 0):
            raise ValueError(f"a segment takes something, and not more than all of them together may; found {self}")


class SegmentedTape:
    """Writes segments into a folder, which is made if it is not there.

    `pack_one` is slow and touches no segment that is being written: call it from a thread while `to_pack` says so, one call at a time.

    Raises:
        TapeError: the folder cannot be used, another recorder writes there, or (any call) the disk takes no more.
    """

    def __init__(self, folder: Path, at_ns: Nanos, head: Head, limits: SegmentLimits | None = None, *, by_turns: bool = False) -> None:
        """`by_turns`: whoever writes marks turns, and a segment ends only after one, so that no turn takes frames of two."""
        self.folder = folder
        self.limits = limits or SegmentLimits()
        self.seq = 0
        """Of the latest frame."""
        self.written_bytes = 0
        """Unpacked, by this recorder."""
        self.rotations = 0
        """How often a segment followed another."""
        self.dropped: list[str] = []
        """Names of segments that made room for others."""
        self.pack_failures = 0
        """Segments that could not be packed, and stay as they are."""
        self._head = head
        self._by_turns = by_turns
        self._lock = _locked(folder)
        try:
            self._waiting = self._tidied()
            self._number = max((_number(path) for path in self._closed()), default=0)
            self._began(at_ns)
        except TapeError:
            self.release()
            raise
        except OSError as error:
            self.release()
            raise TapeError(f"{folder}: cannot be read or tidied up ({error.strerror}); name a folder that is ours") from None

    def frame(self, at_ns: Nanos, channel: str, payload: bytes) -> int:
        """Append one frame and return its number; begins another segment before it when it is time to."""
        if not self._by_turns:
            self._rotate_if_due(at_ns)
        return self._write(at_ns, channel, payload)

    def turn(self, mark: TurnMark) -> None:
        """Append the boundary of one turn and hand everything so far to the operating system; then begins another segment when it is time to."""
        self._tape.turn(mark)
        if self._by_turns:
            self._rotate_if_due(mark.at_ns)

    def _rotate_if_due(self, at_ns: Nanos) -> None:
        if self._bytes >= self.limits.segment_bytes or at_ns >= self._until_ns:
            self._tape.close()
            self._waiting.append(self._tape.path)
            self.rotations += 1
            self._began(at_ns)
            self.drop_oldest()

    def _began(self, at_ns: Nanos) -> None:
        """A new segment with its head."""
        self._number += 1
        moment = datetime.fromtimestamp(at_ns // NS_PER_SECOND, UTC)
        self._tape = TapeWriter(self.folder / f"{self._number:06d}-{moment:%Y%m%dT%H%M%SZ}{SUFFIX}")
        self._tape.seq = self.seq
        self._bytes = 0
        self._until_ns = at_ns + self.limits.segment_s * NS_PER_SECOND
        for channel, payload in self._head():
            self._write(at_ns, channel, payload)
        self._tape.flush()

    def _write(self, at_ns: Nanos, channel: str, payload: bytes) -> int:
        self.seq = self._tape.frame(at_ns, channel, payload)
        length = len(payload) + _RECORD_HEAD_BYTES
        self._bytes += length
        self.written_bytes += length
        return self.seq

    def flush(self) -> None:
        """Hand everything so far to the operating system: it survives our death."""
        self._tape.flush()

    def close(self) -> None:
        """End the tape. The last segment waits to be packed like any other; the folder is free for others after `release`."""
        self._tape.close()
        if self._tape.path not in self._waiting:
            self._waiting.append(self._tape.path)

    def release(self) -> None:
        """Nothing is written or packed any more: give the folder free. A second call does nothing."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    @property
    def to_pack(self) -> int:
        """Closed segments that wait to be packed."""
        return len(self._waiting)

    def pack_one(self) -> None:
        """Pack the oldest that waits, whole or not at all: a name without `.part` is whole. What cannot be packed stays as it is, and is counted."""
        path = self._waiting[0]
        packed = path.with_name(path.name.removesuffix(SUFFIX) + PACKED)
        part = packed.with_name(packed.name + _PART)
        try:
            with path.open("rb") as source, part.open("wb") as target:
                zstandard.ZstdCompressor(level=_ZSTD_LEVEL).copy_stream(source, target)
                target.flush()
                os.fsync(target.fileno())
            part.rename(packed)
            path.unlink()
        except OSError:
            self.pack_failures += 1
            with suppress(OSError):
                part.unlink(missing_ok=True)
        del self._waiting[0]

    def drop_oldest(self) -> None:
        """Remove the oldest closed segments until the rest fits. Those that wait to be packed stay until they are."""
        sizes = [(path, _size(path)) for path in self._closed() if path != self._tape.path]
        too_much = sum(size for _, size in sizes) - self.limits.total_bytes
        for path, size in sizes:
            if too_much <= 0:
                return
            if path not in self._waiting:
                with suppress(OSError):
                    path.unlink(missing_ok=True)
                    self.dropped.append(path.name)
                    too_much -= size

    def _closed(self) -> list[Path]:
        """Every segment of the folder, oldest first: numbers only grow."""
        return sorted((path for path in self.folder.iterdir() if _NAME.fullmatch(path.name)), key=_number)

    def _tidied(self) -> list[Path]:
        """Clear up after a recorder that was killed: half packed files go, segments that were packed in full go, the others wait to be packed."""
        for part in self.folder.glob(f"*{PACKED}{_PART}"):
            part.unlink(missing_ok=True)
        closed = self._closed()
        names = {path.name: None for path in closed}
        waiting: list[Path] = []
        for path in closed:
            if path.name.endswith(SUFFIX):
                if path.name.removesuffix(SUFFIX) + PACKED in names:
                    path.unlink(missing_ok=True)
                else:
                    waiting.append(path)
        return waiting


def _locked(folder: Path) -> int | None:
    """The folder, made if need be, for us alone. Raises TapeError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise TapeError(f"{folder}: no tape can be written there ({error.strerror}); name a folder that is ours") from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        raise TapeError(f"{folder}: another recorder writes there; end it, or name another folder") from None
    return lock


def _number(path: Path) -> int:
    match = _NAME.fullmatch(path.name)
    assert match is not None, path
    return int(match[1])


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0  # gone meanwhile
