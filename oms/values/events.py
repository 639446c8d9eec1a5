"""Every fact that may enter, one tagged union: the schema of tape-derived facts and of the journal.

Facts are in the past tense and frozen; a correction is a new fact. Two families: what the world told about markets (rebuilt from the tape)
and what concerns our own orders and money (kept in the journal). No fact carries a clock of ours: the turn that applies it names the time.
"""

from oms.values.market import EventId, MarketId, TokenId
from oms.values.market_events import BestTold as BestTold
from oms.values.market_events import BookReset as BookReset
from oms.values.market_events import BooksConfirmed as BooksConfirmed
from oms.values.market_events import ContinuityLost as ContinuityLost
from oms.values.market_events import EventListed as EventListed
from oms.values.market_events import Fact
from oms.values.market_events import LevelsChanged as LevelsChanged
from oms.values.market_events import LiquidityTaken as LiquidityTaken
from oms.values.market_events import MarketClosed as MarketClosed
from oms.values.market_events import MarketListed as MarketListed
from oms.values.market_events import MarketResolved as MarketResolved
from oms.values.market_events import TickChanged as TickChanged
from oms.values.market_events import Traded as Traded
from oms.values.operator_events import CancelAsked as CancelAsked
from oms.values.operator_events import MarketPaused as MarketPaused
from oms.values.operator_events import MarketResumed as MarketResumed
from oms.values.operator_events import OrderAsked as OrderAsked
from oms.values.operator_events import ParamsSet as ParamsSet
from oms.values.operator_events import ResultMarked as ResultMarked
from oms.values.orders import OpenOrder as OpenOrder
from oms.values.orders import OrderId, TradeId, VenueOrderId
from oms.values.orders import SettlementStage as SettlementStage
from oms.values.units import CashMicro, Nanos, Pips, SharesMicro


class Acked(Fact, frozen=True):
    """The venue accepted the order; it rests or is about to match."""

    order_id: OrderId
    venue_order_id: VenueOrderId = ""


class Rejected(Fact, frozen=True):
    """The venue refused the order; it never stood."""

    order_id: OrderId
    why: str


class Filled(Fact, frozen=True):
    """The venue matched part of one of our orders.

    Source: user channel `trade` with status MATCHED, or the trades endpoint after a reconnect; same trade id both ways. One trade may
    fill several of our orders: (trade_id, order_id) identifies a fill.
    """

    order_id: OrderId
    trade_id: TradeId
    price_pips: Pips
    shares_micro: SharesMicro
    cash_micro: CashMicro
    """Notional that changed hands before fees, above zero: what the venue moved, never recomputed by us."""
    fee_cash_micro: CashMicro
    """What we paid (positive) or were rebated (negative)."""
    is_maker: bool
    exchange_ns: Nanos
    inferred: bool = False
    """The fill rests on a trade that the recording did not announce (ruling 0.4)."""


class CancelDone(Fact, frozen=True, omit_defaults=True):
    """The order no longer stands, by our wish or the venue's."""

    order_id: OrderId
    why: str = ""
    filled_micro: SharesMicro | None = None
    """What the venue says was filled of it in all: more than we know of means that a fill was not told yet. None: not told."""


class CancelTaken(Fact, frozen=True):
    """The venue took the cancel; what was filled of the order before is not told yet (the answer of DELETE /order, polymarket.md §3.9)."""

    order_id: OrderId
    why: str = ""


class CancelRefused(Fact, frozen=True):
    """The venue did not cancel: usually a fill is on its way (polymarket.md §3.9)."""

    order_id: OrderId
    why: str


class Expired(Fact, frozen=True, omit_defaults=True):
    """The order's own end time passed."""

    order_id: OrderId
    filled_micro: SharesMicro | None = None
    """As in CancelDone."""


class ReplyLost(Fact, frozen=True):
    """No readable answer to a place or cancel: the outcome is unknown."""

    order_id: OrderId
    why: str = ""


class ProvenAbsent(Fact, frozen=True):
    """An answer to our question: the venue does not know this order, after its settle time and an empty trades query (ruling 0.6)."""

    order_id: OrderId


class SettlementMoved(Fact, frozen=True):
    """A trade's settlement took a step. FAILED means that the fill is undone."""

    trade_id: TradeId
    order_id: OrderId
    stage: SettlementStage


class SetsChanged(Fact, frozen=True):
    """Complete sets were made from cash (positive, split) or turned back into cash (negative, merge)."""

    market_id: MarketId
    shares_micro: int
    command_id: str


class Converted(Fact, frozen=True):
    """NO shares of several outcomes of an event became cash and YES shares of its others (polymarket.md §9.2)."""

    event_id: EventId
    market_ids: tuple[MarketId, ...]
    """Whose NO shares were given."""
    shares_micro: SharesMicro
    """How many of each."""
    cash_micro: CashMicro
    """What came for them in cash; nothing for a single outcome."""
    yes_market_ids: tuple[MarketId, ...]
    """Whose YES shares came; outcomes that nobody lists are left out."""
    yes_micro: SharesMicro
    """How many of each."""
    command_id: str


class TransferRefused(Fact, frozen=True):
    """A split, a merge, a conversion or a redemption that we asked for was refused, or never arrived: nothing was moved, and nothing will be."""

    command_id: str
    why: str


class Deposited(Fact, frozen=True):
    """Collateral arrived in the account."""

    cash_micro: CashMicro
    deposit_id: str


class SharesArrived(Fact, frozen=True):
    """Shares that were in the account before our books began. What they once cost nobody knows: they count as if they had cost nothing."""

    token: TokenId
    shares_micro: SharesMicro
    deposit_id: str


class OpenOrdersReported(Fact, frozen=True):
    """The venue's answer to "what of ours stands". `omitted` names rows that could not be read: then nothing may be concluded from absence."""

    orders: tuple[OpenOrder, ...]
    asked_ns: Nanos
    omitted: tuple[str, ...] = ()


class TradesReported(Fact, frozen=True):
    """The venue's answer to "what did we trade": every fill of ours since `since_ns`, known or not, and where its settlement stands.

    Applying it is catching up: fills are known by trade and order, so nothing counts twice. `omitted` names pages that could not be read.
    """

    fills: tuple[Filled, ...]
    settlements: tuple[SettlementMoved, ...]
    since_ns: Nanos
    asked_ns: Nanos
    omitted: tuple[str, ...] = ()
    order_id: OrderId = ""
    """Only those of this order; empty: all."""


class BalancesReported(Fact, frozen=True):
    """The venue's answer to "what do we hold", trades that are not settled counted or not. Evidence to compare with; it moves no money of its own."""

    cash_micro: CashMicro | None
    """Collateral; None: that answer could not be read."""
    shares_micro: tuple[tuple[TokenId, SharesMicro], ...]
    """Of each token that was asked about and answered."""
    asked_ns: Nanos


class Restarted(Fact, frozen=True):
    """Our process began anew with this journal: whatever was open is unknown until the venue says otherwise."""

    why: str


class VenueSyncing(Fact, frozen=True):
    """The venue or our link to it (re)started: nothing is asked of it until it reports."""

    why: str


class VenueReady(Fact, frozen=True):
    """The venue reported completely and takes orders; `post_only` while it takes only those (after a restart)."""

    post_only: bool = False


class Paused(Fact, frozen=True, omit_defaults=True):
    """An operator or a guard wants no new orders; resting ones are cancelled."""

    why: str
    by: str = ""
    """Through which client a person said so; empty: the run itself."""


class Resumed(Fact, frozen=True, omit_defaults=True):
    """An operator allows trading again (also ends a halt)."""

    why: str
    by: str = ""
    """As in Paused."""


class Halted(Fact, frozen=True, omit_defaults=True):
    """Stop for good until an operator resumes: the latch."""

    why: str
    by: str = ""
    """As in Paused."""


class Tick(Fact, frozen=True):
    """Time passed."""


# fmt: off
MarketFact = (
    LevelsChanged | BookReset | Traded | BestTold | TickChanged | LiquidityTaken | MarketListed | EventListed | MarketClosed | MarketResolved
    | ContinuityLost | BooksConfirmed
)
OwnFact = (
    Acked | Rejected | Filled | CancelTaken | CancelDone | CancelRefused | Expired | ReplyLost | ProvenAbsent | SettlementMoved | SetsChanged
    | Converted | TransferRefused | Deposited | SharesArrived | OpenOrdersReported | TradesReported | BalancesReported | Restarted | VenueSyncing
    | VenueReady | Paused | Resumed | Halted | MarketPaused | MarketResumed | CancelAsked | OrderAsked | ParamsSet | ResultMarked
)
OrderFact = Acked | Rejected | Filled | CancelTaken | CancelDone | CancelRefused | Expired | ReplyLost | ProvenAbsent | SettlementMoved
# fmt: on
Event = MarketFact | OwnFact | Tick

IN_JOURNAL: frozenset[type] = frozenset({*OwnFact.__args__, MarketListed, EventListed, MarketClosed, MarketResolved, TickChanged})
"""Facts that change what we own or may do; the rest is rebuilt from the tape."""
