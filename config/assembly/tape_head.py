"""What a tape of ours lists: the markets that are followed and their events, at the head of each segment, and in between when they change."""

import msgspec

from config.assembly.outside import Chosen
from connectors.tape import CHANNEL_EVENT_LISTED, CHANNEL_MARKET_LISTED
from oms.values.events import EventListed, MarketListed
from oms.values.market import EventGroup, EventId, Market, MarketId


class TapeHead:
    """Markets and events as they are now. An event names also those of its markets that are over."""

    def __init__(self, chosen: Chosen) -> None:
        self.markets: dict[MarketId, Market] = {listing.market.market_id: listing.market for listing in chosen.listings}
        """Those that are followed."""
        self._groups: dict[EventId, EventGroup] = {group.event_id: group for group in chosen.groups}
        self._last: Market | None = None
        """The latest that was let go: a tape without any market is none that could be replayed."""

    def take(self, fact: MarketListed | EventListed) -> tuple[str, bytes]:
        """A listing; the frame (channel and payload) that tells it."""
        if isinstance(fact, MarketListed):
            self.markets[fact.market.market_id] = fact.market
            return CHANNEL_MARKET_LISTED, msgspec.json.encode(fact.market)
        self._groups[fact.group.event_id] = fact.group
        return CHANNEL_EVENT_LISTED, msgspec.json.encode(fact.group)

    def let_go(self, market_id: MarketId) -> None:
        """A market is over."""
        gone = self.markets.pop(market_id, None)
        if gone is not None:
            self._last = gone
            if not any(market.event_id == gone.event_id for market in self.markets.values()):
                self._groups.pop(gone.event_id, None)

    def frames(self) -> list[tuple[str, bytes]]:
        """The head of a segment."""
        markets = [*self.markets.values()] or [market for market in (self._last,) if market is not None]
        events = {market.event_id for market in markets}
        return [
            *((CHANNEL_MARKET_LISTED, msgspec.json.encode(market)) for market in markets),
            *((CHANNEL_EVENT_LISTED, msgspec.json.encode(group)) for group in self._groups.values() if group.event_id in events),
        ]
