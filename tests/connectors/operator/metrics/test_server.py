"""The pages over a real socket: asked rightly, wrongly, too long and by somebody who never finishes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiohttp
import msgspec
import pytest

from connectors.operator.control.bridge import Wanted
from connectors.operator.control.server import Service
from connectors.operator.metrics.exporter import CONTENT_TYPE
from connectors.operator.metrics.health import Verdict
from connectors.operator.metrics.server import REQUEST_BYTES_MAX, CannotListen, MetricsService
from oms.values.panels import Alerts, Topic
from tests.connectors.operator.metrics.words_metrics import KNOWN, health, overview, samples, views

AT = "127.0.0.1"


class Stopwatch:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@asynccontextmanager
async def serving(watch: Stopwatch | None = None) -> AsyncIterator[MetricsService]:
    service = MetricsService(KNOWN, AT, 0, monotonic=watch or Stopwatch())
    await service.pages.begin()
    try:
        yield service
    finally:
        await service.pages.end()


async def asked(service: MetricsService, path: str, method: str = "GET") -> tuple[int, str, bytes]:
    async with aiohttp.ClientSession() as session, session.request(method, f"http://{AT}:{service.pages.port}{path}") as answer:
        return answer.status, answer.headers.get("Content-Type", ""), await answer.read()


async def said(service: MetricsService, words: bytes) -> bytes:
    """Raw words, and all that is answered."""
    reader, writer = await asyncio.open_connection(AT, service.pages.port)
    writer.write(words)
    try:
        async with asyncio.timeout(5):
            return await reader.read(65_536)
    finally:
        writer.close()


def run(story: Callable[[], Awaitable[None]]) -> None:
    async def whole() -> None:
        await story()

    asyncio.run(whole())


def test_it_is_a_service_of_the_operators_loop() -> None:
    service: Service = MetricsService(KNOWN, AT, 0)
    assert {*service.topics} == {Topic.OVERVIEW, Topic.HEALTH, Topic.ARBITRAGE}
    assert service.every_ms == 1_000


def test_what_was_shown_is_what_is_told() -> None:
    async def story() -> None:
        async with serving() as service:
            service.shown(views(overview(), health()))
            status, kind, body = await asked(service, "/metrics")
            assert (status, kind) == (200, CONTENT_TYPE)
            assert samples(body)["steelyard_orders_placed_total"] == 120
            status, kind, body = await asked(service, "/health")
            assert (status, kind) == (200, "application/json")
            verdict = msgspec.json.decode(body, type=Verdict)
            assert (verdict.status, verdict.version, verdict.turn_age_s) == ("ok", "0.7", 0.5)

    run(story)


def test_a_trading_side_that_hangs_is_seen_from_here() -> None:
    async def story() -> None:
        watch = Stopwatch()
        async with serving(watch) as service:
            service.shown(views(overview(), health()))
            watch.now_s += 16
            service.shown({Wanted(Topic.ALERTS): Alerts(at_ns=0), Wanted(Topic.OVERVIEW): health()})  # not of ours, or not what it says it is
            status, _, body = await asked(service, "/health")
            assert (status, msgspec.json.decode(body)["status"]) == (503, "dead")
            service.shown(views(overview()))
            assert (await asked(service, "/health"))[0] == 200

    run(story)


def test_anything_else_is_refused() -> None:
    async def story() -> None:
        async with serving() as service:
            assert (await asked(service, "/"))[0] == 404
            assert (await asked(service, "/metrics/../../etc/passwd"))[0] == 404
            assert (await asked(service, "/metrics", "POST"))[0] == 405
            assert (await asked(service, "/health", "DELETE"))[0] == 405
            assert (await asked(service, "/metrics", "HEAD"))[0] == 200

    run(story)


@pytest.mark.parametrize(
    "words",
    [
        b"GET /" + b"x" * (REQUEST_BYTES_MAX + 1) + b" HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /health HTTP/1.1\r\nHost: a\r\nX: " + b"x" * (REQUEST_BYTES_MAX + 1) + b"\r\n\r\n",
        b"GET /health HTTP/1.1\r\nHost: a\r\n" + b"".join([b"X-%d: 1\r\n" % number for number in range(1_000)]) + b"\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"\x00" * 5_000 + b"\r\n\r\n",
    ],
    ids=["long path", "long header", "many headers", "tls", "zeros"],
)
def test_a_request_without_measure_is_refused_and_the_next_one_answered(words: bytes) -> None:
    async def story() -> None:
        async with serving() as service:
            assert (await said(service, words)).startswith(b"HTTP/1.0 400 ") or (await said(service, words)).startswith(b"HTTP/1.1 400 ")
            assert (await asked(service, "/health"))[0] == 200

    run(story)


def test_readers_that_never_finish_their_question_keep_nobody_else_out() -> None:
    async def story() -> None:
        async with serving() as service:
            hanging = [await asyncio.open_connection(AT, service.pages.port) for _ in range(50)]
            for _, writer in hanging:
                writer.write(b"GET /metrics HTTP/1.1\r\nHo")
            assert (await asked(service, "/metrics"))[0] == 200
            for _, writer in hanging:
                writer.close()

    run(story)


def test_a_port_that_is_taken_is_named_with_the_way_out() -> None:
    async def story() -> None:
        async with serving() as first:
            second = MetricsService(KNOWN, AT, first.pages.port)
            with pytest.raises(CannotListen, match=rf"metrics: cannot listen on 127\.0\.0\.1 port {first.pages.port} .*set another metrics\.port"):
                await second.run()

    run(story)


def test_it_serves_until_it_is_cancelled_and_gives_its_port_free() -> None:
    async def story() -> None:
        service = MetricsService(KNOWN, AT, 0)
        task = asyncio.create_task(service.run())
        for _ in range(1_000):
            if service.pages.port:
                break
            await asyncio.sleep(0)
        assert (await asked(service, "/health"))[0] == 200
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        async with serving() as other:
            assert other.pages.port
        with pytest.raises(aiohttp.ClientConnectorError):
            await asked(service, "/health")
        await service.pages.end()

    run(story)
