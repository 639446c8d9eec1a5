"""How a socket of the venue stays open: the client sends the text PING, the venue answers PONG, and after about 125 s without one it hangs up."""

from typing import Final

from oms.values.units import NS_PER_SECOND, Nanos

PING: Final = "PING"
PONG: Final = b"PONG"
SILENCE_NS: Final = 125 * NS_PER_SECOND
"""Without PING the venue closes after so long ([com] measured, polymarket.md §6.1)."""
INVALID_OPERATION: Final = b"INVALID OPERATION"
"""What the venue answers to a message that it cannot read ([com]: bots of January 2026 saw this text)."""


class Keepalive:
    """The silence of one client."""

    def __init__(self, at_ns: Nanos) -> None:
        self._heard_ns = at_ns

    def is_ping(self, text: str, at_ns: Nanos) -> bool:
        """It was a PING, to be answered with PONG; the silence begins anew."""
        if text != PING:
            return False
        self._heard_ns = at_ns
        return True

    @property
    def ends_ns(self) -> Nanos:
        """When the socket is closed unless a PING comes before."""
        return self._heard_ns + SILENCE_NS
