"""Binance's spot prices without the socket: frames and time in, reference prices and bytes out; the same shape as Polymarket's MarketStream.

What it decides: which frames can be believed, and when another socket is wanted: before the 24 hours are over after which Binance closes, when the
server says that it goes, and when nothing comes any more. What it does not: whether a price is too old to be used; whoever uses it knows the time.
Pings are frames of the protocol here, which the socket itself answers (reference-prices.md §1).
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from connectors.binance import wire
from oms.values.reference import PriceSource, Reference, ReferencePrice, ReferenceQuote, price_nano_from_text
from oms.values.units import MS_MAX, NS_PER_SECOND, BadNumber, Nanos

KINDS: Final = ("bookTicker", "aggTrade")
"""Best bid and ask for the level; trades for the time that a bookTicker does not tell."""
SYMBOLS_MAX: Final = 1_024 // len(KINDS)
"""A connection takes 1024 streams."""
SILENCE_NS: Final = 20 * NS_PER_SECOND
"""No price of any symbol for so long: the socket is dead. Binance itself pings every 20 s; BTCUSDT trades every second."""
LIFE_NS: Final = (23 * 3_600 + 50 * 60) * NS_PER_SECOND
"""Binance closes after 24 hours; we go before, at a moment of our own."""
_WORDS_MAX: Final = 300
_KINDS_NOT_READ_MAX: Final = 16


class TickerStream:
    """Best prices and trades of some symbols. Duties of the caller as with MarketStream; a replay only calls `receive`."""

    def __init__(self, symbols: Sequence[str], silence_ns: Nanos = SILENCE_NS, life_ns: Nanos = LIFE_NS) -> None:
        """`symbols` in lower case, such as btcusdt. A replay gives none: all that is told is read anyway."""
        assert len(symbols) <= SYMBOLS_MAX, f"{len(symbols)} symbols need more than one connection"
        self.symbols = tuple(symbols)
        self.refusals: dict[str, int] = {}
        """Refused frames by name."""
        self.last_refusal = ""
        """The latest refusal in words."""
        self.not_read: dict[str, int] = {}
        """Events that nothing uses, by stream; at most 16 are told apart."""
        self.frames = 0
        self.wants_reconnect = False
        self._silence_ns = silence_ns
        self._life_ns = life_ns
        self._out: list[bytes] = []
        self._heard_ns: Nanos = 0
        self._ends_ns: Nanos | None = None
        """None: the socket is closed."""

    def opened(self, at_ns: Nanos) -> None:
        """The socket is open, at `…/stream` without a query: the subscription is ready to be sent."""
        params = [f"{symbol}@{kind}" for symbol in self.symbols for kind in KINDS]
        self._out = [msgspec.json.encode({"method": "SUBSCRIBE", "params": params, "id": 1})]
        self._heard_ns = at_ns
        self._ends_ns = at_ns + self._life_ns
        self.wants_reconnect = False

    def closed(self, at_ns: Nanos) -> list[Reference]:  # noqa: ARG002 (the same shape for every stream)
        """The socket is closed. A price needs no goodbye: it bears its time, and grows old."""
        self._out = []
        self._ends_ns = None
        return []

    def receive(self, frame: bytes, at_ns: Nanos) -> Sequence[Reference]:
        """The prices of one frame; never raises for what a frame holds. A bad frame gives none and counts in `refusals`."""
        self.frames += 1
        try:
            price = self._read(wire.decode(frame))
        except wire.Refusal as refusal:
            return self._refuse(frame, refusal.name, str(refusal))
        except BadNumber as error:
            return self._refuse(frame, "bad_number", str(error))
        if price is None:
            return ()
        self._heard_ns = at_ns
        return (price,)

    def _read(self, told: wire.Message) -> Reference | None:
        """The price in a message, if it is one. Raises Refusal, BadNumber."""
        if isinstance(told, wire.BookTicker):
            bid, ask = price_nano_from_text(told.b), price_nano_from_text(told.a)
            if bid > ask:
                raise wire.Refusal("crossed", f"bid {told.b[:20]} above ask {told.a[:20]} of {told.s[:20]!r}")
            return ReferenceQuote(source=PriceSource.BINANCE, symbol=told.s.lower(), bid_nano=bid, ask_nano=ask, update=told.u)
        if isinstance(told, wire.TradeTold):
            if not 0 < told.T < MS_MAX:
                raise wire.Refusal("bad_timestamp", f"time {told.T} is not a number of milliseconds of our age")
            nano = price_nano_from_text(told.p)
            return ReferencePrice(source=PriceSource.BINANCE, symbol=told.s.lower(), price_nano=nano, exact=told.p, exchange_ms=told.T)
        if isinstance(told, wire.Shutdown):
            self.wants_reconnect = self._ends_ns is not None
        elif isinstance(told, wire.NotRead):
            kind = told.stream if told.stream in self.not_read or len(self.not_read) < _KINDS_NOT_READ_MAX else "other"
            self.not_read[kind] = self.not_read.get(kind, 0) + 1
        return None

    def _refuse(self, frame: bytes, name: str, words: str) -> tuple[()]:
        self.refusals[name] = self.refusals.get(name, 0) + 1
        self.last_refusal = f"frame {self.frames} ({len(frame)} bytes): {name}: {words}"[:_WORDS_MAX]
        return ()

    def woken(self, at_ns: Nanos) -> list[Reference]:
        """Time passed: silence, or a life that is nearly over, wants another socket. Early calls do nothing."""
        wake_ns = self.wake_at_ns()
        if wake_ns is not None and at_ns >= wake_ns:
            self.wants_reconnect = True
        return []

    def bytes_to_send(self) -> list[bytes]:
        """What is to be sent now, in order; asking takes it."""
        out, self._out = self._out, []
        return out

    def wake_at_ns(self) -> Nanos | None:
        """When `woken` is next due; None while the socket is closed, or another one is wanted."""
        if self._ends_ns is None or self.wants_reconnect:
            return None
        return min(self._ends_ns, self._heard_ns + self._silence_ns)
