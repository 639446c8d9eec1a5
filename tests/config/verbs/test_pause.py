"""`pause`: all of it or one market, and what comes of it."""

from pathlib import Path

import pytest

from connectors.operator.control.bridge import Reply
from connectors.operator.control.protocol import Pause, PauseMarket
from tests.config.words_daemon import Place


def test_everything_or_one_market_is_paused_and_the_daemons_words_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = Place(tmp_path)
    with place.daemon() as daemon:
        assert place.typed("pause", "--why", "lunch") == 0
        assert place.typed("pause", "--market", "m1") == 0
        assert [order.instruction for order in daemon.heard] == [Pause(why="lunch"), PauseMarket(market_id="m1")]
        assert capsys.readouterr().out.startswith("pause: command line#1: Pause(why='lunch')\npause: command line#2: PauseMarket(")
        daemon.answer = lambda order: Reply(order.ticket, ok=False, text="it is halted already")
        assert place.typed("pause") == 3
        assert capsys.readouterr().err == "run_bot.py: it is halted already\n"


def test_without_a_daemon_nothing_is_paused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert Place(tmp_path).typed("pause") == 3
    assert "no daemon answers there" in capsys.readouterr().err
