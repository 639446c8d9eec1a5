"""The real-time loop, driven by a clock of ours: what arrives and what is due make one turn, at the time it is."""

import asyncio
from collections.abc import Callable

import pytest

from config.assembly.realtime import RealTime
from oms.turn import Turner
from oms.values.events import Event, Paused, Resumed, Tick
from oms.values.units import NS_PER_MS, NS_PER_SECOND
from sim.world import ANSWERS, MARKET, World

START = 1_000 * NS_PER_SECOND


class Turns(Turner):
    """Writes turns down; wakes when told."""

    def __init__(self) -> None:
        self.seen: list[tuple[int, list[Event]]] = []
        self.wake_ns: int | None = None
        self.then: Callable[[], None] = lambda: None

    def wake_at_ns(self) -> int | None:
        return self.wake_ns

    def turn(self, batch: object, at_ns: int, frames: object = None) -> None:  # noqa: ARG002 - the shape of a turner
        assert isinstance(batch, list)
        self.seen.append((at_ns - START, batch))
        if self.wake_ns is not None and self.wake_ns <= at_ns:
            self.wake_ns = None
        self.then()


class Clock:
    """A clock that moves when it is told."""

    def __init__(self) -> None:
        self.ns = START

    def __call__(self) -> int:
        return self.ns


def given_loop() -> tuple[RealTime, Turns, Clock, World]:
    turns, clock, world = Turns(), Clock(), World(START)
    return RealTime(world, turns, now=clock), turns, clock, world


def rounds(loop: RealTime, count: int = 1) -> None:
    """So many rounds, without waiting for the clock."""
    left = iter(range(count - 1))
    asyncio.run(loop.run(lambda: next(left, None) is not None))


def test_a_burst_is_one_turn_at_the_time_it_is() -> None:
    loop, turns, clock, _ = given_loop()
    for _ in range(3):
        clock.ns += 5
        loop.tell([Tick()])
    clock.ns += 10
    rounds(loop)
    assert turns.seen == [(25, [Tick()] * 3)]


def test_what_was_due_happens_in_order_at_its_own_instant_before_the_turn() -> None:
    loop, turns, clock, world = given_loop()
    order: list[tuple[str, int]] = []
    world.at(START + 20, ANSWERS, lambda at_ns: order.append(("second", at_ns - START)))
    world.at(START + 10, MARKET, lambda at_ns: world.at(at_ns + 5, MARKET, lambda now_ns: order.append(("first", now_ns - START))))
    world.at(START + 30, MARKET, lambda _at_ns: world.tell(Paused(why="due")))
    world.at(START + 999, MARKET, lambda at_ns: order.append(("not yet", at_ns)))
    clock.ns += 100
    rounds(loop)
    assert order == [("first", 15), ("second", 20)]
    assert turns.seen == [(100, [Paused(why="due")])]
    assert world.now_ns() == START + 100


def test_a_deadline_alone_makes_a_turn_when_it_has_come_and_not_before() -> None:
    loop, turns, clock, _ = given_loop()
    turns.wake_ns = START + 50
    rounds(loop)
    assert turns.seen == []
    clock.ns += 60
    rounds(loop)
    assert turns.seen == [(60, [])]
    assert loop.lag_ns == 10


def test_a_clock_set_back_stands_still_until_it_has_caught_up() -> None:
    loop, turns, clock, _ = given_loop()
    clock.ns += 100
    rounds(loop)
    clock.ns = START - NS_PER_SECOND
    loop.tell([Resumed(why="late")])
    rounds(loop)
    assert turns.seen == [(100, [Resumed(why="late")])]


def test_an_arrival_wakes_a_sleeping_loop_and_stop_ends_it() -> None:
    turns, world = Turns(), World(0)
    loop = RealTime(world, turns)

    async def scene() -> float:
        task = asyncio.create_task(loop.run())
        await asyncio.sleep(0.02)
        turns.then = loop.stop
        loop.tell([Tick()])
        await asyncio.wait_for(task, 5)
        return 0.0

    asyncio.run(scene())
    assert [batch for _, batch in turns.seen] == [[Tick()]]


def test_the_beat_goes_with_the_rounds_and_ends_with_what_a_turn_raises() -> None:
    turns, clock, world = Turns(), Clock(), World(START)
    beats: list[int] = []
    loop = RealTime(world, turns, now=clock, beat=lambda at_ns: beats.append(at_ns - START))
    rounds(loop, 3)
    assert len(beats) == 3

    def fail() -> None:
        raise RuntimeError("the disk is full")

    turns.then = fail
    loop.tell([Tick()])
    with pytest.raises(RuntimeError, match="disk"):
        rounds(loop)
    assert len(beats) == 3


def test_nothing_told_is_no_arrival() -> None:
    loop, turns, clock, _ = given_loop()
    loop.tell([])
    clock.ns += NS_PER_MS
    rounds(loop)
    assert turns.seen == []


def test_a_cancellation_that_comes_together_with_a_wake_up_is_not_lost() -> None:
    loop, _, _, _ = given_loop()

    async def story() -> bool:
        task = asyncio.create_task(loop.run())
        await asyncio.sleep(0.01)
        loop.tell([Tick()])
        task.cancel()
        await asyncio.wait([task], timeout=1)
        loop.stop()
        return task.cancelled()

    assert asyncio.run(story())
