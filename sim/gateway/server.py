"""The gateway on a real socket: HTTP in front of `Rest`, the two channels beside it, and the loop that lets the host do what is due.

Only loopback is served unless somebody says otherwise: this venue has play money and no lock worth its name.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from typing import Final, Protocol

from aiohttp import web

from oms.values.units import NS_PER_SECOND
from sim.gateway.account_data import AccountData
from sim.gateway.admin import Admin
from sim.gateway.authentication import Keyring
from sim.gateway.cancelling import Cancelling
from sim.gateway.catalogue import Catalogue
from sim.gateway.conditions import Conditions
from sim.gateway.data_api import DataApi
from sim.gateway.gamma import Gamma
from sim.gateway.host import Host
from sim.gateway.journal import RequestJournal
from sim.gateway.market_data import MarketData
from sim.gateway.market_lists import MarketLists
from sim.gateway.placing import Placing
from sim.gateway.rest import Reply, Rest, reply_to
from sim.gateway.sockets import Streams
from sim.gateway.wire import Asked, Later, Route, WireError

BODY_BYTES_MAX: Final = 4 * 1024 * 1024
"""Of one request; ours. A thousand cancels are 70 KB."""
_LOOK_S: Final = 1.0
"""The longest sleep between two looks at what is due."""


class Part(Protocol):
    """Something that serves endpoints."""

    def routes(self) -> list[Route]:
        """Its endpoints."""


class Gateway:
    """One venue, ready to be served: the CLOB, and at the same address what of Gamma and of the Data API has no name of the CLOB's.

    Two of Gamma's paths are the CLOB's too (`/markets`, `/markets/{id}`): all of Gamma is also below `/gamma`.
    """

    def __init__(self, host: Host, *, admin_token: str = "", more: Sequence[Route] = (), journal: RequestJournal | None = None) -> None:
        """`admin_token`: empty serves no admin; `more`: further endpoints; `journal`: what was done before is to be repeated by the caller."""
        self.host: Final = host
        self.keyring: Final = Keyring(host)
        self.conditions: Final = Conditions(host.settings.seed)
        self.catalogue: Final = Catalogue(host)
        self.streams: Final = Streams(host, self.keyring, self.catalogue, seed=host.settings.seed)
        parts: list[Part] = [
            self.keyring,
            Placing(host, self.keyring, self.conditions),
            Cancelling(host, self.keyring, self.conditions),
            AccountData(host, self.keyring, self.conditions),
            MarketData(host),
            MarketLists(host, self.catalogue),
            *([Admin(host, self.conditions, admin_token, self.streams)] if admin_token else []),
        ]
        gamma, data = Gamma(self.catalogue), DataApi(self.catalogue)
        catalogues = [*gamma.beside_clob(), *gamma.routes("/gamma"), *data.routes()]
        self.rest: Final = Rest(host, self.conditions, [*(route for part in parts for route in part.routes()), *catalogues, *more], journal)
        self._wake = asyncio.Event()

    def application(self) -> web.Application:
        """For aiohttp; it keeps the host's time while it runs."""
        app = web.Application(client_max_size=BODY_BYTES_MAX)
        app.add_routes(self.streams.routes())
        app.router.add_route("*", "/{tail:.*}", self._serve)
        app.cleanup_ctx.append(self._keep_time)
        return app

    async def _keep_time(self, _app: web.Application) -> AsyncIterator[None]:
        task = asyncio.create_task(self._let_time_pass())
        task.add_done_callback(_say_why)
        yield
        task.cancel()
        for channel in ("market", "user"):
            self.streams.close_all(channel)
        with suppress(asyncio.CancelledError):
            await task

    async def _let_time_pass(self) -> None:
        """Run what is due; sleep until the next, or until a request changed that."""
        while True:
            self.host.run_due(self.host.now_ns())
            due_ns = self.host.next_due_ns()
            wait_s = _LOOK_S if due_ns is None else min(_LOOK_S, max(0.0, (due_ns - self.host.now_ns()) / NS_PER_SECOND))
            self._wake.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), wait_s)

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        try:
            body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            return _sent(reply_to(WireError(413, "Payload exceeds the limit")))
        due_ns = self.host.next_due_ns()
        asked = Asked(
            method=request.method,
            path=request.rel_url.raw_path,
            query=request.query,
            headers={name.lower(): value for name, value in request.headers.items()},
            body=body,
        )
        found = self.rest.answer(asked)
        if self.host.next_due_ns() != due_ns:
            self._wake.set()
        reply = await _known(found) if isinstance(found, Later) else found
        return _sent(reply) if reply.sent_bytes is None else await _broken_off(request, reply)


def _say_why(task: asyncio.Task[None]) -> None:
    """A venue whose time stands still is broken by us, and says so at once."""
    if not task.cancelled() and (error := task.exception()) is not None:
        task.get_loop().call_exception_handler({"message": "the simulated venue's time stands still", "exception": error, "task": task})


async def _known(later: Later) -> Reply:
    """Wait for an answer."""
    known = asyncio.Event()
    later.then = known.set
    if not later.is_known:
        await known.wait()
    assert isinstance(later.answer, Reply), "Rest finishes its answers with replies"
    return later.answer


def _sent(reply: Reply) -> web.Response:
    return web.Response(status=reply.status, body=reply.body, headers=reply.headers, content_type="application/json")


async def _broken_off(request: web.Request, reply: Reply) -> web.StreamResponse:
    """Send as much as is meant to arrive, then cut the connection."""
    response = web.StreamResponse(status=reply.status, headers={**reply.headers, "Content-Length": str(len(reply.body))})
    with suppress(ConnectionError):
        if reply.sent_bytes:
            await response.prepare(request)
            await response.write(reply.body[: reply.sent_bytes])
        if request.transport is not None:
            request.transport.abort()
    return response


async def start(gateway: Gateway, *, address: str = "127.0.0.1", port: int = 0) -> tuple[web.AppRunner, int]:
    """Serve; returns the runner, to be cleaned up by the caller, and the port (a free one for 0). Raises OSError: the port is taken."""
    runner = web.AppRunner(gateway.application(), access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, address, port)
    await site.start()
    return runner, runner.addresses[0][1]
