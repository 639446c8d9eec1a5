"""The private user channel, without the socket: frames and time in, facts and bytes out; the same shape as MarketStream.

What it decides: whether a frame can be believed to the letter, and when this channel can be relied on. There is no replay (polymarket.md §6.6): what
was said while the socket was closed, and what a refused frame said, is only to be had by asking. So each of these takes the channel's part of
`Presence` down, and when it is up again the engine asks for open orders and trades. A frame that is refused changes nothing else.

Silence is normal here: with no order moving there is nothing to say. So PONG is asked for from the first moment, it is the sign that the channel is
there, and its absence is a loss. A PONG does not prove that facts still flow; `expect` does, after an answer of the venue that owes us a frame.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import msgspec

from connectors.polymarket import wire_user
from connectors.polymarket.key import Withheld
from connectors.polymarket.names import Names
from connectors.polymarket.presence import Presence
from connectors.polymarket.user_facts import UserFacts
from connectors.polymarket.wire import Refusal
from oms.values.events import Event
from oms.values.market import Market, MarketId, TokenId
from oms.values.units import NS_PER_SECOND, BadNumber, Nanos

PART: Final = "user channel"
"""Its name among the parts of `Presence`."""
PING_EVERY_NS: Final = 10 * NS_PER_SECOND
PONG_WAIT_NS: Final = 25 * NS_PER_SECOND
"""Without any frame for so long, PONGs included (two were due), the socket is dead."""
EXPECT_NS: Final = 10 * NS_PER_SECOND
"""A frame that the venue owes us comes within a second; one that is so late will not come: the socket is frozen."""
CATCH_UP_NS: Final = NS_PER_SECOND
"""After a refused frame the engine waits so long before it asks: one round of questions for a burst of bad frames."""
_WORDS_MAX: Final = 300


class Login(Withheld):
    """The three secrets of the CLOB key; without a repr."""

    __slots__ = ("api_key", "passphrase", "secret")

    def __init__(self, api_key: str, secret: str, passphrase: str) -> None:
        self.api_key = api_key
        self.secret = secret
        self.passphrase = passphrase


class UserStream:
    """The user channel of one account; duties of the caller as with `MarketStream`. What goes out holds the secrets: it is never logged."""

    def __init__(self, login: Callable[[], Login], names: Names, markets: Mapping[TokenId, Market], address: str, presence: Presence) -> None:
        """`login` is called whenever a socket opens; `markets`: those subscribed (none: all of the account); `presence` has the part PART."""
        self.markets: dict[TokenId, Market] = dict(markets)
        self.refusals: dict[str, int] = {}
        """Refused frames by name."""
        self.last_refusal = ""
        """The latest refusal in words, without anything of the frame that may be private."""
        self.not_read: dict[str, int] = {}
        """Messages of types that we do not know, by type; at most 16 types are told apart."""
        self.foreign = 0
        """Messages and entries about orders on our account that are not ours: another bot's, a person's, or of ours long forgotten."""
        self.frames = 0
        self.wants_reconnect = False
        self._login = login
        self._presence = presence
        self._facts = UserFacts(names, self.markets, address)
        self._takes_all = not markets
        self._out: list[bytes] = []
        self._ping_at_ns: Nanos | None = None
        """None: the socket is closed."""
        self._heard_ns: Nanos = 0
        self._expected_by_ns: Nanos | None = None
        self._catch_up_at_ns: Nanos | None = None

    def add_market(self, market: Market) -> None:
        """Hear of this market's orders and trades too; on an open socket it is subscribed at once."""
        is_new = market.yes not in self.markets
        self.markets |= {market.yes: market, market.no: market}
        if is_new and self._ping_at_ns is not None and not self._takes_all:
            self._out.append(msgspec.json.encode({"operation": "subscribe", "markets": [market.market_id]}))

    def drop_market(self, market: Market) -> None:
        """Nothing of this market is expected any more; on an open socket it is unsubscribed at once. A message that comes all the same is read."""
        is_known = self.markets.pop(market.yes, None) is not None
        self.markets.pop(market.no, None)
        if is_known and self._ping_at_ns is not None and not self._takes_all:
            self._out.append(msgspec.json.encode({"operation": "unsubscribe", "markets": [market.market_id]}))

    def opened(self, at_ns: Nanos) -> None:
        """The socket is open: who we are, and a PING, because the first frame back proves that we were taken."""
        login = self._login()
        told: dict[str, object] = {"type": "user", "auth": {"apiKey": login.api_key, "secret": login.secret, "passphrase": login.passphrase}}
        if not self._takes_all:
            told["markets"] = self._market_ids()
        self._out = [msgspec.json.encode(told), b"PING"]
        self._ping_at_ns = at_ns + PING_EVERY_NS
        self._heard_ns = at_ns
        self._expected_by_ns = self._catch_up_at_ns = None
        self.wants_reconnect = False

    def _market_ids(self) -> list[MarketId]:
        return list(dict.fromkeys(market.market_id for market in self.markets.values()))

    def closed(self, at_ns: Nanos) -> Sequence[Event]:  # noqa: ARG002 (the same shape for every stream)
        """The socket is closed: what happens now is only to be had by asking."""
        self._out = []
        self._ping_at_ns = None
        return self._presence.down(PART, "closed")

    def receive(self, frame: bytes, at_ns: Nanos) -> Sequence[Event]:
        """The facts of one frame; never raises for what a frame holds. A bad frame changes nothing but the counts, and asks for catching up."""
        self.frames += 1
        self._heard_ns = at_ns
        try:
            messages = wire_user.decode(frame)
            facts, foreign = self._read(messages, at_ns)
        except Refusal as refusal:
            return self._refuse(frame, refusal.name, str(refusal), at_ns)
        except BadNumber as error:
            return self._refuse(frame, "bad_number", str(error), at_ns)
        self.foreign += foreign
        if messages:
            self._expected_by_ns = None
        news = [message.type for message in messages if isinstance(message, wire_user.NotRead) and self._is_new(message.type)]
        if news:
            return [*facts, *self._catch_up(f"a message of the unknown type {news[0]!r}", at_ns)]
        if self._catch_up_at_ns is None and not self.wants_reconnect:
            return [*facts, *self._presence.up(PART)]
        return facts

    def _read(self, messages: Sequence[wire_user.OrderMessage | wire_user.Trade | wire_user.NotRead], at_ns: Nanos) -> tuple[list[Event], int]:
        """All facts of a frame and how much of it was foreign; raises before anything is changed."""
        facts: list[Event] = []
        foreign = 0
        for message in messages:
            if isinstance(message, wire_user.OrderMessage):
                told = self._facts.order(message)
                foreign += told is None
                facts += told or ()
            elif isinstance(message, wire_user.Trade):
                trade = self._facts.trade(message, at_ns)
                foreign += trade.foreign or not trade.fills
                facts += (*trade.fills, *trade.settlements)
        return facts, foreign

    def _is_new(self, kind: str) -> bool:
        """Count a message of an unknown type. The first of its kind may have been about orders; then we would rather ask once."""
        key = kind if kind in self.not_read or len(self.not_read) < 16 else "other"
        self.not_read[key] = self.not_read.get(key, 0) + 1
        return self.not_read[key] == 1

    def _refuse(self, frame: bytes, name: str, words: str, at_ns: Nanos) -> Sequence[Event]:
        self.refusals[name] = self.refusals.get(name, 0) + 1
        self.last_refusal = f"frame {self.frames} ({len(frame)} bytes): {name}: {words}"[:_WORDS_MAX]
        return self._catch_up(f"a frame was refused: {name}", at_ns)

    def _catch_up(self, why: str, at_ns: Nanos) -> Sequence[Event]:
        """Something was missed: down now, and up again in a moment, so that the engine asks."""
        if self._ping_at_ns is not None and self._catch_up_at_ns is None:
            self._catch_up_at_ns = at_ns + CATCH_UP_NS
        return self._presence.down(PART, why)

    def expect(self, at_ns: Nanos) -> None:
        """The venue just did something (took an order, cancelled one) of which this channel must tell: no message soon means that it is frozen."""
        if self._ping_at_ns is not None and self._expected_by_ns is None:
            self._expected_by_ns = at_ns + EXPECT_NS

    def woken(self, at_ns: Nanos) -> Sequence[Event]:
        """Time passed: a due PING is queued; a dead or frozen socket is a loss and a wish to reconnect; a due catch-up begins."""
        if self._ping_at_ns is None:
            return []
        if at_ns >= self._ping_at_ns:
            self._out.append(b"PING")
            self._ping_at_ns = at_ns + PING_EVERY_NS
        if self.wants_reconnect:
            return []
        if at_ns >= self._heard_ns + PONG_WAIT_NS:
            return self._give_up(f"no frame for {PONG_WAIT_NS // NS_PER_SECOND} s, PONGs included")
        if self._expected_by_ns is not None and at_ns >= self._expected_by_ns:
            return self._give_up(f"it did not tell for {EXPECT_NS // NS_PER_SECOND} s of what the venue did: frozen")
        if self._catch_up_at_ns is not None and at_ns >= self._catch_up_at_ns:
            self._catch_up_at_ns = None
            return self._presence.up(PART)
        return []

    def _give_up(self, why: str) -> Sequence[Event]:
        self.wants_reconnect = True
        return self._presence.down(PART, why)

    def bytes_to_send(self) -> list[bytes]:
        """What is to be sent now, in order; asking takes it. The first of a socket holds the secrets."""
        out, self._out = self._out, []
        return out

    def wake_at_ns(self) -> Nanos | None:
        """When `woken` is next due; None while the socket is closed."""
        if self._ping_at_ns is None or self.wants_reconnect:
            return self._ping_at_ns
        times = (self._ping_at_ns, self._heard_ns + PONG_WAIT_NS, self._expected_by_ns, self._catch_up_at_ns)
        return min(time for time in times if time is not None)
