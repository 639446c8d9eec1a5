"""Gamma, the venue's catalogue, as a bot asks it: markets and events by filter and page (polymarket.md §5.2). No socket.

The keyset routes page by `after_cursor` and refuse `offset`; the older ones take `limit` and `offset` and answer a bare array. `closed` is false
unless asked otherwise, pages hold at most 100 rows, an unknown parameter changes nothing. Not kept from the venue: that its answers may be five
minutes old. Not served: tags and series by themselves, sports, comments, profiles, search.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeVar

from oms.values.events import Event, MarketClosed, Traded
from oms.values.market import MarketId
from oms.values.units import PRICE_ONE_PIPS, Nanos
from sim.gateway.asking import flag_of, number_of, page_after, values_of
from sim.gateway.catalogue import Catalogue, EventEntry, question_id, slug_of
from sim.gateway.gamma_rows import GammaRows, gamma_condition, liquidity_micro
from sim.gateway.records import Happening
from sim.gateway.wire import Asked, Route, WireError
from sim.listing import MarketState

LIMIT_MAX: Final = 100
OFFSET_MAX: Final = 2_000
_ORDERS: Final = ("id", "startDate", "endDate", "volume", "volumeNum", "volume24hr", "liquidity", "liquidityNum")
Query = Mapping[str, str]
Test = Callable[[MarketId], bool]
Row = TypeVar("Row")


class Gamma:
    """The catalogue of one host, a listener of it."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._host = catalogue.host
        self.rows: Final = GammaRows(catalogue)
        self._host.listeners.append(self)

    def public(self, facts: Sequence[Event], at_ns: Nanos) -> None:
        """Count volumes and remember ends."""
        for fact in facts:
            if isinstance(fact, Traded):
                market_id = self._host.by_token[fact.token]
                cash = fact.shares_micro * fact.price_pips // PRICE_ONE_PIPS
                self.rows.volumes[market_id] = self.rows.volumes.get(market_id, 0) + cash
            elif isinstance(fact, MarketClosed):
                self.rows.ended[fact.market_id] = at_ns

    def private(self, happening: Happening, at_ns: Nanos) -> None:
        """What concerns single orders is not in the catalogue."""

    def routes(self, prefix: str = "") -> list[Route]:
        """Everything, below `prefix`. At the root of a gateway `/markets` and `/markets/{id}` are the CLOB's: take `beside_clob` there."""
        own = [("/markets", self._markets), ("/markets/{id}", self._market)]
        return [*self.beside_clob(prefix), *(Route("GET", prefix + path, answer, "query") for path, answer in own)]

    def beside_clob(self, prefix: str = "") -> list[Route]:
        """What the CLOB has no path of the same name for: what the official SDK uses of markets and events."""
        served: list[tuple[str, Callable[[Asked], object]]] = [
            ("/markets/keyset", self._markets_keyset),
            ("/markets/slug/{slug}", self._market_by_slug),
            ("/events", self._events),
            ("/events/keyset", self._events_keyset),
            ("/events/slug/{slug}", self._event_by_slug),
            ("/events/{id}", self._event),
        ]
        return [Route("GET", prefix + path, answer, "query") for path, answer in served]

    # Markets.

    def _markets(self, asked: Asked) -> object:
        return [self.rows.market(market_id) for market_id in _slice(self._found(asked.query), asked.query)]

    def _markets_keyset(self, asked: Asked) -> object:
        page, following = _keyset(self._found(asked.query), asked.query)
        told: dict[str, object] = {"markets": [self.rows.market(market_id) for market_id in page]}
        return told if following is None else {**told, "next_cursor": following}

    def _market(self, asked: Asked) -> object:
        return self._one_market(lambda market_id: self._catalogue.number(market_id) == asked.named["id"])

    def _market_by_slug(self, asked: Asked) -> object:
        return self._one_market(lambda market_id: self._catalogue.slug(self._host.listed[market_id]) == asked.named["slug"])

    def _one_market(self, test: Test) -> object:
        for market_id in self._host.listed:
            if test(market_id):
                return self.rows.market(market_id)
        raise _not_found()

    def _found(self, query: Query) -> list[MarketId]:
        """The markets that pass every filter of the query, in the order it asks for."""
        tests = self._filters(query)
        found = [market_id for market_id in self._host.listed if all(test(market_id) for test in tests)]
        return _ordered(found, query, self._sort_key)

    def _filters(self, query: Query) -> list[Test]:
        """A test for everything the query asks for."""
        listed, tests = self._host.listed, self._flag_filters(query)
        of_lists: dict[str, Callable[[MarketId], list[str]]] = {
            "id": lambda one: [self._catalogue.number(one)],
            "slug": lambda one: [self._catalogue.slug(listed[one])],
            "condition_ids": lambda one: [one, gamma_condition(listed[one].market)],
            "clob_token_ids": lambda one: self._tokens(one, "v1"),
            "position_ids": lambda one: self._tokens(one, "v2"),
            "question_ids": lambda one: [self._question(one)],
            "version": lambda one: [listed[one].market.generation],
            "series_id": lambda one: self._series(self._catalogue.event_of(listed[one].market)),
        }
        for name, names_of in of_lists.items():
            wanted = [value.lower() for value in values_of(query, name)]
            if wanted:
                tests.append(_any_of(wanted, names_of))
        return tests

    def _flag_filters(self, query: Query) -> list[Test]:
        """`closed` is false if it is not said; every market here is active and none is archived."""
        closed = bool(flag_of(query, "closed"))
        tests: list[Test] = [lambda one: (self._host.state(one) is MarketState.RESOLVED) is closed]
        if flag_of(query, "active") is False or flag_of(query, "archived") is True:
            tests.append(lambda _one: False)
        return tests

    def _tokens(self, market_id: MarketId, generation: str) -> list[str]:
        market = self._host.listed[market_id].market
        return [market.yes, market.no] if market.generation == generation else []

    def _series(self, entry: EventEntry) -> list[str]:
        series = self._host.listed[entry.market_ids[0]].terms.series
        return [] if series is None else [series.number]

    def _question(self, market_id: MarketId) -> str:
        listed = self._host.listed[market_id]
        return question_id(listed, self._catalogue.event_of(listed.market).market_ids.index(market_id))

    def _sort_key(self, market_id: MarketId, name: str) -> int:
        listed = self._host.listed[market_id]
        if name.startswith("volume"):
            return self.rows.volumes.get(market_id, 0)
        if name.startswith("liquidity"):
            return liquidity_micro(self._host.listing(market_id))
        if name == "startDate":
            return listed.terms.listed_ns
        return (listed.market.end_ns or 0) if name == "endDate" else int(self._catalogue.number(market_id))

    # Events.

    def _events(self, asked: Asked) -> object:
        return [self._told(entry, asked.query) for entry in _slice(self._found_events(asked.query), asked.query)]

    def _events_keyset(self, asked: Asked) -> object:
        page, following = _keyset(self._found_events(asked.query), asked.query)
        told: dict[str, object] = {"events": [self._told(entry, asked.query) for entry in page]}
        return told if following is None else {**told, "next_cursor": following}

    def _told(self, entry: EventEntry, query: Query) -> dict[str, object]:
        return self.rows.event(entry, with_markets=flag_of(query, "include_markets") is not False)

    def _event(self, asked: Asked) -> object:
        return self._one_event(lambda entry: entry.number == asked.named["id"])

    def _event_by_slug(self, asked: Asked) -> object:
        return self._one_event(lambda entry: self._catalogue.event_slug(entry) == asked.named["slug"])

    def _one_event(self, test: Callable[[EventEntry], bool]) -> object:
        for entry in self._catalogue.events():
            if test(entry):
                return self.rows.event(entry)
        raise _not_found()

    def _found_events(self, query: Query) -> list[EventEntry]:
        wants_closed = bool(flag_of(query, "closed"))
        if flag_of(query, "active") is False or flag_of(query, "archived") is True:
            return []
        ids, slugs, tags, series, versions = (values_of(query, name) for name in ("id", "slug", "tag_slug", "series_id", "version"))
        found = [
            entry
            for entry in self._catalogue.events()
            if all(self._host.state(one) is MarketState.RESOLVED for one in entry.market_ids) is wants_closed
            and (not ids or entry.number in ids)
            and (not slugs or self._catalogue.event_slug(entry) in slugs)
            and (not tags or any(slug_of(tag) in tags for tag in self._host.listed[entry.market_ids[0]].terms.tags))
            and (not series or any(number in series for number in self._series(entry)))
            and (not versions or self._host.listed[entry.market_ids[0]].market.generation in versions)
        ]
        return _ordered(found, query, lambda entry, name: int(entry.number) if name == "id" else self._sum_key(entry, name))

    def _sum_key(self, entry: EventEntry, name: str) -> int:
        keys = [self._sort_key(market_id, name) for market_id in entry.market_ids]
        return max(keys) if name.endswith("Date") else sum(keys)


def _any_of(wanted: list[str], names_of: Callable[[MarketId], list[str]]) -> Test:
    return lambda market_id: any(name in wanted for name in names_of(market_id))


def _ordered(rows: list[Row], query: Query, key: Callable[[Row, str], int]) -> list[Row]:
    """As listed, or by the fields of `order`, ascending unless that is refused; the first field counts most. Raises WireError 422."""
    names = values_of(query, "order")
    for name in reversed(names):
        if name not in _ORDERS:
            raise WireError(422, "order fields are not valid", {"type": "validation error"})
        rows = sorted(rows, key=lambda row: key(row, name), reverse=flag_of(query, "ascending") is False)
    return rows


def _slice(rows: list[Row], query: Query) -> list[Row]:
    """A page by offset. Raises WireError 422."""
    start = number_of(query, "offset", 0)
    if start > OFFSET_MAX:
        raise WireError(422, f"offset is at most {OFFSET_MAX}; use the keyset routes", {"type": "validation error"})
    return rows[start : start + min(LIMIT_MAX, number_of(query, "limit", 20))]


def _keyset(rows: list[Row], query: Query) -> tuple[list[Row], str | None]:
    if "offset" in query:
        raise WireError(422, "offset is not supported by keyset routes; use after_cursor", {"type": "validation error"})
    limit = min(LIMIT_MAX, number_of(query, "limit", 20))
    try:
        return page_after(rows, query.get("after_cursor"), limit)
    except ValueError:
        raise WireError(422, "after_cursor is invalid", {"type": "validation error"}) from None


def _not_found() -> WireError:
    return WireError(404, "id not found", {"type": "not found error"})
