"""By whose word a market is resolved: a price stream of Chainlink, prices of Binance, or UMA's optimistic oracle. Pure; from the field or the text.

The field `resolutionSource` wins over the description. A description that names two price sources says nothing (one of them is usually there to be
excluded), and then the answer is UNKNOWN: a strategy that reckons with a reference price stands aside.
"""

import enum
import re
from typing import Final

import msgspec


class Source(enum.Enum):
    """Who says what happened."""

    CHAINLINK = "CHAINLINK"
    BINANCE = "BINANCE"
    UMA = "UMA"
    """People propose, and dispute (polymarket.md §10)."""
    UNKNOWN = "UNKNOWN"


class Reference(msgspec.Struct, frozen=True, kw_only=True):
    """The source, and which of its prices."""

    source: Source
    symbol: str = ""
    """As the stream of that source writes it: "btc/usd" of Chainlink, "btcusdt" of Binance. Empty for the others."""
    average_s: int = 0
    """The price is an average over so many seconds (TWAP); 0: none is spoken of."""


_CHAINLINK: Final = re.compile(r"data\.chain\.link/(?:streams|feeds)/(?:[a-z]+/[a-z]+/)?([a-z0-9]{2,10})-([a-z]{3,5})\b", re.IGNORECASE | re.ASCII)
_BINANCE: Final = re.compile(r"binance\.com/[a-z-]{2,10}/trade/([A-Z0-9]{2,10})_([A-Z]{3,5})\b", re.IGNORECASE | re.ASCII)
_AVERAGE: Final = re.compile(r"\b(\d{1,4})[- ]?(?:s|sec|second|seconds)[- ](?:TWAP|time[- ]weighted)", re.IGNORECASE | re.ASCII)
_TEXT_MAX: Final = 20_000


def reference_in(field: str, description: str, *, has_uma_bond: bool = False) -> Reference:
    """What the market's own words name.

    Args:
        field: `resolutionSource`, mostly a link or empty.
        description: the rules in prose.
        has_uma_bond: there is a bond, so UMA decides where no price does.
    """
    description = description[:_TEXT_MAX]
    average = _AVERAGE.search(description)
    for text in (field[:_TEXT_MAX], description):
        named = {("/".join(found), Source.CHAINLINK) for found in _pairs(_CHAINLINK, text)}
        named |= {("".join(found), Source.BINANCE) for found in _pairs(_BINANCE, text)}
        if len(named) > 1:
            return Reference(source=Source.UNKNOWN)
        for symbol, source in named:
            return Reference(source=source, symbol=symbol, average_s=int(average[1]) if average else 0)
    return Reference(source=Source.UMA if has_uma_bond else Source.UNKNOWN)


def _pairs(pattern: re.Pattern[str], text: str) -> list[tuple[str, str]]:
    return [(found[1].lower(), found[2].lower()) for found in pattern.finditer(text)]
