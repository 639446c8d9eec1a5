"""What the public channel says: each public fact of the exchange becomes frames, written once for all clients, in the order of one operation:

    last_trade_price   one a match, for the taker's token
    price_change       one a change of a market's book, an entry a level and token, with the hash and the best prices after all of them
    best_bid_ask       for each token whose best prices moved; custom
    book               both tokens, when trades made the change ("again when a trade affects the book", polymarket.md §6.2)

and by themselves tick_size_change, new_market (custom; to everybody) and market_resolved (custom). No message has a sequence number, and nothing is
ever sent again. Timestamps are milliseconds as text, those of the exchange's facts.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from oms.values.events import Event, LevelsChanged, MarketListed, MarketResolved, TickChanged, Traded
from oms.values.market import PAYOUT_ONE_PPM, Market, MarketId, TokenId
from oms.values.units import NS_PER_MS, PRICE_ONE_PIPS, Nanos, micro_text, price_text
from sim.gateway.book_hash import Rung, ms_text
from sim.gateway.catalogue import Catalogue
from sim.gateway.frames import Frame
from sim.gateway.public_books import PublicBook
from sim.listing import MarketState

_EMPTY: Final = b"[]"
_encode: Final = msgspec.json.Encoder().encode


class _Change(msgspec.Struct, gc=False):
    asset_id: str
    price: str
    size: str
    side: str
    hash: str
    best_bid: str
    best_ask: str


class _PriceChange(msgspec.Struct, gc=False):
    market: str
    price_changes: list[_Change]
    timestamp: str
    event_type: str = "price_change"


class _Book(msgspec.Struct, gc=False):
    """As the stream tells it: without minimum and negRisk, which the hash covers all the same."""

    market: str
    asset_id: str
    timestamp: str
    hash: str
    bids: Sequence[Rung]
    asks: Sequence[Rung]
    tick_size: str
    event_type: str
    last_trade_price: str


class _BookV2(_Book, gc=False):
    version: str = "v2"


class MarketFeed:
    """Writes the frames. `told` takes the public facts of each operation, in order, from the beginning or from any later moment."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._books: dict[TokenId, PublicBook] = {}
        """By either token; settled ones are gone."""
        host = catalogue.host
        for market_id, listing in host.exchange.listings.items():
            if listing.state is not MarketState.RESOLVED:
                known = host.last_trades.get(market_id)
                self._list(listing.market).reset(listing.book(listing.market.yes), known[0] if known else None)

    def _list(self, market: Market) -> PublicBook:
        book = self._books[market.yes] = self._books[market.no] = PublicBook(market)
        return book

    def is_settled(self, token: TokenId) -> bool:
        """Its market was paid out or refunded: nothing comes of it any more."""
        host = self._catalogue.host
        return token in host.by_token and host.state(host.by_token[token]) is MarketState.RESOLVED

    def opening(self, tokens: Sequence[TokenId], shift_ms: int = 0) -> bytes:
        """The whole books of these tokens as one array; unknown and settled ones are left out without a word.

        `shift_ms` moves their timestamps, and the hashes with them: an opening that pretends to be older or newer than it is.
        """
        found = [(token, self._books[token]) for token in tokens if token in self._books and not self.is_settled(token)]
        return _encode([_book(book, token, max(0, book.changed_ns + shift_ms * NS_PER_MS)) for token, book in found]) if found else _EMPTY

    def told(self, facts: Sequence[Event], at_ns: Nanos) -> list[Frame]:
        """The frames of one operation."""
        frames: list[Frame] = []
        traded: dict[MarketId, None] = {}
        for fact in facts:
            if isinstance(fact, Traded):
                frames.append(self._trade(fact, traded))
            elif isinstance(fact, LevelsChanged):
                frames += self._levels(fact, traded)
            elif isinstance(fact, TickChanged):
                frames += self._tick(fact)
            elif isinstance(fact, MarketListed):
                frames.append(self._listed(fact.market, at_ns))
            elif isinstance(fact, MarketResolved):
                frames.append(self._resolved(fact, at_ns))
        return frames

    def _trade(self, fact: Traded, traded: dict[MarketId, None]) -> Frame:
        book = self._books[fact.token]
        book.trade(fact)
        traded[book.market.market_id] = None
        body = {
            "market": book.market.market_id,
            "asset_id": fact.token,
            "price": price_text(fact.price_pips),
            "size": micro_text(fact.shares_micro),
            "fee_rate_bps": "0",
            "side": fact.taker_side.value,
            "timestamp": ms_text(fact.exchange_ns),
            "event_type": "last_trade_price",
        }
        return Frame(_encode(body), (fact.token,))

    def _levels(self, fact: LevelsChanged, traded: dict[MarketId, None]) -> list[Frame]:
        """YES's change makes one message for both tokens; NO's, which follows, is its mirror and makes none."""
        book = self._books[fact.token]
        market = book.market
        if fact.token != market.yes:
            return []
        tokens = (market.yes, market.no)
        before = [book.best(token) for token in tokens]
        book.change(fact)
        frames = [Frame(_price_change(book, fact), tokens)]
        for token, old in zip(tokens, before, strict=True):
            if book.best(token) != old:
                frames.append(Frame(_best(book, token), (token,), is_custom=True))
        if market.market_id in traded:
            del traded[market.market_id]
            frames += [Frame(_encode(_book(book, token, book.changed_ns)), (token,)) for token in tokens]
        return frames

    def _tick(self, fact: TickChanged) -> list[Frame]:
        """One for each token."""
        book = self._books.get(fact.token)
        if book is None:
            return []  # A settled market may still be given a tick; nobody listens.
        body = {
            "event_type": "tick_size_change",
            "market": book.market.market_id,
            "asset_id": fact.token,
            "old_tick_size": price_text(book.change_tick(fact)),
            "new_tick_size": price_text(fact.tick_pips),
            "timestamp": ms_text(fact.exchange_ns),
        }
        return [Frame(_encode(body), (fact.token,))]

    def _listed(self, market: Market, at_ns: Nanos) -> Frame:
        self._list(market).changed_ns = at_ns
        catalogue = self._catalogue
        listed, event = catalogue.host.listed[market.market_id], catalogue.event_of(market)
        tokens = (market.yes, market.no)
        body = {
            "id": catalogue.number(market.market_id),
            "question": market.title,
            "market": market.market_id,
            "slug": catalogue.slug(listed),
            "description": listed.terms.description,
            "assets_ids": tokens,
            "outcomes": listed.terms.outcomes,
            "event_message": {
                "id": event.number,
                "ticker": catalogue.event_slug(event),
                "slug": catalogue.event_slug(event),
                "title": catalogue.event_title(event),
                "description": listed.terms.description,
            },
            "timestamp": ms_text(at_ns),
            "event_type": "new_market",
            "tags": listed.terms.tags,
            "condition_id": market.market_id,
            "active": True,
            "clob_token_ids": tokens,
            "sports_market_type": "",
            "line": "",
            "game_start_time": "",
            "order_price_min_tick_size": price_text(market.tick_pips),
            "group_item_title": market.title if market.event_id else "",
        }
        return Frame(_encode(body), is_custom=True)

    def _resolved(self, fact: MarketResolved, at_ns: Nanos) -> Frame:
        """A payout that is split names no winner, and what the venue would say then is unknown: nothing is said."""
        catalogue = self._catalogue
        listed = catalogue.host.listed[fact.market_id]
        market = listed.market
        tokens = (market.yes, market.no)
        for token in tokens:
            self._books.pop(token, None)
        if max(fact.payout.yes_ppm, fact.payout.no_ppm) < PAYOUT_ONE_PPM:
            return Frame(b"", tokens, ends=True)
        winner = 0 if fact.payout.yes_ppm else 1
        body = {
            "event_type": "market_resolved",
            "id": catalogue.number(fact.market_id),
            "market": fact.market_id,
            "assets_ids": tokens,
            "winning_asset_id": tokens[winner],
            "winning_outcome": listed.terms.outcomes[winner],
            "timestamp": ms_text(at_ns),
            "tags": listed.terms.tags,
        }
        return Frame(_encode(body), tokens, is_custom=True, ends=True)


def _price_change(book: PublicBook, fact: LevelsChanged) -> bytes:
    market = book.market
    yes = (book.signed(market.yes).hash, *_best_texts(book, market.yes))
    no = (book.signed(market.no).hash, *_best_texts(book, market.no))
    changes: list[_Change] = []
    for side, yes_pips, size_micro in fact.levels:
        size = micro_text(size_micro)
        changes.append(_Change(market.yes, price_text(yes_pips), size, side.value, *yes))
        changes.append(_Change(market.no, price_text(PRICE_ONE_PIPS - yes_pips), size, side.opposite.value, *no))
    return _encode(_PriceChange(market.market_id, changes, ms_text(fact.exchange_ns)))


def _best(book: PublicBook, token: TokenId) -> bytes:
    bid, ask = book.best(token)
    bid_text, ask_text = _best_texts(book, token)
    return _encode({
        "event_type": "best_bid_ask",
        "market": book.market.market_id,
        "asset_id": token,
        "best_bid": bid_text,
        "best_ask": ask_text,
        "spread": price_text(ask - bid),
        "timestamp": ms_text(book.changed_ns),
    })  # fmt: skip


def _best_texts(book: PublicBook, token: TokenId) -> tuple[str, str]:
    """An empty side is told as "0" or "1"."""
    bid, ask = book.best(token)
    return price_text(bid), price_text(ask)


def _book(book: PublicBook, token: TokenId, at_ns: Nanos) -> _Book:
    told = book.signed(token, at_ns)
    kind = _BookV2 if book.market.generation == "v2" else _Book
    return kind(
        told.market, token, told.timestamp, told.hash, told.bids, told.asks, told.tick_size, "book", told.last_trade_price
    )  # fmt: skip
