"""Nothing reaches a page unescaped, and what a browser or a reader would obey is shown instead."""

from hypothesis import given
from hypothesis import strategies as st

from config.report.markup import Markup, el, joined, seen
from tests.config.report.words_history import Read


def test_an_element_escapes_its_texts_and_its_attributes() -> None:
    assert el("p", "a < b & c", el("b", "d"), None, class_="x", aria_label='"<>') == (
        '<p class="x" aria-label="&quot;&lt;&gt;">a &lt; b &amp; c<b>d</b></p>'
    )
    assert el("meta", http_equiv="x", content=None) == '<meta http-equiv="x">'


def test_markup_is_not_escaped_again() -> None:
    assert joined(Markup("<br>"), "<br>") == "<br>&lt;br&gt;"


def test_signs_that_steer_the_reader_are_shown_by_number() -> None:
    assert seen("a\u202eb\x00\n\u2066") == "<bdi>a\\x202eb\\x00\\x0a\\x2066</bdi>"


@given(st.text())
def test_whatever_a_text_holds_it_makes_no_element(text: str) -> None:
    read = Read(el("p", text, title=text))
    assert read.names() == {"p"}
    assert list(read.elements[0][1]) == ["title"]
    assert read.open == []
