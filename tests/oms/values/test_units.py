import json
import math
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oms.values.units import (
    MICRO,
    PRICE_ONE_PIPS,
    SIZE_MICRO_MAX,
    BadNumber,
    cost_cash_micro,
    micro_text,
    price_pips_from_text,
    price_text,
    proceeds_cash_micro,
    shares_for_cash_micro,
    size_micro_from_text,
    tick_pips_from_text,
)

TICKS = {"0.1": 1_000, "0.01": 100, "0.001": 10, "0.0001": 1}
SIZES_MICRO = (1, 3, 7, 99, 9_999, 10_001, 333_333, 999_999, 1_000_001, 5_123_457, 123_456_789, 10**12 + 1, SIZE_MICRO_MAX)
SIZES_CENTI = (1, 2, 3, 33, 50, 99, 100, 101, 500, 1_234, 99_999, 10**8 + 1)
"""Hundredths of a share, the venue's own step of sizes."""

NOT_NUMBERS = (
    "", " ", ".", "..", "1.2.3", "-1", "-0", "-0.5", "+1", "NaN", "nan", "inf", "Infinity", "-inf", "1e5", "1E-2", "0x1", "1_0", "1,5",
    " 0.5", "0.5 ", "0.5\n", "\t1", "1\x00", "０.５", "٠.٥", "0.٥", "1.²", "½", "None", "1/2", "0.5$",
    str(10**30), "9" * 100_000, "0." + "0" * 100_000,
)  # fmt: skip


@pytest.mark.parametrize("tick_pips", TICKS.values(), ids=TICKS)
def test_every_price_of_every_tick_times_every_size_is_exact_and_rounded_against_us(tick_pips: int) -> None:
    # req 2.37, 0.8, 1.25
    for price in range(tick_pips, PRICE_ONE_PIPS, tick_pips):
        for size in SIZES_MICRO:
            exact = size * price  # in 10⁻¹⁰ USD
            cost, proceeds = cost_cash_micro(size, price), proceeds_cash_micro(size, price)
            assert 0 <= cost * PRICE_ONE_PIPS - exact < PRICE_ONE_PIPS
            assert 0 <= exact - proceeds * PRICE_ONE_PIPS < PRICE_ONE_PIPS
            assert (cost == proceeds) == (exact % PRICE_ONE_PIPS == 0)


@pytest.mark.parametrize("tick_pips", TICKS.values(), ids=TICKS)
def test_a_size_of_whole_hundredths_never_needs_rounding(tick_pips: int) -> None:
    # req 2.37
    for price in range(tick_pips, PRICE_ONE_PIPS, tick_pips):
        for centi in SIZES_CENTI:
            assert cost_cash_micro(centi * 10_000, price) == centi * price == proceeds_cash_micro(centi * 10_000, price)


def test_fifty_shares_are_fifty_and_not_forty_nine() -> None:
    # req 2.37: as floats, 49.9999999 was cut to 49
    assert size_micro_from_text("49.999999") == 49_999_999
    assert sum(size_micro_from_text("0.1") for _ in range(500)) == size_micro_from_text("50")
    assert sum(0.1 for _ in range(500)) != 50
    with pytest.raises(BadNumber, match=r"finer than 10\^-6"):
        size_micro_from_text("49.9999999")


@given(st.integers(1, 10**15), st.integers(1, 9_999))
def test_cash_always_suffices_for_the_shares_it_is_said_to_buy(cash: int, price: int) -> None:
    # req 0.12
    shares = shares_for_cash_micro(cash, price)
    assert cost_cash_micro(shares, price) <= cash
    assert proceeds_cash_micro(shares + 1, price) >= cash - 1
    assert (shares + 1) * price > cash * PRICE_ONE_PIPS


def test_every_price_there_is_survives_its_own_text() -> None:
    # req 2.37
    seen = {}
    for pips in range(1, PRICE_ONE_PIPS):
        text = price_text(pips)
        assert price_pips_from_text(text) == pips
        assert Fraction(text) * PRICE_ONE_PIPS == pips
        assert price_pips_from_text(text + "0" * (6 - len(text))) == pips  # trailing zeros are no finer step
        assert price_pips_from_text(text[1:]) == pips  # ".49"
        seen[text] = pips
    assert len(seen) == 9_999


def test_a_price_text_is_the_shortest() -> None:
    assert [price_text(pips) for pips in (1, 10, 100, 4_900, 4_905, 5_000, 9_999)] == ["0.0001", "0.001", "0.01", "0.49", "0.4905", "0.5", "0.9999"]


@given(st.integers(-(10**20), 10**20))
def test_micro_text_is_exact_and_the_shortest(value: int) -> None:
    text = micro_text(value)
    assert Fraction(text) * MICRO == value
    assert "." not in text or not text.endswith(("0", "."))
    assert text != "-0"


@given(st.integers(0, SIZE_MICRO_MAX))
def test_every_size_survives_its_own_text(size: int) -> None:
    assert size_micro_from_text(micro_text(size)) == size


@pytest.mark.parametrize(
    ("text", "size"), [("0", 0), ("0.000001", 1), (".5", 500_000), ("5.", 5_000_000), ("007", 7_000_000), ("1.50000000000", 1_500_000)]
)
def test_sizes_may_be_written_in_the_plain_ways(text: str, size: int) -> None:
    assert size_micro_from_text(text) == size


def test_a_size_of_a_million_million_shares_is_taken_and_one_micro_more_is_not() -> None:
    assert size_micro_from_text("1000000000000") == SIZE_MICRO_MAX
    with pytest.raises(BadNumber, match="beyond anything a venue can hold"):
        size_micro_from_text("1000000000000.000001")


@pytest.mark.parametrize("text", NOT_NUMBERS, ids=lambda text: ascii(text[:12]))
def test_what_is_not_a_plain_number_is_a_named_error_in_few_words(text: str) -> None:
    # req 0.14, 1.29
    for read in (size_micro_from_text, price_pips_from_text, tick_pips_from_text):
        with pytest.raises(BadNumber) as caught:
            read(text)
        assert len(str(caught.value)) < 140


@pytest.mark.parametrize("text", ["0.0000001", "1.0000001", "49.9999999"])
def test_a_size_finer_than_a_micro_share_is_named(text: str) -> None:
    with pytest.raises(BadNumber, match=r"size .* is finer than 10\^-6"):
        size_micro_from_text(text)


@pytest.mark.parametrize(
    ("text", "rule"),
    [("0", "not between"), ("0.0", "not between"), ("0.0000", "not between"), ("1", "not between"), ("1.0", "not between"), ("7.0", "not between"),
     ("10000", "not between"), ("0.00001", "finer"), ("0.49999", "finer"), ("0.99999", "finer")],
)  # fmt: skip
def test_a_price_outside_zero_and_one_or_finer_than_any_venue_is_named(text: str, rule: str) -> None:
    # req 1.29; ruling 0.3
    with pytest.raises(BadNumber, match=f"price .* is {rule}"):
        price_pips_from_text(text)


@pytest.mark.parametrize(("text", "pips"), [*TICKS.items(), ("0.0100", 100), ("0.05", 500), ("0.0005", 5)])
def test_a_tick_is_a_step_that_divides_a_dollar(text: str, pips: int) -> None:
    assert tick_pips_from_text(text) == pips


@pytest.mark.parametrize("text", ["0", "0.0", "1", "0.2", "0.03", "0.0003", "0.00001"])
def test_any_other_tick_is_named(text: str) -> None:
    with pytest.raises(BadNumber, match="tick"):
        tick_pips_from_text(text)


@given(st.text(max_size=30))
def test_no_text_at_all_gives_anything_but_a_number_or_a_named_error(text: str) -> None:
    for read, most in ((size_micro_from_text, SIZE_MICRO_MAX), (price_pips_from_text, 9_999), (tick_pips_from_text, 1_000)):
        try:
            assert 0 <= read(text) <= most
        except BadNumber:
            continue


@pytest.mark.data
def test_limit_orders_of_the_official_client_are_exact_products(data_dir: Path) -> None:
    """The vectors that need no rounding: limit orders with a price on the market's tick and a size of whole hundredths of a share.

    The client floors size × 100 as a float, and in some of these vectors that loses a hundredth (2521.2 × 100 is 252119.99…). There its own
    share count is the one to multiply, and it is exactly a hundredth less than what was asked for: one more reason for integers.
    """
    # req 2.37
    compared = 0
    for vector in json.loads((data_dir / "vectors" / "order_amounts.json").read_text())["vectors"]:
        if vector["kind"] != "limit" or Fraction(vector["size"]) * 100 % 1 or Fraction(vector["price"]) % Fraction(vector["tick_size"]):
            continue
        maker, taker = int(vector["maker_amount"]), int(vector["taker_amount"])
        cash, shares = (maker, taker) if vector["side"] == "BUY" else (taker, maker)
        asked, price = size_micro_from_text(vector["size"]), price_pips_from_text(vector["price"])
        lost_to_floats = Fraction(vector["size"]) * 100 - math.floor(float(vector["size"]) * 100)
        assert shares == asked - lost_to_floats * 10_000
        assert cash == cost_cash_micro(shares, price) == proceeds_cash_micro(shares, price), vector
        compared += 1
    assert compared
