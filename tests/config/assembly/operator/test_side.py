"""The talking side of a run: who may look finds it, what cannot be had is named, stories come from the journal, and the last words are told."""

import asyncio
import logging
import socket
import stat
import threading
import time
from concurrent.futures import Future
from pathlib import Path

import pytest

from config.assembly.demo import Demo
from config.assembly.joined import Keep
from config.assembly.operator.side import CannotBeWatched, served, story_of
from config.assembly.operator.steward import Steward
from config.logs import room
from config.settings import FOLDER, Settings, load
from connectors.operator.control.bridge import Last
from connectors.operator.control.client import ControlClient
from connectors.operator.control.protocol import Ended
from oms.state import EngineSettings, State
from oms.values.panels import Alerts, Overview, Topic, View
from tests.config.assembly.operator.words_operator import given_steward


def given_settings(**metrics: object) -> Settings:
    return load(FOLDER / "demo.toml", {f"STEELYARD__METRICS__{name.upper()}": str(value) for name, value in metrics.items()})


class Trading(threading.Thread):
    """A run that does nothing but look whether somebody wants something."""

    def __init__(self, steward: Steward) -> None:
        super().__init__(daemon=True)
        self.steward = steward
        self.over = threading.Event()

    def run(self) -> None:
        while not self.over.wait(0.002):
            self.steward.look(1)


def asked(path: Path, topic: Topic) -> View:
    async def ask() -> View:
        client = await ControlClient.connect(path, "test", 5.0)
        try:
            return await client.ask(topic)
        finally:
            await client.close()

    return asyncio.run(ask())


def test_whoever_owns_the_socket_is_shown_the_run_and_its_log_and_hears_how_it_ended(tmp_path: Path) -> None:
    steward, path = given_steward(State(EngineSettings())), tmp_path / "folder" / "s"
    trading = Trading(steward)
    trading.start()
    with served(steward, "demo", path, given_settings()) as side:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert isinstance(asked(path, Topic.OVERVIEW), Overview)
        room("run").error("something happened")
        alerts = asked(path, Topic.ALERTS)
        assert isinstance(alerts, Alerts)
        assert any("something happened" in row.text for row in alerts.log)
        last = _last_words(path, side_ends=lambda: setattr(side, "last", Last(42, "halted: enough")))
        trading.over.set()
    assert last.result(5) == Ended(code=42, text="halted: enough")
    assert not path.exists()
    assert steward.log not in logging.getLogger().handlers


def _last_words(path: Path, side_ends: object) -> Future[Ended]:
    """A client that waits for the end in a thread of its own."""
    found: Future[Ended] = Future()
    connected = threading.Event()

    async def wait() -> None:
        client = await ControlClient.connect(path, "waits", 5.0)
        connected.set()
        async for told in client:
            if isinstance(told, Ended):
                await client.close()
                found.set_result(told)
                return

    threading.Thread(target=lambda: asyncio.run(wait()), daemon=True).start()
    assert connected.wait(5)
    assert callable(side_ends)
    side_ends()
    return found


def test_a_socket_that_another_daemon_answers_at_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "s"
    steward = given_steward(State(EngineSettings()))
    with served(steward, "demo", path, given_settings()):
        with pytest.raises(CannotBeWatched, match=str(path)), served(given_steward(State(EngineSettings())), "demo", path, given_settings()):
            pass
        time.sleep(0.3)  # until the first has hung up on whoever only knocked


def test_a_folder_that_cannot_be_made_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(CannotBeWatched),
        served(given_steward(State(EngineSettings())), "demo", tmp_path / "file" / "folder" / "s", given_settings()),
    ):
        pass


def test_a_port_for_figures_that_is_taken_is_told_in_the_log_and_hinders_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        steward = given_steward(State(EngineSettings()))
        trading = Trading(steward)
        trading.start()
        with served(steward, "demo", tmp_path / "s", given_settings(port=taken.getsockname()[1])):
            assert isinstance(asked(tmp_path / "s", Topic.OVERVIEW), Overview)
        trading.over.set()


def test_the_story_of_an_order_comes_from_the_journal_in_a_process_of_its_own(tmp_path: Path) -> None:
    journal = tmp_path / "j"
    demo = Demo(load(FOLDER / "demo.toml", {}), seed=3, seconds=20, keep=Keep(path=journal, run_id="demo"))
    demo.run()
    tell = story_of(journal)
    lines = tell("3-1")
    assert len(lines) > 3
    assert "3-1" in lines[0]
    assert tell("no-such-order") == ()
    assert story_of(tmp_path / "none")("3-1") == ()
