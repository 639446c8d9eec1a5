"""Whatever somebody else wrote is shown in one line that can be printed."""

from hypothesis import given
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
