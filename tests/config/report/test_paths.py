"""Outlines: steps, gaps, and no more of a column than can be seen."""

from config.report.paths import area_path, step_path


def across(at_ns: int) -> int:
    return at_ns


def down(value: int) -> float:
    return 100 - value


def test_a_line_stays_where_it_is_until_the_next_point() -> None:
    assert step_path([(0, 10), (5, 20), (9, 20)], across, down) == "M0 90H5V80H9"


def test_a_value_that_is_not_known_is_a_gap_and_not_zero() -> None:
    assert step_path([(0, 10), (4, None), (6, None), (8, 30), (9, 30)], across, down) == "M0 90H4M8 70H9"


def test_a_value_that_held_for_no_time_is_drawn_as_a_dot_inside_the_plot() -> None:
    assert step_path([(3, 1)], across, down) == "M1 99H5"
    assert step_path([(0, 1), (0, None), (1_000, 2)], across, down) == "M0 99H2M998 98H1000"


def test_of_nothing_there_is_no_path() -> None:
    assert step_path([], across, down) == ""
    assert step_path([(3, None)], across, down) == ""


def test_of_one_column_the_lowest_the_highest_and_the_last_value_are_drawn() -> None:
    path = step_path([(0, 10), (5, 11), (5, 40), (5, 12), (5, 2), (5, 13), (9, 13)], across, down)
    assert path == "M0 90H5V60V98V87H9"


def test_an_area_goes_there_along_the_upper_values_and_back_along_the_lower_ones() -> None:
    assert area_path([(0, 1, 2), (4, 3, 5), (9, 3, 5)], across, down) == "M0 98H4V95H9V97H4V99H0Z"


def test_an_area_ends_where_one_of_its_edges_is_not_known() -> None:
    assert area_path([(0, 1, 2), (4, None, 2), (6, 1, 2), (8, 1, 2)], across, down) == "M0 98H4V99H0ZM6 98H8V99H6Z"
    assert area_path([(0, 1, 2)], across, down) == ""
    assert area_path([], across, down) == ""
