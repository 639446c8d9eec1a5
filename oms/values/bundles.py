"""Several legs as one trade: what an arbitrage strategy returns, with the proof that no outcome loses as data, so that anybody can add it up again.

A bundle is about markets of which at most one resolves YES: an exclusive event, or one market alone. Its legs are immediate orders at prices that
were seen; each says what it costs or brings at its limit and the taker's fee there. Transfers make sets before the legs, or turn what was bought into
cash after them. `ends` says what is left of it all, everything paid, for every winner.
"""

import enum

import msgspec

from oms.values.market import EventGroup, EventId, MarketId, TokenId
from oms.values.orders import Side
from oms.values.snapshot import Snapshot
from oms.values.units import NS_PER_SECOND, CashMicro, Nanos, Pips, SharesMicro

NOBODY: MarketId = ""
"""The winner when none of the bundle's markets resolves YES. Of a market alone: NO wins."""


class Shape(enum.Enum):
    """Which way round. The value is the sentence people read."""

    BUY_ALL_YES = "buy YES of every outcome, one of which pays a dollar"
    BUY_NO_CONVERT = "buy NO of several outcomes and convert them: all but one dollar a set comes back at once"
    BUY_NO_HOLD = "buy NO of several outcomes, all but one of which pay a dollar"
    SPLIT_SELL_YES = "split in several outcomes, sell their YES, convert their NO"
    BUY_BOTH_MERGE = "buy YES and NO of one market and merge them"
    SPLIT_SELL_BOTH = "split in one market and sell YES and NO"


class BundleEnd(enum.Enum):
    """How a bundle can end. The value is the sentence people read."""

    COMPLETE = "every leg filled and settled"
    MISSED = "no leg filled; nothing was lost"
    UNWOUND = "some legs filled, and were sold again"
    EXPOSED = "some legs filled and could not be sold: they are held as they are"


class TransferKind(enum.Enum):
    """What is done with sets, beside trading."""

    SPLIT = "SPLIT"
    MERGE = "MERGE"
    CONVERT = "CONVERT"


class Transfer(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """One deed with sets: a split or merge of one market, or a conversion of NO of several into cash and YES of the event's others."""

    kind: TransferKind
    market_ids: tuple[MarketId, ...]
    shares_micro: SharesMicro
    fee_bps: int = 0
    """Of a conversion: so much of what it gives stays with the venue, rounded down (polymarket.md §9.2)."""


class Leg(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One immediate order. A token whose book is taken over several levels has a leg for each, so that each costs what was seen."""

    market_id: MarketId
    token: TokenId
    side: Side
    price_pips: Pips
    """The limit: no share trades at a worse price."""
    shares_micro: SharesMicro
    cash_micro: CashMicro
    """What it costs (BUY: whole cents, rounded up) or brings (SELL: rounded down) at the limit, before fees."""
    fee_micro: CashMicro
    """The taker's fee at the limit by the market's own curve, the rounding of partial fills included."""


class Terms(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """How far to go for a bundle that did not come off whole."""

    at_once: bool = True
    """All legs leave together; else the thinnest first, and the others sized to what filled."""
    chases_max: int = 2
    """So many times missing legs are sought at worse prices, as long as the whole would not lose."""
    patience_ns: Nanos = 5 * NS_PER_SECOND
    """After this long what is left over is held as it is."""
    unwind_pips: Pips = 500
    """What is left over is sold at no worse than so much below what it cost a share."""


class End(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What the whole bundle leaves if this market resolves YES (NOBODY: none of them does). Negative is a loss."""

    winner: MarketId
    result_micro: CashMicro


class Bundle(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """One arbitrage, sized. All of it, or as little of it as can be helped."""

    shape: Shape
    event_id: EventId
    """Of the group it is about; a market without an event: its own id."""
    sets_micro: SharesMicro
    """How many sets: every token's legs add up to so many shares."""
    before: tuple[Transfer, ...] = ()
    legs: tuple[Leg, ...]
    after: tuple[Transfer, ...] = ()
    ends: tuple[End, ...]
    """For every possible winner: the proof."""
    capital_micro: CashMicro
    """Cash that is paid out at most before any comes back."""
    free_ns: Nanos | None
    """When the capital is expected back: the end of the last market; None: as soon as the legs are settled."""
    terms: Terms = Terms()
    why: str

    @property
    def worst_micro(self) -> CashMicro:
        """What it leaves at least."""
        return min(end.result_micro for end in self.ends)


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """What an arbitrage strategy sees in an event at one moment: how near it is to paying, and the bundle when it pays."""

    shape: Shape | None = None
    """The nearest; None: nothing can be said, and `why` says why."""
    edge_pips: int | None = None
    """Net of fees, for one set at the best prices, in pips of a dollar; negative: so much is missing (the near miss)."""
    raw_pips: int | None = None
    """The same without fees, as people quote it: the sum of the asks of all YES, or of YES and NO; 10 000 is a dollar."""
    bundle: Bundle | None = None
    why: str
    """Why there is no bundle, beginning with a name in capitals (TOO_THIN: …); of a bundle, its own reason."""


class EventSnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a strategy may know about one event at one moment."""

    group: EventGroup
    at_ns: Nanos
    markets: tuple[Snapshot, ...]
    """Those that are listed with us, in the order of the group; cash is the same in all of them."""
    stopped: tuple[tuple[MarketId, str], ...] = ()
    """Markets of the group that cannot be traded just now, and why: not listed, closed, quarantined, held after a refusal."""
    cash_free_micro: CashMicro = 0
