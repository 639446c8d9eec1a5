"""Test words of following: a catalogue with what we put there, and a party that writes down what it is asked to do."""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from config.assembly.following import Following
from config.assembly.outside import Chosen
from config.assembly.roster import Standing
from config.outside import MarketsSection
from connectors.polymarket.catalog import Listing, Unlisted, Why
from connectors.polymarket.catalog_fetch import Catalog, Fetched
from connectors.polymarket.catalog_groups import EventRead
from connectors.polymarket.reference import Reference, Source
from oms.values.commands import Alert
from oms.values.events import Event, EventListed, MarketListed
from oms.values.market import EventGroup, Market, MarketId
from oms.values.units import NS_PER_SECOND, Nanos
from tests.words import NOON_NS

HOUR_NS = 3_600 * NS_PER_SECOND
_FILTERS: Mapping[str, str] = {}


def given_listing(name: str, *, left_ns: Nanos | None = HOUR_NS, event_id: str = "") -> Listing:
    """A market that ends so long after NOON_NS; None: nobody knows when."""
    end_ns = None if left_ns is None else NOON_NS + left_ns
    market = Market(market_id=name, title=name, yes=f"{name} yes", no=f"{name} no", event_id=event_id, end_ns=end_ns)
    return Listing(market=market, slug=name, outcomes=("Yes", "No"), reference=Reference(source=Source.UNKNOWN, symbol="", average_s=0))


def ending(listing: Listing, left_ns: Nanos) -> Listing:
    """The same market with another end."""
    return replace(listing, market=replace(listing.market, end_ns=NOON_NS + left_ns))


class Shelf(Catalog):
    """Gamma names what is on it; the CLOB takes orders in everything but what is `shut`, and says nothing of what is `mute`."""

    def __init__(self, *listings: Listing) -> None:
        self.listings = {one.market.market_id: one for one in listings}
        self.group: EventGroup | None = None
        self.missing: tuple[str, ...] = ()
        self.shut: list[MarketId] = []
        self.mute: list[MarketId] = []
        self.asked: list[MarketId] = []
        """About which the CLOB was asked, in order."""
        self.filters: list[Mapping[str, str]] = []

    async def markets(self, filters: Mapping[str, str] = _FILTERS) -> Fetched:
        self.filters.append(filters)
        return Fetched(listings=tuple(self.listings.values()), missing=self.missing)

    async def events(self, filters: Mapping[str, str] = _FILTERS) -> Fetched:
        told = await self.markets(filters)
        if self.group is None:
            return told
        return replace(told, events=(EventRead(group=self.group, title="e", listings=told.listings, unlisted=()),))

    async def now(self, listing: Listing) -> Listing | Unlisted | None:
        market_id = listing.market.market_id
        self.asked.append(market_id)
        if market_id in self.mute:
            return None
        if market_id in self.shut:
            return Unlisted(market_id=market_id, why=Why.NOT_ACCEPTING, text="it takes no orders")
        return listing


class Diary:
    """A party that only writes down."""

    def __init__(self) -> None:
        self.standings: dict[MarketId, Standing] = {}
        """Of those that are not open."""
        self.told: list[Event] = []
        self.gone: list[MarketId] = []
        self.reopened: list[MarketId] = []
        self.tidied: list[list[MarketId]] = []
        self.alerts: list[Alert] = []
        self.not_ready: list[MarketId] = []
        self.with_it: dict[MarketId, Event] = {}
        """What must be told with a market."""

    @property
    def listed(self) -> list[Market]:
        return [fact.market for fact in self.told if isinstance(fact, MarketListed)]

    @property
    def groups(self) -> list[EventGroup]:
        return [fact.group for fact in self.told if isinstance(fact, EventListed)]

    def standing(self, market: Market) -> Standing:
        return self.standings.get(market.market_id, Standing.OPEN)

    def is_known(self, market_id: MarketId) -> bool:
        return market_id not in self.gone

    async def before(self, markets: Sequence[Market]) -> Mapping[MarketId, Sequence[Event]]:
        told = {market.market_id: self.with_it.get(market.market_id) for market in markets if market.market_id not in self.not_ready}
        return {market_id: () if fact is None else (fact,) for market_id, fact in told.items()}

    def take_up(self, facts: Sequence[Event]) -> None:
        self.told += facts

    def reopen(self, market: Market) -> None:
        self.reopened.append(market.market_id)

    def let_go(self, market: Market) -> None:
        self.gone.append(market.market_id)

    def tidy(self, followed: Mapping[MarketId, object]) -> None:
        self.tidied.append(list(followed))

    def alarm(self, alert: Alert) -> None:
        self.alerts.append(alert)


class Walk:
    """Following by hand: a shelf, a diary, and a clock that we hold."""

    def __init__(self, *listings: Listing, at_most: int = 50, wanted: MarketsSection | None = None) -> None:
        self.at_ns = NOON_NS
        self.shelf = Shelf(*listings)
        self.diary = Diary()
        wanted = wanted or MarketsSection(series=("1",), at_most=at_most)
        chosen = Chosen(listings=listings, wanted=wanted, everything=wanted.is_empty)
        self.following = Following(chosen, self.shelf, self.diary, lambda: self.at_ns)

    def puts(self, *listings: Listing) -> None:
        """Gamma names these too, or otherwise than before."""
        self.shelf.listings |= {one.market.market_id: one for one in listings}

    @property
    def followed(self) -> list[MarketId]:
        return list(self.following.roster.followed)
