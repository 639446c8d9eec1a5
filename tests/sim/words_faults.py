"""Test words of the faulty venue: the exchange with one market, us, a stranger with a thousand sets, and somebody who listens on our side."""

from collections.abc import Mapping

from oms.values.commands import Cancel, Command, Place
from oms.values.events import Event
from oms.values.market import FeeCurve
from oms.values.orders import OrderSpec
from oms.values.units import MICRO, NS_PER_SECOND, Nanos
from sim.exchange import Exchange
from sim.faults import Faults
from sim.faulty_venue import FaultyVenue
from sim.latency import Latency, LatencySettings
from sim.link import FaultyLink
from sim.world import MARKET as MARKET_RANK
from sim.world import World
from tests.sim.words_sim import Ears
from tests.words import MARKET, NOON_NS, given_market

QUICK = LatencySettings(order_ms=(100, 100), reply_ms=(50, 50), market_data_ms=(10, 10), mined_ms=(2_000, 2_000), confirmed_ms=(3_000, 3_000))
"""Known delays: half-seconds tell apart what is late."""


class FaultyFloor:
    """The faults begin after everybody has come in."""

    def __init__(self, rates: Mapping[str, float] | None = None, *, seed: int = 1) -> None:
        self.world = World(NOON_NS)
        self.faults = Faults(seed, rates=rates or {})
        self.faults.active = False
        self.link = FaultyLink(self.world, Latency(QUICK, seed), self.faults)
        self.venue = FaultyVenue(self.world, self.link, Exchange(), self.faults)
        self.venue.open_account(1_000 * MICRO, NOON_NS)
        self.venue.list_market(given_market(fee=FeeCurve(rate_bps=700)), NOON_NS)
        self.venue.exchange.deposit("stranger", 10_000 * MICRO)
        self.venue.exchange.split("stranger", MARKET, 1_000 * MICRO)
        self.ears = Ears(self.venue)
        self._count = 0
        self.live(1)
        self.heard()
        self.faults.active = True

    @property
    def now_ns(self) -> Nanos:
        """The instant that is being lived."""
        return self.world.now_ns()

    def live(self, seconds: float) -> None:
        """Let time pass."""
        until_ns = self.world.now_ns() + round(seconds * NS_PER_SECOND)
        self.world.at(until_ns, MARKET_RANK, lambda _now: None)
        self.world.run(self.ears, until_ns=until_ns)

    def a_second(self) -> None:
        """One occasion for what goes wrong of itself, and the second after it."""
        self.venue.each_second(self.now_ns)
        self.live(1)

    def stranger(self, wish: OrderSpec) -> None:
        """The stranger trades or quotes."""
        self._count += 1
        now_ns = self.now_ns
        self.venue.act(lambda exchange: exchange.submit("stranger", f"s{self._count}", wish, now_ns), now_ns)

    def send(self, *commands: Command) -> None:
        """We ask for something now."""
        self.venue.send(self.venue.prepare(commands, self.now_ns), self.now_ns)

    def place(self, order_id: str, wish: OrderSpec, seconds: float = 1) -> None:
        """Place, and wait so long."""
        self.send(Place(order_id=order_id, spec=wish, strategy="test", why=""))
        self.live(seconds)

    def cancel(self, order_id: str, seconds: float = 1) -> None:
        """Cancel, and wait so long."""
        self.send(Cancel(order_id=order_id, why=""))
        self.live(seconds)

    def stands(self, order_id: str) -> bool:
        """At the exchange."""
        record = self.venue.exchange.find("us", order_id)
        return record is not None and record.stands

    def heard(self, *kinds: type) -> list[Event]:
        """What reached us since the last question, of these kinds."""
        return [event for _, event in self.heard_when(*kinds)]

    def heard_when(self, *kinds: type) -> list[tuple[Nanos, Event]]:
        """The same, with when."""
        heard, self.ears.heard = self.ears.heard, []
        return [(at_ns, event) for at_ns, event in heard if not kinds or isinstance(event, kinds)]

    def names(self) -> list[str]:
        """The same by name, market data apart."""
        return [type(event).__name__ for event in self.heard() if type(event).__name__ not in {"LevelsChanged", "Traded", "BestTold", "BookReset"}]
