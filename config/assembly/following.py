"""A run follows its markets: the catalogue is asked again and again for what was chosen, and what comes of it is acted upon.

Shared by `paper`, `live` and `record`, which differ in what they do with a market (`Party`). What is new, changed or over is decided in roster.py;
here is who asks and in which order: first the catalogue, then the CLOB about each market that would change anything, then, for real money, what the
wallet holds of a new one, and only then is it listed. Nothing here stops a run or a market because a question was not answered.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Protocol

from config.assembly.outside import Chosen, ask, is_ended
from config.assembly.roster import Roster, Standing
from config.assembly.run_log import STREAM
from config.logs import say
from connectors.polymarket.catalog import Listing, Unlisted
from connectors.polymarket.catalog_fetch import Catalog
from oms.values.commands import Alert
from oms.values.events import Event, EventListed, MarketListed
from oms.values.market import Market, MarketId
from oms.values.units import Nanos

ASKED_MAX: Final = 300
"""Markets about which the CLOB is asked in one look; the others are asked about in the next."""
NAMED_MAX: Final = 5
"""Markets that an alert names."""


class Party(Protocol):
    """Whoever follows: what a run does with a market."""

    def standing(self, market: Market) -> Standing:
        """How far it is."""
        ...

    def is_known(self, market_id: MarketId) -> bool:
        """Is anything of it in memory, followed or not?"""
        ...

    async def before(self, markets: Sequence[Market]) -> Mapping[MarketId, Sequence[Event]]:
        """What must be told together with each of these new markets. One that is missing from the answer cannot be taken up now."""
        ...

    def take_up(self, facts: Sequence[Event]) -> None:
        """Tell these facts, in this order; markets that they list are listened to from now on."""
        ...

    def reopen(self, market: Market) -> None:
        """It had ended, and its end has moved: its books are to be told whole again when it is taken up, which follows."""
        ...

    def let_go(self, market: Market) -> None:
        """Do not listen to this one any more."""
        ...

    def tidy(self, followed: Mapping[MarketId, object]) -> None:
        """A look is over: forget what nothing needs, but for these."""
        ...

    def alarm(self, alert: Alert) -> None:
        """A person must see this."""
        ...


class Following:
    """One run's. `run` it as a task; cancel the task to end it."""

    def __init__(
        self, chosen: Chosen, catalog: Catalog, party: Party, now: Callable[[], Nanos] = time.time_ns, *, closes_by_time: bool = True
    ) -> None:
        """`closes_by_time`: as in Roster."""
        self.roster = Roster(chosen.listings, chosen.groups, chosen.wanted.at_most, closes_by_time=closes_by_time)
        self.failures = 0
        """Looks at which the catalogue could not be read as a whole."""
        self.looks = 0
        self._chosen = chosen
        self._catalog = catalog
        self._party = party
        self._now = now
        self._is_exhausted = False
        """The latest answer was whole, and named nothing that is open."""
        self._is_failing = False
        self._is_waiting = False
        """Both were told, and are told again only after they ended."""

    @property
    def goes_on(self) -> bool:
        """May markets come that nobody knows yet? Of events not any more when the catalogue says that all of them are over."""
        chosen = self._chosen
        return chosen.may_grow and (bool(chosen.wanted.series) or chosen.everything or not self._is_exhausted)

    async def run(self) -> None:
        """Look again and again; returns at once if nothing is to be followed."""
        wanted = self._chosen.wanted
        if not wanted.follow_s or (wanted.is_empty and not self._chosen.everything):
            return
        while True:
            await asyncio.sleep(wanted.follow_s)
            await self.look()

    async def look(self) -> None:
        """Ask once, and act upon it."""
        roster, party, at_ns = self.roster, self._party, self._now()
        for market in roster.over(party.standing, at_ns):
            self._let_go(market, "it is over", for_good=True)
        told = await ask(self._chosen.wanted, self._catalog)
        self.looks += 1
        self._judge(told.missing)
        self._is_exhausted = not told.missing and not told.listings
        news = roster.news(told, self._now())
        for listing in news.doubted:
            await self._doubt(listing)
        facts: list[Event] = []
        for listing in news.changed:
            facts += await self._changed(listing)
        new, more = await self._new(news.new)
        for listing, raw in new:
            roster.take(listing, raw)
            facts.append(MarketListed(market=listing.market))
        facts += [EventListed(group=group) for group in roster.events(told, party.is_known)]
        if facts:
            party.take_up([*facts, *more])
        party.tidy(roster.followed)

    def _judge(self, missing: Sequence[str]) -> None:
        """The catalogue fails, or is back: told once."""
        self.failures += bool(missing)
        if missing and not self._is_failing:
            every = f"it is asked again every {self._chosen.wanted.follow_s} s"
            text = f"the catalogue could not be read as a whole ({missing[0]}): what is followed stays as it is, and {every}"
            self._party.alarm(Alert(kind="catalogue not read", text=text))
        elif self._is_failing and not missing:
            say(STREAM, logging.INFO, "catalogue read again", failures=self.failures)
        self._is_failing = bool(missing)

    async def _doubt(self, listing: Listing) -> None:
        """The catalogue does not name it any more. Only the CLOB's own word lets it go; if trading goes on there, the catalogue is wrong."""
        now = await self._catalog.now(listing)
        if isinstance(now, Listing):
            self.roster.vouched(listing.market.market_id)
        elif isinstance(now, Unlisted):
            self._let_go(listing.market, now.text, for_good=False)

    async def _changed(self, told: Listing) -> list[Event]:
        """The catalogue tells otherwise of a market that is followed. Where the CLOB does not take orders nothing is taken over."""
        market_id = told.market.market_id
        now = await self._catalog.now(told)
        if not isinstance(now, Listing) or market_id not in self.roster.followed:
            return []
        before = self.roster.followed[market_id].listing.market
        if not self.roster.take(now, told.market):
            return []
        if is_ended(before, self._now()) and not is_ended(now.market, self._now()):
            self._party.reopen(now.market)
        return [MarketListed(market=now.market)]

    async def _new(self, listings: Sequence[Listing]) -> tuple[list[tuple[Listing, Market]], list[Event]]:
        """Those that can be traded and for which there is room, each with what the catalogue told; and what must be told with them."""
        open_now: list[tuple[Listing, Market]] = []
        room = self.roster.room(self._now())
        candidates = [one for one in listings if self._party.standing(one.market) is not Standing.OVER]
        asked = 0
        for told in candidates[:ASKED_MAX]:
            if len(open_now) >= room:
                break
            asked += 1
            now = await self._catalog.now(told)
            if isinstance(now, Listing) and not is_ended(now.market, self._now()):
                open_now.append((now, told.market))
        self._tell_waiting([] if len(open_now) < room else candidates[asked:])
        if not open_now:
            return [], []
        before = await self._party.before([listing.market for listing, _ in open_now])
        taken = [pair for pair in open_now if pair[0].market.market_id in before]
        return taken, [fact for listing, _ in taken for fact in before[listing.market.market_id]]

    def _tell_waiting(self, waiting: Sequence[Listing]) -> None:
        """There is no room for these: told once, until there was room for all."""
        if waiting and not self._is_waiting:
            names = ", ".join(one.slug or one.market.market_id for one in waiting[:NAMED_MAX])
            text = f"markets.at_most = {self._chosen.wanted.at_most} are open: {len(waiting)} more wait until there is room, {names} first"
            self._party.alarm(Alert(kind="markets wait", text=text))
        self._is_waiting = bool(waiting)

    def _let_go(self, market: Market, why: str, *, for_good: bool) -> None:
        self.roster.let_go(market, for_good=for_good)
        self._party.let_go(market)
        say(STREAM, logging.INFO, "market let go", market_id=market.market_id, title=market.title, why=why)
