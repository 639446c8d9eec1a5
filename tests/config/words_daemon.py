"""Test words of the verbs that speak to the daemon: a folder with settings and perhaps a daemon in it; what is typed there."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import run_bot
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
        return run_bot.main([verb, "--config", str(self.config), *words])
