"""Dashboards as people have them, each in a terminal of its own; and plain clients that watch everything. All of them can be killed at any moment."""

import os
import pty
import select
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from connectors.operator.terminal.keys import TABS
from tests.config.words_runs import BOT, environment

SIZES: Final = ((80, 24), (200, 60))
PICTURE: Final = "✓ picture".encode()
"""Stands in the head of every screen, but only once the daemon has shown something."""
SCREENS: Final = tuple(tab.name for tab in TABS)
LOOKING: Final = (*[tab.key for tab in TABS], *"jk?rst", "\r", "\t", "\x1b")
"""Keys that only look: screens, rows, help, sorting, themes, Enter for a ladder or a story, Esc back from it."""
START_S: Final = 90.0
"""A dashboard that shows nothing by then, even on a busy machine, never will."""
_CLIENT: Final = Path(__file__).with_name("plain_client.py")
_PIECE: Final = 65_536


class Terminal:
    """A dashboard in a terminal of `columns` × `lines` that nobody looks at."""

    def __init__(self, socket: Path, columns: int, lines: int) -> None:
        self._drawn = b""
        self._master, slave = pty.openpty()
        termios.tcsetwinsize(slave, (lines, columns))
        told = environment({"TERM": "xterm-256color", "COLUMNS": str(columns), "LINES": str(lines)})
        try:
            line = [*BOT, "dashboard", "--socket", str(socket)]
            self._process = subprocess.Popen(line, stdin=slave, stdout=slave, stderr=slave, env=told, start_new_session=True)
        finally:
            os.close(slave)

    def shows(self, goes_on: Callable[[], bool], sign: bytes = PICTURE) -> bool:
        """Wait until it has drawn this since the last time. False: `goes_on` said no, it ended by itself, or START_S is over."""
        end_s = time.monotonic() + START_S
        while sign not in self._drawn:
            if not goes_on() or not self.is_alive or time.monotonic() > end_s:
                return False
            self.watch(0.05)
        self._drawn = b""
        return True

    @property
    def is_alive(self) -> bool:
        """It has not ended by itself."""
        return self._process.poll() is None

    def press(self, key: str) -> None:
        """One key."""
        with suppress(OSError):  # it has just ended; whoever presses looks whether it lives
            os.write(self._master, key.encode())

    def watch(self, seconds: float) -> None:
        """Take what it draws for so long: a terminal that nobody reads would stop it."""
        end_s = time.monotonic() + seconds
        while (left_s := end_s - time.monotonic()) > 0:
            if select.select([self._master], [], [], left_s)[0]:
                try:
                    self._drawn = (self._drawn + os.read(self._master, _PIECE))[-2 * _PIECE :]
                except OSError:  # it has gone, and the terminal with it (EIO)
                    return

    def last_words(self) -> str:
        """What is on the screen, roughly; for a failure."""
        return self._drawn[-500:].decode(errors="replace")

    def kill(self) -> None:
        """kill −9, now."""
        self._process.kill()
        self._process.wait()
        os.close(self._master)


class PlainClient:
    """A process that watches every topic as often as it may."""

    def __init__(self, socket: Path) -> None:
        line = [sys.executable, str(_CLIENT), str(socket)]
        self._process = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment())

    def sees(self, goes_on: Callable[[], bool]) -> None:
        """Wait until it has seen something, or `goes_on` says no, or START_S is over."""
        end_s = time.monotonic() + START_S
        assert self._process.stdout is not None
        while goes_on() and time.monotonic() < end_s and not select.select([self._process.stdout], [], [], 0.05)[0]:
            pass

    def stop_reading(self) -> None:
        """It stays connected and takes nothing any more, until it is killed."""
        self._process.send_signal(signal.SIGSTOP)

    def kill(self) -> int:
        """kill −9, now; how many pictures it had seen."""
        self._process.kill()
        told, _ = self._process.communicate()
        return told.count(b"\n")
