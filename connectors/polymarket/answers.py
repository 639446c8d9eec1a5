"""What the venue answers when it is asked about orders, trades and balances: read here, concluded from only where nothing is in doubt. Pure.

A question has three answers: found, proven absent, failed. A failed one leads to no fact at all, and the engine asks again. A row that cannot be read
is named in `omitted`, so that nobody concludes anything from its absence.
"""

import enum
from collections.abc import Sequence
from typing import Final

import msgspec

from connectors.polymarket import wire_rest as wire
from connectors.polymarket.user_facts import UserFacts, killed
from connectors.polymarket.wire import Refusal
from connectors.polymarket.wire_user import Trade, moment_ns
from connectors.transport.http import Absent, Answer, Found
from oms.values.events import Acked, CancelDone, Expired, Filled, OpenOrder, Rejected, SettlementMoved
from oms.values.nesting import check_nesting
from oms.values.orders import OrderId, VenueOrderId
from oms.values.texts import one_line
from oms.values.units import BadNumber, CashMicro, Nanos, SharesMicro, price_pips_from_text, size_micro_from_text

_EXCERPT_MAX: Final = 60
_STANDS: Final = frozenset({"LIVE", "DELAYED", "UNMATCHED"})
_UNITS_DIGITS_MAX: Final = 78
"""An unlimited allowance is 2²⁵⁶ − 1."""
_trade: msgspec.json.Decoder[Trade] = msgspec.json.Decoder(Trade)


class Fate(enum.Enum):
    """What became of an order, in the venue's word."""

    STANDS = "STANDS"
    FILLED = "FILLED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """An order that the venue knows."""

    fate: Fate
    status: str
    filled_micro: SharesMicro
    trade_ids: tuple[str, ...]
    created_ns: Nanos | None


class Unknown(msgspec.Struct, frozen=True):
    """The venue says that it does not know the order; alone that proves nothing (ruling 0.6)."""


def fate_of(status: str) -> Fate | None:
    """A status by its beginning (polymarket.md §3.5); None for one nobody has seen."""
    word = status.removeprefix("ORDER_STATUS_")
    if word in _STANDS:
        return Fate.STANDS
    if word == "MATCHED":
        return Fate.FILLED
    if word.startswith("CANCEL"):
        return Fate.EXPIRED if "EXPIRED" in word or "TIMED_OUT" in word else Fate.CANCELLED
    return Fate.CANCELLED if word.startswith("INVALID") else None


def read_order(answer: Answer, name: VenueOrderId) -> Seen | Unknown | None:
    """GET /data/order/{name}; None: nothing follows from this answer."""
    if isinstance(answer, Absent):
        error = wire.error_reply(answer.text)
        return Unknown() if answer.status == 404 and (not answer.text.strip() or (error is not None and error.text)) else None
    if not isinstance(answer, Found):
        return None
    if wire.says_nothing(answer.body):
        return Unknown()
    row = wire.order_row(answer.body)
    if row is None or row.id.lower() != name.lower() or (fate := fate_of(row.status)) is None:
        return None
    try:
        filled_micro = size_micro_from_text(row.size_matched)
    except BadNumber:
        return None
    created = None if row.created_at is None else moment_ns(str(row.created_at))
    return Seen(
        fate=fate, status=row.status[:_EXCERPT_MAX], filled_micro=filled_micro, trade_ids=tuple(row.associate_trades or ()), created_ns=created
    )


def facts_of(seen: Seen, order_id: OrderId, name: VenueOrderId) -> Acked | CancelDone | Expired | Rejected:
    """What was seen, as a fact.

    An order that is over says how much of it was filled: the engine keeps it open until it knows that much (oms/apply_own.py). So a wholly filled
    one is told as over too; with all its fills known that changes nothing. A killed FOK never stood: it is told as refused.
    """
    if seen.fate is Fate.STANDS:
        return Acked(order_id=order_id, venue_order_id=name)
    if seen.fate is Fate.EXPIRED:
        return Expired(order_id=order_id, filled_micro=seen.filled_micro)
    ended = CancelDone(order_id=order_id, why=f"the venue says {seen.status}", filled_micro=seen.filled_micro)
    return killed(order_id, seen.status, seen.filled_micro) or ended


def read_open_orders(rows: Sequence[bytes]) -> tuple[list[OpenOrder], list[str]]:
    """Rows of GET /data/orders: what stands, and which rows could not be read."""
    orders: list[OpenOrder] = []
    omitted: list[str] = []
    for body in rows:
        row = wire.order_row(body)
        fate = None if row is None else fate_of(row.status)
        if row is None or fate is None:
            omitted.append(f"a row of {len(body)} bytes: {one_line(row.status, _EXCERPT_MAX) if row else 'no order'}")
            continue
        if fate is not Fate.STANDS:
            continue
        try:
            orders.append(
                OpenOrder(
                    venue_order_id=row.id.lower(),
                    token=row.asset_id,
                    side=row.side,
                    price_pips=price_pips_from_text(row.price),
                    shares_micro=size_micro_from_text(row.original_size),
                    filled_micro=size_micro_from_text(row.size_matched),
                )
            )
        except BadNumber as error:
            omitted.append(f"order {one_line(row.id, 20)}: {error}")
    return orders, omitted


class TradesRead(msgspec.Struct, frozen=True, kw_only=True):
    """What rows of GET /data/trades say of orders of ours."""

    fills: tuple[Filled, ...]
    settlements: tuple[SettlementMoved, ...]
    foreign: int
    omitted: tuple[str, ...]

    def of(self, order_id: OrderId) -> "TradesRead":
        """Only what concerns this order."""
        return msgspec.structs.replace(
            self,
            fills=tuple(fill for fill in self.fills if fill.order_id == order_id),
            settlements=tuple(moved for moved in self.settlements if moved.order_id == order_id),
        )


def read_trades(rows: Sequence[bytes], reader: UserFacts, at_ns: Nanos) -> TradesRead:
    """Rows of GET /data/trades, oldest first; `at_ns` stands in for a time that cannot be read."""
    fills: list[Filled] = []
    settlements: list[SettlementMoved] = []
    omitted: list[str] = []
    foreign = 0
    for body in rows:
        try:
            check_nesting(body)
            told = reader.trade(_trade.decode(body), at_ns)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, Refusal, BadNumber) as error:
            omitted.append(one_line(f"a trade: {error}", 2 * _EXCERPT_MAX))
            continue
        fills += told.fills
        settlements += told.settlements
        foreign += told.foreign
    fills.sort(key=lambda fill: fill.exchange_ns)
    return TradesRead(fills=tuple(fills), settlements=tuple(settlements), foreign=foreign, omitted=tuple(omitted))


class Balance(msgspec.Struct, frozen=True, kw_only=True):
    """What the account has of one asset, and how much of it each contract may move: base units, 10⁻⁶ dollars or shares."""

    held_micro: CashMicro
    allowances_micro: tuple[tuple[str, int], ...]
    """Contract (as the venue writes it) → units; unlimited is 2²⁵⁶ − 1. Empty: not told."""


def read_balance(answer: Answer) -> Balance | None:
    """GET /balance-allowance; None: nothing follows from this answer."""
    reply = wire.balance_reply(answer.body) if isinstance(answer, Found) else None
    if reply is None:
        return None
    told = dict(reply.allowances or {})
    if reply.allowances is None and reply.allowance is not None:
        told[""] = reply.allowance
    try:
        return Balance(held_micro=_units(reply.balance), allowances_micro=tuple((contract, _units(text)) for contract, text in told.items()))
    except BadNumber:
        return None


def _units(text: str) -> int:
    """A whole number of base units. A point in it would leave the unit in doubt, so that is refused."""
    if not (text.isascii() and text.isdecimal() and len(text) <= _UNITS_DIGITS_MAX):
        raise BadNumber(f"{text[:_EXCERPT_MAX]!r} is not a whole number of base units")
    return int(text)
