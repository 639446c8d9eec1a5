"""What the dashboard needs of its connection to the daemon, and nothing more: control/link.py fills it with a socket, tests with a fake."""

from typing import Protocol

from connectors.operator.control.link import Listener
from connectors.operator.control.protocol import Answer, Instruction, Shown
from oms.values.panels import Topic


class Link(Protocol):
    """The connection."""

    async def run(self, listener: Listener) -> None:
        """Connect, again and again when it breaks, and tell `listener` everything. Ends when it is cancelled."""

    def watch(self, topics: tuple[Topic, ...], subject: str = "", every_ms: int = 500) -> None:
        """Show these from now on; kept for the next connection where there is none."""

    async def ask(self, topic: Topic, subject: str = "") -> Shown | Answer:
        """One picture, or why not. Without a connection the answer says so at once."""

    async def do(self, what: Instruction) -> Answer:
        """Have it done, never twice, and what became of it. Without a connection nothing is sent, now or later, and the answer says so."""
