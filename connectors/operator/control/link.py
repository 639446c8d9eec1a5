"""A connection to the daemon that comes back by itself: for whoever looks for hours. Fills the dashboard's `Link`; others may use it as well."""

import asyncio
from pathlib import Path
from typing import Final, Protocol

from connectors.operator.control.client import ControlClient, ControlError, NoDaemon
from connectors.operator.control.protocol import Answer, Ended, Instruction, Shown, Welcome
from oms.values.panels import Topic

AGAIN_S: Final = (0.2, 0.5, 1.0, 2.0, 5.0)
"""From one try to the next; the last one for ever."""


class Listener(Protocol):
    """Who is told. Called in the loop in which the link runs; must not block."""

    def joined(self, welcome: Welcome) -> None:
        """The connection stands, for the first time or again."""
        ...

    def lost(self, why: str) -> None:
        """There is no connection, and why, in words; said when it breaks, and when the reason is another one. It is tried again."""
        ...

    def shown(self, shown: Shown) -> None:
        """A picture of a watched topic."""
        ...

    def ended(self, ended: Ended) -> None:
        """The daemon's last words; `lost` follows."""
        ...


class ControlLink:
    """One looker's, called `name` in the daemon's log."""

    def __init__(self, path: Path, name: str) -> None:
        self.why_away = f"{path}: not connected yet"
        """Why there is no connection, in words; empty: there is one."""
        self._path = path
        self._name = name
        self._client: ControlClient | None = None
        self._watched: tuple[tuple[Topic, ...], str, int] = ((), "", 500)

    async def run(self, listener: Listener) -> None:
        """Connect, again and again when it breaks, until it is cancelled."""
        tries = 0
        while True:
            if await self._once(listener):
                tries = 0
            await asyncio.sleep(AGAIN_S[min(tries, len(AGAIN_S) - 1)])
            tries += 1

    def watch(self, topics: tuple[Topic, ...], subject: str = "", every_ms: int = 500) -> None:
        """Show these from now on; kept for the next connection where there is none. See protocol.Watch."""
        self._watched = (topics, subject, every_ms)
        if self._client is not None and not self._client.why_ended:
            self._client.watch(*self._watched)

    async def ask(self, topic: Topic, subject: str = "") -> Shown | Answer:
        """One picture, or why not. Without a connection the answer says so at once."""
        try:
            return await self.client().asked(topic, subject)
        except ControlError as error:
            return Answer(id=0, ok=False, text=str(error))

    async def do(self, what: Instruction) -> Answer:
        """Have it done, and what became of it; never repeated by itself. Without a connection nothing is sent, and the answer says so."""
        try:
            return await self.client().do(what)
        except ControlError as error:
            return Answer(id=0, ok=False, text=str(error))

    def client(self) -> ControlClient:
        """The connection that stands, for whoever wants errors instead of answers. Raises NoDaemon."""
        if self._client is None:
            raise NoDaemon(self.why_away)
        return self._client

    async def _once(self, listener: Listener) -> bool:
        """One connection, from its beginning to its end. Was there one?"""
        try:
            client = await ControlClient.connect(self._path, self._name)
        except ControlError as error:
            self._away(str(error), listener)
            return False
        self._client, self.why_away = client, ""
        try:
            listener.joined(client.welcome)
            self.watch(*self._watched)
            async for told in client:
                if isinstance(told, Shown):
                    listener.shown(told)
                else:
                    listener.ended(told)
        finally:
            self._client, self.why_away = None, f"{self._path}: the link was closed"
            await client.close()
        self._away(f"{self._path}: {client.why_ended}", listener)
        return True

    def _away(self, why: str, listener: Listener) -> None:
        if why != self.why_away:
            self.why_away = why
            listener.lost(why)
