"""Bytes into lines, lines into messages, without a socket: whatever comes is a message or a `BadLine` with a reason, however it was cut."""

from collections.abc import Iterator
from typing import Final

import msgspec

from connectors.operator.control.protocol import PROTOCOL, Ask, Do, Hello, Said, Told, said_decoder, told_decoder
from oms.values.texts import one_line

WHY_SIGNS_MAX: Final = 200
ID_MAX: Final = 2**63 - 1


class BadLine(ValueError):
    """It cannot be read; the message says why, in one line that is fit to be shown."""


class Lines:
    """Puts lines together from pieces. After a BadLine it is not to be fed any more."""

    def __init__(self, bytes_max: int) -> None:
        self._bytes_max = bytes_max
        self._rest = bytearray()

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """The lines that are whole now, without their ends. Raises BadLine, after those before it, for one that is too long."""
        start, looked = 0, len(self._rest)
        self._rest += piece
        while (end := self._rest.find(b"\n", looked)) >= 0:
            self._check(end - start)
            yield bytes(self._rest[start:end])
            start = looked = end + 1
        self._check(len(self._rest) - start)
        del self._rest[:start]

    def _check(self, length: int) -> None:
        if length > self._bytes_max:
            raise BadLine(f"a line of more than {self._bytes_max} bytes")


class _AnyHello(msgspec.Struct, frozen=True, tag_field="type", tag="Hello"):
    """A Hello of any version, of which more than the version need not be understood."""

    protocol: int


_any_hello: Final = msgspec.json.Decoder(_AnyHello)


def read_hello(text: bytes) -> Hello:
    """The first line of a client. Raises BadLine, which names our version to a client of another one."""
    try:
        protocol = _any_hello.decode(text).protocol
    except (ValueError, RecursionError):
        raise BadLine("the first line must be a Hello") from None
    if protocol != PROTOCOL:
        raise BadLine(f"version {PROTOCOL} of the protocol is spoken here, not {str(protocol)[:20]}; use the daemon's own release")
    hello = read_said(text)
    assert isinstance(hello, Hello)
    return hello


def read_said(text: bytes) -> Said:
    """What a client says. Raises BadLine."""
    try:
        said: Said = said_decoder.decode(text)
    except (ValueError, RecursionError) as error:
        raise BadLine(f"unreadable: {one_line(str(error), WHY_SIGNS_MAX)}") from None
    if isinstance(said, Ask | Do) and not 0 <= said.id <= ID_MAX:
        raise BadLine(f"unreadable: an id is from 0 to {ID_MAX}")
    return said


def read_told(text: bytes) -> Told:
    """What a daemon says. Raises BadLine."""
    try:
        told: Told = told_decoder.decode(text)
    except (ValueError, RecursionError) as error:
        raise BadLine(f"unreadable: {one_line(str(error), WHY_SIGNS_MAX)}") from None
    return told
