"""A count and an interval beside every result, and no verdict where there cannot be one."""

import random
from typing import Any

import pytest

from oms import intervals
from oms.measures import EVENTS_NEED, VERDICT_NEEDS, Counts, measures_of, verdict_of
from oms.values.history import Measure
from oms.values.units import MICRO


def given_counts(**told: Any) -> Counts:  # noqa: ANN401 (any field of Counts)
    nothing = {
        "filled_orders": 0,
        "ended_orders": 0,
        "maker_fills": 0,
        "fills": 0,
        "inferred_fills": 0,
        "failed": 0,
        "settled": 0,
        "results_micro": (),
    }
    return Counts(**{**nothing, **told})


def given_results(*dollars: float, fills: int = 60) -> Counts:
    return given_counts(fills=fills, maker_fills=fills, results_micro=tuple(round(result * MICRO) for result in dollars))


def test_nothing_to_rest_on_is_no_value_and_never_a_zero() -> None:
    measures = measures_of(given_counts())
    assert len(measures) == 5
    assert {(measure.value, measure.low, measure.high, measure.count) for measure in measures} == {(None, None, None, 0)}
    assert all(measure.of for measure in measures)


def test_every_measure_has_its_share_its_interval_and_what_it_rests_on() -> None:
    counts = given_counts(filled_orders=15, ended_orders=148, maker_fills=39, fills=40, inferred_fills=10, failed=1, settled=29)
    result, orders, maker, inferred, failed = measures_of(counts)
    assert (result.value, result.count) == (None, 0)
    assert (orders.value, orders.count, orders.low, orders.high) == (15 / 148, 148, *(intervals.share(15, 148) or ()))
    assert (maker.value, maker.count) == (39 / 40, 40)
    assert (inferred.value, inferred.count) == (0.25, 40)
    assert (failed.value, failed.count, failed.unit) == (1 / 29, 29, "share")
    assert failed.high == pytest.approx(0.1718, abs=5e-5)


def test_a_result_is_in_dollars_with_an_interval_from_five_events_on() -> None:
    few = measures_of(given_results(1.5, -0.5, 2, 1))[0]
    assert (few.value, few.low, few.high, few.count, few.unit) == (1.0, None, None, 4, "usd")
    five = measures_of(given_results(1, 2, 3, 4, 5))[0]
    assert (five.value, five.count) == (3.0, 5)
    assert (five.low, five.high) == intervals.mean([1, 2, 3, 4, 5])


def verdict(measures: tuple[Measure, ...], fills: int, *, is_whole: bool = True, is_simulated: bool = False) -> str:
    return verdict_of(measures, fills, is_whole=is_whole, is_simulated=is_simulated)


@pytest.mark.parametrize("fills", [0, 1, VERDICT_NEEDS - 1])
def test_below_forty_fills_there_is_no_verdict_however_good_it_looks(fills: int) -> None:  # rulings §4
    measures = measures_of(given_results(*[100.0] * 50, fills=fills))
    assert verdict(measures, fills) == f"No verdict: {fills} fills are too few to conclude anything from; it takes at least 40."


def test_forty_fills_are_enough_for_a_verdict() -> None:
    measures = measures_of(given_results(*[9.0, 10.0, 11.0] * 10, fills=VERDICT_NEEDS))
    assert "30 paid-out events, 40 fills" in verdict(measures, VERDICT_NEEDS)


@pytest.mark.parametrize(("paid", "words"), [(0, "none"), (1, "1"), (29, "29")])
def test_with_too_few_events_paid_out_there_is_no_verdict(paid: int, words: str) -> None:
    measures = measures_of(given_results(*[100.0] * paid))
    assert verdict(measures, 60) == f"No verdict: {words} of its events paid out; results are skewed, so it takes at least {EVENTS_NEED}."


def test_a_fair_strategy_of_many_small_gains_is_seldom_said_to_make_money() -> None:
    dice = random.Random("skewed")
    said = [
        verdict(measures_of(given_results(*[2.0 if dice.random() < 10 / 11 else -20.0 for _ in range(EVENTS_NEED)], fills=60)), 60)
        for _ in range(1_000)
    ]
    assert sum("made money" in words for words in said) < 100  # with 5 events it would be 630


VERDICTS = [
    ((9.0, 10.0, 11.0, 10.5, 9.5), "made money in its events by more than chance explains"),
    ((-9.0, -10.0, -11.0, -10.5, -9.5), "lost money in its events by more than chance explains"),
    ((9.0, -10.0, 11.0, -10.5, 9.5), "cannot be told from breaking even"),
    ((0.0, 0.0, 0.0, 0.0, 0.0), "cannot be told from breaking even"),
    ((-2.0, 0.0, -1.0, 0.0, 4.0), "cannot be told from breaking even"),
]


@pytest.mark.parametrize(("results", "words"), VERDICTS)
def test_the_verdict_says_on_which_side_of_zero_the_interval_lies_and_what_it_rests_on(results: tuple[float, ...], words: str) -> None:
    measures = measures_of(given_results(*results * 6))
    assert verdict(measures, 60).startswith(f"This run {words} (30 paid-out events, 60 fills; ")
    assert verdict(measures, 60, is_whole=False, is_simulated=True).startswith(f"So far this run, with simulated fills, {words} (30 ")
