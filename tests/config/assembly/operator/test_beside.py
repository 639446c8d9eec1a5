"""The demo on a terminal: the dashboard opens by itself, is steered with keys, and when it is closed the run ends with its summary.

In a real terminal (tmux), because nothing else behaves like one.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.assembly.operator.beside import with_dashboard
from tests.config.words_runs import BOT
from tests.conftest import ROOT

WITHIN_S = 60.0


class Terminal:
    """One pane of 100 by 30 signs."""

    def __init__(self, name: str, words: list[str]) -> None:
        assert shutil.which("tmux"), "tmux is missing, and a real terminal is needed: apt-get install tmux"
        self._socket = name
        self._tmux("new-session", "-d", "-s", "it", "-x", "100", "-y", "30", "-c", str(ROOT), "sh")
        self._tmux("send-keys", "-t", "it", " ".join(words) + "; echo ended with $?", "Enter")

    def _tmux(self, *words: str) -> str:
        return subprocess.run(["tmux", "-L", self._socket, *words], capture_output=True, text=True, check=True).stdout

    def press(self, *keys: str) -> None:
        self._tmux("send-keys", "-t", "it", *keys)

    def shows(self, *texts: str) -> str:
        """Wait until all of them are to be seen."""
        end_s = time.monotonic() + WITHIN_S
        while True:
            seen = self._tmux("capture-pane", "-t", "it", "-p", "-S", "-60")
            if all(text in seen for text in texts):
                return seen
            assert time.monotonic() < end_s, f"{texts} were not shown:\n{seen}"
            time.sleep(0.1)

    def pane_pid(self) -> int:
        """The shell's."""
        return int(self._tmux("display-message", "-p", "-t", "it", "#{pane_pid}"))

    def close(self) -> None:
        subprocess.run(["tmux", "-L", self._socket, "kill-server"], capture_output=True, check=False)


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    opened = Terminal(f"steelyard-{os.getpid()}-{tmp_path.name}", [*BOT, "demo", "--seed", "7"])
    yield opened
    opened.close()


def test_a_whole_session_in_a_terminal(terminal: Terminal) -> None:
    terminal.shows("STEELYARD", "DEMO", "overview", "EQUITY")
    for key, shown in (("2", "MARKETS"), ("3", "OPEN ORDERS"), ("4", "HOLDINGS"), ("6", "turn"), ("7", "LOG"), ("1", "EQUITY")):
        terminal.press(key)
        terminal.shows(shown)
    terminal.press("p")
    terminal.shows("▲ paused", "p resume")
    terminal.press("p")
    terminal.shows("Trade again?")
    terminal.press("y")
    terminal.shows("● trading", "p pause")
    terminal.press("?")
    terminal.shows("Quit the dashboard")
    terminal.press("Escape")
    terminal.shows("EQUITY")
    terminal.press("q")
    terminal.shows("money is conserved", "ended with 0")


def test_kill_halts_the_run_at_once_and_its_exit_code_says_so(terminal: Terminal) -> None:  # kill never asks
    terminal.shows("STEELYARD", "trading")
    terminal.press("K")
    terminal.shows("42", "halted")
    terminal.press("C-c")  # as `q`
    terminal.shows("nothing is open", "ended with 42")


def test_a_run_that_does_not_begin_tells_why_and_no_screen_opens(capfd: pytest.CaptureFixture[str]) -> None:
    shown: list[Path] = []
    assert with_dashboard(["demo", "--no-dashboard", "--config", "/no/such/file"], shown.append) == 2
    assert not shown
    assert "/no/such/file" in capfd.readouterr().err


def test_a_screen_that_fails_ends_the_run_behind_it(tmp_path: Path) -> None:
    seen: list[Path] = []

    def fails(path: Path) -> None:
        seen.append(path)
        raise RuntimeError("no screen")

    with pytest.raises(RuntimeError, match="no screen"):
        with_dashboard(["demo", "--no-dashboard", "--seed", "3", "--speed", "20"], fails)
    assert seen
    assert not seen[0].parent.exists(), "its folder is left"
    running = subprocess.run(["pgrep", "-f", str(seen[0])], capture_output=True, text=True, check=False).stdout
    assert not running, f"{sys.argv[0]}: the run goes on"


def test_what_a_closed_terminal_left_behind_is_swept_by_the_next_demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    left, held, others = (tmp_path / name for name in ("steelyard-demo-999999999-x", f"steelyard-demo-{os.getpid()}-x", "steelyard-demo-notes"))
    for folder in (left, held, others):
        (folder / "journal").mkdir(parents=True)
    assert with_dashboard(["demo", "--no-dashboard", "--config", "/no/such/file"], print) == 2
    assert sorted(tmp_path.iterdir()) == sorted([held, others])


def test_when_the_terminal_is_closed_the_run_behind_it_ends(terminal: Terminal) -> None:
    terminal.shows("STEELYARD", "trading")
    (pid,) = _children(terminal.pane_pid())
    (run,) = _children(pid)
    assert "--no-dashboard" in _words_of(run)
    terminal.close()
    end_s = time.monotonic() + WITHIN_S
    while "--no-dashboard" in _words_of(run):
        assert time.monotonic() < end_s, "the run goes on behind a terminal that is gone"
        time.sleep(0.1)


def _children(pid: int) -> list[int]:
    return [int(word) for word in subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False).stdout.split()]


def _words_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(errors="replace")
    except OSError:
        return ""
