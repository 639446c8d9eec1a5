"""The log in a file: bounded, private, without secrets, and never a reason to stop."""

import logging
from pathlib import Path

import pytest

from config.log_file import InFile, LogFileFailed, in_file
from config.logs import SECRETS, on_stderr, room, say


def test_what_is_told_on_stderr_is_in_the_file_too_and_levels_are_honoured(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:  # req 2.59
    path = tmp_path / "bot.log"
    with on_stderr("warning"), in_file(path, 10_000, 2):
        say(room("run"), logging.WARNING, "kept", title="a\nlevel=error forged")
        say(room("run"), logging.INFO, "not asked for")
    lines = path.read_text().splitlines()
    assert len(lines) == 1
    assert lines[0] in capsys.readouterr().err
    assert r'title="a\nlevel=error forged"' in lines[0]
    say(room("run"), logging.WARNING, "after the end")
    assert len(path.read_text().splitlines()) == 1


def test_together_the_files_take_no_more_than_was_said(tmp_path: Path) -> None:
    path = tmp_path / "bot.log"
    with on_stderr("warning"), in_file(path, 2_000, 3):
        for number in range(500):
            say(room("run"), logging.WARNING, "entry", number=number)
    files = sorted(tmp_path.iterdir())
    assert [file.name for file in files] == ["bot.log", "bot.log.1", "bot.log.2", "bot.log.3"]
    assert all(file.stat().st_size <= 2_000 for file in files)
    numbers = [int(line.rpartition("number=")[2]) for file in reversed(files) for line in file.read_text().splitlines()]
    assert numbers == list(range(numbers[0], 500))  # the latest, in order, none twice and none missing


def test_it_goes_on_where_an_earlier_process_ended(tmp_path: Path) -> None:
    path = tmp_path / "bot.log"
    for _ in range(2):
        with on_stderr("warning"), in_file(path, 10_000, 2):
            say(room("run"), logging.WARNING, "begins")
    assert len(path.read_text().splitlines()) == 2


def test_only_its_owner_may_read_it_also_after_it_was_turned_over(tmp_path: Path) -> None:
    with on_stderr("warning"), in_file(tmp_path / "bot.log", 500, 1):
        for number in range(20):
            say(room("run"), logging.WARNING, "entry", number=number)
    assert [file.stat().st_mode & 0o777 for file in sorted(tmp_path.iterdir())] == [0o600, 0o600]


def test_a_secret_is_in_no_file(tmp_path: Path) -> None:
    SECRETS.register("tell-nobody-of-this")
    path = tmp_path / "bot.log"
    with on_stderr("warning"), in_file(path, 10_000, 1):
        say(room("run"), logging.WARNING, "odd", url="https://api/bottell-nobody-of-this/x")
    assert "nobody" not in path.read_text()
    assert "[secret]" in path.read_text()


def test_a_file_that_cannot_be_begun_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(LogFileFailed, match=r"no log can be written there \(No such file or directory\); name another file with log\.file"):  # noqa: SIM117
        with in_file(tmp_path / "no" / "bot.log", 1, 1):
            pass
    assert logging.getLogger().handlers == [handler for handler in logging.getLogger().handlers if not isinstance(handler, InFile)]


def test_a_full_disk_costs_entries_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    with on_stderr("warning"), in_file(Path("/dev/full"), 0, 0) as handler:
        for _ in range(3):
            say(room("run"), logging.WARNING, "entry")
        assert handler is not None
        assert handler.lost == 3
    assert "Traceback" not in capsys.readouterr().err


def test_a_folder_that_goes_away_costs_entries_and_nothing_else(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    with on_stderr("warning"), in_file(folder / "bot.log", 200, 1) as handler:
        say(room("run"), logging.WARNING, "entry")
        folder.rename(tmp_path / "moved")
        for number in range(5):
            say(room("run"), logging.WARNING, "entry", text="x" * 100, number=number)
        assert handler is not None
        assert handler.lost > 0
    assert "Traceback" not in capsys.readouterr().err


def test_no_file_is_written_where_none_is_named() -> None:
    with on_stderr("warning"), in_file(None, 1, 1) as handler:
        assert handler is None
