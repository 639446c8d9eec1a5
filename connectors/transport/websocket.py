"""Drives a stream that does no I/O over a real socket: connect, send what it wants sent, hand it what arrives, wake it, and begin again.

What it decides: when to try again (backoff.py). What it does not: what a frame or a close means, when a socket is no good; the stream says so.

Every frame goes to the sink with its time *before* it is decoded, so that the tape has what a decoder may stumble over. Exactly one `closed` follows
every `opened`, also when this task is cancelled, and its facts are delivered. Nothing sent is ever logged: the first message of a private stream
holds secrets, and `websockets` would write it at level DEBUG, so it is given a logger that is off.
"""

import asyncio
import logging
import random
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final, Protocol

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.uri import parse_uri

from connectors.transport.backoff import Backoff
from connectors.transport.backoff import Pace as Pace
from connectors.transport.http import USER_AGENT
from oms.values.events import Event
from oms.values.units import NS_PER_SECOND, Nanos

Sink = Callable[[str, bytes, Nanos], object]
"""(channel, frame, received_ns): where every frame goes before anybody reads it."""
Deliver = Callable[[Sequence[Event], Nanos], object]
"""(facts, at_ns): where facts go; never called with none."""
FRAME_BYTES_MAX: Final = 8 * 1024 * 1024
"""A longer message closes the socket (1009) unread. The longest first frame, 200 whole books, is about 4 MB."""
QUEUE_FRAMES_MAX: Final = 256
"""Frames read ahead of us before the kernel's buffer has to hold them; the venue drops who reads too slowly (close 1013)."""
REASONS_MAX: Final = 64
_REASON_MAX: Final = 80
_silent: Final = logging.getLogger("steelyard.websocket")
_silent.disabled = True


class Stream(Protocol):
    """One channel without its socket; `MarketStream` is the pattern."""

    wants_reconnect: bool

    def opened(self, at_ns: Nanos) -> None:
        """The socket is open."""
        ...

    def closed(self, at_ns: Nanos) -> Sequence[Event]:
        """It is closed."""
        ...

    def receive(self, frame: bytes, at_ns: Nanos) -> Sequence[Event]:
        """The facts of one frame."""
        ...

    def woken(self, at_ns: Nanos) -> Sequence[Event]:
        """Time passed."""
        ...

    def bytes_to_send(self) -> list[bytes]:
        """What is to be sent now."""
        ...

    def wake_at_ns(self) -> Nanos | None:
        """When to wake it."""
        ...


class Ends(msgspec.Struct, frozen=True):
    """Where what a socket brings goes."""

    channel: str
    """The tape's word for these frames."""
    sink: Sink
    deliver: Deliver


class SocketHealth(msgspec.Struct, kw_only=True):
    """What happened to one socket so far; for `doctor` and the dashboard."""

    is_open: bool = False
    connects: int = 0
    frames: int = 0
    received_bytes: int = 0
    opened_ns: Nanos | None = None
    """When it last opened."""
    last_frame_ns: Nanos | None = None
    reasons: dict[str, int] = {}
    """Why attempts failed and sockets closed."""

    def count(self, reason: str) -> None:
        """One more failure or close; beyond REASONS_MAX different words they are only "other"."""
        key = reason[:_REASON_MAX]
        if key not in self.reasons and len(self.reasons) >= REASONS_MAX:
            key = "other"
        self.reasons[key] = self.reasons.pop(key, 0) + 1  # the latest stands last

    def frame_age_ns(self, at_ns: Nanos) -> Nanos | None:
        """How long ago the last frame came; None: none ever did."""
        return None if self.last_frame_ns is None else max(0, at_ns - self.last_frame_ns)


def _stays(_connect: connect, exc: Exception) -> Exception | str:
    return exc


class _Connect(connect):
    """A connection that follows no redirect: what we say first may be secret, and was meant for the host that was named."""

    process_redirect = _stays


class StreamSocket:
    """One stream over one socket after another. `run` it as a task; cancel the task to end it."""

    def __init__(self, stream: Stream, url: str, ends: Ends, pace: Pace | None = None, now_ns: Callable[[], Nanos] = time.time_ns) -> None:
        """Raises websockets.exceptions.InvalidURI for a URL that is none."""
        parse_uri(url)
        self.stream = stream
        self.health = SocketHealth()
        self._url = url
        self._ends = ends
        self._pace = pace or Pace()
        self._now_ns = now_ns
        self._backoff = Backoff(self._pace, random.Random())  # noqa: S311 (jitter, not a secret)
        self._to_send: deque[bytes] = deque()
        self._scope: asyncio.Timeout | None = None
        """Set while we wait for a frame."""

    def poke(self) -> None:
        """Somebody changed the stream (added a market): what it wants sent now is sent now."""
        if self._scope is not None and not self._scope.expired():
            self._scope.reschedule(asyncio.get_running_loop().time())

    async def run(self) -> None:
        """Connect and converse, for ever. Ends only by being cancelled, or with an error of ours in stream, sink or deliver."""
        while True:
            try:
                socket = await self._open()
            except TimeoutError:
                self.health.count("not open in time")
            except (OSError, WebSocketException) as error:
                self.health.count(f"not opened: {_told(error)}")
            else:
                began_ns = self._now_ns()
                self.health.count(await self._converse(socket))
                if self._now_ns() - began_ns >= self._pace.stable_s * NS_PER_SECOND:
                    self._backoff.succeeded()
            await asyncio.sleep(self._backoff.next_s())

    async def _open(self) -> ClientConnection:
        return await _Connect(
            self._url,
            logger=_silent,
            compression="deflate",
            user_agent_header=USER_AGENT,
            proxy=None,
            open_timeout=self._pace.open_s,
            ping_interval=None,  # the stream's own text PINGs tell more
            close_timeout=self._pace.close_s,
            max_size=FRAME_BYTES_MAX,
            max_queue=QUEUE_FRAMES_MAX,
        )

    async def _converse(self, socket: ClientConnection) -> str:
        """One socket from open to closed. Returns why it ended."""
        health, stream = self.health, self.stream
        health.is_open, health.opened_ns = True, self._now_ns()
        health.connects += 1
        stream.opened(health.opened_ns)
        self._to_send.clear()
        try:
            while not stream.wants_reconnect:
                if not await self._send(socket):
                    return "a message did not leave in time"
                await self._listen(socket)
                at_ns = self._now_ns()
                self._tell(stream.woken(at_ns), at_ns)
        except ConnectionClosed as closed:
            return _why(closed)
        else:
            return "the stream wanted another socket"
        finally:
            health.is_open = False
            at_ns = self._now_ns()
            self._tell(stream.closed(at_ns), at_ns)
            await self._leave(socket)

    async def _leave(self, socket: ClientConnection) -> None:
        """Say goodbye, and go in any case: `close` alone waits without end for who reads nothing any more (websockets 17.4)."""
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(2 * self._pace.close_s):
                    await socket.close()
        finally:
            socket.transport.abort()

    async def _send(self, socket: ClientConnection) -> bool:
        """Send what the stream wants sent. False: the other side does not take it."""
        self._to_send += self.stream.bytes_to_send()
        while self._to_send:
            try:
                async with asyncio.timeout(self._pace.send_s):
                    await socket.send(self._to_send.popleft(), text=True)
            except ConnectionClosed:
                self._to_send.clear()  # what arrived before the close is still to be read; then the reader hears of the close
            except TimeoutError:
                return False
        return True

    async def _listen(self, socket: ClientConnection) -> None:
        """Take frames until the stream is due to be woken, wants something sent, or wants another socket."""
        stream = self.stream
        self._to_send += stream.bytes_to_send()
        if self._to_send:
            return  # somebody wanted something while the last message left
        wake_ns = stream.wake_at_ns()
        wait_s = None if wake_ns is None else max(0, wake_ns - self._now_ns()) / NS_PER_SECOND
        scope = self._scope = asyncio.timeout(wait_s)
        try:
            async with scope:
                while True:
                    frame = await socket.recv(decode=False)
                    at_ns = self._now_ns()
                    self._take(frame, at_ns)
                    self._to_send += stream.bytes_to_send()
                    if self._to_send or stream.wants_reconnect or _is_sooner(stream.wake_at_ns(), wake_ns, at_ns):
                        return
        except TimeoutError:
            if not scope.expired():
                raise  # not our alarm: sink or deliver failed
        finally:
            self._scope = None

    def _take(self, frame: bytes, at_ns: Nanos) -> None:
        health = self.health
        health.frames += 1
        health.received_bytes += len(frame)
        health.last_frame_ns = at_ns
        self._ends.sink(self._ends.channel, frame, at_ns)
        self._tell(self.stream.receive(frame, at_ns), at_ns)

    def _tell(self, facts: Sequence[Event], at_ns: Nanos) -> None:
        if facts:
            self._ends.deliver(facts, at_ns)


def _is_sooner(wanted_ns: Nanos | None, set_ns: Nanos | None, at_ns: Nanos) -> bool:
    """Must the stream be woken before our alarm goes off? Also when frames come so thick that the loop never gets to the alarm."""
    return wanted_ns is not None and (set_ns is None or wanted_ns < set_ns or at_ns >= set_ns)


def _told(error: Exception) -> str:
    """An error's kind and what the system said; nothing of what was sent."""
    words = error.strerror if isinstance(error, OSError) else str(error)
    return f"{type(error).__name__}: {words}" if words else type(error).__name__


def _why(closed: ConnectionClosed) -> str:
    """The goodbye in words: whose, and the code."""
    if closed.rcvd is not None and closed.rcvd_then_sent is not False:
        return f"closed by them: {closed.rcvd.code} {closed.rcvd.reason}".rstrip()
    if closed.sent is not None:
        return f"closed by us: {closed.sent.code} {closed.sent.reason}".rstrip()
    return "lost without a goodbye"
