"""strategies/basket.py: what so many sets leave, with which legs, and what they take up."""

from itertools import combinations, product

import pytest

from oms.values.bundles import NOBODY, Shape
from oms.values.market import FeeCurve
from oms.values.orders import Side
from oms.values.units import MICRO
from strategies.basket import Basket, Use, break_even_pips, terms
from strategies.stairs import PICO, Stairs, stairs_of
from tests.strategies.words_arbitrage import given_outcome

DEEP = 1_000


def legs_of(*prices: int, side: Side = Side.BUY, no: bool = False, rate_bps: int = 0) -> tuple[Stairs, ...]:
    """One leg an outcome at these prices, deep enough for anything."""
    views = [
        given_outcome(k, no_asks=[(price, DEEP)], yes_asks=[(price, DEEP)], yes_bids=[(price, DEEP)], rate_bps=rate_bps)
        for k, price in enumerate(prices)
    ]
    return tuple(stairs_of(view.market, view.no if no else view.yes, side, 5) for view in views)


@pytest.mark.parametrize(
    ("shape", "stairs", "worst"),
    [
        (Shape.BUY_ALL_YES, legs_of(3_000, 3_000, 3_000), 1.0),
        (Shape.BUY_BOTH_MERGE, legs_of(4_000, 5_500), 0.5),
        (Shape.SPLIT_SELL_BOTH, legs_of(4_500, 5_700, side=Side.SELL), 0.2),
        (Shape.BUY_NO_HOLD, legs_of(6_000, 6_500, 7_000, no=True), 0.5),
        (Shape.BUY_NO_CONVERT, legs_of(6_000, 6_500, 7_000, no=True), 0.5),
        (Shape.SPLIT_SELL_YES, legs_of(3_000, 3_500, 4_000, side=Side.SELL), 0.5),
    ],
)
def test_ten_sets_leave_what_a_dollar_and_the_prices_leave(shape: Shape, stairs: tuple[Stairs, ...], worst: float) -> None:  # req 4.2, 4.3
    found = Basket(shape=shape, stairs=stairs).choice(10 * MICRO)
    assert found is not None
    assert found[0] == worst * MICRO
    assert found[1] == list(stairs)


def test_a_conversions_fee_is_kept_of_every_dollar_it_gives() -> None:  # polymarket.md §9.2
    found = Basket(shape=Shape.BUY_NO_CONVERT, stairs=legs_of(6_000, 6_500, 7_000, no=True), fee_bps=100).choice(10 * MICRO)
    assert found is not None
    assert found[0] == 2 * 9_900_000 - 19_500_000


def test_legs_that_take_more_than_they_add_are_left_out() -> None:
    stairs = legs_of(4_000, 4_500, 9_900, no=True)
    found = Basket(shape=Shape.BUY_NO_CONVERT, stairs=stairs, fee_bps=200).choice(100 * MICRO)
    assert found == (98_000_000 - 85_000_000, [stairs[0], stairs[1]])


def test_the_choice_is_the_best_of_all_subsets() -> None:
    """Every subset of five outcomes at prices where some belong in and some do not."""
    for prices in product((5_000, 9_500, 9_900), repeat=5):
        stairs = legs_of(*prices, no=True, rate_bps=1_000)
        chosen = Basket(shape=Shape.BUY_NO_CONVERT, stairs=stairs, fee_bps=100).choice(50 * MICRO)
        worst = {}
        for count in range(2, 6):
            for subset in combinations(range(5), count):
                flows = [stairs[number].flow(50 * MICRO) or 0 for number in subset]
                worst[subset] = sum(flows) + (count - 1) * 49_500_000
        if chosen is None:
            assert max(worst.values()) <= 0
        elif max(worst.values()) > 0:
            assert chosen[0] == max(worst.values())


def test_a_leg_that_is_needed_and_cannot_be_had_leaves_no_bundle() -> None:
    few = given_outcome(7, yes_asks=[(1_000, 5)])
    stairs = (*legs_of(3_000, 3_000), stairs_of(few.market, few.yes, Side.BUY, 5))
    assert Basket(shape=Shape.BUY_ALL_YES, stairs=stairs).choice(10 * MICRO) is None


@pytest.mark.parametrize(
    ("shape", "stairs", "capital", "broken"),
    [
        # All of it may fill but the winner's leg.
        (Shape.BUY_ALL_YES, legs_of(2_000, 3_000, 4_000), 9.0, 7.0),
        (Shape.BUY_BOTH_MERGE, legs_of(4_000, 5_500), 9.5, 5.5),
        # NO of one outcome is lost at most: another cannot win as well.
        (Shape.BUY_NO_HOLD, legs_of(6_000, 6_500, 7_000, no=True), 19.5, 7.0),
        (Shape.BUY_NO_CONVERT, legs_of(6_000, 6_500, 7_000, no=True), 19.5, 7.0),
        # The YES that was sold wins; what the others' sales brought is left out, because they may not have filled.
        (Shape.SPLIT_SELL_YES, legs_of(3_000, 3_500, 4_000, side=Side.SELL), 30.0, 7.0),
        (Shape.SPLIT_SELL_BOTH, legs_of(4_500, 5_700, side=Side.SELL), 10.0, 5.5),
    ],
)
def test_capital_and_the_loss_of_a_broken_bundle(shape: Shape, stairs: tuple[Stairs, ...], capital: float, broken: float) -> None:  # trap T12
    use = Basket(shape=shape, stairs=stairs).use(10 * MICRO, stairs)
    assert use == Use(capital_micro=round(capital * MICRO), broken_micro=round(broken * MICRO))


@pytest.mark.parametrize("shape", list(Shape))
def test_a_broken_bundle_never_costs_more_than_said(shape: Shape) -> None:  # trap T12
    """Every subset of legs filled, every winner, everything that was split held to the end."""
    selling = shape in (Shape.SPLIT_SELL_YES, Shape.SPLIT_SELL_BOTH)
    no = shape in (Shape.BUY_NO_HOLD, Shape.BUY_NO_CONVERT)
    for prices in ((2_000, 3_000), (100, 9_900), (5_000, 5_000, 5_000), (9_900, 9_900, 9_900), (1_000, 4_000, 9_000, 9_900)):
        if shape in (Shape.BUY_BOTH_MERGE, Shape.SPLIT_SELL_BOTH) and len(prices) > 2:
            continue
        stairs = legs_of(*prices, side=Side.SELL if selling else Side.BUY, no=no, rate_bps=700)
        told = Basket(shape=shape, stairs=stairs).use(120 * MICRO, stairs).broken_micro
        pieces = [(number, piece) for number, leg in enumerate(stairs) for piece in leg.pieces(120 * MICRO)]
        found = 0
        outside = [] if shape in (Shape.BUY_ALL_YES, Shape.BUY_BOTH_MERGE, Shape.SPLIT_SELL_BOTH) else [NOBODY]
        for winner in [*range(len(stairs)), *outside]:
            for count in range(len(pieces) + 1):
                for filled in combinations(pieces, count):
                    result = 0
                    for number, piece in filled:
                        pays = piece.shares_micro if (number == winner) is not no else 0
                        result += piece.flow_micro + (-pays if selling else pays)
                    found = max(found, -result)
        assert told == found


def test_a_whole_set_and_what_a_leg_adds_by_shape() -> None:
    assert {shape: terms(shape, 100, 99) for shape in Shape} == {
        Shape.BUY_ALL_YES: (100, 0),
        Shape.BUY_BOTH_MERGE: (100, 0),
        Shape.SPLIT_SELL_BOTH: (-100, 0),
        Shape.BUY_NO_HOLD: (-100, 100),
        Shape.BUY_NO_CONVERT: (-99, 99),
        Shape.SPLIT_SELL_YES: (-99, -1),
    }


def test_the_edge_of_the_last_set_is_that_of_its_own_levels() -> None:
    view = given_outcome(0, yes_asks=[(4_000, 20), (4_500, 20)])
    other = given_outcome(1, yes_asks=[(5_000, 40)])
    stairs = tuple(stairs_of(one.market, one.yes, Side.BUY, 5) for one in (view, other))
    basket = Basket(shape=Shape.BUY_ALL_YES, stairs=stairs)
    tenth, twentieth = PICO // 10, PICO // 20
    assert [basket.choice(sets * MICRO, tenth) is not None for sets in (20, 21, 25)] == [True, False, False]
    assert [basket.choice(sets * MICRO, twentieth) is not None for sets in (20, 25, 40)] == [True, True, True]
    assert basket.choice(40 * MICRO, twentieth + 1) is None


@pytest.mark.parametrize(
    ("rate_bps", "outcomes", "pips"),
    [(700, 2, 9_650), (500, 2, 9_750), (400, 2, 9_800), (300, 2, 9_850), (500, 5, 9_610), (0, 2, 10_000), (0, 5, 10_000)],
)
def test_a_dollar_is_not_the_threshold(rate_bps: int, outcomes: int, pips: int) -> None:  # req 4.3, 4.4, trap T11
    assert break_even_pips(FeeCurve(rate_bps=rate_bps), outcomes) == pips
