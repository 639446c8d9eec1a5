"""What a socket does when things go wrong again and again: waits, messages that do not leave, alarms; and what is counted of it."""

import asyncio
import random
import time

import pytest
from msgspec.structs import replace
from websockets.asyncio.server import ServerConnection, serve

from connectors.transport.backoff import Backoff, Pace
from connectors.transport.websocket import REASONS_MAX, SocketHealth, _is_sooner
from tests.connectors.transport.words_sockets import QUICK, Diary, Run, served, stay


class Steady(Backoff):
    """Always the same wait."""

    def next_s(self) -> float:
        super().next_s()
        return 0.05


def connected(count: int, pace: Pace = QUICK, backoff: type[Backoff] = Backoff) -> Run:
    """A socket that opened so often, each time on a server that leaves at once."""

    async def leave(connection: ServerConnection) -> None:
        await connection.close()

    async def play() -> Run:
        async with served(leave) as url:
            run = Run(Diary(), url, pace)
            run.socket._backoff = backoff(pace, random.Random(1))
            await run.until(lambda: run.socket.health.connects == count)
            await run.end()
            return run

    return asyncio.run(play())


def test_between_two_attempts_it_waits() -> None:
    before = time.monotonic()
    connected(3, backoff=Steady)
    assert time.monotonic() - before >= 0.1


def test_sockets_that_do_not_last_are_failures_and_one_that_lasts_ends_the_row() -> None:
    assert connected(4).socket._backoff.failures >= 3
    assert connected(4, replace(QUICK, stable_s=0.0)).socket._backoff.failures == 1


def test_a_message_that_does_not_leave_ends_the_socket_and_what_waited_behind_it_is_forgotten() -> None:
    heard: list[str | bytes] = []

    async def deaf(connection: ServerConnection) -> None:
        heard.append(await connection.recv())
        connection.transport.pause_reading()
        await stay(connection)

    async def play() -> Run:
        async with serve(deaf, "127.0.0.1", 0, close_timeout=0.1, max_size=None) as server:
            run = Run(Diary(), f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}", replace(QUICK, send_s=0.1, close_s=0.1))
            await run.until(lambda: len(heard) == 1)
            run.diary.out += [random.Random(1).randbytes(8_000_000), b"stale"]
            run.socket.poke()
            await run.until(lambda: len(heard) == 2)
            await run.end()
            return run

    run = asyncio.run(play())
    assert run.socket.health.reasons["a message did not leave in time"] == 1
    assert heard == ["hello", "hello"]
    assert run.diary.story[:3] == ["opened", "closed", "opened"]


def test_no_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "socks_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert connected(1).socket.health.connects == 1


@pytest.mark.parametrize(
    ("wanted", "alarm", "now", "must"),
    [(None, 5, 9, False), (4, 5, 1, True), (5, 5, 1, False), (6, 5, 1, False), (6, 5, 5, True), (7, None, 1, True), (None, None, 1, False)],
)
def test_a_stream_is_woken_before_the_alarm_when_it_asks_for_it_or_the_alarm_is_overdue(
    wanted: int | None, alarm: int | None, now: int, *, must: bool
) -> None:
    assert _is_sooner(wanted, alarm, now) is must


def test_reasons_are_bounded_whatever_a_server_says() -> None:
    health = SocketHealth()
    for number in range(1_000):
        health.count(f"closed by them: 1000 {number}" + "x" * 500)
    assert len(health.reasons) == REASONS_MAX + 1
    assert health.reasons["other"] == 1_000 - REASONS_MAX
    assert max(map(len, health.reasons)) == 80
