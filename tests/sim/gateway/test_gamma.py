"""The catalogue: both generations as a bot reads them, every filter, pages, and the venue's manners."""

import gzip
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from oms.values.market import Market, Payout
from oms.values.units import NS_PER_SECOND
from sim.gateway.gamma import Gamma
from sim.gateway.ids import new_market
from sim.gateway.records import Series, Terms
from sim.gateway.wire import Asked, Route, WireError
from tests.sim.gateway.words_streams import FEE, Repeated, Venue
from tests.words import NOON_NS

END_NS = NOON_NS + 900 * NS_PER_SECOND


class Shop:
    """A venue with a v1 market, a v2 market with a fee, and two legs of a negRisk event; and its catalogue."""

    def __init__(self) -> None:
        self.venue = Venue("alice", "bob")
        self.gamma = Gamma(self.venue.catalogue)
        listed = NOON_NS - NS_PER_SECOND
        self.old = self.venue.lists("Will it rain?", Terms(slug="rain", description="d", tags=("Weather",), listed_ns=listed), end_ns=END_NS)
        self.new = self.venue.lists("Bitcoin?", Terms(outcomes=("Up", "Down"), listed_ns=listed), generation="v2", fee=FEE, tick_pips=10)
        self.legs: list[Market] = []
        for name in ("Anna", "Bert"):
            leg = replace(new_market(f"Will {name} win?", neg_risk=True), event_id="Who wins?")
            self.legs.append(self.venue.host.list_market(leg, Terms(listed_ns=listed)).market)

    def asks(self, path: str, *pairs: tuple[str, str], **query: str) -> Any:  # noqa: ANN401
        routes: dict[str, Route] = {route.path: route for route in self.gamma.routes()}
        route, named = routes.get(path), {}
        if route is None:
            head, _, last = path.rpartition("/")
            (route,) = [one for one in routes.values() if one.path.startswith(f"{head}/{{")]
            named = {route.path.rpartition("{")[2][:-1]: last}
        told = route.endpoint(Asked(method="GET", path=path, query=Repeated([*pairs, *query.items()]), named=named))
        return json.loads(msgspec.json.encode(told))

    def titles(self, *pairs: tuple[str, str], **query: str) -> list[str]:
        return [market["question"] for market in self.asks("/markets/keyset", *pairs, **query)["markets"]]


@pytest.fixture
def shop() -> Shop:
    return Shop()


def test_a_v1_market_has_its_tokens_as_text_inside_text(shop: Shop) -> None:
    (market,) = shop.asks("/markets", slug="rain")
    assert (market["version"], json.loads(market["clobTokenIds"])) == ("v1", [shop.old.yes, shop.old.no])
    assert "positionIds" not in market
    assert (market["outcomes"], market["outcomePrices"]) == ('["Yes", "No"]', '["0.5", "0.5"]')
    assert (market["conditionId"], len(market["conditionId"])) == (shop.old.market_id, 66)
    assert (market["orderPriceMinTickSize"], market["orderMinSize"], market["feesEnabled"]) == (0.01, 5, False)
    assert (market["active"], market["closed"], market["acceptingOrders"], market["enableOrderBook"]) == (True, False, True, True)
    assert (market["endDate"], market["endDateIso"]) == ("2025-06-15T15:21:40Z", "2025-06-15")
    assert market["umaResolutionStatuses"] == "[]"


def test_a_v2_market_has_a_real_list_of_positions_and_a_shorter_condition(shop: Shop) -> None:
    (market,) = shop.asks("/markets", version="v2")
    assert (market["version"], market["clobTokenIds"], market["positionIds"]) == ("v2", None, [shop.new.yes, shop.new.no])
    assert market["conditionId"] == shop.new.market_id[:-2]
    assert (market["resolutionStatus"], market["outcomes"]) == ("inactive", '["Up", "Down"]')
    assert (market["feesEnabled"], market["feeSchedule"]) == (True, {"exponent": 1, "rate": 0.07, "takerOnly": True, "rebateRate": 0})
    assert market["orderPriceMinTickSize"] == 0.001
    assert "endDate" not in market


def test_legs_of_a_negrisk_event_share_its_id_and_keep_their_order(shop: Shop) -> None:
    (event,) = [event for event in shop.asks("/events") if event["negRisk"]]
    assert (event["title"], event["slug"], event["enableNegRisk"], event["negRiskAugmented"]) == ("Who wins?", "who-wins", True, False)
    legs = event["markets"]
    assert {leg["negRiskMarketID"] for leg in legs} == {event["negRiskMarketID"]}
    assert [leg["questionID"] for leg in legs] == [f"{event['negRiskMarketID'][:-2]}0{index}" for index in range(2)]
    assert [(leg["groupItemTitle"], leg["groupItemThreshold"]) for leg in legs] == [("Will Anna win?", "0"), ("Will Bert win?", "1")]
    assert all("events" not in leg for leg in legs)
    assert shop.asks("/markets", slug="will-anna-win")[0]["events"][0]["id"] == event["id"]


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("condition_ids", lambda shop: shop.old.market_id),
        ("condition_ids", lambda shop: shop.old.market_id.upper().replace("0X", "0x")),
        ("clob_token_ids", lambda shop: shop.old.no),
        ("slug", lambda _shop: "rain"),
        ("id", lambda shop: shop.venue.catalogue.number(shop.old.market_id)),
        ("question_ids", lambda shop: shop.asks("/markets", slug="rain")[0]["questionID"]),
    ],
)
def test_a_market_is_found_by_any_of_its_names(shop: Shop, name: str, wanted: Any) -> None:  # noqa: ANN401
    assert shop.titles(**{name: wanted(shop)}) == ["Will it rain?"]
    assert shop.titles(**{name: "0x1"}) == []


def test_v2_is_found_by_position_and_by_either_width_of_its_condition(shop: Shop) -> None:
    assert shop.titles(position_ids=shop.new.yes) == ["Bitcoin?"]
    assert shop.titles(clob_token_ids=shop.new.yes) == []
    assert shop.titles(condition_ids=shop.new.market_id) == shop.titles(condition_ids=shop.new.market_id[:-2]) == ["Bitcoin?"]


def test_several_values_of_a_filter_find_several_markets_and_several_filters_must_all_hold(shop: Shop) -> None:
    both = [("condition_ids", shop.old.market_id), ("condition_ids", shop.new.market_id)]
    assert shop.titles(*both) == ["Will it rain?", "Bitcoin?"]
    assert shop.titles(*both, version="v2") == ["Bitcoin?"]
    assert shop.titles(condition_ids=f"{shop.old.market_id},{shop.new.market_id}") == ["Will it rain?", "Bitcoin?"]


def test_resolved_markets_are_shown_only_when_asked_for(shop: Shop) -> None:
    shop.venue.host.resolve(shop.old.market_id, Payout(yes_ppm=0, no_ppm=1_000_000))
    assert "Will it rain?" not in shop.titles()
    assert shop.titles(closed="true") == ["Will it rain?"]
    (market,) = shop.asks("/markets", closed="true")
    assert (market["outcomePrices"], market["umaResolutionStatus"], market["acceptingOrders"]) == ('["0", "1"]', "resolved", False)
    assert market["closedTime"] == "2025-06-15T15:06:40Z"
    assert [event["title"] for event in shop.asks("/events", closed="true")] == ["Will it rain?"]


def test_a_market_that_waits_for_its_resolution_is_not_closed_but_takes_no_orders(shop: Shop) -> None:
    shop.venue.host.close(shop.old.market_id)
    (market,) = shop.asks("/markets", slug="rain")
    assert (market["closed"], market["acceptingOrders"], market["umaResolutionStatus"]) == (False, False, "proposed")


def test_nothing_is_inactive_or_archived(shop: Shop) -> None:
    assert shop.titles(active="false") == shop.titles(archived="true") == []
    assert len(shop.titles(active="true", archived="false")) == 4
    assert shop.asks("/events", active="false") == []


def test_prices_are_the_middle_of_the_book_then_the_last_trade(shop: Shop) -> None:
    shop.venue.sends("alice", shop.new, "BUY YES", 4_000, 10)
    shop.venue.sends("bob", shop.new, "BUY NO", 5_990, 10)
    (market,) = shop.asks("/markets", version="v2")
    assert (market["outcomePrices"], market["bestBid"], market["bestAsk"], market["spread"]) == ('["0.4005", "0.5995"]', 0.4, 0.401, 0.001)
    assert (market["liquidity"], market["liquidityNum"], market["volumeNum"]) == ("9.99", 9.99, 0)
    shop.venue.sends("bob", shop.new, "BUY NO", 6_000, 10)
    (market,) = shop.asks("/markets", version="v2")
    assert (market["outcomePrices"], market["lastTradePrice"], market["volumeNum"]) == ('["0.4", "0.6"]', 0.4, 6)


def test_keyset_pages_end_without_a_cursor(shop: Shop) -> None:
    first = shop.asks("/markets/keyset", limit="3")
    second = shop.asks("/markets/keyset", limit="3", after_cursor=first["next_cursor"])
    assert [len(first["markets"]), len(second["markets"])] == [3, 1]
    assert "next_cursor" not in second
    assert len(shop.asks("/events/keyset", limit="2")["events"]) == 2


def test_the_older_routes_page_by_offset(shop: Shop) -> None:
    assert [market["question"] for market in shop.asks("/markets", limit="1", offset="1")] == ["Bitcoin?"]


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/markets/keyset", {"offset": "0"}), ("/events/keyset", {"offset": "5"}), ("/markets/keyset", {"after_cursor": "x"}),
        ("/markets", {"offset": "2001"}), ("/markets", {"limit": "x"}), ("/markets/keyset", {"order": "beauty"}), ("/events", {"closed": "perhaps"}),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused_with_422(shop: Shop, path: str, query: dict[str, str]) -> None:
    with pytest.raises(WireError) as refused:
        shop.asks(path, **query)
    assert refused.value.status == 422


def test_rows_come_in_the_order_asked_for(shop: Shop) -> None:
    shop.venue.sends("alice", shop.new, "BUY YES", 4_000, 10)
    shop.venue.sends("bob", shop.new, "BUY NO", 6_000, 5)
    assert shop.titles(order="volumeNum", ascending="false")[0] == shop.titles(order="liquidity", ascending="false")[0] == "Bitcoin?"
    assert shop.titles(order="endDate")[-1] == "Will it rain?"
    assert shop.titles(order="startDate,id", ascending="false")[0] == "Will Bert win?"
    assert shop.asks("/events", order="volume", ascending="false")[0]["title"] == "Bitcoin?"
    assert shop.asks("/events", order="id", ascending="true")[0]["title"] == "Will it rain?"


def test_one_market_or_event_is_found_by_number_or_slug(shop: Shop) -> None:
    market = shop.asks("/markets/slug/rain")
    assert shop.asks(f"/markets/{market['id']}") == market
    event = shop.asks("/events/slug/who-wins")
    assert shop.asks(f"/events/{event['id']}") == event
    for path in ("/markets/1", "/markets/slug/snow", "/events/1", "/events/slug/snow"):
        with pytest.raises(WireError) as refused:
            shop.asks(path)
        assert refused.value.status == 404


def test_events_are_found_by_their_names_and_told_without_markets_if_wished(shop: Shop) -> None:
    event = shop.asks("/events/slug/rain")
    assert [one["id"] for one in shop.asks("/events", id=event["id"])] == [event["id"]]
    assert [one["id"] for one in shop.asks("/events", tag_slug="weather")] == [event["id"]]
    assert [one["title"] for one in shop.asks("/events", slug="who-wins", include_markets="false")] == ["Who wins?"]
    assert "markets" not in shop.asks("/events", slug="who-wins", include_markets="false")[0]
    assert [one["title"] for one in shop.asks("/events", version="v2")] == ["Bitcoin?"]


@pytest.mark.data
def test_the_windows_of_a_series_are_found_by_its_number_as_events_and_as_markets(shop: Shop) -> None:
    series = Series(number="10684", title="BTC Up or Down 5m", recurrence="5m")
    for number in (1, 2):
        shop.venue.lists(f"Window {number}", Terms(slug=f"window-{number}", series=series), end_ns=END_NS + number)
    shop.venue.lists("Another", Terms(series=replace(series, number="10685")))
    events = shop.asks("/events/keyset", series_id="10684")["events"]
    assert [event["slug"] for event in events] == ["window-1", "window-2"]
    (told,) = events[0]["series"]
    assert (told["id"], told["recurrence"], told["slug"], told["closed"]) == ("10684", "5m", "btc-up-or-down-5m", False)
    assert [market["question"] for market in events[1]["markets"]] == ["Window 2"]
    assert shop.titles(series_id="10684") == ["Window 1", "Window 2"]
    assert shop.titles(("series_id", "10684"), ("series_id", "10685")) == ["Window 1", "Window 2", "Another"]
    assert shop.asks("/events/keyset", series_id="99")["events"] == []
    (plain,) = shop.asks("/events", slug="rain")
    assert plain["series"] == []


@pytest.mark.data
def test_no_field_is_our_own_invention(data_dir: Path, shop: Shop) -> None:
    """Every key of ours stands in a recorded market or event, or in the venue's guide to v2 (polymarket.md §1.2, §5.2)."""
    folder = data_dir / "polymarket-rest"
    told = [
        json.loads(gzip.decompress((folder / name).read_bytes())) for name in ("gamma_events_bitcoin_2026.json.gz", "gamma_events_updown.json.gz")
    ]
    told += [
        json.loads((data_dir / "polymarket-fixtures" / "nautilus" / name).read_bytes()) for name in ("rs-gamma_market.json", "rs-gamma_event.json")
    ]
    with gzip.open(data_dir / "polymarket-settlement-btc5m-2026" / "BTC-5m-markets-2026-07-24.jsonl.gz") as later:
        told.append(json.loads(later.readline())["raw"])
    known = keys_in(told) | {"version", "positionIds", "resolutionStatus", "negRiskFeeBips", "closedTime"}
    ours = keys_in([shop.asks("/markets", limit="10"), shop.asks("/events", limit="10")])
    assert ours - known == set()


def keys_in(told: Any) -> set[str]:  # noqa: ANN401
    """Every key at any depth."""
    if isinstance(told, list):
        return {key for one in told for key in keys_in(one)}
    return {*told, *(key for one in told.values() for key in keys_in(one))} if isinstance(told, dict) else set()
