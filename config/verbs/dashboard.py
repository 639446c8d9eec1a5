"""`dashboard`: the running daemon on a terminal. A client of its socket: closing it changes nothing for the daemon.

Textual is imported when it runs, because `add_words` is called for every verb.
"""

import argparse
import sys
from pathlib import Path
from typing import Any, Final

from config.daemon_words import added
from config.refusals import SaidNo

NAME: Final = "dashboard"
"""What the daemon's log calls it."""


class NoTerminal(SaidNo):
    """There is nothing to draw on."""


def add_words(verbs: Any) -> None:  # noqa: ANN401 (argparse's own type is private)
    """The words of this verb."""
    added(verbs, "dashboard", "look at the running daemon, and steer it: money, markets, orders, health; closing it changes nothing")


def run(chosen: argparse.Namespace) -> int:
    """Show it until a person has seen enough. Raises NoTerminal, BadSettings."""
    from config.daemon_call import socket_of  # noqa: PLC0415 (the docstring says why)

    # Textual draws on stderr.
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise NoTerminal("dashboard: this is no terminal, so there is nothing to draw on; `run_bot.py status` prints how the daemon does")
    return show(socket_of(chosen))


def show(path: Path) -> int:
    """The dashboard of the daemon at this socket, whether it is there already or not, until it is closed. 0, or 1 when it failed."""
    from connectors.operator.control.link import ControlLink  # noqa: PLC0415
    from connectors.operator.terminal.app import Dashboard  # noqa: PLC0415

    app = Dashboard(ControlLink(path, NAME))
    app.run()
    return app.return_code or 0
