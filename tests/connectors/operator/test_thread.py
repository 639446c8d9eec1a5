"""The thread that talks: begins or says why not, ends when told, and keeps what goes wrong in it to itself."""

import asyncio
import logging
import threading
from collections.abc import Mapping
from pathlib import Path

import pytest

from connectors.operator import thread as module
from connectors.operator.control.bridge import Bridge, Last, Wanted
from connectors.operator.control.listening import NoSocket
from connectors.operator.control.protocol import Ask, Shown
from connectors.operator.control.server import ControlServer
from connectors.operator.thread import OperatorThread
from oms.values.panels import Fills, Topic, View
from tests.connectors.operator.control.words_control import WELCOME, Daemon, Raw, until


def test_it_listens_when_start_has_returned_and_is_gone_when_stop_has(tmp_path: Path) -> None:
    path = tmp_path / "c.sock"
    thread = OperatorThread(ControlServer(path, Bridge(), WELCOME))
    thread.start()
    Raw(path).greeted().close()
    thread.stop(Last(0, "done"))
    assert not path.exists()
    assert "operator" not in [one.name for one in threading.enumerate()]
    thread.stop(Last(0, "done"))


def test_where_it_cannot_listen_start_says_so_and_nothing_is_left_running(tmp_path: Path) -> None:
    (tmp_path / "c.sock").touch()
    thread = OperatorThread(ControlServer(tmp_path / "c.sock", Bridge(), WELCOME))
    with pytest.raises(NoSocket, match="is there and is no socket"):
        thread.start()
    thread.stop(Last(0, "done"))
    until(lambda: "operator" not in [one.name for one in threading.enumerate()])
    assert (tmp_path / "c.sock").exists()


def test_one_that_never_began_is_stopped_without_a_word(tmp_path: Path) -> None:
    OperatorThread(ControlServer(tmp_path / "c.sock", Bridge(), WELCOME)).stop(Last(0, "done"))


def test_a_trading_side_that_outlives_it_is_not_disturbed(tmp_path: Path) -> None:
    with Daemon(tmp_path / "c.sock") as daemon:
        with Raw(daemon.path).greeted():
            daemon.thread.stop(Last(0, "done"))
        daemon.bridge.show(Wanted(Topic.FILLS), Fills(at_ns=1))
        daemon.bridge.reply(Last(0, "done"))


class _Service:
    topics: tuple[Topic, ...] = ()
    every_ms = 1_000

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.is_living = False

    def shown(self, views: Mapping[Wanted, View]) -> None:
        pass

    async def run(self) -> None:
        if self.error is not None:
            raise self.error
        self.is_living = True
        try:
            await asyncio.Event().wait()
        finally:
            self.is_living = False


def test_services_live_as_long_as_it_does_and_one_that_fails_is_logged_and_takes_nothing_with_it(tmp_path: Path) -> None:
    good, bad = _Service(), _Service(RuntimeError("port taken"))
    with Daemon(tmp_path / "c.sock", services=(bad, good)) as daemon:
        until(lambda: good.is_living)
        until(lambda: daemon.logs("operator service ended"))
        with Raw(daemon.path).greeted() as client:
            assert isinstance(client.say(Ask(id=1, topic=Topic.FILLS)).hear(), Shown)
    assert not good.is_living
    assert daemon.logs("operator service ended") == [{"service": "_Service", "why": "RuntimeError: port taken"}]


def test_one_that_hangs_holds_the_end_of_trading_up_no_longer_than_it_may(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "STOP_S", 0.05)
    released = threading.Event()

    class Blocking(_Service):
        async def run(self) -> None:
            released.wait(20)

    logged: list[tuple[int, str]] = []
    thread = OperatorThread(
        ControlServer(tmp_path / "c.sock", Bridge(), WELCOME), (Blocking(),), lambda level, what, **_: logged.append((level, what))
    )
    thread.start()
    thread.stop(Last(0, "done"))
    released.set()
    assert logged == [(logging.WARNING, "operator thread hangs")]
    until(lambda: "operator" not in [one.name for one in threading.enumerate()])


def test_an_error_that_nobody_foresaw_ends_the_thread_and_is_logged_and_nothing_is_raised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    end = ControlServer.end

    async def broken(server: ControlServer, last: Last) -> None:
        await end(server, last)
        raise ZeroDivisionError("a fault of ours")

    with Daemon(tmp_path / "c.sock") as daemon:
        monkeypatch.setattr(ControlServer, "end", broken)
        daemon.thread.stop(Last(0, "done"))
    assert daemon.logs("operator thread ended") == [{"why": "ZeroDivisionError: a fault of ours"}]
