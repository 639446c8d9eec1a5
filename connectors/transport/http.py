"""HTTP with answers of three values, because "it is not there" and "I do not know" must never look alike.

| answer | a read (`ask`)                        | an effect (`act`)                                        |
|--------|---------------------------------------|----------------------------------------------------------|
| Found  | 2xx: here it is                       | 2xx: it was answered as done; the body says what was     |
| Absent | 404, 410: the server knows none       | 4xx: the server refused, nothing was done (not 408, 425) |
| Failed | everything else: nothing may be concluded | everything else; `maybe_took_effect` says if it may have |

What it does not: repeat anything (one call is one request; whether to ask again is the caller's, and an order is never sent again), follow
redirects (a redirect would carry our headers elsewhere), log, or read JSON. Headers and bodies have no repr, so a traceback does not show them.

aiohttp alone would repeat GET and DELETE once when a kept-alive connection turns out to be closed, never a POST; that is harmless, since a
read changes nothing and a cancel may be repeated (polymarket.md §3.9).
"""

import time
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from types import MappingProxyType, SimpleNamespace, TracebackType
from typing import Final, Self

import aiohttp
import msgspec

from connectors.transport.server_clock import ServerClock
from oms.values.units import Nanos

USER_AGENT: Final = "steelyard/1"
"""Cloudflare refuses `Python-urllib`; anything else passes (polymarket.md §2.1)."""
READS_MAX: Final = 100
"""Reads under way at one time; the next one waits for a connection."""
BODY_BYTES_MAX: Final = 32 * 1024 * 1024
"""Longest answer we take: 500 whole books are about 10 MB. A longer one is Failed, unread."""
HINTS: Final = frozenset({"retry-after", "poly-ratelimit-remaining", "poly-ratelimit-reset", "poly-ratelimit-tier", "poly-ratelimit-warning"})
"""Response headers that an answer carries on, in lower case; all others are dropped."""
_TEXT_MAX: Final = 500
_NO_HINTS: Final[Mapping[str, str]] = MappingProxyType({})
_IS_NOT_THERE: Final = frozenset({404, 410})
_TOLD_NOTHING: Final = frozenset({408, 425})
"""4xx that do not say whether the request was carried out: timeout, and the engine's restart (polymarket.md §4.6)."""


class Timeouts(msgspec.Struct, frozen=True, kw_only=True):
    """How long each part of a request may take, in seconds. `total_s` bounds everything, waiting for a connection included."""

    connect_s: float = 3.0
    read_s: float = 5.0
    """Longest silence while an answer is awaited or read."""
    total_s: float = 10.0


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One request; its repr names method and path only."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    headers: Mapping[str, str] = _NO_HINTS

    def __repr__(self) -> str:
        return f"<Request {self.method} {self.path}>"


class Found(msgspec.Struct, frozen=True):
    """The server answered 2xx. The body is not in the repr: it may hold an API secret."""

    body: bytes
    status: int = 200
    hints: Mapping[str, str] = _NO_HINTS

    def __repr__(self) -> str:
        return f"<Found {self.status}, {len(self.body)} bytes>"


class Absent(msgspec.Struct, frozen=True):
    """For certain: what was asked for is not there (`ask`), or what was wanted was not done (`act`)."""

    status: int
    text: str
    """What the server said, at most 500 characters."""
    hints: Mapping[str, str] = _NO_HINTS


class Failed(msgspec.Struct, frozen=True):
    """No answer from which anything follows about what was asked."""

    why: str
    """One line for a person: what failed and how."""
    maybe_took_effect: bool
    """False: a read, or an effect that never left us. True: the server may have carried it out."""
    status: int | None = None
    """None: no status line was read."""
    text: str = ""
    """As in Absent."""
    hints: Mapping[str, str] = _NO_HINTS


Answer = Found | Absent | Failed


class Http:
    """A session with one server. Use it as `async with`, or call `open` and `close`, inside a running loop."""

    def __init__(
        self,
        base_url: str,
        *,
        timeouts: Timeouts | None = None,
        body_bytes_max: int = BODY_BYTES_MAX,
        now_ns: Callable[[], Nanos] = time.time_ns,
    ) -> None:
        self.base_url: Final = base_url.rstrip("/")
        self.timeouts: Final = timeouts or Timeouts()
        self.clock = ServerClock()
        """The server's clock against ours, from the Date of every answer."""
        self.answers: dict[str, int] = {}
        """How many requests ended how: a status ("200") or the name of an error."""
        self._body_bytes_max = body_bytes_max
        self._now_ns = now_ns
        self._reads: aiohttp.ClientSession | None = None
        self._effects: aiohttp.ClientSession | None = None
        """Connections of its own: an order, a cancel or a heartbeat never waits behind questions that hang. How many leave the rate budget says."""

    async def open(self) -> None:
        """Make the sessions; no connection yet."""
        self._reads = self._session(READS_MAX)
        self._effects = self._session(0)

    def _session(self, connections_max: int) -> aiohttp.ClientSession:
        times = self.timeouts
        trace = aiohttp.TraceConfig()
        trace.on_request_headers_sent.append(_mark_sent)
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=connections_max),
            timeout=aiohttp.ClientTimeout(total=times.total_s, sock_connect=times.connect_s, sock_read=times.read_s),
            headers={"User-Agent": USER_AGENT},
            trace_configs=[trace],
            cookie_jar=aiohttp.DummyCookieJar(),
        )

    async def close(self) -> None:
        """End the sessions and their connections; a second call does nothing."""
        for session in (self._reads, self._effects):
            if session is not None:
                await session.close()
        self._reads = self._effects = None

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.close()

    async def ask(self, request: Request) -> Answer:
        """Carry out a read, whatever its method (POST /books is one): one attempt; never raises for what the network or the server does."""
        return await self._carry(request, is_effect=False)

    async def act(self, request: Request) -> Answer:
        """Carry out an effect: one attempt, whatever happens; never raises for what the network or the server does."""
        return await self._carry(request, is_effect=True)

    async def _carry(self, request: Request, *, is_effect: bool) -> Answer:
        session = self._effects if is_effect else self._reads
        assert session is not None, "open() comes first"
        leaving = SimpleNamespace(sent=False)
        where = f"{request.method} {request.path} at {self.base_url}"
        sent_ns = self._now_ns()
        try:
            async with session.request(
                request.method,
                self.base_url + request.path,
                params=request.query,
                data=request.body or None,
                headers=_headers(request),
                allow_redirects=False,
                trace_request_ctx=leaving,
            ) as response:
                self._take_time(response, sent_ns)
                body = await self._read(response)
        except TimeoutError as error:
            self._count(type(error).__name__)
            times = self.timeouts
            why = f"{where}: no whole answer in time (connect {times.connect_s:g} s, silence {times.read_s:g} s, total {times.total_s:g} s)"
            return Failed(why, is_effect and leaving.sent)
        except (aiohttp.ClientError, OSError) as error:
            self._count(type(error).__name__)
            return Failed(f"{where}: {_told(error)}", is_effect and leaving.sent)
        self._count(str(response.status))
        hints = {name.lower(): text for name, text in response.headers.items() if name.lower() in HINTS}
        if body is None:
            return Failed(f"{where}: the answer is longer than {self._body_bytes_max} bytes", is_effect, response.status, "", hints)
        return _judged(where, response.status, body, hints, is_effect=is_effect)

    async def _read(self, response: aiohttp.ClientResponse) -> bytes | None:
        """The whole body; None when it is too long."""
        parts = bytearray()
        async for chunk in response.content.iter_any():
            parts += chunk
            if len(parts) > self._body_bytes_max:
                response.close()
                return None
        return bytes(parts)

    def _take_time(self, response: aiohttp.ClientResponse, sent_ns: Nanos) -> None:
        """Let the Date header tell the server's clock."""
        try:
            server_s = int(parsedate_to_datetime(response.headers.get("Date", "")).timestamp())
        except (ValueError, OverflowError):
            return  # no date, or none that can be read: nothing is learnt
        self.clock.heard(server_s, sent_ns, self._now_ns())

    def _count(self, name: str) -> None:
        self.answers[name] = self.answers.get(name, 0) + 1


async def _mark_sent(_session: aiohttp.ClientSession, context: SimpleNamespace, _params: aiohttp.TraceRequestHeadersSentParams) -> None:
    """From here on bytes may have left us."""
    context.trace_request_ctx.sent = True


def _headers(request: Request) -> dict[str, str]:
    headers = dict(request.headers)
    if request.body:
        headers.setdefault("Content-Type", "application/json")
    return headers


def _judged(where: str, status: int, body: bytes, hints: Mapping[str, str], *, is_effect: bool) -> Answer:
    """The table at the top of this file."""
    if 200 <= status < 300:
        return Found(body, status, hints)
    text = body.decode("utf-8", "replace")[:_TEXT_MAX]
    is_no = 400 <= status < 500 and status not in _TOLD_NOTHING if is_effect else status in _IS_NOT_THERE
    if is_no:
        return Absent(status, text, hints)
    return Failed(f"{where}: HTTP {status}", is_effect and status >= 400, status, text, hints)


def _told(error: Exception) -> str:
    """An error in words that hold nothing of the request: its kind, and what the system said."""
    words = error.strerror if isinstance(error, OSError) else None
    return f"{type(error).__name__} ({words})" if words else type(error).__name__
