"""A call to the running daemon, for verbs: they have no loop, and every error is a line with exit code 3."""

import argparse
import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from config.console import folded, plain
from config.refusals import SaidNo
from config.settings import FOLDER, load
from connectors.operator.control.client import ControlClient, ControlError, NoDaemon, Unanswerable
from connectors.operator.control.protocol import SOCKET_NAME, Answer, Ended, Instruction, Shown, Welcome
from oms.values.panels import Topic, View

NAME: Final = "command line"


class DaemonSaidNo(SaidNo):
    """There is no daemon, it did not answer, or it refused; one line says which, and what to do."""


class DaemonAway(DaemonSaidNo):
    """Nobody listens there."""


class NoPicture(DaemonSaidNo):
    """The daemon has no such picture."""


def socket_of(chosen: argparse.Namespace) -> Path:
    """The socket that is meant; where nothing is said, that of `live`, or of `paper` when only that runs. Raises BadSettings."""
    if chosen.socket is not None:
        return Path(chosen.socket)
    if chosen.config is not None:
        return load(chosen.config).live.folder / SOCKET_NAME
    live, paper = (load(FOLDER / name).live.folder / SOCKET_NAME for name in ("live.toml", "paper.toml"))
    return paper if paper.exists() and not live.exists() else live


class Call:
    """One connection. All methods raise DaemonSaidNo."""

    def __init__(self, runner: asyncio.Runner, client: ControlClient) -> None:
        self._runner = runner
        self._client = client

    @property
    def welcome(self) -> Welcome:
        """Who answered."""
        return self._client.welcome

    def ask(self, topic: Topic, subject: str = "") -> View:
        """One picture."""
        with _in_a_line():
            return self._runner.run(self._client.ask(topic, subject))

    def do(self, instruction: Instruction) -> Answer:
        """Have it done; a refusal is raised as well."""
        answer = self.done(instruction)
        if not answer.ok:
            raise DaemonSaidNo(answer.text)
        return answer

    def done(self, instruction: Instruction) -> Answer:
        """Have it done; a refusal is an answer."""
        with _in_a_line():
            return self._runner.run(self._client.do(instruction))

    def ended(self, within_s: float) -> Ended | None:
        """The daemon's last words; None: it said none in that time, or went without."""
        return self._runner.run(_ended(self._client, within_s))


@contextmanager
def calling(path: Path, within_s: float = 5.0) -> Iterator[Call]:
    """A connection to the daemon there. Raises DaemonSaidNo."""
    with asyncio.Runner() as runner:
        with _in_a_line():
            client = runner.run(ControlClient.connect(path, NAME, within_s))
        try:
            yield Call(runner, client)
        finally:
            runner.run(client.close())


def tell(chosen: argparse.Namespace, instruction: Instruction) -> int:
    """Have one instruction carried out, and print what the daemon says. 0, or DaemonSaidNo."""
    with calling(socket_of(chosen)) as call:
        said(chosen.verb, call.do(instruction).text)
    return 0


def said(verb: str, text: str) -> None:
    """Print what a daemon said; titles of markets are in it, which others wrote."""
    print(folded(plain(f"{verb}: {text}")), flush=True)


async def _ended(client: ControlClient, within_s: float) -> Ended | None:
    try:
        async with asyncio.timeout(within_s):
            async for told in client:
                if not isinstance(told, Shown):
                    return told
    except TimeoutError:
        pass  # it goes on, or hangs: whoever waited says so
    return None


@contextmanager
def _in_a_line() -> Iterator[None]:
    try:
        yield
    except NoDaemon as error:
        raise DaemonAway(str(error)) from None
    except Unanswerable as error:
        raise NoPicture(str(error)) from None
    except ControlError as error:
        raise DaemonSaidNo(str(error)) from None
