"""What `paper` does with markets that come and go while it runs."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from config.assembly.joined import Joined
from config.assembly.own_tape import OwnTape
from config.assembly.realtime import RealTime
from config.assembly.roster import Standing
from config.assembly.standing import standing
from connectors.polymarket.feed import Feed
from oms.values.commands import Alert
from oms.values.events import Event, EventListed, MarketListed
from oms.values.market import Market, MarketId
from sim.paper_venue import PaperVenue


class Trading(Protocol):
    """What is used of a paper run (config/assembly/paper.py)."""

    joined: Joined
    venue: PaperVenue
    loop: RealTime
    tape: OwnTape
    feed: Feed

    def tell(self, facts: Sequence[Event], frame: int) -> None:
        """Facts reached us just now, with the frame of the tape that is behind them."""
        ...

    def alarm(self, alert: Alert) -> None:
        """A person must see this."""
        ...


class PaperParty:
    """A paper run as a party that follows (following.py)."""

    def __init__(self, paper: Trading) -> None:
        self._paper = paper

    def standing(self, market: Market) -> Standing:
        """As the engine knows it."""
        return standing(self._paper.joined.engine.state, market)

    def is_known(self, market_id: MarketId) -> bool:
        """The engine has not forgotten it."""
        return market_id in self._paper.joined.engine.state.desks

    async def before(self, markets: Sequence[Market]) -> Mapping[MarketId, Sequence[Event]]:
        """Nothing: on paper we hold nothing of a market that we do not know."""
        return {market.market_id: () for market in markets}

    def take_up(self, facts: Sequence[Event]) -> None:
        """First to the venue, the engine and the tape, then the feed: a book of a market that is not listed yet would be lost."""
        paper = self._paper
        for fact in facts:
            if isinstance(fact, MarketListed | EventListed):
                paper.tell([fact], paper.tape.listed(fact, paper.loop.now_ns()))
            if isinstance(fact, MarketListed):
                paper.feed.add([fact.market])

    def reopen(self, market: Market) -> None:
        """Subscribed anew, it is told whole: the venue has kept no book of it since it ended."""
        self._paper.feed.drop(market)

    def let_go(self, market: Market) -> None:
        """The feed is done with it."""
        self._paper.feed.drop(market)
        self._paper.tape.let_go(market.market_id)

    def tidy(self, followed: Mapping[MarketId, object]) -> None:
        """The venue forgets what the engine has forgotten, once it is paid out."""
        paper, state = self._paper, self._paper.joined.engine.state
        for market in list(paper.venue.markets.values()):
            if market.market_id not in followed and market.market_id not in state.desks:
                paper.venue.listed.forget(market)

    def alarm(self, alert: Alert) -> None:
        """To whoever watches the run."""
        self._paper.alarm(alert)
