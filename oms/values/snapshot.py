"""Snapshot: the frozen view of one market that a strategy gets. Book with health and epoch, own inventory, market facts, the time."""

import enum

import msgspec

from oms.values.levels import Level
from oms.values.market import Market, TokenId
from oms.values.orders import OrderId, Side
from oms.values.units import CashMicro, Nanos, Pips, SharesMicro


class Health(enum.Enum):
    """May this book be believed?"""

    LIVE = "LIVE"
    """Nothing speaks against it."""
    SUSPECT = "SUSPECT"
    """Evidence against it; a second message may clear it."""
    STALE = "STALE"
    """History: continuity was lost or nothing came for too long. Only a full book ends it."""


def worse(one: Health, other: Health) -> Health:
    """Of two verdicts."""
    if one is Health.STALE or other is Health.STALE:
        return Health.STALE
    return Health.SUSPECT if one is Health.SUSPECT or other is Health.SUSPECT else Health.LIVE


class Doubt(enum.IntFlag):
    """Why a book is not LIVE; several at once are usual. The first three make it STALE, the others SUSPECT."""

    NO_BOOK = 1
    CONTINUITY = 2
    SILENCE = 4
    CROSSED = 8
    HASH = 16
    BEST = 32
    """The venue told other best prices than we hold."""
    TICK = 64
    """A level finer than the grid we believed: a tick change that we missed."""
    MIRROR = 128
    """The two tokens of the market disagree at one exchange time."""


STALE_DOUBTS = Doubt.NO_BOOK | Doubt.CONTINUITY | Doubt.SILENCE


class BookView(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The top of one token's book, best first, without our own orders and without what our simulated orders already took."""

    token: TokenId
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]
    health: Health
    doubts: Doubt
    epoch: int
    """Grows when what came before no longer counts: new book after a loss, new tick."""
    changed_ns: Nanos
    """When (our time) the last message about this book arrived; 0 = never."""
    tick_pips: Pips
    exchange_ns: Nanos = 0
    """Of which moment, by the exchange's clock, this book is; 0: nobody told."""


class TokenHolding(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """What we own and have asked for in one token."""

    confirmed_micro: SharesMicro = 0
    provisional_micro: int = 0
    """Bought or sold but not yet settled for good; signed."""
    at_risk_micro: int = 0
    """Of the provisional: what the venue is trying to settle again; it may fail. Signed."""
    resting_buy_micro: SharesMicro = 0
    resting_sell_micro: SharesMicro = 0
    sellable_micro: SharesMicro = 0
    """confirmed − resting sells; never negative."""

    @property
    def held_micro(self) -> int:
        """Filled inventory, confirmed or not."""
        return self.confirmed_micro + self.provisional_micro


class RestingOrder(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One of our orders that stands or may stand."""

    order_id: OrderId
    token: TokenId
    side: Side
    price_pips: Pips
    remaining_micro: SharesMicro


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a strategy may know about one market at one moment."""

    market: Market
    at_ns: Nanos
    yes: BookView
    no: BookView
    yes_holding: TokenHolding
    no_holding: TokenHolding
    resting: tuple[RestingOrder, ...] = ()
    cash_free_micro: CashMicro = 0
    """What may be spent: not reserved, not from sales that may still fail, not what strangers' orders on our account may cost."""

    @property
    def net_micro(self) -> int:
        """Exposure YES − NO, filled: what the market moving up gains us. A complete set is no exposure."""
        return self.yes_holding.held_micro - self.no_holding.held_micro

    @property
    def health(self) -> Health:
        """The worse of the two books."""
        return worse(self.yes.health, self.no.health)
