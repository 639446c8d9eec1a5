"""polymarket-ws-updown-2026-04: raw messages of short sessions on crypto up/down markets, several markets and several sources a file.

Source: data/README.md; recorded April 2026 (github.com/jonahgrigoryan/polymarket-15m-arb-bot). Payloads are byte for byte what arrived:
REST books, market-channel messages, Binance, Coinbase, Chainlink. The recorder asked REST for all books, opened the socket, read a few
messages, closed it, and began again about a minute later; it did not write down when it closed. Frames of Binance and of Polymarket's price stream
pass through on channels of their own; other sources are counted.
"""

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from connectors.importers.foreign import UNREADABLE, ForeignRecording, Piece, ns_from_ms
from connectors.importers.recording import nothing_to_trade
from connectors.reference_frames import CHANNEL_BINANCE, CHANNEL_POLYMARKET_PRICES
from connectors.tape import CHANNEL_CONTINUITY_LOST, CHANNEL_POLYMARKET_MARKET, Frame
from oms.values.market import Market, MarketId, TokenId
from oms.values.nesting import check_nesting
from oms.values.units import NS_PER_MS, NS_PER_SECOND, BadNumber, Nanos, size_micro_from_text, tick_pips_from_text

KEYS: Final = frozenset({"source", "recv_wall_ts", "recv_mono_ns", "payload"})
"""The first line has these."""
FEE_RATE_BPS: Final = 700
"""Crypto up/down markets since 2026: 0.07 (polymarket.md §7.1)."""
_CLOCKS_APART_NS_MAX: Final = 2 * NS_PER_MS
_NOT_USED: Final = "new_market"
_PRICES: Final = {"binance": CHANNEL_BINANCE, "polymarket_rtds_chainlink": CHANNEL_POLYMARKET_PRICES}
"""Sources of reference prices that we read, and their channels."""


class _Line(msgspec.Struct, gc=False):
    source: str
    recv_wall_ts: int
    recv_mono_ns: int
    payload: str


class _Message(msgspec.Struct, gc=False):
    """What is looked at in a payload, to pair tokens and to see whether the socket was open."""

    event_type: str = ""
    market: str = ""
    asset_id: str = ""
    tick_size: str | None = None
    min_order_size: str | None = None
    neg_risk: bool | None = None


class _Found(msgspec.Struct):
    """What the survey learns of one market."""

    tokens: list[TokenId]
    tick_size: str | None = None
    min_order_size: str | None = None
    neg_risk: bool | None = None


_decoder = msgspec.json.Decoder(_Line)
_payload_decoder = msgspec.json.Decoder(list[_Message] | _Message)


class UpdownRecording(ForeignRecording):
    """Short sessions on several markets; messages pass through as they are; time is the receipt's."""

    kind = "updown"
    trade_rule = "announced"
    _stream_ns: Nanos | None = None
    """Time of the latest stream message; None: the socket is not open."""

    def _survey(self) -> None:
        found: dict[MarketId, _Found] = {}
        for raw in self._surveyed_lines():
            try:
                line = _decoder.decode(raw)
                self.last_ns = _time_ns(line)
                self.first_ns = self.first_ns or self.last_ns
                told = _messages(line)
            except UNREADABLE:
                continue
            for message in told:
                if message.market and message.asset_id:
                    _learn(found.setdefault(message.market, _Found([])), message)
        pairs = {market_id: facts for market_id, facts in found.items() if len(facts.tokens) == 2}
        if not pairs:
            raise nothing_to_trade(self.path, f"it holds books of {len(found)} market(s), none with two tokens")
        self._said(
            "time is that of receipt",
            "the first token of a market seen is YES, the second is NO",
            f"{self.assume.reopened_after_s} s without a stream message mean that the recorder had closed the socket",
        )
        rate_bps = self._say_fee(FEE_RATE_BPS, "crypto up/down markets of 2026")
        self._say_end()
        self._said(*(f"market {key} is left out: it shows {len(value.tokens)} token(s), not two" for key, value in found.items() if key not in pairs))
        self.markets = tuple(self._found_market(market_id, facts, rate_bps) for market_id, facts in pairs.items())
        self._said(*(market.assumptions[-1] for market in self.markets if len(market.assumptions) > len(self.assumptions)))

    def _found_market(self, market_id: MarketId, facts: _Found, rate_bps: int) -> Market:
        """A market with the tick and minimum that its books tell, or the assumed ones, said aloud."""
        market = self._market(market_id, f"{self.name} {market_id[:10]}", (facts.tokens[0], facts.tokens[1]), rate_bps)
        if facts.tick_size is None or facts.min_order_size is None:
            return _assuming(market, f"tick and minimum of {market_id} are assumed: no REST book tells them")
        try:
            tick_pips, least = tick_pips_from_text(facts.tick_size), size_micro_from_text(facts.min_order_size)
        except BadNumber as error:
            return _assuming(market, f"tick and minimum of {market_id} are assumed: {error}")
        return msgspec.structs.replace(market, tick_pips=tick_pips, min_shares_micro=least, neg_risk=bool(facts.neg_risk))

    def frames(self) -> Iterator[Frame]:
        """As Recording.frames; the socket is taken as closed at first."""
        self._stream_ns = None
        return super().frames()

    def _pieces(self, line: bytes) -> Sequence[Piece]:
        told = _decoder.decode(line)
        at_ns = _time_ns(told)
        pieces = self._silence(at_ns)
        if told.source in _PRICES:
            return [*pieces, (at_ns, _PRICES[told.source], told.payload.encode())]
        if told.source != "polymarket_clob":
            self.not_read[told.source] = self.not_read.get(told.source, 0) + 1
            return pieces
        messages = _messages(told)
        if any(message.event_type for message in messages):
            self._stream_ns = at_ns
        if messages and all(message.event_type == _NOT_USED for message in messages):
            self.not_read[_NOT_USED] = self.not_read.get(_NOT_USED, 0) + len(messages)
            return pieces
        return [*pieces, (at_ns, CHANNEL_POLYMARKET_MARKET, told.payload.encode())]

    def _silence(self, at_ns: Nanos) -> list[Piece]:
        """The mark of a closed socket, once, at the moment when the silence had lasted long enough."""
        bound_ns = self.assume.reopened_after_s * NS_PER_SECOND
        if self._stream_ns is None or at_ns - self._stream_ns <= bound_ns:
            return []
        lost_ns, self._stream_ns = self._stream_ns + bound_ns, None
        return [(lost_ns, CHANNEL_CONTINUITY_LOST, f"no stream message for {self.assume.reopened_after_s} s".encode())]


def _assuming(market: Market, sentence: str) -> Market:
    return msgspec.structs.replace(market, assumptions=(*market.assumptions, sentence))


def _messages(line: _Line) -> list[_Message]:
    """The messages in a payload of the exchange; none for other sources. Raises msgspec.DecodeError, UnicodeEncodeError, RecursionError."""
    if line.source != "polymarket_clob":
        return []
    check_nesting(line.payload.encode())
    told = _payload_decoder.decode(line.payload)
    return told if isinstance(told, list) else [told]


def _learn(facts: _Found, message: _Message) -> None:
    if message.asset_id not in facts.tokens:
        facts.tokens.append(message.asset_id)
    facts.tick_size = facts.tick_size or message.tick_size
    facts.min_order_size = facts.min_order_size or message.min_order_size
    facts.neg_risk = message.neg_risk if facts.neg_risk is None else facts.neg_risk


def _time_ns(line: _Line) -> Nanos:
    """Time of receipt: the finer clock where it agrees with the wall clock to 2 ms, else the wall clock."""
    wall_ns = ns_from_ms(line.recv_wall_ts)
    return line.recv_mono_ns if abs(line.recv_mono_ns - wall_ns) <= _CLOCKS_APART_NS_MAX else wall_ns
