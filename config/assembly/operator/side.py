"""The talking side of a run: its socket and its figures for Prometheus, in a thread of their own, from before the run until after it."""

import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from config.assembly.operator.steward import Steward
from config.logs import room, say
from config.measure import commit_id
from config.refusals import SaidNo
from config.settings import Settings
from config.version import VERSION
from connectors.operator.control.bridge import Last
from connectors.operator.control.protocol import PROTOCOL, Welcome
from connectors.operator.control.server import ControlServer, NoSocket
from connectors.operator.metrics.exporter import Known
from connectors.operator.metrics.server import MetricsService
from connectors.operator.thread import OperatorThread
from oms.machines.risk import Reason

OPERATOR: Final = room("operator")
STORY_S: Final = 8.0
_STORY_LINES_MAX: Final = 500
_RUN_BOT: Final = Path(__file__).resolve().parents[3] / "run_bot.py"


class CannotBeWatched(SaidNo):
    """The socket or the port cannot be had; one line says why and the way out."""


class Side:
    """What was begun; the run says how it ended."""

    def __init__(self) -> None:
        self.last = Last(0, "the run is over")


@contextmanager
def served(steward: Steward, verb: str, socket: Path, settings: Settings, journal: Path | None = None) -> Iterator[Side]:
    """Serve the socket, and the figures if a port is set, while the run lasts; then say the last words. Raises CannotBeWatched."""
    welcome = Welcome(protocol=PROTOCOL, verb=verb, version=VERSION, pid=os.getpid())
    server = ControlServer(socket, steward.bridge, welcome, None if journal is None else story_of(journal), told)
    side = Side()
    try:
        socket.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        figures = settings.metrics
        services = [MetricsService(_known(verb, settings), figures.address, figures.port)] if figures.port else []
        thread = OperatorThread(server, services, told)
        thread.start()
    except (NoSocket, TimeoutError, OSError) as error:
        raise CannotBeWatched(str(error) or "the socket was not there in time") from None
    root = logging.getLogger()
    root.addHandler(steward.log)
    try:
        yield side
    finally:
        root.removeHandler(steward.log)
        thread.stop(side.last)


def _known(verb: str, settings: Settings) -> Known:
    """What the figures are told once."""
    guards = settings.guards.limits()
    allowed = {"drawdown": guards.drawdown_max_micro, "day loss": guards.day_loss_max_micro}
    return Known(
        verb=verb,
        version=VERSION,
        commit=commit_id(),
        reasons=tuple([reason.name for reason in Reason]),
        guards={name: most for name, most in allowed.items() if most},
    )


def told(level: int, what: str, **pairs: object) -> None:
    """The talking side's log."""
    say(OPERATOR, level, what, **pairs)


def story_of(journal: Path) -> Callable[[str], tuple[str, ...]]:
    """Tells an order's story from the journal. By a process of its own: reading a long journal in this one would hold trading up."""

    def tell(order_id: str) -> tuple[str, ...]:
        words = [sys.executable, str(_RUN_BOT), "why", f"--journal={journal}", "--", order_id]
        try:
            done = subprocess.run(words, capture_output=True, text=True, timeout=STORY_S, check=False, errors="replace")
        except (OSError, subprocess.SubprocessError) as error:
            told(logging.INFO, "no story from the journal", order_id=order_id, why=type(error).__name__)
            return ()
        return tuple(done.stdout.splitlines()[:_STORY_LINES_MAX]) if done.returncode == 0 else ()

    return tell
