"""Between clients and trading side: stories from the journal, services that look too. (Questions and pictures over a real socket: test_server.py.)"""

import asyncio
import logging
import threading
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from connectors.operator.control import switchboard as module
from connectors.operator.control.bridge import Wanted
from connectors.operator.control.protocol import Ask, Do, Pause, Shown
from oms.values.panels import Story, Topic, View
from tests.connectors.operator.control.words_control import Daemon, Raw, until

ENGINE = ("as the engine tells it",)


def told(daemon: Daemon) -> tuple[str, ...]:
    with Raw(daemon.path).greeted() as client:
        shown = client.say(Ask(id=1, topic=Topic.STORY, subject="1-1")).hear()
    assert isinstance(shown, Shown)
    assert isinstance(shown.view, Story)
    return shown.view.lines


def test_a_story_is_told_from_the_journal_which_is_read_in_another_thread(tmp_path: Path) -> None:
    asked: list[tuple[str, str]] = []

    def teller(order_id: str) -> tuple[str, ...]:
        asked.append((order_id, threading.current_thread().name.partition("_")[0]))
        return ("from the journal",)

    with Daemon(tmp_path / "c.sock", teller) as daemon:
        assert told(daemon) == ("from the journal",)
    assert asked == [("1-1", "story")]


def test_without_a_journal_or_an_entry_in_it_the_story_is_the_engines_own(tmp_path: Path) -> None:
    for teller in (None, lambda _order_id: ()):
        with Daemon(tmp_path / "c.sock", teller) as daemon:
            assert told(daemon) == ENGINE
        assert [pairs for level, _, pairs in daemon.logged if level >= logging.WARNING] == []


def test_a_journal_that_cannot_be_read_is_logged_and_the_story_is_the_engines_own(tmp_path: Path) -> None:
    def teller(_order_id: str) -> tuple[str, ...]:
        raise OSError(5, "Input/output error")

    with Daemon(tmp_path / "c.sock", teller) as daemon:
        assert told(daemon) == ENGINE
    assert daemon.logs("story not told") == [{"why": "OSError: [Errno 5] Input/output error"}]


def test_a_journal_that_takes_too_long_holds_nobody_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TELL_S", 0.05)
    done = threading.Event()

    def teller(_order_id: str) -> tuple[str, ...]:
        done.wait(20)
        return ("too late",)

    with Daemon(tmp_path / "c.sock", teller) as daemon:
        assert told(daemon) == ENGINE
        assert told(daemon) == ENGINE, "the second waits in a row behind the first, and no longer than it may"
        done.set()
    assert [pairs["why"] for pairs in daemon.logs("story not told")] == ["the journal took longer than 0.05 s"] * 2


class Looker:
    """A service that looks at the overview."""

    topics = (Topic.OVERVIEW,)
    every_ms = 200

    def __init__(self) -> None:
        self.seen: list[Wanted] = []

    def shown(self, views: Mapping[Wanted, View]) -> None:
        self.seen += views

    async def run(self) -> None:
        await asyncio.Event().wait()


def test_a_service_is_shown_what_it_wants_and_the_trading_side_is_told_so(tmp_path: Path) -> None:
    looker = Looker()
    with Daemon(tmp_path / "c.sock", services=(looker,)) as daemon:
        assert daemon.bridge.watched == (Wanted(Topic.OVERVIEW),)
        assert daemon.bridge.every_ns == 200_000_000
        until(lambda: len(looker.seen) >= 2)
    assert looker.seen[0] == Wanted(Topic.OVERVIEW)


def test_a_service_that_fails_at_a_picture_is_logged_and_clients_are_shown_it(tmp_path: Path) -> None:
    class Clumsy(Looker):
        def shown(self, views: Mapping[Wanted, View]) -> None:
            raise KeyError(len(views))

    with Daemon(tmp_path / "c.sock", services=(Clumsy(),)) as daemon:
        with Raw(daemon.path).greeted() as client:
            assert isinstance(client.say(Ask(id=1, topic=Topic.OVERVIEW)).hear(), Shown)
        until(lambda: daemon.logs("operator thread"))
    assert "KeyError: 1" in str(daemon.logs("operator thread")[0]["why"])


def test_instructions_are_logged_by_name_with_who_gave_them(tmp_path: Path) -> None:
    with Daemon(tmp_path / "c.sock") as daemon, Raw(daemon.path).greeted("dashboard") as client:
        client.say(Do(id=1, what=Pause(why="a secret reason"))).hear()
        assert daemon.logs("instruction") == [{"client": "dashboard#1", "instruction": "Pause"}]


def test_who_has_gone_waits_for_no_answer_and_keeps_no_place(tmp_path: Path) -> None:
    with Daemon(tmp_path / "c.sock") as daemon:
        daemon.hangs = True
        with Raw(daemon.path).greeted() as client:
            client.say(Do(id=1, what=Pause()))
            until(lambda: daemon.bridge.has_waiting)
        until(lambda: daemon.logs("client gone"))
        daemon.hangs = False
        until(lambda: daemon.heard)
        time.sleep(0.01)  # the answer to nobody arrives
    assert [pairs for level, _, pairs in daemon.logged if level >= logging.WARNING] == []
