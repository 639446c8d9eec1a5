"""`cancel`: take one order away, those of a market, or all. Strategies may place others at once; `pause` keeps them from it."""

import argparse
from typing import Any

from config.daemon_words import added


def add_words(verbs: Any) -> None:  # noqa: ANN401 (argparse's own type is private)
    """The words of this verb."""
    parser = added(verbs, "cancel", "cancel one order, those of a market, or all; strategies may place others (see `pause`)")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("order", nargs="?", metavar="ORDER", help="our id of the order, as `status` tells it")
    what.add_argument("--market", metavar="ID", help="every order in this market")
    what.add_argument("--all", action="store_true", help="every order")


def run(chosen: argparse.Namespace) -> int:
    """Tell the daemon."""
    from config.daemon_call import tell  # noqa: PLC0415 (what it needs of the network is imported when it runs)
    from connectors.operator.control.protocol import CancelAll, CancelMarket, CancelOrder  # noqa: PLC0415

    if chosen.order is not None:
        return tell(chosen, CancelOrder(order_id=chosen.order))
    return tell(chosen, CancelAll() if chosen.market is None else CancelMarket(market_id=chosen.market))
