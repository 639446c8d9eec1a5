"""Reference prices: what an asset costs elsewhere, told by others. Nothing here is money of ours.

`_nano` is 10⁻⁹ USD: Binance tells 8 decimals, so its prices are exact in it. Chainlink tells up to 18; such a price is rounded down, and `exact`
keeps all its digits, because an up/down market is decided by comparing two of them (reference-prices.md §3).
"""

import enum
import re
from typing import Final

import msgspec

from oms.values.units import BadNumber

PriceNano = int
NANO: Final = 1_000_000_000
PRICE_NANO_MAX: Final = 10**18 - 1
"""A billion dollars less a trifle: a larger price is a bad one."""
_PRICE: Final = re.compile(r"(\d{1,9})(?:\.(\d{1,40}))?", re.ASCII)
_TEXT_SHOWN_MAX: Final = 40


class PriceSource(enum.Enum):
    """Whose price it is, whoever told it to us."""

    BINANCE = "BINANCE"
    CHAINLINK = "CHAINLINK"


class ReferencePrice(msgspec.Struct, frozen=True, tag=True, kw_only=True, gc=False):
    """One price at one time: a trade of an exchange, or a value of an oracle. May come twice, and late: a stream that opens repeats a minute."""

    source: PriceSource
    symbol: str
    """As the source's own streams write it: `btcusdt` of Binance, `btc/usd` of Chainlink."""
    price_nano: PriceNano
    """10⁻⁹ USD, rounded down."""
    exact: str
    """The same price with all decimals that were told, a plain number."""
    exchange_ms: int
    """When it held, by the source's clock, in ms since 1970; freshness is judged by this and never by receipt (reference-prices.md §5.1)."""
    average_s: int = 0
    """The mean over so many seconds before (TWAP); 0: of that moment."""
    is_relayed: bool = False
    """Polymarket told it, not the source itself."""


class ReferenceQuote(msgspec.Struct, frozen=True, tag=True, kw_only=True, gc=False):
    """Best bid and ask of an exchange's book. It bears no time: the receipt's counts, and `update` tells older from newer."""

    source: PriceSource
    symbol: str
    """As in `ReferencePrice`."""
    bid_nano: PriceNano
    ask_nano: PriceNano
    update: int
    """The book's update number, which only grows (`u` of Binance's bookTicker)."""


Reference = ReferencePrice | ReferenceQuote


def price_nano_from_text(text: str) -> PriceNano:
    """A told price in 10⁻⁹ USD, rounded down; 1 to PRICE_NANO_MAX.

    Raises:
        BadNumber: not a plain positive decimal, below 10⁻⁹, or a billion and more.
    """
    match = _PRICE.fullmatch(text)
    nano = int(match[1] + (match[2] or "")[:9].ljust(9, "0")) if match else 0
    if not nano:
        raise BadNumber(f"reference price {text[:_TEXT_SHOWN_MAX]!r} is not a plain decimal number from 10^-9 to 10^9")
    return nano
