"""Metadata page by page: filters on every page, what is missing by name, and a market fresh on Gamma that the CLOB does not know yet."""

import asyncio
import json
from collections.abc import Awaitable, Callable

from connectors.polymarket.catalog import Listing, Unlisted, Why, listed
from connectors.polymarket.catalog_fetch import Catalog
from connectors.polymarket.rates import polymarket_budget
from connectors.polymarket.reads import Reads
from connectors.transport.http import Absent, Failed, Found
from tests.connectors.polymarket.words_catalog import POSITION_CONDITION, compact, gamma_row, negrisk_event, v2_row
from tests.connectors.polymarket.words_venue import Script

MARKETS, EVENTS, CLOB = "GET /markets/keyset", "GET /events/keyset", f"GET /clob-markets/{POSITION_CONDITION}"
NO_ANSWER = Failed("no answer", False)  # noqa: FBT003 (as Failed takes it)


def told(script: Script, story: Callable[[Catalog], Awaitable[None]]) -> None:
    async def run() -> None:
        budget = polymarket_budget()
        await story(Catalog(Reads(script, budget), Reads(script, budget)))

    asyncio.run(run())


def gamma_page(key: str, rows: list[bytes], cursor: str = "") -> Found:
    body = {key: [json.loads(row) for row in rows], **({"next_cursor": cursor} if cursor else {})}
    return Found(json.dumps(body).encode())


def test_markets_come_from_all_pages_with_the_filters_on_each() -> None:
    script = Script()
    script.on(MARKETS, gamma_page("markets", [gamma_row(), gamma_row(version=None)], "next"), gamma_page("markets", [v2_row()]))

    async def story(catalog: Catalog) -> None:
        fetched = await catalog.markets({"tag_id": "21", "closed": "false"})
        assert [one.market.generation for one in fetched.listings] == ["v1", "v2"]
        assert [one.why for one in fetched.unlisted] == [Why.NO_VERSION]
        assert fetched.missing == ()

    told(script, story)
    filters = {"limit": "100", "tag_id": "21", "closed": "false"}
    assert [dict(request.query) for request in script.asked] == [filters, {**filters, "after_cursor": "next"}]


def test_events_come_with_their_groups_and_what_could_not_be_read() -> None:
    script = Script()
    script.on(EVENTS, gamma_page("events", [negrisk_event(3), b'{"title":"no id"}'], "next"), NO_ANSWER)

    async def story(catalog: Catalog) -> None:
        fetched = await catalog.events()
        assert [event.group.exhaustive for event in fetched.events] == [True]
        assert len(fetched.listings) == 3
        assert len(fetched.missing) == 2
        assert fetched.missing[0] == "page 2: no answer"
        assert "missing required field `id`" in fetched.missing[1]

    told(script, story)


def test_the_clobs_word_is_asked_for_by_the_padded_condition() -> None:
    listing = listed(v2_row())
    assert isinstance(listing, Listing)
    script = Script()
    script.on(CLOB, Found(compact()), Absent(404, '{"error":"market not found"}'), NO_ANSWER)

    async def story(catalog: Catalog) -> None:
        now = await catalog.now(listing)
        assert isinstance(now, Listing)
        assert now.market.tick_pips == 10
        fresh = await catalog.now(listing)
        assert isinstance(fresh, Unlisted)
        assert fresh.why is Why.NO_BOOK
        assert await catalog.now(listing) is None

    told(script, story)
