"""Rows: pages in every envelope, text in JSON in JSON, decimals of sane length; and no damage raises anything but BadRow."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.polymarket.catalog_wire import BadRow, Page, compact_market, gamma_event, gamma_market, long_market, page_of, plain_text, texts_of
from oms.values.texts import SAID_MAX
from oms.values.units import BadNumber
from tests.connectors.polymarket.words_catalog import compact, gamma_row, negrisk_event

READERS = (gamma_market, gamma_event, compact_market, long_market, page_of)


@pytest.mark.parametrize(
    ("body", "rows", "cursor"),
    [
        (b"[1,2]", [b"1", b"2"], ""),
        (b'{"data":[{}],"next_cursor":"MTAw","limit":1}', [b"{}"], "MTAw"),
        (b'{"data":[],"next_cursor":"LTE="}', [], ""),
        (b'{"markets":[{}],"next_cursor":"x"}', [b"{}"], "x"),
        (b'{"events":[{}]}', [b"{}"], ""),
        (b'{"markets":[],"next_cursor":null}', [], ""),
    ],
)
def test_a_page_is_read_from_every_envelope(body: bytes, rows: list[bytes], cursor: str) -> None:
    assert page_of(body) == Page(rows, cursor)


@given(
    st.one_of(
        st.binary(max_size=60),
        st.tuples(st.sampled_from([gamma_row(), compact(), negrisk_event(2)]), st.integers(0, 3_000)).map(lambda cut: cut[0][: cut[1]]),
        st.sampled_from([b"[" * 9_999, b'{"markets":1}', b"{}", b"null", b'{"id":1}', b'{"orderMinSize":1e9999999999999999999999}']),
    )
)
def test_whatever_bytes_come_they_are_a_row_or_a_bad_row(body: bytes) -> None:
    said: list[str] = []
    for read in READERS:
        try:
            read(body)
        except BadRow as error:
            said.append(str(error))
    assert all(text.isprintable() for text in said)


UGLY = "\x1b[31m\n\u202e"


@pytest.mark.parametrize(
    "row", [b'{"id":"1","endDate":7,"conditionId":"%b"}' % (UGLY.encode() * 999), b'["%b"]' % (UGLY.encode() * 999), UGLY.encode() * 9]
)
def test_a_row_that_quotes_what_a_terminal_would_obey_is_refused_in_one_short_line(row: bytes) -> None:
    for read in READERS[:4]:
        with pytest.raises(BadRow) as refused:
            read(row)
        assert str(refused.value).isprintable()
        assert len(str(refused.value)) <= SAID_MAX
    with pytest.raises(BadRow) as refused:
        texts_of(row.decode(), "outcomes")
    assert str(refused.value).isprintable()
    assert len(str(BadRow("x" * 10**6))) == SAID_MAX


def test_lists_come_as_text_as_lists_or_not_at_all() -> None:
    assert texts_of('["1","2"]', "x") == texts_of(["1", "2"], "x") == ["1", "2"]
    assert texts_of(None, "x") == texts_of("", "x") == []
    for bad in ("[1]", "{", "null"):
        with pytest.raises(BadRow, match="outcomes: "):
            texts_of(bad, "outcomes")


def test_decimals_become_plain_text_and_absurd_ones_are_refused_before_they_fill_the_memory() -> None:
    assert [plain_text(Decimal(text)) for text in ("0.010", "1E-3", "5", "4.5")] == ["0.010", "0.001", "5", "4.5"]
    for text in ("1E+999999", "1E-999999", "NaN", "Infinity"):
        with pytest.raises(BadNumber):
            plain_text(Decimal(text))
