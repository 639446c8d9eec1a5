"""Polymarket's market channel as typed structs: bytes to messages, still in the venue's own texts.

Sources: polymarket.md §5.1 and §6.2 (read 2026-11), recordings of June 2025, April 2026 and September 2026. Only the fields that a
fact needs are named; unknown keys are passed over, because the venue adds some now and then ("version" for V2 markets). Numbers are texts
on this wire; a JSON number where a text belongs is a refusal.

The road of `decode`: nine in ten frames are `price_change`, and today the venue writes `event_type` *last*. So the tail is looked at
first and such a frame is decoded with a struct that names no tag (0.7 µs; the tagged union, which has to find the tag first, takes
1.3 µs for the same frame). Everything else takes the union, and a frame without any `event_type` is an answer of GET /book or POST /books.
"""

from collections.abc import Callable
from typing import Final

import msgspec

from oms.values.nesting import NESTED_MAX, check_nesting
from oms.values.orders import Side
from oms.values.texts import SAID_MAX, one_line
from oms.values.units import MS_MAX, NS_PER_MS, PRICE_ONE_PIPS, Nanos, Pips, price_pips_from_text

FRAME_BYTES_MAX: Final = 8 * 1024 * 1024
"""Longest frame we read: ten thousand levels are 0.5 MB, so ours is generous. A longer one is refused unread."""
PONG: Final = b"PONG"
"""The answer to our text PING; proves that the socket is open, not that the data is fresh (polymarket.md §6.6)."""
_MS_DIGITS_MAX: Final = 14
_EXCERPT_MAX: Final = 60


class Refusal(ValueError):
    """A frame that cannot become facts: `name` is what is counted, the message says what and where."""

    def __init__(self, name: str, words: str) -> None:
        super().__init__(one_line(words, SAID_MAX))  # the decoder's words may quote the frame
        self.name = name


class BookLevel(msgspec.Struct, gc=False):
    """One rung of a book."""

    price: str
    size: str


class BookMessage(msgspec.Struct, tag_field="event_type", tag="book", gc=False):
    """The whole book of one token (`book`): on subscription, and again when a trade touched it."""

    asset_id: str
    timestamp: str
    bids: list[BookLevel]
    asks: list[BookLevel]
    market: str = ""
    hash: str = ""
    min_order_size: str | None = None
    tick_size: str | None = None
    neg_risk: bool | None = None
    last_trade_price: str | None = None
    """"" = never traded; part of the hash even then. None = not told (before 2026)."""


class RestBook(msgspec.Struct, gc=False):
    """An answer of GET /book or an element of POST /books: a `book` without event_type, with the fields that only REST tells."""

    asset_id: str
    timestamp: str
    bids: list[BookLevel]
    asks: list[BookLevel]
    market: str = ""
    hash: str = ""
    min_order_size: str | None = None
    tick_size: str | None = None
    neg_risk: bool | None = None
    last_trade_price: str | None = None


class PriceChange(msgspec.Struct, gc=False):
    """One level's new absolute size, since September 2025 with its own token, hash and best prices."""

    asset_id: str
    price: str
    size: str
    side: Side
    hash: str = ""
    best_bid: str | None = None
    best_ask: str | None = None


class PriceChanges(msgspec.Struct, gc=False):
    """Today's `price_change` without its tag: the lean road."""

    price_changes: list[PriceChange]
    timestamp: str


class OldChange(msgspec.Struct, gc=False):
    """One level's new absolute size, until September 2025: the token stands at the top of the message."""

    price: str
    size: str
    side: Side


class PriceChangeMessage(msgspec.Struct, tag_field="event_type", tag="price_change", gc=False):
    """`price_change` in either shape: `price_changes` (today) or `asset_id`, `hash` and `changes` (until September 2025)."""

    timestamp: str
    price_changes: list[PriceChange] | None = None
    changes: list[OldChange] | None = None
    asset_id: str = ""
    hash: str = ""


class LastTradePrice(msgspec.Struct, tag_field="event_type", tag="last_trade_price", gc=False):
    """A trade in public; `side` is the taker's."""

    asset_id: str
    price: str
    size: str
    side: Side
    timestamp: str


class TickSizeChange(msgspec.Struct, tag_field="event_type", tag="tick_size_change", gc=False):
    """A new price step for new orders."""

    asset_id: str
    new_tick_size: str
    timestamp: str


class BestBidAsk(msgspec.Struct, tag_field="event_type", tag="best_bid_ask", gc=False):
    """Best prices by themselves; only with `custom_feature_enabled`."""

    asset_id: str
    best_bid: str
    best_ask: str
    timestamp: str


class MarketResolvedMessage(msgspec.Struct, tag_field="event_type", tag="market_resolved", gc=False):
    """The outcome; may come 2.5 minutes after the end, or never (rs-clob-client #226)."""

    winning_asset_id: str
    market: str = ""
    assets_ids: list[str] = []


class NewMarket(msgspec.Struct, tag_field="event_type", tag="new_market", gc=False):
    """A market was listed somewhere on the venue (up to 566 a minute); not read yet."""


Tagged = BookMessage | PriceChangeMessage | LastTradePrice | TickSizeChange | BestBidAsk | MarketResolvedMessage | NewMarket
Message = Tagged | RestBook
LEVELS_FREE: Final = frozenset({"last_trade_price", "best_bid_ask", "market_resolved", "new_market"})
"""Types that say nothing about levels: a bad one of these does not spoil a book."""
TYPES: Final = LEVELS_FREE | {"book", "price_change", "tick_size_change"}
"""All types we know."""

_lean = msgspec.json.Decoder(PriceChanges)
_tagged = msgspec.json.Decoder(list[Tagged] | Tagged)
_rest = msgspec.json.Decoder(list[RestBook] | RestBook)
_anything = msgspec.json.Decoder()


def decode(frame: bytes) -> PriceChanges | list[Message]:
    """One frame as messages: PriceChanges for today's commonest frame, else a list (a frame may hold several).

    Raises:
        Refusal: too_long, not_json, wrong_shape, unknown_event_type.
    """
    if len(frame) > FRAME_BYTES_MAX:
        raise Refusal("too_long", f"a frame of {len(frame)} bytes is longer than {FRAME_BYTES_MAX}")
    try:
        if len(frame) > NESTED_MAX:  # asked here, because most frames are short and a call costs as much as all the rest of this line
            check_nesting(frame)
        if frame.endswith(b'"event_type":"price_change"}'):
            try:
                return _lean.decode(frame)
            except msgspec.ValidationError:
                pass  # The shape of 2025, or a bad one: the union tells which.
        told = (_tagged if b'"event_type"' in frame else _rest).decode(frame)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _refusal(frame, error) from None
    return [*told] if isinstance(told, list) else [told]


def _refusal(frame: bytes, error: Exception) -> Refusal:
    """Name what is wrong with a frame that no decoder took."""
    rows = rows_of(frame)
    where = f"{error} in {len(frame)} bytes beginning {frame[:_EXCERPT_MAX]!r}"
    if rows is None or not isinstance(error, msgspec.ValidationError):
        return Refusal("not_json", where)
    for row in rows:
        told = row.get("event_type") if isinstance(row, dict) else None
        if isinstance(told, str) and told not in TYPES:
            return Refusal("unknown_event_type", f"event_type {told[:_EXCERPT_MAX]!r} is none we know: {where}")
    return Refusal("wrong_shape", where)


def rows_of(frame: bytes) -> list[object] | None:
    """What a refused frame holds, read without any schema; None when it is not JSON. Slow, for evidence only."""
    if len(frame) > FRAME_BYTES_MAX:
        return None
    try:
        check_nesting(frame)
        told = _anything.decode(frame)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return told if isinstance(told, list) else [told]


def exchange_ns_from_text(text: str) -> Nanos:
    """The venue's millisecond text in nanoseconds. Raises Refusal bad_timestamp."""
    if len(text) <= _MS_DIGITS_MAX and text.isascii() and text.isdecimal() and (ms := int(text)) < MS_MAX:
        return ms * NS_PER_MS
    raise Refusal("bad_timestamp", f"timestamp {text[:_EXCERPT_MAX]!r} is not a number of milliseconds of our age")


class TextMemo(dict[str, int]):
    """Text → integer, by a strict parser for texts not seen before.

    Prices and sizes repeat, so most are one look-up. A full memo is begun anew, which bounds it against a stream of ever new texts. A bad
    text raises what the parser raises and is not kept.
    """

    def __init__(self, parse: Callable[[str], int]) -> None:
        super().__init__()
        self._parse = parse

    def __missing__(self, text: str) -> int:
        value = self._parse(text)
        if len(self) >= _MEMO_TEXTS_MAX:
            self.clear()
        self[text] = value
        return value


def best_bid_pips_from_text(text: str) -> Pips:
    """A told best bid; "" and "0" mean that there are no bids: 0. Raises BadNumber."""
    return 0 if text in _NO_BIDS else price_pips_from_text(text)


def best_ask_pips_from_text(text: str) -> Pips:
    """A told best ask; "" and "1" mean that there are no asks: 10 000. Raises BadNumber."""
    return PRICE_ONE_PIPS if text in _NO_ASKS else price_pips_from_text(text)


_MEMO_TEXTS_MAX: Final = 16_384
_NO_BIDS: Final = frozenset({"", "0", "0.0", "0.00", "0.000"})
_NO_ASKS: Final = frozenset({"", "1", "1.0", "1.00", "1.000"})
