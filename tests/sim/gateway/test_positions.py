"""Positions: whatever wallets trade, what their trades leave is what the exchange says they hold, and what they made adds up to what they paid."""

from hypothesis import given, settings
from hypothesis import strategies as st

from oms.values.market import Payout
from oms.values.units import MICRO
from sim.gateway.positions import positions_of
from tests.sim.gateway.words_streams import CASH, Venue

NAMES = ("alice", "bob", "carol")
wishes = st.tuples(
    st.sampled_from(NAMES), st.sampled_from(["BUY YES", "SELL YES", "BUY NO", "SELL NO"]), st.integers(40, 60), st.integers(5, 30), st.integers(0, 5)
)


@settings(max_examples=60)
@given(st.lists(wishes, min_size=5, max_size=40), st.integers(0, 2_000), st.sampled_from([0, 300_000, 1_000_000]))
def test_trades_explain_holdings_and_profits_add_up(orders: list[tuple[str, str, int, int, int]], wait_ms: int, failed_ppm: int) -> None:
    venue = Venue(*NAMES, failed_ppm=failed_ppm)
    market = venue.lists()
    for name, what, cents, shares, seconds in orders:
        venue.sends(name, market, what, cents * 100, shares)
        venue.passes(seconds * 1_000)
    venue.passes(wait_ms)
    for name in NAMES:
        held = venue.host.exchange.account_totals(name)[1]
        for position in positions_of(venue.host, name):
            assert position.folded_micro == position.held_micro == held.get(position.token, 0)
        made_and_spent = sum(position.realized_micro - position.cost_micro for position in positions_of(venue.host, name))
        assert made_and_spent == venue.host.exchange.cash_total(name) - CASH * MICRO
    venue.host.resolve(market.market_id, Payout(yes_ppm=1_000_000, no_ppm=0))
    for name in NAMES:
        made = sum(position.realized_micro for position in positions_of(venue.host, name))
        assert made == venue.host.exchange.cash_total(name) - CASH * MICRO


def test_what_a_merge_leaves_keeps_its_average() -> None:
    venue = Venue("alice", "bob")
    market = venue.lists()
    venue.splits("alice", market, 10)
    venue.sends("bob", market, "BUY YES", 4_000, 20)
    venue.sends("alice", market, "BUY NO", 6_000, 20)
    venue.passes(10_000)
    venue.merges("alice", market, 10)
    (kept,) = [one for one in positions_of(venue.host, "alice") if one.is_open]
    assert (kept.token, kept.held_micro, kept.cost_micro) == (market.no, 20 * MICRO, 12 * MICRO)
    (bobs,) = positions_of(venue.host, "bob")
    assert (bobs.held_micro, bobs.cost_micro) == (20 * MICRO, 8 * MICRO)


def test_shares_of_a_split_that_are_sold_count_as_bought_at_half_a_dollar() -> None:
    venue = Venue("alice", "bob")
    market = venue.lists()
    venue.splits("alice", market, 10)
    venue.sends("bob", market, "BUY YES", 6_000, 10)
    venue.sends("alice", market, "SELL YES", 6_000, 10)
    sold, kept = sorted(positions_of(venue.host, "alice"), key=lambda one: one.held_micro)
    assert (sold.realized_micro, sold.bought_micro, sold.is_open) == (MICRO, 0, False)
    assert (kept.held_micro, kept.cost_micro, kept.first_ns) == (10 * MICRO, 5 * MICRO, 0)
