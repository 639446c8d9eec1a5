"""One client of the daemon, as the server sees it: what is said to it, at which pace, and when it is given up."""

import asyncio
from typing import Final

from connectors.operator.control.protocol import VIEW_BYTES_MAX, Told, line
from connectors.operator.control.screen import Gallery, Screen
from oms.values.texts import one_line

NAME_SIGNS_MAX: Final = 40
UNREAD_BYTES_MAX: Final = 2 * VIEW_BYTES_MAX
"""A client that lets more than this wait has stopped reading."""


class Peer:
    """One connection. Methods are called in the server's loop alone."""

    def __init__(self, number: int, writer: asyncio.StreamWriter) -> None:
        self.label = f"#{number}"
        """Who it is: what it calls itself, and a number that nobody else has."""
        self.screen = Screen()
        self.waiting = 0
        """Its questions and instructions that are not answered yet."""
        self._number = number
        self._writer = writer
        self._news = asyncio.Event()
        writer.transport.set_write_buffer_limits(high=0)  # `drain` waits until everything has left

    def name(self, text: str) -> None:
        """It has said who it is."""
        self.label = f"{one_line(text, NAME_SIGNS_MAX)}#{self._number}"

    def tell(self, message: Told) -> None:
        """Say it now, whatever waits."""
        self.tell_line(line(message))

    def tell_line(self, text: bytes) -> None:
        """The same, as a line."""
        if self._writer.is_closing():
            return
        if self._writer.transport.get_write_buffer_size() > UNREAD_BYTES_MAX:
            self.abort()
        else:
            self._writer.write(text)
            self._news.set()

    def wake(self) -> None:
        """There may be something to show."""
        self._news.set()

    async def pump(self, gallery: Gallery, drain_s: float) -> str:
        """Show one picture after another, each when everything before has left. Ends when the client does not read: why; or has gone: empty."""
        clock = asyncio.get_running_loop().time
        while True:
            try:
                async with asyncio.timeout(drain_s):
                    await self._writer.drain()
            except TimeoutError:
                return f"read nothing for {drain_s:g} s"
            except OSError:
                return ""
            picture = self.screen.next(gallery, clock())
            if picture is not None:
                self._writer.write(gallery.line(picture))
                continue
            self._news.clear()
            try:
                async with asyncio.timeout_at(self.screen.wake_s(gallery)):
                    await self._news.wait()
            except TimeoutError:
                continue

    def abort(self) -> None:
        """Cut it; nothing more is said or heard."""
        self._writer.transport.abort()

    def close(self, within_s: float) -> None:
        """Hang up when everything has left, or after so long."""
        self._writer.close()
        asyncio.get_running_loop().call_later(within_s, self._writer.transport.abort)
