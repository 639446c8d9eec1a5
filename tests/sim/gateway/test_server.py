import asyncio
import io
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

import aiohttp
import pytest

from connectors.polymarket.authentication import Credentials, login_headers
from connectors.polymarket.key import Key
from oms.values.events import Event, MarketClosed
from oms.values.units import NS_PER_MS, NS_PER_SECOND, Nanos
from sim.gateway.host import Host
from sim.gateway.ids import new_market
from sim.gateway.records import Happening, HostSettings
from sim.gateway.server import BODY_BYTES_MAX, Gateway, start
from sim.gateway.wire import Route
from tests.words import NOON_NS

KEY = Key("1" * 64)


class Served:
    """A gateway on a free port of loopback. Its clock follows the loop's, so that timers are real."""

    def __init__(self, **settings: int) -> None:
        self.begun = asyncio.get_running_loop().time()
        self.host = Host(self.now_ns, HostSettings(**settings))
        self.gateway = Gateway(self.host, admin_token="sesame", more=[Route("GET", "/more", lambda _asked: "more")])
        self.url = ""

    def now_ns(self) -> int:
        return NOON_NS + int((asyncio.get_running_loop().time() - self.begun) * NS_PER_SECOND)

    def credentials(self) -> Credentials:
        told = self.gateway.keyring.issue(KEY.address, 0)
        return Credentials(KEY.address, told.api_key, told.secret, told.passphrase)


class Closes:
    """A listener that waits for a market to close."""

    def __init__(self, closed: asyncio.Event) -> None:
        self._closed = closed

    def public(self, facts: Sequence[Event], _at_ns: Nanos) -> None:
        if any(isinstance(fact, MarketClosed) for fact in facts):
            self._closed.set()

    def private(self, happening: Happening, at_ns: Nanos) -> None: ...


@asynccontextmanager
async def serving(**settings: int) -> AsyncIterator[tuple[Served, aiohttp.ClientSession]]:
    served = Served(**settings)
    runner, port = await start(served.gateway)
    served.url = f"http://127.0.0.1:{port}"
    try:
        async with aiohttp.ClientSession() as session:
            yield served, session
    finally:
        await runner.cleanup()


def run(scene: Callable[[Served, aiohttp.ClientSession], Awaitable[None]], **settings: int) -> None:
    async def main() -> None:
        async with asyncio.timeout(20), serving(**settings) as (served, session):
            await scene(served, session)

    asyncio.run(main())


def test_a_request_goes_through_the_socket_and_back() -> None:
    async def scene(served: Served, session: aiohttp.ClientSession) -> None:
        async with session.post(f"{served.url}/auth/api-key", headers=login_headers(KEY, 137, served.now_ns() // NS_PER_SECOND)) as answer:
            assert answer.status == 200
            assert answer.content_type == "application/json"
            assert (await answer.json()).keys() == {"apiKey", "secret", "passphrase"}
        credentials = served.credentials()
        headers = credentials.headers("GET", "/data/orders", b"", served.now_ns() // NS_PER_SECOND)
        async with session.get(f"{served.url}/data/orders?next_cursor=MA%3D%3D", headers=headers) as answer:
            assert (answer.status, await answer.json()) == (200, {"limit": 100, "count": 0, "next_cursor": "LTE=", "data": []})
        async with session.get(f"{served.url}/more") as answer:
            assert await answer.json() == "more"

    run(scene)


def test_what_goes_wrong_has_a_status_and_a_text() -> None:
    async def scene(served: Served, session: aiohttp.ClientSession) -> None:
        for method, path, body, status in (
            ("GET", "/nowhere", b"", 404), ("PUT", "/order", b"", 405), ("POST", "/order", b"{", 401), ("POST", "/books", b"\xff", 400),
            ("POST", "/books", bytes(BODY_BYTES_MAX + 1), 413), ("GET", "/book?token_id=%ff%00", b"", 400), ("GET", "/data/order/%20%25", b"", 401),
        ):  # fmt: skip
            async with session.request(method, served.url + path, data=io.BytesIO(body)) as answer:
                assert answer.status == status, path
                assert (await answer.json())["error"]

    run(scene)


def test_a_lost_request_breaks_the_connection() -> None:
    async def scene(served: Served, session: aiohttp.ClientSession) -> None:
        served.gateway.conditions.order("place lost")
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await session.post(f"{served.url}/order", data=b"{}")
        async with session.get(f"{served.url}/ok") as answer:
            assert await answer.json() == "OK"

    run(scene)


def test_an_answer_breaks_off_in_its_middle() -> None:
    async def scene(served: Served, session: aiohttp.ClientSession) -> None:
        served.gateway.conditions.order("answer incomplete")
        with pytest.raises(aiohttp.ClientPayloadError):
            async with session.get(f"{served.url}/markets") as answer:
                await answer.read()

    run(scene)


def test_what_is_due_is_done_without_anybody_asking() -> None:
    async def scene(served: Served, session: aiohttp.ClientSession) -> None:
        market = new_market("soon over", end_ns=served.now_ns() + 200 * NS_PER_MS)
        served.host.list_market(market)
        async with session.get(f"{served.url}/markets/{market.market_id}") as answer:
            assert not (await answer.json())["closed"]
        closed = asyncio.Event()
        served.host.listeners.append(Closes(closed))
        await closed.wait()
        async with session.get(f"{served.url}/markets/{market.market_id}") as answer:
            assert (await answer.json())["closed"]

    run(scene)


def test_a_mistake_of_ours_in_a_deed_is_told_at_once() -> None:
    async def scene(served: Served, _session: aiohttp.ClientSession) -> None:
        told: asyncio.Queue[str] = asyncio.Queue()
        asyncio.get_running_loop().set_exception_handler(lambda _loop, context: told.put_nowait(context["message"]))
        served.host.timers.set(served.now_ns() + NS_PER_MS, lambda _at_ns: (_ for _ in ()).throw(AssertionError("ours")))
        assert await told.get() == "the simulated venue's time stands still"

    with pytest.raises(AssertionError, match="ours"):
        run(scene)


def test_a_late_answer_is_waited_for() -> None:
    async def scene(served: Served, session: aiohttp.ClientSession) -> None:
        served.gateway.conditions.order("cancel late")
        before = served.now_ns()
        async with session.delete(f"{served.url}/cancel-all") as answer:
            assert answer.status == 401
        assert served.now_ns() - before >= 500 * NS_PER_MS

    run(scene)


def test_both_channels_are_beside_the_endpoints() -> None:
    async def scene(served: Served, session: aiohttp.ClientSession) -> None:
        market = served.host.list_market(new_market("x")).market
        async with session.ws_connect(f"{served.url}/ws/market") as socket:
            await socket.send_json({"type": "market", "assets_ids": [market.yes]})
            assert json.loads(await socket.receive_str())[0]["asset_id"] == market.yes

    run(scene)


def test_the_catalogue_and_the_data_api_are_at_the_same_address() -> None:
    async def scene(served: Served, session: aiohttp.ClientSession) -> None:
        market = served.host.list_market(new_market("x")).market
        async with session.get(f"{served.url}/markets/keyset") as answer:
            assert [row["conditionId"] for row in (await answer.json())["markets"]] == [market.market_id]
        async with session.get(f"{served.url}/gamma/markets?clob_token_ids={market.no}&clob_token_ids=17") as answer:
            assert [row["conditionId"] for row in await answer.json()] == [market.market_id]
        async with session.get(f"{served.url}/v2/positions?user={KEY.address}") as answer:
            assert (await answer.json())["data"] == []

    run(scene)


def test_an_admin_is_served_only_where_there_is_a_token() -> None:
    assert "/admin/state" in Gateway(Host(lambda: NOON_NS), admin_token="x").rest._routes
    assert "/admin/state" not in Gateway(Host(lambda: NOON_NS)).rest._routes
