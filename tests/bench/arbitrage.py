"""Arbitrage: what one entry of the near-miss pool costs, and how long it takes from the frame that opens a window to the commands that take it."""

import random
import time
from collections.abc import Sequence
from math import log
from typing import Final

import msgspec

from connectors.polymarket.book_hash import digest
from connectors.polymarket.market_stream import MarketStream
from oms.engine import Engine
from oms.machines.watch import Watch
from oms.state import EngineSettings, EventLine
from oms.values import events as e
from oms.values.bundles import Look, Shape
from oms.values.commands import BundleEnded, Command, Place, Prepared
from oms.values.market import EventGroup, FeeCurve, Market
from oms.values.units import MICRO, NS_PER_MS, NS_PER_SECOND, Nanos
from strategies import lookup, params_from
from tests.bench.frames import START_NS, MadeUpMarket, given_market
from tests.bench.rounds import Aim, Line, in_turn, median_ratio, percentile, significant, timed

OUTCOMES: Final = 10
STRATEGIES: Final = ("negrisk_arbitrage", "binary_arbitrage")
POOLS: Final = (30, 300, 3_000)
FEE: Final = FeeCurve(rate_bps=100)
_PIPS: Final = 1_000
"""What YES of each of ten outcomes is offered for: a dollar a set, so that fees alone are missing."""
_WINDOW_PIPS: Final = 100
_BETWEEN_NS: Final[Nanos] = 10 * NS_PER_MS
_ALONE_MAX: Final = 300
"""One event rests a second after each window; its quiet books are believed for ten minutes."""


class Outcome(MadeUpMarket):
    """One of ten equally likely ones. Of the first of an event nobody buys YES above half a cent, so that there is room for a cheap offer."""

    def __init__(self, market: Market, *, is_first: bool) -> None:
        super().__init__(market, seed=1, levels=20)
        tick = market.tick_pips
        best_bid = _WINDOW_PIPS // 2 if is_first else _PIPS - 2 * tick
        self._bids = {best_bid - n * tick: 500 * MICRO for n in range(4 if is_first else 20)}
        self._asks = {_PIPS + n * tick: 200 * MICRO for n in range(20)}

    def cheap_offer(self, at_ns: Nanos, *, stands: bool) -> bytes:
        """Somebody offers YES for a cent, or takes that offer back."""
        if stands:
            self._asks[_WINDOW_PIPS] = 100 * MICRO
        else:
            del self._asks[_WINDOW_PIPS]
        return self._price_change([(False, _WINDOW_PIPS, 100 * MICRO if stands else 0)], at_ns)


class WatchedEvents:
    """An engine that watches so many events of ten outcomes, each of them nearly paying."""

    def __init__(self, events: int) -> None:
        lines = tuple([EventLine(name=name, evaluate=lookup(name).evaluate, params=params_from(name, {})) for name in STRATEGIES])
        self.engine = Engine(EngineSettings(event_strategies=lines, order_prefix="1-", digest=digest, silence_ns=0))
        self.first: list[Outcome] = []
        self.now_ns = START_NS
        tokens: dict[str, Market] = {}
        facts: list[e.Event] = []
        frames: list[bytes] = []
        for number in range(events):
            event_id = f"event {number}"
            markets = [
                msgspec.structs.replace(given_market(number * OUTCOMES + outcome), event_id=event_id, neg_risk=True, fee=FEE)
                for outcome in range(OUTCOMES)
            ]
            made_up = [Outcome(market, is_first=market is markets[0]) for market in markets]
            self.first.append(made_up[0])
            names = tuple([market.market_id for market in markets])
            group = EventGroup(event_id=event_id, market_ids=names, exclusive=True, exhaustive=True, questions=OUTCOMES, conversion_fee_bps=0)
            facts += [*[e.MarketListed(market=market) for market in markets], e.EventListed(group=group)]
            frames += [frame for one in made_up for frame in one.opening(START_NS)]
            tokens |= {token: market for market in markets for token in (market.yes, market.no)}
        self.stream = MarketStream(tokens)
        nothing = (e.OpenOrdersReported(orders=(), asked_ns=START_NS), e.TradesReported(fills=(), settlements=(), since_ns=0, asked_ns=START_NS))
        self.live([*facts, e.Deposited(cash_micro=10_000 * MICRO, deposit_id="d"), e.VenueReady(), *nothing])
        for frame in frames:
            self.live(self.stream.receive(frame, self.now_ns))
        assert len(self.engine.state.watch) == events * len(STRATEGIES), "every event is a near miss for every strategy"

    def live(self, facts: Sequence[e.Event]) -> list[Command]:
        """These facts, and what is decided on them until nothing is left to look at."""
        engine = self.engine
        for fact in facts:
            engine.apply(fact, self.now_ns)
        commands = [*engine.decide(self.now_ns).commands]
        while engine.state.dirty:
            commands += engine.decide(self.now_ns).commands
        return commands

    def windows(self, count: int) -> list[int]:
        """So many windows open, are fired at and missed, each in the next event. Nanoseconds of the processor from a frame's bytes to commands."""
        engine, receive, spent = self.engine, self.stream.receive, []
        for number in range(count):
            first = self.first[number % len(self.first)]
            self.now_ns += _BETWEEN_NS + (NS_PER_SECOND if len(self.first) * _BETWEEN_NS <= NS_PER_SECOND else 0)
            frame, at_ns = first.cheap_offer(self.now_ns, stands=True), self.now_ns
            began_ns = time.thread_time_ns()
            for fact in receive(frame, at_ns):
                engine.apply(fact, at_ns)
            commands = engine.decide(at_ns).commands
            spent.append(time.thread_time_ns() - began_ns)
            self._miss(commands)
            self.now_ns += _BETWEEN_NS
            self.live(receive(first.cheap_offer(self.now_ns, stands=False), self.now_ns))
        return spent

    def _miss(self, commands: Sequence[Command]) -> None:
        """Every leg is killed by the venue."""
        places = [command for command in commands if isinstance(command, Place)]
        assert len(places) == OUTCOMES, "the window was taken whole"
        self.engine.sent([Prepared(command=place) for place in places], self.now_ns)
        facts: list[e.Event] = []
        for place in places:
            facts += [e.Acked(order_id=place.order_id), e.CancelDone(order_id=place.order_id, filled_micro=0)]
        assert any(isinstance(command, BundleEnded) for command in self.live(facts))


def frame_to_commands(markets: int, windows: int, rounds: int) -> Line:
    """The frame that opens a window → all legs of the bundle, proven, allowed and reserved, with so many markets watched; beside one event alone."""
    samples: list[int] = []

    def measured(events: int, keep: list[int], count: int) -> float:
        spent = WatchedEvents(events).windows(count)
        keep += spent
        return percentile(sorted(spent), 0.5) / 1e3

    contestants = {
        "ours": lambda: measured(max(1, markets // OUTCOMES), samples, windows),
        "one event alone": lambda: measured(1, [], min(windows, _ALONE_MAX)),
    }
    found = in_turn(contestants, rounds)
    samples.sort()
    p50 = significant(percentile(samples, 0.5) / 1e3)
    return Line(
        bench=f"frame opens a window → {OUTCOMES} legs, {markets} markets",
        value=p50,
        unit="us p50",
        rounds=rounds,
        p50=p50,
        p99=significant(percentile(samples, 0.99) / 1e3),
        max=significant(samples[-1] / 1e3),
        figures={"one event alone": significant(percentile(sorted(found["one event alone"]), 0.5))},
        ratio_to={"one event alone": median_ratio(found["ours"], found["one event alone"], more_is_better=False)},
    )


def near_misses(looks: int, rounds: int) -> Line:
    """One look at an event of the pool, as the pool grows from 30 to 3,000: it must not grow faster than the logarithm."""
    found = in_turn({str(size): lambda size=size: _see(size, looks) for size in POOLS}, rounds)  # type: ignore[misc]
    small, large = str(POOLS[0]), str(POOLS[-1])
    growth = median_ratio(found[large], found[small])
    allowed = log(POOLS[-1]) / log(POOLS[0])
    against = f"log, from {small} to {large}"
    return Line(
        bench=f"near-miss pool, one look among {large} events",
        value=significant(percentile(sorted(found[large]), 0.5)),
        unit="us",
        rounds=rounds,
        figures={f"among {size}": significant(percentile(sorted(found[str(size)]), 0.5)) for size in POOLS[:-1]},
        ratio_to={against: significant(allowed / growth)},
        aims=(Aim(against, 1),),
        more={"times as long": growth},
    )


def _see(events: int, looks: int) -> float:
    """Microseconds a look."""
    dice = random.Random(events)
    watch = Watch()
    names = [f"event {number}" for number in range(events)]
    todo = [(dice.choice(names), Look(shape=Shape.BUY_ALL_YES, edge_pips=dice.randrange(-199, 50), why="NO_GAP")) for _ in range(looks)]
    for name in names:
        watch.see(name, STRATEGIES[0], todo[0][1], 0)

    def work() -> None:
        for at_ns, (name, look) in enumerate(todo):
            watch.see(name, STRATEGIES[0], look, at_ns)

    spent_s = timed(work)
    assert len(watch) == events
    return spent_s / looks * 1e6
