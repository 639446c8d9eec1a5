"""The plain parts of paper trading: a recorded book, one of our orders in it, one execution; and the few words prices are compared with."""

from typing import Final

import msgspec

from oms.values.market import TokenId
from oms.values.orders import Lifetime, OrderId, OrderSpec, Side
from oms.values.units import CashMicro, Pips, SharesMicro, cost_cash_micro, proceeds_cash_micro

LENSES: Final = ("touch", "queue", "through")
TOUCH, QUEUE, THROUGH = range(3)

Key = tuple[TokenId, Side, Pips]


class PaperFill(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One execution under one lens."""

    lens: int
    order_id: OrderId
    token: TokenId
    side: Side
    price_pips: Pips
    shares_micro: SharesMicro
    cash_micro: CashMicro
    fee_micro: CashMicro
    is_maker: bool
    inferred: bool


class PaperOrder:
    """One of our orders, resting in no book but this."""

    __slots__ = ("ahead", "order_id", "remaining", "spec")

    def __init__(self, order_id: OrderId, spec: OrderSpec) -> None:
        self.order_id = order_id
        self.spec = spec
        self.remaining: list[int] = [spec.size_micro] * len(LENSES)
        """In the order's own unit, a lens each."""
        self.ahead: SharesMicro = 0
        """Shares that were at our price before us (queue lens)."""


class Recorded:
    """The recorded book of one token, as plain as can be: this is the judge's copy, not the OMS's."""

    __slots__ = ("blind", "sides")

    def __init__(self) -> None:
        self.sides: dict[Side, dict[Pips, SharesMicro]] = {Side.BUY: {}, Side.SELL: {}}
        self.blind = True

    def best(self, side: Side) -> Pips | None:
        """Best price of a side, or None."""
        levels = self.sides[side]
        if not levels:
            return None
        return max(levels) if side is Side.BUY else min(levels)


def is_fillable(spec: OrderSpec, takeable: int) -> bool:
    """Would a FOK fill whole? A cash order may leave less than the price of one micro-share unfilled."""
    assert spec.lifetime is Lifetime.FOK
    return spec.size_micro - takeable <= (1 if spec.is_in_cash else 0)


def cash_for(side: Side, shares: SharesMicro, price: Pips) -> CashMicro:
    """Cash that changes hands: what we pay is rounded up, what we get is rounded down."""
    return cost_cash_micro(shares, price) if side is Side.BUY else proceeds_cash_micro(shares, price)


def reaches(side: Side, limit_pips: Pips, price_pips: Pips) -> bool:
    """Does a price on the other side reach an order of `side` at `limit_pips`?"""
    return price_pips <= limit_pips if side is Side.BUY else price_pips >= limit_pips


def inward(levels: dict[Pips, SharesMicro], side: Side) -> list[Pips]:
    """Prices of a side from the best on."""
    return sorted(levels, reverse=side is Side.BUY)


def by_priority(resting: dict[OrderId, PaperOrder], side: Side) -> list[PaperOrder]:
    """Our resting orders of a side, best price first, then oldest."""
    orders = [order for order in resting.values() if order.spec.side is side]
    return sorted(orders, key=lambda order: -order.spec.price_pips if side is Side.BUY else order.spec.price_pips)
