from hypothesis import given
from hypothesis import strategies as st

from connectors.operator.terminal.ink import width_of
from connectors.operator.terminal.plot import Points, columns_of, curve_lines, dots, scale_of
from oms.values.units import MICRO, NS_PER_SECOND

S = NS_PER_SECOND
RISING: Points = [(i * S, 100 * MICRO + i * MICRO) for i in range(100)]


def texts(points: Points, start: int | None = None, width: int = 40, height: int = 8) -> list[str]:
    return ["".join([cell.text for cell in line]) for line in curve_lines(points, start, width, height, "accent")]


def test_a_rising_line_begins_at_the_lower_left_and_ends_at_the_upper_right() -> None:
    lines = texts(RISING)
    assert lines[0].startswith("   $199.00┤")
    assert lines[6].startswith("   $100.00┤")
    assert lines[6][11] != " "
    assert lines[6][-1] == " "
    assert lines[0][11] == " "
    assert lines[0][-1] != " "
    assert all(any("⠀" <= sign <= "⣿" for sign in line) for line in lines[:7])


def test_the_time_axis_says_from_when_to_when_and_how_long() -> None:
    assert texts(RISING)[-1].split() == ["n/a", "1m39s", "00:01:39"]
    assert texts([(at + 10 * S, value) for at, value in RISING])[-1].split() == ["00:00:10", "1m39s", "00:01:49"]


def test_where_a_value_is_not_known_the_line_has_a_gap() -> None:
    gap: Points = [(at, None if 40 <= i < 60 else value) for i, (at, value) in enumerate(RISING)]
    columns = columns_of(gap, 100)
    assert columns[45] is None
    assert columns[30] is not None
    assert columns[70] is not None


def test_between_two_points_far_apart_the_value_before_holds() -> None:
    assert columns_of([(0, 5), (90, 9), (99, 9)], 10) == [(5, 5)] * 9 + [(9, 9)]


def test_a_step_is_joined_so_that_no_jump_looks_like_two_lines() -> None:
    lines = dots([(0, 0), (0, 0), (40, 40), (40, 40)], 0, 40, 3)
    assert [line[1] != " " for line in lines] == [True, True, True]


def test_where_it_began_is_a_dashed_line_when_it_is_near_and_left_out_when_it_is_not() -> None:
    assert any("╌" in line for line in texts(RISING, 150 * MICRO))
    assert not any("╌" in line for line in texts(RISING, 10_000 * MICRO))
    assert scale_of([100, 200], 50)[0] <= 50


def test_what_hardly_moves_is_a_line_and_no_mountain() -> None:
    low, high = scale_of([10 * MICRO, 10 * MICRO + 1], None)
    assert high - low == MICRO


def test_fewer_than_two_known_moments_are_said_to_be_so() -> None:
    for points in ([], [(0, 5)], [(0, None), (5, None)]):
        assert texts(points) == ["n/a: fewer than two moments are known"]


@given(
    st.lists(st.tuples(st.integers(0, 2**62), st.none() | st.integers(-(2**62), 2**62)), max_size=30).map(
        lambda found: sorted(found, key=lambda point: point[0])
    ),
    st.none() | st.integers(-(2**62), 2**62),
    st.integers(1, 60),
    st.integers(1, 20),
)
def test_any_curve_fits_its_room(points: Points, start: int | None, width: int, height: int) -> None:
    lines = curve_lines(points, start, width, height, "accent")
    if len(lines) > 1:
        assert len(lines) == height
        assert max([width_of(line) for line in lines[:-1]]) <= width
