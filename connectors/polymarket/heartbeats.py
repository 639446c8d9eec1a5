"""The dead-man switch: after the first heartbeat the venue took, ten seconds without one cancel every order of the API key (polymarket.md §4.5).

Each beat names the id that the one before was given; a wrong id is answered with the right one, which is sent at once. There is never more than one
beat under way, because two would fight over the chain. When to beat is the caller's: only while its own loop is healthy.
"""

from typing import Final

from connectors.polymarket import wire_rest as wire
from connectors.polymarket.venue_parts import Mouth, Parts
from connectors.transport.http import Absent, Found

LOST_MAX: Final = 2
"""After so many lost in a row (ten seconds, at one every five) a person is told."""


class Heartbeats:
    """The chain of one API key."""

    def __init__(self, parts: Parts, mouth: Mouth) -> None:
        self._parts = parts
        self._mouth = mouth
        self._id = ""
        self._id_is_new = False
        self._is_beating = False
        self.lost = 0
        """How many in a row did not get through."""

    async def beat(self) -> None:
        """One heartbeat, or none while another is under way."""
        if self._is_beating:
            return
        self._is_beating = True
        try:
            is_taken = await self._sent() or (self._id_is_new and await self._sent())
        finally:
            self._id_is_new = self._is_beating = False
        self.lost = 0 if is_taken else self.lost + 1
        if self.lost == LOST_MAX:
            self._mouth.alarm("heartbeats are lost", f"{LOST_MAX} in a row: the venue cancels everything of ours ten seconds after the last one")

    async def _sent(self) -> bool:
        """Whether a beat with the id of now was taken; `_id_is_new` says whether trying again at once makes sense."""
        self._parts.budget.ask("POST /v1/heartbeats", self._mouth.now_ns())  # counted, and never kept waiting
        answer = await self._parts.carrier.act(self._parts.calls.heartbeat(self._id))
        self._mouth.heard(answer)
        reply = wire.heartbeat_reply(answer.body if isinstance(answer, Found) else answer.text)
        self._id_is_new = isinstance(answer, Absent) and reply is not None and reply.heartbeat_id != self._id
        if reply is not None:
            self._id = reply.heartbeat_id
        return isinstance(answer, Found) and reply is not None
