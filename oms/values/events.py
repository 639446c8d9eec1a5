"""Every fact that may enter, one tagged union: the schema of tape-derived facts and of the journal.

Facts are in the past tense and frozen; a correction is a new fact. Two families: what the world told about markets (rebuilt from the tape)
and what concerns our own orders and money (kept in the journal). No fact carries a clock of ours: the turn that applies it names the time.
"""

import msgspec

from oms.values.levels import HashContext, Level, LevelChange
from oms.values.market import Market, MarketId, Payout, TokenId
from oms.values.orders import OpenOrder as OpenOrder
from oms.values.orders import OrderId, Side, TradeId, VenueOrderId
from oms.values.orders import SettlementStage as SettlementStage
from oms.values.units import CashMicro, Nanos, Pips, SharesMicro


class _Fact(msgspec.Struct, frozen=True, kw_only=True, tag=True, gc=False):
    """Common shape: frozen, keyword-only, tagged by its class name. gc=False: facts hold no cycles."""


class BookReset(_Fact, frozen=True):
    """The whole book of one token, replacing what we held, in no promised order. Polymarket `book` on the stream or GET /book."""

    token: TokenId
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]
    exchange_ns: Nanos
    hash: str = ""
    """Empty: the recording has none."""
    context: HashContext | None = None
    """None: the hash cannot be recomputed because a field it covers is unknown."""
    tick_pips: Pips | None = None
    from_rest: bool = False
    """An answer to a query: it may be older than what the stream has told since."""


class LevelsChanged(_Fact, frozen=True):
    """Absolute new sizes of some levels of one token, all in one message. Polymarket `price_change`."""

    token: TokenId
    levels: tuple[LevelChange, ...]
    exchange_ns: Nanos
    hash: str = ""
    """Hash of the book after all of `levels`."""
    best_bid_pips: Pips | None = None
    """Told best bid after the change; 0 = no bids. None: not told."""
    best_ask_pips: Pips | None = None
    """Told best ask after the change; 10 000 = no asks. None: not told."""


class Traded(_Fact, frozen=True):
    """A trade happened in public. Polymarket `last_trade_price`; `inferred` when a recording only implies it (named in the importer)."""

    token: TokenId
    price_pips: Pips
    shares_micro: SharesMicro
    taker_side: Side
    exchange_ns: Nanos
    price_text: str = ""
    """Verbatim, for the book hash."""
    inferred: bool = False


class BestTold(_Fact, frozen=True):
    """Best prices announced by themselves (`best_bid_ask`): evidence to compare with, never a level. 0 / 10 000 = empty side."""

    token: TokenId
    best_bid_pips: Pips
    best_ask_pips: Pips
    exchange_ns: Nanos


class TickChanged(_Fact, frozen=True):
    """The venue announced a new price step for new orders; resting orders are not re-priced."""

    token: TokenId
    tick_pips: Pips
    exchange_ns: Nanos


class LiquidityTaken(_Fact, frozen=True):
    """How much of a displayed level is not there for us any more, because a simulated order of ours took it (ruling 0.5).

    Absolute: `debt_micro` 0 clears it. Only a paper venue says this; the recorded book itself stays as recorded.
    """

    token: TokenId
    side: Side
    price_pips: Pips
    debt_micro: SharesMicro


class MarketListed(_Fact, frozen=True):
    """A market and its facts became known."""

    market: Market


class MarketClosed(_Fact, frozen=True):
    """Trading ended; resting orders are gone at the venue. Resolution comes later."""

    market_id: MarketId


class MarketResolved(_Fact, frozen=True):
    """The payout is known and paid: every share of each token became that much cash."""

    market_id: MarketId
    payout: Payout


class ContinuityLost(_Fact, frozen=True):
    """The stream of these tokens was interrupted: what we hold of their books is history until the next BookReset."""

    tokens: tuple[TokenId, ...]
    why: str


class Acked(_Fact, frozen=True):
    """The venue accepted the order; it rests or is about to match."""

    order_id: OrderId
    venue_order_id: VenueOrderId = ""


class Rejected(_Fact, frozen=True):
    """The venue refused the order; it never stood."""

    order_id: OrderId
    why: str


class Filled(_Fact, frozen=True):
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


class CancelDone(_Fact, frozen=True, omit_defaults=True):
    """The order no longer stands, by our wish or the venue's."""

    order_id: OrderId
    why: str = ""
    filled_micro: SharesMicro | None = None
    """What the venue says was filled of it in all: more than we know of means that a fill was not told yet. None: not told."""


class CancelRefused(_Fact, frozen=True):
    """The venue did not cancel: usually a fill is on its way (polymarket.md §3.9)."""

    order_id: OrderId
    why: str


class Expired(_Fact, frozen=True, omit_defaults=True):
    """The order's own end time passed."""

    order_id: OrderId
    filled_micro: SharesMicro | None = None
    """As in CancelDone."""


class ReplyLost(_Fact, frozen=True):
    """No readable answer to a place or cancel: the outcome is unknown."""

    order_id: OrderId
    why: str = ""


class ProvenAbsent(_Fact, frozen=True):
    """An answer to our question: the venue does not know this order, after its settle time and an empty trades query (ruling 0.6)."""

    order_id: OrderId


class SettlementMoved(_Fact, frozen=True):
    """A trade's settlement took a step. FAILED means that the fill is undone."""

    trade_id: TradeId
    order_id: OrderId
    stage: SettlementStage


class SetsChanged(_Fact, frozen=True):
    """Complete sets were made from cash (positive, split) or turned back into cash (negative, merge)."""

    market_id: MarketId
    shares_micro: int
    command_id: str


class Deposited(_Fact, frozen=True):
    """Collateral arrived in the account."""

    cash_micro: CashMicro
    deposit_id: str


class OpenOrdersReported(_Fact, frozen=True):
    """The venue's answer to "what of ours stands". `omitted` names rows that could not be read: then nothing may be concluded from absence."""

    orders: tuple[OpenOrder, ...]
    asked_ns: Nanos
    omitted: tuple[str, ...] = ()


class TradesReported(_Fact, frozen=True):
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


class BalancesReported(_Fact, frozen=True):
    """The venue's answer to "what do we hold", trades that are not settled counted or not. Evidence to compare with; it moves no money of its own."""

    cash_micro: CashMicro | None
    """Collateral; None: that answer could not be read."""
    shares_micro: tuple[tuple[TokenId, SharesMicro], ...]
    """Of each token that was asked about and answered."""
    asked_ns: Nanos


class Restarted(_Fact, frozen=True):
    """Our process began anew with this journal: whatever was open is unknown until the venue says otherwise."""

    why: str


class VenueSyncing(_Fact, frozen=True):
    """The venue or our link to it (re)started: nothing is asked of it until it reports."""

    why: str


class VenueReady(_Fact, frozen=True):
    """The venue reported completely and takes orders; `post_only` while it takes only those (after a restart)."""

    post_only: bool = False


class Paused(_Fact, frozen=True):
    """An operator or a guard wants no new orders; resting ones are cancelled."""

    why: str


class Resumed(_Fact, frozen=True):
    """An operator allows trading again (also ends a halt)."""

    why: str


class Halted(_Fact, frozen=True):
    """Stop for good until an operator resumes: the latch."""

    why: str


class Tick(_Fact, frozen=True):
    """Time passed."""


# fmt: off
MarketFact = (
    LevelsChanged | BookReset | Traded | BestTold | TickChanged | LiquidityTaken | MarketListed | MarketClosed | MarketResolved | ContinuityLost
)
OwnFact = (
    Acked | Rejected | Filled | CancelDone | CancelRefused | Expired | ReplyLost | ProvenAbsent | SettlementMoved | SetsChanged | Deposited
    | OpenOrdersReported | TradesReported | BalancesReported | Restarted | VenueSyncing | VenueReady | Paused | Resumed | Halted
)
OrderFact = Acked | Rejected | Filled | CancelDone | CancelRefused | Expired | ReplyLost | ProvenAbsent | SettlementMoved
# fmt: on
Event = MarketFact | OwnFact | Tick

IN_JOURNAL: frozenset[type] = frozenset({*OwnFact.__args__, MarketListed, MarketClosed, MarketResolved, TickChanged})
"""Facts that change what we own or may do; the rest is rebuilt from the tape."""
