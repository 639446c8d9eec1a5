"""`pause`: no new orders from now on, resting ones are cancelled; all of it, or one market. `resume` ends it."""

import argparse
from typing import Any

from config.daemon_words import added


def add_words(verbs: Any) -> None:  # noqa: ANN401 (argparse's own type is private)
    """The words of this verb."""
    parser = added(verbs, "pause", "no new orders, cancel those that rest, until `resume`; all of it, or one market")
    parser.add_argument("--market", metavar="ID", help="only in this market, by its id as `status --json` tells it")
    parser.add_argument("--why", default="", help="for whoever looks later")


def run(chosen: argparse.Namespace) -> int:
    """Tell the daemon."""
    from config.daemon_call import tell  # noqa: PLC0415 (what it needs of the network is imported when it runs)
    from connectors.operator.control.protocol import Pause, PauseMarket  # noqa: PLC0415

    return tell(chosen, Pause(why=chosen.why) if chosen.market is None else PauseMarket(market_id=chosen.market, why=chosen.why))
