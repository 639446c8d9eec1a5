"""Price-time scenarios of another engine's own tests (data/vectors/matching_liquibook.json), replayed on the bare pool, all of them.

Where that engine differs from our venue, the replay says how the difference is bridged (ruling 1.12); nothing is skipped:

* prices go up to 12 520 and ours to 9 999, so a scenario's prices are shifted down together; one unit of quantity is 0.01 share;
* `replace` does not exist here: a smaller size is `reduce` in place (keeps priority); a new price or a larger size is cancel and add (loses it);
* a market order that finds nothing *waits* there and trades at the price of the next order that comes, before any priced order; here no market
  order ever rests (requirement 0.11), so the replay keeps it aside and lets it take from each newcomer, once that rests.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from oms.values.units import PRICE_ONE_PIPS
from sim.matching import Pool
from sim.pool_orders import Match, PoolOrder

LOT = 10_000


class Replay:
    """One scenario on one pool."""

    def __init__(self, ops: list[dict[str, Any]]) -> None:
        told = [op[name] for op in ops for name in ("price", "new_price") if op.get(name)]
        self.shift = min(told) - 1
        assert max(told) - self.shift < PRICE_ONE_PIPS
        self.pool = Pool(1)
        self.orders: dict[str, PoolOrder] = {}
        self.cancelled: set[str] = set()
        self.waiting: dict[str, PoolOrder] = {}

    def play(self, op: dict[str, Any]) -> None:
        getattr(self, f"do_{op['op']}")(op)

    def do_add(self, op: dict[str, Any]) -> None:
        is_buy = op["side"] == "BUY"
        worst = PRICE_ONE_PIPS - 1 if is_buy else 1
        price = op["price"] - self.shift if op["price"] else worst
        order = PoolOrder(op["id"], op["id"], is_yes=True, is_buy=is_buy, price_pips=price, size_micro=op["qty"] * LOT)
        self.orders[op["id"]] = order
        matches = self.enter(order, op["tif"], is_market=not op["price"])
        filled = sum(m.shares_micro for m in matches if order in (m.maker, m.taker))
        assert op["expect"] == {"matched": filled > 0, "complete": filled == op["qty"] * LOT}
        self.check_fills(op, matches)

    def enter(self, order: PoolOrder, lifetime: str, *, is_market: bool) -> list[Match]:
        if lifetime != "GTC":
            return self.pool.take(order, all_or_nothing=lifetime == "FOK")
        if is_market:
            matches = self.pool.take(order)
            if order.size_micro:
                self.waiting[str(order.order_id)] = order
            return matches
        facing = {name: waiting for name, waiting in self.waiting.items() if waiting.is_buy is not order.is_buy}
        assert not (facing and self.pool.would_cross(order)), "a waiting market order would come before the priced ones"
        matches = self.pool.submit(order)
        for name, waiting in facing.items():
            matches += self.pool.take(waiting)
            if not waiting.size_micro:
                del self.waiting[name]
        return matches

    def do_cancel(self, op: dict[str, Any]) -> None:
        if self.pool.cancel(op["id"]) is not None:
            self.cancelled.add(op["id"])
        assert op["expect"]["state"] == self.state(op["id"])
        self.check_fills(op, [])

    def do_replace(self, op: dict[str, Any]) -> None:
        order = self.orders[op["id"]]
        price = order.price_pips if op["new_price"] is None else op["new_price"] - self.shift
        size = order.size_micro + op["size_change"] * LOT
        matches: list[Match] = []
        if size <= 0:
            self.pool.cancel(op["id"])
            self.cancelled.add(op["id"])
        elif price == order.price_pips and size <= order.size_micro:
            assert self.pool.reduce(op["id"], size)
        else:
            self.pool.cancel(op["id"])
            self.orders[op["id"]] = order = PoolOrder(op["id"], op["id"], is_yes=True, is_buy=order.is_buy, price_pips=price, size_micro=size)
            matches = self.enter(order, "GTC", is_market=False)
        assert op["expect"]["state"] == self.state(op["id"])
        self.check_fills(op, matches)

    def state(self, name: str) -> str:
        if name in self.cancelled:
            return "cancelled"
        return "accepted" if self.orders[name].rung else "complete"

    def check_fills(self, op: dict[str, Any], matches: list[Match]) -> None:
        done = {fill["order"]: [0, 0] for fill in op["fills"]}
        for match in matches:
            lots = match.shares_micro // LOT
            for order in (match.maker, match.taker):
                total = done.setdefault(str(order.order_id), [0, 0])
                total[0] += lots
                total[1] += lots * (match.maker_price_pips + self.shift)
        assert done == {fill["order"]: [fill["qty"], fill["cost"]] for fill in op["fills"]}

    def do_depth(self, op: dict[str, Any]) -> None:
        for side, is_bid in (("bids", True), ("asks", False)):
            ours = [[price + self.shift, len(self.pool.queue(price)), size // LOT] for price, size in self.pool.depth(is_bid=is_bid)]
            assert (ours + [[0, 0, 0]] * len(op[side]))[: len(op[side])] == op[side]

    def do_order_count(self, op: dict[str, Any]) -> None:
        is_bid = op["side"] == "bids"
        resting = sum(order.is_bid is is_bid for order in self.pool.orders.values())
        assert resting + sum(order.is_buy is is_bid for order in self.waiting.values()) == op["n"]

    def do_best_order(self, op: dict[str, Any]) -> None:
        best = self.pool.best_bid_pips if op["side"] == "bids" else self.pool.best_ask_pips
        assert self.pool.queue(best)[0].order_id == op["id"]


def scenarios(data_dir: Path) -> Iterator[dict[str, Any]]:
    rows = json.loads((data_dir / "vectors" / "matching_liquibook.json").read_text())["scenarios"]
    assert rows
    yield from rows


@pytest.mark.data
def test_every_scenario_of_the_other_engine_ends_as_it_says(data_dir: Path) -> None:
    # req 1.5, 1.6, 3.12, 3.15, 3.18
    for scenario in scenarios(data_dir):
        replay = Replay(scenario["ops"])
        for number, op in enumerate(scenario["ops"]):
            try:
                replay.play(op)
            except AssertionError as error:
                raise AssertionError(f"{scenario['name']}, step {number}: {op}") from error
