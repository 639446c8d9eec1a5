"""Orders a second: the bare pool deep and shallow, the exchange with clearing, and two heaps that anybody would write first."""

import random
from collections.abc import Callable
from functools import partial
from typing import Final

from oms.values.orders import OrderSpec, Side
from oms.values.units import MICRO, PRICE_ONE_PIPS
from sim.exchange import Exchange
from sim.matching import Pool
from sim.pool_orders import PoolOrder
from tests.bench.frames import START_NS, given_market
from tests.bench.naive import NaivePool
from tests.bench.peers import orders as peers
from tests.bench.peers.found import here
from tests.bench.peers.orders import Operation
from tests.bench.rounds import Aim, Line, compared, in_turn, timed

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
    works = {"ours": bare_pool(todo, 10 if deep else 100), "two heaps": two_heaps(todo), **peers.bare(todo)}
    matches = {name: work() for name, work in works.items()}
    assert len(set(matches.values())) == 1, f"all make the same matches: {matches}"
    return compared(
        f"matching, bare pool, {'deep' if deep else 'shallow'}",
        "operations/s",
        in_turn({name: partial(_rate, work, len(todo)) for name, work in works.items()}, rounds),
        aims=(Aim(peers.YARDSTICK, 0.2, 0.3), Aim("liquibook in C++", 3, 5), Aim("lightmatchingengine", 3, 5)),
    )


def with_clearing(count: int, rounds: int) -> Line:
    """The exchange, in operations a second."""
    todo = operations(count, deep=False)
    contestants = {
        "ours": lambda: _rate(exchange(todo, 100), count),
        "bare pool": lambda: _rate(bare_pool(todo, 100), count),
    }
    if here("nautilus_trader"):
        contestants["nautilus OrderMatchingEngine"] = lambda: _nautilus_rate(todo)
    return compared(
        "matching, exchange with clearing and news",
        "operations/s",
        in_turn(contestants, rounds),
        aims=(Aim("nautilus OrderMatchingEngine", 10),),
    )


def _nautilus_rate(todo: list[Operation]) -> float:
    engine = peers.NautilusMatching()
    return _rate(lambda: engine.work(todo), len(todo))
