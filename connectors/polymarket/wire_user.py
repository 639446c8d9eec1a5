"""Polymarket's user channel as typed structs, and the trades of GET /data/trades, which have the same shape.

Sources: polymarket.md §3.5, §3.8, §6.4 (read 2026-11) and the messages in polymarket-fixtures. Much is optional, null or "" on this wire, and a
time may be seconds, milliseconds or an ISO date; only what a fact cannot do without is required. Unknown keys are passed over.

A message says what it is in `event_type`, older ones only in `type`; so the head is read first. There are a few messages a second at most.
"""

import calendar
import re
from typing import Final

import msgspec

from connectors.polymarket.wire import FRAME_BYTES_MAX, PONG, Refusal
from oms.values.nesting import check_nesting
from oms.values.orders import Side
from oms.values.units import MS_MAX, NS_PER_MS, NS_PER_SECOND, Nanos

_EXCERPT_MAX: Final = 60
_ORDER_TYPES: Final = frozenset({"PLACEMENT", "UPDATE", "CANCELLATION"})


class _Head(msgspec.Struct, gc=False):
    event_type: str | None = None
    type: str | None = None


class OrderMessage(msgspec.Struct, gc=False):
    """`order`: something happened to one order of the account."""

    id: str
    type: str
    """PLACEMENT, UPDATE or CANCELLATION."""
    status: str | None = None
    size_matched: str | None = None
    """Filled in all, in shares; "" when the venue does not say (a killed FOK)."""


class MakerOrder(msgspec.Struct, gc=False):
    """One order that a trade met, in the terms of that order's own token."""

    order_id: str
    matched_amount: str
    price: str
    asset_id: str
    side: str | None = None
    """Older entries have none: then it follows from the taker's."""
    owner: str | None = None
    maker_address: str | None = None


class Trade(msgspec.Struct, gc=False):
    """`trade` of the channel, or a row of GET /data/trades. Everything at the top is the taker's, whoever reads it."""

    id: str
    taker_order_id: str
    asset_id: str
    side: Side
    size: str
    price: str
    status: str
    owner: str | None = None
    maker_address: str | None = None
    maker_orders: list[MakerOrder] | None = None
    match_time: str | None = None
    matchtime: str | None = None
    timestamp: str | None = None


class NotRead(msgspec.Struct, gc=False):
    """A message of a type that we do not know."""

    type: str


_raw_list = msgspec.json.Decoder(list[msgspec.Raw])
_head = msgspec.json.Decoder(_Head)
_order = msgspec.json.Decoder(OrderMessage)
_trade = msgspec.json.Decoder(Trade)


def decode(frame: bytes) -> list[OrderMessage | Trade | NotRead]:
    """One frame as messages; PONG and [] hold none.

    Raises:
        Refusal: too_long, not_json, wrong_shape.
    """
    if frame == PONG:
        return []
    if len(frame) > FRAME_BYTES_MAX:
        raise Refusal("too_long", f"a frame of {len(frame)} bytes is longer than {FRAME_BYTES_MAX}")
    try:
        check_nesting(frame)
        rows: list[msgspec.Raw | bytes] = [*_raw_list.decode(frame)] if frame.lstrip()[:1] == b"[" else [frame]
        return [_message(row) for row in rows]
    except msgspec.ValidationError as error:
        raise Refusal("wrong_shape", f"{error} in {len(frame)} bytes") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refusal("not_json", f"{error} in {len(frame)} bytes beginning {frame[:_EXCERPT_MAX]!r}") from None


def _message(row: msgspec.Raw | bytes) -> OrderMessage | Trade | NotRead:
    head = _head.decode(row)
    kind = head.event_type or head.type or ""
    if kind == "order" or (not head.event_type and kind in _ORDER_TYPES):
        return _order.decode(row)
    if kind == "trade" or (not head.event_type and kind == "TRADE"):
        return _trade.decode(row)
    return NotRead(kind[:_EXCERPT_MAX])


_NS_BY_DIGITS: Final = ((11, NS_PER_SECOND), (14, NS_PER_MS), (17, 1_000), (20, 1))
"""A number of up to so many digits counts in units of so many nanoseconds (seconds have ten digits until 2286)."""
_NS_MAX: Final = MS_MAX * NS_PER_MS
_ISO: Final = re.compile(r"(\d{4})-(0[1-9]|1[0-2])-([0-2]\d|3[01])T([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(?:\.\d{1,9})?(?:Z|\+00:00)", re.ASCII)


def moment_ns(*texts: str | None) -> Nanos | None:
    """The first of these texts that is a time of our age: seconds, milliseconds, finer, or an ISO date in UTC (to the second)."""
    for text in texts:
        if not text:
            continue
        if text.isascii() and text.isdecimal():
            unit = next((unit for digits, unit in _NS_BY_DIGITS if len(text) <= digits), None)
            if unit is not None and 0 < (at_ns := int(text) * unit) < _NS_MAX:
                return at_ns
        elif (found := _ISO.fullmatch(text)) is not None:
            return calendar.timegm((*map(int, found.groups()), 0, 0, 0)) * NS_PER_SECOND
    return None
