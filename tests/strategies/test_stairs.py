"""strategies/stairs.py: what a book costs or brings, leg by leg, in cents and fees."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oms.values.market import FeeCurve
from oms.values.orders import Lifetime, OrderSpec, Side
from oms.values.units import MICRO
from strategies.stairs import Stairs, net_pico, stairs_of
from tests.strategies.words_arbitrage import given_outcome
from tests.words import Ladder

BUY, SELL = Side.BUY, Side.SELL


def bought(*asks: tuple[int, float], rate_bps: int = 0, min_shares: int = 5, tick_pips: int = 100) -> Stairs:
    view = given_outcome(yes_asks=[(price, shares) for price, shares in asks], rate_bps=rate_bps, min_shares=min_shares, tick_pips=tick_pips)  # type: ignore[misc]
    return stairs_of(view.market, view.yes, BUY, 5)


def sold(*bids: tuple[int, int], rate_bps: int = 0, tick_pips: int = 100) -> Stairs:
    view = given_outcome(yes_bids=bids, rate_bps=rate_bps, tick_pips=tick_pips)
    return stairs_of(view.market, view.yes, SELL, 5)


def rows(stairs: Stairs, shares: int) -> list[tuple[int, float, float, float]]:
    """(limit, shares, dollars, fee) of each leg, and the sum of them is the flow."""
    legs = stairs.legs(shares * MICRO)
    sign = -1 if stairs.side is BUY else 1
    assert stairs.flow(shares * MICRO) == sum(sign * leg.cash_micro - leg.fee_micro for leg in legs)
    return [(leg.price_pips, leg.shares_micro / MICRO, leg.cash_micro / MICRO, leg.fee_micro / MICRO) for leg in legs]


def test_a_token_taken_over_several_levels_has_a_leg_for_each() -> None:
    assert rows(bought((4_000, 20), (4_100, 20)), 30) == [(4_000, 20, 8.0, 0), (4_100, 10, 4.1, 0)]
    assert rows(sold((4_000, 20), (3_900, 20)), 30) == [(4_000, 20, 8.0, 0), (3_900, 10, 3.9, 0)]


def test_a_buy_is_in_whole_cents_rounded_up_and_still_gets_its_shares() -> None:  # polymarket.md §3.3
    (leg,) = bought((333, 100), tick_pips=1).legs(31 * MICRO)
    assert leg.cash_micro == 1_040_000
    spec = OrderSpec(market_id="m0", token="y0", side=BUY, price_pips=333, size_micro=leg.cash_micro, lifetime=Lifetime.FOK)
    assert spec.shares_micro >= leg.shares_micro


def test_a_level_gives_a_buy_no_more_than_the_whole_cents_that_stand_there() -> None:
    stairs = bought((3_333, 10), tick_pips=1, min_shares=1)
    assert stairs.reach_micro == 3_330_000 * 10_000 // 3_333
    assert stairs.flow(9 * MICRO) == -3_000_000
    assert stairs.flow(10 * MICRO) is None


def test_a_sale_is_in_hundredths_of_a_share() -> None:
    view = given_outcome(yes_bids=((4_000, 10),))
    book = view.yes.__class__(
        token="y0",
        bids=((4_000, 10_239_999),),
        asks=(),
        health=view.yes.health,
        doubts=view.yes.doubts,
        epoch=1,
        changed_ns=0,
        tick_pips=100,
    )
    assert stairs_of(view.market, book, SELL, 5).reach_micro == 10_230_000


def test_a_last_leg_that_is_too_small_is_joined_with_the_one_before_at_its_own_price() -> None:
    stairs = bought((4_000, 20), (4_100, 20))
    assert rows(stairs, 22) == [(4_100, 22, 9.02, 0)]
    assert rows(stairs, 25) == [(4_000, 20, 8.0, 0), (4_100, 5, 2.05, 0)]
    assert rows(sold((4_000, 20), (3_900, 20)), 22) == [(3_900, 22, 8.58, 0)]


def test_joined_legs_need_their_whole_cash_displayed() -> None:
    """Twenty at 0.10 and four at 0.90 are 5.60 dollars: 24 shares at 0.90 would need 21.60."""
    stairs = bought((1_000, 20), (9_000, 4), min_shares=5)
    assert stairs.flow(20 * MICRO) == -2_000_000
    assert stairs.flow(21 * MICRO) is None


def test_a_level_too_small_for_a_leg_is_joined_with_the_next_at_the_next_ones_price() -> None:
    stairs = bought((4_000, 3), (5_000, 20))
    assert rows(stairs, 10) == [(5_000, 10, 5.0, 0)]
    # Ten dollars and 1.20 are displayed: 22.4 shares at 0.50.
    assert stairs.reach_micro == 22_400_000


def test_a_buy_below_a_dollar_is_too_small() -> None:  # polymarket.md §9.3
    stairs = bought((40, 1_000), tick_pips=10)
    assert stairs.flow(247 * MICRO) is None
    assert stairs.flow(248 * MICRO) == -1_000_000


def test_smaller_than_the_venues_minimum_is_not_to_be_had() -> None:
    assert bought((5_000, 100), min_shares=15).flow(14 * MICRO) is None
    assert sold((5_000, 100)).flow(4 * MICRO) is None
    assert sold((5_000, 100)).flow(5 * MICRO) == 2_500_000


def test_only_so_many_levels_are_looked_at() -> None:
    view = given_outcome(yes_asks=[(4_000 + 100 * k, 10) for k in range(9)])
    assert stairs_of(view.market, view.yes, BUY, 3).reach_micro == 30 * MICRO
    assert stairs_of(view.market, view.no, BUY, 3).reach_micro == 0


def test_a_price_off_our_grid_is_taken_at_the_next_worse_one() -> None:
    assert rows(bought((4_050, 20)), 10) == [(4_100, 10, 4.1, 0)]
    assert rows(sold((4_050, 20)), 10) == [(4_000, 10, 4.0, 0)]
    assert bought((9_950, 20)).reach_micro == 0
    assert sold((50, 20)).reach_micro == 0


def test_the_fee_is_the_curve_at_the_limit_and_the_rounding_of_64_fills() -> None:  # req 4.4
    curve = FeeCurve(rate_bps=500)
    (leg,) = bought((4_000, 100), rate_bps=500).legs(100 * MICRO)
    assert leg.fee_micro == curve.fee_cash_micro(100 * MICRO, 4_000) + 640 == 1_200_640
    (leg,) = sold((4_000, 100), rate_bps=500).legs(100 * MICRO)
    assert leg.fee_micro == 1_200_640


def test_a_buy_that_is_filled_at_better_prices_that_are_displayed_pays_the_fee_of_those() -> None:
    """All its cash is spent at any price, and of a dollar spent the fee is rate × (1 − p)."""
    (leg,) = bought((4_000, 20), (6_000, 20), rate_bps=500).legs(22 * MICRO)
    curve = FeeCurve(rate_bps=500)
    at_best = 12 * MICRO * 10_000 // 4_000
    assert (leg.price_pips, leg.cash_micro) == (6_000, 13_200_000)
    eaten = curve.fee_cash_micro(20 * MICRO, 4_000) + curve.fee_cash_micro((13_200_000 - 8_000_000) * 10_000 // 6_000, 6_000)
    assert curve.fee_cash_micro(leg.shares_micro, 6_000) < eaten <= leg.fee_micro
    assert leg.fee_micro >= curve.fee_cash_micro(at_best, 4_000)


@given(
    st.lists(st.tuples(st.integers(1, 9_999), st.integers(1, 60)), min_size=1, max_size=5, unique_by=lambda level: level[0]),
    st.sampled_from([0, 300, 700]),
    st.sampled_from([BUY, SELL]),
    st.sampled_from([1, 10, 100]),
    st.integers(1, 200),
)
def test_the_legs_add_up_to_the_size_within_what_is_displayed_and_the_line_is_never_below(
    levels: list[tuple[int, int]], rate_bps: int, side: Side, tick_pips: int, shares: int
) -> None:
    ladder: Ladder = sorted(levels, reverse=side is SELL)
    view = given_outcome(yes_asks=ladder, yes_bids=ladder, rate_bps=rate_bps, tick_pips=tick_pips)
    stairs = stairs_of(view.market, view.yes, side, 5)
    size_micro = shares * MICRO
    flow = stairs.flow(size_micro)
    if flow is None:
        return
    legs = stairs.legs(size_micro)
    assert sum(leg.shares_micro for leg in legs) == size_micro
    assert all(leg.price_pips % tick_pips == 0 and leg.shares_micro >= view.market.min_shares_micro for leg in legs)
    taken = 0
    for leg in legs:
        # In this order: what better legs took is gone, and all of this one must be there at its limit or better.
        if side is BUY:
            assert leg.cash_micro >= MICRO
            assert leg.cash_micro % 10_000 == 0
            taken += leg.cash_micro
            assert taken * 10_000 <= sum(size * MICRO * price for price, size in ladder if price <= leg.price_pips)
        else:
            assert leg.shares_micro % 10_000 == 0
            taken += leg.shares_micro
            assert taken <= sum(size * MICRO for price, size in ladder if price >= leg.price_pips)
    run = stairs.run(size_micro)
    assert run is not None
    assert flow * MICRO <= run.flow_before * MICRO + (size_micro - run.before_micro) * run.net_pico // MICRO + 1


def test_the_net_price_of_a_share_has_its_fee_in_it() -> None:
    curve = FeeCurve(rate_bps=700)
    assert net_pico(curve, BUY, 5_000) == -(500_000 + 17_500) * MICRO
    assert net_pico(curve, SELL, 5_000) == (500_000 - 17_500) * MICRO


def test_asking_beyond_the_book_is_our_own_mistake() -> None:
    with pytest.raises(IndexError, match="of 10000000 shares"):
        bought((4_000, 10)).index(11 * MICRO)
