"""Numbers and times as people read them."""

import pytest

from config.report import words
from oms.values.units import NS_PER_SECOND
from tests.words import NOON_NS


def test_what_is_not_known_is_na_and_never_nothing() -> None:  # req 3.47
    assert {words.money(None), words.change(None), words.count(None), words.percent(None), words.measured(None, "usd"), words.ratio(0, 0)} == {"n/a"}


@pytest.mark.parametrize(("cash_micro", "said"), [(1_500_000, "+$1.50"), (-1_500_000, "-$1.50"), (0, "$0.00"), (4_000, "$0.00")])
def test_a_change_has_its_sign_unless_it_reads_as_nothing(cash_micro: int, said: str) -> None:
    assert words.change(cash_micro) == said


@pytest.mark.parametrize(
    ("part", "said"), [(0, "0.0%"), (1, "100.0%"), (0.072, "7.2%"), (0.0001, "<0.1%"), (0.9999, ">99.9%"), (0.9995, ">99.9%"), (0.0005, "0.1%")]
)
def test_a_share_that_is_something_never_reads_as_nothing_nor_as_all(part: float, said: str) -> None:
    assert words.percent(part) == said


def test_sizes_and_prices_show_no_more_digits_than_they_have() -> None:
    assert (words.shares(1_234_000_000), words.shares(1_234_567_000)) == ("1,234", "1,234.57")
    assert (words.price(4_800), words.price(4_805), words.price(10_000)) == ("0.48", "0.4805", "1.00")
    assert (words.measured(0.125, "share"), words.measured(-2.5, "usd"), words.measured(0.0123, "usd")) == ("12.50%", "-$2.50", "$0.0123")
    assert words.measured(3.5, "ticks") == "3.5 ticks"


def test_one_thing_is_one_thing() -> None:
    assert (words.counted(1, "fill"), words.counted(1_000, "fill"), words.counted(2, "loss", "losses")) == ("1 fill", "1,000 fills", "2 losses")


def test_times_are_utc_and_a_day_is_named_once() -> None:
    assert words.stamp(NOON_NS) == "2025-06-15 15:06:40 UTC"
    assert words.between(NOON_NS, NOON_NS + NS_PER_SECOND) == "2025-06-15 15:06:40 to 15:06:41 UTC"
    assert words.between(NOON_NS, NOON_NS + 86_400 * NS_PER_SECOND) == "2025-06-15 15:06:40 to 2025-06-16 15:06:40 UTC"
    assert [words.lasting(seconds * NS_PER_SECOND) for seconds in (9, 69, 3_669)] == ["9 s", "1 min 09 s", "1 h 01 min 09 s"]


def test_what_is_cut_shows_that_it_was() -> None:
    assert words.shortened("short", 5) == "short"
    assert words.shortened("replay of one, two, three", 18) == "replay of one…"
    assert words.shortened("x" * 9, 5) == "xxxx…"
