"""Whoever looks: what it is told when nobody answers, or somebody else does; questions, instructions, pictures as they come."""

import asyncio
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from connectors.operator.control import protocol as p
from connectors.operator.control.bridge import Last, Reply
from connectors.operator.control.client import (
    ControlClient,
    ControlError,
    Lost,
    NoAnswer,
    NoDaemon,
    NotAllowed,
    Unanswerable,
    Unwanted,
    one_shot,
)
from oms.values.panels import Ladder, Overview, Topic
from tests.connectors.operator.control.words_control import WELCOME, Daemon


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    with Daemon(tmp_path / "c.sock") as running:
        yield running


def with_client(daemon: Daemon, work: Callable[[ControlClient], Awaitable[None]]) -> None:
    async def all_of_it() -> None:
        client = await ControlClient.connect(daemon.path, "test")
        try:
            await work(client)
        finally:
            await client.close()

    asyncio.run(all_of_it())


@contextmanager
def somebody_else(path: Path, says: bytes, *, hangs_up: bool = True) -> Iterator[None]:
    """Who listens there and is no daemon of ours."""
    done = threading.Event()

    def serve() -> None:
        connection, _ = ours.accept()
        with connection:
            connection.recv(1_000)
            connection.sendall(says)
            done.wait(0 if hangs_up else 10)

    with socket.socket(socket.AF_UNIX) as ours:
        ours.bind(str(path))
        ours.listen()
        thread = threading.Thread(target=serve)
        thread.start()
        yield
        done.set()
        thread.join()


def connects(path: Path, within_s: float = 5.0) -> None:
    async def once() -> None:
        await ControlClient.connect(path, "test", within_s)

    asyncio.run(once())


def test_where_nobody_listens_it_says_what_to_start(tmp_path: Path) -> None:
    with pytest.raises(
        NoDaemon, match=r"c\.sock: no daemon answers there .*; start one \(`run_bot\.py live`, `paper` or `demo`\), or name its --socket"
    ):
        connects(tmp_path / "c.sock")
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(tmp_path / "c.sock"))
    for path in (tmp_path / "c.sock", tmp_path / ("x" * 200), tmp_path):
        with pytest.raises(NoDaemon):
            connects(path)


def test_another_users_daemon_may_not_be_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    async def refused(_path: str) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(asyncio, "open_unix_connection", refused)
    with pytest.raises(NotAllowed, match="this user may not talk to the daemon; ask as the user that runs it"):
        connects(tmp_path / "c.sock")


@pytest.mark.parametrize(
    ("says", "error", "words"),
    [
        (p.line(p.Refused(why="version 2 is spoken here, not 1")), Unwanted, "the daemon refused us: version 2 is spoken here"),
        (p.line(p.Ended(code=0, text="bye")), Lost, "no daemon of ours"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", Lost, "no daemon of ours .*; name another --socket"),
        (b"", Lost, "hung up before it greeted us"),
    ],
)
def test_who_does_not_greet_us_is_named(tmp_path: Path, says: bytes, error: type[ControlError], words: str) -> None:
    with somebody_else(tmp_path / "c.sock", says), pytest.raises(error, match=words):
        connects(tmp_path / "c.sock")


def test_a_daemon_that_hangs_is_named_after_a_moment(tmp_path: Path) -> None:
    with somebody_else(tmp_path / "c.sock", b"", hangs_up=False), pytest.raises(NoAnswer, match=r"did not greet us within 0\.05 s; it may hang"):
        connects(tmp_path / "c.sock", 0.05)


def test_it_knows_who_answers_asks_and_has_things_done(daemon: Daemon) -> None:
    async def work(client: ControlClient) -> None:
        assert client.welcome == WELCOME
        assert isinstance(await client.ask(Topic.OVERVIEW), Overview)
        assert isinstance(await client.ask(Topic.LADDER, "m1"), Ladder)
        answer = await client.do(p.Pause(why="lunch"))
        assert (answer.ok, answer.text) == (True, "test#1: Pause(why='lunch')")
        with pytest.raises(Unanswerable, match="there is no ladder"):
            await client.ask(Topic.LADDER, "m2")
        told = await asyncio.gather(client.ask(Topic.FILLS), client.do(p.CancelAll()), client.asked(Topic.LADDER, "m2"))
        assert [type(one).__name__ for one in told] == ["Fills", "Answer", "Answer"]

    with_client(daemon, work)


def test_what_is_watched_comes_as_it_changes_and_who_is_slow_sees_the_latest_alone(daemon: Daemon) -> None:
    async def work(client: ControlClient) -> None:
        client.watch((Topic.OVERVIEW, Topic.FILLS), every_ms=100)
        seen: list[int] = []
        async for told in client:
            assert isinstance(told, p.Shown)
            if isinstance(told.view, Overview):
                seen.append(told.view.at_ns)
                await asyncio.sleep(0.35 if len(seen) == 1 else 0)
            if len(seen) == 3:
                break
        assert seen == sorted(seen)
        assert seen[1] - seen[0] > (seen[2] - seen[1]), "those in between were not kept"

    with_client(daemon, work)


def test_the_last_words_come_last_and_nothing_can_be_said_after_them(daemon: Daemon) -> None:
    async def work(client: ControlClient) -> None:
        daemon.bridge.reply(Last(42, "killed"))
        assert [told async for told in client] == [p.Ended(code=42, text="killed")]
        assert client.why_ended == "the daemon has ended (code 42): killed"
        with pytest.raises(Lost, match=r"the daemon has ended \(code 42\): killed; nothing was sent"):
            await client.do(p.CancelAll())

    with_client(daemon, work)


def test_an_answer_that_does_not_come_is_an_error_that_does_not_say_no(daemon: Daemon) -> None:
    daemon.hangs = True

    async def work(client: ControlClient) -> None:
        with pytest.raises(NoAnswer, match=r"did not answer within 0\.05 s, and nobody knows whether it will"):
            await client.do(p.CancelAll(), within_s=0.05)
        daemon.hangs = False
        assert (await client.do(p.Pause())).text.endswith("Pause(why='')"), "the late answer is not taken for this one's"

    with_client(daemon, work)


def test_a_connection_that_breaks_ends_what_waits(daemon: Daemon) -> None:
    daemon.hangs = True

    async def work(client: ControlClient) -> None:
        waiting = asyncio.ensure_future(client.do(p.CancelAll()))
        await asyncio.sleep(0.02)
        threading.Thread(target=daemon.thread.stop, args=(Last(0, "done"),)).start()
        with pytest.raises(Lost, match="what was asked for may have been done or not"):
            await waiting

    with_client(daemon, work)


def test_a_line_that_no_client_writes_ends_the_connection_with_a_reason(tmp_path: Path) -> None:
    async def once() -> str:
        client = await ControlClient.connect(tmp_path / "c.sock", "test")
        assert [told async for told in client] == []
        await client.close()
        return client.why_ended

    with somebody_else(tmp_path / "c.sock", p.line(WELCOME) + b"{}\n"):
        assert asyncio.run(once()).startswith("the connection broke (unreadable: ")


def test_what_cannot_be_said_is_not_sent(daemon: Daemon) -> None:
    async def work(client: ControlClient) -> None:
        for why, words in (("x" * p.LINE_BYTES_MAX, "more than 65536 bytes"), ("\udcff", "that cannot be said")):
            with pytest.raises(ControlError, match=f"{words}.*; nothing was sent"):
                await client.do(p.Pause(why=why))
        assert (await client.do(p.CancelAll())).ok

    with_client(daemon, work)
    assert [type(order.instruction) for order in daemon.heard] == [p.CancelAll]


def test_one_shot_asks_once_and_hangs_up(daemon: Daemon) -> None:
    shown = one_shot(daemon.path, p.Ask(id=0, topic=Topic.OVERVIEW))
    assert isinstance(shown, p.Shown)
    answer = one_shot(daemon.path, p.Do(id=0, what=p.Kill(why="mad")), name="kill")
    assert answer == p.Answer(id=1, ok=True, text="kill#2: Kill(why='mad')")
    daemon.answer = lambda order: Reply(order.ticket, ok=False, text="halted already")
    assert one_shot(daemon.path, p.Do(id=0, what=p.Kill())) == p.Answer(id=1, ok=False, text="halted already")
    daemon.hangs = True
    began_s = time.monotonic()
    with pytest.raises(NoAnswer):
        one_shot(daemon.path, p.Do(id=0, what=p.Kill()), 0.1)
    assert time.monotonic() - began_s < 2
