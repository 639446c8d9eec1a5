"""Which stretch of time a picture shows."""

from config.report.spans import shown_until, span_words
from oms.values.units import NS_PER_SECOND
from tests.words import NOON_NS


def test_a_picture_ends_where_the_run_did_unless_nothing_moved_for_the_last_third() -> None:
    assert shown_until([(0, "a"), (70, "b"), (100, "b")], 0, 100) == 100
    assert shown_until([(0, "a"), (32, "b"), (100, "b")], 0, 100) == 34


def test_a_change_at_the_very_end_is_always_shown() -> None:
    assert shown_until([(0, "a"), (20, "b"), (100, "c")], 0, 100) == 100


def test_what_never_moved_is_shown_whole() -> None:
    assert shown_until([], 0, 100) == 100
    assert shown_until([(0, "a"), (100, "a")], 0, 100) == 100


def test_what_is_left_out_is_said() -> None:
    first, last = NOON_NS, NOON_NS + 60 * NS_PER_SECOND
    assert span_words(first, last, last) == "Time: 2025-06-15 15:06:40 to 15:07:40 UTC."
    assert "the quiet time from then to 2025-06-15 15:07:40 UTC is not drawn" in span_words(first, first + NS_PER_SECOND, last)
