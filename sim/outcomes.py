"""What the simulated exchange says about an operation: frozen facts in the past tense, and the names of everything it refuses."""

import enum

import msgspec

from oms.values.events import SettlementStage
from oms.values.market import MarketId, Payout, TokenId
from oms.values.orders import Side, TradeId
from oms.values.units import CashMicro, Nanos, Pips, SharesMicro
from sim.pool_orders import Kind


class NotPossible(ValueError):
    """An operator's wish (list, resolve, void, deposit, …) that cannot be; nothing was changed."""


class Refusal(enum.Enum):
    """Why an order, a cancel or a transfer is refused. In the order in which they are checked (polymarket.md §11 rule 7).

    The last four are a conversion's; the middle two of them have the contract's own names (onchain.md §5).
    """

    ACCOUNT_UNKNOWN = "no such account"
    DUPLICATE_ORDER_ID = "this order was sent before"
    BAD_SIZE = "the size is not above zero, or absurd"
    MARKET_UNKNOWN = "no such market, or not its token"
    MARKET_CLOSED = "the market takes no orders"
    PRICE_OUT_OF_RANGE = "the price is not between 0 and 1"
    PRICE_OFF_TICK = "the price breaks the tick"
    BELOW_MINIMUM = "below the minimum size"
    EXPIRY_MISSING = "GTD without an end, or an end without GTD"
    EXPIRY_IN_PAST = "the end is not in the future"
    POST_ONLY_IMMEDIATE = "post-only cannot be immediate"
    POST_ONLY_WOULD_CROSS = "post-only, and it would cross"
    AMOUNT_TOO_FINE = "an immediate order gives whole cents or hundredths of a share"
    NOT_ENOUGH_CASH = "not enough cash that is free"
    NOT_ENOUGH_SHARES = "not enough shares that are free"
    FOK_NOT_FILLABLE = "cannot be filled completely now"
    NOTHING_TO_TAKE = "nothing to match at this price"
    ORDER_UNKNOWN = "no such order of this account"
    ORDER_ENDED = "already cancelled or matched"
    EVENT_UNKNOWN = "no such event"
    NO_CONVERTIBLE_POSITIONS = "NO shares of this event cannot be converted"
    INVALID_INDEX_SET = "no outcome is named, or one twice, or one that is not of this event"
    EVENT_DECIDED = "the event has its winner, or one of these outcomes was paid out"


class CancelWhy(enum.Enum):
    """Why an order stopped standing without being filled."""

    ASKED = "asked by its owner"
    EXPIRED = "its end time passed"
    UNFILLED = "immediate: nothing more to take"
    DUST = "what is left is below the smallest tradable amount"
    SELF_TRADE = "would have traded with its own account"
    MARKET_CLOSED = "the market closed"


class _Said(msgspec.Struct, frozen=True, kw_only=True, tag=True, gc=False):
    """Common shape of outcomes."""


class Accepted(_Said, frozen=True):
    """The order passed the door; what it worst can cost is frozen."""

    account: str
    order_key: str


class Refused(_Said, frozen=True):
    """The order, or the cancel (`ORDER_…`), was refused; nothing changed."""

    account: str
    order_key: str
    reason: Refusal


class Resting(_Said, frozen=True):
    """What is left of the order stands in the book."""

    account: str
    order_key: str
    left_micro: SharesMicro


class Cancelled(_Said, frozen=True):
    """The order stands no more; what was frozen for the rest is free again."""

    account: str
    order_key: str
    why: CancelWhy
    left_micro: int
    """What was not filled, in the order's own unit."""


class Leg(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One side of a trade, in its own token's terms."""

    account: str
    order_key: str
    token: TokenId
    side: Side
    price_pips: Pips
    shares_micro: SharesMicro
    cash_micro: CashMicro
    """Paid (BUY) or got (SELL) before fees; exactly shares × price."""
    fee_cash_micro: CashMicro
    is_last: bool
    """The order is complete with this fill."""


class Trade(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One match of one maker and one taker: the unit of settlement."""

    trade_id: TradeId
    market_id: MarketId
    kind: Kind
    taker: Leg
    maker: Leg
    at_ns: Nanos


class Executed(_Said, frozen=True):
    """A trade happened; its settlement is MATCHED."""

    trade: Trade


class SettlementStepped(_Said, frozen=True):
    """A trade's settlement took a step; FAILED: shares, cash and fee of both sides went back."""

    trade: Trade
    stage: SettlementStage


class Paid(_Said, frozen=True):
    """A market ended for this account: its shares became cash."""

    account: str
    market_id: MarketId
    cash_micro: CashMicro


class MarketEnded(_Said, frozen=True):
    """A market was resolved or voided. `payout` is None for a refund at cost basis."""

    market_id: MarketId
    payout: Payout | None
    paid_micro: CashMicro
    dust_micro: CashMicro
    """What rounding down left over; in the dust account."""
    paid_accounts: int


Outcome = Accepted | Refused | Resting | Cancelled | Executed | SettlementStepped | Paid | MarketEnded
