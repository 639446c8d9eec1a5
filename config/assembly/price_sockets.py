"""Sockets for the reference prices by which chosen markets are decided: Binance's own, and what Polymarket tells of Binance and Chainlink.

No fact of the house carries these prices yet, so a socket delivers none of them: they are on the tape, and are counted here.
"""

from collections.abc import Callable, Iterable, Sequence

import msgspec

from config.outside import VenueSection
from connectors.binance.ticker_stream import TickerStream
from connectors.polymarket.catalog import Listing
from connectors.polymarket.prices_stream import PricesStream, binance_symbol
from connectors.polymarket.reference import Source
from connectors.reference_frames import CHANNEL_BINANCE, CHANNEL_POLYMARKET_PRICES, Tallies
from connectors.transport.websocket import Ends, Pace, Sink, StreamSocket
from oms.values.events import Event
from oms.values.units import Nanos


class Tallied:
    """A price stream as a socket wants it: gives no facts, counts prices."""

    def __init__(self, stream: TickerStream | PricesStream, channel: str, tallies: Tallies) -> None:
        self.stream = stream
        self.wants_reconnect = False
        self._channel = channel
        self._tallies = tallies

    def opened(self, at_ns: Nanos) -> None:
        """As the stream."""
        self.stream.opened(at_ns)
        self.wants_reconnect = False

    def closed(self, at_ns: Nanos) -> Sequence[Event]:
        """As the stream."""
        self.stream.closed(at_ns)
        return ()

    def receive(self, frame: bytes, at_ns: Nanos) -> Sequence[Event]:
        """As the stream."""
        self._tallies.count(self._channel, self.stream.receive(frame, at_ns), at_ns)
        self.wants_reconnect = self.stream.wants_reconnect
        return ()

    def woken(self, at_ns: Nanos) -> Sequence[Event]:
        """As the stream."""
        self.stream.woken(at_ns)
        self.wants_reconnect = self.stream.wants_reconnect
        return ()

    def bytes_to_send(self) -> list[bytes]:
        """As the stream."""
        return self.stream.bytes_to_send()

    def wake_at_ns(self) -> Nanos | None:
        """As the stream."""
        return self.stream.wake_at_ns()


class PriceSocket(msgspec.Struct, frozen=True):
    """One source of prices, and its socket, which is to be run."""

    name: str
    stream: TickerStream | PricesStream
    socket: StreamSocket

    def never_came(self) -> list[tuple[str, str]]:
        """(topic, symbol) of prices that were asked for and did not come on the latest socket."""
        return self.stream.lines.never_came() if isinstance(self.stream, PricesStream) else []


def price_sockets(venue: VenueSection, pairs: Sequence[str], sink: Sink, tallies: Tallies, pace: Pace, now: Callable[[], Nanos]) -> list[PriceSocket]:
    """A socket for each source that tells of these pairs; none for no pairs."""
    if not pairs:
        return []
    sources: list[tuple[str, str, TickerStream | PricesStream]] = [
        (CHANNEL_BINANCE, venue.binance, TickerStream([binance_symbol(pair) for pair in pairs])),
        (CHANNEL_POLYMARKET_PRICES, venue.prices, PricesStream(pairs)),
    ]
    return [
        PriceSocket(channel, stream, StreamSocket(Tallied(stream, channel, tallies), url, Ends(channel, sink, _nothing), pace, now))
        for channel, url, stream in sources
    ]


def _nothing(_facts: Sequence[Event], _at_ns: Nanos) -> None:
    """No facts come of these."""


def pairs_of(listings: Iterable[Listing]) -> list[str]:
    """The pairs whose prices decide these markets, as Chainlink writes them: `btc/usd`, also for what Binance calls `btcusdt`."""
    pairs: dict[str, None] = {}
    for listing in listings:
        reference = listing.reference
        if reference.source is Source.CHAINLINK:
            pairs[reference.symbol] = None
        elif reference.source is Source.BINANCE and reference.symbol.endswith("usdt"):
            pairs[f"{reference.symbol.removesuffix('usdt')}/usd"] = None
    return list(pairs)
