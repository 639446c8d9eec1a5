import json
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oms.values.market import PAYOUT_ONE_PPM, FeeCurve, Payout
from oms.values.units import MICRO, PRICE_ONE_PIPS, cost_cash_micro, shares_for_cash_micro, size_micro_from_text
from tests.words import NO, YES, given_market

rates = st.sampled_from((300, 400, 500, 700, 2_500))
exponents = st.sampled_from((1, 2))
prices = st.integers(1, PRICE_ONE_PIPS - 1)
improved_fills = st.lists(st.tuples(st.integers(1, 10**9), st.integers(0, PRICE_ONE_PIPS)), min_size=1, max_size=64)
"""(micro-shares, by how many pips the fill was better than the limit)."""


def exact_fee(curve: FeeCurve, shares_micro: int, price_pips: int) -> Fraction:
    """The formula of polymarket.md §7.1 in fractions of a micro-dollar."""
    p = Fraction(price_pips, PRICE_ONE_PIPS)
    return shares_micro * Fraction(curve.rate_bps, 10_000) * (p * (1 - p)) ** curve.exponent


@pytest.mark.parametrize(
    ("rate_bps", "price_pips", "fee_micro"),
    [(700, 5_000, 1_750_000), (700, 9_000, 630_000), (500, 5_000, 1_250_000), (400, 5_000, 1_000_000), (0, 5_000, 0)],
)
def test_the_documented_examples_of_a_hundred_shares(rate_bps: int, price_pips: int, fee_micro: int) -> None:
    # req 4.4; polymarket.md §7.1
    assert FeeCurve(rate_bps=rate_bps).fee_cash_micro(100 * MICRO, price_pips) == fee_micro


@given(rates, exponents, st.integers(0, 10**14), prices)
def test_a_fee_is_the_formula_rounded_up_to_five_decimals(rate: int, exponent: int, shares: int, price: int) -> None:
    # req 2.37, 4.4
    curve = FeeCurve(rate_bps=rate, exponent=exponent)
    fee = curve.fee_cash_micro(shares, price)
    assert fee % 10 == 0
    assert 0 <= fee - exact_fee(curve, shares, price) < 10


@given(rates, exponents, st.integers(0, 10**14), prices)
def test_a_fee_is_the_same_for_both_tokens(rate: int, exponent: int, shares: int, price: int) -> None:
    curve = FeeCurve(rate_bps=rate, exponent=exponent)
    assert curve.fee_cash_micro(shares, price) == curve.fee_cash_micro(shares, PRICE_ONE_PIPS - price)


@pytest.mark.parametrize("buying", [True, False])
@given(rate=rates, exponent=exponents, limit=prices, fills=improved_fills)
def test_the_worst_fee_covers_any_64_fills_at_the_limit_or_better(
    *, buying: bool, rate: int, exponent: int, limit: int, fills: list[tuple[int, int]]
) -> None:
    # req 0.12
    curve = FeeCurve(rate_bps=rate, exponent=exponent)
    paid = 0
    for shares, improvement in fills:
        price = max(1, limit - improvement) if buying else min(PRICE_ONE_PIPS - 1, limit + improvement)
        paid += curve.fee_cash_micro(shares, price)
    assert paid <= curve.worst_fee_cash_micro(sum(shares for shares, _ in fills), limit, buying=buying)


@given(rates, exponents, prices, improved_fills)
def test_the_worst_fee_for_cash_covers_any_64_fills_for_that_cash(rate: int, exponent: int, limit: int, fills: list[tuple[int, int]]) -> None:
    # req 0.12
    curve = FeeCurve(rate_bps=rate, exponent=exponent)
    spent = paid = 0
    for shares, improvement in fills:
        price = max(1, limit - improvement)
        spent += cost_cash_micro(shares, price)
        paid += curve.fee_cash_micro(shares, price)
    assert paid <= curve.worst_fee_for_cash(spent)


def test_a_market_without_fees_reserves_none() -> None:
    free = FeeCurve()
    assert free.worst_fee_cash_micro(100 * MICRO, 5_000, buying=True) == 0
    assert free.worst_fee_for_cash(100 * MICRO) == 0


def test_each_token_has_its_complement_and_its_name() -> None:
    market = given_market()
    assert (market.other(YES), market.other(NO)) == (NO, YES)
    assert (market.outcome(YES), market.outcome(NO)) == ("YES", "NO")


@given(st.integers(0, PAYOUT_ONE_PPM))
def test_a_payout_vector_that_adds_up_to_a_dollar_is_one(yes_ppm: int) -> None:
    # req 1.19, 3.37
    payout = Payout(yes_ppm=yes_ppm, no_ppm=PAYOUT_ONE_PPM - yes_ppm)
    assert payout.yes_ppm + payout.no_ppm == PAYOUT_ONE_PPM


@pytest.mark.parametrize(
    ("yes_ppm", "no_ppm"), [(1, 1), (0, 0), (PAYOUT_ONE_PPM, PAYOUT_ONE_PPM), (-1, PAYOUT_ONE_PPM + 1), (PAYOUT_ONE_PPM + 1, -1)]
)
def test_no_other_payout_vector_can_be_made(yes_ppm: int, no_ppm: int) -> None:
    # trap T9: a resolution never pays out more or less than was paid in
    with pytest.raises(ValueError, match="add up to one dollar"):
        Payout(yes_ppm=yes_ppm, no_ppm=no_ppm)


@pytest.mark.data
def test_the_official_clients_fee_differs_by_no_more_than_its_rounding_to_five_decimals(data_dir: Path) -> None:
    # req 4.4
    vectors = json.loads((data_dir / "vectors" / "fee_adjusted_buy.json").read_text())["vectors"]
    for vector in vectors:
        curve = FeeCurve(rate_bps=int(Fraction(vector["fee_rate"]) * 10_000), exponent=int(vector["fee_exponent"]))
        price = int(Fraction(vector["price"]) * PRICE_ONE_PIPS)
        shares = shares_for_cash_micro(size_micro_from_text(vector["amount"]), price)
        told_micro = Fraction(vector["platform_fee"]) * MICRO
        fee = curve.fee_cash_micro(shares, price)
        # Up to a micro-share is lost where the amount does not buy whole ones, and the client's float is good to 10⁻⁹: less than a micro-dollar.
        assert -1 < fee - told_micro <= 10, vector
    assert vectors
