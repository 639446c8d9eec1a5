"""`order`: one order by hand. Says first what it would cost and whether our own gate lets it pass; sends it after a yes (asked for, or --yes)."""

import argparse
import sys
from typing import Any

from config.daemon_words import added
from config.refusals import SaidNo
from oms.values.units import BadNumber, price_pips_from_text, size_micro_from_text


class NobodyAsked(SaidNo):
    """Nothing was sent: there is no terminal to ask back on."""


def add_words(verbs: Any) -> None:  # noqa: ANN401 (argparse's own type is private)
    """The words of this verb."""
    parser = added(verbs, "order", "place one order by hand, after it was told what it costs")
    parser.add_argument("side", choices=("buy", "sell"))
    parser.add_argument("outcome", choices=("yes", "no"))
    parser.add_argument("market_id", metavar="MARKET", help="its id, as `status --json` tells it")
    parser.add_argument("shares_micro", type=_shares, metavar="SHARES", help="how many, such as 20")
    parser.add_argument("price_pips", type=_price, metavar="PRICE", help="dollars a share, such as 0.45")
    parser.add_argument("--take", action="store_true", help="fill at once and whole, or not at all (without it: rest, and never take)")
    parser.add_argument("--yes", action="store_true", help="do not ask back")


def run(chosen: argparse.Namespace) -> int:
    """Ask what it would cost, ask back, send. Raises DaemonSaidNo or NobodyAsked."""
    from config.daemon_call import calling, said, socket_of  # noqa: PLC0415 (what it needs of the network is imported when it runs)
    from connectors.operator.control.protocol import Confirm, PlaceOrder  # noqa: PLC0415

    wanted = PlaceOrder(
        market_id=chosen.market_id,
        outcome=chosen.outcome.upper(),
        side=chosen.side.upper(),
        price_pips=chosen.price_pips,
        shares_micro=chosen.shares_micro,
        takes=chosen.take,
    )
    with calling(socket_of(chosen)) as call:
        answer = call.do(wanted)
        said("order", answer.text)
        if not answer.confirm:
            return 0
        if not _is_wanted(is_sure=chosen.yes):
            print("order: nothing was sent")
            return 0
        said("order", call.do(Confirm(word=answer.confirm)).text)
    return 0


def _is_wanted(*, is_sure: bool) -> bool:
    if is_sure:
        return True
    if not sys.stdin.isatty():
        raise NobodyAsked("order: nothing was sent, as nobody can be asked here; add --yes when you mean it")
    try:
        return input("order: send it? [y/N] ").strip().lower() in {"y", "yes"}
    except EOFError:
        return False


def _shares(text: str) -> int:
    try:
        shares_micro = size_micro_from_text(text)
    except BadNumber as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    if not shares_micro:
        raise argparse.ArgumentTypeError("0 shares are no order")
    return shares_micro


def _price(text: str) -> int:
    try:
        return price_pips_from_text(text)
    except BadNumber as error:
        raise argparse.ArgumentTypeError(f"{error}; write dollars, such as 0.45") from None
