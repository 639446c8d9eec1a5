"""Frames of reference prices on a tape: by the word of their channel they are read by the stream that would have read them live, and counted.

Nothing in the engine uses these prices yet. A tape carries them so that a recording of today can be traded on tomorrow, and whoever replays it is
told what it holds. A frame that cannot be read is counted under its name and changes nothing else: prices are no books, nothing has to be mended.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Protocol

import msgspec

from connectors.binance.ticker_stream import TickerStream
from connectors.polymarket.polybolt_stream import Login, PolyBoltStream
from connectors.polymarket.prices_stream import PricesStream
from oms.values.reference import NANO, PriceNano, Reference, ReferenceQuote
from oms.values.units import Nanos

CHANNEL_BINANCE: Final = "binance"
"""Payload: a frame of Binance's spot combined stream, for `TickerStream.receive`."""
CHANNEL_POLYMARKET_PRICES: Final = "polymarket-prices"
"""Payload: a frame of Polymarket's RTDS, for `PricesStream.receive`."""
CHANNEL_POLYBOLT: Final = "polymarket-polybolt"
"""Payload: a frame of Polymarket's PolyBolt, for `PolyBoltStream.receive`."""
CHANNELS: Final = frozenset({CHANNEL_BINANCE, CHANNEL_POLYMARKET_PRICES, CHANNEL_POLYBOLT})
TALLIES_MAX: Final = 1_024
"""Prices that are told apart; a tape may name any symbol."""


class PriceStream(Protocol):
    """What the streams of reference prices have in common."""

    frames: int
    refusals: dict[str, int]
    not_read: dict[str, int]

    def receive(self, frame: bytes, at_ns: Nanos) -> Sequence[Reference]:
        """The prices of one frame."""
        ...


class Tally(msgspec.Struct, kw_only=True):
    """How much was told of one price, and when. Times of receipt."""

    channel: str
    symbol: str
    kind: str
    """`quote`, `price`, or `average 60 s`."""
    latest: Reference
    """What came last."""
    first_ns: Nanos
    last_ns: Nanos
    count: int = 0

    def words(self) -> str:
        """For a person who looks on."""
        return f"{self.symbol} {self.kind} {price_words(self.latest)}"

    def summary(self) -> dict[str, Any]:
        """For a report."""
        return {
            "channel": self.channel,
            "source": self.latest.source.value,
            "symbol": self.symbol,
            "kind": self.kind,
            "count": self.count,
            "first_ns": self.first_ns,
            "last_ns": self.last_ns,
            "latest": price_words(self.latest),
        }


class Tallies:
    """Counts prices, each by itself."""

    def __init__(self) -> None:
        self._of: dict[tuple[str, str, str], Tally] = {}

    def count(self, channel: str, prices: Iterable[Reference], at_ns: Nanos) -> None:
        """These came on this channel."""
        for price in prices:
            key = (channel, price.symbol, _kind(price))
            tally = self._of.get(key) or self._begun(key, price, at_ns)
            tally.count += 1
            tally.last_ns, tally.latest = at_ns, price

    def _begun(self, key: tuple[str, str, str], price: Reference, at_ns: Nanos) -> Tally:
        """A new tally; beyond the bound one for all the rest of a channel."""
        if len(self._of) >= TALLIES_MAX:
            key = (key[0], "others", key[2])
        channel, symbol, kind = key
        return self._of.setdefault(key, Tally(channel=channel, symbol=symbol, kind=kind, latest=price, first_ns=at_ns, last_ns=at_ns))

    def all(self) -> list[Tally]:
        """In the order in which each price came first."""
        return list(self._of.values())


class ReferenceFrames:
    """Reads the price frames of one tape."""

    def __init__(self) -> None:
        self.tallies = Tallies()
        self._streams: Mapping[str, PriceStream] = {
            CHANNEL_BINANCE: TickerStream(()),
            CHANNEL_POLYMARKET_PRICES: PricesStream(()),
            CHANNEL_POLYBOLT: PolyBoltStream(_nobody, ()),
        }

    def receive(self, channel: str, payload: bytes, at_ns: Nanos) -> Sequence[Reference]:
        """The prices of one frame of one of CHANNELS; never raises for what it holds."""
        prices = self._streams[channel].receive(payload, at_ns)
        self.tallies.count(channel, prices, at_ns)
        return prices

    def summary(self) -> dict[str, Any]:
        """For a report: every price with its count, first and last; frames, and of these the refused and the unused ones by name."""
        used = {channel: stream for channel, stream in self._streams.items() if stream.frames}
        return {
            "told": [tally.summary() for tally in self.tallies.all()],
            "frames": {channel: stream.frames for channel, stream in used.items()},
            "refused": {channel: dict(sorted(stream.refusals.items())) for channel, stream in used.items() if stream.refusals},
            "not_read": {channel: dict(sorted(stream.not_read.items())) for channel, stream in used.items() if stream.not_read},
        }


def price_words(price: Reference) -> str:
    """A price in USD, of a quote bid/ask."""
    if isinstance(price, ReferenceQuote):
        return f"{_usd(price.bid_nano)}/{_usd(price.ask_nano)}"
    return _usd(price.price_nano)


def _usd(nano: PriceNano) -> str:
    whole, part = divmod(nano, NANO)
    return f"{whole}.{part:09d}".rstrip("0").rstrip(".")


def _kind(price: Reference) -> str:
    if isinstance(price, ReferenceQuote):
        return "quote"
    return f"average {price.average_s} s" if price.average_s else "price"


def _nobody() -> Login:
    """A tape is read without logging in anywhere."""
    raise AssertionError("nothing is opened in a replay")
