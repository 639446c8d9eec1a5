"""Every small event on a coarse grid, against a brute force: no bundle that loses, none missed, none better. The finer grid: tests/campaign."""

import pytest
from msgspec.structs import replace

from strategies import arbitrage, negrisk_arbitrage, stairs
from strategies.basket import Basket
from strategies.sizing import best_size
from tests.strategies.grid_arbitrage import Count, Grid, events_of, judged, markets_of
from tests.strategies.words_arbitrage import given_event, given_outcome

COARSE = Grid(rates=(0, 500), fees=(100,), trio_prices=(3_000,), four_prices=(2_500,), pair_prices=(4_500,))


def test_no_bundle_in_any_small_event_loses_and_none_that_pays_is_missed() -> None:  # req 4.2, 4.4, 4.5, T10, T11
    count = Count()
    for event in events_of(Grid()):
        judged(event, count, alone=False)
    assert count.is_clean, count.examples
    assert count.bundles > count.events // 10 > 200


def test_no_bundle_in_any_market_alone_loses_and_none_that_pays_is_missed() -> None:  # req 4.3, 4.4, 4.5
    count = Count()
    for event in markets_of(Grid()):
        judged(event, count, alone=True)
    assert count.is_clean, count.examples
    assert count.bundles > count.events // 10 > 200


def judgement() -> Count:
    count = Count()
    for event in events_of(COARSE):
        judged(event, count, alone=False)
    return count


def test_the_judge_finds_a_bundle_that_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arbitrage, "best_size", lambda *_: None)
    count = judgement()
    assert count.missed > 0
    assert count.bundles == 0
    assert not count.is_clean


def test_the_judge_finds_a_size_that_is_not_the_best(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arbitrage, "best_size", lambda basket, bounds: best_size(basket, replace(bounds, sets_max=7)))
    assert judgement().worse > 0


def test_the_judge_finds_a_choice_of_legs_that_is_not_the_best(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Basket, "needs_all", True)
    count = judgement()
    assert count.worse + count.missed > 0


def test_the_judge_finds_fees_that_are_forgotten_and_results_that_are_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stairs, "_FILLS_MICRO", 0)
    assert judgement().wrong > 0
    monkeypatch.undo()
    monkeypatch.setattr(Basket, "kept", lambda _, sets: sets + 1)
    assert judgement().wrong > 0


def test_the_judge_finds_a_bundle_that_loses(monkeypatch: pytest.MonkeyPatch) -> None:
    """An event with a hole, taken for a whole one (trap T10)."""
    holed = given_event([given_outcome(k, yes_asks=[(3_000, 50)]) for k in range(2)], exhaustive=False)
    monkeypatch.setattr(negrisk_arbitrage, "_hole", lambda *_: "")
    count = Count()
    judged(holed, count, alone=False)
    assert (count.losing, count.is_clean, len(count.examples)) == (1, False, 1)
