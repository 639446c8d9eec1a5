import pytest
from msgspec.structs import replace

from oms.machines.bundle_sums import Moved, Wish, after, cost_in_cents, depth, is_bounded, moved, progress_of, still_there, thinnest, walked, worst
from oms.values.bundles import NOBODY, Transfer, TransferKind
from oms.values.orders import Lifetime, Side
from oms.values.units import MICRO
from tests.oms.machines.words_standing import given_run, given_standing_now, given_token
from tests.words_bundles import given_bundle, given_leg, given_no_bundle, given_split_bundle

ALL_YES = given_bundle("a", "b", prices=(4_000, 4_000))
SPLIT = given_split_bundle()
MERGE = Transfer(kind=TransferKind.MERGE, market_ids=("a",), shares_micro=8 * MICRO)


def test_the_worst_is_that_of_the_winner_who_pays_least() -> None:
    held = {"a:YES": 20, "b:YES": 12, "b:NO": 3}
    for winners, dollars in ((("a", "b"), 12), (("a",), 23), (("a", "b", NOBODY), 3)):
        now = given_standing_now(winners=winners)
        micro = {token: shares * MICRO for token, shares in held.items()}
        assert worst(now, micro, -16 * MICRO) == (dollars - 16) * MICRO


def test_what_a_share_became_is_known_whoever_wins_the_rest() -> None:
    paid = (given_token("a:YES", paid_ppm=500_000), given_token("a:NO", paid_ppm=500_000))
    now = given_standing_now(*paid, winners=("b", "c"))
    assert worst(now, {"a:YES": 20 * MICRO, "a:NO": 3}, 0) == 10 * MICRO + 1
    assert worst(given_standing_now(*paid, winners=("b",)), {"a:NO": 2 * MICRO, "b:YES": MICRO}, 0) == 2 * MICRO


def test_what_was_bought_is_done_whether_it_is_held_merged_or_converted() -> None:
    merged = given_run(replace(ALL_YES, legs=(given_leg("a:YES", 4_000), given_leg("a:NO", 5_000))), done=(MERGE,))
    assert progress_of(merged, given_standing_now(held={"a:YES": 12})) == {"a:YES": 20 * MICRO, "a:NO": 8 * MICRO}
    nos = given_no_bundle("a", "b")
    converted = given_run(nos, done=(replace(nos.after[0], shares_micro=15 * MICRO),))
    assert progress_of(converted, given_standing_now(held={"a:NO": 5, "b:NO": 0, "c:YES": 15})) == {"a:NO": 20 * MICRO, "b:NO": 15 * MICRO}


def test_what_was_sold_is_done_and_sets_that_were_made_or_turned_back_are_no_progress() -> None:
    run = given_run(SPLIT, done=(*SPLIT.before, MERGE))
    assert progress_of(run, given_standing_now(held={"a:YES": 12, "a:NO": 7})) == {"a:YES": 0, "a:NO": 5 * MICRO}
    refused = given_run(SPLIT, refused=SPLIT.before)
    assert progress_of(refused, given_standing_now()) == {"a:YES": 0, "a:NO": 0}


def test_more_than_was_bought_cannot_be_undone() -> None:
    assert progress_of(given_run(ALL_YES), given_standing_now(held={"a:YES": -1})) == {"a:YES": 0, "b:YES": 0}


def wish(token: str, side: Side, price_pips: int, shares: int) -> Wish:
    return Wish(token=token, side=side, price_pips=price_pips, shares_micro=shares * MICRO, lifetime=Lifetime.FAK)


def test_what_is_left_after_orders_pays_their_cents_and_fees() -> None:
    fees = (given_token("a:YES", fee_bps=400), given_token("b:YES"))
    now = given_standing_now(*fees, held={"b:YES": 20}, cash=-8)
    assert after([wish("a:YES", Side.BUY, 5_000, 20)], now) == (20 - 8 - 10) * MICRO - 200_000
    assert after([wish("b:YES", Side.SELL, 3_001, 20)], now) == -8 * MICRO + 6_002_000
    assert after([], now) == -8 * MICRO


@pytest.mark.parametrize(
    ("side", "shares", "found"),
    [
        (Side.BUY, 8.0, (4_000, 8_000_000)),
        (Side.BUY, 20.0, (4_500, 20_000_000)),
        (Side.BUY, 20.001, (4_500, 20_010_000)),  # whole hundredths, rounded up
        (Side.BUY, 1.0, (4_000, 5_000_000)),  # the venue takes five at least
        (Side.BUY, 31.0, None),
        (Side.SELL, 20.0, (3_000, 20_000_000)),
        (Side.SELL, 19.999, (3_000, 19_990_000)),  # and down
        (Side.SELL, 4.0, None),
        (Side.SELL, 31.0, None),
    ],
)
def test_an_order_is_at_the_price_at_which_so_many_are_there(side: Side, shares: float, found: tuple[int, int] | None) -> None:
    book = given_token("a:YES", bids=((3_500, 10), (3_000, 20)), asks=((4_000, 10), (4_500, 20)))
    wanted = walked("a:YES", side, round(shares * MICRO), given_standing_now(book))
    assert (wanted and (wanted.price_pips, wanted.shares_micro)) == found


def test_a_purchase_is_of_a_dollar_at_least() -> None:  # polymarket.md §9.3
    wanted = walked("a:YES", Side.BUY, 6 * MICRO, given_standing_now(given_token("a:YES", asks=((300, 10), (500, 30)))))
    assert wanted is not None
    assert (wanted.price_pips, cost_in_cents(wanted.shares_micro, wanted.price_pips) >= MICRO) == (500, True)


def test_two_levels_of_a_token_need_their_sizes_together() -> None:
    legs = (given_leg("a:YES", 4_000, 10), given_leg("a:YES", 4_500, 15), given_leg("b:YES", 5_000, 25))
    b = given_token("b:YES", asks=((5_000, 25),))
    for size, there in ((15, True), (14, False)):
        now = given_standing_now(given_token("a:YES", asks=((4_000, 10), (4_500, size))), b)
        assert still_there(legs, now) is there
    assert not still_there(legs, given_standing_now(given_token("a:YES", asks=((4_000, 9), (4_500, 99))), b))


def test_depth_is_what_stands_at_the_limit_or_better() -> None:
    now = given_standing_now(given_token("a:YES", bids=((3_500, 10), (3_000, 20)), asks=((4_000, 10), (4_500, 20))))
    assert [depth(given_leg("a:YES", price), now) // MICRO for price in (3_900, 4_000, 4_600)] == [0, 10, 30]
    assert [depth(given_leg("a:YES", price, side=Side.SELL), now) // MICRO for price in (3_600, 3_500, 2_000)] == [0, 10, 30]


def test_the_thinnest_leg_is_the_one_with_least_beyond_what_is_wanted() -> None:
    now = given_standing_now(given_token("a:YES", asks=((4_000, 60),)), given_token("b:YES", asks=((4_000, 50),)))
    assert thinnest(ALL_YES.legs, now) == "b:YES"
    assert thinnest((given_leg("a:YES", 4_000, 30), given_leg("b:YES", 4_000, 20)), now) == "a:YES"


def test_cents_are_rounded_up() -> None:
    assert [cost_in_cents(shares, 4_001) for shares in (20 * MICRO, 1, 0)] == [8_010_000, 10_000, 0]


def test_a_trade_moves_shares_one_way_and_cash_the_other_and_pays_its_fee_either_way() -> None:
    assert moved("a:YES", Side.BUY, 20, 8, 1) == ("a:YES", 20, -9)
    assert moved("a:YES", Side.SELL, 20, 8, 1) == ("a:YES", -20, 7)


BOUGHT = ("a:YES", 20 * MICRO, -8 * MICRO)


@pytest.mark.parametrize(
    ("undecided", "most", "bounded"),
    [
        ((), 6, True),  # if a wins, 12 are won and 6 lost
        ((BOUGHT,), 6, True),  # if a's purchase fails only b is held, which may cost its 6
        ((BOUGHT,), 5, False),
    ],
)
def test_what_may_still_fail_saves_nobody_from_what_may_still_fill(undecided: tuple[Moved, ...], most: int, *, bounded: bool) -> None:
    """Twenty YES of a for 8; twenty of b for 6 are about to leave. A bundle at its bound may not go on, unless that makes nothing worse."""
    now = replace(given_standing_now(held={"a:YES": 20}, cash=-8), undecided=undecided, loss_max_micro=most * MICRO)
    assert is_bounded([wish("b:YES", Side.BUY, 3_000, 20)], replace(now, winners=("a",))) is bounded


def test_an_order_that_makes_nothing_worse_may_leave_beyond_the_bound() -> None:
    now = replace(given_standing_now(held={"a:YES": 20}, cash=-8), undecided=(BOUGHT,), loss_max_micro=MICRO)
    assert is_bounded([wish("b:YES", Side.BUY, 4_000, 20)], now), "8 are lost if b wins; if a wins and was not bought, no more than that"
    assert not is_bounded([wish("b:YES", Side.BUY, 4_100, 20)], now)
    assert is_bounded([wish("a:YES", Side.SELL, 3_500, 20)], replace(now, undecided=())), "if b wins it brings something"
