"""`paper`: live public data, simulated fills. The same venue, lenses and engine as in `replay`, driven by sockets and the clock instead of a tape."""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Final

import msgspec

from config.assembly.following import Following
from config.assembly.joined import Joined, Keep, Sight, told
from config.assembly.kill import Killed
from config.assembly.latch import KILL_NAME, LATCH_NAME, Latch, LatchFailed
from config.assembly.lensed import LENSES_SAY, Lensed
from config.assembly.live_resolutions import ResolutionWatch
from config.assembly.operator.keeper import Ends, Keeper, Vitals, disk_free_bytes
from config.assembly.operator.steward import About, Steward
from config.assembly.operator.surroundings import feed_rows, machine
from config.assembly.outside import Chosen, Services, broken_down, feed_settings
from config.assembly.own_tape import OwnTape
from config.assembly.paper_following import PaperParty
from config.assembly.realtime import RealTime
from config.assembly.run_log import STREAM, Counted
from config.logs import say
from config.measure import commit_id
from config.settings import Settings
from config.version import VERSION
from connectors.operator.control.bridge import Bridge
from connectors.polymarket.book_hash import digest
from connectors.polymarket.feed import Feed
from connectors.polymarket.reads import Reads
from connectors.polymarket.resolutions import Resolutions
from connectors.systemd import Notifier
from connectors.tape import CHANNEL_POLYMARKET_MARKET
from connectors.transport.websocket import Ends as StreamEnds
from oms.values.commands import Alert
from oms.values.events import Event
from oms.values.panels import Health
from oms.values.units import MICRO, NS_PER_MS, Nanos
from sim.latency import Latency
from sim.messenger import Messenger
from sim.paper_venue import PaperVenue
from sim.world import World

PAPER: Final = (
    "Fills are simulated: the market did not see our orders and could not react to them, and no simulated fill rate here has ever been compared with"
    " real own trades. Real trading would have earned less."
)


class Refused(Mapping[str, int]):
    """Frames that a feed refused, by name, over all its sockets."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed

    def _counted(self) -> Counter[str]:
        counted: Counter[str] = Counter()
        for line in self._feed.shards.lines:
            counted.update(line.refusals)
        return counted

    def __getitem__(self, name: str) -> int:
        return self._counted()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._counted())

    def __len__(self) -> int:
        return len(self._counted())


class Paper:
    """One paper run. Halts, latches and is watched as `live` is."""

    def __init__(
        self,
        settings: Settings,
        chosen: Chosen,
        services: Services,
        *,
        keep: Keep | None = None,
        notifier: Notifier | None = None,
        now: Callable[[], Nanos] = time.time_ns,
    ) -> None:
        self.settings = settings
        self.latch = Latch(settings.live.folder / LATCH_NAME)
        self.killed: Killed | None = None
        self._budget = services.budget
        self.start_ns = now()
        self.world = World(self.start_ns)
        markets = [listing.market for listing in chosen.listings]
        self.venue = PaperVenue(self.world, Messenger(self.world, Latency(settings.latency, 0)), trade_rules={}, payouts={})
        self.tape = OwnTape(settings, chosen, self.alarm)
        ends = StreamEnds(CHANNEL_POLYMARKET_MARKET, self.tape.sink, self._heard)
        self.feed = Feed(markets, feed_settings(settings.venue, settings.engine.silence_ns), ends, services.clob, services.budget)
        self.lensed = Lensed(self.venue, lambda: self.joined.engine.state)
        self.joined = Joined(
            settings,
            0,
            self.world,
            self.venue,
            Sight(
                digest=digest,
                own_orders_in_book=False,
                lenses=self.lensed.views,
                before=self.tape.turn,
                counted=(Counted(STREAM, "frame refused", Refused(self.feed)),),
            ),
            keep=keep and told(keep, settings, notes=(LENSES_SAY, PAPER)),
        )
        self.bridge = Bridge()
        self.loop = RealTime(self.world, self.joined.turner, now=now, beat=self._beat)
        self.following = Following(chosen, services.catalog(), PaperParty(self), now)
        resolutions = Resolutions(Reads(services.gamma, services.budget, now_ns=now))
        self._payouts = ResolutionWatch(self.joined.engine.state, resolutions, lambda facts: self.tell(facts, 0), now)
        self._journal = keep.path if keep is not None else None
        self.keeper = self._keeper(notifier or Notifier(""))
        self.venue.open_account(settings.account.cash_usd * MICRO, self.start_ns)
        for market in markets:
            self.venue.list_market(market)
        for group in chosen.groups:
            self.venue.list_event(group)

    def _heard(self, facts: Sequence[Event], at_ns: Nanos) -> None:
        self.tell(facts, self.tape.behind(facts, at_ns))

    def tell(self, facts: Sequence[Event], frame: int) -> None:
        """Facts reached us just now; a frame of the tape is behind them (0: none is)."""
        self.loop.arrive(partial(self._take, facts, frame))

    def _take(self, facts: Sequence[Event], frame: int, at_ns: Nanos) -> None:
        if frame:
            self.world.saw_frame(frame)
        for fact in facts:
            self.venue.recorded(fact, at_ns)

    def alarm(self, alert: Alert) -> None:
        """A person must see this, and it is about no order."""
        self.keeper.steward.recent.alarm(alert, self.world.now_ns())
        say(STREAM, logging.WARNING, "alarm", kind=alert.kind, text=alert.text)

    def _keeper(self, notifier: Notifier) -> Keeper:
        """Whoever watches this run, and what is watched of it."""
        state, settings = self.joined.engine.state, self.settings
        about = About(verb="paper", version=VERSION, commit=commit_id(), seed=0, since_ns=self.start_ns)
        steward = self.joined.steward = Steward(
            state, self.bridge, about, self.joined.around(self._health), tell=lambda fact: self.loop.tell([fact]), kill=self.halt
        )
        ends = Ends(vitals=self._vitals, halt=self.halt, tell=lambda fact: self.loop.tell([fact]))
        return Keeper(state, steward, notifier, settings.guards, settings.live.folder / KILL_NAME, ends)

    def halt(self, why: str) -> str:
        """Latch, and let the run end; what stands is taken away in its last moments."""
        with suppress(LatchFailed):
            self.latch.set(why)
        self.loop.stop()
        return self.joined.halt(why)

    def _beat(self, at_ns: Nanos) -> None:
        self.tape.look()
        self.keeper.beat(at_ns, is_healthy=self.loop.lag_ns <= self.settings.live.lag_max_ms * NS_PER_MS)

    def _vitals(self, _at_ns: Nanos) -> Vitals:
        clock = self.feed.clock
        folder = self.settings.live.folder if self._journal is None else self._journal.parent
        return Vitals(clock_off_ns=-clock.offset_ns if clock.is_known else None, disk_free_bytes=disk_free_bytes(folder))

    def _health(self, at_ns: Nanos) -> Health:
        clock = self.feed.clock
        return msgspec.structs.replace(
            machine(at_ns, self._journal),
            lag_ms=self.loop.lag_ns / NS_PER_MS,
            feeds=feed_rows(self.feed.health(at_ns)),
            budgets=self._budget.left(at_ns),
            clock_off_ms=-clock.offset_ns / NS_PER_MS if clock.is_known else None,
            guards=self.keeper.words(),
        )

    async def run(self, goes_on: Callable[[Nanos], bool]) -> dict[str, Any]:
        """Trade on paper until `goes_on` says False, wind down, report. Raises VenueSaidNo: the market data broke down."""
        self.joined.log.begins("paper", markets=len(self.venue.markets), config_hash=self.settings.hash())
        self.tape.begin(self.start_ns)
        try:
            return await self._run(goes_on)
        finally:
            self.tape.close()

    async def _run(self, goes_on: Callable[[Nanos], bool]) -> dict[str, Any]:
        works = {"the market data": self.feed.run(), "the following of markets": self.following.run(), "the watch for payouts": self._payouts.run()}
        tasks = [asyncio.create_task(work) for work in works.values()]
        try:
            await self.loop.run(lambda: goes_on(self.world.now_ns()) and not any(task.done() and task.exception() for task in tasks))
        finally:
            for task in tasks:
                task.cancel()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
        for what, error in zip(works, ended, strict=True):
            if isinstance(error, Exception) and not self.joined.killed:
                raise broken_down(what, error)
        self.keeper.stopping(self.joined.killed or "the paper run is over")
        self.joined.wind_down("the paper run is over")
        if self.joined.killed:
            self.killed = self._verified()
        return self.joined.conclude(self.report())

    def _verified(self) -> Killed:
        """What came of a kill: the venue is here, so one look is certain."""
        left = tuple([order.order_id for order in self.joined.engine.state.blotter.all_open()])
        not_latched = ""
        try:
            self.latch.set(self.joined.killed, verified=not left)
            (self.settings.live.folder / KILL_NAME).unlink(missing_ok=True)
        except (LatchFailed, OSError) as error:
            not_latched = str(error)
        return Killed(verified=not left, rounds=1, left=left, not_latched=not_latched)

    def report(self) -> dict[str, Any]:
        """The run report with the lenses, and how well the books were told."""
        return {**self.joined.report(), "lenses": self.lensed.report(), "refused_frames": dict(sorted(Refused(self.feed).items()))}
