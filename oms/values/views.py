"""What people are shown: frozen pictures. Filled by report.py; nothing decides on them."""

import msgspec

from oms.values.market import MarketId, TokenId
from oms.values.orders import OrderId
from oms.values.units import CashMicro, Nanos, Pips, SharesMicro


class TransitionView(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One step in an order's life."""

    at_ns: Nanos
    happening: str
    state: str
    filled_micro: SharesMicro


class OrderView(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One order with its audit trail (requirements 2.36)."""

    order_id: OrderId
    venue_order_id: str
    market_id: MarketId
    token: TokenId
    side: str
    price_pips: Pips
    size_micro: int
    filled_micro: SharesMicro
    state: str
    status: str
    """The public name: pending, partial, filled, cancelled, expired, rejected, failed, unknown."""
    strategy: str
    why: str
    history: tuple[TransitionView, ...]


class ProgressView(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One line of live progress."""

    at_ns: Nanos
    events: int
    placed: int
    filled: int
    cancelled: int
    resting: int
    cash_free_micro: CashMicro
    equity_mark_micro: CashMicro | None
    equity_worst_micro: CashMicro
    books: str
    """How many books are LIVE / SUSPECT / STALE, in words."""
