"""Binance's spot combined stream as typed structs: bytes to messages, still in Binance's own texts.

Source: reference-prices.md §1 (Binance's documentation of 2026-07); recordings of August 2024 and April 2026. Each event comes wrapped as
`{"stream":"btcusdt@bookTicker","data":{…}}`, and the stream's name tells what `data` is: a bookTicker bears no `e`. Answers come unwrapped.
"""

from typing import Final

import msgspec

from oms.values.nesting import NESTED_MAX, check_nesting
from oms.values.texts import SAID_MAX, one_line

FRAME_BYTES_MAX: Final = 1024 * 1024
"""Longest frame we read; ours is under 300 bytes, a whole depth message under 1 MB. A longer one is refused unread."""
_EXCERPT_MAX: Final = 60
_NOT_READ: Final = ("depth", "kline_", "miniTicker", "ticker", "avgPrice")
"""Streams that we know and have no use for, by how their names begin after the `@`."""


class Refusal(ValueError):
    """A frame that cannot become prices: `name` is what is counted, the message says what and where."""

    def __init__(self, name: str, words: str) -> None:
        super().__init__(one_line(words, SAID_MAX))  # the decoder's words may quote the frame
        self.name = name


class BookTicker(msgspec.Struct, gc=False):
    """`bookTicker`: best bid and ask, without a time; `u` orders them."""

    s: str
    u: int
    b: str
    a: str


class TradeTold(msgspec.Struct, gc=False):
    """`aggTrade` and `trade`: a price that was paid, at `T` in ms."""

    s: str
    p: str
    T: int


class Shutdown(msgspec.Struct, gc=False):
    """`serverShutdown`: this server is about to go; connect anew."""


class Answered(msgspec.Struct, gc=False):
    """A command was carried out."""


class NotRead(msgspec.Struct, gc=False):
    """An event of a stream that nothing uses."""

    stream: str


Message = BookTicker | TradeTold | Shutdown | Answered | NotRead


class _Error(msgspec.Struct, gc=False):
    code: int = 0
    msg: str = ""


class _Envelope(msgspec.Struct, gc=False):
    """All that may stand at the top of a frame."""

    stream: str | None = None
    data: msgspec.Raw = msgspec.Raw()
    e: str | None = None
    id: int | str | None = None
    error: _Error | None = None


class _Quoted(msgspec.Struct, gc=False):
    """The lean road: nine in ten frames are a bookTicker."""

    stream: str
    data: BookTicker


_quoted = msgspec.json.Decoder(_Quoted)
_envelopes = msgspec.json.Decoder(_Envelope)
_tickers = msgspec.json.Decoder(BookTicker)
_trades = msgspec.json.Decoder(TradeTold)


def decode(frame: bytes) -> Message:
    """One frame as a message.

    Raises:
        Refusal: too_long, not_json, wrong_shape, unknown_stream, command_refused.
    """
    if len(frame) > FRAME_BYTES_MAX:
        raise Refusal("too_long", f"a frame of {len(frame)} bytes is longer than {FRAME_BYTES_MAX}")
    try:
        if len(frame) > NESTED_MAX:
            check_nesting(frame)
        if frame.find(b'@bookTicker","data":{', 0, 64) > 0:
            told = _quoted.decode(frame)
            return _of(told.stream, told.data)
        return _message(_envelopes.decode(frame))
    except msgspec.ValidationError as error:
        raise Refusal("wrong_shape", _where(frame, error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refusal("not_json", _where(frame, error)) from None


def _message(told: _Envelope) -> Message:
    """The event in an envelope, by the name of its stream. Raises Refusal, msgspec.DecodeError."""
    if told.error is not None:
        raise Refusal("command_refused", f"error {told.error.code}: {told.error.msg[:_EXCERPT_MAX]!r}")
    if told.e == "serverShutdown" or told.stream == "!serverShutdown":
        return Shutdown()
    if told.stream is None:
        if told.id is not None:
            return Answered()
        raise Refusal("wrong_shape", "the frame names no stream and answers no command")
    if not told.data:
        raise Refusal("wrong_shape", f"stream {told.stream[:_EXCERPT_MAX]!r} without data")
    kind = told.stream.partition("@")[2]
    if kind == "bookTicker":
        return _of(told.stream, _tickers.decode(told.data))
    if kind in {"aggTrade", "trade"}:
        return _of(told.stream, _trades.decode(told.data))
    if kind.startswith(_NOT_READ):
        return NotRead(kind.partition("_")[0].partition("@")[0])
    raise Refusal("unknown_stream", f"stream {told.stream[:_EXCERPT_MAX]!r} is none we know")


def _of(stream: str, told: "BookTicker | TradeTold") -> "BookTicker | TradeTold":
    """The event, if it is about what its stream is about. Raises Refusal."""
    if stream.partition("@")[0].upper() != told.s:
        raise Refusal("wrong_shape", f"stream {stream[:_EXCERPT_MAX]!r} tells of {told.s[:_EXCERPT_MAX]!r}")
    return told


def _where(frame: bytes, error: Exception) -> str:
    return f"{error} in {len(frame)} bytes beginning {frame[:_EXCERPT_MAX]!r}"
