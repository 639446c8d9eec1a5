"""strategies/negrisk_arbitrage.py: the four shapes of an event, and the events in which they are refused."""

import pytest

from oms.values.bundles import EventSnapshot, Look, Shape, TransferKind
from oms.values.orders import Side
from oms.values.snapshot import Health
from oms.values.units import MICRO
from strategies.negrisk_arbitrage import Params, ShapeName, evaluate, levels
from tests.strategies.words_arbitrage import given_event, given_outcome
from tests.words import Ladder


def given_yes(*asks: int, exhaustive: bool = True, augmented: bool = False, rate_bps: int = 0) -> EventSnapshot:
    """YES of each outcome offered at these prices, 50 of each."""
    outcomes = [given_outcome(k, yes_asks=[(ask, 50)], rate_bps=rate_bps) for k, ask in enumerate(asks)]
    return given_event(outcomes, exhaustive=exhaustive, augmented=augmented, gaps=() if exhaustive else ("an outcome that is not traded: Nobody",))


def given_no(*asks: int, fee_bps: int | None = 0, exhaustive: bool = False, augmented: bool = True, rate_bps: int = 0) -> EventSnapshot:
    """NO of each outcome offered at these prices, 50 of each; the event is augmented unless said otherwise."""
    outcomes = [given_outcome(k, no_asks=[(ask, 50)], rate_bps=rate_bps) for k, ask in enumerate(asks)]
    return given_event(outcomes, fee_bps=fee_bps, exhaustive=exhaustive, augmented=augmented)


def tokens(look: Look) -> list[str]:
    assert look.bundle is not None, look.why
    return [leg.token for leg in look.bundle.legs]


def name_of(look: Look) -> str:
    assert look.bundle is None
    return look.why.split(":")[0]


def test_yes_of_every_outcome_below_a_dollar_is_bought() -> None:  # req 4.2, 4.5, 4.9
    look = evaluate(given_yes(3_000, 3_100, 3_200), Params())
    assert look.bundle is not None
    assert (look.shape, look.edge_pips, look.raw_pips) == (Shape.BUY_ALL_YES, 700, 9_300)
    assert [(leg.token, leg.side, leg.price_pips, leg.shares_micro) for leg in look.bundle.legs] == [
        (f"y{k}", Side.BUY, 3_000 + 100 * k, 50 * MICRO) for k in range(3)
    ]
    assert look.bundle.worst_micro == 3_500_000


def test_the_thinnest_leg_decides_the_size() -> None:  # req 4.5
    outcomes = [given_outcome(k, yes_asks=[(3_000, depth)]) for k, depth in enumerate((50, 17, 400))]
    look = evaluate(given_event(outcomes), Params())
    assert look.bundle is not None
    assert look.bundle.sets_micro == 17 * MICRO


def test_an_augmented_event_is_never_bought_whole() -> None:  # req 4.2, trap T10
    look = evaluate(given_yes(3_000, 3_000, 3_000, augmented=True), Params())
    assert (name_of(look), look.edge_pips) == ("AUGMENTED", None)


def test_a_list_with_a_hole_is_never_bought_whole_and_the_hole_is_told() -> None:  # trap T10
    look = evaluate(given_yes(3_000, 3_000, 3_000, exhaustive=False), Params())
    assert look.why == "NOT_EXHAUSTIVE: an outcome that is not traded: Nobody"
    silent = given_event([given_outcome(k, yes_asks=[(3_000, 50)]) for k in range(2)], exhaustive=False)
    assert evaluate(silent, Params()).why.startswith("NOT_EXHAUSTIVE: nobody promised")


def test_an_outcome_that_is_not_listed_with_us_or_stopped_cannot_be_bought() -> None:
    outcomes = [given_outcome(k, yes_asks=[(3_000, 50)]) for k in range(2)]
    assert evaluate(given_event(outcomes, unseen=["m9"]), Params()).why == "LEG_MISSING: m9 is not listed"
    assert evaluate(given_event(outcomes, unseen=["m9"], stopped=[("m9", "closed")]), Params()).why == "LEG_STOPPED: m9: closed"


def test_markets_that_do_not_exclude_each_other_are_nothing_for_us() -> None:
    outcomes = [given_outcome(k, yes_asks=[(3_000, 50)], no_asks=[(3_000, 50)]) for k in range(2)]
    assert name_of(evaluate(given_event(outcomes, exclusive=False, exhaustive=False), Params())) == "NOT_EXCLUSIVE"


def test_one_outcome_and_none_that_is_listed_are_refused() -> None:
    assert name_of(evaluate(given_event([given_outcome(0)]), Params())) == "ONE_OUTCOME"
    assert name_of(evaluate(given_event([], unseen=["m1", "m2"]), Params())) == "LEG_MISSING"


def test_outcomes_on_two_ledgers_are_never_mixed() -> None:  # polymarket.md §9.3 rule 8
    outcomes = [given_outcome(k, no_asks=[(3_000, 50)], generation=f"v{k + 1}") for k in range(2)]
    assert name_of(evaluate(given_event(outcomes), Params())) == "MIXED_GENERATIONS"


def test_no_of_named_outcomes_is_bought_in_an_augmented_event_and_converted() -> None:  # polymarket.md §9.3 rule 2
    look = evaluate(given_no(6_000, 6_500, 7_000), Params())
    assert look.bundle is not None
    assert (look.shape, tokens(look)) == (Shape.BUY_NO_CONVERT, ["n0", "n1", "n2"])
    assert [(after.kind, after.market_ids) for after in look.bundle.after] == [(TransferKind.CONVERT, ("m0", "m1", "m2"))]
    assert (look.bundle.worst_micro, look.bundle.free_ns) == (2_500_000, None)


def test_the_raw_sum_of_no_is_told_on_the_scale_of_a_dollar() -> None:  # req 4.11
    look = evaluate(given_no(6_500, 6_700, 6_900), Params())
    assert (look.raw_pips, look.edge_pips) == (10_100, -100)


def test_an_outcome_whose_no_costs_more_than_it_adds_is_left_out() -> None:
    look = evaluate(given_no(4_000, 4_500, 9_900, fee_bps=200), Params())
    assert tokens(look) == ["n0", "n1"]


def test_an_outcome_that_is_too_thin_or_doubted_or_stopped_is_left_out_and_the_others_are_bought() -> None:
    outcomes = [
        given_outcome(0, no_asks=[(4_000, 50)]),
        given_outcome(1, no_asks=[(4_500, 50)]),
        given_outcome(2, no_asks=[(5_000, 4)]),
        given_outcome(3, no_asks=[(5_000, 50)], health=Health.SUSPECT),
        given_outcome(4, no_asks=[(5_000, 50)]),
        given_outcome(5),
    ]
    look = evaluate(given_event(outcomes, stopped=[("m4", "held after a refusal")], exhaustive=False), Params())
    assert tokens(look) == ["n0", "n1"]


def test_no_that_cannot_be_converted_is_held_to_the_end() -> None:
    look = evaluate(given_no(6_000, 6_500, 7_000, fee_bps=None), Params())
    assert look.bundle is not None
    assert (look.shape, look.bundle.after) == (Shape.BUY_NO_HOLD, ())
    assert look.bundle.free_ns == max(view.market.end_ns or 0 for view in given_no(6_000).markets)


def test_no_on_the_second_ledger_is_held_because_conversion_there_is_not_built() -> None:
    outcomes = [given_outcome(k, no_asks=[(6_000, 50)], generation="v2") for k in range(3)]
    assert evaluate(given_event(outcomes, exhaustive=False), Params()).shape is Shape.BUY_NO_HOLD


def test_the_fee_of_the_conversion_decides_whether_it_pays() -> None:
    assert evaluate(given_no(6_500, 6_500, 6_800, fee_bps=90), Params()).bundle is not None
    assert name_of(evaluate(given_no(6_500, 6_500, 6_800, fee_bps=101), Params())) == "NO_GAP"


def test_sets_are_split_and_their_yes_sold_above_a_dollar() -> None:
    outcomes = [given_outcome(k, yes_bids=[(bid, 50)]) for k, bid in enumerate((3_500, 3_600, 3_700))]
    look = evaluate(given_event(outcomes, exhaustive=False), Params())
    assert look.bundle is not None
    assert (look.shape, look.edge_pips, look.raw_pips) == (Shape.SPLIT_SELL_YES, 800, 9_200)
    assert [leg.side for leg in look.bundle.legs] == [Side.SELL] * 3
    assert look.bundle.capital_micro == 3 * look.bundle.sets_micro


def test_sold_yes_needs_a_conversion() -> None:
    outcomes = [given_outcome(k, yes_bids=[(4_000, 50)]) for k in range(3)]
    look = evaluate(given_event(outcomes, fee_bps=None), Params(shapes=("SPLIT_SELL_YES",)))
    assert name_of(look) == "NOT_CONVERTIBLE"


@pytest.mark.parametrize(
    ("shapes", "shape"),
    [
        (("BUY_ALL_YES",), Shape.BUY_ALL_YES),
        (("BUY_NO_CONVERT",), Shape.BUY_NO_CONVERT),
        (("BUY_NO_HOLD",), Shape.BUY_NO_HOLD),
        (("SPLIT_SELL_YES",), Shape.SPLIT_SELL_YES),
        (("BUY_NO_CONVERT", "BUY_NO_HOLD"), Shape.BUY_NO_CONVERT),
    ],
)
def test_only_the_shapes_that_are_set_are_looked_for(shapes: tuple[ShapeName, ...], shape: Shape) -> None:
    outcomes = [given_outcome(k, yes_asks=[(4_500, 50)], yes_bids=[(5_300, 50)], no_asks=[(4_600, 50)]) for k in range(2)]
    assert evaluate(given_event(outcomes), Params(shapes=shapes)).shape is shape


def test_without_any_shape_nothing_is_looked_for() -> None:
    assert name_of(evaluate(given_no(6_000, 6_500), Params(shapes=()))) == "NOT_ALLOWED"


def test_five_outcomes_at_the_dollar_of_the_text_lose_after_fees() -> None:  # req 4.2, 4.4, trap T11
    assert evaluate(given_yes(1_920, 1_920, 1_920, 1_920, 1_920, rate_bps=500), Params(min_profit_cents=0, min_edge_pips=1)).edge_pips == 12
    assert name_of(evaluate(given_yes(1_930, 1_920, 1_920, 1_920, 1_930, rate_bps=500), Params())) == "NO_GAP"


def test_legs_on_different_ticks_and_minimums_stay_on_their_own_grid() -> None:
    fine: Ladder = [(3_333, 40), (3_341, 40)]
    outcomes = [
        given_outcome(0, yes_asks=fine, tick_pips=1, min_shares=1),
        given_outcome(1, yes_asks=[(3_000, 40)], min_shares=15),
        given_outcome(2, yes_asks=[(3_100, 40)], tick_pips=10),
    ]
    look = evaluate(given_event(outcomes), Params())
    assert look.bundle is not None
    ticks = {"y0": 1, "y1": 100, "y2": 10}
    assert all(leg.price_pips % ticks[leg.token] == 0 for leg in look.bundle.legs)
    assert all(leg.cash_micro % 10_000 == 0 for leg in look.bundle.legs)


def test_it_looks_as_deep_as_it_is_told() -> None:
    assert levels(Params(levels=3)) == 3
    outcomes = [given_outcome(k, yes_asks=[(3_000 + 100 * j, 10) for j in range(4)]) for k in range(3)]
    sizes = []
    for depth in (1, 2, 3):
        look = evaluate(given_event(outcomes), Params(levels=depth))
        assert look.bundle is not None
        sizes.append(look.bundle.sets_micro // MICRO)
    assert sizes == [10, 20, 30]
