"""What a journal comes to, as frozen values: points of lines, fills, markets, measures. Filled by oms/history.py, drawn by whoever shows it."""

from typing import Any

import msgspec

from oms.values.market import Market, Payout
from oms.values.orders import OrderId, Side, TradeId
from oms.values.snapshot import Health
from oms.values.units import CashMicro, Nanos, Pips, SharesMicro
from oms.values.views import LensView


class EquityPoint(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The account at one moment."""

    at_ns: Nanos
    cash_free_micro: CashMicro
    worst_micro: CashMicro
    """Cash, and holdings if every outcome goes against us."""
    mark_micro: CashMicro | None
    """Cash, and holdings at their marks; None: one of them had no honest price."""


class HealthPoint(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """How many open markets had both books LIVE, one of them doubted, one of them stale."""

    at_ns: Nanos
    live: int
    suspect: int
    stale: int


class LensPoint(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The running results of the lenses."""

    at_ns: Nanos
    lenses: tuple[LensView, ...]


class MarketPoint(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One market at one moment, prices in YES terms."""

    at_ns: Nanos
    bid_pips: Pips
    """0: nobody bids."""
    ask_pips: Pips
    """10 000: nobody asks."""
    our_bid_pips: Pips
    """Our best order that stood; 0: none."""
    our_ask_pips: Pips
    """10 000: none."""
    yes_micro: int
    """Held, settled or not."""
    no_micro: int
    health: Health


class FillPoint(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One fill that was applied."""

    at_ns: Nanos
    order_id: OrderId
    trade_id: TradeId
    outcome: str
    """YES or NO."""
    side: Side
    price_pips: Pips
    """Of its own token."""
    yes_price_pips: Pips
    shares_micro: SharesMicro
    fee_cash_micro: CashMicro
    is_maker: bool
    inferred: bool


class MarketHistory(msgspec.Struct, frozen=True, kw_only=True):
    """One market that we had orders or complete sets in."""

    market: Market
    points: tuple[MarketPoint, ...]
    fills: tuple[FillPoint, ...]
    orders: int
    cash_micro: CashMicro
    """What it brought or cost so far, fees included; after the payout its result."""
    payout: Payout | None
    """None: not paid out yet."""


class Measure(msgspec.Struct, frozen=True, kw_only=True):
    """One result with how sure it is."""

    name: str
    unit: str
    """share (0 to 1) or usd."""
    value: float | None
    low: float | None
    """The interval at 95 %; None: too few to tell."""
    high: float | None
    count: int
    """How many independent things it rests on."""
    of: str
    """What those things are."""


class History(msgspec.Struct, frozen=True, kw_only=True):
    """A whole journal."""

    run_id: str
    status: str
    """finished, interrupted, or running (also when it was killed)."""
    schema: int
    about: dict[str, Any]
    """Notes, assumptions, tapes, strategies, limits."""
    first_ns: Nanos
    last_ns: Nanos
    totals: dict[str, Any]
    """In the shape of the run report (report: 1)."""
    measures: tuple[Measure, ...]
    verdict: str
    """What may be concluded, in a sentence; often that nothing may."""
    disagreement: str
    """Where this journal's sums and the run's own conclusion differ; empty: nowhere, or there is no conclusion."""
    drawdown_mark_micro: CashMicro | None
    """The deepest fall of equity at the mark from a peak before; None: it had no mark."""
    equity: tuple[EquityPoint, ...]
    health: tuple[HealthPoint, ...]
    lenses: tuple[LensPoint, ...]
    markets: tuple[MarketHistory, ...]
    """In the order in which they were listed; only those with orders or complete sets of ours."""
