"""How a message is written: harmless, short enough, exact about money."""

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.operator.telegram.markup import SIGNS_MAX, change, fit, foreign, hour, moment, own, price, shares, signs, span, usd
from oms.values.units import MICRO, NS_PER_SECOND


@given(st.text(max_size=300))
def test_whatever_others_wrote_is_one_harmless_line_that_reads_as_it_was_written(text: str) -> None:
    told = foreign(text, 60)
    assert "\n" not in told
    inner = told.removeprefix("<code>").removesuffix("</code>")
    assert "<" not in inner
    assert ">" not in inner
    assert len(html.unescape(inner)) <= 60
    assert inner.isprintable()
    assert own(text, 60) == inner
    if text.isprintable() and len(text) <= 60:
        assert html.unescape(inner) == text


def test_nothing_is_shown_as_nothing() -> None:
    assert foreign("") == ""


@given(st.lists(st.text(alphabet=st.sampled_from("aé😀"), max_size=400), max_size=60))
def test_a_message_is_never_too_long_and_says_how_much_was_left_out(lines: list[str]) -> None:
    told = fit(lines)
    assert signs(told) <= SIGNS_MAX
    note = re.search(r"… and (\d+) lines more that did not fit$", told)
    if note is None:
        assert told == "\n".join(lines)
    else:
        assert told.split("\n")[:-1] == lines[: len(lines) - int(note[1])]


def test_one_line_that_is_longer_than_a_message_is_left_out_whole() -> None:
    assert fit(["a" * 5_000]) == "… and 1 lines more that did not fit"


def test_an_emoji_counts_twice_as_telegram_counts_it() -> None:
    assert signs("a😀") == 3


@pytest.mark.parametrize(
    ("micro", "told", "signed"),
    [
        (0, "$0.00", "$0.00"),
        (4_999, "$0.00", "$0.00"),
        (-4_999, "$0.00", "$0.00"),
        (5_000, "$0.01", "+$0.01"),
        (-1_234_567_890, "-$1,234.57", "-$1,234.57"),
        (10**24 + 10_000, "$1,000,000,000,000,000,000.01", "+$1,000,000,000,000,000,000.01"),
        (None, "unknown", "unknown"),
    ],
)
def test_money_is_told_to_the_cent(micro: int | None, told: str, signed: str) -> None:
    assert usd(micro) == told
    assert change(micro) == signed


def test_shares_are_cut_towards_zero_and_prices_are_as_at_the_venue() -> None:
    assert [shares(n) for n in (12_345_678, -12_349_999, 5 * MICRO, 9_999, -9_999)] == ["12.34", "-12.34", "5", "0", "0"]
    assert price(4_900) == "0.49"


def test_times_are_utc_and_none_of_them_is_an_error() -> None:
    assert moment(1_790_000_000 * NS_PER_SECOND) == "2026-09-21 14:13:20 UTC"
    assert hour(1_790_000_000 * NS_PER_SECOND) == "14:13:20"
    assert moment(-5) == "1970-01-01 00:00:00 UTC"
    assert moment(2**63).startswith("2262")
    assert moment(10**30).startswith("9999")


def test_a_span_has_its_two_largest_units() -> None:
    seconds = (0, 59, 61, 3_600, 90_061)
    assert [span(s * NS_PER_SECOND) for s in seconds] == ["0 s", "59 s", "1 min 1 s", "1 h", "1 d 1 h"]
    assert span(-1) == "0 s"
