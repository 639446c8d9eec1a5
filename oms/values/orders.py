"""What an order is before it is anybody's state: side, lifetime, specification, ids."""

import enum

import msgspec

from oms.values.market import MarketId, TokenId
from oms.values.units import CashMicro, Nanos, Pips, SharesMicro, cost_cash_micro, shares_for_cash_micro

OrderId = str
"""Ours: run seed and counter, so that a replay gives the same ids."""
VenueOrderId = str
TradeId = str


class Side(enum.Enum):
    """Which way we trade; also which side of a book a level is on (bids are BUY)."""

    __hash__ = object.__hash__  # members are single objects; Enum's own hash goes through the name, in Python

    BUY = "BUY"
    SELL = "SELL"

    @property
    def opposite(self) -> "Side":
        """The other side."""
        return Side.SELL if self is Side.BUY else Side.BUY


class Lifetime(enum.Enum):
    """How long an order stands."""

    __hash__ = object.__hash__  # members are single objects; Enum's own hash goes through the name, in Python

    GTC = "GTC"
    """Rests until cancelled."""
    GTD = "GTD"
    """Rests until `expires_ns`."""
    FOK = "FOK"
    """All at once or not at all; never rests."""
    FAK = "FAK"
    """What is there at once, the rest is cancelled; never rests."""


class OrderSpec(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What we ask of a venue.

    `size_micro` is shares, except for an immediate BUY (FOK, FAK), where it is **cash**: there the venue takes an amount of
    collateral, and a better price buys more shares (polymarket.md §4.1, ruling 2.10).
    """

    market_id: MarketId
    token: TokenId
    side: Side
    price_pips: Pips
    size_micro: int
    lifetime: Lifetime = Lifetime.GTC
    post_only: bool = False
    expires_ns: Nanos | None = None

    @property
    def is_immediate(self) -> bool:
        """Never rests."""
        return self.lifetime is Lifetime.FOK or self.lifetime is Lifetime.FAK

    @property
    def is_in_cash(self) -> bool:
        """`size_micro` is cash, not shares."""
        return self.side is Side.BUY and self.is_immediate

    @property
    def shares_micro(self) -> SharesMicro:
        """Shares at the limit price: exact for orders in shares, the least one gets for a full fill of an order in cash."""
        return shares_for_cash_micro(self.size_micro, self.price_pips) if self.is_in_cash else self.size_micro

    @property
    def cost_micro(self) -> CashMicro:
        """Cash a BUY can cost at most before fees; what a SELL is worth at its limit."""
        return self.size_micro if self.is_in_cash else cost_cash_micro(self.size_micro, self.price_pips)


class OpenOrder(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One row of a venue's open-orders answer."""

    venue_order_id: VenueOrderId
    token: TokenId
    side: Side
    price_pips: Pips
    shares_micro: SharesMicro
    filled_micro: SharesMicro


class SettlementStage(enum.Enum):
    """What the venue says about a trade after the match (the table is in machines/settlement.py)."""

    __hash__ = object.__hash__  # members are single objects; Enum's own hash goes through the name, in Python

    MATCHED = "MATCHED"
    MINED = "MINED"
    CONFIRMED = "CONFIRMED"
    RETRYING = "RETRYING"
    FAILED = "FAILED"
