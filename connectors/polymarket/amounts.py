"""What an order is in the venue's own integers: (makerAmount, takerAmount); and why an order is unfit to be signed.

An order of ours is fit when the amounts say exactly what the OMS believes. So a size of more than two decimals is refused by name, where the
official clients silently drop the rest; and all arithmetic is in integers, where their floats lose a cent of a share now and then
(floor(2521.2 × 100) is 252119) and `py-clob-client-v2` even a tick of a market order's price (0.29 becomes 0.28). Where their floats are
exact, our amounts are theirs (data/vectors/order_amounts.json).

One rule is the venue's and not its clients': the taker's side of an immediate order has at most four decimals whatever the tick, else the order
is refused (polymarket.md §3.3; Polymarket/py-clob-client-v2 issue 99, 2026-07). The clients' five or six decimals on fine ticks never trade.
"""

import enum
from typing import Final, NamedTuple

from oms.values.market import Market
from oms.values.orders import OrderSpec, Side
from oms.values.units import MICRO, PRICE_ONE_PIPS, SIZE_MICRO_MAX, CashMicro, Pips, proceeds_cash_micro, shares_for_cash_micro

SIZE_STEP_MICRO: Final = MICRO // 100
"""Sizes have two decimals on every tick (ROUNDING_CONFIG of py-clob-client-v2 1.2.1)."""

MARKETABLE_CASH_MIN_MICRO: Final = MICRO
"""`invalid amount for a marketable BUY order ($0.84), min size: $1` (polymarket.md §3.6)."""

_TAKER_STEP_MICRO: Final = {1_000: 1_000, 100: 100, 50: 100, 25: 100, 10: 100, 1: 100}
"""Tick in pips → step of the taker's side of an immediate order: three decimals at 0.1, four everywhere else. Also: the ticks there are."""


class Unfit(enum.Enum):
    """Why an order cannot be signed as it stands: the venue would refuse it, or do something else than we believe."""

    UNKNOWN_GENERATION = "the market is of a protocol generation we do not know"
    WRONG_LEDGER = "the token is not an id of the market's generation"
    UNKNOWN_TICK = "the market's tick is none the venue has"
    OFF_TICK = "the price is not on the market's tick"
    PRICE_OUT_OF_RANGE = "the price is not between one tick and a dollar less one tick"
    BAD_SIZE = "the size is not above zero or beyond anything a venue can hold"
    TOO_MANY_DECIMALS = "the size has more than two decimals"
    BELOW_MINIMUM_SHARES = "the size is below the market's minimum"
    BELOW_MINIMUM_CASH = "an immediate buy is of at least one dollar"
    POST_ONLY_IMMEDIATE = "an order that never rests cannot be post-only"
    EXPIRY_MISSING = "an order until a time needs that time, and no other order has one"
    EXPIRY_TOO_SOON = "the order would expire sooner than the venue allows"


class UnfitOrder(ValueError):
    """An order that must not be signed; `reason` says which rule it breaks, the message also with what."""

    def __init__(self, reason: Unfit, found: object) -> None:
        super().__init__(f"{reason.value}: {found}")
        self.reason = reason


class Amounts(NamedTuple):
    """What the order gives (maker) and what it asks (taker), in 10⁻⁶: cash for shares in a BUY, shares for cash in a SELL."""

    maker_micro: int
    taker_micro: int


def amounts(spec: OrderSpec, market: Market) -> Amounts:
    """The venue's two integers for this order.

    A resting order gives and asks exactly size × price. What an immediate order asks is rounded down to its step, so that it crosses at its limit
    price: its ratio is worse for us than the limit by less than one step of the amount asked, as with the official clients.

    Args:
        spec: the order.
        market: its market; `tick_pips` must be the tick **now** (it changes while one quotes).

    Raises:
        UnfitOrder: for every reason of `Unfit` that concerns price and size.
    """
    step = _TAKER_STEP_MICRO.get(market.tick_pips)
    if step is None:
        raise UnfitOrder(Unfit.UNKNOWN_TICK, f"{market.tick_pips} pips")
    price, size = spec.price_pips, spec.size_micro
    if price % market.tick_pips:
        raise UnfitOrder(Unfit.OFF_TICK, f"{price} pips on a tick of {market.tick_pips}")
    if not market.tick_pips <= price <= PRICE_ONE_PIPS - market.tick_pips:
        raise UnfitOrder(Unfit.PRICE_OUT_OF_RANGE, f"{price} pips")
    if not 0 < size <= SIZE_MICRO_MAX:
        raise UnfitOrder(Unfit.BAD_SIZE, f"{size} micro")
    if size % SIZE_STEP_MICRO:
        raise UnfitOrder(Unfit.TOO_MANY_DECIMALS, f"{size} micro")
    is_immediate, is_buy = spec.is_immediate, spec.side is Side.BUY
    if is_immediate and is_buy:
        return _cash_for_shares(size, price, step)
    if size < market.min_shares_micro:
        raise UnfitOrder(Unfit.BELOW_MINIMUM_SHARES, f"{size} of {market.min_shares_micro} micro")
    cash = proceeds_cash_micro(size, price)  # exact: a hundredth of a share at a whole number of pips is a whole number of 10⁻⁶ dollars
    if is_buy:
        return Amounts(cash, size)
    return Amounts(size, cash - cash % step if is_immediate else cash)


def _cash_for_shares(cash_micro: CashMicro, price_pips: Pips, step: int) -> Amounts:
    """An immediate BUY: so much cash for at least so many shares."""
    if cash_micro < MARKETABLE_CASH_MIN_MICRO:
        raise UnfitOrder(Unfit.BELOW_MINIMUM_CASH, f"{cash_micro} of {MARKETABLE_CASH_MIN_MICRO} micro")
    shares = shares_for_cash_micro(cash_micro, price_pips)
    return Amounts(cash_micro, shares - shares % step)
