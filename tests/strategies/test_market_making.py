"""strategies/market_making.py by example; what holds for every market is in test_market_making_properties.py."""

import msgspec
import pytest

from oms.values.decisions import Quotes, StandAside
from oms.values.orders import Side
from oms.values.snapshot import Doubt, Health, Snapshot
from strategies.market_making import Params, evaluate
from tests.words import NO, YES, given_book_view, given_holding, given_market, given_mirror_of, given_resting, given_snapshot

Row = tuple[str, Side, int, float]
"""(token, side, pips, whole shares)."""
BUY, SELL = Side.BUY, Side.SELL


def quoted(view: Snapshot, params: Params) -> list[Row]:
    """What is quoted, as rows one can proof-read."""
    decision = evaluate(view, params)
    assert isinstance(decision, Quotes), decision.why
    return [(q.token, q.side, q.price_pips, q.shares_micro / 1_000_000) for q in decision.quotes]


def aside(view: Snapshot, params: Params | None = None) -> str:
    """Why nothing is quoted."""
    decision = evaluate(view, params or Params())
    assert isinstance(decision, StandAside), decision
    return decision.why


def test_without_inventory_both_tokens_are_bid_for_round_fair_value() -> None:  # req 2.4, 2.39, 2.40
    assert quoted(given_snapshot(), Params(half_spread_pips=200, step_pips=100, depth=3, size_shares=10)) == [
        (YES, BUY, 4_800, 10),
        (YES, BUY, 4_700, 10),
        (YES, BUY, 4_600, 10),
        (NO, BUY, 4_800, 10),
        (NO, BUY, 4_700, 10),
        (NO, BUY, 4_600, 10),
    ]


def test_what_is_sellable_is_offered_from_the_best_rung_outward_and_the_rest_bid_for_in_the_other_token() -> None:
    view = given_snapshot(yes_holding=given_holding(30))
    assert quoted(view, Params(lean_pips_per_100_shares=0)) == [
        (YES, BUY, 4_900, 20),
        (YES, BUY, 4_800, 20),
        (YES, SELL, 5_100, 20),
        (YES, SELL, 5_200, 10),
        (NO, BUY, 4_800, 10),
    ]


def test_no_held_is_offered_where_yes_would_be_bought() -> None:
    view = given_snapshot(no_holding=given_holding(25))
    assert quoted(view, Params(depth=1, lean_pips_per_100_shares=0)) == [(NO, SELL, 5_100, 20), (NO, BUY, 4_900, 20)]


def test_a_sale_too_small_for_the_venue_leaves_its_shares_to_the_purchase() -> None:
    view = given_snapshot(yes_holding=given_holding(24))
    assert quoted(view, Params(lean_pips_per_100_shares=0))[2:] == [(YES, SELL, 5_100, 20), (NO, BUY, 4_800, 20)]


def test_a_remainder_too_small_for_the_venue_is_not_quoted() -> None:
    view = given_snapshot(yes_holding=given_holding(17))
    assert quoted(view, Params(depth=1, lean_pips_per_100_shares=0))[1:] == [(YES, SELL, 5_100, 17)]


def test_shares_already_offered_are_divided_again() -> None:
    view = given_snapshot(yes_holding=given_holding(20, resting_sell=20), resting=[given_resting("a", SELL, 5_300, 20)])
    assert quoted(view, Params(depth=1, lean_pips_per_100_shares=0))[1:] == [(YES, SELL, 5_100, 20)]


def test_shares_not_yet_confirmed_lean_the_quotes_but_are_not_sold() -> None:
    view = given_snapshot(yes_holding=given_holding(0, provisional=100))
    assert quoted(view, Params(depth=1, lean_pips_per_100_shares=100)) == [(YES, BUY, 4_800, 20), (NO, BUY, 5_000, 20)]


@pytest.mark.parametrize("fair", [500, 2_000, 5_000, 8_000, 8_900, 9_500])
def test_the_lean_works_at_every_price(fair: int) -> None:  # req 2.41, 2.42
    book = given_book_view(bids=[(fair - 50, 100)], asks=[(fair + 50, 100)], tick_pips=10)
    params = Params(half_spread_pips=50, depth=1, lean_pips_per_100_shares=100, stop_buying_above_pips=10_000)
    flat, long, short = (
        quoted(given_snapshot(yes=book, yes_holding=given_holding(0, provisional=yes), no_holding=given_holding(0, provisional=no)), params)
        for yes, no in ((0, 0), (30, 0), (0, 30))
    )
    assert flat == [(YES, BUY, fair - 50, 20), (NO, BUY, 10_000 - fair - 50, 20)]
    assert long == [(YES, BUY, fair - 80, 20), (NO, BUY, 10_000 - fair - 50 + 30, 20)]
    assert short == [(YES, BUY, fair - 50 + 30, 20), (NO, BUY, 10_000 - fair - 80, 20)]


def test_a_complete_set_is_no_exposure_and_does_not_lean() -> None:
    view = given_snapshot(yes_holding=given_holding(100), no_holding=given_holding(100))
    assert quoted(view, Params(depth=1)) == [(NO, SELL, 5_100, 20), (YES, SELL, 5_100, 20)]


def test_the_microprice_is_nearer_to_the_thinner_side() -> None:
    book = given_book_view(bids=[(4_000, 300)], asks=[(6_000, 100)], tick_pips=10)
    assert quoted(given_snapshot(yes=book), Params(fair="microprice", depth=1)) == [(YES, BUY, 5_400, 20), (NO, BUY, 4_400, 20)]
    assert quoted(given_snapshot(yes=book), Params(fair="mid", depth=1)) == [(YES, BUY, 4_900, 20), (NO, BUY, 4_900, 20)]


def test_prices_are_rounded_to_the_grid_away_from_us() -> None:
    book = given_book_view(bids=[(4_000, 100)], asks=[(6_100, 100)])
    assert quoted(given_snapshot(yes=book), Params(depth=1)) == [(YES, BUY, 4_900, 20), (NO, BUY, 4_800, 20)]


def test_a_quote_stays_behind_the_touch_of_either_book() -> None:
    yes = given_book_view(bids=[(4_000, 50)], asks=[(6_000, 50)])
    no = given_book_view(NO, bids=[(4_800, 50)], asks=[(6_000, 50)])  # seen as YES: asked 0.52, bid 0.40
    params = Params(half_spread_pips=1, lean_pips_per_100_shares=2_000, depth=1)
    assert quoted(given_snapshot(yes=yes, no=no, no_holding=given_holding(0, provisional=100)), params) == [
        (YES, BUY, 5_100, 20),
        (NO, BUY, 3_300, 20),
    ]


def test_rungs_that_fall_on_one_price_become_one() -> None:
    assert quoted(given_snapshot(), Params(step_pips=10, depth=2)) == [
        (YES, BUY, 4_900, 20),
        (YES, BUY, 4_800, 20),
        (NO, BUY, 4_900, 20),
        (NO, BUY, 4_800, 20),
    ]
    assert quoted(given_snapshot(), Params(half_spread_pips=110, step_pips=10, depth=3)) == [(YES, BUY, 4_800, 60), (NO, BUY, 4_800, 60)]


def test_at_the_edge_of_the_price_range_a_rung_stands_on_the_last_price_that_is_still_on_our_side() -> None:
    book = given_book_view(bids=[(100, 100)], asks=[(300, 100)])  # centre 200: a bid at 0.00 is no price, 0.01 is below the centre
    assert quoted(given_snapshot(yes=book), Params(half_spread_pips=300, depth=1, stop_buying_above_pips=10_000))[0] == (YES, BUY, 100, 20)
    leaned = given_snapshot(yes=book, yes_holding=given_holding(0, provisional=100))  # centre 100: no price is below it
    rows = quoted(leaned, Params(half_spread_pips=300, lean_pips_per_100_shares=100, stop_buying_above_pips=10_000))
    assert {row[0] for row in rows} == {NO}


def test_sizes_are_cut_to_hundredths_of_a_share() -> None:
    holding = msgspec.structs.replace(given_holding(), confirmed_micro=10_129_999, sellable_micro=10_129_999)
    rows = quoted(given_snapshot(yes_holding=holding), Params(depth=1, lean_pips_per_100_shares=0))
    assert rows[1:] == [(YES, SELL, 5_100, 10.12), (NO, BUY, 4_900, 9.88)]


@pytest.mark.parametrize(("token_price", "stopped"), [(9_000, False), (9_010, True), (9_500, True)])
def test_a_token_above_the_bound_is_not_bought_and_its_sales_go_on(token_price: int, stopped: bool) -> None:  # noqa: FBT001  # req 2.43
    book = given_book_view(bids=[(token_price - 100, 100)], asks=[(token_price + 100, 100)], tick_pips=10)
    view = given_snapshot(yes=book, yes_holding=given_holding(20))
    rows = quoted(view, Params(depth=1, lean_pips_per_100_shares=0))
    assert ((YES, BUY) in {row[:2] for row in rows}) is not stopped
    assert (YES, SELL, token_price + 100, 20) in rows


def test_the_bound_is_judged_by_each_tokens_own_price() -> None:  # trap T15: NO at YES 0.95 is a contract for 0.05
    book = given_book_view(bids=[(9_400, 100)], asks=[(9_600, 100)])
    assert quoted(given_snapshot(yes=book), Params(depth=1)) == [(NO, BUY, 400, 20)]
    mirrored = given_book_view(bids=[(400, 100)], asks=[(600, 100)])
    assert quoted(given_snapshot(yes=mirrored), Params(depth=1)) == [(YES, BUY, 400, 20)]


@pytest.mark.parametrize(("left_s", "bought"), [(60, True), (59, False), (-5, False), (None, False)])
def test_near_the_end_or_without_a_known_end_nothing_is_bought_and_sales_go_on(left_s: int | None, bought: bool) -> None:  # noqa: FBT001  # req 2.43
    view = given_snapshot(market=given_market(left_s=left_s), yes_holding=given_holding(20), no_holding=given_holding(20))
    rows = quoted(view, Params())
    assert (BUY in {row[1] for row in rows}) is bought
    assert {row[:2] for row in rows} >= {(YES, SELL), (NO, SELL)}


def test_nothing_to_sell_and_no_buying_is_said_with_its_reason() -> None:
    assert "YES is not bought: the market's end is unknown; NO is not bought: the market's end" in aside(
        given_snapshot(market=given_market(left_s=None))
    )
    assert "59 s are left, less than 60" in aside(given_snapshot(market=given_market(left_s=59)))


def test_standing_buys_and_holdings_stay_within_the_capital_of_the_market() -> None:  # req 2.44
    assert quoted(given_snapshot(), Params(max_collateral_usd=20, depth=2)) == [(YES, BUY, 4_900, 20), (NO, BUY, 4_900, 20)]
    view = given_snapshot(yes_holding=given_holding(0, provisional=20))
    assert quoted(view, Params(max_collateral_usd=20, depth=2, lean_pips_per_100_shares=0)) == [
        (YES, BUY, 4_900, 10.2),
        (NO, BUY, 4_900, 10.2),
    ]


def test_holdings_above_the_cap_stop_buys_and_leave_sales() -> None:
    view = given_snapshot(yes_holding=given_holding(100))
    assert quoted(view, Params(max_collateral_usd=10, depth=1)) == [(YES, SELL, 5_100, 20)]


def test_cash_held_back_by_our_own_resting_buys_counts_as_there_and_other_cash_does_not_appear() -> None:
    resting = [given_resting("a", BUY, 4_900, 20)]
    assert len(quoted(given_snapshot(cash=10, resting=resting), Params(depth=1))) == 2
    assert "nothing fits" in aside(given_snapshot(cash=1), Params(depth=1))


def test_net_exposure_is_capped_with_standing_quotes_counted_as_filled() -> None:
    view = given_snapshot(yes_holding=given_holding(0, provisional=90))
    rows = quoted(view, Params(max_net_shares=100, depth=2, lean_pips_per_100_shares=0))
    assert rows == [(YES, BUY, 4_900, 10), (NO, BUY, 4_900, 20), (NO, BUY, 4_800, 20)]


@pytest.mark.parametrize("outcome", [YES, NO])
def test_a_book_that_is_not_live_is_not_quoted_and_its_doubts_are_named(outcome: str) -> None:
    doubtful = msgspec.structs.replace(
        given_book_view() if outcome == YES else given_mirror_of(given_book_view()), health=Health.SUSPECT, doubts=Doubt.HASH | Doubt.BEST
    )
    view = given_snapshot(yes=doubtful, no=given_mirror_of(given_book_view())) if outcome == YES else given_snapshot(no=doubtful)
    assert aside(view) == f"{'YES' if outcome == YES else 'NO'} book is SUSPECT: HASH, BEST"


def test_an_old_book_is_not_quoted() -> None:  # req 2.10
    params = Params(book_age_max_ms=1_000)
    assert aside(given_snapshot(yes=given_book_view(age_ms=1_001)), params) == "YES book is 1001 ms old, more than 1000"
    assert quoted(given_snapshot(yes=given_book_view(age_ms=1_000)), params)


def test_without_a_bid_on_either_side_there_is_no_fair_value() -> None:  # req 3.18: no default price is invented
    assert aside(given_snapshot(yes=given_book_view(bids=[]))) == "nobody bids for YES, so there is no fair value"
    assert aside(given_snapshot(yes=given_book_view(asks=[]))) == "nobody bids for NO, so there is no fair value"


def test_a_side_that_only_the_other_tokens_book_shows_is_read_in_the_mirror() -> None:
    view = given_snapshot(yes=given_book_view(asks=[]), no=given_book_view(NO, bids=[(4_900, 10)], asks=[]))
    assert quoted(view, Params(depth=1)) == [(YES, BUY, 4_900, 20), (NO, BUY, 4_900, 20)]


def test_two_books_that_reach_a_dollar_are_torn_and_not_quoted() -> None:
    view = given_snapshot(no=given_book_view(NO, bids=[(5_100, 10)], asks=[(5_200, 10)]))
    assert aside(view) == "YES bid 4900 and NO bid 5100 pips reach a dollar: one of the books is torn"


def test_a_size_below_the_venues_minimum_is_said() -> None:
    assert "the venue's minimum of 5 shares" in aside(given_snapshot(), Params(size_shares=4))


def test_every_quote_says_why_with_its_numbers() -> None:
    decision = evaluate(given_snapshot(yes_holding=given_holding(30)), Params(patience_pips=20))
    assert isinstance(decision, Quotes)
    assert decision.why == "fair 5000 (mid), net 30 shares, centre 4985 pips"
    assert decision.quotes[0].why == "YES bid 1 at 4800: fair 5000 (mid), net 30 shares, centre 4985 pips"
    assert decision.patience_pips == 20
