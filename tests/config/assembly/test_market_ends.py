"""Until when a market is traded, and what is told of it beforehand."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from config.assembly.market_ends import warnings, with_end
from oms.values.units import NS_PER_SECOND, Nanos
from tests.config.assembly.words_following import given_listing
from tests.words import NOON_NS

LATER = datetime(2030, 1, 1, tzinfo=UTC)
LATER_NS = Nanos(1_893_456_000 * NS_PER_SECOND)


@pytest.mark.parametrize("left_ns", [None, -NS_PER_SECOND, NS_PER_SECOND])
def test_an_end_that_was_set_takes_the_place_of_what_the_catalogue_says(left_ns: Nanos | None) -> None:  # ruling 2.9
    listing = given_listing("rain", left_ns=left_ns)
    assert with_end(listing, {"rain": LATER}).market.end_ns == LATER_NS
    assert with_end(listing, {listing.market.market_id: LATER}).market.end_ns == LATER_NS
    assert with_end(listing, {"weather": LATER}, "weather").market.end_ns == LATER_NS
    assert with_end(listing, {"weather": LATER, "snow": LATER}) is listing


def test_the_end_of_a_market_goes_before_that_of_its_event_and_any_time_zone_will_do() -> None:
    berlin = timezone(timedelta(hours=1))
    ends = {"weather": datetime(2031, 1, 1, tzinfo=UTC), "rain": datetime(2030, 1, 1, 1, tzinfo=berlin)}
    assert with_end(given_listing("rain"), ends, "weather").market.end_ns == LATER_NS


def test_a_market_without_an_end_or_past_it_and_an_end_for_no_market_are_told_with_the_way_out() -> None:
    listings = [given_listing("fine"), given_listing("rain", left_ns=None), given_listing("over", left_ns=-60 * NS_PER_SECOND)]
    ends = {"fine": LATER, "weather": LATER, "typo": LATER}
    assert warnings(listings, ends, ["weather"], NOON_NS) == [
        "typo: an end is set for it in [markets.ends], and it is none of these markets",
        'rain: nobody says when it ends, so nothing is bought there; [markets.ends] "rain" = …Z sets an end',
        'over: its end has passed (2025-06-15T15:05:40.000Z), so it is not traded; [markets.ends] "over" = …Z sets a later one',
    ]
    assert warnings(listings[:1], {}, [], NOON_NS) == []
