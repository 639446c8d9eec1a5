"""`set`: change parameters of a strategy until the daemon ends; a new one begins with what its file says. Refused whole when one is not allowed."""

import argparse
import tomllib
from typing import Any, Final

from config.daemon_words import added

INTEGER_MAX: Final = 2**63 - 1


def add_words(verbs: Any) -> None:  # noqa: ANN401 (argparse's own type is private)
    """The words of this verb."""
    parser = added(verbs, "set", "change parameters of a strategy until the daemon ends")
    parser.add_argument("strategy", metavar="STRATEGY", help="its name, such as market_making")
    parser.add_argument("values", nargs="+", type=_pair, metavar="NAME=VALUE", help="as in a file of settings, such as half_spread_pips=150")


def run(chosen: argparse.Namespace) -> int:
    """Tell the daemon. Raises BadSettings."""
    from config.daemon_call import tell  # noqa: PLC0415 (what it needs of the network is imported when it runs)
    from config.settings import BadSettings  # noqa: PLC0415
    from connectors.operator.control.protocol import SetParams  # noqa: PLC0415

    values = dict(chosen.values)
    if len(values) < len(chosen.values):
        raise BadSettings("set: a parameter is named twice; name each once")
    return tell(chosen, SetParams(strategy=chosen.strategy, values=values))


def _pair(text: str) -> tuple[str, object]:
    name, sign, value = text.partition("=")
    if not name or not sign:
        raise argparse.ArgumentTypeError(f"{text!r}: write NAME=VALUE, such as half_spread_pips=150")
    return name, _value(value)


def _value(text: str) -> object:
    """As TOML has it: 1, 0.5, true, "text"; whatever is nothing there is text."""
    try:
        told = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        return text
    value = told["value"]
    if list(told) != ["value"] or not isinstance(value, bool | int | float | str):
        return text
    if isinstance(value, int) and abs(value) > INTEGER_MAX:
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is beyond anything that is set")
    return value
