"""The two channels on real sockets: /ws/market and /ws/user. Everything that is decided is decided in the pure parts; here bytes move.

Each client has a bounded queue and a task that empties it into its socket, so nobody waits for anybody. A client whose queue is full is too slow:
it is sent away with 1013, as at the venue, and finds nothing again. PONG goes round the queue: it proves that the socket is open, nothing else.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from aiohttp import ClientError, WSMessage, WSMsgType, web

from oms.values.events import Event
from oms.values.units import NS_PER_SECOND, Nanos
from sim.gateway.authentication import Keyring
from sim.gateway.catalogue import Catalogue
from sim.gateway.frames import SILENT, SLOW, Closing
from sim.gateway.host import Host
from sim.gateway.keepalive import PONG
from sim.gateway.market_channel import MarketSubscriber
from sim.gateway.market_feed import MarketFeed
from sim.gateway.pathologies import HEALTHY, Mishap, Pathologies, due_ns
from sim.gateway.records import Happening
from sim.gateway.user_channel import UserFeed, UserSubscriber

QUEUE_MAX: Final = 8_192
"""Frames that wait for one client; the venue's own bound is unknown, bursts of 840 frames a second were measured there (polymarket.md §6.1)."""
MESSAGE_BYTES_MAX: Final = 2 * 1024 * 1024
"""Longest message of a client; 10 000 asset ids are 0.8 MB."""
GOODBYE_S: Final = 5.0
"""How long a client may take to close; then the connection is cut."""
GOING_AWAY: Final = Closing(1001, "the venue is shutting down")


def now_ns() -> Nanos:
    """The loop's own steady time: silence and delays of sockets are real, whatever the venue's clock says."""
    return int(asyncio.get_running_loop().time() * NS_PER_SECOND)


class Client:
    """One socket: its queue, its writer, its end."""

    def __init__(self, socket: web.WebSocketResponse, transport: asyncio.Transport | None, mishap: Mishap, queue_max: int) -> None:
        self._socket = socket
        self._transport = transport
        self._mishap = mishap
        self._queue_max = queue_max
        self._queue: deque[tuple[Nanos, bytes]] = deque()
        self._wake = asyncio.Event()
        self._closing: Closing | None = None
        self._is_cut = False
        self._task = asyncio.create_task(self._write())

    def put(self, body: bytes, settings: Pathologies) -> None:
        """Let a message, or what bad luck makes of it, wait for its turn. Never blocks; when too much waits, the client is cut off."""
        if self._is_cut:
            return
        at_ns = due_ns(now_ns(), settings)
        for part in self._mishap.strike(body, settings):
            self._queue.append((at_ns, part))
        if len(self._queue) > self._queue_max:
            self.cut(SLOW)
        self._wake.set()

    def close(self, closing: Closing) -> None:
        """Close when all that waits is sent."""
        self._closing = self._closing or closing
        self._wake.set()

    def cut(self, closing: Closing) -> None:
        """Close at once; what waits is lost."""
        if not self._is_cut:
            self._is_cut = True
            self._queue.clear()
            self._task.cancel()
            self._task = asyncio.create_task(self._hang_up(closing))

    async def answer_ping(self) -> None:
        """Send PONG past everything that waits."""
        with suppress(ConnectionError, ClientError):
            await self._socket.send_frame(PONG, WSMsgType.TEXT)

    async def _write(self) -> None:
        try:
            while self._queue or self._closing is None:
                if not self._queue:
                    self._wake.clear()
                    await self._wake.wait()
                    continue
                if (wait_ns := self._queue[0][0] - now_ns()) > 0:
                    await asyncio.sleep(wait_ns / NS_PER_SECOND)
                await self._socket.send_frame(self._queue.popleft()[1], WSMsgType.TEXT)
            await self._hang_up(self._closing)
        except (ConnectionError, ClientError):
            self._queue.clear()  # The client went away; the reader notices and ends.

    async def _hang_up(self, closing: Closing) -> None:
        try:
            async with asyncio.timeout(GOODBYE_S):
                await self._socket.close(code=closing.code, message=closing.reason.encode())
        except TimeoutError:
            if self._transport is not None:
                self._transport.abort()

    async def ended(self) -> None:
        """The socket is over: stop writing, wait for the goodbye."""
        if self._closing is None and not self._is_cut:
            self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task


class _Channel:
    """The clients of one of the two channels, and what is wrong with it."""

    def __init__(self, seed: int) -> None:
        self.clients: dict[int, tuple[MarketSubscriber | UserSubscriber, Client]] = {}
        self.pathologies = HEALTHY
        self.seed = seed
        self.opened = 0


class Streams:
    """Both channels of one host, a listener of it. `seed` decides the bad luck of single clients, if any is switched on."""

    def __init__(self, host: Host, keyring: Keyring, catalogue: Catalogue, *, seed: int = 0, queue_max: int = QUEUE_MAX) -> None:
        self.feed: Final = MarketFeed(catalogue)
        self._user_feed = UserFeed(host)
        self._keyring = keyring
        self._queue_max = queue_max
        self._channels: Final = {"market": _Channel(seed), "user": _Channel(seed + 1)}
        host.listeners.append(self)

    # What the host tells.

    def public(self, facts: Sequence[Event], at_ns: Nanos) -> None:
        """Market facts become frames for those who asked for them."""
        frames = self.feed.told(facts, at_ns)
        channel = self._channels["market"]
        for subscriber, client in channel.clients.values():
            assert isinstance(subscriber, MarketSubscriber)
            for frame in frames:
                if frame.body and subscriber.hears(frame):
                    client.put(frame.body, channel.pathologies)
                if frame.ends and (closing := subscriber.after(frame)) is not None:
                    client.close(closing)

    def private(self, happening: Happening, at_ns: Nanos) -> None:
        """What happens to an order or a trade becomes messages for its owners."""
        channel = self._channels["user"]
        if not channel.clients:
            return
        frames = self._user_feed.told(happening, at_ns)
        for subscriber, client in channel.clients.values():
            assert isinstance(subscriber, UserSubscriber)
            for frame in frames:
                if subscriber.hears(frame):
                    client.put(frame.body, channel.pathologies)

    # What an admin may do.

    def spoil(self, channel: str, pathologies: Pathologies) -> None:
        """What is wrong with a channel from now on; HEALTHY ends it. Raises KeyError: neither market nor user."""
        self._channels[channel].pathologies = pathologies

    def close_all(self, channel: str, closing: Closing = GOING_AWAY) -> int:
        """Close every socket of a channel; returns how many. Raises KeyError: neither market nor user."""
        clients = self._channels[channel].clients
        for _, client in clients.values():
            client.cut(closing)
        return len(clients)

    def clients(self, channel: str) -> int:
        """How many sockets are open. Raises KeyError: neither market nor user."""
        return len(self._channels[channel].clients)

    # Sockets.

    def routes(self) -> list[web.RouteDef]:
        """What an aiohttp application serves of this."""
        return [web.get("/ws/market", self._market), web.get("/ws/user", self._user)]

    async def _market(self, request: web.Request) -> web.WebSocketResponse:
        channel = self._channels["market"]
        return await self._serve(request, channel, MarketSubscriber(self.feed, now_ns(), channel.pathologies.opening_shift_ms))

    async def _user(self, request: web.Request) -> web.WebSocketResponse:
        return await self._serve(request, self._channels["user"], UserSubscriber(self._keyring, now_ns()))

    async def _serve(self, request: web.Request, channel: _Channel, subscriber: MarketSubscriber | UserSubscriber) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(compress=False, max_msg_size=MESSAGE_BYTES_MAX)
        await socket.prepare(request)
        channel.opened += 1
        number = channel.opened
        client = Client(socket, request.transport, Mishap(channel.seed, number), self._queue_max)
        channel.clients[number] = (subscriber, client)
        try:
            while (message := await _next(socket, subscriber, client)) is not None:
                await _answer(message, subscriber, client, channel)
        finally:
            del channel.clients[number]
            await client.ended()
        return socket


async def _next(socket: web.WebSocketResponse, subscriber: MarketSubscriber | UserSubscriber, client: Client) -> str | None:
    """The client's next message; None: there are no more, or it was silent for too long."""
    left_s = max(0.0, (subscriber.keepalive.ends_ns - now_ns()) / NS_PER_SECOND)
    try:
        message: WSMessage = await socket.receive(timeout=left_s)
    except TimeoutError:
        client.cut(SILENT)
        return None
    if message.type is WSMsgType.BINARY:
        return str(message.data, "utf-8", "replace")
    return message.data if message.type is WSMsgType.TEXT else None


async def _answer(text: str, subscriber: MarketSubscriber | UserSubscriber, client: Client, channel: _Channel) -> None:
    answers = subscriber.receive(text, now_ns())
    if isinstance(answers, Closing):
        client.close(answers)
        return
    for body in answers:
        if body is PONG:
            await client.answer_ping()
        else:
            client.put(body, channel.pathologies)
