"""Our tape: every raw frame to disk and back, byte for byte, with the boundaries of the turns that used them.

The format is lines with lengths, so that a payload may hold anything and a person can still read the file with `zcat | less`:

    steelyard-tape 1
    frame <seq> <at_ns> <channel> <length>        then exactly <length> bytes and a newline
    turn <number> <at_ns> <first_seq> <last_seq>  the turn that took these frames (ruling 3, "turn record")

`seq` counts frames from any start by ones, so that a missing record shows. The suffix chooses the compression: none, `.gz` or `.zst`. A
machine that dies leaves a tape that ends in the middle of a record: a reader hands out every whole record first and then raises
`TapeCut`, so that the caller can decide to take what is there. A disk that fills up leaves one that ends with the last turn that was written whole.
Recordings of others are read by `connectors.importers`.
"""

import gzip
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Final, Protocol, Self

import msgspec
import zstandard

from connectors.chunks import TapeCut, TapeError, read_chunks
from oms.values.market import MarketId, Payout
from oms.values.units import MS_MAX, NS_PER_MS, Nanos

MAGIC: Final = b"steelyard-tape "
VERSION: Final = 1
CHANNEL_POLYMARKET_MARKET: Final = "polymarket-market"
"""Payload: a frame of Polymarket's market channel, or an answer of its GET /book; both for `MarketStream.receive`."""
CHANNEL_CONTINUITY_LOST: Final = "continuity-lost"
"""Payload: why, as text. The recording had a hole here: every book is history (`MarketStream.closed`)."""
CHANNEL_BOOKS_CONFIRMED: Final = "books-confirmed"
"""Payload: one `oms.values.events.BooksConfirmed` as JSON: quiet books that a second witness knew just as the stream had told them."""
CHANNEL_MARKET_LISTED: Final = "market-listed"
"""Payload: one `oms.values.market.Market` as JSON, before the first frame about it."""
CHANNEL_EVENT_LISTED: Final = "event-listed"
"""Payload: one `oms.values.market.EventGroup` as JSON: which markets exclude each other, at the head of the tape. Later word of an event wins."""
CHANNEL_ORIGIN: Final = "origin"
"""Payload: one `Origin` as JSON, at the head of a tape that was made from another recording."""
PAYLOAD_BYTES_MAX: Final = 64 * 1024 * 1024
"""A longer payload is an error of the tape, not a frame."""
AT_NS_MAX: Final = MS_MAX * NS_PER_MS
"""A record from later than 2100 is an error of the tape."""
_HEAD_BYTES_MAX: Final = 256
_NUMBER: Final = rb"(0|[1-9][0-9]{0,18})"
_HEAD: Final = re.compile(rb"(?:frame %s %s ([!-~]+) %s|turn %s %s %s %s)" % ((_NUMBER,) * 7))
"""Numbers as we write them, so that no two tapes say the same."""


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """What was known and assumed of the recording that a tape was made from; without it the new tape would be read by other rules."""

    name: str
    kind: str
    trade_rule: str
    assumptions: tuple[str, ...]
    payouts: dict[MarketId, Payout]


class Frame(msgspec.Struct, frozen=True, gc=False):
    """One message as it arrived: `at_ns` is when we received it (a foreign recording without receive times: the exchange's time)."""

    seq: int
    at_ns: Nanos
    channel: str
    payload: bytes


class TurnMark(msgspec.Struct, frozen=True, gc=False):
    """Turn `number` at `at_ns` took the frames `first_seq` to `last_seq`; none when last is below first."""

    number: int
    at_ns: Nanos
    first_seq: int
    last_seq: int


class _Sink(Protocol):
    """Where records go, compressed or not."""

    def write(self, record: bytes, /) -> int: ...

    def flush(self) -> object: ...

    def close(self) -> None: ...


class TapeWriter:
    """Writes a new tape; the suffix of the path chooses the compression. Never overwrites.

    Raises:
        TapeError: the file exists or cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.seq = 0
        """Of the latest frame; 0 = none yet."""
        self._whole = 0
        """Bytes of the file up to the last turn that the operating system took."""
        self._broke = ""
        try:
            self._raw: IO[bytes] = path.open("xb")
        except FileExistsError:
            raise TapeError(f"{path}: exists already and tapes are never overwritten; name another file or move this one away") from None
        except OSError as error:
            raise TapeError(f"{path}: cannot be written ({error.strerror}); name a file in a folder that exists and is ours") from None
        self._out = _compressor(path, self._raw)
        try:
            self._write(MAGIC + b"%d\n" % VERSION)
            self.flush()
        except TapeError:
            path.unlink(missing_ok=True)  # no tape yet, and in the way of the next attempt
            raise

    def frame(self, at_ns: Nanos, channel: str, payload: bytes) -> int:
        """Append one frame and return its number. `channel` is one word."""
        assert channel.isascii()
        assert len(channel.split()) == 1
        assert len(payload) <= PAYLOAD_BYTES_MAX
        self.seq += 1
        self._write(b"frame %d %d %s %d\n%s\n" % (self.seq, at_ns, channel.encode(), len(payload), payload))
        return self.seq

    def turn(self, mark: TurnMark) -> None:
        """Append the boundary of one turn and hand everything so far to the operating system (no fsync): it survives our death."""
        self._write(b"turn %d %d %d %d\n" % (mark.number, mark.at_ns, mark.first_seq, mark.last_seq))
        self.flush()

    def flush(self) -> None:
        """Hand everything so far to the operating system."""
        try:
            self._out.flush()
            self._raw.flush()
            self._whole = self._raw.tell()
        except OSError as error:
            raise self._failed(error) from None

    def close(self) -> None:
        """End the tape; closing twice is harmless, and so is closing one that could not be written."""
        if self._broke or self._raw.closed:
            return
        try:
            if self._out is not self._raw:
                self._out.close()
            self._raw.flush()  # by itself, as a file that cannot be flushed while it is closed is gone and cannot be cut any more
            self._raw.close()
        except OSError as error:
            raise self._failed(error) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _write(self, record: bytes) -> None:
        if self._broke:
            raise TapeError(f"{self.path}: ended already, as it could not be written ({self._broke}); make room or name another disk")
        try:
            self._out.write(record)
        except OSError as error:
            raise self._failed(error) from None

    def _failed(self, error: OSError) -> TapeError:
        """The disk took part of something: the tape ends before it, and for good, as whatever followed would follow half a record."""
        self._broke = error.strerror or str(error)
        # Closing tries to write once more what is left over, so the file is held open beside, and cut afterwards.
        with suppress(OSError):
            file = os.dup(self._raw.fileno())
            for sink in (self._out, self._raw):
                with suppress(OSError, ValueError):
                    sink.close()
            with suppress(OSError):
                os.ftruncate(file, self._whole)
            os.close(file)
        return TapeError(f"{self.path}: cannot be written ({self._broke}); make room or name another disk")


def _compressor(path: Path, raw: IO[bytes]) -> _Sink:
    if path.suffix == ".gz":
        return gzip.GzipFile(filename="", fileobj=raw, mode="wb", compresslevel=6, mtime=0)
    if path.suffix == ".zst":
        return zstandard.ZstdCompressor(level=6).stream_writer(raw, closefd=False)
    return raw


def read_frames(path: Path) -> Iterator[Frame]:
    """The frames of one of our tapes, in order, lazily. Raises as `read_records`."""
    return (record for record in read_records(path) if isinstance(record, Frame))


def read_records(path: Path) -> Iterator[Frame | TurnMark]:
    """Frames and turn marks of one of our tapes, in order, lazily.

    Raises:
        TapeError: unreadable, empty, no tape, or a bad record; the message names file, record and cure.
        TapeCut: the file ends in the middle; every whole record has been handed out.
    """
    reader = _Reader(path)
    reader.check_header()
    seq: int | None = None
    while (head := reader.line()) is not None:
        record = reader.record(head)
        if isinstance(record, Frame):
            if seq is not None and record.seq != seq + 1:
                raise reader.wrong(f"frame {record.seq} follows frame {seq}: something between them is missing")
            seq = record.seq
        reader.whole += 1
        yield record


class _Reader:
    """Cuts the chunks of a file into lines and payloads."""

    def __init__(self, path: Path) -> None:
        self.whole = 0
        """Whole records handed out so far."""
        self._path = path
        self._chunks = read_chunks(path)
        self._held = b""
        self._at = 0

    def check_header(self) -> None:
        """Take the first line. Raises TapeError when it is not that of a tape we read."""
        head = self.line(_HEAD_BYTES_MAX)
        if head is None:
            raise TapeError(f"{self._path}: is empty; record again or name another file")
        if not head.startswith(MAGIC):
            raise TapeError(f"{self._path}: is no steelyard tape, it begins {head[:40]!r}")
        if head != MAGIC + b"%d" % VERSION:
            raise TapeError(f"{self._path}: is a tape of version {head[len(MAGIC) :][:20]!r} and we read version {VERSION}; use a newer steelyard")

    def record(self, head: bytes) -> Frame | TurnMark:
        """The record that begins with this line."""
        match = _HEAD.fullmatch(head)
        if match is None or int(match[4] or 0) > PAYLOAD_BYTES_MAX:
            raise self.wrong(f"line {head[:60]!r} is neither a frame nor a turn")
        channel, at_ns = match[3], int(match[2] or match[6])
        if at_ns > AT_NS_MAX:
            raise self.wrong(f"its time {at_ns} is later than the year 2100")
        if channel is None:
            return TurnMark(int(match[5]), at_ns, int(match[7]), int(match[8]))
        length = int(match[4])
        payload = self._take(length + 1)
        if payload[-1:] != b"\n":
            raise self.wrong(f"the payload of frame {int(match[1])} does not end after {length} bytes")
        return Frame(int(match[1]), at_ns, channel.decode("ascii"), payload[:-1])

    def line(self, bytes_max: int = _HEAD_BYTES_MAX) -> bytes | None:
        """The next line without its newline; None at the proper end."""
        while (end := self._held.find(b"\n", self._at)) < 0:
            if len(self._held) - self._at > bytes_max:
                raise self.wrong(f"a line begins {self._held[self._at : self._at + 40]!r} and does not end within {bytes_max} bytes")
            if not self._more():
                if self._at < len(self._held):
                    raise self._cut()
                return None
        line = self._held[self._at : end]
        self._at = end + 1
        return line

    def _take(self, length: int) -> bytes:
        """Exactly so many bytes. Raises TapeCut when the file ends before."""
        parts = [self._held[self._at : self._at + length]]
        missing = length - len(parts[0])
        self._at += len(parts[0])
        while missing:
            if not self._more():
                raise self._cut()
            parts.append(self._held[:missing])
            self._at = len(parts[-1])
            missing -= self._at
        return b"".join(parts)

    def _more(self) -> bool:
        """Read on; False at the end of the file."""
        try:
            chunk = next(self._chunks, b"")
        except TapeCut as cut:
            raise TapeCut(f"{cut} ({self.whole} whole records before)") from None
        self._held = self._held[self._at :] + chunk
        self._at = 0
        return bool(chunk)

    def wrong(self, words: str) -> TapeError:
        """An error about the record after the last whole one."""
        return TapeError(f"{self._path}: record {self.whole + 1}: {words}; the {self.whole} records before it are whole")

    def _cut(self) -> TapeCut:
        return TapeCut(f"{self._path}: record {self.whole + 1}: the file ends in the middle of it; the {self.whole} records before it are whole")
