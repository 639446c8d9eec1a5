"""The plain parts of paper trading: a recorded book, one of our orders in it, one execution; and the few words prices are compared with."""

from typing import Final

import msgspec

from oms.values.market import TokenId
from oms.values.orders import OrderId, OrderSpec, Side
from oms.values.units import NS_PER_SECOND, SIZE_MICRO_MAX, CashMicro, Nanos, Pips, SharesMicro, cost_cash_micro, proceeds_cash_micro

LENSES: Final = ("touch", "queue", "through")
TOUCH, QUEUE, THROUGH = range(3)
HARSH_FIRST: Final = (THROUGH, QUEUE, TOUCH)
"""The order in which the lenses take displayed size: a lens may look at what a more flattering one took, not at what it is taking now."""
NOT_KNOWN: Final = SIZE_MICRO_MAX
"""The queue ahead of an order that arrived while the book was not known: everything, until a full book says less."""

TOGETHER_NS: Final = 2 * NS_PER_SECOND
"""A trade and the fall of its level are told one after the other, in either order, by the exchange's time within so much."""

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

    __slots__ = ("ahead", "capped", "capped_ns", "number", "order_id", "remaining", "spec")

    def __init__(self, order_id: OrderId, spec: OrderSpec, number: int) -> None:
        self.order_id = order_id
        self.number = number
        """Counts arrivals: among equal prices the lower one is first."""
        self.spec = spec
        self.remaining: list[int] = [spec.size_micro] * len(LENSES)
        """In the order's own unit, a lens each."""
        self.ahead: SharesMicro = 0
        """Shares that were at our price before us (queue lens)."""
        self.capped: SharesMicro = 0
        """Shares before us that a fall of the level took away at `capped_ns`; a trade told just after it is the same shares, not counted again."""
        self.capped_ns: Nanos = 0

    def cap(self, displayed: SharesMicro, exchange_ns: Nanos) -> None:
        """So much is displayed at our price now: not more than that stands before us."""
        if self.ahead > displayed:
            self.capped = self.just_capped(exchange_ns) + self.ahead - displayed
            self.capped_ns = exchange_ns
            self.ahead = displayed

    def just_capped(self, exchange_ns: Nanos) -> SharesMicro:
        """What a trade of this moment may have been told after."""
        return self.capped if abs(exchange_ns - self.capped_ns) <= TOGETHER_NS else 0


class Recorded:
    """The recorded book of one token, as plain as can be: this is the judge's copy, not the OMS's."""

    __slots__ = ("_best", "blind", "sides")

    def __init__(self) -> None:
        self.sides: dict[Side, dict[Pips, SharesMicro]] = {Side.BUY: {}, Side.SELL: {}}
        """Read only for others: `set` keeps the best prices in step."""
        self.blind = True
        self._best: dict[Side, Pips | None] = {}
        """Best prices as far as they are known; a side is missing after its best level went, until somebody asks."""

    def set(self, side: Side, price: Pips, size: SharesMicro) -> SharesMicro:
        """The level's new size. Returns what it was."""
        levels = self.sides[side]
        before = levels.get(price, 0)
        if size:
            levels[price] = size
            best = self._best.get(side, price)
            if best is None or (price > best if side is Side.BUY else price < best):
                self._best[side] = price
        elif before:
            del levels[price]
            if self._best.get(side) == price:
                del self._best[side]
        return before

    def best(self, side: Side) -> Pips | None:
        """Best price of a side, or None."""
        if side not in self._best:
            levels = self.sides[side]
            self._best[side] = (max(levels) if side is Side.BUY else min(levels)) if levels else None
        return self._best[side]


def cash_for(side: Side, shares: SharesMicro, price: Pips) -> CashMicro:
    """Cash that changes hands: what we pay is rounded up, what we get is rounded down."""
    return cost_cash_micro(shares, price) if side is Side.BUY else proceeds_cash_micro(shares, price)


def fill_maker(order: PaperOrder, lens: int, shares: SharesMicro, *, inferred: bool) -> PaperFill:
    """Take `shares` off a resting order, at its limit.

    Cash is rounded over the whole order, so that many small fills never cost more than was set aside for it.
    """
    spec = order.spec
    done = spec.size_micro - order.remaining[lens]
    order.remaining[lens] -= shares
    return PaperFill(
        lens=lens,
        order_id=order.order_id,
        token=spec.token,
        side=spec.side,
        price_pips=spec.price_pips,
        shares_micro=shares,
        cash_micro=cash_for(spec.side, done + shares, spec.price_pips) - cash_for(spec.side, done, spec.price_pips),
        fee_micro=0,
        is_maker=True,
        inferred=inferred,
    )


def reaches(side: Side, limit_pips: Pips, price_pips: Pips) -> bool:
    """Does a price on the other side reach an order of `side` at `limit_pips`?"""
    return price_pips <= limit_pips if side is Side.BUY else price_pips >= limit_pips


def inward(levels: dict[Pips, SharesMicro], side: Side) -> list[Pips]:
    """Prices of a side from the best on."""
    return sorted(levels, reverse=side is Side.BUY)


def by_priority(resting: dict[OrderId, PaperOrder], side: Side) -> list[PaperOrder]:
    """Resting orders of a side, best price first, then oldest."""
    orders = [order for order in resting.values() if order.spec.side is side]
    return sorted(orders, key=lambda order: -order.spec.price_pips if side is Side.BUY else order.spec.price_pips)
