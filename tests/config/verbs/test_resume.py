"""`resume`: takes a halt away and tells what it said; without one it changes nothing."""

from pathlib import Path

import pytest

import run_bot
from config.assembly.latch import Latch
from config.assembly.live import KILL_NAME, LATCH_NAME
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
