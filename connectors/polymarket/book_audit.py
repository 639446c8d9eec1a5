"""The stream's books held against GET /books, by hash: does the stream still tell what the venue knows? Pure, one audit for each socket.

Every message about a book tells the hash of the book after it, and REST tells the hash of the book as it is: the same text for the same book (178
of 178 in the recordings of 2026-04 with equal timestamps). So a REST hash that the stream told, or tells within GRACE_NS, is agreement. One that
it never tells, and that is not older than its newest, means that the stream kept something back: a frozen socket, or a token that was dropped
from the subscription. What this does not find is a change that was lost alone; our own hash of the rebuilt book does (oms/machines/book.py).

One difference may be a snapshot from the middle of a burst; so only the second in a row counts, or the first while the whole socket is silent. A
token that differs again and again although it was subscribed anew needs twice as many each time, up to STRIKES_MAX: the evidence is then probably
not as good as we think.
"""

from collections.abc import Iterable
from typing import Final

import msgspec

from connectors.polymarket.wire import Refusal, exchange_ns_from_text
from oms.values.market import TokenId
from oms.values.nesting import check_nesting
from oms.values.units import NS_PER_SECOND, Nanos

GRACE_NS: Final = 2 * NS_PER_SECOND
"""REST may be ahead of the stream by so much without anybody being wrong."""
STRIKES_MIN: Final = 2
STRIKES_MAX: Final = 64


class RestHash(msgspec.Struct, frozen=True, gc=False):
    """All that is read of a REST book for an audit; its levels are skipped."""

    asset_id: str
    timestamp: str
    hash: str = ""


_decoder = msgspec.json.Decoder(list[RestHash])


def hashes(body: bytes) -> list[RestHash] | None:
    """What an answer of POST /books says, without the levels; None when it cannot be read."""
    try:
        check_nesting(body)
        return _decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


class Record(msgspec.Struct, gc=False):
    """What is held against one token."""

    strikes: int = 0
    """Differences in a row."""
    needed: int = STRIKES_MIN
    """Differences in a row that are believed."""


class BookAudit:
    """One socket's audit: `begin`, send the question, `answered`, and `judge` when it is due; every told hash goes to `told` in between."""

    def __init__(self) -> None:
        self.newest: dict[TokenId, tuple[Nanos, str]] = {}
        """Of each token: time and hash of the latest message about its book."""
        self.agreed = 0
        self.differed = 0
        self.due_ns: Nanos | None = None
        """When `judge` is due; None: nothing is open."""
        self.began_ns: Nanos = 0
        """When the latest question left."""
        self._is_asking = False
        self._recent: set[tuple[TokenId, str]] = set()
        self._open: dict[TokenId, str] = {}
        """REST hashes that the stream has not told yet."""
        self.records: dict[TokenId, Record] = {}
        """How often tokens differed, as long as they do."""

    @property
    def is_busy(self) -> bool:
        """A question is under way, or its answer not judged yet."""
        return self._is_asking or self.due_ns is not None

    def told(self, token: TokenId, exchange_ns: Nanos, text: str) -> None:
        """The stream told of a token's book; called with every such fact."""
        self.newest[token] = (exchange_ns, text)
        if self._is_asking:
            self._recent.add((token, text))
        elif self._open and self._open.get(token) == text:
            self._agree(token)

    def begin(self, at_ns: Nanos) -> None:
        """A question leaves now: from here on every hash is remembered."""
        self.began_ns = at_ns
        self._is_asking = True
        self._open.clear()
        self.due_ns = None
        self._recent = {(token, text) for token, (_, text) in self.newest.items()}

    def failed(self) -> None:
        """No answer came, or none that can be read: nothing follows."""
        self._is_asking = False
        self._recent.clear()

    def answered(self, books: Iterable[RestHash], at_ns: Nanos) -> list[TokenId]:
        """The answer. What the stream told already agrees, and is returned; the rest has until GRACE_NS from now (`due_ns`).

        A book of which the stream told nothing yet counts as one that it keeps back. What is older than the stream's newest is passed over.
        """
        agreed: list[TokenId] = []
        for book in books:
            newest = self.newest.get(book.asset_id)
            if not book.hash:
                continue
            if (book.asset_id, book.hash) in self._recent:
                self._agree(book.asset_id)
                agreed.append(book.asset_id)
            elif newest is None or _is_at_least(book.timestamp, newest[0]):
                self._open[book.asset_id] = book.hash
        self._is_asking = False
        self._recent.clear()
        self.due_ns = at_ns + GRACE_NS if self._open else None
        return agreed

    def judge(self, *, was_silent: bool) -> list[TokenId]:
        """The time is up. Returns the tokens that differed often enough to be believed lost; for these it takes twice as often the next time.

        Args:
            was_silent: the socket told nothing at all since `begin`. Then half as many differences are enough.
        """
        lost = []
        for token in self._open:
            record = self.records.setdefault(token, Record())
            record.strikes += 1
            if record.strikes * (2 if was_silent else 1) >= record.needed:
                lost.append(token)
                record.strikes = 0
                record.needed = min(2 * record.needed, STRIKES_MAX)
        self.differed += len(self._open)
        self._open.clear()
        self.due_ns = None
        return lost

    def restart(self) -> None:
        """The socket closed: what it told, and what is open, is history. How often tokens differed stays known."""
        self.failed()
        self._open.clear()
        self.due_ns = None
        self.newest.clear()

    def inherit(self, other: "BookAudit") -> None:
        """Another socket's tokens come to this one, with how often they differed."""
        self.records.update(other.records)

    def forget_told(self, tokens: Iterable[TokenId]) -> None:
        """These will be told anew: until then there is nothing to compare with. How often they differed stays known."""
        for token in tokens:
            self.newest.pop(token, None)
            self._open.pop(token, None)

    def forget(self, tokens: Iterable[TokenId]) -> None:
        """These are no longer told by this socket."""
        for token in tokens:
            self.forget_told((token,))
            self.records.pop(token, None)

    def _agree(self, token: TokenId) -> None:
        self.agreed += 1
        self._open.pop(token, None)
        self.records.pop(token, None)


def _is_at_least(text: str, exchange_ns: Nanos) -> bool:
    try:
        return exchange_ns_from_text(text) >= exchange_ns
    except Refusal:
        return False
