"""The verb `replay`, called as run_bot.py calls it."""

import os
import signal
from pathlib import Path
from typing import Any

import pytest

import run_bot
from config.assembly.replay import Replay
from tests.config.words_runs import SAMPLE, report_of
from tests.replay.words_spoilt import GOOD, given_tape


def test_lenses_tapes_and_assumptions_stand_in_the_summary(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:  # req 2.60
    assert run_bot.main(["replay", str(given_tape(tmp_path, GOOD)), "--seed", "4", "--report", str(tmp_path / "r.json")]) == 0
    told = capsys.readouterr().out
    assert told.startswith("replay: 1 tape, one wallet, merged by time\n")
    for words in ("touch", "queue", "through", "tape (steelyard): 19 frames", "Recorded books did not react to our orders"):
        assert words in told
    assert report_of(tmp_path / "r.json")["seed"] == 4


def test_a_journal_and_several_runs_do_not_go_together(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_bot.main(["replay", "--each", "--journal", "j"]) == 2
    assert "a journal belongs to one run, and --each makes several" in capsys.readouterr().err


def test_a_wish_to_stop_ends_each_at_the_tape_where_it_was_heard(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    replayed: list[Replay] = []
    run = Replay.run

    def run_and_stop(replay: Replay, *pace: Any) -> dict[str, Any]:  # noqa: ANN401 (handed on)
        replayed.append(replay)
        os.kill(os.getpid(), signal.SIGINT)
        return run(replay, *pace)

    monkeypatch.setattr(Replay, "run", run_and_stop)
    assert run_bot.main(["replay", "--each", str(SAMPLE), str(given_tape(tmp_path, GOOD))]) == 0
    assert len(replayed) == 1
    assert "replay: what became of it" in capsys.readouterr().out


def test_a_stop_outside_the_run_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(*_words: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("config.verbs.replay.open_tapes", interrupted)
    assert run_bot.main(["replay"]) == 130
    assert capsys.readouterr().err == "run_bot.py: stopped before or after the run\n"
