"""What a pool holds and says: orders, matches, and the quantum that keeps every match exact in cash (theory in matching.py)."""

import enum
from math import gcd
from typing import Final

import msgspec

from oms.values.units import PRICE_ONE_PIPS, Pips, SharesMicro

DUST_MICRO: Final = 10_000
"""Less than this (0.01 share, or a cent of cash) left over counts as complete for a FOK; no quantum is larger."""

PoolId = int | str
"""Names an order within its pool; the exchange counts, tests use words."""


class BadPoolOrder(ValueError):
    """The pool cannot hold this order: off its grid, out of range, empty, or its key is already there. Nothing was changed."""


class SelfTrades(enum.Enum):
    """What happens when an order would trade with its own account. The venue's rule is unknown, so OFF is the default (ruling 2.15)."""

    OFF = "off"
    """They trade."""
    CANCEL_NEWEST = "cancel_newest"
    """The taker stops there; what is left of it is cancelled."""
    CANCEL_RESTING = "cancel_resting"
    """The resting order is cancelled and the taker goes on."""


class Kind(enum.Enum):
    """How a match settles (polymarket.md §3.7)."""

    __hash__ = object.__hash__  # members are single objects; Enum's own hash goes through the name, in Python

    COMPLEMENTARY = "COMPLEMENTARY"
    """BUY X against SELL X: shares change hands."""
    MINT = "MINT"
    """BUY YES against BUY NO: a complete set is made of both payments."""
    MERGE = "MERGE"
    """SELL YES against SELL NO: a complete set becomes cash again."""


class PoolOrder(msgspec.Struct, gc=False):
    """An order as the pool sees it; mutable, in its owner's own token terms."""

    order_id: PoolId
    owner: str
    """Whose it is: only self-trade prevention asks."""
    is_yes: bool
    is_buy: bool
    price_pips: Pips
    """In pips of the order's own token."""
    size_micro: int
    """What is left: shares, or cash if `is_in_cash`."""
    is_in_cash: bool = False
    """Immediate BUY sized in cash: a better price buys more shares."""
    rung: int = 0
    """Where it rests; 0: it does not."""

    @property
    def is_bid(self) -> bool:
        """On the bid side in YES terms."""
        return self.is_buy is self.is_yes

    @property
    def yes_pips(self) -> Pips:
        """The price in YES terms."""
        return self.price_pips if self.is_yes else PRICE_ONE_PIPS - self.price_pips


class Match(msgspec.Struct, frozen=True, gc=False):
    """One maker met by one taker. The two orders are the live records: their sizes are as of the end of the operation."""

    maker: PoolOrder
    taker: PoolOrder
    kind: Kind
    shares_micro: SharesMicro
    maker_price_pips: Pips
    """In the maker's own token: its limit, always."""
    taker_price_pips: Pips
    """In the taker's own token: equal for COMPLEMENTARY; for MINT and MERGE the two add up to a dollar."""


class Plan(msgspec.Struct, gc=False):
    """What an order would take now. Valid until the pool changes."""

    takes: list[tuple[PoolOrder, SharesMicro]]
    left_micro: int
    """What the order has left then, in its own unit."""
    may_rest: bool
    """Nothing that it could trade with would stand against it."""
    drops: list[PoolOrder]
    """Own resting orders that self-trade prevention takes away."""


QUANTUM_MICRO: Final = tuple(PRICE_ONE_PIPS // gcd(price, PRICE_ONE_PIPS) for price in range(PRICE_ONE_PIPS + 1))
"""By price: the fewest micro-shares that cost a whole number of micro-dollars; every trade is a multiple."""
