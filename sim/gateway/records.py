"""What the gateway knows beyond the exchange: what a market is called, who sent an order, which matches are one trade to the venue's users.

Times are nanoseconds since 1970, money 10⁻⁶ dollars, as everywhere.
"""

import enum
from typing import Final

import msgspec

from oms.values.events import SettlementStage
from oms.values.market import Market, TokenId
from oms.values.orders import OrderSpec, TradeId
from oms.values.units import MICRO, NS_PER_SECOND, CashMicro, Nanos, Pips, SharesMicro
from sim.outcomes import Leg, Trade

POLYGON: Final = 137


class HostSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What a simulated venue is like. The defaults are Polymarket's where they are known."""

    seed: int = 0
    chain_id: int = POLYGON
    grant_micro: CashMicro = 10_000 * MICRO
    """Play money of a wallet that is seen for the first time; 0: wallets start empty."""
    mined_ns: Nanos = 2 * NS_PER_SECOND
    """From match to MINED."""
    confirmed_ns: Nanos = 5 * NS_PER_SECOND
    """From match to CONFIRMED, or to FAILED."""
    failed_ppm: int = 0
    """How many of a million trades fail to settle; which, the seed decides."""


class Series(msgspec.Struct, frozen=True, kw_only=True):
    """Events that follow each other, such as the windows of every hour."""

    number: str
    """Gamma's `id` of it."""
    title: str
    recurrence: str
    """How long a window is, in Gamma's manner: "5m", "hourly", "daily"."""


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What a listed market has beyond `oms.values.market.Market`."""

    slug: str = ""
    question_id: str = ""
    description: str = ""
    outcomes: tuple[str, str] = ("Yes", "No")
    tags: tuple[str, ...] = ()
    hold_ns: Nanos = 0
    """How long an order that crosses is held before it meets the book (polymarket.md §4.4)."""
    hold_keeps_reply: bool = False
    """The answer waits as well (`itode`, crypto); False: the answer is `delayed` at once (`secondsDelay`, sports)."""
    pays_after_ns: Nanos = 10 * NS_PER_SECOND
    """From the market's end to its resolution, where the host has somebody who knows the outcome."""
    listed_ns: Nanos = 0
    series: Series | None = None
    """Of which its event is a window; None: of none."""


class OrderFacts(msgspec.Struct, eq=False, kw_only=True):
    """One order as its owner sees it. Mutable; changed by the host only."""

    order_id: str
    """The EIP-712 hash: 0x and 64 lower-case hexadecimal digits."""
    account: str
    """At the exchange: the maker's address in lower case."""
    maker_address: str
    """EIP-55."""
    owner: str
    """The API key that sent it; empty for a trader inside the process."""
    spec: OrderSpec
    expiration_s: int = 0
    """As sent; 0: none. A GTD order ends 60 s before it."""
    created_ns: Nanos = 0
    status: str = "LIVE"
    """LIVE, MATCHED, DELAYED, UNMATCHED or CANCELED… (polymarket.md §3.5)."""
    matched_micro: SharesMicro = 0
    """Shares filled so far."""
    paid_micro: CashMicro = 0
    """Their cash, before fees."""
    trade_ids: list[str] = msgspec.field(default_factory=list)
    """Of the venue's trades, oldest first."""
    rests: bool = False
    """It stands in the book now."""

    @property
    def original_micro(self) -> SharesMicro:
        """Size in shares; of an order in cash, what it buys at its limit."""
        return self.spec.shares_micro


class VenueTrade(msgspec.Struct, eq=False, kw_only=True):
    """What the venue calls a trade: one taker order met one or more makers **at one price** in one moment, and settles as a whole.

    The exchange settles each match; here those of one taker and price are put together, so that size × price of the trade is exact.
    """

    trade_id: str
    """A uuid text."""
    number: int
    """Counts all trades of this venue."""
    market: Market
    bucket_index: int
    taker: OrderFacts
    makers: list[tuple[OrderFacts, Leg]]
    matches: list[Trade]
    matched_ns: Nanos
    updated_ns: Nanos
    stage: SettlementStage = SettlementStage.MATCHED
    transaction_hash: str = ""
    """Empty until it is mined."""

    @property
    def token(self) -> TokenId:
        """The taker's."""
        return self.matches[0].taker.token

    @property
    def price_pips(self) -> Pips:
        """The taker's."""
        return self.matches[0].taker.price_pips

    @property
    def shares_micro(self) -> SharesMicro:
        """Of all makers together."""
        return sum(match.taker.shares_micro for match in self.matches)

    @property
    def exchange_ids(self) -> list[TradeId]:
        """The matches' ids at the exchange."""
        return [match.trade_id for match in self.matches]


class OrderMove(enum.Enum):
    """What an order message of the user channel is about."""

    PLACEMENT = "PLACEMENT"
    UPDATE = "UPDATE"
    CANCELLATION = "CANCELLATION"


class OrderMoved(msgspec.Struct, frozen=True):
    """Something happened to an order; `order` is the live record, read it at once."""

    move: OrderMove
    order: OrderFacts


class TradeMoved(msgspec.Struct, frozen=True):
    """A trade was matched or its settlement took a step; `trade` is the live record, read it at once."""

    trade: VenueTrade


Happening = OrderMoved | TradeMoved


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A market with everything about it. Its tick changes: ask `Host.market` for how it is now."""

    market: Market
    terms: Terms
