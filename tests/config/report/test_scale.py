"""From values to places, and where ticks are."""

from hypothesis import given
from hypothesis import strategies as st

from config.report.scale import Scale, cash_word, count_word, price_word, round_step, scale_of, shares_word, time_ticks, time_word, value_ticks
from oms.values.units import MICRO, NS_PER_MS, NS_PER_SECOND
from tests.words import NOON_NS

NUMBERS = st.integers(-(10**30), 10**30)
SCALES = st.tuples(NUMBERS, st.integers(1, 10**30)).map(lambda pair: Scale(pair[0], pair[0] + pair[1]))


def test_a_value_is_as_far_up_as_it_lies_and_never_outside() -> None:
    assert [Scale(10, 20).part(value) for value in (10, 15, 20, 0, 99)] == [0.0, 0.5, 1.0, 0.0, 1.0]


@given(st.lists(st.one_of(st.none(), NUMBERS)), st.integers(1, 10**9))
def test_a_scale_holds_its_values_and_has_a_height(values: list[int | None], least: int) -> None:
    scale = scale_of(values, least=least)
    assert scale.high - scale.low >= least
    assert all(scale.low < value < scale.high for value in values if value is not None)


@given(SCALES, st.integers(2, 6))
def test_ticks_are_few_round_and_inside(scale: Scale, most: int) -> None:
    ticks, step = value_ticks(scale, most)
    assert 1 <= len(ticks) <= most + 1 or step > scale.high - scale.low
    assert str(step).rstrip("0") in {"1", "2", "5"}
    assert all(tick % step == 0 and scale.low <= tick <= scale.high for tick in ticks)


@given(st.integers(0, 4 * 10**18), st.integers(1, 4 * 10**18))
def test_times_are_few_and_inside(first: int, span: int) -> None:
    ticks, step = time_ticks(Scale(first, first + span))
    assert len(ticks) <= 7
    assert all(first <= tick <= first + span for tick in ticks)
    assert step > 0


def test_the_step_is_the_smallest_round_one() -> None:
    assert [round_step(span, 5) for span in (1, 9, 40, 50, 99, 1_000)] == [1, 2, 10, 20, 20, 500]


def test_times_are_as_exact_as_their_distance_and_name_the_day_where_it_begins() -> None:
    midnight = NOON_NS - NOON_NS % (86_400 * NS_PER_SECOND)
    assert time_word(midnight, 1) == "15 Jun"
    assert time_word(NOON_NS, 60 * NS_PER_SECOND) == "15:06"
    assert time_word(NOON_NS, NS_PER_SECOND) == "15:06:40"
    assert time_word(NOON_NS + 250 * NS_PER_MS, NS_PER_MS) == "40.250"


def test_labels_are_short_and_as_exact_as_their_distance() -> None:
    assert [cash_word(value, 500 * MICRO) for value in (0, -1_500 * MICRO, 20_000 * MICRO)] == ["$0", "-$1,500", "$20,000"]
    assert [cash_word(value, 5_000 * MICRO) for value in (-5_000 * MICRO, 20_000 * MICRO)] == ["-$5k", "$20k"]
    assert (cash_word(2_500_000, MICRO // 2), cash_word(12_500, 500)) == ("$2.50", "$0.0125")
    assert cash_word(-(10**40), 1) == "-$1e+34"
    assert [shares_word(value, step) for value, step in ((-20 * MICRO, 10 * MICRO), (2 * 10**15, 10**15))] == ["-20", "2B"]
    assert (price_word(4_800, 100), price_word(4_805, 5), count_word(3, 1)) == ("0.48", "0.4805", "3")
