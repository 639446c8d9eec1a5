"""PolyBolt, Polymarket's present price stream, without the socket; the same shape as MarketStream. It wants the CLOB's API key.

Source: reference-prices.md §5.1 (documentation and the official client of October 2026; we have never seen it on the live wire).

What it decides: as prices_stream.py, and whether anything was lost: each channel of a connection counts its messages, all symbols together, from the
first snapshot on. A gap is counted and told; nothing can be asked for again. A login that is refused is not tried again on the next socket: eight
wrong ones bar the address.
"""

from collections.abc import Callable, Sequence
from typing import Final, Protocol

import msgspec

from connectors.polymarket import wire_prices as wire
from connectors.polymarket.price_lines import LINE_SILENCE_NS, SILENCE_NS, PriceLines, PriceStream
from connectors.polymarket.wire import Refusal
from oms.values.reference import PriceSource, Reference, ReferencePrice, price_nano_from_text
from oms.values.units import MS_MAX, NS_PER_SECOND, Nanos

CHANNEL_SPOT: Final = "price.crypto"
CHANNEL_AVERAGE: Final = "price.crypto.twap"
WINDOW_S: Final = 60
"""The only average that brings anything."""
PROVIDER: Final = "chainlink"
"""Sent, because the default has changed once already, and looked for in what comes."""
PING_EVERY_NS: Final = 30 * NS_PER_SECOND
PAIRS_MAX: Final = 32
"""64 subscriptions a connection, two a pair."""
_OPS: Final = frozenset({"authed", "subscribed", "unsubscribed", "pong"})


class Login(Protocol):
    """The three secrets of the CLOB key; connectors/polymarket/user_stream.py has one. Spelled out here, so that a replay loads no curve."""

    api_key: str
    secret: str
    passphrase: str


class PolyBoltStream(PriceStream):
    """Chainlink's prices of some pairs. Duties of the caller as with MarketStream. What goes out holds secrets: it is never logged."""

    def __init__(
        self, login: Callable[[], Login], pairs: Sequence[str], silence_ns: Nanos = SILENCE_NS, line_silence_ns: Nanos = LINE_SILENCE_NS
    ) -> None:  # fmt: skip
        """`login` is called whenever a socket opens; `pairs` as Chainlink writes them, such as btc/usd. A replay gives none and is told all."""
        self._pairs = {pair.replace("/", ""): pair for pair in pairs}
        assert len(self._pairs) <= PAIRS_MAX, f"{len(self._pairs)} pairs need more than one connection"
        wanted = [(channel, its) for channel in (CHANNEL_SPOT, CHANNEL_AVERAGE) for its in self._pairs]
        super().__init__(PriceLines(wanted, silence_ns, line_silence_ns), b'{"op":"ping"}', PING_EVERY_NS)
        self.missed = 0
        """Messages that never came, as the counts of the channels and `dropped` tell."""
        self.barred = ""
        """Why the login was refused; nothing more is said to the server then."""
        self._login = login
        self._seq: dict[str, int] = {}

    def opened(self, at_ns: Nanos) -> None:
        """The socket is open: the login is ready to be sent, unless it was refused before."""
        self._seq.clear()
        super().opened(at_ns)

    def _greeting(self) -> list[bytes]:
        if self.barred:
            return []
        login = self._login()
        auth = {"apiKey": login.api_key, "secret": login.secret, "passphrase": login.passphrase}
        return [msgspec.json.encode({"op": "auth", "rid": "auth", "auth": auth})]

    def _prices_of(self, frame: bytes, at_ns: Nanos) -> Sequence[Reference]:
        told = wire.bolt_frame(frame)
        return self._read(told, at_ns) if told.channel else self._answered(told)

    def _answered(self, told: wire.BoltFrame) -> Sequence[Reference]:
        """An answer to what we said. Raises Refusal for an error, or what is no answer."""
        if told.op == "authed":
            self._out.append(self._subscription())
        elif told.op == "error":
            code = told.code[:40]
            if code.startswith("auth"):
                self.barred = code
                self._ping_at_ns = None
            raise Refusal("request_refused", f"the server says {code!r}")
        elif told.op not in _OPS:
            raise Refusal("wrong_shape", f"op {told.op[:40]!r} is none we know, and there is no channel")
        return self._pass_over(told.op)

    def _subscription(self) -> bytes:
        wanted: list[dict[str, object]] = []
        for symbol in self._pairs:
            wanted.append({"channel": CHANNEL_AVERAGE, "filter": {"symbol": symbol, "window_seconds": WINDOW_S}})
            wanted.append({"channel": CHANNEL_SPOT, "filter": {"symbol": symbol, "provider": PROVIDER}})
        return msgspec.json.encode({"op": "subscribe", "rid": "prices", "subscriptions": wanted})

    def _read(self, told: wire.BoltFrame, at_ns: Nanos) -> Sequence[Reference]:
        """The prices of a channel's message, all or none. Raises Refusal, BadNumber."""
        self._count(told)
        if told.channel not in {CHANNEL_SPOT, CHANNEL_AVERAGE}:
            return self._pass_over(told.channel)
        payload = wire.bolt_payload(told.payload)
        if payload.source != PROVIDER:
            raise Refusal("other_source", f"{told.channel} tells prices of {payload.source[:40]!r}, not of {PROVIDER}")
        average_s = payload.window_seconds or 0
        if average_s != (WINDOW_S if told.channel == CHANNEL_AVERAGE else 0):
            raise Refusal("contradiction", f"{told.channel} tells an average over {average_s} s")
        pair = self._pairs.get(payload.symbol, payload.symbol.removesuffix("usd") + "/usd")
        prices = [_price(pair, average_s, point) for point in wire.points_of(payload)]
        if prices:
            self.lines.heard((told.channel, payload.symbol), max(price.exchange_ms for price in prices), at_ns)
        return prices

    def _count(self, told: wire.BoltFrame) -> None:
        """Has anything of this channel been lost?"""
        self.missed += max(0, told.dropped)
        if told.seq is not None:
            before = self._seq.get(told.channel)
            if before is not None and told.seq > before + 1:
                self.missed += told.seq - before - 1
            if before is not None or len(self._seq) < 16:
                self._seq[told.channel] = told.seq


def _price(pair: str, average_s: int, point: wire.Point) -> ReferencePrice:
    """A point as a price. Raises Refusal, BadNumber."""
    if not 0 < point.timestamp < MS_MAX:
        raise Refusal("bad_timestamp", f"time {point.timestamp} is not a number of milliseconds of our age")
    exact = wire.exact_text(point, is_scaled=False)
    return ReferencePrice(
        source=PriceSource.CHAINLINK,
        symbol=pair,
        price_nano=price_nano_from_text(exact),
        exact=exact,
        exchange_ms=point.timestamp,
        average_s=average_s,
        is_relayed=True,
    )
