"""Real time: the same world and the same turns as in simulation, with a wall clock for the queue and sockets for the market.

Everything that arrives is put into the world's queue at the moment of its arrival and lived in that order; the loop sleeps until something arrives or
is due. One task owns the engine: whatever other tasks hear comes in through `arrive`.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

from oms.turn import Turner
from oms.values.events import Event
from oms.values.units import NS_PER_SECOND, Nanos
from sim.world import MARKET, Action, World

LOOK_NS: Final = NS_PER_SECOND // 2
"""The loop looks round at least this often: a clock that was set forward must not make it oversleep a deadline for long."""
Now = Callable[[], Nanos]


class RealTime:
    """Drives a world by a clock. `beat` is called after each round: the dead-man switch hangs on it, so that a loop which hangs stops beating."""

    def __init__(self, world: World, turner: Turner, *, now: Now = time.time_ns, beat: Callable[[Nanos], None] | None = None) -> None:
        self.world = world
        self._turner = turner
        self._now = now
        self._beat = beat
        self._woken = asyncio.Event()
        self._stopping = False
        self.lag_ns: Nanos = 0
        """How long after its due moment the latest round began: what a slow turn or a busy machine costs."""

    def now_ns(self) -> Nanos:
        """The clock, which never goes back for us: a clock set back stands still until it has caught up."""
        return max(self._now(), self.world.now_ns())

    def arrive(self, action: Action) -> None:
        """Something reached us just now: it is lived in the next round, with its time."""
        self.world.at(self.now_ns(), MARKET, action)
        self._woken.set()

    def tell(self, facts: Sequence[Event]) -> None:
        """Facts reached us just now."""
        if facts:
            self.arrive(lambda _at_ns: self.world.inbox.extend(facts))

    def stop(self) -> None:
        """Let `run` end after this round."""
        self._stopping = True
        self._woken.set()

    async def run(self, goes_on: Callable[[], bool] = lambda: True) -> None:
        """Live until `stop`, or until `goes_on` says False after a round. Raises what a turn raises: then nothing more was sent."""
        self._stopping = False
        while not self._stopping:
            self._woken.clear()
            self._round(self.now_ns())
            if not goes_on():
                return
            await self._sleep()

    def _round(self, now_ns: Nanos) -> None:
        """Everything that came or is due makes one turn: batching is the back-pressure."""
        world, due_ns = self.world, self._due_ns()
        self.lag_ns = max(0, now_ns - due_ns) if due_ns else 0
        world.catch_up(now_ns)
        wake_ns = self._turner.wake_at_ns()
        if world.inbox or (wake_ns is not None and wake_ns <= now_ns):
            batch, world.inbox = world.inbox, []
            frames, world.frames = world.frames, None
            self._turner.turn(batch, now_ns, frames)
        if self._beat is not None:
            self._beat(now_ns)

    def _due_ns(self) -> Nanos | None:
        times = [at_ns for at_ns in (self.world.due_ns(), self._turner.wake_at_ns()) if at_ns is not None]
        return min(times) if times else None

    async def _sleep(self) -> None:
        due_ns = self._due_ns()
        wait_ns = LOOK_NS if due_ns is None else min(LOOK_NS, max(0, due_ns - self.now_ns()))
        await asyncio.sleep(0)  # even a loop that has no time to sleep lets the sockets in
        with suppress(TimeoutError):
            async with asyncio.timeout(wait_ns / NS_PER_SECOND):  # wait_for would lose a cancellation that comes together with a wake-up (3.11)
                await self._woken.wait()
