"""`paper`: live public data, simulated fills. The same venue, lenses and engine as in `replay`, driven by sockets and the clock instead of a tape."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final

from config.assembly.joined import Joined, Keep, Sight, told
from config.assembly.lensed import LENSES_SAY, Lensed
from config.assembly.outside import Chosen, Services, broken_down
from config.assembly.realtime import RealTime
from config.assembly.run_log import STREAM, Counted
from config.settings import Settings
from connectors.polymarket.book_hash import digest
from connectors.polymarket.feed import Feed, FeedSettings
from connectors.tape import CHANNEL_POLYMARKET_MARKET
from connectors.transport.websocket import Ends
from oms.values.events import Event
from oms.values.units import MICRO, Nanos
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
    """One paper run."""

    def __init__(
        self, settings: Settings, chosen: Chosen, services: Services, *, keep: Keep | None = None, now: Callable[[], Nanos] = time.time_ns
    ) -> None:  # fmt: skip
        self.settings = settings
        self.start_ns = now()
        self.world = World(self.start_ns)
        markets = [listing.market for listing in chosen.listings]
        tokens = [token for market in markets for token in (market.yes, market.no)]
        self.venue = PaperVenue(
            self.world, Messenger(self.world, Latency(settings.latency, 0)), trade_rules=dict.fromkeys(tokens, "announced"), payouts={}
        )
        ends = Ends(CHANNEL_POLYMARKET_MARKET, lambda _channel, _frame, _at_ns: None, self._heard)
        self.feed = Feed(markets, FeedSettings(url=f"{settings.venue.stream}/market"), ends, services.clob, services.budget)
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
                counted=(Counted(STREAM, "frame refused", Refused(self.feed)),),
            ),
            keep=keep and told(keep, settings, notes=(LENSES_SAY, PAPER)),
        )
        self.loop = RealTime(self.world, self.joined.turner, now=now)
        self.venue.open_account(settings.account.cash_usd * MICRO, self.start_ns)
        for market in markets:
            self.venue.list_market(market)
        for group in chosen.groups:
            self.venue.list_event(group)

    def _heard(self, facts: Sequence[Event], _at_ns: Nanos) -> None:
        self.loop.arrive(partial(self._take, facts))

    def _take(self, facts: Sequence[Event], at_ns: Nanos) -> None:
        for fact in facts:
            self.venue.recorded(fact, at_ns)

    async def run(self, goes_on: Callable[[Nanos], bool]) -> dict[str, Any]:
        """Trade on paper until `goes_on` says False, wind down, report. Raises VenueSaidNo: the market data broke down."""
        self.joined.log.begins("paper", markets=len(self.venue.markets), config_hash=self.settings.hash())
        feed = asyncio.create_task(self.feed.run())
        try:
            await self.loop.run(lambda: goes_on(self.world.now_ns()) and not feed.done())
        finally:
            feed.cancel()
            (error,) = await asyncio.gather(feed, return_exceptions=True)
        if isinstance(error, Exception):
            raise broken_down("the market data", error)
        self.joined.wind_down("the paper run is over")
        return self.joined.conclude(self.report())

    def report(self) -> dict[str, Any]:
        """The run report with the lenses, and how well the books were told."""
        return {**self.joined.report(), "lenses": self.lensed.report(), "refused_frames": dict(sorted(Refused(self.feed).items()))}
