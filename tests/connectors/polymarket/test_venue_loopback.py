"""The venue over a real connection: a client that signs, a server on loopback that checks it, recorded answers, a connection that is cut."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import pytest
from aiohttp import web
from msgspec.structs import replace

from connectors.polymarket.venue import PolymarketVenue
from connectors.transport.http import Http
from oms.values.commands import AskOpenOrders, AskOrder, AskTrades
from oms.values.events import Acked, CancelTaken, MarketListed, OpenOrdersReported, Rejected, ReplyLost, TradesReported
from oms.values.units import MICRO
from tests.connectors.polymarket.words_venue import Bench, cancel, given_credentials, name_of, order_json, place, placed

NAME = name_of(1)


class Loopback:
    """The venue's REST as far as recorded answers go; it checks who is asking."""

    def __init__(self) -> None:
        self.posts = 0
        self.strangers: list[str] = []
        self.book: dict[str, bytes] = {}
        """Path → body of a 200."""
        self.drops: dict[str, int] = {}
        """Path → how often the connection is cut after the request was read."""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        self.posts += request.method == "POST"
        headers = request.headers
        at_s = int(headers.get("POLY_TIMESTAMP", "0"))
        if headers.get("POLY_SIGNATURE") != given_credentials().signature(request.method, request.path, body, at_s).decode():
            self.strangers.append(request.path)
        if self.drops.get(request.path, 0):
            self.drops[request.path] -= 1
            assert request.transport is not None
            request.transport.abort()
        if request.path not in self.book:
            return web.json_response({"error": "order not found"}, status=404)
        return web.Response(body=self.book[request.path], content_type="application/json")


def over_loopback(story: Callable[[Loopback, Bench], Awaitable[None]]) -> Loopback:
    """The story with a real client and a real server of 127.0.0.1."""

    async def run() -> Loopback:
        server = Loopback()
        app = web.Application()
        app.router.add_route("*", "/{tail:.*}", server.answer)
        runner = web.AppRunner(app, shutdown_timeout=0.01)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        async with Http(f"http://127.0.0.1:{runner.addresses[0][1]}") as http:
            bench = Bench()
            bench.venue = PolymarketVenue(replace(bench.parts, carrier=http), bench.facts.extend, bench.alarms.append, now_ns=lambda: bench.clock_ns)
            bench.venue.hear(MarketListed(market=bench.market))
            await story(server, bench)
            await bench.venue.close()
        await runner.cleanup()
        return server

    return asyncio.run(run())


def test_over_a_real_connection_an_order_is_placed_asked_about_and_cancelled_in_our_name() -> None:
    async def story(server: Loopback, bench: Bench) -> None:
        server.book["/order"] = msgspec.json.encode(placed(NAME))
        assert await bench.carried(place(1)) == [Acked(order_id="o1", venue_order_id=NAME)]
        server.book[f"/data/order/{NAME}"] = msgspec.json.encode(order_json(NAME))
        assert await bench.carried(AskOrder(order_id="o1")) == [Acked(order_id="o1", venue_order_id=NAME)]
        server.book["/order"] = msgspec.json.encode({"canceled": [NAME], "not_canceled": {}})
        assert await bench.carried(cancel(1)) == [CancelTaken(order_id="o1", why="by our wish")]

    assert over_loopback(story).strangers == []


def test_a_connection_cut_after_the_post_was_read_leaves_one_post_and_an_unknown_order_that_is_then_found() -> None:
    async def story(server: Loopback, bench: Bench) -> None:
        server.book["/order"] = b"{}"
        server.drops["/order"] = 1
        assert [type(fact) for fact in await bench.carried(place(1))] == [ReplyLost]
        assert server.posts == 1
        server.book[f"/data/order/{NAME}"] = msgspec.json.encode(order_json(NAME))
        assert await bench.carried(AskOrder(order_id="o1")) == [Acked(order_id="o1", venue_order_id=NAME)]
        bench.facts.clear()
        assert server.posts == 1

    over_loopback(story)


@pytest.mark.data
def test_recorded_answers_over_a_real_connection_lead_to_facts(data_dir: Path) -> None:
    folder = data_dir / "polymarket-fixtures" / "nautilus"
    theirs = "0x1234567890abcdef1234567890abcdef1234567890abcdef1234567890abcdef12"

    async def story(server: Loopback, bench: Bench) -> None:
        bench.names.learn("o7", theirs)
        server.book["/data/orders"] = (folder / "rs-http_open_orders_page.json").read_bytes()
        server.book["/data/trades"] = (folder / "rs-http_trades_page.json").read_bytes()
        server.book["/order"] = (folder / "rs-http_order_response_failed.json").read_bytes()
        (opened,) = await bench.carried(AskOpenOrders())
        assert isinstance(opened, OpenOrdersReported)
        assert (len(opened.orders), opened.omitted) == (2, ())
        (traded,) = await bench.carried(AskTrades(since_ns=0))
        assert isinstance(traded, TradesReported)
        assert [(fill.order_id, fill.shares_micro, fill.price_pips) for fill in traded.fills] == [("o7", 10 * MICRO, 5_000)]
        assert await bench.carried(place(1)) == [Rejected(order_id="o1", why="BALANCE: Insufficient balance")]

    assert over_loopback(story).strangers == []
