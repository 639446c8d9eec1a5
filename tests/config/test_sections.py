"""The section of the built-in exchange: what is out of range is refused by name; events may stand alone."""

import pytest

from config.sections import DemoSection, step, within


def test_a_demo_of_events_alone_needs_no_markets_and_one_of_neither_is_refused() -> None:
    assert DemoSection(markets=0, event_count=2).outcomes == (2, 8)
    with pytest.raises(ValueError, match=r"^demo\.markets must be from 1 to 50, not 0$"):
        DemoSection(markets=0)


@pytest.mark.parametrize("outcomes", [(1, 3), (4, 3), (2, 31)])
def test_an_event_has_two_to_thirty_outcomes(outcomes: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match=r"^demo\.outcomes must be two numbers from 2 to 30, the smaller first, not \["):
        DemoSection(outcomes=outcomes)
    assert DemoSection(outcomes=(2, 30)).outcomes == (2, 30)


def test_a_number_and_a_step_are_refused_with_their_name_and_what_would_do() -> None:
    within("a.b", 5, 5, 5)
    step("a.tick", 25)
    with pytest.raises(ValueError, match=r"^a\.b must be from 1 to 4, not 5$"):
        within("a.b", 5, 1, 4)
    with pytest.raises(ValueError, match=r"^a\.tick must be one of 1, 10, 25, 50, 100, 1000, not 7$"):
        step("a.tick", 7)
