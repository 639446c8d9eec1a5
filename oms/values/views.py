"""What people are shown: frozen pictures. Filled by report.py; nothing decides on them."""

import msgspec

from oms.values.market import MarketId, TokenId
from oms.values.orders import OrderId
from oms.values.snapshot import Health, worse
from oms.values.units import CashMicro, Nanos, Pips, SharesMicro


class TransitionView(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One step in an order's life."""

    at_ns: Nanos
    happening: str
    state: str
    filled_micro: SharesMicro


class OrderView(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One order with its audit trail (requirements 2.36)."""

    order_id: OrderId
    venue_order_id: str
    market_id: MarketId
    token: TokenId
    side: str
    price_pips: Pips
    size_micro: int
    filled_micro: SharesMicro
    state: str
    status: str
    """The public name: pending, partial, filled, cancelled, expired, rejected, failed, unknown."""
    strategy: str
    why: str
    history: tuple[TransitionView, ...]


class ProgressView(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One line of live progress."""

    at_ns: Nanos
    events: int
    placed: int
    filled: int
    cancelled: int
    resting: int
    cash_free_micro: CashMicro
    equity_mark_micro: CashMicro | None
    equity_worst_micro: CashMicro
    books: str
    """How many books are LIVE / SUSPECT / STALE, in words."""


class MarketView(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """One market in a picture, in YES terms."""

    market_id: MarketId
    bid_pips: Pips = 0
    """0: nobody bids."""
    ask_pips: Pips = 10_000
    """10 000: nobody asks."""
    mark_half_pips: int | None = None
    """The mark in half pips (a mid may lie between two pips); None: there is no honest price."""
    yes_health: Health = Health.LIVE
    no_health: Health = Health.LIVE
    is_closed: bool = False
    """Trading ended; the books are nobody's concern any more."""

    @property
    def health(self) -> Health:
        """The worse of the two books."""
        return worse(self.yes_health, self.no_health)


class LensView(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The running result of one way of judging paper fills."""

    name: str
    fills: int
    inferred: int
    result_worst_micro: CashMicro
    result_mark_micro: CashMicro | None


class Picture(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How everything looked at one moment, beside what the facts in the journal say themselves. Totals are since the run began."""

    markets: tuple[MarketView, ...] = ()
    """Those that look different from the picture before."""
    events: int = 0
    turns: int = 0
    hash_checked: int = 0
    hash_agreed: int = 0
    mirror_judged: int = 0
    mirror_agreed: int = 0
    refusals: dict[str, int] = {}
    """Orders that our own gate refused, by the name of the reason."""
    oddities: dict[str, int] = {}
    lenses: tuple[LensView, ...] = ()
    statements_compared: int = 0
    full_recounts: int = 0
    violation: str = ""
    """The first difference between the venue's books and ours; empty: none so far."""
