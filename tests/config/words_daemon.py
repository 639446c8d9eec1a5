"""Test words of the verbs that speak to the daemon: a folder with settings and perhaps a daemon in it, and a command line."""

import argparse
import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config.daemon_words import add_socket, add_to_resume
from config.refusals import SaidNo
from config.settings import BadSettings
from config.verbs import cancel, order, pause, set, status  # noqa: A004 (a verb is named as it is typed)
from connectors.operator.control.protocol import SOCKET_NAME
from tests.connectors.operator.control.words_control import Daemon


class Place:
    """Settings whose state folder is our own."""

    def __init__(self, folder: Path, more: str = "") -> None:
        self.state = folder / "state"
        self.config = folder / "live.toml"
        self.config.write_text(f'[live]\nstate = "{self.state}"\n{more}')

    @contextmanager
    def daemon(self) -> Iterator[Daemon]:
        with Daemon(self.state / SOCKET_NAME) as running:
            yield running

    def typed(self, verb: str, *words: str) -> int:
        """The verb with these settings."""
        return typed(verb, "--config", str(self.config), *words)


def typed(*words: str) -> int:
    """What run_bot.py does with them."""
    parser = argparse.ArgumentParser(prog="run_bot.py")
    verbs = parser.add_subparsers(dest="verb", required=True)
    for module in (status, pause, cancel, set, order):
        module.add_words(verbs)
    resume, kill = verbs.add_parser("resume"), verbs.add_parser("kill")
    add_to_resume(resume)
    add_socket(kill)
    kill.add_argument("--why", default="")
    kill.add_argument("--host")
    for name in ("--slug", "--event"):
        kill.add_argument(name, action="append", default=[])
    for one in (resume, kill):
        one.add_argument("--config", type=Path)
    chosen = parser.parse_args(words)
    try:
        code: int = importlib.import_module(f"config.verbs.{chosen.verb}").run(chosen)
    except BadSettings as error:
        print(error, file=sys.stderr)
        return 2
    except SaidNo as error:
        print(error, file=sys.stderr)
        return 3
    return code
