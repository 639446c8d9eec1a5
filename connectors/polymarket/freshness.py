"""Of one socket's tokens: when each book was last known to be right, and which ones the engine must have given up. Pure.

A book of which nothing is heard for `engine.silence_s` is STALE for the engine, and only a full book from the stream ends that (ruling 2.8).
Polymarket sends one with each subscription and each trade, so a quiet market would wait for its next trade, perhaps for hours. So quiet books are
held against REST more often than the bound, and what agrees is told to the engine as BooksConfirmed; and when REST could not be asked for longer than
the bound, whatever it confirms afterwards is subscribed anew, which brings the full book.
"""

from collections.abc import Iterable

from oms.values.market import TokenId
from oms.values.units import Nanos


class Freshness:
    """Tells what to ask about, what an answer confirms, and what has lapsed."""

    def __init__(self, bound_ns: Nanos) -> None:
        """`bound_ns`: after so long without a word the engine gives a book up; 0 = never."""
        self._bound_ns = bound_ns
        self._known_ns: dict[TokenId, Nanos] = {}
        """When each book that the engine believes was last known to be right. A missing one: no full book yet, or given up."""
        self._asked_ns: dict[TokenId, Nanos] = {}
        """When REST was last asked about each."""

    def told(self, token: TokenId, at_ns: Nanos, *, is_whole: bool) -> None:
        """The stream told of a book. A change tells nothing to whom it finds without a book."""
        if is_whole or self._believes(token, at_ns):
            self._known_ns[token] = at_ns

    def confirmed(self, tokens: Iterable[TokenId], asked_ns: Nanos, at_ns: Nanos) -> tuple[list[TokenId], list[TokenId]]:
        """REST agreed about these. Returns what the engine still believes, and what has lapsed and is to be had whole again."""
        believed: list[TokenId] = []
        lapsed: list[TokenId] = []
        for token in tokens:
            if self._believes(token, at_ns):
                self._known_ns[token] = max(self._known_ns[token], asked_ns)
                believed.append(token)
            else:
                lapsed.append(token)
        return believed, lapsed

    def quiet(self, tokens: Iterable[TokenId], since_ns: Nanos) -> list[TokenId]:
        """Those that are not known to be right since then, and were not asked about since then either."""
        return [token for token in tokens if self._known_ns.get(token, 0) <= since_ns and self._asked_ns.get(token, 0) <= since_ns]

    def asked(self, tokens: Iterable[TokenId], at_ns: Nanos) -> None:
        """REST is asked about these now."""
        for token in tokens:
            self._asked_ns[token] = at_ns

    def forget(self, tokens: Iterable[TokenId]) -> None:
        """Only a full book brings these back."""
        for token in tokens:
            self._known_ns.pop(token, None)
            self._asked_ns.pop(token, None)

    def restart(self) -> None:
        """The socket closed: everything is history."""
        self._known_ns.clear()
        self._asked_ns.clear()

    def _believes(self, token: TokenId, at_ns: Nanos) -> bool:
        known_ns = self._known_ns.get(token)
        if known_ns is not None and self._bound_ns and at_ns - known_ns > self._bound_ns:
            del self._known_ns[token]
            return False
        return known_ns is not None
