"""`record`: every raw frame of chosen markets, and of the prices by which they are decided, onto a tape of ours, for days.

The same streams, sockets and feed as live, with the tape as their sink: what is written is what arrived, before anybody read it. The facts are only
looked at for two things. A loss that a replay could not see in the frames (a socket closed, froze, or told other books than REST) becomes a hole on
the tape. A hole is one for all books, because the tape has no other; so whole books of every line are asked for afterwards, and again whenever a
segment begins. A market that was resolved is let go; when the last one is, and nothing is followed of which more may come, the recording is over.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import msgspec

from config.assembly.following import Following
from config.assembly.outside import Chosen, Services, feed_settings
from config.assembly.price_sockets import pairs_of, price_sockets
from config.assembly.record_following import RecordParty
from config.assembly.tape_head import TapeHead
from config.outside import VenueSection
from connectors.chunks import TapeError
from connectors.polymarket.feed import Feed
from connectors.reference_frames import Tallies
from connectors.tape import CHANNEL_BOOKS_CONFIRMED, CHANNEL_CONTINUITY_LOST, CHANNEL_POLYMARKET_MARKET
from connectors.tape_segments import SegmentedTape, SegmentLimits
from connectors.transport.websocket import Ends, Pace
from oms.values.events import BooksConfirmed, ContinuityLost, Event, EventListed, MarketListed, MarketResolved
from oms.values.market import Market, MarketId
from oms.values.units import Nanos

LOOK_S: Final = 0.5
"""How often the tape is handed to the operating system, and everything is looked at: what a kill costs at most."""
SEEN_BY_A_REPLAY: Final = "a frame was refused"
"""How MarketStream begins to tell of a loss that follows from the frame itself. Should it use other words some day, needless holes are written."""


class RecordPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What is recorded, from where to where."""

    venue: VenueSection
    chosen: Chosen
    folder: Path
    with_prices: bool = True
    """Reference prices too, of the pairs that the markets are decided by; where these name none, none."""
    limits: SegmentLimits = SegmentLimits()
    pace: Pace = Pace()


class RecordView(msgspec.Struct, frozen=True, kw_only=True):
    """A recording at one moment, for whoever looks on."""

    at_ns: Nanos
    frames: int
    written_bytes: int
    last_ns: Nanos | None
    """When the latest frame came; None: none came yet."""
    markets: int
    """Still open."""
    sockets: int
    sockets_open: int
    holes: int
    latest: tuple[str, ...]
    """Reference prices in words."""


class LiveTape:
    """One recording. Make it inside a running loop; `run` it once."""

    def __init__(self, plan: RecordPlan, services: Services, now: Callable[[], Nanos] = time.time_ns) -> None:
        """Raises TapeError: the folder cannot be written, or another recorder writes there."""
        self.tallies = Tallies()
        self.holes: Counter[str] = Counter()
        """Why the tape has holes."""
        self.frames: Counter[str] = Counter()
        """By channel."""
        self.failed: TapeError | None = None
        """Why nothing more could be written."""
        self._plan = plan
        self._now = now
        self.head = TapeHead(plan.chosen)
        """What is recorded: its markets are those still open."""
        self._resolved: dict[MarketId, Market] = {}
        """Paid out; the feed is done with them, and following has not looked since."""
        self._gone: list[Market] = []
        """Resolved, and not yet let go."""
        self._over = asyncio.Event()
        self._is_ending = False
        self._last_ns: Nanos | None = None
        self._rotations = 0
        self.tape = SegmentedTape(plan.folder, now(), self.head.frames, plan.limits)
        ends = Ends(CHANNEL_POLYMARKET_MARKET, self._take, self._heard)
        settings = feed_settings(plan.venue, pace=plan.pace)
        self.feed = Feed(self.head.markets.values(), settings, ends, services.clob, services.budget, now)
        self.following = Following(plan.chosen, services.catalog(), RecordParty(self), now, closes_by_time=False)
        pairs = pairs_of(plan.chosen.listings) if plan.with_prices else []
        self.price_sockets = price_sockets(plan.venue, pairs, self._take, self.tallies, plan.pace, now)

    def _take(self, channel: str, frame: bytes, at_ns: Nanos) -> None:
        """A frame came, and nobody has read it yet."""
        self.frames[channel] += 1
        self._last_ns = at_ns
        self._write(channel, frame, at_ns)

    def _write(self, channel: str, payload: bytes, at_ns: Nanos) -> None:
        if self.failed is not None or self._is_ending:
            return
        try:
            self.tape.frame(at_ns, channel, payload)
        except TapeError as error:
            self._fail(error)
            return
        if self.tape.rotations != self._rotations:
            self._rotations = self.tape.rotations
            self._ask_whole_books()

    def _fail(self, error: TapeError) -> None:
        self.failed = self.failed or error
        self._over.set()

    def _heard(self, facts: Sequence[Event], at_ns: Nanos) -> None:
        """What the frames and the sockets say."""
        for fact in facts:
            if isinstance(fact, MarketResolved):
                market = self.head.markets.get(fact.market_id)
                if market is not None:
                    self.head.let_go(fact.market_id)
                    self._gone.append(market)
                    self._resolved[market.market_id] = market
            elif isinstance(fact, BooksConfirmed):
                self._write(CHANNEL_BOOKS_CONFIRMED, msgspec.json.encode(fact), at_ns)
            elif isinstance(fact, ContinuityLost) and not self._is_ending and not fact.why.startswith(SEEN_BY_A_REPLAY):
                self.holes[fact.why] += 1
                self._write(CHANNEL_CONTINUITY_LOST, fact.why.encode(), at_ns)
                self._ask_whole_books()

    def is_resolved(self, market_id: MarketId) -> bool:
        """Was it told to be paid out?"""
        return market_id in self._resolved

    def listed(self, fact: MarketListed | EventListed) -> None:
        """A market came while we record, or changed, or an event did: onto the tape, and into the feed."""
        self._write(*self.head.take(fact), self._now())
        if isinstance(fact, MarketListed):
            self.feed.add([fact.market])

    def let_go(self, market: Market) -> None:
        """It is over, or nobody knows it any more."""
        self.feed.drop(market)
        self.head.let_go(market.market_id)
        self._resolved.pop(market.market_id, None)

    def _ask_whole_books(self) -> None:
        """The feed fetches them from REST the next time it looks."""
        shards = self.feed.shards
        shards.to_fetch |= {line.number: line for line in shards.lines if line.is_open and line.live}

    async def run(self, seconds: float | None = None, show: Callable[[RecordView], None] = lambda _view: None) -> None:
        """Record until `stop`, for so long, until all is resolved and nothing can come after it, or until the disk takes no more (`failed`)."""
        works = (self.feed.run(), self.following.run(), *(source.socket.run() for source in self.price_sockets))
        tasks = [asyncio.create_task(work) for work in works]
        packing: asyncio.Task[None] | None = None
        clock = asyncio.get_running_loop().time
        ends_s = None if seconds is None else clock() + seconds
        try:
            while not self._over.is_set() and (ends_s is None or clock() < ends_s):
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_S if ends_s is None else min(LOOK_S, ends_s - clock())):
                        await self._over.wait()
                for task in tasks:
                    if task.done():
                        task.result()  # ended by an error of ours
                self._look()
                if self.tape.to_pack and (packing is None or packing.done()):
                    packing = asyncio.create_task(asyncio.to_thread(self.tape.pack_one))
                show(self.view())
        finally:
            self._is_ending = True
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, *([] if packing is None else [packing]), return_exceptions=True)
            await self._close()

    def _look(self) -> None:
        """Hand everything to the operating system; let markets go that are over; make room."""
        try:
            if self.failed is None:
                self.tape.flush()
        except TapeError as error:
            self._fail(error)
        while self._gone:
            self.feed.drop(self._gone.pop())
        if not self.head.markets and not self.following.goes_on:
            self._over.set()
        self.tape.drop_oldest()

    async def _close(self) -> None:
        """End the tape, pack what is closed, give the folder free."""
        try:
            self.tape.close()
        except TapeError as error:
            self._fail(error)
        while self.tape.to_pack and self.failed is None:
            await asyncio.to_thread(self.tape.pack_one)
        self.tape.drop_oldest()
        self.tape.release()

    def stop(self) -> None:
        """End it in order."""
        self._over.set()

    def view(self) -> RecordView:
        """As it is now."""
        at_ns = self._now()
        sockets = [*(line.socket for line in self.feed.health(at_ns)), *(source.socket.health for source in self.price_sockets)]
        return RecordView(
            at_ns=at_ns,
            frames=self.frames.total(),
            written_bytes=self.tape.written_bytes,
            last_ns=self._last_ns,
            markets=len(self.head.markets),
            sockets=len(sockets),
            sockets_open=sum(socket.is_open for socket in sockets),
            holes=self.holes.total(),
            latest=tuple(tally.words() for tally in self.tallies.all()),
        )

    def summary(self) -> dict[str, Any]:
        """What became of it."""
        refused: Counter[str] = Counter()
        for line in self.feed.shards.lines:
            refused.update(line.refusals)
        for source in self.price_sockets:
            refused.update({f"{source.name} {name}": count for name, count in source.stream.refusals.items()})
        return {
            "frames": dict(self.frames),
            "written_bytes": self.tape.written_bytes,
            "segments": self.tape.rotations + 1,
            "dropped_segments": list(self.tape.dropped),
            "pack_failures": self.tape.pack_failures,
            "holes": dict(self.holes),
            "refused": dict(refused),
            "rest_failures": self.feed.rest_failures,
            "markets_open": len(self.head.markets),
            "prices": [tally.summary() for tally in self.tallies.all()],
            "never_came": [" ".join(line) for source in self.price_sockets for line in source.never_came()],
        }
