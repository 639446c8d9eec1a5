"""One socket's share of the market channel: a MarketStream whose markets come and go, which knows how fresh it is, and which reads REST books too.

What it decides beyond MarketStream: when it has been quiet for so long that REST should be asked whether the venue is quiet too. Sockets freeze
while PONG still comes (polymarket.md §6.6); a market may be quiet for hours. Only a second witness tells one from the other. What it confirms is a
fact of its own, so that a quiet book stays believed (freshness.py).
"""

from collections.abc import Iterable, Sequence
from typing import Final, Protocol

import msgspec

from connectors.polymarket.book_audit import BookAudit, RestHash
from connectors.polymarket.freshness import Freshness
from connectors.polymarket.market_facts import MarketFacts
from connectors.polymarket.market_stream import MarketStream
from oms.values.events import BookReset, BooksConfirmed, ContinuityLost, Event, LevelsChanged
from oms.values.market import Market, TokenId
from oms.values.units import NS_PER_SECOND, Nanos

SILENCE_NS: Final = 600 * NS_PER_SECOND
"""Quiet for so long is a loss even if REST cannot be asked. Longer than a lone MarketStream's bound, because REST is asked much sooner."""
QUIET_NS: Final = 5 * NS_PER_SECOND
"""After so long without a message REST is asked for the first time; then after twice as long, and so on."""
DROPPED_MAX: Final = 200
"""Tokens that are read though they are not wanted any more, because something of them may be on its way; beyond it the oldest are not."""
QUIET_MAX_NS: Final = 60 * NS_PER_SECOND


class Keeper(Protocol):
    """Who is told when a line opens and closes."""

    def line_opened(self, line: "ShardStream") -> None:
        """Its socket is open and its subscription on its way."""
        ...

    def line_closed(self, line: "ShardStream") -> None:
        """Its socket is closed and its loss told."""
        ...


class ShardStream(MarketStream):
    """One line of a feed. Without markets it is a standby: open, pinging, ready to take over."""

    def __init__(self, number: int, keeper: Keeper, silence_ns: Nanos = SILENCE_NS, given_up_ns: Nanos = 0) -> None:
        """`given_up_ns`: whoever hears the facts gives a book up after so long without a word of it; 0 = never."""
        super().__init__({}, silence_ns)
        self.number = number
        self.is_open = False
        self.audit = BookAudit()
        self.lag_ns: int | None = None
        """How much later than its exchange time the latest change came, by our clock."""
        self._freshness = Freshness(given_up_ns)
        self._keeper = keeper
        self._bound_ns = silence_ns
        self._dropped: dict[TokenId, Market] = {}
        self._looked_ns: Nanos = 0
        self._quiet_looks = 0

    @property
    def live(self) -> dict[TokenId, Market]:
        """The markets it is to tell of, by token."""
        return {token: market for token, market in self.markets.items() if token not in self._dropped}

    @property
    def heard_ns(self) -> Nanos:
        """When the last message came, PONGs not counted."""
        return self._heard_ns

    def take(self, markets: Iterable[Market]) -> None:
        """Tell of these too; on an open socket they are subscribed in one message."""
        tokens: list[TokenId] = []
        for market in markets:
            pair = (market.yes, market.no)
            for token in pair:
                self._dropped.pop(token, None)
            self._facts.add_market(market)
            tokens += pair
        if self.is_open and tokens:
            self._subscribe("subscribe", tokens)

    def refresh(self, market: Market) -> None:
        """Something about a market that is told of has changed."""
        self._facts.add_market(market)

    def drop(self, market: Market) -> None:
        """Do not ask for this one any more. What still comes of it is read until the next socket, which begins without it, or many others went."""
        pair = (market.yes, market.no)
        self._dropped |= {token: market for token in pair if token in self.markets}
        self.audit.forget(pair)
        self._freshness.forget(pair)
        while len(self._dropped) > DROPPED_MAX:
            oldest = next(iter(self._dropped.values()))
            for token in (oldest.yes, oldest.no):
                self._dropped.pop(token, None)
            self.audit.forget((oldest.yes, oldest.no))
            self._freshness.forget((oldest.yes, oldest.no))
            self._facts.drop_market(oldest)
        if self.is_open:
            self._subscribe("unsubscribe", pair)

    def clear(self) -> None:
        """A closed line gives up all its markets and becomes a standby."""
        assert not self.is_open, "an open line cannot become a standby"
        self._begin_with({})

    def opened(self, at_ns: Nanos) -> None:
        """As MarketStream; without what was dropped."""
        if self._dropped:
            self._begin_with(self.live)
        super().opened(at_ns)
        self._freshness.asked(self.live, at_ns)
        self.is_open = True
        self._looked_ns, self._quiet_looks = at_ns, 0
        self._keeper.line_opened(self)

    def closed(self, at_ns: Nanos) -> list[Event]:
        """As MarketStream."""
        facts = super().closed(at_ns)
        self.is_open = False
        self.audit.restart()
        self._freshness.restart()
        self._keeper.line_closed(self)
        return facts

    def receive(self, frame: bytes, at_ns: Nanos) -> Sequence[Event]:
        """As MarketStream, and remembers what each book's hash was."""
        facts = super().receive(frame, at_ns)
        audit, freshness = self.audit, self._freshness
        for fact in facts:
            if isinstance(fact, LevelsChanged):
                self.lag_ns = at_ns - fact.exchange_ns
                freshness.told(fact.token, at_ns, is_whole=False)
            elif isinstance(fact, BookReset):
                freshness.told(fact.token, at_ns, is_whole=True)
            else:
                if isinstance(fact, ContinuityLost):
                    freshness.forget(fact.tokens)
                continue
            audit.told(fact.token, fact.exchange_ns, fact.hash)
        if self._heard_ns == at_ns:  # more than a PONG
            self._quiet_looks = 0
            self._silence_ns = self._bound_ns
        return facts

    def read_rest(self, body: bytes, at_ns: Nanos) -> Sequence[Event]:
        """The facts of an answer of POST /books. It is no sign that the socket lives, and no word of the stream's for the audit."""
        heard_ns = self._heard_ns
        facts = super().receive(body, at_ns)
        self._heard_ns = heard_ns
        self._freshness.asked(self.live, at_ns)  # the stream's own books are on their way: give them time
        return facts

    def is_too_quiet(self, at_ns: Nanos) -> bool:
        """Is it time to ask REST whether the venue is as quiet as this socket? The caller then calls `looked`."""
        if not self.is_open or not self.live or self.audit.is_busy:
            return False
        wait_ns = min(QUIET_NS << min(self._quiet_looks, 10), QUIET_MAX_NS)
        return at_ns >= max(self._heard_ns, self._looked_ns) + wait_ns

    def looked(self, at_ns: Nanos) -> None:
        """REST is asked about all of them now, because the line is quiet as a whole."""
        self.asked(self.live, at_ns)
        self._looked_ns = at_ns
        self._quiet_looks += 1

    def asked(self, tokens: Iterable[TokenId], at_ns: Nanos) -> None:
        """REST is asked about these now."""
        self.audit.begin(at_ns)
        self._freshness.asked(tokens, at_ns)

    def unheard(self, since_ns: Nanos) -> list[TokenId]:
        """The books of which neither the stream nor REST said since then that they are right, and about which nobody asked."""
        return self._freshness.quiet(self.live, since_ns) if self.is_open and not self.audit.is_busy else []

    def answered(self, books: Iterable[RestHash], at_ns: Nanos) -> list[Event]:
        """What REST said. When all agrees the quiet is the venue's, and the time for silence begins anew.

        What agrees is confirmed; what had been without a word for so long that nobody believes it any more is subscribed anew.
        """
        agreed = self.audit.answered(books, at_ns)
        if not agreed or not self.is_open:
            return []
        if self.audit.due_ns is None:
            self._silence_ns = self._bound_ns + max(0, at_ns - self._heard_ns)
        asked_ns = self.audit.began_ns
        believed, lapsed = self._freshness.confirmed([token for token in agreed if token not in self._dropped], asked_ns, at_ns)
        if lapsed:
            self._renew(lapsed)
        return [BooksConfirmed(tokens=tuple(believed), asked_ns=asked_ns)] if believed else []

    def judge(self) -> list[Event]:
        """The audit is due. A silent socket that REST contradicts is frozen and given up; single lost tokens are subscribed anew."""
        was_silent = self._heard_ns <= self.audit.began_ns
        lost = self.audit.judge(was_silent=was_silent)
        if not lost or not self.is_open:
            return []
        if was_silent:
            self.wants_reconnect = True
            return self._lost(f"socket {self.number} is frozen: REST tells of newer books, for example of {lost[0][:12]}")
        self._renew(lost)
        return [ContinuityLost(tokens=tuple(lost), why="REST told other books twice in a row")]

    def _renew(self, tokens: Sequence[TokenId]) -> None:
        """Have their full books from the stream again."""
        self._subscribe("unsubscribe", tokens)
        self._subscribe("subscribe", tokens)
        self.audit.forget_told(tokens)
        self._freshness.forget(tokens)

    def _begin_with(self, markets: dict[TokenId, Market]) -> None:
        """Read only these from now on; the counts go on."""
        before = self._facts
        self._facts = MarketFacts(markets)
        self._facts.other_tokens, self._facts.not_read = before.other_tokens, before.not_read
        self.audit.forget([token for token in before.markets if token not in markets])
        self._dropped = {}

    def _subscribe(self, verb: str, tokens: Sequence[TokenId]) -> None:
        told: dict[str, object] = {"operation": verb, "assets_ids": tokens}
        if verb == "subscribe":
            told["custom_feature_enabled"] = True
        self._out.append(msgspec.json.encode(told))
