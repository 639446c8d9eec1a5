"""Orders a second: the bare pool deep and shallow, the exchange with clearing, and two heaps that anybody would write first."""

import random
from collections.abc import Callable
from functools import partial
from statistics import median
from typing import Final

from oms.values.orders import OrderSpec, Side
from oms.values.units import MICRO, PRICE_ONE_PIPS
from sim.exchange import Exchange
from sim.matching import Pool
from sim.pool_orders import PoolOrder
from tests.bench.frames import START_NS, given_market
from tests.bench.naive import NaivePool
from tests.bench.rounds import Line, in_turn, median_ratio, timed

Operation = tuple[int, bool, int, int]
"""(order number, is a bid, YES price in pips; 0: cancel, micro-shares)."""
_OWNERS: Final = ("alice", "bob", "carol")


def operations(count: int, *, deep: bool) -> list[Operation]:
    """60 % new orders that rest, 35 % cancels, 5 % that take. Deep: over 400 levels of 0.001; shallow: over 5 of 0.01."""
    dice = random.Random(f"operations {deep}")
    step, width = (10, 400) if deep else (100, 5)
    found: list[Operation] = []
    resting: list[int] = []
    for number in range(1, count + 1):
        what, is_bid = dice.random(), dice.random() < 0.5
        size = dice.randint(5, 200) * MICRO
        if what < 0.35 and resting:
            place = dice.randrange(len(resting))
            resting[place], resting[-1] = resting[-1], resting[place]
            found.append((resting.pop(), False, 0, 0))
            continue
        away = dice.randint(1, width) * step
        if what > 0.95:
            found.append((number, is_bid, 5_000 + away if is_bid else 5_000 - away, size))
        else:
            found.append((number, is_bid, 5_000 - away if is_bid else 5_000 + away, size))
            resting.append(number)
    return found


def bare_pool(todo: list[Operation], step_pips: int) -> Callable[[], int]:
    """Our pool; every second order is told in terms of NO, as on the venue."""

    def work() -> int:
        pool, matches = Pool(step_pips), 0
        for number, is_bid, price, size in todo:
            if price:
                is_yes = number % 2 == 1
                own_price = price if is_yes else PRICE_ONE_PIPS - price
                matches += len(pool.submit(PoolOrder(number, "a", is_yes, is_bid is is_yes, own_price, size)))
            else:
                pool.cancel(number)
        return matches

    return work


def two_heaps(todo: list[Operation]) -> Callable[[], int]:
    """The naive pool."""

    def work() -> int:
        pool, matches = NaivePool(), 0
        for number, is_bid, price, size in todo:
            if price:
                matches += len(pool.submit(number, price, size, is_bid=is_bid))
            else:
                pool.cancel(number)
        return matches

    return work


def exchange(todo: list[Operation], step_pips: int) -> Callable[[], object]:
    """Admission, reserves, matching, fees, clearing, settlement, outcomes and public news."""
    market = given_market(0, step_pips)
    orders = [
        None
        if not price
        else OrderSpec(
            market_id=market.market_id,
            token=market.yes if number % 2 else market.no,
            side=Side.BUY if is_bid is bool(number % 2) else Side.SELL,
            price_pips=price if number % 2 else PRICE_ONE_PIPS - price,
            size_micro=size,
        )
        for number, is_bid, price, size in todo
    ]

    def work() -> object:
        venue = Exchange(instant_settlement=True)
        venue.list_market(market, START_NS)
        for name in _OWNERS:
            venue.deposit(name, 10**14)
            venue.split(name, market.market_id, 10**13)
        told = 0
        for (number, *_), spec in zip(todo, orders, strict=True):
            owner = _OWNERS[number % len(_OWNERS)]
            if spec is None:
                venue.cancel(owner, str(number), START_NS)
            else:
                venue.submit(owner, str(number), spec, START_NS)
            told += len(venue.drain_public())
        assert venue.audit() is None
        return told

    return work


def _rate(work: Callable[[], object], count: int) -> float:
    return count / timed(work)


def bare(count: int, rounds: int, *, deep: bool) -> Line:
    """The pool alone, in operations a second."""
    todo = operations(count, deep=deep)
    works = {"ours": bare_pool(todo, 10 if deep else 100), "two heaps": two_heaps(todo)}
    assert works["ours"]() == works["two heaps"](), "both make the same matches"
    rates = in_turn({name: partial(_rate, work, len(todo)) for name, work in works.items()}, rounds)
    return Line(
        bench=f"matching, bare pool, {'deep' if deep else 'shallow'}",
        value=round(median(rates["ours"])),
        unit="operations/s",
        rounds=rounds,
        ratio_to={"two heaps": median_ratio(rates["ours"], rates["two heaps"])},
    )


def with_clearing(count: int, rounds: int) -> Line:
    """The exchange, in operations a second."""
    todo = operations(count, deep=False)
    works = {"ours": exchange(todo, 100), "bare pool": bare_pool(todo, 100)}
    rates = in_turn({name: partial(_rate, work, len(todo)) for name, work in works.items()}, rounds)
    return Line(
        bench="matching, exchange with clearing and news",
        value=round(median(rates["ours"])),
        unit="operations/s",
        rounds=rounds,
        ratio_to={"bare pool": median_ratio(rates["ours"], rates["bare pool"])},
    )
