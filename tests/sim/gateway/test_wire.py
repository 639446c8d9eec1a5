from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oms.values.units import NS_PER_SECOND
from sim.gateway.wire import END_CURSOR, START_CURSOR, Asked, Later, WireError, iso_text, page_of, seconds

ROWS: list[dict[str, object]] = [{"n": n} for n in range(250)]


def test_pages_follow_one_another_to_the_end() -> None:
    seen: list[object] = []
    cursor = START_CURSOR
    while cursor != END_CURSOR:
        page = page_of(ROWS, cursor)
        rows = page["data"]
        assert isinstance(rows, list)
        assert (page["limit"], page["count"]) == (100, len(rows))
        seen += rows
        cursor = str(page["next_cursor"])
    assert seen == ROWS


def test_only_the_rows_of_the_page_are_told() -> None:
    told: list[int] = []

    def tell(number: int) -> str:
        told.append(number)
        return f"row {number}"

    assert page_of(range(10_000), "OTk5OA==", 100, tell)["data"] == ["row 9998", "row 9999"]
    assert told == [9_998, 9_999]


@pytest.mark.parametrize("cursor", [None, "", START_CURSOR])
def test_no_cursor_and_the_first_cursor_are_the_first_page(cursor: str | None) -> None:
    assert page_of(ROWS[:3], cursor) == {"limit": 100, "count": 3, "next_cursor": END_CURSOR, "data": ROWS[:3]}


@pytest.mark.parametrize("cursor", ["LTE=", "x", "????", "MA", "LTU=", "2Ym="])
def test_what_is_no_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(WireError, match="Invalid cursor"):
        page_of(ROWS, cursor)


@given(st.integers(0, 4_102_444_799))
def test_times_are_those_of_the_calendar(at_s: int) -> None:
    told = datetime.fromtimestamp(at_s, tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert iso_text(at_s * NS_PER_SECOND) == told
    assert seconds(at_s * NS_PER_SECOND + 999_999_999) == at_s


@pytest.mark.parametrize("body", [b"{", b"\xff", b'"\\ud800"', b"[" * 100_000, b"{}{}"])
def test_a_body_that_is_no_json_is_refused(body: bytes) -> None:
    with pytest.raises(WireError) as told:
        Asked(method="POST", path="/", body=body).parsed()
    assert (told.value.status, told.value.body) == (400, {"error": "Invalid payload"})


def test_an_empty_body_is_nothing() -> None:
    assert Asked(method="POST", path="/").parsed() is None


def test_a_later_answer_tells_who_waits() -> None:
    later, log = Later(), []
    later.then = lambda: log.append(later.answer)
    later.finish(7)
    assert (later.is_known, log) == (True, [7])
