"""Somebody is at home, nobody is, or somebody who does not open."""

import asyncio
from collections.abc import Awaitable, Callable

from aiohttp import web

from connectors.transport.knock import knock


async def opens(request: web.Request) -> web.StreamResponse:
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    async for _message in socket:
        pass
    return socket


async def refuses(_request: web.Request) -> web.StreamResponse:
    return web.Response(status=403, text="<html>no</html>")


async def hangs(_request: web.Request) -> web.StreamResponse:
    await asyncio.sleep(5)
    return web.Response()


def heard(behind_door: Callable[[web.Request], Awaitable[web.StreamResponse]], wait_s: float = 5.0) -> str:
    async def run() -> str:
        app = web.Application()
        app.router.add_get("/ws/market", behind_door)
        runner = web.AppRunner(app, shutdown_timeout=0.01)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        try:
            return await knock(f"ws://127.0.0.1:{runner.addresses[0][1]}/ws/market", wait_s)
        finally:
            await runner.cleanup()

    return asyncio.run(run())


def test_a_door_that_opens_is_no_complaint() -> None:
    assert heard(opens) == ""


def test_a_door_that_does_not_open_is_told_in_a_line_without_its_page() -> None:
    assert heard(refuses) == "InvalidStatus (server rejected WebSocket connection: HTTP 403)"
    assert heard(hangs, 0.2) == "not open within 0.2 s"


def test_an_address_where_nobody_is_is_told() -> None:
    assert "ConnectionRefusedError" in asyncio.run(knock("ws://127.0.0.1:9/ws/market"))
