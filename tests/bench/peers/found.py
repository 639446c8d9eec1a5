"""Which of the named peers are here. They live in an environment of their own (`make peers`); what is not there is named and left out."""

import functools
import importlib
import importlib.util
import sys
from typing import Any, Final, TypeAlias

Theirs: TypeAlias = Any
"""An object of a peer: a type checker without the peers knows nothing about it."""

PEERS: Final = {
    "nautilus_trader": "nautilus_trader 1.221",
    "py_clob_client": "py-clob-client, which nautilus' Polymarket adapter imports",
    "hftbacktest": "hftbacktest",
    "orjson": "orjson",
    "order_book": "order-book, a book of levels in C",
    "steelyard_yardstick": "the yardstick of matching, in C (peers/yardstick.c)",
    "liquibook": "liquibook, matching in C++",
    "lightmatchingengine": "lightmatchingengine",
    "py_clob_client_v2": "py-clob-client-v2, the official client",
    "eth_account": "eth-account",
    "coincurve": "coincurve, the curve alone",
}
"""Module → what it is."""


@functools.cache
def here(*names: str) -> bool:
    """Are all these modules installed?"""
    return all(importlib.util.find_spec(name) is not None for name in names)


def load(name: str) -> Theirs:
    """A peer's module."""
    return importlib.import_module(name)


def missing() -> list[str]:
    """What is not here, in words."""
    return [words for name, words in PEERS.items() if not here(name)]


def tell_missing() -> None:
    """Say loudly on stderr what will not be compared with."""
    absent = missing()
    if absent:
        print(f"NOT HERE and left out: {'; '.join(absent)}.\n`make peers` installs them, then `make bench` compares with them.", file=sys.stderr)
