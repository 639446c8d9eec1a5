"""Test words of the crowd of an event: a floor with an event on it, and somebody who measures every window in its books."""

from collections.abc import Sequence

from oms.values.events import Event, LevelsChanged
from oms.values.market import EventGroup, Market
from oms.values.orders import Lifetime
from oms.values.units import MICRO, NS_PER_SECOND, PRICE_ONE_PIPS, Nanos
from sim.exchange import Exchange
from sim.latency import Latency, LatencySettings
from sim.messenger import Messenger
from sim.venue import SimVenue
from sim.world import MARKET as MARKET_RANK
from sim.world import World
from tests.sim.words_events import given_group, given_question, names_of, wish
from tests.sim.words_sim import Ears
from tests.words import NOON_NS


class Windows:
    """Every time that the best asks of all YES add up to less than a dollar, or the best bids to more: from when to when."""

    def __init__(self) -> None:
        self._tops: dict[str, dict[str, tuple[int, int]]] = {}
        self._since: dict[tuple[str, str], Nanos] = {}
        self.spans: dict[tuple[str, str], list[tuple[Nanos, Nanos]]] = {}
        """(event, "asks" or "bids") → what opened and closed again; nothing that lasted no time."""

    def see(self, public: Sequence[Event], at_ns: Nanos) -> None:
        for fact in public:
            if isinstance(fact, LevelsChanged) and fact.token.endswith(":YES"):
                assert fact.best_bid_pips is not None
                assert fact.best_ask_pips is not None
                event_id, number = fact.token.removesuffix(":YES").split("/")
                self._tops.setdefault(event_id, {})[number] = fact.best_bid_pips, fact.best_ask_pips
                self._look(event_id, at_ns)

    def _look(self, event_id: str, at_ns: Nanos) -> None:
        tops = self._tops[event_id].values()
        asks, bids = sum(ask for _, ask in tops), sum(bid for bid, _ in tops)
        for which, is_open in (("asks", 0 < asks < PRICE_ONE_PIPS), ("bids", bids > PRICE_ONE_PIPS)):
            if is_open:
                self._since.setdefault((event_id, which), at_ns)
            elif (event_id, which) in self._since:
                begun_ns = self._since.pop((event_id, which))
                if at_ns > begun_ns:
                    self.spans.setdefault((event_id, which), []).append((begun_ns, at_ns))


class EventFloor:
    """The exchange with an event of three markets, a stranger with a thousand sets of each, and somebody who listens on our side."""

    def __init__(self, *, exhaustive: bool = True, conversion_fee_bps: int | None = 0, fee_bps: int = 0) -> None:
        self.world = World(NOON_NS)
        self.venue = SimVenue(self.world, Messenger(self.world, Latency(LatencySettings(), 1)), Exchange())
        self.venue.open_account(1_000 * MICRO, NOON_NS)
        self.venue.exchange.deposit("stranger", 10_000 * MICRO)
        self.markets: tuple[Market, ...] = tuple(given_question(name, fee_bps=fee_bps) for name in names_of(3))
        for market in self.markets:
            self.venue.list_market(market, NOON_NS)
            self.venue.exchange.split("stranger", market.market_id, 1_000 * MICRO)
        self.group: EventGroup = given_group(*names_of(3), exhaustive=exhaustive, conversion_fee_bps=conversion_fee_bps)
        self.venue.list_event(self.group, NOON_NS)
        self.ears = Ears(self.venue)
        self._count = 0

    def stranger(self, what: str, cents: int, size: float) -> str:
        """The stranger quotes; returns the order's key."""
        self._count += 1
        key, now_ns = f"s{self._count}", self.world.now_ns()
        spec = wish(what, cents, size, Lifetime.GTC)
        self.venue.act(lambda exchange: exchange.submit("stranger", key, spec, now_ns), now_ns)
        return key

    def cancel(self, key: str) -> None:
        now_ns = self.world.now_ns()
        self.venue.act(lambda exchange: exchange.cancel("stranger", key, now_ns), now_ns)

    def live(self, seconds: float) -> None:
        until_ns = self.world.now_ns() + round(seconds * NS_PER_SECOND)
        self.world.at(until_ns, MARKET_RANK, lambda _now: None)
        self.world.run(self.ears, until_ns=until_ns)
