"""strategies/bundling.py: the bundle is what was sized, and its proof adds up for others too."""

import json
from pathlib import Path

import msgspec
import pytest

from oms.machines.proof import broken_worst, flaw
from oms.values.bundles import NOBODY, Bundle, EventSnapshot, Shape, Transfer, TransferKind
from oms.values.market import FeeCurve
from oms.values.orders import Side
from oms.values.units import MICRO, NS_PER_SECOND
from strategies import binary_arbitrage, negrisk_arbitrage
from strategies.basket import Basket
from strategies.bundling import bundle_of, ends_of, free_ns, is_whole, winners_of
from strategies.sizing import Sized
from strategies.stairs import Stairs, stairs_of
from tests.strategies.grid_arbitrage import BINARY, NEGRISK, Grid, events_of, markets_of
from tests.strategies.words_arbitrage import DAY_S, given_alone, given_event, given_outcome
from tests.words import NOON_NS

KEPT = TransferKind.CONVERT


def given_sized(shape: Shape, event: EventSnapshot, sets: int = 10, *, fee_bps: int = 0) -> tuple[Basket, Sized]:
    """All of the event's markets, so many sets."""
    no, side = shape in (Shape.BUY_NO_CONVERT, Shape.BUY_NO_HOLD), Side.SELL if shape in (Shape.SPLIT_SELL_YES, Shape.SPLIT_SELL_BOTH) else Side.BUY
    stairs: list[Stairs] = []
    for view in event.markets:
        books = (view.yes, view.no) if shape in (Shape.BUY_BOTH_MERGE, Shape.SPLIT_SELL_BOTH) else ((view.no if no else view.yes),)
        stairs += [stairs_of(view.market, book, side, 5) for book in books]
    basket = Basket(shape=shape, stairs=tuple(stairs), fee_bps=fee_bps)
    choice = basket.choice(sets * MICRO)
    assert choice is not None
    return basket, Sized(sets_micro=sets * MICRO, worst_micro=choice[0], legs=tuple(choice[1]))


def given_three(*, exhaustive: bool = True, unseen: tuple[str, ...] = (), left: tuple[int, int, int] = (DAY_S, DAY_S, DAY_S)) -> EventSnapshot:
    """Three outcomes that pay either way."""
    outcomes = [
        given_outcome(k, yes_asks=[(3_000, 100)], yes_bids=[(3_600, 100)], no_asks=[(6_000, 100)], no_bids=[(7_500, 100)], left_s=left[k])
        for k in range(3)
    ]
    return given_event(outcomes, exhaustive=exhaustive, unseen=unseen)


def results(bundle: Bundle) -> dict[str, float]:
    return {end.winner: end.result_micro / MICRO for end in bundle.ends}


def bundled(shape: Shape, event: EventSnapshot, *, fee_bps: int = 0) -> Bundle:
    return bundle_of(*given_sized(shape, event, fee_bps=fee_bps), event.group, "because")


def test_yes_of_all_leaves_the_same_whoever_wins() -> None:  # req 4.2
    bundle = bundled(Shape.BUY_ALL_YES, given_three())
    assert results(bundle) == {"m0": 1, "m1": 1, "m2": 1}
    assert (bundle.before, bundle.after, bundle.capital_micro, bundle.sets_micro) == ((), (), 9 * MICRO, 10 * MICRO)
    assert (bundle.event_id, bundle.why, bundle.worst_micro) == ("event", "because", MICRO)


def test_no_that_is_held_pays_more_when_none_of_its_outcomes_wins() -> None:
    bundle = bundled(Shape.BUY_NO_HOLD, given_three(exhaustive=False, unseen=("m9",)))
    assert results(bundle) == {"m0": 2, "m1": 2, "m2": 2, "m9": 12, NOBODY: 12}
    assert bundle.after == ()


def test_no_that_is_converted_gives_yes_of_the_others_which_count_only_where_they_win() -> None:  # polymarket.md §9.2
    bundle = bundled(Shape.BUY_NO_CONVERT, given_three(exhaustive=False, unseen=("m9",)), fee_bps=100)
    assert results(bundle) == {"m0": 1.8, "m1": 1.8, "m2": 1.8, "m9": 11.7, NOBODY: 1.8}
    assert bundle.after == (Transfer(kind=KEPT, market_ids=("m0", "m1", "m2"), shares_micro=10 * MICRO, fee_bps=100),)


def test_sets_are_split_market_by_market_and_their_no_is_converted() -> None:
    bundle = bundled(Shape.SPLIT_SELL_YES, given_three())
    assert bundle.before == tuple(Transfer(kind=TransferKind.SPLIT, market_ids=(f"m{k}",), shares_micro=10 * MICRO) for k in range(3))
    assert bundle.after == (Transfer(kind=KEPT, market_ids=("m0", "m1", "m2"), shares_micro=10 * MICRO),)
    assert (results(bundle), bundle.capital_micro) == ({"m0": 0.8, "m1": 0.8, "m2": 0.8}, 30 * MICRO)


def test_both_tokens_of_a_market_are_merged_or_come_of_a_split() -> None:  # req 4.3
    alone = given_alone(given_outcome(0, yes_asks=[(4_000, 20)], no_asks=[(5_500, 20)], yes_bids=[(4_500, 20)], no_bids=[(5_700, 20)]))
    merged, split = bundled(Shape.BUY_BOTH_MERGE, alone), bundled(Shape.SPLIT_SELL_BOTH, alone)
    assert merged.after == (Transfer(kind=TransferKind.MERGE, market_ids=("m0",), shares_micro=10 * MICRO),)
    assert split.before == (Transfer(kind=TransferKind.SPLIT, market_ids=("m0",), shares_micro=10 * MICRO),)
    assert (merged.event_id, results(merged), results(split)) == ("m0", {"m0": 0.5, NOBODY: 0.5}, {"m0": 0.2, NOBODY: 0.2})


def test_capital_comes_back_at_the_last_end_or_at_once() -> None:
    event = given_three(left=(DAY_S, 3 * DAY_S, 2 * DAY_S))
    for shape in (Shape.BUY_ALL_YES, Shape.BUY_NO_HOLD):
        assert bundled(shape, event).free_ns == NOON_NS + 3 * DAY_S * NS_PER_SECOND
    basket, sized = given_sized(Shape.BUY_NO_CONVERT, event)
    assert free_ns(basket.shape, sized) is None


def test_whose_win_is_told_of() -> None:
    whole, open_ended = given_three().group, given_three(exhaustive=False).group
    assert (is_whole(whole), is_whole(open_ended), is_whole(given_alone(given_outcome(0)).group)) == (True, False, False)
    assert winners_of(whole, ("m1",)) == ("m0", "m1", "m2")
    assert winners_of(open_ended, ("m1",)) == ("m0", "m1", "m2", NOBODY)
    assert winners_of(given_event([given_outcome(0), given_outcome(1)], exclusive=False, exhaustive=False).group, ("m1",)) == ("m1", NOBODY)
    assert not is_whole(given_event([given_outcome(0), given_outcome(1)], augmented=True).group)


def test_ends_do_not_depend_on_who_is_asked_about_first() -> None:
    basket, sized = given_sized(Shape.BUY_NO_CONVERT, given_three(exhaustive=False))
    forth = ends_of(basket, sized, ("m0", "m1", "m2"), ("m0", "m1", NOBODY))
    assert sorted(forth, key=str) == sorted(ends_of(basket, sized, ("m0", "m1", "m2"), (NOBODY, "m1", "m0")), key=str)


def test_the_risk_gates_own_arithmetic_finds_no_flaw_in_any_proof_of_the_grid() -> None:
    """oms/machines/proof.py adds up legs and transfers by itself; every seventh event of the grid."""
    grid, checked = Grid(), 0
    for number, event in enumerate([*events_of(grid), *markets_of(grid)]):
        if number % 7:
            continue
        alone = len(event.markets) == 1
        look = binary_arbitrage.evaluate(event, BINARY) if alone else negrisk_arbitrage.evaluate(event, NEGRISK)
        if look.bundle is not None:
            markets = {view.market.market_id: view.market for view in event.markets}
            assert flaw(look.bundle, event.group, markets, event.group.market_ids) == ""
            assert broken_worst(look.bundle, markets, winners_of(event.group, tuple(markets))) <= 0
            checked += 1
    assert checked > 300


@pytest.mark.parametrize("shape", list(Shape))
def test_the_risk_gate_finds_the_same_loss_of_a_broken_bundle_and_the_highest_fee_beyond_it(shape: Shape) -> None:  # trap T12
    event = given_alone(given_outcome(0, yes_asks=[(4_000, 20)], no_asks=[(5_500, 20)], yes_bids=[(4_500, 20)], no_bids=[(5_700, 20)], rate_bps=300))
    if shape not in (Shape.BUY_BOTH_MERGE, Shape.SPLIT_SELL_BOTH):
        event = given_three()
    basket, sized = given_sized(shape, event)
    bundle = bundle_of(basket, sized, event.group, "")
    markets = {view.market.market_id: view.market for view in event.markets}
    found, winners = basket.use(sized.sets_micro, sized.legs).broken_micro, winners_of(event.group, tuple(markets))
    bought = [(leg, markets[leg.market_id].fee) for leg in bundle.legs if leg.side is Side.BUY]
    more = sum(max(0, fee.worst_fee_for_cash(leg.cash_micro) - leg.fee_micro) for leg, fee in bought)
    assert found <= -broken_worst(bundle, markets, winners) <= found + more
    free = {name: msgspec.structs.replace(market, fee=FeeCurve()) for name, market in markets.items()}
    assert -broken_worst(bundle, free, winners) == found, "but for that fee"


@pytest.mark.data
def test_a_conversion_gives_what_the_contract_gave(data_dir: Path) -> None:
    """Every recorded call: collateral and YES as the ends of a bundle count them. NO is given up, so it is bought for nothing here."""
    vectors = json.loads((data_dir / "vectors" / "negrisk_convert.json").read_text())["vectors"]
    assert vectors
    for vector in vectors:
        count, amount = vector["question_count"], int(vector["amount"])
        if "revert" in vector:
            # What a bundle never asks for: of one question, of none, of one that is not there.
            assert count < 2 or not 0 < vector["index_set"] < 1 << count
            continue
        chosen = [number for number in range(count) if vector["index_set"] >> number & 1]
        basket = Basket(shape=Shape.BUY_NO_CONVERT, stairs=(), fee_bps=vector["fee_bips"])
        base, adds = basket.terms(amount)
        collateral = base + len(chosen) * adds
        assert collateral == int(vector["caller_delta"]["collateral"])
        sized = Sized(sets_micro=amount, worst_micro=collateral, legs=())
        names = tuple(f"q{number}" for number in range(count))
        ends = ends_of(basket, sized, tuple(names[number] for number in chosen), names)
        assert [end.result_micro - collateral for end in ends] == [int(yes) for yes in vector["caller_delta"]["yes"]]
        assert [-amount if number in chosen else 0 for number in range(count)] == [int(no) for no in vector["caller_delta"]["no"]]
