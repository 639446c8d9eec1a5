"""Polymarket's two price streams as typed structs: bytes to points, numbers still as the text they came in.

Sources: reference-prices.md §5 and polymarket.md §6.5 (read 2026-11); recordings of October 2025 and April 2026 for RTDS. PolyBolt's frames nobody of
ours has seen on the wire: they follow its documentation.

What surprised us: RTDS writes Chainlink's `full_accuracy_value` as an integer scaled by 10¹⁸ and Binance's as a plain decimal, PolyBolt always as a
plain decimal; the points of a snapshot often bear only `value`. So the scale is chosen by source, and held against `value` where both are told.
"""

from decimal import Decimal
from typing import Final, TypeVar

import msgspec

from connectors.polymarket.wire import Refusal
from oms.values.nesting import NESTED_MAX, check_nesting

FRAME_BYTES_MAX: Final = 1024 * 1024
"""Longest frame we read. A snapshot of two minutes of eight symbols is about 100 KB."""
SCALE_DIGITS: Final = 18
"""Of Chainlink's integers."""
_SAME_WITHIN: Final = Decimal("1e-9")
"""`value` is a double, 15 to 17 digits: it may differ from the exact text by so much, in parts of it."""
_EXCERPT_MAX: Final = 60
_DIGITS_MAX: Final = 40


class Point(msgspec.Struct, gc=False):
    """One price at one time, in ms."""

    timestamp: int
    value: Decimal | None = None
    full_accuracy_value: str | None = None


class RtdsPayload(msgspec.Struct, gc=False):
    """The payload of an RTDS price: one point, or a snapshot's many in `data`."""

    symbol: str
    timestamp: int | None = None
    value: Decimal | None = None
    full_accuracy_value: str | None = None
    window_s: int | None = None
    data: list[Point] | None = None


class RtdsFrame(msgspec.Struct, gc=False):
    """What RTDS says. `payload` is only read for topics that we know; `message` is its way of refusing a request."""

    topic: str = ""
    payload: msgspec.Raw = msgspec.Raw()
    message: str = ""


class BoltPayload(msgspec.Struct, gc=False):
    """The payload of a PolyBolt price."""

    symbol: str
    source: str = ""
    timestamp: int | None = None
    value: Decimal | None = None
    full_accuracy_value: str | None = None
    window_seconds: int | None = None
    data: list[Point] | None = None


class BoltFrame(msgspec.Struct, gc=False):
    """What PolyBolt says: an answer (`op`), or something of a channel."""

    op: str = ""
    rid: str | None = None
    code: str = ""
    channel: str = ""
    seq: int | None = None
    dropped: int = 0
    payload: msgspec.Raw = msgspec.Raw()


_F = TypeVar("_F")
_rtds = msgspec.json.Decoder(RtdsFrame)
_rtds_payload = msgspec.json.Decoder(RtdsPayload)
_bolt = msgspec.json.Decoder(BoltFrame)
_bolt_payload = msgspec.json.Decoder(BoltPayload)


def rtds_frame(frame: bytes) -> RtdsFrame:
    """A frame of RTDS. Raises Refusal too_long, not_json, wrong_shape."""
    return _read(_rtds, frame)


def rtds_payload(payload: bytes) -> RtdsPayload:
    """The payload of a price topic. Raises Refusal wrong_shape."""
    return _read(_rtds_payload, payload)


def bolt_frame(frame: bytes) -> BoltFrame:
    """A frame of PolyBolt. Raises Refusal too_long, not_json, wrong_shape."""
    return _read(_bolt, frame)


def bolt_payload(payload: bytes) -> BoltPayload:
    """The payload of a price channel. Raises Refusal wrong_shape."""
    return _read(_bolt_payload, payload)


def _read(decoder: "msgspec.json.Decoder[_F]", data: bytes) -> _F:
    if len(data) > FRAME_BYTES_MAX:
        raise Refusal("too_long", f"{len(data)} bytes are longer than {FRAME_BYTES_MAX}")
    try:
        if len(data) > NESTED_MAX:
            check_nesting(data)
        return decoder.decode(data)
    except msgspec.ValidationError as error:
        raise Refusal("wrong_shape", f"{error} in {len(data)} bytes beginning {bytes(data)[:_EXCERPT_MAX]!r}") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ArithmeticError) as error:
        raise Refusal("not_json", f"{error} in {len(data)} bytes beginning {bytes(data)[:_EXCERPT_MAX]!r}") from None


def points_of(payload: RtdsPayload | BoltPayload) -> list[Point]:
    """All points of a payload, a snapshot's in its order. Raises Refusal wrong_shape: it tells neither one nor many."""
    if payload.data is not None:
        return payload.data
    if payload.timestamp is None:
        raise Refusal("wrong_shape", f"a price of {payload.symbol[:_EXCERPT_MAX]!r} without a time")
    return [Point(payload.timestamp, payload.value, payload.full_accuracy_value)]


def exact_text(point: Point, *, is_scaled: bool) -> str:
    """The price with all digits that were told, as a plain decimal.

    Args:
        point: whose price.
        is_scaled: its `full_accuracy_value` is an integer scaled by 10¹⁸.

    Raises:
        Refusal: no_price; contradiction, when the exact text and `value` are different prices; bad_number.
    """
    full, value = point.full_accuracy_value, point.value
    if full is None:
        return _plain(value)
    if not full.isascii() or len(full) > _DIGITS_MAX:
        raise Refusal("bad_number", f"full_accuracy_value {full[:_EXCERPT_MAX]!r} is no price")
    text = _unscaled(full) if is_scaled else full
    if value is not None:
        try:
            exact = Decimal(text)
            is_same = value.is_finite() and exact.is_finite() and abs(exact - value) <= abs(exact) * _SAME_WITHIN
        except ArithmeticError:
            raise Refusal("bad_number", f"full_accuracy_value {full!r} is no price") from None
        if not is_same:
            raise Refusal("contradiction", f"full_accuracy_value {full!r} and value {str(value)[:_EXCERPT_MAX]} are different prices")
    return text


def _unscaled(full: str) -> str:
    """An integer × 10⁻¹⁸ as a decimal without needless zeros. Raises Refusal."""
    if not full.isdecimal():
        raise Refusal("bad_number", f"full_accuracy_value {full!r} is no integer scaled by 10^{SCALE_DIGITS}")
    digits = full.rjust(SCALE_DIGITS + 1, "0")
    whole, part = digits[:-SCALE_DIGITS].lstrip("0") or "0", digits[-SCALE_DIGITS:].rstrip("0")
    return f"{whole}.{part}" if part else whole


def _plain(value: Decimal | None) -> str:
    if value is None:
        raise Refusal("no_price", "a point tells neither value nor full_accuracy_value")
    if not value.is_finite() or abs(value.adjusted()) > SCALE_DIGITS:
        raise Refusal("bad_number", f"value {str(value)[:_EXCERPT_MAX]} is no price")
    return format(value, "f")
