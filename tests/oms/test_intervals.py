"""Intervals against published tables, and what they promise: to hold the truth 95 times in a hundred."""

import random
from itertools import pairwise
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oms import intervals

WILSON = [
    # Newcombe (1998), Statistics in Medicine 17, table I, method 3 (score without continuity correction).
    (81, 263, 0.2553, 0.3662),
    (15, 148, 0.0624, 0.1605),
    (0, 20, 0.0, 0.1611),
    (1, 29, 0.0061, 0.1718),
]
STUDENT = {4: 2.7764, 5: 2.5706, 6: 2.4469, 7: 2.3646, 9: 2.2622, 14: 2.1448, 19: 2.0930, 29: 2.0452, 59: 2.0010, 99: 1.9842, 999: 1.9623}
"""Degrees of freedom → two-sided 95 % quantile, as in every table."""


@pytest.mark.parametrize(("part", "whole", "low", "high"), WILSON)
def test_a_share_has_the_published_interval(part: int, whole: int, low: float, high: float) -> None:
    assert intervals.share(part, whole) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(1, 10**9), st.data())
def test_the_interval_of_a_share_holds_it_and_stays_within_0_and_1(whole: int, data: st.DataObject) -> None:
    part = data.draw(st.integers(0, whole))
    found = intervals.share(part, whole)
    assert found is not None
    low, high = found
    assert 0 <= low <= part / whole + 1e-9
    assert part / whole - 1e-9 <= high <= 1
    mirrored = intervals.share(whole - part, whole)
    assert mirrored == pytest.approx((1 - high, 1 - low), abs=1e-12)


def test_a_share_of_nothing_has_no_interval() -> None:
    assert intervals.share(0, 0) is None


@pytest.mark.parametrize("true_share", [0.02, 0.1, 0.3, 0.5])
@pytest.mark.parametrize("whole", [10, 40, 200])
def test_the_interval_of_a_share_holds_the_truth_as_often_as_it_says(true_share: float, whole: int) -> None:
    """Exactly, by the binomial law: on average over shares near by 95 %, and nowhere far below."""
    covered = 0.0
    for part in range(whole + 1):
        found = intervals.share(part, whole)
        assert found is not None
        if found[0] <= true_share <= found[1]:
            covered += comb(whole, part) * true_share**part * (1 - true_share) ** (whole - part)
    assert 0.91 < covered < 0.995


@pytest.mark.parametrize("freedom", STUDENT)
def test_the_t_quantile_is_the_published_one(freedom: int) -> None:
    assert intervals.t_quantile(freedom) == pytest.approx(STUDENT[freedom], abs=0.01 if freedom == 4 else 0.004)


def test_the_t_quantile_falls_towards_that_of_the_normal_law() -> None:
    quantiles = [intervals.t_quantile(freedom) for freedom in range(4, 2_000)]
    assert all(earlier > later for earlier, later in pairwise(quantiles))
    assert quantiles[-1] == pytest.approx(1.96, abs=0.002)


def test_a_mean_has_the_interval_one_computes_by_hand() -> None:
    # mean 3, standard deviation √2.5, five values: 3 ± 2.7764 × √(2.5 / 5)
    found = intervals.mean([1, 2, 3, 4, 5])
    assert found == pytest.approx((3 - 1.9632, 3 + 1.9632), abs=0.01)


@pytest.mark.parametrize("count", range(intervals.MEAN_NEEDS))
def test_a_mean_of_too_few_values_has_no_interval(count: int) -> None:
    assert intervals.mean([1.0] * count) is None
    assert intervals.mean([1.0] * intervals.MEAN_NEEDS) == (1.0, 1.0)


@pytest.mark.parametrize("count", [5, 12, 50])
def test_the_interval_of_a_mean_holds_the_truth_as_often_as_it_says(count: int) -> None:
    dice = random.Random(f"coverage {count}")
    held, tries = 0, 3_000
    for _ in range(tries):
        found = intervals.mean([dice.gauss(7, 3) for _ in range(count)])
        assert found is not None
        held += found[0] <= 7 <= found[1]
    assert 0.938 < held / tries < 0.962  # three standard errors around 95 %


def test_results_that_are_mostly_small_and_sometimes_very_bad_are_covered_less_often() -> None:
    """What the interval cannot do, so that nobody believes it can: ten results that lose $20 once in ten times, and win $2 else (truth: −0.2)."""
    dice = random.Random("skewed")
    found = [intervals.mean([-20.0 if dice.random() < 0.1 else 2.0 for _ in range(10)]) for _ in range(2_000)]
    held = sum(low <= -0.2 <= high for low, high in (pair for pair in found if pair is not None))
    flattered = sum(low > 0 for low, _ in (pair for pair in found if pair is not None))
    assert 0.5 < held / len(found) < 0.8
    assert flattered / len(found) > 0.2  # "made money" although it loses: ten markets are few
