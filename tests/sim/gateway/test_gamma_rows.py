"""Rows of the catalogue by themselves; tests/sim/gateway/test_gamma.py reads them through the routes."""

import pytest

from oms.values.units import MICRO, NS_PER_MS, NS_PER_SECOND
from sim.gateway.gamma_rows import GammaRows, gamma_condition, liquidity_micro
from sim.gateway.ids import new_market
from sim.gateway.records import Terms
from tests.sim.gateway.words_streams import FEE, Venue


@pytest.mark.parametrize(("generation", "digits"), [("v1", 64), ("v2", 62)])
def test_a_condition_is_written_as_wide_as_its_generation_wants(generation: str, digits: int) -> None:
    market = new_market("t", generation=generation)
    assert gamma_condition(market) == market.market_id[: 2 + digits]


def test_liquidity_is_what_all_that_rests_would_cost() -> None:
    venue = Venue("alice")
    market = venue.lists()
    venue.sends("alice", market, "BUY YES", 4_000, 10)
    venue.sends("alice", market, "BUY NO", 3_000, 10)
    assert liquidity_micro(venue.host.exchange.listings[market.market_id]) == 7 * MICRO


def test_a_hold_is_told_in_seconds_unless_it_keeps_the_reply() -> None:
    venue = Venue()
    sports = venue.lists("sports", Terms(hold_ns=3 * NS_PER_SECOND))
    crypto = venue.lists("crypto", Terms(hold_ns=50 * NS_PER_MS, hold_keeps_reply=True))
    rows = GammaRows(venue.catalogue)
    assert [rows.market(market.market_id)["secondsDelay"] for market in (sports, crypto)] == [3, 0]


def test_fees_are_told_by_schedule_only_where_there_are_any() -> None:
    venue = Venue()
    free, dear = venue.lists("free"), venue.lists("dear", fee=FEE)
    rows = GammaRows(venue.catalogue)
    without, with_fee = (rows.market(market.market_id) for market in (free, dear))
    assert (without["feesEnabled"], without["takerBaseFee"], "feeSchedule" in without) == (False, 0, False)
    assert (with_fee["feesEnabled"], with_fee["takerBaseFee"], "feeSchedule" in with_fee) == (True, 1_000, True)
