"""The CLOB's private REST answers as typed structs: what an order, a cancel or a question got back, still in the venue's own texts.

Sources: polymarket.md §3.4 to §3.9 and §4.5 (read 2026-11), answers in polymarket-fixtures. Unknown keys are passed over, and whatever has been seen
null or missing may be. Trades have the shape of the user channel's (wire_user.py). Every reader gives None for what it cannot read: an answer
that cannot be read is no answer.
"""

from typing import Any, Final, TypeVar

import msgspec

from oms.values.nesting import check_nesting
from oms.values.orders import Side


class PlaceReply(msgspec.Struct, gc=False):
    """POST /order, and one element of POST /orders. `makingAmount` and `takingAmount` are not read: their unit is in doubt (§3.4)."""

    success: bool | None = None
    order_id: str | None = msgspec.field(name="orderID", default=None)
    error: str | None = msgspec.field(name="errorMsg", default=None)
    status: str | None = None


class CancelReply(msgspec.Struct, gc=False):
    """Every kind of DELETE: which orders are gone, and which are not and why. Both keys are always there; one that lacks them is unreadable."""

    canceled: list[str] | None
    not_canceled: dict[str, str] | None


class OrderRow(msgspec.Struct, gc=False):
    """GET /data/order/{hash}, and a row of GET /data/orders."""

    id: str
    status: str
    asset_id: str
    side: Side
    original_size: str
    size_matched: str
    price: str
    associate_trades: list[str] | None = None
    created_at: int | str | None = None


class BalanceReply(msgspec.Struct, gc=False):
    """GET /balance-allowance: base units as text; older answers have one `allowance`."""

    balance: str
    allowances: dict[str, str] | None = None
    allowance: str | None = None


class HeartbeatReply(msgspec.Struct, gc=False):
    """POST /v1/heartbeats: the id to send next, also when the one sent was wrong."""

    heartbeat_id: str


class ErrorReply(msgspec.Struct, gc=False):
    """What comes with a status of 4xx or 5xx."""

    error: str | None = None
    error_msg: str | None = None
    code: str | None = None
    retry_after_seconds: float | None = None

    @property
    def text(self) -> str:
        """The words, whichever key they came under."""
        return self.error or self.error_msg or ""


class CredentialsReply(msgspec.Struct, gc=False):
    """POST /auth/api-key and GET /auth/derive-api-key. Never shown."""

    api_key: str = msgspec.field(name="apiKey")
    secret: str
    passphrase: str

    def __repr__(self) -> str:
        return "<CredentialsReply: withheld>"


_Reply = TypeVar("_Reply")
_UNREADABLE: Final = (msgspec.DecodeError, UnicodeError, RecursionError)
_place: msgspec.json.Decoder[PlaceReply] = msgspec.json.Decoder(PlaceReply)
_batch: msgspec.json.Decoder[list[PlaceReply]] = msgspec.json.Decoder(list[PlaceReply])
_cancel: msgspec.json.Decoder[CancelReply] = msgspec.json.Decoder(CancelReply)
_order: msgspec.json.Decoder[OrderRow] = msgspec.json.Decoder(OrderRow)
_balance: msgspec.json.Decoder[BalanceReply] = msgspec.json.Decoder(BalanceReply)
_heartbeat: msgspec.json.Decoder[HeartbeatReply] = msgspec.json.Decoder(HeartbeatReply)
_error: msgspec.json.Decoder[ErrorReply] = msgspec.json.Decoder(ErrorReply)
_credentials: msgspec.json.Decoder[CredentialsReply] = msgspec.json.Decoder(CredentialsReply)
_anything: msgspec.json.Decoder[Any] = msgspec.json.Decoder()


def _read(decoder: "msgspec.json.Decoder[_Reply]", body: bytes | str) -> _Reply | None:
    try:
        check_nesting(body if isinstance(body, bytes) else body.encode())
        return decoder.decode(body)
    except _UNREADABLE:
        return None


def place_reply(body: bytes) -> PlaceReply | None:
    """The answer to one order."""
    return _read(_place, body)


def batch_reply(body: bytes) -> list[PlaceReply] | None:
    """The answer to several orders."""
    return _read(_batch, body)


def cancel_reply(body: bytes) -> CancelReply | None:
    """The answer to a cancel."""
    return _read(_cancel, body)


def order_row(body: bytes) -> OrderRow | None:
    """One order."""
    return _read(_order, body)


def balance_reply(body: bytes) -> BalanceReply | None:
    """One balance."""
    return _read(_balance, body)


def heartbeat_reply(body: bytes | str) -> HeartbeatReply | None:
    """The next heartbeat's id."""
    return _read(_heartbeat, body)


def error_reply(body: bytes | str) -> ErrorReply | None:
    """What was wrong."""
    return _read(_error, body)


def credentials_reply(body: bytes) -> CredentialsReply | None:
    """An API key."""
    return _read(_credentials, body)


def says_nothing(body: bytes) -> bool:
    """An empty body, `null` or `""`: how the venue has answered for an order it does not know (polymarket.md §3.8)."""
    if not body.strip():
        return True
    try:
        check_nesting(body)
        return _anything.decode(body) in (None, "")
    except _UNREADABLE:
        return False
