"""Fetches metadata: Gamma's markets and events page by page, and the CLOB's word on one market. What it means is decided in catalog.py."""

from collections.abc import Mapping
from typing import Final

import msgspec

from connectors.polymarket.catalog import Listing, Unlisted, Why, listed
from connectors.polymarket.catalog_clob import agreed
from connectors.polymarket.catalog_groups import EventRead, event_of
from connectors.polymarket.catalog_wire import BadRow
from connectors.polymarket.reads import Reads
from connectors.transport.http import Absent, Found, Request

_PAGE_ROWS: Final = "100"
"""Gamma clamps to it without a word (polymarket.md §5.2)."""
_NO_FILTERS: Final[Mapping[str, str]] = {}


class Fetched(msgspec.Struct, frozen=True, kw_only=True):
    """What Gamma told. `missing` names pages and events that could not be read: then nothing may be concluded from absence."""

    listings: tuple[Listing, ...] = ()
    events: tuple[EventRead, ...] = ()
    unlisted: tuple[Unlisted, ...] = ()
    missing: tuple[str, ...] = ()


class Catalog:
    """Asks both services."""

    def __init__(self, gamma: Reads, clob: Reads) -> None:
        self._gamma = gamma
        self._clob = clob

    async def markets(self, filters: Mapping[str, str] = _NO_FILTERS) -> Fetched:
        """All open markets that pass Gamma's filters (`slug`, `tag_id`, `condition_ids`, …; polymarket.md §5.2)."""
        pages = await self._gamma.pages("GET gamma /markets", lambda cursor: _request("/markets/keyset", filters, cursor))
        found = [listed(row) for row in pages.rows]
        return Fetched(
            listings=tuple(one for one in found if isinstance(one, Listing)),
            unlisted=tuple(one for one in found if isinstance(one, Unlisted)),
            missing=tuple(pages.missing),
        )

    async def events(self, filters: Mapping[str, str] = _NO_FILTERS) -> Fetched:
        """All open events that pass Gamma's filters, with their markets."""
        pages = await self._gamma.pages("GET gamma /events", lambda cursor: _request("/events/keyset", filters, cursor))
        events: list[EventRead] = []
        missing = list(pages.missing)
        for row in pages.rows:
            try:
                events.append(event_of(row))
            except BadRow as error:
                missing.append(f"an event: {error}"[:200])
        return Fetched(
            listings=tuple(one for event in events for one in event.listings),
            events=tuple(events),
            unlisted=tuple(one for event in events for one in event.unlisted),
            missing=tuple(missing),
        )

    async def now(self, listing: Listing) -> Listing | Unlisted | None:
        """The listing as the CLOB sees it now: a market fresh on Gamma may not be there yet (polymarket.md §5.3). None: it did not say."""
        market_id = listing.market.market_id
        answer = await self._clob.ask("GET clob", lambda: Request(method="GET", path=f"/clob-markets/{market_id}"))
        if isinstance(answer, Found):
            return agreed(listing, answer.body)
        if isinstance(answer, Absent):
            return Unlisted(market_id=market_id, why=Why.NO_BOOK, text=f"{Why.NO_BOOK.value}: the CLOB does not know it (yet)")
        return None


def _request(path: str, filters: Mapping[str, str], cursor: str) -> Request:
    query = [("limit", _PAGE_ROWS), *filters.items()]
    return Request(method="GET", path=path, query=tuple(query + [("after_cursor", cursor)] * bool(cursor)))
