"""A venue where so many messages a second are said, kept by the clock: our gateway, but for the books, which change all the time and match nothing.

    python tests/campaign/busy_venue.py MARKETS RATE

says its address on stdout and runs until it is killed. The messages are those of tests/bench/frames.py, in the shape of the live channel; at one in
ten a best price moves.
"""

import asyncio
import json
import random
import sys
import time
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # called as a file: the root of the repository is not on the path

from aiohttp import WSMsgType, web

from oms.values.market import Market
from oms.values.units import NS_PER_SECOND
from sim.gateway.host import Host
from sim.gateway.ids import new_market
from sim.gateway.records import Terms
from sim.gateway.server import Gateway
from tests.bench.frames import MadeUpMarket

STEP_S: Final = 0.005
RESTLESS: Final = 0.1
_END_S: Final = 30 * 86_400

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class BusyBooks:
    """The books, and who hears of them."""

    def __init__(self, markets: list[Market], rate: int) -> None:
        self._books = [MadeUpMarket(market, seed=1) for market in markets]
        self._by_token = {token: book for book in self._books for token in (book.market.yes, book.market.no)}
        self._changed_ns = dict.fromkeys([market.market_id for market in markets], time.time_ns())
        self._rate = rate
        self._dice = random.Random(1)
        self._heard: dict[web.WebSocketResponse, dict[str, None]] = {}
        self.sent = 0
        """Messages so far."""

    @web.middleware
    async def instead(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Ours are the market channel and the books; the gateway answers the rest."""
        if request.path == "/ws/market":
            return await self._stream(request)
        if request.path == "/books":
            return web.json_response(self._told([asked["token_id"] for asked in await request.json()]))
        return await handler(request)

    def _told(self, tokens: Iterable[str]) -> list[dict[str, Any]]:
        """Whole books as REST tells them."""
        found: dict[str, dict[str, Any]] = {}
        for book in dict.fromkeys(self._by_token[token] for token in tokens if token in self._by_token):
            found |= {told["asset_id"]: told for told in map(json.loads, book.opening(self._changed_ns[book.market.market_id]))}
        return [{name: value for name, value in found[token].items() if name != "event_type"} for token in tokens if token in found]

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        self._heard[socket] = {}
        try:
            async for message in socket:
                if message.data == "PING":
                    await socket.send_str("PONG")
                elif message.type is WSMsgType.TEXT:
                    await self._subscribed(socket, json.loads(message.data)["assets_ids"])
        finally:
            del self._heard[socket]
        return socket

    async def _subscribed(self, socket: web.WebSocketResponse, tokens: list[str]) -> None:
        self._heard[socket].update(dict.fromkeys(tokens))
        await socket.send_str(json.dumps([{**told, "event_type": "book"} for told in self._told(tokens)]))

    async def change(self) -> None:
        """For ever: as many changes as are due by now, each told to whoever listens."""
        began_s, done = time.monotonic(), 0
        while True:
            due = int((time.monotonic() - began_s) * self._rate)
            if not any(self._heard.values()):
                done = due
            for _ in range(min(due - done, self._rate)):
                await self._change_one()
            done = due
            await asyncio.sleep(STEP_S)

    async def _change_one(self) -> None:
        book = self._dice.choice(self._books)
        at_ns = self._changed_ns[book.market.market_id] = time.time_ns()
        frame = (book.restless(at_ns) if self._dice.random() < RESTLESS else book.calm(at_ns)).decode()
        for socket, tokens in list(self._heard.items()):
            if book.market.yes in tokens:
                self.sent += 1
                with suppress(ConnectionError):  # it is going away, and will be forgotten in a moment
                    await socket.send_str(frame)


async def serve(count: int, rate: int) -> None:
    """Until it is killed."""
    host = Host(time.time_ns)
    end_ns = time.time_ns() + _END_S * NS_PER_SECOND
    for number in range(count):
        host.list_market(new_market(f"busy market {number}", tick_pips=10, end_ns=end_ns), Terms(slug=f"busy-{number}"))
    busy = BusyBooks([listed.market for listed in host.listed.values()], rate)
    application = Gateway(host).application()
    application.middlewares.append(busy.instead)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}", flush=True)
    await busy.change()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), int(sys.argv[2])))
