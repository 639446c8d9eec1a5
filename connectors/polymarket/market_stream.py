"""The public market channel, without the socket: frames and time in, facts and bytes out.

What it decides: whether a frame can be believed to the letter, and whose book is spoilt when not. A refused frame changes nothing and is
counted under a name; what it may have said about a book is lost, so the tokens concerned get `ContinuityLost` and stay STALE until the
next whole book. What it does not: reconnect (the transport does), judge books (the book machine does).

The channel has no sequence numbers and no replay (polymarket.md §6), so every close is a loss for every token.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from connectors.polymarket import wire
from connectors.polymarket.market_facts import MarketFacts
from oms.values.events import BooksConfirmed, ContinuityLost, Event
from oms.values.market import Market, TokenId
from oms.values.nesting import check_nesting
from oms.values.units import NS_PER_SECOND, BadNumber, Nanos

PING_EVERY_NS: Final = 10 * NS_PER_SECOND
"""Without a text PING the server closes after about 125 s (polymarket.md §6.1)."""
SILENCE_NS: Final = 120 * NS_PER_SECOND
"""No message for so long on an open socket counts as a loss: sockets freeze while PONG still comes (polymarket.md §6.6)."""
_WORDS_MAX: Final = 300
_confirmed = msgspec.json.Decoder(BooksConfirmed)


class MarketStream:
    """The market channel of some markets.

    Duties of the caller: `opened` when the socket opens, `closed` when it closes, each frame to `receive` in order; after each of these
    send `bytes_to_send`, and call `woken` no later than `wake_at_ns`. When `wants_reconnect` turns true, close the socket and open
    another. A replay calls `receive` and, where a recording says so, `closed` and `confirmed`; it never sends.
    """

    def __init__(self, markets: Mapping[TokenId, Market], silence_ns: Nanos = SILENCE_NS) -> None:
        self.refusals: dict[str, int] = {}
        """Refused frames by name."""
        self.last_refusal = ""
        """The latest refusal in words: what, where, how big."""
        self.frames = 0
        self.wants_reconnect = False
        self._facts = MarketFacts(markets)
        self._silence_ns = silence_ns
        self._out: list[bytes] = []
        self._ping_at_ns: Nanos | None = None
        """None: the socket is closed."""
        self._heard_ns: Nanos = 0

    @property
    def markets(self) -> Mapping[TokenId, Market]:
        """The markets whose tokens are read, by token."""
        return self._facts.markets

    @property
    def other_tokens(self) -> int:
        """How often a message spoke of a token we were not given."""
        return self._facts.other_tokens

    @property
    def not_read(self) -> Mapping[str, int]:
        """Messages of known types that nothing uses yet, by type."""
        return self._facts.not_read

    def add_market(self, market: Market) -> None:
        """Read this market too; on an open socket it is subscribed at once."""
        self._facts.add_market(market)
        if self._ping_at_ns is not None:
            self._out.append(_subscription("operation", "subscribe", (market.yes, market.no)))

    def receive(self, frame: bytes, at_ns: Nanos) -> Sequence[Event]:
        """The facts of one frame; never raises for what a frame holds.

        A bad frame gives no facts but the `ContinuityLost` of the tokens concerned, and counts in `refusals`.
        """
        self.frames += 1
        try:
            events = self._facts.read(wire.decode(frame))
        except wire.Refusal as refusal:
            if frame == wire.PONG:  # looked for here, because it is one frame in thousands
                return []
            return self._refuse(frame, refusal.name, str(refusal))
        except BadNumber as error:
            return self._refuse(frame, "bad_number", str(error))
        self._heard_ns = at_ns
        return events

    def confirmed(self, word: bytes) -> Sequence[Event]:
        """A tape's word of what a second witness said of quiet books. One that cannot be read counts in `refusals`, and nothing follows."""
        self.frames += 1
        try:
            check_nesting(word)
            return [_confirmed.decode(word)]
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            self._count(word, "books_confirmed", str(error))
            return []

    def _refuse(self, frame: bytes, name: str, words: str) -> list[Event]:
        self._count(frame, name, words)
        tokens = self._facts.concerned(frame)
        return [ContinuityLost(tokens=tokens, why=f"a frame was refused: {name}")] if tokens else []

    def _count(self, frame: bytes, name: str, words: str) -> None:
        self.refusals[name] = self.refusals.get(name, 0) + 1
        self.last_refusal = f"frame {self.frames} ({len(frame)} bytes): {name}: {words}"[:_WORDS_MAX]

    def opened(self, at_ns: Nanos) -> None:
        """The socket is open: the subscription is ready to be sent."""
        self._out = [_subscription("type", "market", tuple(self.markets))]
        self._ping_at_ns = at_ns + PING_EVERY_NS
        self._heard_ns = at_ns
        self.wants_reconnect = False

    def closed(self, at_ns: Nanos) -> list[Event]:  # noqa: ARG002 (style.md §1: the same shape for every stream; venues that resume need the time)
        """The socket is closed, or a recording says that it was: every book is history until it comes again."""
        self._out = []
        self._ping_at_ns = None
        return self._lost("the market channel was closed")

    def woken(self, at_ns: Nanos) -> list[Event]:
        """Time passed: a due PING is queued; silence beyond the bound is a loss and a wish to reconnect. Early calls do nothing."""
        if self._ping_at_ns is None:
            return []
        if at_ns >= self._ping_at_ns:
            self._out.append(b"PING")
            self._ping_at_ns = at_ns + PING_EVERY_NS
        if self.wants_reconnect or at_ns < self._heard_ns + self._silence_ns:
            return []
        self.wants_reconnect = True
        return self._lost(f"the market channel was silent for {self._silence_ns // NS_PER_SECOND} s")

    def _lost(self, why: str) -> list[Event]:
        return [ContinuityLost(tokens=tuple(self.markets), why=why)] if self.markets else []

    def bytes_to_send(self) -> list[bytes]:
        """What is to be sent now, in order; asking takes it."""
        out, self._out = self._out, []
        return out

    def wake_at_ns(self) -> Nanos | None:
        """When `woken` is next due; None while the socket is closed."""
        if self._ping_at_ns is None or self.wants_reconnect:
            return self._ping_at_ns
        return min(self._ping_at_ns, self._heard_ns + self._silence_ns)


def _subscription(key: str, verb: str, tokens: tuple[TokenId, ...]) -> bytes:
    """The first message of a socket, or a later addition; `custom_feature_enabled` brings best_bid_ask and market_resolved."""
    return msgspec.json.encode({key: verb, "assets_ids": tokens, "custom_feature_enabled": True})
