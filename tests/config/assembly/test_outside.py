"""Which markets come of what was asked for, against the simulated exchange; and what stands in the way, in words."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from config.assembly.outside import WITNESS_MAX_S, Chosen, VenueSaidNo, broken_down, choose, feed_settings, services
from config.outside import MarketsSection, VenueSection
from config.settings import BadSettings
from oms.values.units import NS_PER_SECOND
from sim.gateway.ids import new_market
from sim.gateway.records import Series, Terms
from sim.gateway.wire import WireError
from tests.config.words_live import Floor, open_floor


@pytest.fixture(scope="module")
def floor() -> Iterator[Floor]:
    with open_floor(2) as opened:

        def more() -> None:
            end_ns = opened.host.now_ns() + 86_400 * NS_PER_SECOND
            for name in ("shut", "leg-a", "leg-b"):
                event_id = "77" if name.startswith("leg") else ""
                market = new_market(name, tick_pips=100, end_ns=end_ns)
                opened.host.list_market(type(market)(**{**_fields(market), "event_id": event_id}), Terms(slug=name))
            opened.host.close(next(listed.market.market_id for listed in opened.host.listed.values() if listed.terms.slug == "shut"))

        opened.do(more)
        yield opened


def _fields(market: Any) -> dict[str, Any]:  # noqa: ANN401 (a struct)
    return {name: getattr(market, name) for name in market.__struct_fields__}


def chosen(url: str, *, all_of_them: bool = False, **wanted: Any) -> Chosen:  # noqa: ANN401 (what MarketsSection takes)
    async def asked() -> Chosen:
        async with services(VenueSection().at_host(url)) as venue:
            return await choose(MarketsSection(**wanted), venue.catalog(), all_of_them=all_of_them)

    return asyncio.run(asked())


def slugs(found: Chosen) -> list[str]:
    return [listing.slug for listing in found.listings]


def test_markets_are_found_by_slug_and_by_condition_once_each(floor: Floor) -> None:
    first, second = floor.markets[:2]
    assert slugs(chosen(floor.url, slugs=("market-0",))) == ["market-0"]
    both = chosen(floor.url, slugs=("market-0",), conditions=(first.market_id, second.market_id))
    assert slugs(both) == ["market-0", "market-1"]
    assert [listing.market.generation for listing in both.listings] == ["v1", "v2"]


def test_where_nothing_was_asked_for_all_open_ones_are_taken_only_if_that_was_said(floor: Floor) -> None:
    with pytest.raises(BadSettings, match="which markets"):
        chosen(floor.url)
    assert slugs(chosen(floor.url, all_of_them=True)) == ["market-0", "market-1", "leg-a", "leg-b"]
    assert slugs(chosen(floor.url, all_of_them=True, slugs=("market-1",))) == ["market-1"]


def test_more_than_are_wanted_are_refused_rather_than_cut_off(floor: Floor) -> None:
    with pytest.raises(BadSettings, match=r"markets\.at_most: 4 markets were found and at most 3 are wanted"):
        chosen(floor.url, all_of_them=True, at_most=3)


@pytest.mark.parametrize("slug", ["nobody-knows-it", "shut"])
def test_a_market_that_is_not_there_or_shut_is_refused_and_named_when_it_is_the_only_one(floor: Floor, slug: str) -> None:
    with pytest.raises(VenueSaidNo, match="none of the chosen markets can be traded"):
        chosen(floor.url, slugs=(slug,))
    assert slugs(chosen(floor.url, slugs=(slug, "market-0"))) == ["market-0"]


def test_a_market_that_the_clob_does_not_know_yet_is_left_out_by_name(floor: Floor) -> None:
    with floor.answers(f"/clob-markets/{floor.markets[1].market_id}", WireError(404, "market not found")):
        found = chosen(floor.url, slugs=("market-0", "market-1"))
    assert slugs(found) == ["market-0"]
    assert found.refused == ("market-1: it has no order book: the CLOB does not know it (yet)",)


def test_a_clob_that_says_nothing_of_a_market_leaves_it_out_too(floor: Floor) -> None:
    with floor.answers(f"/clob-markets/{floor.markets[1].market_id}", WireError(500, "oh")):
        assert chosen(floor.url, slugs=("market-0", "market-1")).refused == ("market-1: the CLOB did not say anything of it",)


def test_a_venue_that_is_not_there_is_told_in_words() -> None:
    with pytest.raises(VenueSaidNo, match=r"none of the chosen markets can be traded: page 1: .*127\.0\.0\.1:9"):
        chosen("http://127.0.0.1:9", slugs=("market-0",))


def test_a_part_that_broke_down_is_told_by_its_innermost_error() -> None:
    inner = ExceptionGroup("tasks", [ExceptionGroup("more", [ZeroDivisionError("by zero")])])
    assert str(broken_down("a part", inner)) == "a part broke down: ZeroDivisionError: by zero"
    assert str(broken_down("a part", KeyError())) == "a part broke down: KeyError"


@pytest.mark.parametrize(("silence_s", "audit_s"), [(0, WITNESS_MAX_S), (3, 1.0), (30, 10.0), (3_600, WITNESS_MAX_S)])
def test_quiet_books_are_asked_about_each_third_of_the_engines_bound_and_at_least_every_ten_seconds(silence_s: int, audit_s: float) -> None:
    told = feed_settings(VenueSection().at_host("http://127.0.0.1:9"), silence_s * NS_PER_SECOND)
    assert (told.url, told.audit_s, told.given_up_ns) == ("ws://127.0.0.1:9/ws/market", audit_s, silence_s * NS_PER_SECOND)


@pytest.fixture
def series() -> Iterator[Floor]:
    """A floor with four windows of one series, of which one is over."""
    with open_floor(1) as opened:

        def windows() -> None:
            told = Series(number="10684", title="Half hours", recurrence="30m")
            now_ns = opened.host.now_ns()
            for number in (3, 1, 0, 2):
                market = new_market(f"window {number}", end_ns=now_ns + 1_800 * number * NS_PER_SECOND)
                opened.host.list_market(market, Terms(slug=f"window-{number}", series=told))

        opened.do(windows)
        yield opened


def test_of_a_series_come_the_windows_that_end_first_as_many_as_there_is_room_for(series: Floor) -> None:
    assert slugs(chosen(series.url, series=("10684",))) == ["window-1", "window-2", "window-3"]
    found = chosen(series.url, slugs=("market-0",), series=("10684",), at_most=3)
    assert slugs(found) == ["market-0", "window-1", "window-2"]
    assert found.refused[1:] == ("1 more windows, window-3 first: they wait until there is room (markets.at_most = 3)",)
    assert found.may_grow
    assert not chosen(series.url, slugs=("market-0",)).may_grow


def test_a_series_without_a_window_may_begin_only_if_it_is_followed_and_could_be_read(series: Floor) -> None:
    assert chosen(series.url, series=("99",)).listings == ()
    with pytest.raises(VenueSaidNo, match="the venue knows none of them"):
        chosen(series.url, series=("99",), follow_s=0)
    with series.answers("/events/keyset", WireError(500, "oh")), pytest.raises(VenueSaidNo, match="page 1"):
        chosen(series.url, series=("99",))
