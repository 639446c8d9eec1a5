"""What is read out of a query, and what is refused."""

import pytest

from sim.gateway.asking import flag_of, json_number, number_of, page_after, values_of
from sim.gateway.wire import WireError
from tests.sim.gateway.words_streams import Repeated


def test_a_list_may_be_sent_with_commas_or_by_repeating_its_name() -> None:
    assert values_of({"id": "1,2,"}, "id") == ["1", "2"]
    assert values_of(Repeated([("id", "1"), ("id", "2,3")]), "id") == ["1", "2", "3"]
    assert values_of({}, "id") == []


@pytest.mark.parametrize("text", ["", "-1", "1.0", "x", "1e3", "٣", "1" * 13])
def test_what_is_no_plain_number_is_refused(text: str) -> None:
    with pytest.raises(WireError, match="limit is invalid"):
        number_of({"limit": text}, "limit", 5)
    assert number_of({}, "limit", 5) == 5
    assert number_of({"limit": "07"}, "limit", 5) == 7


@pytest.mark.parametrize(("text", "flag"), [("true", True), ("True", True), ("1", True), ("false", False), ("0", False), ("", None)])
def test_a_flag_is_true_false_or_not_said(text: str, *, flag: bool | None) -> None:
    assert flag_of({"closed": text}, "closed") is flag
    assert flag_of({}, "closed") is None


def test_a_flag_that_is_neither_is_refused() -> None:
    with pytest.raises(WireError, match="closed is invalid"):
        flag_of({"closed": "maybe"}, "closed")


def test_pages_follow_one_another_to_the_end() -> None:
    rows, cursor, seen = list(range(7)), None, []
    while True:
        page, cursor = page_after(rows, cursor, 3)
        seen.append(page)
        if cursor is None:
            break
    assert seen == [[0, 1, 2], [3, 4, 5], [6]]


@pytest.mark.parametrize("cursor", ["x", "MA==", "LTE=", "YXQ6", "YXQ6LTE=", "\ud800"])
def test_what_is_no_cursor_of_ours_is_an_error(cursor: str) -> None:
    with pytest.raises(ValueError):
        page_after([1], cursor, 1)


def test_a_decimal_text_becomes_a_number_digit_for_digit() -> None:
    assert bytes(json_number("0.0000001234567890123456789")) == b"0.0000001234567890123456789"
