"""A WebSocket server on loopback that follows a script, and a stream that remembers what happened to it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from connectors.transport.backoff import Pace
from connectors.transport.websocket import Ends, StreamSocket
from oms.values.events import Event, Tick
from oms.values.units import NS_PER_MS, Nanos

QUICK = Pace(open_s=2.0, send_s=2.0, close_s=0.2, first_s=0.01, cap_s=0.02, stable_s=60.0)
Script = Callable[[ServerConnection], Awaitable[None]]


class Diary:
    """A stream that writes down what it hears; a Tick a frame, and a Tick for a close."""

    def __init__(self, ping_every_ms: int = 60_000) -> None:
        self.story: list[str] = []
        self.times: list[Nanos] = []
        """Of frames and closes."""
        self.wants_reconnect = False
        self.out: list[bytes] = []
        self.wake_ns: Nanos | None = None
        self._ping_every_ns = ping_every_ms * NS_PER_MS

    def opened(self, at_ns: Nanos) -> None:
        self.story.append("opened")
        self.out = [b"hello"]
        self.wake_ns = at_ns + self._ping_every_ns
        self.wants_reconnect = False

    def closed(self, at_ns: Nanos) -> Sequence[Event]:
        self.story.append("closed")
        self.times.append(at_ns)
        self.wake_ns = None
        return [Tick()]

    def receive(self, frame: bytes, at_ns: Nanos) -> Sequence[Event]:
        text = frame.decode()
        self.times.append(at_ns)
        self.story.append(text[:40])
        if text == "leave":
            self.wants_reconnect = True
        if text.startswith("say "):
            self.out.append(text[4:].encode())
        return [] if text == "nothing" else [Tick()]

    def woken(self, at_ns: Nanos) -> Sequence[Event]:
        if self.wake_ns is not None and at_ns >= self.wake_ns:
            self.out.append(b"PING")
            self.wake_ns = at_ns + self._ping_every_ns
        return []

    def bytes_to_send(self) -> list[bytes]:
        out, self.out = self.out, []
        return out

    def wake_at_ns(self) -> Nanos | None:
        return self.wake_ns


async def stay(connection: ServerConnection) -> None:
    """Say nothing until the other side leaves."""
    await connection.wait_closed()


@asynccontextmanager
async def served(script: Script) -> AsyncIterator[str]:
    """The URL of a server that runs `script` with each connection."""

    async def talk(connection: ServerConnection) -> None:
        with suppress(ConnectionClosed):
            await script(connection)

    server: Server
    async with serve(talk, "127.0.0.1", 0, close_timeout=0.2) as server:
        yield f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}/ws/market"


class Run:
    """One StreamSocket at work, what it recorded and what it delivered."""

    def __init__(self, diary: Diary, url: str, pace: Pace = QUICK) -> None:
        self.diary = diary
        self.taped: list[tuple[str, bytes, Nanos]] = []
        self.delivered: list[tuple[int, Nanos]] = []
        ends = Ends("polymarket-market", lambda *frame: self.taped.append(frame), lambda facts, at_ns: self.delivered.append((len(facts), at_ns)))
        self.socket = StreamSocket(diary, url, ends, pace)
        self.task = asyncio.create_task(self.socket.run())

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Wait until something is so; fail after five seconds, or at once with the error that ended the socket."""
        async with asyncio.timeout(5):
            while not is_so():
                if self.task.done():
                    self.task.result()
                await asyncio.sleep(0.001)

    async def end(self) -> None:
        """Cancel it and wait until it is gone."""
        self.task.cancel()
        with suppress(asyncio.CancelledError):
            await self.task
