"""How a run ends for the person who typed it: signals, the report file, the exit code."""

import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from config.console import Progress
from config.settings import BadSettings
from config.verbs.ending import BOOKS_DISAGREE, DONE, FileSaidNo, check_report, conclude, until_stopped
from tests.config.test_console import given_view


def given_progress() -> Progress:
    return Progress(0, None, given_view)


def test_the_first_signal_asks_to_stop_and_the_second_ends_at_once() -> None:
    shown = given_progress()

    def run(progress: Progress) -> dict[str, Any]:
        os.kill(os.getpid(), signal.SIGTERM)
        assert progress.stop
        return {"said": not progress(1)}

    before = signal.getsignal(signal.SIGINT)
    assert until_stopped(shown, run) == {"said": True}
    assert signal.getsignal(signal.SIGINT) is before

    def stubborn(_progress: Progress) -> dict[str, Any]:
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)
        return {}

    with pytest.raises(SystemExit) as ended:
        until_stopped(given_progress(), stubborn)
    assert ended.value.code == 130
    assert signal.getsignal(signal.SIGINT) is before, "also then the terminal is as it was"


def test_the_exit_code_says_whether_the_books_agree() -> None:
    assert conclude(None, {"conserved": True}) == DONE == 0
    assert conclude(None, {"conserved": "at 5: something is missing"}) == BOOKS_DISAGREE == 4


def test_the_report_is_written_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.json"
    assert conclude(path, {"conserved": True, "markouts": None}) == DONE
    assert json.loads(path.read_text()) == {"conserved": True, "markouts": None}
    assert str(path) in capsys.readouterr().out


def test_a_report_that_cannot_be_written_at_the_end_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileSaidNo, match=r"gone/a\.json: the report could not be written \(No such file or directory\)"):
        conclude(tmp_path / "gone" / "a.json", {"conserved": True})


def test_a_report_that_could_not_be_written_is_refused_before_the_run(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "gone" / "a.json"):
        with pytest.raises(BadSettings, match="is a folder, or in a folder that does not exist"):
            check_report(path)
    check_report(None, tmp_path)
    check_report(tmp_path / "a.json", None, tmp_path / "b.json")


def test_a_report_is_never_written_over_a_file_of_the_run(tmp_path: Path) -> None:
    tape = tmp_path / "tape"
    tape.write_text("frames")
    link = tmp_path / "link"
    link.symlink_to(tape)
    with pytest.raises(BadSettings, match="reads or writes this very file"):
        check_report(link, None, tape)
