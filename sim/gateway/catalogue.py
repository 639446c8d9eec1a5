"""What markets and events are called beyond their ids: Gamma's numbers, slugs, groups. Stream, Gamma and Data API share these names.

Numbers are counted in the order of listing, so a run repeats. Markets of one `event_id` are one event; a market without one is an event of its own.
"""

import re
from itertools import islice
from typing import Final

import msgspec

from oms.values.market import EventId, Market, MarketId
from sim.gateway.host import Host
from sim.gateway.ids import keccak
from sim.gateway.records import Listed

_FIRST_MARKET: Final = 1_000_001
_FIRST_EVENT: Final = 100_001
_NOT_IN_SLUGS: Final = re.compile(r"[^a-z0-9]+")
_SLUG_MAX: Final = 120


class EventEntry(msgspec.Struct, eq=False):
    """One event and its markets in the order of listing."""

    number: str
    event_id: EventId
    market_ids: list[MarketId]


class Catalogue:
    """The names of everything that is listed at one host. Asking takes in what was listed since the last time."""

    def __init__(self, host: Host) -> None:
        self.host: Final = host
        self._numbers: dict[MarketId, str] = {}
        self._events: dict[EventId, EventEntry] = {}

    def number(self, market_id: MarketId) -> str:
        """Gamma's `id` of a market. Raises KeyError: no such market."""
        return self._read()[market_id]

    def events(self) -> list[EventEntry]:
        """All events, oldest first."""
        self._read()
        return list(self._events.values())

    def event_of(self, market: Market) -> EventEntry:
        """The event of a listed market. Raises KeyError: it is not listed."""
        self._read()
        return self._events[market.event_id or market.market_id]

    def _read(self) -> dict[MarketId, str]:
        for market_id, listed in islice(self.host.listed.items(), len(self._numbers), None):
            self._numbers[market_id] = str(_FIRST_MARKET + len(self._numbers))
            event_id = listed.market.event_id or market_id
            entry = self._events.setdefault(event_id, EventEntry(str(_FIRST_EVENT + len(self._events)), event_id, []))
            entry.market_ids.append(market_id)
        return self._numbers

    def slug(self, listed: Listed) -> str:
        """As the terms say, else made of the title."""
        return listed.terms.slug or slug_of(listed.market.title)

    def event_slug(self, entry: EventEntry) -> str:
        """Of an event of one market the market's, else made of the event's id."""
        only = self.host.listed[entry.market_ids[0]]
        return slug_of(entry.event_id) if only.market.event_id else self.slug(only)

    def event_title(self, entry: EventEntry) -> str:
        """Of an event of one market the market's, else the event's id: there is no other text."""
        only = self.host.listed[entry.market_ids[0]]
        return entry.event_id if only.market.event_id else only.market.title


def slug_of(title: str) -> str:
    """A title as a piece of a URL: lower case, words joined by hyphens."""
    return _NOT_IN_SLUGS.sub("-", title.lower()).strip("-")[:_SLUG_MAX]


def neg_risk_market_id(event_id: EventId) -> str:
    """The id all legs of a negRisk event share: 32 bytes, the last of them zero for the question's index (polymarket.md §8.3)."""
    return f"0x{keccak(event_id.encode()).hex()[:62]}00"


def question_id(listed: Listed, index: int) -> str:
    """As the terms say; else of a negRisk leg the event's id with the leg's index, of any other market a hash of its title."""
    if listed.terms.question_id:
        return listed.terms.question_id
    if listed.market.neg_risk and listed.market.event_id:
        return f"{neg_risk_market_id(listed.market.event_id)[:64]}{index % 256:02x}"
    return f"0x{keccak(listed.market.title.encode()).hex()}"
