"""Virtual time: one queue of (at, rank, seq, what), and the loop that runs turns between its instants. Days in seconds.

At one instant things happen by rank: the market moves, then answers and fills reach us, then our commands arrive at the venue (ruling 2.6); what
has reached us by then is one turn. Nothing leaves the queue from the middle, so it is a heap (decision 0008).

A recording is a feed: it is read lazily beside the queue, and a feed at the same instant goes first.
"""

import heapq
from collections.abc import Callable, Iterator
from typing import Final

from oms.turn import Turner
from oms.values.events import Event
from oms.values.units import NS_PER_SECOND, Nanos

MARKET: Final = 0
ANSWERS: Final = 1
ARRIVALS: Final = 2
LIVES_ON_NS: Final = 600 * NS_PER_SECOND
"""So long after a recording the engine's own deadlines are lived, and longer while anything is under way. A market of it may end years later: audits
each minute until then would take longer than the recording."""

Action = Callable[[Nanos], None]
Feed = Iterator[tuple[Nanos, Action]]
"""(time, what happens then), times never going back."""


class World:
    """Owns the time of a simulation or a replay."""

    def __init__(self, start_ns: Nanos) -> None:
        self._now_ns = start_ns
        self._queue: list[tuple[Nanos, int, int, Action]] = []
        self._count = 0
        self.inbox: list[Event] = []
        """What reached us and waits for the turn."""
        self.frames: tuple[int, int] | None = None
        """First and last tape frame behind the inbox."""

    def now_ns(self) -> Nanos:
        """The instant that is being lived (Clock)."""
        return self._now_ns

    def at(self, at_ns: Nanos, rank: int, action: Action) -> None:
        """Let `action` happen then. Not in the past."""
        assert at_ns >= self._now_ns, "nothing can be done in the past"
        self._count += 1
        heapq.heappush(self._queue, (at_ns, rank, self._count, action))

    def tell(self, event: Event) -> None:
        """A fact reaches us now."""
        self.inbox.append(event)

    def due_ns(self) -> Nanos | None:
        """When the first of the queue is due; None: the queue is empty."""
        return self._queue[0][0] if self._queue else None

    def catch_up(self, now_ns: Nanos) -> None:
        """Real time has come to `now_ns`: what was due until then happens in order, each at its own instant; turns are the caller's."""
        queue = self._queue
        while queue and queue[0][0] <= now_ns:
            self._now_ns = max(self._now_ns, queue[0][0])
            heapq.heappop(queue)[3](self._now_ns)
        self._now_ns = max(self._now_ns, now_ns)

    def saw_frame(self, seq: int) -> None:
        """A tape frame is behind what is told next."""
        self.frames = (self.frames[0] if self.frames else seq, seq)

    def run(
        self,
        turner: Turner,
        *,
        until_ns: Nanos | None = None,
        feed: Feed | None = None,
        pace: Callable[[Nanos], bool] | None = None,
        is_idle: Callable[[], bool] | None = None,
    ) -> None:
        """Live until there is nothing more, or `until_ns`, or `pace` says False.

        Args:
            turner: runs a turn after each instant at which something reached us or a deadline came.
            until_ns: instants after this one are not lived.
            feed: a recording beside the queue; when it is over the queue is lived on, without new deadlines of the engine alone.
            pace: called before each instant with its time; may sleep, show progress, or end the run.
            is_idle: nothing of ours is under way; then, LIVES_ON_NS after the feed, deadlines between the instants of the queue are not lived.
        """
        pending = next(feed, None) if feed is not None else None
        fed_ns = self._now_ns
        while True:
            wake_ns = turner.wake_at_ns()
            is_live = pending is not None or feed is None
            if not is_live and wake_ns is not None and wake_ns > fed_ns + LIVES_ON_NS and is_idle is not None and is_idle():
                wake_ns = None
            at_ns = self._next_instant(pending, wake_ns, is_live=is_live)
            if at_ns is None or (until_ns is not None and at_ns > until_ns):
                return
            if pace is not None and not pace(at_ns):
                return
            self._now_ns = at_ns
            while feed is not None and pending is not None and pending[0] <= at_ns:
                pending[1](at_ns)
                pending, fed_ns = next(feed, None), at_ns
            queue = self._queue
            while queue and queue[0][0] <= at_ns:
                heapq.heappop(queue)[3](at_ns)
            if self.inbox or (wake_ns is not None and wake_ns <= at_ns):
                batch, self.inbox = self.inbox, []
                frames, self.frames = self.frames, None
                turner.turn(batch, at_ns, frames)

    def _next_instant(self, pending: tuple[Nanos, Action] | None, wake_ns: Nanos | None, *, is_live: bool) -> Nanos | None:
        """The earliest of queue, feed and deadline. A deadline alone does not keep a finished recording alive."""
        times = [self._queue[0][0]] if self._queue else []
        if pending is not None:
            times.append(pending[0])
        if wake_ns is not None and (times or is_live):
            times.append(wake_ns)
        return max(min(times), self._now_ns) if times else None
