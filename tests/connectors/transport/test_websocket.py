"""Real sockets on loopback: every frame is kept before it is read, and every open socket is told to be closed once."""

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable
from http import HTTPStatus

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import InvalidURI
from websockets.http11 import Request, Response

from connectors.transport.websocket import Ends, StreamSocket
from tests.connectors.transport.words_sockets import QUICK, Diary, Run, Script, served, stay


def played(script: Script, act: Callable[[Run], Awaitable[None]], ping_every_ms: int = 60_000) -> Run:
    """One socket against one script; `act` says how long."""

    async def play() -> Run:
        async with served(script) as url:
            run = Run(Diary(ping_every_ms), url)
            await act(run)
            await run.end()
            return run

    return asyncio.run(play())


def test_each_frame_goes_to_the_tape_with_its_time_before_its_facts_are_delivered() -> None:
    async def script(connection: ServerConnection) -> None:
        await connection.send("one")
        await connection.send("nothing")
        await connection.send(b"three")
        await stay(connection)

    run = played(script, lambda run: run.until(lambda: len(run.taped) == 3))
    assert [(channel, frame) for channel, frame, _ in run.taped] == [
        ("polymarket-market", b"one"),
        ("polymarket-market", b"nothing"),
        ("polymarket-market", b"three"),
    ]
    times = [at_ns for _, _, at_ns in run.taped]
    assert times == sorted(times)
    assert run.diary.times[:3] == times
    assert [at_ns for _, at_ns in run.delivered[:2]] == [times[0], times[2]]
    health = run.socket.health
    assert (health.connects, health.frames, health.received_bytes, health.last_frame_ns) == (1, 3, 15, times[2])
    assert health.frame_age_ns(times[2] + 7) == 7


def test_what_the_stream_wants_sent_leaves_as_text_at_the_opening_after_a_frame_and_when_it_is_due() -> None:
    heard: list[str | bytes] = []

    async def script(connection: ServerConnection) -> None:
        heard.append(await connection.recv())
        await connection.send("say answer")
        heard.append(await connection.recv())
        heard.append(await connection.recv())

    run = played(script, lambda run: run.until(lambda: len(heard) == 3), ping_every_ms=30)
    assert heard == ["hello", "answer", "PING"]
    assert run.diary.story[:2] == ["opened", "say answer"]


def test_pings_leave_in_time_while_frames_come_without_a_pause() -> None:
    pings: list[str | bytes] = []

    async def script(connection: ServerConnection) -> None:
        async def flood() -> None:
            while True:
                await connection.send("x" * 500)
                await asyncio.sleep(0)  # the script has to hear, too

        flooding = asyncio.create_task(flood())
        try:
            while len(pings) < 4:
                pings.append(await connection.recv())
        finally:
            flooding.cancel()

    run = played(script, lambda run: run.until(lambda: len(pings) == 4), ping_every_ms=20)
    assert pings == ["hello", "PING", "PING", "PING"]
    assert run.socket.health.frames > 10


def test_a_poke_sends_at_once_what_somebody_else_queued() -> None:
    heard: list[str | bytes] = []

    async def script(connection: ServerConnection) -> None:
        async for message in connection:
            heard.append(message)

    async def act(run: Run) -> None:
        run.socket.poke()  # closed: nothing to do
        await run.until(lambda: heard == ["hello"])
        run.diary.out.append(b"subscribe")
        run.socket.poke()
        run.socket.poke()
        await run.until(lambda: len(heard) == 2)

    played(script, act)
    assert heard == ["hello", "subscribe"]


def test_a_socket_that_is_closed_is_told_so_once_and_opened_again() -> None:
    async def script(connection: ServerConnection) -> None:
        await connection.send("hi")
        await connection.close(1013, "slow consumer: send buffer full")

    run = played(script, lambda run: run.until(lambda: run.socket.health.connects == 3))
    story = run.diary.story
    assert story[:6] == ["opened", "hi", "closed"] * 2
    assert story.count("opened") == story.count("closed") == 3
    assert run.socket.health.reasons["closed by them: 1013 slow consumer: send buffer full"] >= 2
    assert len(run.delivered) == story.count("hi") + 3
    assert not run.socket.health.is_open


def test_a_line_that_is_cut_is_a_close_too() -> None:
    async def script(connection: ServerConnection) -> None:
        connection.transport.abort()

    run = played(script, lambda run: run.until(lambda: run.socket.health.connects == 2))
    assert run.socket.health.reasons["lost without a goodbye"] >= 1


def test_a_stream_that_wants_another_socket_gets_one() -> None:
    async def script(connection: ServerConnection) -> None:
        await connection.send("leave")
        await connection.send("too late")
        await stay(connection)

    run = played(script, lambda run: run.until(lambda: run.socket.health.connects == 2))
    assert run.diary.story[:4] == ["opened", "leave", "closed", "opened"]
    assert run.socket.health.reasons["the stream wanted another socket"] >= 1


def test_a_cancelled_socket_is_closed_at_both_ends_and_its_facts_are_delivered() -> None:
    gone: list[int | None] = []

    async def script(connection: ServerConnection) -> None:
        await connection.send("hi")
        await stay(connection)
        gone.append(connection.close_code)

    async def act(run: Run) -> None:
        await run.until(lambda: "hi" in run.diary.story)
        await run.end()
        await run.until(lambda: bool(gone)) if not run.task.done() else await asyncio.sleep(0.05)

    run = played(script, act)
    assert run.diary.story == ["opened", "hi", "closed"]
    assert len(run.delivered) == 2
    assert gone == [1000]


def test_a_message_that_is_too_long_ends_the_socket_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.transport.websocket.FRAME_BYTES_MAX", 1_000)

    async def script(connection: ServerConnection) -> None:
        await connection.send("x" * 1_001)
        await stay(connection)

    run = played(script, lambda run: run.until(lambda: run.socket.health.connects == 2))
    assert run.taped == []
    assert any(reason.startswith("closed by us: 1009") for reason in run.socket.health.reasons)


def test_frames_may_come_deflated() -> None:
    used: list[bool] = []

    async def script(connection: ServerConnection) -> None:
        used.append(any(extension.name == "permessage-deflate" for extension in connection.protocol.extensions))
        await connection.send("a" * 10_000)
        await stay(connection)

    run = played(script, lambda run: run.until(lambda: len(run.taped) == 1))
    assert used == [True]
    assert run.taped[0][1] == b"a" * 10_000


def refused_by(status: HTTPStatus, location: str = "") -> Run:
    async def answer(connection: ServerConnection, _request: Request) -> Response:
        response = connection.respond(status, "no")
        if location:
            response.headers["Location"] = location
        return response

    async def play() -> Run:
        async with serve(stay, "127.0.0.1", 0, process_request=answer) as server:
            run = Run(Diary(), f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}")
            await run.until(lambda: sum(run.socket.health.reasons.values()) >= 3)
            await run.end()
            return run

    return asyncio.run(play())


def test_a_handshake_that_is_refused_is_counted_with_its_status_and_tried_again() -> None:
    run = refused_by(HTTPStatus.TOO_MANY_REQUESTS)
    assert list(run.socket.health.reasons) == ["not opened: InvalidStatus: server rejected WebSocket connection: HTTP 429"]
    assert run.diary.story == []


def test_a_redirect_is_not_followed() -> None:
    heard: list[str | bytes] = []

    async def elsewhere(connection: ServerConnection) -> None:
        heard.append(await connection.recv())

    async def play() -> Run:
        async with served(elsewhere) as url:
            return await asyncio.to_thread(refused_by, HTTPStatus.FOUND, url)

    run = asyncio.run(play())
    assert heard == []
    assert run.socket.health.connects == 0


def test_a_server_that_is_not_there_is_counted_and_tried_again() -> None:
    async def play() -> Run:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            run = Run(Diary(), f"ws://127.0.0.1:{taken.getsockname()[1]}")
            await run.until(lambda: sum(run.socket.health.reasons.values()) >= 3)
            await run.end()
            return run

    run = asyncio.run(play())
    assert all("ConnectionRefusedError" in reason for reason in run.socket.health.reasons)
    assert run.socket.health.frame_age_ns(5) is None


def test_an_error_of_ours_in_the_sink_ends_the_socket_with_that_error() -> None:
    def full(*_frame: object) -> None:
        raise TimeoutError("the disk does not answer")

    async def script(connection: ServerConnection) -> None:
        await connection.send("hi")
        await stay(connection)

    async def play() -> Diary:
        async with served(script) as url:
            diary = Diary()
            with pytest.raises(TimeoutError, match="disk"):
                await StreamSocket(diary, url, Ends("c", full, lambda *_: None), QUICK).run()
            return diary

    assert asyncio.run(play()).story == ["opened", "closed"]


def test_what_is_sent_is_in_no_log_at_any_level(caplog: pytest.LogCaptureFixture) -> None:  # req 1.17
    async def script(connection: ServerConnection) -> None:
        await connection.recv()
        await connection.send("hi")
        await stay(connection)

    with caplog.at_level(logging.DEBUG):
        played(script, lambda run: run.until(lambda: "hi" in run.diary.story))
    assert any(record.name == "websockets.server" for record in caplog.records)  # the other side logs, so the level was on
    assert [record.name for record in caplog.records if record.name not in {"asyncio", "websockets.server"}] == []


def test_a_url_that_is_none_is_an_error_at_once() -> None:
    with pytest.raises(InvalidURI):
        StreamSocket(Diary(), "https://example.org", Ends("c", lambda *_: None, lambda *_: None))
