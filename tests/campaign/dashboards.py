"""Dashboards that are killed while a run goes on: what the daemon commands is the same as if nobody had ever looked.

The demo runs in a process of its own with its socket, in virtual time, so that one seed decides every command. Real dashboards, each in a terminal
of its own, come, show the run, are given keys that only look, and are killed with SIGKILL at a random moment; between them plain clients that watch
everything, which are killed at any moment from their start on, some of them after they stopped reading.
"""

import json
import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import msgspec

from tests.campaign.judge import Finding
from tests.campaign.size import SEED, Say, Size
from tests.campaign.sockets_processes import Process, wait_for
from tests.campaign.terminals import LOOKING, SIZES, PlainClient, Terminal

_AT_ONCE: Final = 4
_DASHBOARDS_A_PLAIN: Final = 4
"""One plain client comes on so many dashboards,"""
_STOPS_READING: Final = 0.3
"""and of these so many stop reading before they are killed."""
_RUNS_MAX: Final = 40
"""A run that is over before the last one was killed is followed by the same again."""
_END_S: Final = 600.0
_AFTER_S: Final = 2.0
"""A dashboard that has shown something is killed within so long,"""
_FROM_START_S: Final = 1.5
"""a plain client within so long of its start, or of its first picture."""


class Life(msgspec.Struct, frozen=True):
    """Of one that was killed."""

    is_dashboard: bool
    keys: int = 0
    pictures: int = 0
    """That a plain client had seen."""
    wrong: str = ""


class Demo(Process):
    """One run, watched or not."""

    def __init__(self, folder: Path, name: str, size: Size, *, watched: bool) -> None:
        self.report = folder / f"{name}.json"
        self.socket = folder / f"{name}.sock"
        speed = size.watched_speed if watched else 0
        words = ["demo", "--no-dashboard", f"--speed={speed:g}", f"--seconds={size.watched_seconds}", f"--seed={SEED}", f"--report={self.report}"]
        super().__init__(name, folder, [*words, f"--socket={self.socket}"] if watched else words)

    def goes_on(self) -> bool:
        """It can be looked at."""
        return self.is_alive and not self.report.exists()

    def commands_hash(self) -> str:
        """Wait for its end; what it commanded. Raises RuntimeError: it did not end as it should."""
        end_s = time.monotonic() + _END_S
        while self.is_alive and time.monotonic() < end_s:
            time.sleep(0.05)
        if self.is_alive:
            self.kill()
        if not self.report.exists():
            raise RuntimeError(f"the run ended without a report: {self.last_words()}")
        return str(json.loads(self.report.read_text(encoding="utf-8"))["commands_hash"])


def dashboards(size: Size, say: Say) -> Iterator[Finding]:
    """As many as are asked for, over as many runs as that takes."""
    what = f"{size.dashboards} dashboards killed while a run goes on"
    with TemporaryDirectory(prefix="steelyard-looks-") as name:
        folder = Path(name)
        try:
            alone = Demo(folder, "alone", size, watched=False)
            alone.start()
            wanted = alone.commands_hash()
            lives, hashes = _watched_runs(folder, size, say)
        except RuntimeError as error:
            yield Finding(what=what, ok=False, figures=str(error))
            return
    yield verdict(what, size, lives, wanted, hashes)


def _watched_runs(folder: Path, size: Size, say: Say) -> tuple[list[Life], list[str]]:
    """Run after run until everybody was killed. Raises RuntimeError."""
    lives: list[Life] = []
    hashes: list[str] = []
    total = size.dashboards + -(-size.dashboards // _DASHBOARDS_A_PLAIN)
    left = random.Random(SEED).sample(range(total), total)
    while left and len(hashes) < _RUNS_MAX:
        run = Demo(folder, f"run{len(hashes)}", size, watched=True)
        run.start()
        try:
            wait_for(run.socket.exists, run, "the run cannot be watched")
            with ThreadPoolExecutor(_AT_ONCE) as workers:
                lived = list(workers.map(partial(_life, run, size), left))
            hashes.append(run.commands_hash())
        finally:
            if run.is_alive:
                run.kill()
        lives += [life for life in lived if life is not None]
        left = [number for number, life in zip(left, lived, strict=True) if life is None]
        say(f"run {len(hashes)}: {len(lives)}/{total} killed")
    return lives, hashes


def verdict(what: str, size: Size, lives: list[Life], wanted: str, hashes: list[str]) -> Finding:
    """`wanted`: the hash without anybody; `hashes`: of the runs that were looked at."""
    shown = [life for life in lives if life.is_dashboard and not life.wrong]
    plain = [life for life in lives if not life.is_dashboard]
    wrong = [life.wrong for life in lives if life.wrong]
    keys, pictures = sum(life.keys for life in shown), sum(life.pictures for life in plain)
    figures = (
        f"{len(shown)} dashboards had shown the run, were pressed {keys} keys and killed; {len(plain)} plain clients killed, which saw {pictures:,}"
        f" pictures; {len(hashes)} runs with commands_hash {wanted[:12]}, as without anybody"
    )
    differing = [found for found in hashes if found != wanted]
    if differing:
        figures = f"commands_hash {differing[0][:12]}, without anybody {wanted[:12]}; {len(differing)} of {len(hashes)} runs differ"
    elif wrong:
        figures = f"{len(wrong)} wrong, the first: {wrong[0]}"
    return Finding(what=what, ok=not differing and not wrong and len(shown) >= size.dashboards and pictures > 0, figures=figures)


def _life(run: Demo, size: Size, number: int) -> Life | None:
    """Its whole life; None: the run was over before its end."""
    if not run.goes_on():
        return None
    dice = random.Random(f"{SEED} {number}")
    if number < size.dashboards:
        return _dashboard_life(run, SIZES[number % 2], dice)
    return _plain_life(run, dice, sees=(number - size.dashboards) % 2 == 0)


def _dashboard_life(run: Demo, size: tuple[int, int], dice: random.Random) -> Life | None:
    terminal = Terminal(run.socket, *size)
    keys = 0
    try:
        if not terminal.shows(run.goes_on):
            return Life(is_dashboard=True, wrong=f"a dashboard showed nothing: {terminal.last_words()!r}") if run.goes_on() else None
        end_s = time.monotonic() + dice.uniform(0, _AFTER_S)
        while time.monotonic() < end_s and terminal.is_alive:
            terminal.press(dice.choice(LOOKING))
            keys += 1
            terminal.watch(min(dice.uniform(0.02, 0.3), max(0.0, end_s - time.monotonic())))
        if not terminal.is_alive:
            return Life(is_dashboard=True, wrong=f"a dashboard ended by itself: {terminal.last_words()!r}")
        return Life(is_dashboard=True, keys=keys) if run.goes_on() else None
    finally:
        terminal.kill()


def _plain_life(run: Demo, dice: random.Random, *, sees: bool) -> Life | None:
    """`sees`: it has seen something before its moment can come."""
    client = PlainClient(run.socket)
    if sees:
        client.sees(run.goes_on)
    time.sleep(dice.uniform(0, _FROM_START_S))
    if dice.random() < _STOPS_READING:
        client.stop_reading()
        time.sleep(dice.uniform(0, 1))
    pictures = client.kill()
    return Life(is_dashboard=False, pictures=pictures) if run.goes_on() else None
