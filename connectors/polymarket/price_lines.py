"""How fresh each price of a socket is, and whether the socket is still any good. Pure; shared by Polymarket's two price streams.

These sockets freeze while they are open, as a whole or one price alone (polymarket.md §6.6). So a price is alive only while its *own* time goes on;
receipt, PONG, or the same point again prove nothing (reference-prices.md §5.1). A price that never came on this socket does not count against it: its
topic may be gone for good, and ever new sockets would not bring it back.
"""

from collections.abc import Iterable
from typing import Final

from oms.values.units import NS_PER_SECOND, Nanos

SILENCE_NS: Final = 15 * NS_PER_SECOND
"""Nothing new of any price for so long: every price comes once a second, so the socket is dead."""
LINE_SILENCE_NS: Final = 60 * NS_PER_SECOND
"""Nothing new of one price while others go on. Chainlink's own gaps last seconds, rarely a minute."""
Line = tuple[str, str]
"""(channel or topic, symbol)."""
LINES_MAX: Final = 256
"""More than all there are; a venue that tells of ever new symbols must not fill the memory."""


class PriceLines:
    """The prices of one stream. Times of prices in ms, of ours in ns."""

    def __init__(self, wanted: Iterable[Line], silence_ns: Nanos = SILENCE_NS, line_silence_ns: Nanos = LINE_SILENCE_NS) -> None:
        """`wanted`: those that are asked for; empty: every one that comes."""
        self._wanted = dict.fromkeys(wanted)
        self._silence_ns = silence_ns
        self._line_silence_ns = line_silence_ns
        self._latest_ms: dict[Line, int] = {}
        self._heard_ns: dict[Line, Nanos] = {}
        """When each last went on, on this socket."""
        self._any_ns: Nanos = 0

    def is_wanted(self, line: Line) -> bool:
        """Was it asked for?"""
        return not self._wanted or line in self._wanted

    def opened(self, at_ns: Nanos) -> None:
        """A new socket: whatever comes next is news."""
        self._latest_ms.clear()
        self._heard_ns.clear()
        self._any_ns = at_ns

    def heard(self, line: Line, exchange_ms: int, at_ns: Nanos) -> None:
        """A price came that held at this time; one that nobody asked for counts for nothing."""
        if not self.is_wanted(line):
            return
        latest_ms = self._latest_ms.get(line, -1)
        if exchange_ms > latest_ms and (latest_ms >= 0 or len(self._latest_ms) < LINES_MAX):
            self._latest_ms[line] = exchange_ms
            self._heard_ns[line] = self._any_ns = at_ns

    def never_came(self) -> list[Line]:
        """Prices that were asked for and did not come on this socket."""
        return [line for line in self._wanted if line not in self._heard_ns]

    def is_dead(self, at_ns: Nanos) -> bool:
        """Is another socket wanted? A price that stopped counts only if it had come."""
        return at_ns >= self.due_ns() or any(at_ns >= heard_ns + self._line_silence_ns for heard_ns in self._heard_ns.values())

    def due_ns(self) -> Nanos:
        """When all have been silent for too long."""
        return self._any_ns + self._silence_ns
