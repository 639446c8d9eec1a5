"""Exclusive events that come and go on the built-in exchange: each opens, is traded by a crowd and by rivals, closes, and pays by its hidden truth.

Several run side by side, their ends staggered; each is followed by a new one. How many outcomes one has, whether they are all there is, and what the
venue keeps of a conversion is drawn from the seed, so that every kind of event is part of every long run. An event that is not exhaustive is an
augmented one: outcomes without a name may win, and the venue's contract knows more questions than are listed (polymarket.md §9.3).
"""

import random
from functools import partial
from typing import Final

import msgspec

from oms.values.market import EventGroup, FeeCurve, Market
from oms.values.units import MICRO, NS_PER_SECOND, Nanos, Pips
from sim.event_crowd import PEOPLE, CrowdSettings, EventCrowd
from sim.event_truth import EventTruth
from sim.exchange import Exchange
from sim.outcomes import Outcome
from sim.rivals import Rivals, RivalSettings, names
from sim.venue import SimVenue
from sim.world import MARKET, World

PAYS_AFTER_NS: Final = 60 * NS_PER_SECOND
FINE_FROM: Final = 6
"""From so many outcomes on the price step is a tenth of a cent: most of them are unlikely."""
_UNNAMED: Final = 2
"""Questions beyond the listed ones that the contract of an augmented event knows."""


class EventSeriesSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What kind of events, and how many at a time."""

    seed: int
    events: int = 1
    outcomes: tuple[int, int] = (2, 30)
    """Fewest and most; drawn for each event."""
    window_ns: Nanos = 600 * NS_PER_SECOND
    fee_rate_bps: int = 0
    """The taker's fee curve of every market."""
    conversion_fee_bps: tuple[int | None, ...] = (0, 0, 0, 100, None)
    """One of these is drawn for each event; None: its NO cannot be converted."""
    open_ended: float = 0.25
    """So many of the events are not exhaustive."""
    crowd: CrowdSettings = CrowdSettings()
    rivals: RivalSettings = RivalSettings()


class LiveEvent(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """One event and everybody in it."""

    group: EventGroup
    markets: tuple[Market, ...]
    truth: EventTruth
    crowd: EventCrowd
    rivals: Rivals


class EventSeries:
    """Opens the next event of each line when the one before it closes."""

    def __init__(self, world: World, venue: SimVenue, settings: EventSeriesSettings) -> None:
        self._world = world
        self._venue = venue
        self._settings = settings
        self._count = 0
        self._stopped = False
        self.live: dict[str, LiveEvent] = {}
        """Events that trade now, by id."""
        self.paid = 0
        self.unwon = 0
        """Of those that were paid: nobody won."""
        self.left_behind = 0
        """Of events that closed: how often an outcome's quotes stayed behind."""
        self.rivals_attempts = 0
        """Of events that closed: how often a rival went for a window."""

    def stop(self) -> None:
        """Open no further events; those that are open go on to their ends."""
        self._stopped = True

    def begin(self, at_ns: Nanos) -> None:
        """Open the first event of each line; their first ends are spread over one window. `fund` comes before this."""
        settings = self._settings
        for line in range(settings.events):
            self._open(at_ns, at_ns + settings.window_ns * (line + 1) // settings.events)

    def _open(self, at_ns: Nanos, end_ns: Nanos) -> None:
        self._count += 1
        settings, event_id = self._settings, f"event-{self._count}"
        seed = f"{settings.seed} {event_id}"
        dice = random.Random(f"{seed} kind")
        outcomes = dice.randint(*settings.outcomes)
        exhaustive = dice.random() >= settings.open_ended
        markets = self._markets(event_id, outcomes, end_ns)
        group = EventGroup(
            event_id=event_id,
            market_ids=tuple([market.market_id for market in markets]),
            exclusive=True,
            exhaustive=exhaustive,
            augmented=not exhaustive,
            questions=outcomes if exhaustive else outcomes + _UNNAMED,
            conversion_fee_bps=dice.choice(settings.conversion_fee_bps),
            gaps=() if exhaustive else ("outcomes without a name yet may win",),
        )
        for market in markets:
            self._venue.list_market(market, at_ns)
        self._venue.list_event(group, at_ns)
        truth = EventTruth(seed, outcomes, at_ns, exhaustive=exhaustive, volatility=settings.crowd.volatility)
        rivals = Rivals(self._world, self._venue, group, markets, settings.rivals, seed)
        crowd = EventCrowd(self._world, self._venue, markets, truth, settings.crowd, seed)
        live = self.live[event_id] = LiveEvent(group=group, markets=markets, truth=truth, crowd=crowd, rivals=rivals)
        crowd.open(at_ns)
        self._world.at(end_ns, MARKET, lambda now_ns: self._close(live, now_ns))

    def _markets(self, event_id: str, outcomes: int, end_ns: Nanos) -> tuple[Market, ...]:
        tick: Pips = 10 if outcomes >= FINE_FROM else 100
        return tuple(
            [
                Market(
                    market_id=f"{event_id}/{number}",
                    title=f"{event_id}: will it be outcome {number} of {outcomes}?",
                    yes=f"{event_id}/{number}:YES",
                    no=f"{event_id}/{number}:NO",
                    event_id=event_id,
                    tick_pips=tick,
                    min_shares_micro=5 * MICRO,
                    fee=FeeCurve(rate_bps=self._settings.fee_rate_bps),
                    end_ns=end_ns,
                    neg_risk=True,
                )
                for number in range(1, outcomes + 1)
            ]
        )

    def _close(self, live: LiveEvent, at_ns: Nanos) -> None:
        del self.live[live.group.event_id]
        self.left_behind += live.crowd.left_behind
        self.rivals_attempts += live.rivals.attempts
        live.rivals.leave()
        for market_id in live.group.market_ids:
            self._venue.act(partial(_close, market_id, at_ns), at_ns)
        self._world.at(at_ns + PAYS_AFTER_NS, MARKET, lambda now_ns: self._pay(live, now_ns))
        if not self._stopped:
            self._open(at_ns, at_ns + self._settings.window_ns)

    def _pay(self, live: LiveEvent, at_ns: Nanos) -> None:
        self.paid += 1
        number = live.truth.winner(at_ns)
        self.unwon += number is None
        winner = "" if number is None else live.group.market_ids[number]
        self._venue.act(lambda exchange: exchange.resolve_event(live.group.event_id, winner, at_ns), at_ns)


def _close(market_id: str, at_ns: Nanos, exchange: Exchange) -> list[Outcome]:
    return exchange.close(market_id, at_ns)


def fund(exchange: Exchange, rivals: int) -> None:
    """The accounts of the crowd and of so many rivals, with more than they will need."""
    for name in (*PEOPLE, *names(rivals)):
        exchange.deposit(name, 1_000_000_000 * MICRO)
