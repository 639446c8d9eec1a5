"""Files of recordings as bytes: plain, gzip or zstandard by suffix, a bounded piece at a time, with errors that a person can act on.

A compressed file that ends too early is told apart from one that ends: everything that could be read is handed out first, then `TapeCut`
is raised. (The standard gzip reader and zstandard's stream reader either lose the tail or say nothing.)
"""

import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Protocol

import zstandard

from oms.values.texts import one_line

LINE_BYTES_MAX: Final = 16 * 1024 * 1024
"""A longer line in a recording is an error, so that a file without newlines cannot fill the memory."""
_READ_BYTES: Final = 64 * 1024
_READ_BYTES_ZST: Final = 4 * 1024
"""Zstandard can pack 30,000 : 1, gzip 1,000 : 1; small pieces bound what one piece can grow to."""


class TapeError(ValueError):
    """A recording cannot be read or written; one line that names the file, the place, what is wrong and what to do."""

    def __init__(self, words: str) -> None:
        super().__init__(one_line(words))  # names of files, and what is quoted of them, may hold anything


class TapeCut(TapeError):
    """A recording ends in the middle or is damaged from here on; everything before was handed out."""


class _Unpacker(Protocol):
    """What zlib and zstandard have in common."""

    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, /) -> bytes: ...


def read_chunks(path: Path) -> Iterator[bytes]:
    """The unpacked bytes of a file, in pieces that are never empty.

    Raises:
        TapeError: the file cannot be opened or read.
        TapeCut: it is packed and ends too early, or is damaged.
    """
    try:
        with path.open("rb") as file:
            if path.suffix not in (".gz", ".zst"):
                while piece := file.read(_READ_BYTES):
                    yield piece
                return
            size = _READ_BYTES if path.suffix == ".gz" else _READ_BYTES_ZST
            yield from _unpacked(path, iter(lambda: file.read(size), b""))
    except OSError as error:
        raise TapeError(f"{path}: cannot be read ({error.strerror}); check the name and the rights") from None


def _unpacked(path: Path, pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Unpack one or several compressed streams, one after the other."""
    unpacker: _Unpacker | None = None
    for piece in pieces:
        left = piece
        while left:
            unpacker = unpacker or _unpacker(path)
            try:
                out = unpacker.decompress(left)
            except (zlib.error, zstandard.ZstdError) as error:
                raise TapeCut(f"{path}: is damaged or not packed as {path.suffix} says ({error}); copy it again") from None
            left = unpacker.unused_data if unpacker.eof else b""
            unpacker = None if unpacker.eof else unpacker
            if out:
                yield out
    if unpacker is not None:
        raise TapeCut(f"{path}: its compressed data ends too early; copy it again, or take what is there")


def _unpacker(path: Path) -> _Unpacker:
    if path.suffix == ".gz":
        return zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    return zstandard.ZstdDecompressor().decompressobj()


def read_lines(path: Path) -> Iterator[bytes]:
    """The lines of a text file without their newlines, lazily; a last line without newline counts when the file ends properly.

    Raises:
        TapeError, TapeCut: as `read_chunks`; a line longer than LINE_BYTES_MAX.
    """
    held = b""
    number = 0
    for chunk in read_chunks(path):
        *lines, held = (held + chunk).split(b"\n")
        number += len(lines)
        yield from lines
        if len(held) > LINE_BYTES_MAX:
            raise TapeError(f"{path}: line {number + 1} does not end within {LINE_BYTES_MAX} bytes; this is no recording of lines")
    if held:
        yield held
