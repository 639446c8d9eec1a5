"""What Polymarket's two price streams share: how fresh each price of a socket is, whether the socket is still any good, pings in time. Pure.

These sockets freeze while they are open, as a whole or one price alone (polymarket.md §6.6). So a price is alive only while its *own* time goes on;
receipt, PONG, or the same point again prove nothing (reference-prices.md §5.1). A price that never came on this socket does not count against it: its
topic may be gone for good, and ever new sockets would not bring it back.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import Final

from connectors.polymarket.wire import Refusal
from oms.values.reference import Reference
from oms.values.units import NS_PER_SECOND, BadNumber, Nanos

SILENCE_NS: Final = 15 * NS_PER_SECOND
"""Nothing new of any price for so long: every price comes once a second, so the socket is dead."""
LINE_SILENCE_NS: Final = 60 * NS_PER_SECOND
"""Nothing new of one price while others go on. Chainlink's own gaps last seconds, rarely a minute."""
Line = tuple[str, str]
"""(channel or topic, symbol)."""
KINDS_NOT_READ_MAX: Final = 16
"""So many kinds of frames that nothing uses are told apart."""
_WORDS_MAX: Final = 300
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


class PriceStream(ABC):
    """A stream of prices: what is counted of it, what it has to send, when it wants another socket. The frames are read by whoever is one."""

    def __init__(self, lines: PriceLines, ping: bytes, ping_every_ns: Nanos) -> None:
        self.lines = lines
        self.refusals: dict[str, int] = {}
        """Refused frames by name."""
        self.last_refusal = ""
        """The latest refusal in words."""
        self.not_read: dict[str, int] = {}
        """Frames that nothing uses, by kind."""
        self.frames = 0
        self.wants_reconnect = False
        self._ping = ping
        self._ping_every_ns = ping_every_ns
        self._out: list[bytes] = []
        self._ping_at_ns: Nanos | None = None
        """None: the socket is closed, or we are barred."""

    def opened(self, at_ns: Nanos) -> None:
        """The socket is open: what is to be said first is ready to be sent."""
        self.wants_reconnect = False
        self.lines.opened(at_ns)
        self._out = self._greeting()
        self._ping_at_ns = at_ns + self._ping_every_ns if self._out else None

    def closed(self, at_ns: Nanos) -> list[Reference]:  # noqa: ARG002 (the same shape for every stream)
        """The socket is closed. A price needs no goodbye: it bears its time, and grows old."""
        self._out = []
        self._ping_at_ns = None
        return []

    def receive(self, frame: bytes, at_ns: Nanos) -> Sequence[Reference]:
        """The prices of one frame, a snapshot's in its order; never raises for what a frame holds. A bad frame gives none and counts."""
        self.frames += 1
        try:
            return self._prices_of(frame, at_ns)
        except Refusal as refusal:
            name, words = refusal.name, str(refusal)
        except BadNumber as error:
            name, words = "bad_number", str(error)
        self.refusals[name] = self.refusals.get(name, 0) + 1
        self.last_refusal = f"frame {self.frames} ({len(frame)} bytes): {name}: {words}"[:_WORDS_MAX]
        return ()

    def woken(self, at_ns: Nanos) -> list[Reference]:
        """Time passed: a due ping is queued; prices that stopped want another socket. Early calls do nothing."""
        if self._ping_at_ns is None:
            return []
        if at_ns >= self._ping_at_ns:
            self._out.append(self._ping)
            self._ping_at_ns = at_ns + self._ping_every_ns
        self.wants_reconnect = self.wants_reconnect or self.lines.is_dead(at_ns)
        return []

    def bytes_to_send(self) -> list[bytes]:
        """What is to be sent now, in order; asking takes it."""
        out, self._out = self._out, []
        return out

    def wake_at_ns(self) -> Nanos | None:
        """When `woken` is next due; None while the socket is closed, or we are barred."""
        return self._ping_at_ns if self._ping_at_ns is None or self.wants_reconnect else min(self._ping_at_ns, self.lines.due_ns())

    @abstractmethod
    def _greeting(self) -> list[bytes]:
        """What is said first; nothing: we are barred."""

    @abstractmethod
    def _prices_of(self, frame: bytes, at_ns: Nanos) -> Sequence[Reference]:
        """The prices of one frame. Raises Refusal, BadNumber."""

    def _pass_over(self, kind: str) -> Sequence[Reference]:
        """A frame that nothing uses."""
        kind = kind if kind in self.not_read or len(self.not_read) < KINDS_NOT_READ_MAX else "other"
        self.not_read[kind] = self.not_read.get(kind, 0) + 1
        return ()
