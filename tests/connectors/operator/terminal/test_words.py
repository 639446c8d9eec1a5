from hypothesis import given
from hypothesis import strategies as st

from connectors.operator.terminal import words
from oms.values.units import NS_PER_SECOND
from tests.connectors.operator.terminal.made_up import HOSTILE

S = NS_PER_SECOND


def test_a_hostile_title_is_one_line_that_a_terminal_only_draws() -> None:
    text = words.harmless(HOSTILE)
    assert text.isprintable()
    assert "[red]paid[/red]" in text  # brackets stay brackets: nothing here reads markup
    assert "\\x1b[2J" in text
    assert "\\u202e" in text
    assert "\\u05e9" in text  # Hebrew would turn the line around
    assert len([sign for sign in text if sign == "\u0334"]) <= 1


def test_what_is_harmless_already_stays_as_it_is() -> None:
    for text in ("Will the Fed cut rates?", "Ümlaut, Ελλάδα, Россия, 日本, 😀", "$120,000 – 3.0% ¢"):
        assert words.harmless(text) == text


@given(st.text(max_size=60))
def test_no_text_at_all_gets_through_with_a_sign_that_is_obeyed(text: str) -> None:
    shown = words.harmless(text)
    assert shown.isprintable()
    assert words.harmless(shown) == shown


def test_a_text_without_end_is_cut() -> None:
    assert len(words.harmless("x" * 10**6)) == words.TEXT_MAX


def test_money_is_told_to_the_cent_and_never_as_a_negative_nothing() -> None:
    assert [words.money(value) for value in (None, 0, -1, 1_234_567_890, -50_000)] == ["n/a", "$0.00", "$0.00", "$1,234.57", "-$0.05"]
    assert [words.change(value) for value in (None, 0, 4_999, 5_000, -5_000_000)] == ["n/a", "$0.00", "$0.00", "+$0.01", "-$5.00"]


def test_a_fee_that_is_not_nothing_never_reads_as_nothing() -> None:
    assert [words.fee(value) for value in (0, 1, 21_500, 1_000_000)] == ["–", "0.0001", "0.0215", "1.0000"]


def test_shares_take_at_most_nine_signs_and_some_never_read_as_none() -> None:
    texts = [words.shares(value) for value in (0, 1, 5_000_000, 12_345_678, -2_500_000, 123_456_700_000, 7_000_000_123_456, 10**18)]
    assert texts == ["0", "<0.01", "5", "12.35", "-2.50", "123,457", "7.00M", "1.0e+12"]
    assert words.some_shares(0) == "–"


@given(st.integers(0, 10**18))
def test_no_amount_of_shares_breaks_a_column(shares_micro: int) -> None:
    assert len(words.shares(shares_micro)) <= 9


def test_prices_are_in_cents_and_what_is_no_price_is_a_dash() -> None:
    assert [words.price(pips) for pips in (4_900, 4_950, 4_955, 4_905, 1, 0, 10_000, -3)] == ["49.0", "49.5", "49.55", "49.05", "0.01", "–", "–", "–"]


@given(st.integers(1, 9_999))
def test_a_price_that_is_shown_can_be_typed_again(pips: int) -> None:
    assert words.pips_from_cents(words.price(pips)) == pips


def test_what_is_no_price_in_cents_is_refused() -> None:
    assert [words.pips_from_cents(text) for text in ("", "0", "100", "-1", "49.555", "4e1", "٤٩", "x")] == [None] * 8


def test_edges_have_their_sign_and_raw_sums_are_in_dollars() -> None:
    assert [words.edge(pips) for pips in (12, 0, -135)] == ["+0.12", "0.00", "-1.35"]
    assert [words.raw(pips) for pips in (None, 10_200, 9_945, -5)] == ["n/a", "1.0200", "0.9945", "-0.0005"]


def test_an_age_is_told_in_tenths_while_it_is_young_and_in_two_units_when_it_is_not() -> None:
    spans = (None, -5, 40_000_000, 9_900_000_000, 12 * S, 185 * S, 7_800 * S, 100 * 3_600 * S)
    assert [words.age(span) for span in spans] == ["n/a", "0.0s", "0.0s", "9.9s", "12s", "3m05s", "2h10m", "4d04h"]
    assert words.since(0, 5 * S) == "never"
    assert [words.until(span) for span in (None, -1, 59 * S)] == ["n/a", "–", "59s"]


def test_durations_sizes_counts_and_shares_of_a_whole() -> None:
    assert [words.micros(value) for value in (None, 12.4, 1_200.0, 3_400_000.0)] == ["n/a", "12 µs", "1.2 ms", "3.4 s"]
    assert [words.millis(value) for value in (None, -12.4, 0.5)] == ["n/a", "-12.4 ms", "500 µs"]
    assert [words.size(value) for value in (None, 143_200_000, 41_200_000_000)] == ["n/a", "143.2 MB", "41.2 GB"]
    assert [words.count(value) for value in (None, 999_999, 1_803_221, 5 * 10**9)] == ["n/a", "999,999", "1.80M", "5.00G"]
    assert [words.share_of(*pair) for pair in ((0, 0), (5, 5), (99_999, 100_000), (1, 10**6), (0, 9))] == ["n/a", "100%", "99.99%", "0.01%", "0.00%"]


def test_a_moment_beyond_any_calendar_is_not_known() -> None:
    assert words.clock(1_790_600_400 * S) == "13:00:00"
    assert words.stamp(1_790_600_400 * S) == "2026-09-28 13:00:00 UTC"
    assert [words.clock(0), words.clock(2**200), words.stamp(-(2**200))] == ["n/a"] * 3


def test_bars_fill_by_eighths_and_something_always_shows() -> None:
    assert [words.bar(part, 4) for part in (0, 0.0001, 0.5, 0.53, 2)] == ["    ", "▏   ", "██  ", "██▏ ", "████"]


def test_a_sparkline_reaches_from_nothing_to_its_highest() -> None:
    assert words.sparkline([99, 1, 2, 4, 8], 4) == "▂▃▅█"  # the latest four
    assert words.sparkline([0, 0, -3], 9) == "▁▁▁"
    assert words.sparkline([], 9) == ""


def test_shares_in_a_confirmation_are_spelled_to_the_last_digit() -> None:
    assert [words.shares_spelled(value) for value in (20_000_000, 1_234_500_001, -1)] == ["20", "1,234.500001", "-0.000001"]
