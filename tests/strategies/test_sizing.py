"""strategies/sizing.py: the best number of sets, against all of them tried one by one."""

from random import Random

import pytest

from oms.values.bundles import Shape
from oms.values.orders import Side
from oms.values.units import MICRO
from strategies import sizing
from strategies.basket import Basket
from strategies.sizing import Bounds, Sized, best_size
from strategies.stairs import PICO, PIP_PICO, stairs_of
from tests.strategies.words_arbitrage import given_outcome

FREE = Bounds(sets_max=10**9, capital_micro=10**15, broken_micro=10**15, edge_pico=PIP_PICO)
SELLS = (Shape.SPLIT_SELL_YES, Shape.SPLIT_SELL_BOTH)


def given_basket(seed: int, shape: Shape, outcomes: int, *, rate_bps: int = 500, fee_bps: int = 0, tick_pips: int = 10) -> Basket:
    """Random books round a sum that just pays."""
    dice = Random(seed)
    count = 2 if shape in (Shape.BUY_BOTH_MERGE, Shape.SPLIT_SELL_BOTH) else outcomes
    fair = 10_000 // count
    selling, no = shape in SELLS, shape in (Shape.BUY_NO_CONVERT, Shape.BUY_NO_HOLD)
    centre = (10_000 - fair if no else fair) + (1 if selling else -1) * dice.randrange(150, 600)
    stairs = []
    for number in range(count):
        price = centre + dice.randrange(-200, 200)
        ladder = []
        for _ in range(dice.randrange(1, 5)):
            ladder.append((max(10, min(9_990, price // tick_pips * tick_pips)), dice.choice((3, 7, 20, 45, 80))))
            price += (-1 if selling else 1) * dice.randrange(10, 400)
        view = given_outcome(
            number, yes_asks=ladder, yes_bids=ladder, rate_bps=rate_bps, min_shares=dice.choice((1, 5, 15)), tick_pips=tick_pips if number % 2 else 10
        )
        stairs.append(stairs_of(view.market, view.yes, Side.SELL if selling else Side.BUY, 5))
    return Basket(shape=shape, stairs=tuple(stairs), fee_bps=fee_bps if shape in (Shape.BUY_NO_CONVERT, Shape.SPLIT_SELL_YES) else 0)


def one_by_one(basket: Basket, bounds: Bounds, sets_max: int) -> tuple[int, int]:
    """(worst, sets) of the best size, every size tried."""
    found = (0, 0)
    for sets in range(1, min(sets_max, bounds.sets_max) + 1):
        choice = basket.choice(sets * MICRO, bounds.edge_pico)
        if choice is None or (choice[0], -sets) <= found or choice[0] <= 0:
            continue
        if not bounds.are_broken_by(basket.use(sets * MICRO, choice[1])):
            found = (choice[0], -sets)
    return found[0], -found[1]


def told(sized: Sized | None) -> tuple[int, int]:
    return (0, 0) if sized is None else (sized.worst_micro, sized.sets_micro // MICRO)


@pytest.mark.parametrize("shape", list(Shape))
def test_the_best_number_of_sets_is_found_without_trying_all(shape: Shape) -> None:  # req 4.5
    paying = 0
    for seed in range(60):
        basket = given_basket(seed, shape, 2 + seed % 4, rate_bps=(0, 300, 700)[seed % 3], fee_bps=(0, 100)[seed % 2], tick_pips=(10, 100)[seed % 2])
        found = told(best_size(basket, FREE))
        assert found == one_by_one(basket, FREE, 330), seed
        paying += found[0] > 0
    assert paying > 15


@pytest.mark.parametrize("shape", [Shape.BUY_ALL_YES, Shape.BUY_BOTH_MERGE, Shape.SPLIT_SELL_BOTH])
def test_within_bounds_too_where_every_leg_is_needed(shape: Shape) -> None:
    held = 0
    for seed in range(60):
        basket = given_basket(seed, shape, 2 + seed % 3)
        dice = Random(seed)
        bounds = Bounds(
            sets_max=dice.randrange(10, 200),
            capital_micro=dice.randrange(5, 150) * MICRO,
            broken_micro=dice.randrange(5, 120) * MICRO,
            edge_pico=PIP_PICO,
        )
        found = told(best_size(basket, bounds))
        assert found == one_by_one(basket, bounds, 200), seed
        held += found != told(best_size(basket, FREE))
    assert held > 10


@pytest.mark.parametrize("shape", [Shape.BUY_NO_CONVERT, Shape.BUY_NO_HOLD, Shape.SPLIT_SELL_YES])
def test_a_choice_of_legs_stays_within_bounds_and_close_to_the_best_there_is(shape: Shape) -> None:
    for seed in range(60):
        basket = given_basket(seed, shape, 2 + seed % 4, fee_bps=50)
        dice = Random(seed)
        bounds = Bounds(
            sets_max=dice.randrange(10, 200),
            capital_micro=dice.randrange(30, 400) * MICRO,
            broken_micro=dice.randrange(5, 120) * MICRO,
            edge_pico=PIP_PICO,
        )
        sized = best_size(basket, bounds)
        worst, _ = one_by_one(basket, bounds, 200)
        assert told(sized)[0] <= worst
        assert told(sized)[0] >= worst - 100_000, seed
        if sized is not None:
            assert not bounds.are_broken_by(basket.use(sized.sets_micro, sized.legs))
            assert basket.choice(sized.sets_micro, bounds.edge_pico) == (sized.worst_micro, list(sized.legs))


def test_the_last_set_must_earn_its_edge() -> None:
    views = [given_outcome(0, yes_asks=[(4_000, 20), (4_700, 20)]), given_outcome(1, yes_asks=[(5_000, 40)])]
    basket = Basket(shape=Shape.BUY_ALL_YES, stairs=tuple(stairs_of(view.market, view.yes, Side.BUY, 5) for view in views))
    sizes = {
        pips: told(best_size(basket, Bounds(sets_max=100, capital_micro=10**9, broken_micro=10**9, edge_pico=pips * PIP_PICO))) for pips in (300, 301)
    }
    assert sizes == {300: (2_600_000, 40), 301: (2_000_000, 20)}
    assert best_size(basket, Bounds(sets_max=100, capital_micro=10**9, broken_micro=10**9, edge_pico=1_001 * PIP_PICO)) is None


def test_a_leg_that_no_longer_adds_is_left_out_where_the_edge_needs_it() -> None:
    """The third outcome adds 9.60 on its first twenty shares and costs a cent on each that follows."""
    sides = ([(4_000, 500)], [(4_500, 500)], [(5_000, 20), (9_900, 1_000)])
    views = [given_outcome(k, no_asks=side) for k, side in enumerate(sides)]
    stairs = tuple(stairs_of(view.market, view.no, Side.BUY, 5) for view in views)
    basket = Basket(shape=Shape.BUY_NO_CONVERT, stairs=stairs, fee_bps=200)
    found = {}
    for pips in (1, 1_200, 1_201, 1_300):
        sized = best_size(basket, Bounds(sets_max=1_000, capital_micro=10**12, broken_micro=10**12, edge_pico=pips * PIP_PICO))
        assert sized is not None
        found[pips] = (*told(sized), len(sized.legs))
    assert found == {1: (69_800_000, 500, 3), 1_200: (69_800_000, 500, 3), 1_201: (65_000_000, 500, 2), 1_300: (65_000_000, 500, 2)}
    assert best_size(basket, Bounds(sets_max=1_000, capital_micro=10**12, broken_micro=10**12, edge_pico=6_101 * PIP_PICO)) is None


def test_of_equal_sizes_the_smallest_is_taken() -> None:
    """Seven hundredths of a cent a set vanish in the rounding of the cents."""
    views = [given_outcome(0, yes_asks=[(4_993, 200)], tick_pips=1, min_shares=1), given_outcome(1, yes_asks=[(5_000, 200)], min_shares=1)]
    basket = Basket(shape=Shape.BUY_ALL_YES, stairs=tuple(stairs_of(view.market, view.yes, Side.BUY, 5) for view in views))
    assert told(best_size(basket, FREE)) == one_by_one(basket, FREE, 200)
    bounds = Bounds(sets_max=28, capital_micro=10**9, broken_micro=10**9, edge_pico=PIP_PICO)
    assert told(best_size(basket, bounds)) == one_by_one(basket, bounds, 28) == (10_000, 15)


def test_millions_of_shares_take_no_longer_than_a_few(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = 0
    look = sizing._Search._look

    def counted(*words: object) -> None:
        nonlocal looks
        looks += 1
        look(*words)  # type: ignore[arg-type]

    monkeypatch.setattr(sizing._Search, "_look", counted)
    views = [given_outcome(k, yes_asks=[(1_900 + 10 * k, 3_000_000), (1_960 + k, 2_000_000)], rate_bps=300, tick_pips=1) for k in range(5)]
    basket = Basket(shape=Shape.BUY_ALL_YES, stairs=tuple(stairs_of(view.market, view.yes, Side.BUY, 5) for view in views))
    sized = best_size(basket, FREE)
    assert sized is not None
    assert sized.sets_micro > 10**6 * MICRO
    assert looks < 500


def test_at_the_bound_of_looks_what_was_found_still_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sizing, "LOOKS_MAX", 3)
    views = [given_outcome(k, yes_asks=[(4_903 + k, 500)], rate_bps=100, tick_pips=1) for k in range(2)]
    basket = Basket(shape=Shape.BUY_ALL_YES, stairs=tuple(stairs_of(view.market, view.yes, Side.BUY, 5) for view in views))
    sized = best_size(basket, FREE)
    assert sized is not None
    choice = basket.choice(sized.sets_micro)
    assert choice is not None
    assert choice[0] == sized.worst_micro > 0


def test_a_stretch_that_falls_is_looked_at_from_its_lower_end_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its upper end may be hopeless while cents decide at the lower one."""
    looked: list[int] = []
    monkeypatch.setattr(sizing._Search, "_look", lambda _self, sets, _runs: looked.append(sets))
    views = [given_outcome(k, no_asks=[(6_000, 100)]) for k in range(3)]
    search = sizing._Search(Basket(shape=Shape.BUY_NO_HOLD, stairs=tuple(stairs_of(view.market, view.no, Side.BUY, 5) for view in views)), FREE)
    search._least_micro = 19 * MICRO
    # 20 dollars without a set, and a dime less for each: 19 are reached up to the tenth.
    falling = sizing._Stretch(20 * PICO, 5, 40, (), ((20 * PICO, PICO - PICO // 10),))
    search._try(falling)
    assert looked == [5, 6, 7, 8, 9, 10]
