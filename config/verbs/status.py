"""`status`: how the running daemon does: phase, money, orders, books, feeds, alerts, each with its age. Changes nothing."""

import argparse
from typing import Any

from config.daemon_words import added


def add_words(verbs: Any) -> None:  # noqa: ANN401 (argparse's own type is private)
    """The words of this verb."""
    parser = added(verbs, "status", "how the running daemon does: phase, money, orders, books, feeds, alerts")
    parser.add_argument("--json", action="store_true", help="everything, markets and inventory included, as one JSON object")


def run(chosen: argparse.Namespace) -> int:
    """Ask, and print. Raises DaemonSaidNo, which tells of a halt as well."""
    from config.console import folded  # noqa: PLC0415 (what it needs of the network is imported when it runs)
    from config.daemon_call import DaemonAway, calling, socket_of  # noqa: PLC0415
    from config.status_lines import all_views, as_json, lines  # noqa: PLC0415

    try:
        with calling(socket_of(chosen)) as call:
            print(as_json(all_views(call.ask)) if chosen.json else folded("\n".join(lines(call.welcome, call.ask))))
    except DaemonAway as error:
        raise DaemonAway(f"{_halt(chosen)}{error}") from None
    return 0


def _halt(chosen: argparse.Namespace) -> str:
    """Why no daemon may start, if none may."""
    from config.assembly.latch import Latch  # noqa: PLC0415
    from config.assembly.live import LATCH_NAME  # noqa: PLC0415
    from config.daemon_call import socket_of  # noqa: PLC0415

    halt = None if chosen.socket is not None else Latch(socket_of(chosen).with_name(LATCH_NAME)).halt()
    return "" if halt is None else f"halted until `resume` ({halt.why}); "
