"""Whatever somebody else wrote is shown in one line that can be printed."""

from hypothesis import example, given
from hypothesis import strategies as st

from oms.values.texts import one_line


def test_what_a_terminal_would_obey_is_shown_by_its_number() -> None:
    assert one_line("a\nb\x1b[31m\u2028c\u202e\ud800\U000e0001é “½”") == "a b\\x1b[31m c\\u202e\\ud800\\U000e0001é “½”"


@given(st.text(st.characters()))
def test_any_text_becomes_one_line_that_can_be_written_and_stays_as_it_is_then(text: str) -> None:
    shown = one_line(text)
    assert shown.isprintable()
    assert shown.encode().decode() == shown
    assert one_line(shown) == shown


@given(st.text(st.characters()), st.integers(1, 40))
@example("0000\x850", 4)  # where it is cut a line ends
@example("\r\n" * 8, 4)
def test_of_a_long_text_only_the_beginning_is_shown_and_it_says_so(text: str, signs_max: int) -> None:
    shown, whole = one_line(text, signs_max), one_line(text)
    assert len(shown) <= signs_max
    assert shown.isprintable()
    assert one_line(shown, signs_max) == shown
    assert shown == whole if len(whole) <= signs_max else shown.endswith("…") and whole.startswith(shown[:-1])
