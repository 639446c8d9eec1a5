"""The rows of what a person is shown (panels.py): one market, one order, one fill, one holding, one near miss, one socket.

Money is in micro-dollars, shares in micro-shares, prices in pips; moments are nanoseconds of the run's own clock. Texts that a venue wrote (titles,
reasons) may hold anything: whoever shows them makes them harmless first.
"""

import msgspec

from oms.values.market import EventId, MarketId
from oms.values.orders import OrderId
from oms.values.units import CashMicro, Nanos, Pips, SharesMicro


class _Shown(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Common shape of rows."""


class CurvePoint(_Shown, frozen=True, array_like=True):
    """Equity at one moment."""

    at_ns: Nanos
    mark_micro: CashMicro | None
    worst_micro: CashMicro


class MarketRow(_Shown, frozen=True):
    """One market, in YES terms."""

    market_id: MarketId
    title: str
    event_id: EventId = ""
    bid_pips: Pips = 0
    """0: nobody bids."""
    ask_pips: Pips = 10_000
    """10 000: nobody asks."""
    our_bid_pips: Pips = 0
    """Our best resting buy of YES (or sale of NO); 0: none."""
    our_ask_pips: Pips = 0
    health: str = ""
    """LIVE, SUSPECT or STALE; CLOSED when trading there is over."""
    doubts: str = ""
    """Why not LIVE, in words."""
    changed_ns: Nanos = 0
    """When the last message about one of its books came; 0: never."""
    net_micro: int = 0
    """YES held − NO held."""
    orders: int = 0
    worst_micro: CashMicro = 0
    """What the market brings at worst from here, everything that rests counted as filled."""
    end_ns: Nanos | None = None
    stopped: str = ""
    """Why nothing new is sent here (paused by a person, quarantined); empty: it is traded."""


class LadderLevel(_Shown, frozen=True, array_like=True):
    """One price of the ladder, in YES terms."""

    price_pips: Pips
    shares_micro: SharesMicro
    """Of everybody, ours included where the venue counts them."""
    our_micro: SharesMicro = 0
    """Of ours that rest there."""


class OrderRow(_Shown, frozen=True):
    """One order."""

    order_id: OrderId
    market_id: MarketId
    title: str
    outcome: str
    """YES or NO."""
    side: str
    price_pips: Pips
    size_micro: int
    """Shares; of an order sized in cash, micro-dollars."""
    in_cash: bool = False
    filled_micro: SharesMicro = 0
    state: str = ""
    status: str = ""
    """The public name: pending, partial, filled, cancelled, expired, rejected, failed, unknown."""
    strategy: str = ""
    why: str = ""
    opened_ns: Nanos = 0
    changed_ns: Nanos = 0
    venue_order_id: str = ""


class FillRow(_Shown, frozen=True):
    """One fill."""

    at_ns: Nanos
    order_id: OrderId
    market_id: MarketId
    title: str
    outcome: str
    side: str
    price_pips: Pips
    shares_micro: SharesMicro
    cash_micro: CashMicro
    fee_micro: CashMicro
    is_maker: bool
    strategy: str = ""
    stage: str = ""
    """Of its settlement: MATCHED, MINED, RETRYING, CONFIRMED, FAILED."""


class HoldingRow(_Shown, frozen=True):
    """What we own and asked for in one token."""

    market_id: MarketId
    title: str
    outcome: str
    confirmed_micro: SharesMicro = 0
    provisional_micro: int = 0
    at_risk_micro: int = 0
    resting_buy_micro: SharesMicro = 0
    resting_sell_micro: SharesMicro = 0
    sellable_micro: SharesMicro = 0
    mark_half_pips: int | None = None
    """The mark of this token in half pips; None: no honest price."""
    market_cash_micro: CashMicro = 0
    """What the market has brought or cost so far in cash (the same on both its rows)."""
    market_worst_micro: CashMicro = 0


class NearRow(_Shown, frozen=True):
    """One event that nearly pays."""

    event_id: EventId
    title: str
    strategy: str
    shape: str
    edge_pips: int
    """Net of fees, a set; negative: so much is missing."""
    raw_pips: int | None = None
    """The sum of best prices of a set, for people: 10 000 is a dollar."""
    sets_micro: SharesMicro = 0
    seen_ns: Nanos = 0
    why: str = ""


class BundleRow(_Shown, frozen=True):
    """One bundle, in flight or ended."""

    bundle_id: str
    event_id: EventId
    strategy: str
    shape: str
    legs: int
    sets_micro: SharesMicro
    worst_micro: CashMicro
    """What its proof promised at least."""
    opened_ns: Nanos
    ended_ns: Nanos = 0
    """0: in flight."""
    end: str = ""
    result_micro: CashMicro = 0
    why: str = ""


class FeedRow(_Shown, frozen=True):
    """One socket."""

    name: str
    is_open: bool
    heard_ns: Nanos = 0
    """When its last frame came; 0: none yet."""
    frames: int = 0
    reconnects: int = 0
    trouble: str = ""


class AlertRow(_Shown, frozen=True):
    """Something a person must know; the same kind and text again is counted."""

    at_ns: Nanos
    kind: str
    text: str
    count: int = 1


class LogRow(_Shown, frozen=True):
    """One line of the log."""

    at_ns: Nanos
    level: str
    text: str


class StrategyRow(_Shown, frozen=True):
    """One strategy at work and what is set."""

    name: str
    params: dict[str, object] = {}
