"""The parts about those who look on judge rightly: what differs, what shows nothing and what costs too much is found and named."""

import asyncio
import json
import time

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from connectors.polymarket.market_stream import MarketStream
from oms.values.events import BookReset, LevelsChanged
from sim.gateway.ids import new_market
from tests.campaign.busy_venue import BusyBooks
from tests.campaign.dashboards import Life, verdict
from tests.campaign.onlookers import Window, judged
from tests.campaign.size import QUICK, Size

ONE = msgspec.structs.replace(QUICK, dashboards=1)
LIVED = [Life(is_dashboard=True, keys=3), Life(is_dashboard=False, pictures=7)]


def test_a_run_that_commands_something_else_when_it_is_looked_at_is_found() -> None:
    assert verdict("it", ONE, LIVED, "aa", ["aa", "aa"]).ok
    found = verdict("it", ONE, LIVED, "aa", ["aa", "bb"])
    assert not found.ok
    assert found.figures == "commands_hash bb, without anybody aa; 1 of 2 runs differ"


@pytest.mark.parametrize(
    "lives",
    [[Life(is_dashboard=True, wrong="a dashboard showed nothing"), *LIVED], [LIVED[1]], [LIVED[0], Life(is_dashboard=False)]],
    ids=["one showed nothing", "there was none", "the plain clients saw nothing"],
)
def test_dashboards_that_show_nothing_prove_nothing(lives: list[Life]) -> None:
    assert not verdict("it", ONE, lives, "aa", ["aa"]).ok


def windows(*costs: float, rate: float = 1_000.0) -> list[Window]:
    """Nobody and somebody in turn; alone it takes a tenth of a core, and somebody costs so many percent of one, half of them in talking."""
    nobody = Window("", 10.0, 0.0, 0.0, rate)
    return [nobody, *(window for cost in costs for window in (Window("overview", 10.0 + cost, cost / 2, cost / 2, rate), nobody))]


def test_what_a_dashboard_costs_is_held_against_what_the_daemon_takes_without() -> None:
    cheap = judged("it", Size(), windows(0.1, 0.15, 0.3, 0.5))
    assert cheap.ok
    assert cheap.figures.startswith(
        "one dashboard costs 1.5 % of its processor time (1.0 to 3.0 by screen), 3 cost 5.0 %; alone it takes 10.0 % of a"
    )
    assert len(cheap.table.splitlines()) == 5
    assert not judged("it", Size(), windows(0.1, 0.21, 0.3, 0.5)).ok
    slow = judged("it", Size(), windows(0.1, 0.15, 0.3, 0.5, rate=900.0))
    assert not slow.ok
    assert slow.figures.startswith("the rate was not kept: 900 messages a second of 1,000")


def test_the_busy_venue_says_what_a_stream_can_read_and_keeps_its_rate() -> None:
    market = new_market("busy", tick_pips=10)
    busy = BusyBooks([market], rate=200)

    async def hear() -> tuple[list[bytes], float, list[dict[str, object]]]:
        application = web.Application(middlewares=[busy.instead])
        async with TestClient(TestServer(application)) as client:
            changing, first_s = asyncio.create_task(busy.change()), time.monotonic()
            socket = await client.ws_connect("/ws/market")
            await socket.send_str("PING")
            assert await socket.receive_str(timeout=20) == "PONG"
            await socket.send_str(json.dumps({"type": "market", "assets_ids": [market.yes, market.no]}))
            heard = [(await socket.receive_str(timeout=20)).encode()]
            began_s = time.monotonic()
            while time.monotonic() < began_s + 0.5:
                heard.append((await socket.receive_str(timeout=20)).encode())
            changing.cancel()
            due = 200 * (time.monotonic() - first_s)
            books = await (await client.post("/books", json=[{"token_id": market.no}])).json()
            return heard, due, books

    heard, due, books = asyncio.run(hear())
    stream = MarketStream({market.yes: market, market.no: market})
    facts = [fact for frame in heard for fact in stream.receive(frame, time.time_ns())]
    assert sum(isinstance(fact, BookReset) for fact in facts) == 2
    assert sum(isinstance(fact, LevelsChanged) for fact in facts) >= len(heard) - 1 > 0
    assert len(heard) - 1 <= busy.sent <= due
    assert [book["asset_id"] for book in books] == [market.no]
