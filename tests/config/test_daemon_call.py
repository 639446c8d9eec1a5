"""A verb's call to the daemon: where the socket is, and that every trouble is one line with code 3."""

import argparse
from pathlib import Path

import pytest

from config.daemon_call import DaemonAway, DaemonSaidNo, NoPicture, calling, said, socket_of
from config.settings import FOLDER, BadSettings, load
from connectors.operator.control.bridge import Last, Reply
from connectors.operator.control.protocol import SOCKET_NAME, CancelAll, Ended
from oms.values.panels import Overview, Topic
from tests.config.words_daemon import Place
from tests.connectors.operator.control.words_control import WELCOME


def chosen(config: Path | None = None, socket: Path | None = None) -> argparse.Namespace:
    return argparse.Namespace(config=config, socket=socket)


def test_the_socket_is_the_one_named_or_in_the_state_folder_of_the_settings(tmp_path: Path) -> None:
    place = Place(tmp_path)
    assert socket_of(chosen(place.config)) == place.state / SOCKET_NAME
    assert socket_of(chosen(place.config, tmp_path / "demo.sock")) == tmp_path / "demo.sock"
    with pytest.raises(BadSettings, match=r"nosuch\.toml"):
        socket_of(chosen(tmp_path / "nosuch.toml"))


def test_where_nothing_is_said_paper_is_meant_only_if_it_alone_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    live, paper = (load(FOLDER / name).live.folder / SOCKET_NAME for name in ("live.toml", "paper.toml"))
    assert live != paper
    assert socket_of(chosen()) == live
    paper.parent.mkdir(parents=True)
    paper.touch()
    assert socket_of(chosen()) == paper
    live.parent.mkdir(parents=True)
    live.touch()
    assert socket_of(chosen()) == live


def test_pictures_instructions_and_refusals_come_over_one_call(tmp_path: Path) -> None:
    place = Place(tmp_path)
    with place.daemon() as daemon, calling(daemon.path) as call:
        assert call.welcome == WELCOME
        assert isinstance(call.ask(Topic.OVERVIEW), Overview)
        with pytest.raises(NoPicture, match="there is no ladder"):
            call.ask(Topic.LADDER, "m2")
        assert call.do(CancelAll()).text == "command line#1: CancelAll()"
        daemon.answer = lambda order: Reply(order.ticket, ok=False, text="halted already")
        assert not call.done(CancelAll()).ok
        with pytest.raises(DaemonSaidNo, match="halted already"):
            call.do(CancelAll())
        assert call.ended(0.01) is None
        daemon.bridge.reply(Last(42, "killed"))
        assert call.ended(5) == Ended(code=42, text="killed")
        with pytest.raises(DaemonSaidNo, match="the daemon has ended"):
            call.do(CancelAll())


def test_nobody_there_is_told_from_somebody_who_refuses(tmp_path: Path) -> None:
    with pytest.raises(DaemonAway, match="no daemon answers there"), calling(tmp_path / "c.sock"):
        pass


def test_what_a_daemon_says_cannot_move_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    said("pause", "paused “\x1b[2J\u202e”")
    assert capsys.readouterr().out == "pause: paused “\\x1b[2J\\x202e”\n"
