import argparse
import asyncio
import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest

from config.verbs import dashboard
from config.verbs.dashboard import NoTerminal
from connectors.operator.control.bridge import Bridge, Last
from connectors.operator.control.link import ControlLink
from connectors.operator.control.server import ControlServer
from connectors.operator.terminal.app import Dashboard
from tests.connectors.operator.terminal import made_up, made_up_days

ROOT = Path(__file__).parents[3]


def words(*typed: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    dashboard.add_words(parser.add_subparsers(dest="verb"))
    return parser.parse_args(["dashboard", *typed])


def test_without_a_terminal_one_line_says_what_to_use_instead(tmp_path: Path) -> None:
    with pytest.raises(NoTerminal, match=r"no terminal.*run_bot\.py status"):
        dashboard.run(words("--socket", str(tmp_path / "none.sock")))


def test_its_words_load_no_screen() -> None:
    code = (
        "import sys, argparse, config.verbs.dashboard as d; d.add_words(argparse.ArgumentParser().add_subparsers()); print('textual' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.strip() == "False"


def test_it_shows_what_a_daemon_shows_over_its_socket(tmp_path: Path) -> None:
    async def scene() -> tuple[str, str]:
        bridge = Bridge()
        server = ControlServer(tmp_path / "control.sock", bridge, made_up.WELCOME)
        await server.start()
        app = Dashboard(ControlLink(tmp_path / "control.sock", dashboard.NAME))
        async with app.run_test(size=(80, 24)) as pilot:
            for _ in range(200):
                for wanted in bridge.watched:
                    bridge.show(wanted, made_up_days.everything()[wanted.topic])
                await pilot.pause(0.02)
                if app.sight.overview is not None:
                    break
            seen = app.sight.overview
            await server.end(Last(0, "the daemon is over"))
            for _ in range(200):
                await pilot.pause(0.02)
                if app.sight.last_words is not None:
                    break
            return "" if seen is None else seen.verb, "" if app.sight.last_words is None else app.sight.last_words.text

    assert asyncio.run(scene()) == ("paper", "the daemon is over")


def test_on_a_real_terminal_it_draws_and_q_ends_it_with_0(tmp_path: Path) -> None:
    code = f"import sys; from pathlib import Path; from config.verbs.dashboard import show; sys.exit(show(Path({str(tmp_path / 'none.sock')!r})))"
    master, slave = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "80", "LINES": "24"}
    run = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdin=slave, stdout=slave, stderr=slave, env=environment)
    os.close(slave)
    drawn, until = b"", time.monotonic() + 60
    while run.poll() is None and time.monotonic() < until:
        if select.select([master], [], [], 0.1)[0]:
            try:
                drawn += os.read(master, 65_536)
            except OSError:
                break
        if b"STEELYARD" in drawn and b"no daemon yet" in drawn:
            os.write(master, b"q")
    run.wait(30)
    os.close(master)
    assert b"no daemon yet" in drawn
    assert run.returncode == 0
