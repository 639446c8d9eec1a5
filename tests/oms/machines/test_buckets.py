"""Counts by size: a percentile is never too low, and at most an eighth too high."""

from hypothesis import given
from hypothesis import strategies as st

from oms.machines.buckets import Buckets


def of(numbers: list[int]) -> Buckets:
    buckets = Buckets()
    for number in numbers:
        buckets.add(number)
    return buckets


def test_of_nothing_there_is_no_percentile() -> None:
    assert Buckets().percentile(50) is None


@given(st.lists(st.integers(0, 10**12), min_size=1, max_size=60), st.integers(1, 100))
def test_a_percentile_is_never_too_low_and_at_most_an_eighth_too_high(numbers: list[int], percent: int) -> None:
    exact = sorted(numbers)[-(-percent * len(numbers) // 100) - 1]
    told = of(numbers).percentile(percent)
    assert told is not None
    assert exact <= told <= max(exact + exact // 8, exact)
    assert of(numbers).percentile(100) == max(numbers)


@given(st.lists(st.integers(0, 15), min_size=1, max_size=30))
def test_small_numbers_are_exact(numbers: list[int]) -> None:
    assert of(numbers).percentile(50) == sorted(numbers)[-(-len(numbers) // 2) - 1]
