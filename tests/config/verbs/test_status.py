"""`status`: what it prints and returns, with a daemon, without one, and after a halt. (The lines themselves: tests/config/test_status_lines.py.)"""

import json
from pathlib import Path

import pytest

import run_bot
from config.assembly.latch import Latch
from config.assembly.live import LATCH_NAME
from oms.values.panels import Topic
from tests.config.words_daemon import Place


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_a_running_daemon_is_told_in_a_few_lines(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    with place.daemon() as daemon:
        assert place.typed("status") == 0
        assert run_bot.main(["status", "--socket", str(daemon.path)]) == 0
    said = capsys.readouterr().out
    assert said.count("status: demo, trading; process 77, version 1.2") == 2
    assert "1-1  BUY 20 YES at 0.45" in said


def test_json_tells_everything(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    with place.daemon():
        assert place.typed("status", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert list(found) == [topic.value for topic in Topic if topic not in {Topic.LADDER, Topic.STORY}]
    assert found["markets"]["rows"][0]["market_id"] == "m1"


def test_without_a_daemon_it_says_where_it_looked_and_whether_it_is_halted(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    assert place.typed("status") == 3
    said = capsys.readouterr().err
    assert said.startswith(f"run_bot.py: {place.state}/control.sock: no daemon answers there")
    Latch(place.state / LATCH_NAME).set("the market went mad")
    assert place.typed("status") == 3
    said = capsys.readouterr().err
    assert said.startswith(f"run_bot.py: halted until `resume` (the market went mad); {place.state}/control.sock: no daemon answers there")
    assert run_bot.main(["status", "--socket", str(place.state / "demo.sock")]) == 3
    assert "halted" not in capsys.readouterr().err


def test_settings_that_cannot_be_read_are_refused(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    place.config.write_text("[live]\nstate = 7\n")
    assert place.typed("status") == 2
    assert "live.state" in capsys.readouterr().err
