"""What the world told about markets: rebuilt from the tape, and the shape that every fact has. The whole union is in events.py."""

import msgspec

from oms.values.levels import HashContext, Level, LevelChange
from oms.values.market import EventGroup, Market, MarketId, Payout, TokenId
from oms.values.orders import Side
from oms.values.units import Nanos, Pips, SharesMicro


class Fact(msgspec.Struct, frozen=True, kw_only=True, tag=True, gc=False):
    """Common shape: frozen, keyword-only, tagged by its class name. gc=False: facts hold no cycles."""


class BookReset(Fact, frozen=True):
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


class LevelsChanged(Fact, frozen=True):
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


class Traded(Fact, frozen=True):
    """A trade happened in public. Polymarket `last_trade_price`; `inferred` when a recording only implies it (named in the importer)."""

    token: TokenId
    price_pips: Pips
    shares_micro: SharesMicro
    taker_side: Side
    exchange_ns: Nanos
    price_text: str = ""
    """Verbatim, for the book hash."""
    inferred: bool = False


class BestTold(Fact, frozen=True):
    """Best prices announced by themselves (`best_bid_ask`): evidence to compare with, never a level. 0 / 10 000 = empty side."""

    token: TokenId
    best_bid_pips: Pips
    best_ask_pips: Pips
    exchange_ns: Nanos


class TickChanged(Fact, frozen=True):
    """The venue announced a new price step for new orders; resting orders are not re-priced."""

    token: TokenId
    tick_pips: Pips
    exchange_ns: Nanos


class LiquidityTaken(Fact, frozen=True):
    """How much of a displayed level is not there for us any more, because a simulated order of ours took it (ruling 0.5).

    Absolute: `debt_micro` 0 clears it. Only a paper venue says this; the recorded book itself stays as recorded.
    """

    token: TokenId
    side: Side
    price_pips: Pips
    debt_micro: SharesMicro


class MarketListed(Fact, frozen=True):
    """A market and its facts became known."""

    market: Market


class EventListed(Fact, frozen=True):
    """What is known of an event: which of its markets exclude each other, and whether they are all there is. Again with new facts is fine."""

    group: EventGroup


class MarketClosed(Fact, frozen=True):
    """Trading ended; resting orders are gone at the venue. Resolution comes later."""

    market_id: MarketId


class MarketResolved(Fact, frozen=True):
    """The payout is known and paid: every share of each token became that much cash."""

    market_id: MarketId
    payout: Payout


class BooksConfirmed(Fact, frozen=True):
    """A second witness (Polymarket: POST /books, by hash) knows these books just as the stream told them last: they are quiet, not lost."""

    tokens: tuple[TokenId, ...]
    asked_ns: Nanos
    """When the question left: what the witness says is no older."""


class ContinuityLost(Fact, frozen=True):
    """The stream of these tokens was interrupted: what we hold of their books is history until the next BookReset."""

    tokens: tuple[TokenId, ...]
    why: str
