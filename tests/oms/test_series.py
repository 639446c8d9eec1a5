"""A line of points in bounded memory keeps its ends, its order and its spread."""

from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oms.series import POINTS_MAX, Series
from oms.values.units import NS_PER_DAY, NS_PER_SECOND


class Point(msgspec.Struct, frozen=True):
    at_ns: int
    number: int


def given_series(times: list[int], points_max: int) -> tuple[Series[Point], list[Point]]:
    series: Series[Point] = Series(points_max)
    points = [Point(at_ns, number) for number, at_ns in enumerate(times)]
    for point in points:
        series.add(point)
    return series, points


STEPS = st.one_of(
    st.lists(st.integers(0, 3), max_size=400),
    st.lists(st.integers(0, 10**12), max_size=400),
    st.lists(st.sampled_from([0, 1, 5 * NS_PER_SECOND, NS_PER_DAY]), max_size=400),
)


@given(STEPS, st.integers(4, 40), st.integers(0, 2**60))
def test_first_and_last_stay_in_order_and_within_the_bound(steps: list[int], points_max: int, began_ns: int) -> None:
    times = [began_ns + sum(steps[: k + 1]) for k in range(len(steps))]
    series, points = given_series(times, points_max)
    kept = series.points()
    assert len(kept) <= points_max + 1
    assert [point.number for point in kept] == sorted({point.number for point in kept})
    if points:
        assert (kept[0], kept[-1]) == (points[0], points[-1])
    if len(points) <= points_max:
        assert kept == points  # nothing goes without need


@given(STEPS, st.integers(4, 40))
def test_detail_stays_even_whatever_pauses_lie_between(steps: list[int], points_max: int) -> None:
    """Tapes that lie months apart leave as many points each as they had pictures, in proportion."""
    times = [sum(steps[: k + 1]) for k in range(len(steps))]
    series, points = given_series(times, points_max)
    numbers = [point.number for point in series.points()]
    gaps = {later - earlier for earlier, later in pairwise(numbers[:-1])}
    assert len(gaps) <= 1
    assert len(numbers) >= min(len(points), points_max // 2)


def test_points_of_one_instant_are_bounded_too() -> None:
    """A schema 1 journal has many decisions at one instant."""
    series, points = given_series([7] * 10_000, POINTS_MAX)
    kept = series.points()
    assert len(kept) <= POINTS_MAX + 1
    assert (kept[0], kept[-1]) == (points[0], points[-1])


@pytest.mark.parametrize("pace_ns", [1, NS_PER_SECOND])
def test_the_work_does_not_grow_with_what_was_left_out(pace_ns: int) -> None:
    thinned = [0]

    class Counting(Series[Point]):
        def _thin(self, latest: Point) -> None:
            thinned[0] += len(self._kept)
            super()._thin(latest)

    series = Counting(100)
    for number in range(50_000):
        series.add(Point(number * pace_ns, number))
    assert thinned[0] < 3_000  # a few rounds of a hundred points for fifty thousand


def test_an_empty_line_has_no_points() -> None:
    assert Series[Point]().points() == []
