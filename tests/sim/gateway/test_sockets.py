"""Both channels on real sockets of this machine: order is kept, nobody waits for anybody, and what is wrong with them can be chosen."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from oms.values.market import Market, Payout
from oms.values.units import NS_PER_MS
from sim.gateway import keepalive
from sim.gateway.authentication import Keyring
from sim.gateway.frames import Closing
from sim.gateway.pathologies import HEALTHY, Pathologies
from sim.gateway.sockets import Streams
from tests.sim.gateway.words_streams import Venue

ALICE = "0x" + "a" * 40
SOON_S = 5.0


class Room:
    """A venue whose streams are served, and clients that connect to it."""

    def __init__(self, queue_max: int) -> None:
        self.venue = Venue("bob")
        self.keyring = Keyring(self.venue.host)
        self.key = self.keyring.issue(ALICE, 0)
        self.market: Market = self.venue.lists()
        self.streams = Streams(self.venue.host, self.keyring, self.venue.catalogue, queue_max=queue_max)
        self.session: Any = None
        self.url = ""

    async def listens(self, *tokens: str, **more: Any) -> Any:  # noqa: ANN401
        """A client of the public channel that has had its opening."""
        client = await self.session.ws_connect(f"{self.url}/ws/market", **more)
        await client.send_json({"type": "market", "assets_ids": tokens or [self.market.yes, self.market.no]})
        return client

    def bids(self, price: int) -> None:
        self.venue.sends("bob", self.market, "BUY YES", price, 5)


@asynccontextmanager
async def served(queue_max: int = 8_192) -> AsyncIterator[Room]:
    room = Room(queue_max)
    app = web.Application()
    app.add_routes(room.streams.routes())
    runner = web.AppRunner(app)
    await runner.setup()
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8_192)  # so that little fits between us and a client who does not read
    await web.SockSite(runner, listener).start()
    room.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    try:
        async with aiohttp.ClientSession() as room.session:
            yield room
    finally:
        for channel in ("market", "user"):
            room.streams.close_all(channel)
        await runner.cleanup()
        listener.close()


async def hears(client: Any) -> Any:  # noqa: ANN401
    return json.loads(await client.receive_str(timeout=SOON_S))


async def ends(client: Any) -> Any:  # noqa: ANN401
    """Read to the end; the code of the close."""
    async with asyncio.timeout(SOON_S):
        while not client.closed:
            await client.receive()
    return client.close_code


def run(story: Callable[[], Awaitable[None]]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(30):
            await story()

    asyncio.run(bounded())


def test_a_client_hears_the_opening_and_then_every_change_in_order() -> None:
    async def story() -> None:
        async with served() as room:
            client = await room.listens()
            assert [book["event_type"] for book in await hears(client)] == ["book", "book"]
            for price in (100, 200, 300):
                room.bids(price)
            assert [(await hears(client))["price_changes"][0]["price"] for _ in range(3)] == ["0.01", "0.02", "0.03"]
            await client.send_str("PING")
            assert await client.receive_str(timeout=SOON_S) == "PONG"

    run(story)


def test_a_binary_frame_is_read_as_text() -> None:
    async def story() -> None:
        async with served() as room:
            client = await room.session.ws_connect(f"{room.url}/ws/market")
            await client.send_bytes(b"PING")
            assert await client.receive_str(timeout=SOON_S) == "PONG"
            await client.send_bytes(b"\xff")
            assert await client.receive_str(timeout=SOON_S) == "INVALID OPERATION"

    run(story)


def test_the_owner_of_a_key_hears_his_orders_and_a_stranger_is_sent_away() -> None:
    async def story() -> None:
        async with served() as room:
            auth = {"apiKey": room.key.api_key, "secret": room.key.secret, "passphrase": room.key.passphrase}
            owner, stranger = [await room.session.ws_connect(f"{room.url}/ws/user") for _ in range(2)]
            await owner.send_json({"type": "user", "auth": auth})
            await stranger.send_json({"type": "user", "auth": {**auth, "secret": "x"}})
            assert await ends(stranger) == 1008
            room.venue.sends(ALICE, room.market, "BUY YES", 4_900, 5)
            assert (await hears(owner))["type"] == "PLACEMENT"

    run(story)


def test_a_client_that_does_not_read_is_sent_away_and_delays_nobody() -> None:
    async def story() -> None:
        async with served(queue_max=100) as room:
            slow, quick = await room.listens(), await room.listens()
            await hears(slow)
            await hears(quick)
            stop_reading(slow)
            for number in range(3_000):
                room.bids(100 + 100 * (number % 40))
                assert (await hears(quick))["event_type"] == "price_change"
                if any(client._is_cut for _, client in room.streams._channels["market"].clients.values()):
                    break
            room.bids(100)
            assert (await hears(quick))["event_type"] == "price_change"
            slow._conn.transport.resume_reading()
            assert await ends(slow) == 1013

    run(story)


def stop_reading(client: Any) -> None:  # noqa: ANN401
    client._conn.transport.pause_reading()


def test_a_burst_beyond_the_queue_ends_with_1013() -> None:
    async def story() -> None:
        async with served(queue_max=20) as room:
            client = await room.listens()
            await hears(client)
            for number in range(30):
                room.bids(100 + 100 * number)
            assert await ends(client) == 1013

    run(story)


def test_a_frozen_socket_still_answers_ping() -> None:
    async def story() -> None:
        async with served() as room:
            room.streams.spoil("market", Pathologies(is_mute=True))
            client = await room.listens()
            room.bids(100)
            await client.send_str("PING")
            assert await client.receive_str(timeout=SOON_S) == "PONG"
            room.streams.spoil("market", HEALTHY)
            room.bids(200)
            assert (await hears(client))["price_changes"][0]["price"] == "0.02"

    run(story)


def test_pong_overtakes_data_that_lags() -> None:
    async def story() -> None:
        async with served() as room:
            client = await room.listens()
            await hears(client)
            room.streams.spoil("market", Pathologies(delay_ms=150))
            room.bids(100)
            await client.send_str("PING")
            assert await client.receive_str(timeout=SOON_S) == "PONG"
            assert (await hears(client))["event_type"] == "price_change"

    run(story)


def test_frames_can_come_twice_and_openings_can_pretend_to_be_old() -> None:
    async def story() -> None:
        async with served() as room:
            room.streams.spoil("market", Pathologies(duplicate_ppm=1_000_000, opening_shift_ms=-1_000))
            client = await room.listens(room.market.yes)
            first, second = await hears(client), await hears(client)
            assert first == second
            assert int(first[0]["timestamp"]) == room.venue.at_ns // NS_PER_MS - 1_000

    run(story)


def test_every_socket_can_be_closed_with_a_code() -> None:
    async def story() -> None:
        async with served() as room:
            clients = [await room.listens() for _ in range(3)]
            for client in clients:
                await hears(client)
            assert room.streams.close_all("market", Closing(1012, "restart")) == 3
            assert [await ends(client) for client in clients] == [1012] * 3
            await asyncio.sleep(0)
            assert room.streams.clients("market") == 0

    run(story)


def test_with_its_last_asset_resolved_a_socket_is_closed_after_it_was_told() -> None:
    async def story() -> None:
        async with served() as room:
            client = await room.session.ws_connect(f"{room.url}/ws/market")
            await client.send_json({"type": "market", "assets_ids": [room.market.yes], "custom_feature_enabled": True})
            await hears(client)
            room.venue.host.resolve(room.market.market_id, Payout(yes_ppm=1_000_000, no_ppm=0))
            assert (await hears(client))["event_type"] == "market_resolved"
            assert await ends(client) == 1000

    run(story)


def test_a_client_that_never_pings_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keepalive, "SILENCE_NS", 50 * NS_PER_MS)

    async def story() -> None:
        async with served() as room:
            client = await room.listens()
            assert await ends(client) == 1000

    run(story)


def test_a_client_that_vanishes_is_forgotten() -> None:
    async def story() -> None:
        async with served() as room:
            client = await room.listens()
            await hears(client)
            client._conn.transport.abort()
            async with asyncio.timeout(SOON_S):
                while room.streams.clients("market"):
                    room.bids(100)
                    await asyncio.sleep(0.01)

    run(story)
