"""The longest pause of the collector while a heap grows: records as anybody would keep them, and ours. Each in an interpreter of its own.

`python tests/bench/collector.py KIND COUNT`: a heap of COUNT containers is there, half as many come on top, and every pause is timed meanwhile.
For the orders of the blotter, which keeps the last 20,000 that ended, COUNT is how many live and end, timed from the first. One JSON object on
stdout.
"""

import gc
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

_ROOT: Final = Path(__file__).resolve().parents[2]
if __name__ == "__main__":
    sys.path.insert(0, str(_ROOT))  # called as a file: the root of the repository is not on the path

from oms.machines.blotter import Blotter  # noqa: E402
from oms.machines.lifecycle import Happening  # noqa: E402
from oms.values.events import Filled  # noqa: E402
from oms.values.orders import OrderSpec, Side  # noqa: E402
from oms.values.units import MICRO  # noqa: E402
from tests.bench.apart import run_apart  # noqa: E402
from tests.bench.frames import START_NS, given_market  # noqa: E402
from tests.bench.pauses import Pauses  # noqa: E402
from tests.bench.rounds import Aim, Line, compared, in_turn, significant  # noqa: E402

LEAST_MS: Final = 0.001
"""A pause shorter than this, or none at all, counts as this long in a ratio."""


def _dict(number: int) -> dict[str, Any]:
    """An order as one would write it first: two containers."""
    return {"id": f"1-{number}", "price": 4_200, "size": 20 * MICRO, "history": ["SENT", "LIVE", "FILLED"]}


def _fact(number: int) -> Filled:
    return Filled(
        order_id=f"1-{number}",
        trade_id=f"trade-{number}",
        price_pips=4_200,
        shares_micro=20 * MICRO,
        cash_micro=8_400_000,
        fee_cash_micro=0,
        is_maker=True,
        exchange_ns=START_NS + number,
    )


class _Orders:
    """A real blotter; each call is the whole life of one order, ended and settled."""

    def __init__(self) -> None:
        self.blotter = Blotter()
        market = given_market(0)
        self._spec = OrderSpec(market_id=market.market_id, token=market.yes, side=Side.BUY, price_pips=4_200, size_micro=20 * MICRO)

    def __call__(self, number: int) -> None:
        blotter = self.blotter
        order = blotter.open(f"1-{number}", self._spec, "market_making", "a bench")
        blotter.name(order, f"0x{number:064x}")
        blotter.happen(order, Happening.SEND, START_NS)
        blotter.happen(order, Happening.ACK, START_NS)
        blotter.fill(order, _fact(number), START_NS)
        blotter.settled(order, failed=False)
        blotter.dropped.clear()


def grown(kind: str, containers: int) -> dict[str, float]:
    """Grow a heap, in this interpreter."""
    make: Callable[[int], object] = _dict
    there = containers // 2
    if kind == "facts":
        make, there = _fact, containers
    elif kind == "orders":
        make, there = _Orders(), 0  # what is there is the start-up, and frozen
    kept: list[object] = [make(number) for number in range(there)]
    if kind in {"frozen", "orders"}:
        gc.collect()
        gc.freeze()
    pauses = Pauses()
    kept += map(make, range(there, there * 3 // 2 or containers))
    return {"longest_ms": pauses.longest_ms, "full": pauses.full}


def lines(containers: int, rounds: int) -> list[Line]:
    """Our long-lived facts, and the whole lives of so many orders in the blotter, against dicts."""
    full: dict[str, float] = {}

    def longest(kind: str) -> float:
        found = run_apart(kind, str(containers), file=__file__)
        full[kind] = found["full"]
        return max(LEAST_MS, float(found["longest_ms"]))

    names = {"ours": "facts", "orders": "orders", "default collector on dicts": "dicts", "the same, frozen at the start": "frozen"}
    found = in_turn({name: lambda kind=kind: longest(kind) for name, kind in names.items()}, rounds)  # type: ignore[misc]
    orders = found.pop("orders")
    aims = (Aim("default collector on dicts", 100),)
    return [
        compared(
            f"longest pause, {what}, heap from {containers:,}",
            "ms",
            {**found, "ours": ours},
            more_is_better=False,
            aims=aims,
            more={"full_collections": significant(full[kind]), "full_on_dicts": significant(full["dicts"])},
        )
        for what, kind, ours in (("facts", "facts", found["ours"]), ("blotter", "orders", orders))
    ]


if __name__ == "__main__":
    print(json.dumps(grown(sys.argv[1], int(sys.argv[2]))))
