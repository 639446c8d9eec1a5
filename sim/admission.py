"""The door of the exchange: what refuses an order before it touches money or the pool.

Flat columns of guards in the venue's order (polymarket.md §11 rule 7): market open, tick, minimum, expiration, post-only, precision; balance and
match follow in desk.py.
"""

from typing import Final

from oms.values.orders import Lifetime, OrderSpec, Side
from oms.values.units import MICRO, PRICE_ONE_PIPS, SIZE_MICRO_MAX, Nanos
from sim.listing import Listing, MarketState
from sim.outcomes import Refusal
from sim.pool_orders import PoolOrder

MARKETABLE_BUY_MIN_MICRO: Final = MICRO
"""A BUY that trades at once is worth at least a dollar (polymarket.md §4.2)."""
IMMEDIATE_STEP_MICRO: Final = 10_000
"""What an immediate order gives has at most two decimals (polymarket.md fact 22)."""


def terms_refusal(spec: OrderSpec, listing: Listing | None, at_ns: Nanos) -> Refusal | None:
    """What is wrong with the order by itself; None: nothing."""
    if not 0 < spec.size_micro <= SIZE_MICRO_MAX:
        return Refusal.BAD_SIZE
    if listing is None or spec.token not in (listing.market.yes, listing.market.no):
        return Refusal.MARKET_UNKNOWN
    if listing.state is not MarketState.OPEN:
        return Refusal.MARKET_CLOSED
    if not 0 < spec.price_pips < PRICE_ONE_PIPS:
        return Refusal.PRICE_OUT_OF_RANGE
    if spec.price_pips % listing.market.tick_pips:
        return Refusal.PRICE_OFF_TICK
    return _size_refusal(spec, listing) or _expiry_refusal(spec, at_ns)


def meeting_refusal(spec: OrderSpec, listing: Listing, pooled: PoolOrder) -> Refusal | None:
    """What is wrong with the order in this book; None: nothing. The terms must be right already."""
    if spec.post_only and spec.is_immediate:
        return Refusal.POST_ONLY_IMMEDIATE
    if spec.is_immediate:
        return Refusal.AMOUNT_TOO_FINE if spec.size_micro % IMMEDIATE_STEP_MICRO else None
    if not listing.pool.would_cross(pooled):
        return None
    if spec.post_only:
        return Refusal.POST_ONLY_WOULD_CROSS
    if spec.side is Side.BUY and spec.cost_micro < MARKETABLE_BUY_MIN_MICRO:
        return Refusal.BELOW_MINIMUM
    return None


def _size_refusal(spec: OrderSpec, listing: Listing) -> Refusal | None:
    if spec.is_in_cash:
        return Refusal.BELOW_MINIMUM if spec.size_micro < MARKETABLE_BUY_MIN_MICRO else None
    if not spec.is_immediate and spec.size_micro < listing.market.min_shares_micro:
        return Refusal.BELOW_MINIMUM
    return None


def _expiry_refusal(spec: OrderSpec, at_ns: Nanos) -> Refusal | None:
    if (spec.lifetime is Lifetime.GTD) is (spec.expires_ns is None):
        return Refusal.EXPIRY_MISSING
    if spec.expires_ns is not None and spec.expires_ns <= at_ns:
        return Refusal.EXPIRY_IN_PAST
    return None
