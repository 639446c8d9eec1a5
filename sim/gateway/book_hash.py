"""A book as the venue writes it, and the SHA-1 it signs it with: the twin's own version (decision 0005).

The hash is over the compact JSON of ten fields in a fixed order, texts as sent, `hash` itself empty (polymarket.md §6.3, the field set since April
2026). Here the struct *is* that order: encoding it gives the text that is hashed, and with the hash filled in the answer of GET /book.
A v2 book carries one key more, `version`; that it is outside the hash is our assumption, nobody has verified it.
"""

from collections.abc import Sequence
from hashlib import sha1
from typing import Final

import msgspec

from oms.values.events import BookReset
from oms.values.levels import Level
from oms.values.market import Market
from oms.values.units import NS_PER_MS, PRICE_ONE_PIPS, Nanos, Pips, SharesMicro, micro_text, price_text

NEVER_TRADED: Final = ""
"""What `last_trade_price` says of a market without a trade."""


class Rung(msgspec.Struct, frozen=True, gc=False):
    """One level of a book, in texts."""

    price: str
    size: str


class WireBook(msgspec.Struct, gc=False):
    """The whole book of one token: what is hashed, and the answer of GET /book for a v1 market. The order of the fields is the venue's."""

    market: str
    asset_id: str
    timestamp: str
    """Milliseconds of the last change, not of the reading."""
    hash: str
    bids: Sequence[Rung]
    """Ascending: the best is the last."""
    asks: Sequence[Rung]
    """Descending: the best is the last."""
    min_order_size: str
    tick_size: str
    neg_risk: bool
    last_trade_price: str


class WireBookV2(WireBook, gc=False):
    """The same of a v2 market (polymarket.md §1.2)."""

    version: str = "v2"


_encoder: Final = msgspec.json.Encoder()


def book_hash(book: WireBook) -> str:
    """The SHA-1 of this book, 40 hexadecimal digits; whatever `book.hash` holds is left out."""
    unsigned = WireBook(
        book.market,
        book.asset_id,
        book.timestamp,
        "",
        book.bids,
        book.asks,
        book.min_order_size,
        book.tick_size,
        book.neg_risk,
        book.last_trade_price,
    )
    return sha1(_encoder.encode(unsigned), usedforsecurity=False).hexdigest()


def signed_book(market: Market, book: BookReset, last_yes_pips: Pips | None) -> WireBook:
    """The exchange's book of one token of `market` as GET /book answers it.

    Args:
        market: as it is now: its tick is part of the hash.
        book: levels in any order.
        last_yes_pips: the market's last trade in YES terms, for both tokens alike; None: it never traded.
    """
    bids, asks = sorted(book.bids), sorted(book.asks, reverse=True)
    return signed(market, book.token, book.exchange_ns, (rungs(bids), rungs(asks)), last_yes_pips)


def signed(market: Market, token: str, changed_ns: Nanos, sides: tuple[Sequence[Rung], Sequence[Rung]], last_yes_pips: Pips | None) -> WireBook:
    """As `signed_book`, from rungs in the order of the wire: (bids ascending, asks descending)."""
    bids, asks = sides
    book = (WireBookV2 if market.generation == "v2" else WireBook)(
        market.market_id,
        token,
        ms_text(changed_ns),
        "",
        bids,
        asks,
        micro_text(market.min_shares_micro),
        price_text(market.tick_pips),
        market.neg_risk,
        last_price_text(last_yes_pips),
    )
    book.hash = book_hash(book)
    return book


def rungs(levels: Sequence[Level]) -> list[Rung]:
    """Levels in texts, the order kept."""
    return [rung(price_pips, size_micro) for price_pips, size_micro in levels]


def rung(price_pips: Pips, size_micro: SharesMicro) -> Rung:
    """One level in texts, each the shortest decimal, as in all recordings."""
    return Rung(price_text(price_pips), micro_text(size_micro))


def last_price_text(yes_pips: Pips | None) -> str:
    """`last_trade_price` inside a book: three decimals ("0.500", "0.002"), four only where the price has them; "" = never traded."""
    if yes_pips is None:
        return NEVER_TRADED
    return f"{yes_pips // PRICE_ONE_PIPS}.{yes_pips % PRICE_ONE_PIPS:04d}".removesuffix("0")


def ms_text(at_ns: Nanos) -> str:
    """Milliseconds since 1970 as text; what is finer is dropped."""
    return str(at_ns // NS_PER_MS)
