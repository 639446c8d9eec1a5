"""Venue (a): the simulated exchange behind the venue socket, in virtual time; the faulty one where a card speaks of trouble."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from oms.values import events as e
from oms.values.commands import Command, Prepared, Split
from oms.values.market import Payout
from oms.values.orders import OrderSpec
from oms.values.units import MICRO, NS_PER_SECOND, Nanos
from sim.exchange import Exchange
from sim.faults import Faults
from sim.faulty_venue import FaultyVenue
from sim.latency import Latency, LatencySettings
from sim.link import FaultyLink
from sim.messenger import Messenger
from sim.outcomes import Outcome
from sim.venue import US, SimVenue
from sim.world import MARKET, World
from tests.sim.words_sim import Ears
from tests.simulation.deck_player import Card
from tests.words import NOON_NS, given_market

THEM: Final = "them"
RICH: Final = 1_000_000 * MICRO
NEVER_MS: Final = (600_000, 600_000)
"""Settlement does not come of itself within a card: the card says when."""
STRIKES: Final = {
    "place lost": "place lost",
    "place reply lost": "place reply lost",
    "place 5xx": "place 5xx",
    "place 429": "place 429",
    "query failed": "query failed",
    "no heartbeat": "venue cancels all",
    "restart": "venue restart",
}
"""The deck's word → the kind of fault."""


class Misfortune(Faults):
    """What goes wrong is what was ordered: the next occasion of a kind, or every one from now on."""

    def __init__(self) -> None:
        super().__init__(1, rates={})
        self.once: dict[str, None] = {}
        self.always: dict[str, None] = {}

    def strikes(self, kind: str) -> bool:
        """Was it ordered? One that was ordered once is used up by that."""
        super().strikes(kind)
        ordered = kind in self.once or kind in self.always
        self.once.pop(kind, None)
        return ordered


class SimStand:
    """The built-in exchange."""

    def __init__(self, card: Card) -> None:
        self.market = card.terms(given_market(left_s=86_400))
        self.world = World(NOON_NS)
        self.exchange = Exchange()
        self.faults = Misfortune()
        latency = Latency(LatencySettings(mined_ms=NEVER_MS, confirmed_ms=NEVER_MS), 1)
        if card.has_trouble:
            self.venue: SimVenue = FaultyVenue(self.world, FaultyLink(self.world, latency, self.faults), self.exchange, self.faults)
        else:
            self.venue = SimVenue(self.world, Messenger(self.world, latency), self.exchange)
        self.venue.open_account(card.cash * MICRO, NOON_NS)
        self.venue.list_market(self.market, NOON_NS)
        self.exchange.deposit(THEM, 2 * RICH)
        assert self.exchange.split(THEM, self.market.market_id, RICH) is None
        self._ears = Ears(self.venue)
        self._strangers = 0
        self._live(1)
        self._ears.heard.clear()

    @property
    def facts(self) -> list[e.Event]:
        return [fact for _, fact in self._ears.heard]

    def now_ns(self) -> Nanos:
        return self.world.now_ns()

    def begin_line(self, told: int | None) -> None:
        pass

    def prepare(self, commands: Sequence[Command], at_ns: Nanos) -> list[Prepared]:
        return self.venue.prepare(commands, at_ns)

    async def send(self, ready: Sequence[Prepared], at_ns: Nanos) -> None:
        self.venue.send(ready, max(at_ns, self.world.now_ns()))
        self._live(1)

    async def they(self, spec: OrderSpec) -> None:
        self._strangers += 1
        now_ns = self.world.now_ns()
        outcomes = self.venue.act(lambda exchange: exchange.submit(THEM, f"s{self._strangers}", spec, now_ns), now_ns)
        assert "Refused" not in [type(outcome).__name__ for outcome in outcomes], outcomes
        self._live(1)

    async def split(self, shares_micro: int) -> None:
        command = Split(command_id="split", market_id=self.market.market_id, shares_micro=shares_micro)
        await self.send([Prepared(command=command)], self.world.now_ns())

    async def settle(self, stages: Sequence[e.SettlementStage]) -> None:
        for stage in stages:
            for record in self.exchange.trades():
                if not record.is_final:
                    self._act(partial(Exchange.settle_step, trade_id=record.trade.trade_id, stage=stage))
        self._live(1)

    async def passes(self, seconds: int) -> None:
        self._live(seconds + 1)

    async def happens(self, what: str) -> None:
        now_ns, market_id = self.world.now_ns(), self.market.market_id
        if what == "the market closes":
            self._act(partial(Exchange.close, market_id=market_id, at_ns=now_ns))
        elif what == "YES wins":
            self._act(partial(Exchange.resolve, market_id=market_id, payout=Payout(yes_ppm=MICRO, no_ppm=0), at_ns=now_ns))
        elif what == "the tick becomes 0.01":
            self._act(partial(_change_tick, market_id=market_id, at_ns=now_ns))
        elif what == "silent stream":
            self.faults.always["word lost"] = None
        else:
            self._strike(STRIKES[what], now_ns)
        self._live(1)

    def _strike(self, kind: str, now_ns: Nanos) -> None:
        """The next occasion of this kind goes wrong; two kinds are asked once a second."""
        self.faults.once[kind] = None
        if kind in {"venue cancels all", "venue restart"}:
            assert isinstance(self.venue, FaultyVenue)
            self.venue.each_second(now_ns)

    async def until(self, is_so: Callable[[], bool] | None) -> None:
        """Virtual time has passed already, as much as anything takes."""

    def holdings(self) -> tuple[int, int, int]:
        held = self.exchange.token_total
        return self.exchange.cash_total(US), held(US, self.market.yes), held(US, self.market.no)

    def _act(self, operation: Callable[[Exchange], list[Outcome]]) -> None:
        self.venue.act(operation, self.world.now_ns())

    def _live(self, seconds: int) -> None:
        until_ns = self.world.now_ns() + seconds * NS_PER_SECOND
        self.world.at(until_ns, MARKET, lambda _now: None)
        self.world.run(self._ears, until_ns=until_ns)


def _change_tick(exchange: Exchange, *, market_id: str, at_ns: Nanos) -> list[Outcome]:
    exchange.change_tick(market_id, 100, at_ns)
    return []
