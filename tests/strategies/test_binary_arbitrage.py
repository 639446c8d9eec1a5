"""strategies/binary_arbitrage.py: one market against itself."""

import pytest

from oms.values.bundles import NOBODY, Shape, TransferKind
from oms.values.orders import Side
from oms.values.snapshot import Doubt, Health
from oms.values.units import MICRO
from strategies.binary_arbitrage import Params, ShapeName, evaluate, levels
from tests.strategies.words_arbitrage import given_alone, given_event, given_outcome


def test_both_tokens_below_a_dollar_are_bought_and_merged() -> None:  # req 4.3, 4.9
    look = evaluate(given_alone(given_outcome(yes_asks=[(4_500, 30)], no_asks=[(5_000, 50)])), Params())
    assert look.bundle is not None
    assert (look.shape, look.edge_pips, look.raw_pips) == (Shape.BUY_BOTH_MERGE, 500, 9_500)
    assert [(leg.token, leg.side, leg.shares_micro) for leg in look.bundle.legs] == [("y0", Side.BUY, 30 * MICRO), ("n0", Side.BUY, 30 * MICRO)]
    assert [after.kind for after in look.bundle.after] == [TransferKind.MERGE]
    assert {end.winner: end.result_micro for end in look.bundle.ends} == {"m0": 1_500_000, NOBODY: 1_500_000}


def test_both_tokens_bid_for_above_a_dollar_are_split_and_sold() -> None:
    look = evaluate(given_alone(given_outcome(yes_bids=[(4_500, 30)], no_bids=[(6_000, 50)])), Params())
    assert look.bundle is not None
    assert (look.shape, look.raw_pips, look.bundle.capital_micro) == (Shape.SPLIT_SELL_BOTH, 9_500, 30 * MICRO)


@pytest.mark.parametrize(("rate_bps", "pips"), [(700, 9_650), (500, 9_750), (400, 9_800), (300, 9_850)])
def test_the_threshold_is_the_net_edge_and_not_0_99(rate_bps: int, pips: int) -> None:  # req 4.3, 4.4, trap T11
    def edge(raw: int) -> int:
        outcome = given_outcome(yes_asks=[(raw // 2, 50)], no_asks=[(raw - raw // 2, 50)], rate_bps=rate_bps, tick_pips=1)
        look = evaluate(given_alone(outcome), Params())
        assert look.edge_pips is not None
        return look.edge_pips

    assert edge(pips) >= 0 > edge(pips + 5) > edge(9_900)


def test_a_torn_view_is_not_a_gap() -> None:  # polymarket.md §9.4
    torn = given_outcome(yes_asks=[(4_500, 30)], no_asks=[(5_000, 50)], health=Health.SUSPECT, doubts=Doubt.MIRROR)
    look = evaluate(given_alone(torn), Params())
    assert (look.bundle, look.edge_pips) == (None, 500)
    assert look.why == "LEG_SUSPECT: the book of YES of Outcome 0: MIRROR"


def test_of_an_events_markets_the_best_is_taken_and_of_none_the_nearest_is_told() -> None:
    outcomes = [given_outcome(k, yes_asks=[(4_500 - 10 * k, 30)], no_asks=[(5_000, 50)], tick_pips=10) for k in range(3)]
    look = evaluate(given_event(outcomes), Params())
    assert look.bundle is not None
    assert [leg.market_id for leg in look.bundle.legs] == ["m2", "m2"]
    assert [end.winner for end in look.bundle.ends] == ["m0", "m1", "m2"]
    far = [given_outcome(k, yes_asks=[(5_200 - 10 * k, 30)], no_asks=[(5_000, 50)]) for k in range(3)]
    assert evaluate(given_event(far), Params()).edge_pips == -180


def test_the_market_that_leaves_most_is_taken_and_not_the_one_that_pays_most_a_set() -> None:
    outcomes = [given_outcome(k, yes_asks=[(4_000 + 300 * k, 10 + 90 * k)], no_asks=[(5_000, 100)]) for k in range(2)]
    look = evaluate(given_event(outcomes), Params())
    assert look.bundle is not None
    assert ([leg.market_id for leg in look.bundle.legs], look.edge_pips, look.bundle.worst_micro) == (["m1", "m1"], 700, 7_000_000)


def test_in_an_event_whose_markets_do_not_exclude_each_other_the_proof_is_about_the_one() -> None:
    outcomes = [given_outcome(k, yes_asks=[(4_500, 30)], no_asks=[(5_000, 50)]) for k in range(2)]
    look = evaluate(given_event(outcomes, exclusive=False, exhaustive=False, fee_bps=None), Params())
    assert look.bundle is not None
    assert [end.winner for end in look.bundle.ends] == ["m0", NOBODY]


def test_what_cannot_be_looked_at_says_why() -> None:
    assert evaluate(given_event([], unseen=["m0"]), Params()).why.startswith("LEG_MISSING")
    assert evaluate(given_alone(given_outcome(yes_asks=[(4_500, 30)])), Params()).why == "LEG_EMPTY: nobody offers NO of Outcome 0"


@pytest.mark.parametrize("shape", ["BUY_BOTH_MERGE", "SPLIT_SELL_BOTH"])
def test_only_the_shapes_that_are_set_are_looked_for(shape: ShapeName) -> None:
    both = given_outcome(yes_asks=[(4_500, 30)], no_asks=[(5_000, 50)], yes_bids=[(4_800, 30)], no_bids=[(5_400, 50)])
    assert evaluate(given_alone(both), Params(shapes=(shape,))).shape is Shape[shape]


def test_without_any_shape_nothing_is_looked_for() -> None:
    assert evaluate(given_alone(given_outcome()), Params(shapes=())).why.startswith("NOT_ALLOWED")


def test_a_market_whose_tokens_mirror_each_other_never_shows_a_gap() -> None:  # polymarket.md §9.4
    for bid in range(100, 9_900, 100):
        mirrored = given_outcome(yes_bids=[(bid, 30)], yes_asks=[(bid + 100, 30)], no_bids=[(9_900 - bid, 30)], no_asks=[(10_000 - bid, 30)])
        look = evaluate(given_alone(mirrored), Params())
        assert (look.bundle, look.raw_pips) == (None, 10_100)


def test_it_looks_as_deep_as_it_is_told() -> None:
    assert levels(Params(levels=7)) == 7
