"""What `live` does with markets that come and go while it runs."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Protocol

from config.assembly.live_books import held
from config.assembly.outside import VenueSaidNo
from config.assembly.own_tape import OwnTape
from config.assembly.realtime import RealTime
from config.assembly.roster import Standing
from config.assembly.standing import closed_long_ago, standing, unsettled
from connectors.polymarket.feed import Feed
from connectors.polymarket.signing import Wallet
from connectors.polymarket.user_stream import UserStream
from connectors.polymarket.venue import PolymarketVenue
from connectors.transport.websocket import StreamSocket
from oms.engine import Engine
from oms.values.commands import Alert
from oms.values.events import Event, EventListed, MarketListed
from oms.values.market import Market, MarketId
from oms.values.units import Nanos
from sim.world import World


class Trading(Protocol):
    """What is used of a live run (config/assembly/live.py)."""

    engine: Engine
    venue: PolymarketVenue
    world: World
    loop: RealTime
    tape: OwnTape
    feed: Feed
    user: UserStream
    user_socket: StreamSocket

    def tell(self, fact: Event) -> None:
        """A fact of our own making."""
        ...

    def alarm(self, alert: Alert) -> None:
        """A person must see this."""
        ...


class LiveParty:
    """A live run as a party that follows (following.py)."""

    def __init__(self, live: Trading, wallet: Wallet) -> None:
        self._live = live
        self._wallet = wallet

    def standing(self, market: Market) -> Standing:
        """As the engine knows it."""
        return standing(self._live.engine.state, market)

    def is_known(self, market_id: MarketId) -> bool:
        """The engine has not forgotten it."""
        return market_id in self._live.engine.state.desks

    async def before(self, markets: Sequence[Market]) -> Mapping[MarketId, Sequence[Event]]:
        """What the wallet holds of them: shares that are there before the market is listed are counted from its first moment on."""
        told: dict[MarketId, Sequence[Event]] = {}
        for market in markets:
            if self.is_known(market.market_id):
                told[market.market_id] = ()  # its shares have been in the books since it was listed first
                continue
            try:
                told[market.market_id] = await held(self._live.venue.questions, self._wallet, [market], with_cash=False)
            except VenueSaidNo as error:
                self.alarm(Alert(kind="market not taken up", text=f"{error}: it is tried again with the next look at the catalogue"))
        return told

    def take_up(self, facts: Sequence[Event]) -> None:
        """First to the engine and the tape, then the streams: a book of a market that is not listed yet would be lost."""
        live = self._live
        at_ns: Nanos = live.loop.now_ns()
        for fact in facts:
            if isinstance(fact, MarketListed | EventListed):
                frame = live.tape.listed(fact, at_ns)
                if frame:
                    live.loop.arrive(partial(_saw, live.world, frame))
            if isinstance(fact, MarketListed):
                live.user.add_market(fact.market)
                live.feed.add([fact.market])
            live.tell(fact)
        live.user_socket.poke()

    def reopen(self, market: Market) -> None:
        """Subscribed anew, it is told whole."""
        self._live.feed.drop(market)

    def let_go(self, market: Market) -> None:
        """The feed is done with it; our account's channel when nothing of ours is under way there (`tidy`)."""
        self._live.feed.drop(market)
        self._live.tape.let_go(market.market_id)

    def tidy(self, followed: Mapping[MarketId, object]) -> None:
        """What is over and settled leaves our account's channel, and the venue what the engine has forgotten."""
        live, state = self._live, self._live.engine.state
        for fact in closed_long_ago(state, followed, live.loop.now_ns()):
            live.tell(fact)
        busy = unsettled(state)
        for market in {market.market_id: market for market in live.user.markets.values()}.values():
            if market.market_id not in followed and market.market_id not in busy:
                live.user.drop_market(market)
        for market in list(live.venue.markets.values()):
            if market.market_id not in followed and market.market_id not in state.desks:
                live.venue.forget(market)
        live.user_socket.poke()

    def alarm(self, alert: Alert) -> None:
        """To whoever watches the run."""
        self._live.alarm(alert)


def _saw(world: World, frame: int, _at_ns: Nanos) -> None:
    world.saw_frame(frame)
