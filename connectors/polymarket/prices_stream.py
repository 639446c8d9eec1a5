"""Polymarket's real-time data socket (RTDS), without the socket: prices of Binance and Chainlink as it tells them; the same shape as MarketStream.

What it decides: which frames can be believed, what they are prices of, and when the socket is no good any more. It needs no login; Polymarket has
announced its end in favour of PolyBolt (polybolt_stream.py, reference-prices.md §5), so a topic that brings nothing is normal here and is only told.

Each topic is asked for in a message of its own, because one unknown topic silences all that stand beside it. One symbol is asked for by a filter,
which also brings the last minutes; several by none, because filters of several symbols were refused, or silently matched nothing (field reports of
2026, rs-clob-client #341): then everything is told, and what nobody wanted is passed over and counted.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from connectors.polymarket import wire_prices as wire
from connectors.polymarket.price_lines import LINE_SILENCE_NS, SILENCE_NS, PriceLines, PriceStream
from connectors.polymarket.wire import Refusal
from oms.values.reference import PriceSource, Reference, ReferencePrice, price_nano_from_text
from oms.values.units import MS_MAX, NS_PER_SECOND, Nanos

TOPIC_BINANCE: Final = "crypto_prices"
TOPIC_CHAINLINK: Final = "crypto_prices_chainlink"
TOPIC_AVERAGE: Final = "crypto_prices_twap_sixty"
"""What up/down markets settle on since August 2026 (reference-prices.md §3)."""
AVERAGES_S: Final = {"crypto_prices_twap_thirty": 30, TOPIC_AVERAGE: 60}
PING_EVERY_NS: Final = 5 * NS_PER_SECOND
"""RTDS wants a text PING so often. Whether PONG comes proves nothing (polymarket.md §6.5)."""
_SIGNS_OF_LIFE: Final = frozenset({b"", b"PONG", b"pong"})


class PricesStream(PriceStream):
    """The prices of some pairs. Duties of the caller as with MarketStream; a replay only calls `receive`."""

    def __init__(self, pairs: Sequence[str], silence_ns: Nanos = SILENCE_NS, line_silence_ns: Nanos = LINE_SILENCE_NS) -> None:
        """`pairs` as Chainlink writes them, such as btc/usd. A replay gives none: all that is told is taken."""
        self._symbols = {TOPIC_BINANCE: [binance_symbol(pair) for pair in pairs]}
        self._symbols |= {topic: [*pairs] for topic in (TOPIC_CHAINLINK, TOPIC_AVERAGE)}
        lines = PriceLines([(topic, symbol) for topic, its in self._symbols.items() for symbol in its], silence_ns, line_silence_ns)
        super().__init__(lines, b"PING", PING_EVERY_NS)
        self.other_symbols = 0
        """Frames about symbols that nobody asked for."""

    def _greeting(self) -> list[bytes]:
        return [_subscription(topic, symbols) for topic, symbols in self._symbols.items()]

    def _prices_of(self, frame: bytes, at_ns: Nanos) -> Sequence[Reference]:
        return () if frame in _SIGNS_OF_LIFE else self._read(wire.rtds_frame(frame), at_ns)

    def _read(self, told: wire.RtdsFrame, at_ns: Nanos) -> Sequence[Reference]:
        """The prices of a frame, all or none. Raises Refusal, BadNumber."""
        topic = told.topic
        if topic not in AVERAGES_S and topic not in {TOPIC_BINANCE, TOPIC_CHAINLINK}:
            if not topic and told.message:
                raise Refusal("request_refused", f"the server says {told.message[:80]!r}")
            if not topic:
                raise Refusal("wrong_shape", "the frame names no topic")
            return self._pass_over(topic)
        payload = wire.rtds_payload(told.payload)
        if not self.lines.is_wanted((topic, payload.symbol)) and not self.lines.is_wanted((TOPIC_CHAINLINK, payload.symbol)):
            self.other_symbols += 1
            return ()
        prices = [_price(topic, payload, point) for point in wire.points_of(payload)]
        if prices:
            self.lines.heard((topic, payload.symbol), max(price.exchange_ms for price in prices), at_ns)
        return prices


def binance_symbol(pair: str) -> str:
    """What Binance calls the pair that Chainlink writes `btc/usd`: `btcusdt`."""
    return pair.replace("/", "") + "t" if pair.endswith("/usd") else pair.replace("/", "")


def _subscription(topic: str, symbols: Sequence[str]) -> bytes:
    """A request for one topic. The filter is JSON inside JSON, and compact: with a space in it nothing ever comes (real-time-data-client #34)."""
    wanted = {"topic": topic, "type": "update"}
    if len(symbols) == 1:
        wanted["filters"] = msgspec.json.encode({"symbol": symbols[0]}).decode()
    return msgspec.json.encode({"action": "subscribe", "subscriptions": [wanted]})


def _price(topic: str, payload: wire.RtdsPayload, point: wire.Point) -> ReferencePrice:
    """A point as a price. Raises Refusal, BadNumber.

    Snapshots of Chainlink's spot prices come as `crypto_prices` (all 90 of the recording of April 2026), so the symbol decides whose a price is.
    """
    is_chainlink = "/" in payload.symbol
    if not is_chainlink and topic != TOPIC_BINANCE:
        raise Refusal("wrong_shape", f"{topic} tells of {payload.symbol[:40]!r}, which is no pair of Chainlink's")
    average_s = AVERAGES_S.get(topic, payload.window_s or 0)
    if payload.window_s not in {None, average_s}:
        raise Refusal("contradiction", f"{topic} tells an average over {payload.window_s} s")
    if not 0 < point.timestamp < MS_MAX:
        raise Refusal("bad_timestamp", f"time {point.timestamp} is not a number of milliseconds of our age")
    exact = wire.exact_text(point, is_scaled=is_chainlink)
    return ReferencePrice(
        source=PriceSource.CHAINLINK if is_chainlink else PriceSource.BINANCE,
        symbol=payload.symbol,
        price_nano=price_nano_from_text(exact),
        exact=exact,
        exchange_ms=point.timestamp,
        average_s=average_s,
        is_relayed=True,
    )
