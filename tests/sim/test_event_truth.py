"""The hidden truth of an event: probabilities that add up, move, jump, and decide who wins."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oms.values.units import NS_PER_SECOND
from sim.event_truth import EventTruth
from tests.words import NOON_NS


def given_truth(seed: str = "1", outcomes: int = 5, *, exhaustive: bool = True, volatility: float = 0.1) -> EventTruth:
    return EventTruth(seed, outcomes, NOON_NS, exhaustive=exhaustive, volatility=volatility)


@given(st.text(max_size=5), st.integers(2, 30), st.lists(st.integers(0, 10**12), max_size=8), st.booleans())
def test_probabilities_are_positive_and_add_up_to_one_or_leave_room_for_nobody(
    seed: str,
    outcomes: int,
    steps_ns: list[int],
    exhaustive: bool,  # noqa: FBT001
) -> None:
    truth, now_ns = given_truth(seed, outcomes, exhaustive=exhaustive), NOON_NS
    for step_ns in steps_ns:
        now_ns += step_ns
        truth.jump(step_ns % outcomes, 1.0)
        found = truth.probabilities(now_ns)
        assert len(found) == outcomes
        assert min(found) > 0
        assert sum(found) == pytest.approx(1) if exhaustive else sum(found) < 1 - 1e-6


def test_a_seed_decides_it_and_time_moves_it() -> None:
    assert given_truth().probabilities(NOON_NS) == given_truth().probabilities(NOON_NS)
    assert given_truth("1").probabilities(NOON_NS) != given_truth("2").probabilities(NOON_NS)
    truth = given_truth()
    before = truth.probabilities(NOON_NS)
    assert truth.probabilities(NOON_NS) == before, "only time moves it"
    later = truth.probabilities(NOON_NS + 60 * NS_PER_SECOND)
    assert all(abs(a - b) > 1e-6 for a, b in zip(before, later, strict=True))


def test_news_raise_one_outcome_and_lower_all_others() -> None:
    truth = given_truth(volatility=0.0)
    before = truth.probabilities(NOON_NS)
    truth.jump(2, 0.5)
    after = truth.probabilities(NOON_NS)
    assert [b > a for a, b in zip(before, after, strict=True)] == [False, False, True, False, False]
    truth.jump(2, 99.0)
    assert truth.probabilities(NOON_NS)[2] < 1, "nothing is ever certain"


@pytest.mark.parametrize("exhaustive", [True, False])
def test_who_wins_is_drawn_from_the_probabilities_of_the_end(*, exhaustive: bool) -> None:
    truth = given_truth(exhaustive=exhaustive, volatility=0.0)
    expected = truth.probabilities(NOON_NS)
    drawn = Counter(truth.winner(NOON_NS) for _ in range(4_000))
    for outcome, probability in enumerate(expected):
        assert drawn[outcome] / 4_000 == pytest.approx(probability, abs=0.04)
    assert drawn[None] / 4_000 == pytest.approx(1 - sum(expected), abs=0.04)
    assert (drawn[None] > 0) is not exhaustive
