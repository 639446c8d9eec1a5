"""`resume`: takes a halt away and tells what it said; without one it changes nothing. With a running daemon it ends a pause."""

from pathlib import Path

import pytest

import run_bot
from config.assembly.latch import Latch
from config.assembly.live import KILL_NAME, LATCH_NAME
from connectors.operator.control.bridge import Reply
from connectors.operator.control.protocol import Resume, ResumeMarket
from tests.config.words_daemon import Place
from tests.config.words_live import Trader


@pytest.fixture
def trader(tmp_path: Path) -> Trader:
    return Trader(tmp_path)


@pytest.mark.parametrize(
    ("verified", "told"),
    [
        (True, "nothing was open then"),
        (False, "it could NOT be verified that nothing was open"),
        (None, "nobody had looked whether anything was open"),
    ],
)
def test_a_halt_is_taken_away_and_told(trader: Trader, capsys: pytest.CaptureFixture[str], verified: bool | None, told: str) -> None:  # noqa: FBT001
    path, latch = trader.files(), Latch(trader.state / LATCH_NAME)
    latch.set("a guard", verified=verified)
    (trader.state / KILL_NAME).touch()
    assert run_bot.main(["resume", "--config", str(path)]) == 0
    said = capsys.readouterr().out
    assert "is taken away (a guard; " in said
    assert told in said
    assert "this does not start it" in said
    assert latch.halt() is None
    assert not (trader.state / KILL_NAME).exists()


def test_without_a_halt_nothing_is_changed(trader: Trader, capsys: pytest.CaptureFixture[str]) -> None:
    path = trader.files()
    assert run_bot.main(["resume", "--config", str(path)]) == 0
    assert "there was no halt; nothing was changed" in capsys.readouterr().out
    assert not trader.state.exists()


def test_a_latch_that_cannot_be_read_counts_as_set_and_can_be_taken_away(trader: Trader, capsys: pytest.CaptureFixture[str]) -> None:
    path = trader.files()
    trader.state.mkdir()
    (trader.state / LATCH_NAME).write_bytes(b"\xff")
    assert run_bot.main(["resume", "--config", str(path)]) == 0
    assert "says nothing readable" in capsys.readouterr().out


def test_what_cannot_be_taken_away_is_named(trader: Trader, capsys: pytest.CaptureFixture[str]) -> None:
    path = trader.files()
    (trader.state / KILL_NAME).mkdir(parents=True)
    assert run_bot.main(["resume", "--config", str(path)]) == 3
    assert "the kill file could not be taken away" in capsys.readouterr().err
    (trader.state / LATCH_NAME).mkdir()
    assert run_bot.main(["resume", "--config", str(path)]) == 3
    assert "the latch could not be taken away" in capsys.readouterr().err


def test_a_running_daemon_is_resumed_and_no_latch_is_looked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = Place(tmp_path)
    with place.daemon() as daemon:
        assert place.typed("resume") == 0
        assert place.typed("resume", "--market", "m1") == 0
        assert run_bot.main(["resume", "--socket", str(daemon.path)]) == 0
        assert [order.instruction for order in daemon.heard] == [Resume(), ResumeMarket(market_id="m1"), Resume()]
    said = capsys.readouterr().out
    assert said.startswith("resume: command line#1: Resume(why='')\nresume: command line#2: ResumeMarket(")
    assert "halt" not in said


def test_a_daemon_that_went_on_in_spite_of_a_latch_is_resumed_and_both_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = Place(tmp_path)
    latch = Latch(place.state / LATCH_NAME)
    with place.daemon():
        latch.set("a guard", verified=True)
        assert place.typed("resume", "--market", "m1") == 0
        assert latch.halt() is not None, "a market is not all of it"
        assert place.typed("resume") == 0
    said = capsys.readouterr().out
    assert "resume: command line#2: Resume(why='')\n" in said
    assert "is taken away (a guard; nothing was open then)\n      process 77 had gone on all the same, and goes on" in said
    assert latch.halt() is None


def test_a_daemon_that_is_halting_keeps_its_latch(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = Place(tmp_path)
    latch = Latch(place.state / LATCH_NAME)
    with place.daemon() as daemon:
        latch.set("a guard")
        daemon.answer = lambda order: Reply(order.ticket, ok=False, text="it is halted: a guard")
        assert place.typed("resume") == 3
    assert capsys.readouterr().err == "run_bot.py: resume: it is halted: a guard; nothing was changed (process 77 still runs)\n"
    assert latch.halt() is not None


def test_a_market_of_a_daemon_that_does_not_run_is_not_resumed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = Place(tmp_path)
    Latch(place.state / LATCH_NAME).set("a guard")
    assert place.typed("resume", "--market", "m1") == 3
    assert "no daemon answers there" in capsys.readouterr().err
    assert Latch(place.state / LATCH_NAME).halt() is not None
    assert place.typed("resume") == 0
