"""GET /metrics and GET /health on this machine, in the operator's own loop: a reader that hangs, or asks a thousand times, hangs nothing that trades.

Nothing is authenticated, so it listens on a loopback address unless the settings say otherwise. Requests have no body and are short; what is longer,
or asks for anything else, is refused by aiohttp before it is read.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import msgspec
from aiohttp import web

from connectors.operator.control.bridge import Wanted
from connectors.operator.metrics.exporter import CONTENT_TYPE, Exporter, Known
from connectors.operator.metrics.figures import KINDS, TOPICS
from connectors.operator.metrics.health import Seen, judge
from oms.values.panels import Health, Overview, Topic, View

EVERY_MS: Final = 1_000
REQUEST_BYTES_MAX: Final = 4_096
"""Of the request line, and of any header field; Prometheus sends a few hundred."""
KEEP_ALIVE_S: Final = 75.0
"""Longer than the usual minute between two scrapes."""
_BACKLOG: Final = 16
_HANG_UP_S: Final = 1.0


class CannotListen(RuntimeError):
    """Nobody can be answered there; one line says why and how to mend it."""


Page = Callable[[], tuple[int, str, bytes]]
"""What a path answers, made when it is asked for: status, content type, body."""


class Pages:
    """A tiny HTTP server for a few pages that are made when they are asked for. `run` it in a loop."""

    def __init__(self, address: str, port: int, pages: Mapping[str, Page]) -> None:
        """`port` 0 takes a free one; `self.port` says which, once it listens."""
        self.address = address
        self.port = port
        self._pages = pages
        self._runner: web.AppRunner | None = None

    async def begin(self) -> None:
        """Listen. Raises CannotListen."""
        application = web.Application(client_max_size=REQUEST_BYTES_MAX)
        for path, page in self._pages.items():
            application.router.add_get(path, _answering(page))
        runner = web.AppRunner(
            application,
            access_log=None,
            keepalive_timeout=KEEP_ALIVE_S,
            shutdown_timeout=_HANG_UP_S,
            max_line_size=REQUEST_BYTES_MAX,
            max_field_size=REQUEST_BYTES_MAX,
        )
        try:
            await runner.setup()
            await web.TCPSite(runner, self.address, self.port, backlog=_BACKLOG).start()
        except OSError as error:
            await runner.cleanup()
            raise CannotListen(
                f"metrics: cannot listen on {self.address} port {self.port} ({error.strerror or error}); set another metrics.port, or 0 for none"
            ) from None
        self._runner = runner
        self.port = int(runner.addresses[0][1])

    async def end(self) -> None:
        """Hang up. Harmless when it never began."""
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()


def _answering(page: Page) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(_request: web.Request) -> web.Response:
        status, content_type, body = page()
        return web.Response(status=status, body=body, headers={"Content-Type": content_type, "Cache-Control": "no-store"})

    return answer


class MetricsService:
    """The daemon's metrics, as a service of the operator's loop (see control.server.Service): shown what it wants, asked by Prometheus."""

    def __init__(self, known: Known, address: str, port: int, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.topics: tuple[Topic, ...] = TOPICS
        self.every_ms = EVERY_MS
        self.exporter = Exporter(known)
        self.pages = Pages(address, port, {"/metrics": self._metrics, "/health": self._health})
        self._known = known
        self._monotonic = monotonic
        self._shown_s = monotonic()

    def shown(self, views: Mapping[Wanted, View]) -> None:
        """What came from the trading side; only pictures of the topics above count as a sign of life."""
        for wanted, view in views.items():
            if isinstance(view, KINDS.get(wanted.topic, ())):
                self.exporter.show(wanted.topic, view)
                self._shown_s = self._monotonic()

    async def run(self) -> None:
        """Serve until cancelled. Raises CannotListen."""
        await self.pages.begin()
        try:
            await asyncio.Event().wait()
        finally:
            await self.pages.end()

    def _metrics(self) -> tuple[int, str, bytes]:
        return 200, CONTENT_TYPE, self.exporter.text()

    def _health(self) -> tuple[int, str, bytes]:
        overview, health = self.exporter.view(Topic.OVERVIEW), self.exporter.view(Topic.HEALTH)
        assert overview is None or isinstance(overview, Overview)
        assert health is None or isinstance(health, Health)
        known = self._known
        seen = Seen(overview=overview, health=health, age_s=max(0.0, self._monotonic() - self._shown_s))
        verdict = judge(seen, known.version, known.commit, known.verb)
        return verdict.code, "application/json", msgspec.json.encode(verdict) + b"\n"
