"""Orders that take: the price by walking a book and the cash after fees, against the official clients and what must hold for any book."""

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.polymarket.market_orders import affordable_cash_micro, walked_price
from oms.values.levels import Level
from oms.values.market import FeeCurve
from oms.values.orders import Side
from oms.values.units import MICRO, price_pips_from_text, size_micro_from_text
from tests.connectors.polymarket.words_signing import vectors


@pytest.mark.data
def test_the_price_of_a_market_order_is_the_official_clients(data_dir: Path) -> None:  # req 2.29
    rows = vectors(data_dir, "market_price.json")["vectors"]
    assert rows
    for row in rows:
        best_first = [(price_pips_from_text(level["price"]), size_micro_from_text(level["size"])) for level in reversed(row["levels"])]
        found = walked_price(best_first, Side(row["side"]), size_micro_from_text(row["amount"]), is_whole=row["order_type"] == "FOK")
        told = row["expected"].get("price")
        assert found == (None if told is None else price_pips_from_text(told)), row


@pytest.mark.data
def test_the_cash_after_fees_is_the_official_clients_less_our_rounding_up(data_dir: Path) -> None:
    rows = vectors(data_dir, "fee_adjusted_buy.json")["vectors"]
    assert rows
    for row in rows:
        fee = FeeCurve(rate_bps=int(Decimal(row["fee_rate"]) * 10_000), exponent=int(row["fee_exponent"]))
        cash, balance = size_micro_from_text(row["amount"]), int(Decimal(row["balance"]) * MICRO)
        builder_bps = int(Decimal(row["builder_taker_fee_rate"]) * 10_000)
        found = affordable_cash_micro(cash, balance, price_pips_from_text(row["price"]), fee, builder_bps)
        told = Decimal(row["expected"]) * MICRO
        assert Decimal("-0.001") < told - found < 12, row  # their floats; our fee step of 10, and a micro-dollar for each of two roundings


BOOKS = st.lists(st.tuples(st.integers(1, 9_999), st.integers(1, 10**9)), max_size=8, unique_by=lambda level: level[0])


def bought(levels: list[Level], limit: int, side: Side) -> int:
    """What the levels no worse than the limit give: cash spent by a BUY, shares sold by a SELL, in 10⁻⁶ × 10⁴."""
    if side is Side.BUY:
        return sum(price * shares for price, shares in levels if price <= limit)
    return sum(10_000 * shares for price, shares in levels if price >= limit)


@given(BOOKS, st.sampled_from(Side), st.integers(1, 10**10), st.booleans())
def test_the_price_fills_the_order_and_no_better_one_does(levels: list[Level], side: Side, micro: int, is_whole: bool) -> None:  # noqa: FBT001
    best_first = sorted(levels, reverse=side is Side.SELL)
    found = walked_price(best_first, side, micro, is_whole=is_whole)
    whole = bought(levels, 9_999 if side is Side.BUY else 1, side)
    if whole < micro * 10_000:
        assert found == (None if is_whole or not levels else best_first[-1][0])
        return
    assert found is not None
    assert bought(levels, found, side) >= micro * 10_000
    assert bought(levels, found - 1 if side is Side.BUY else found + 1, side) < micro * 10_000


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.integers(1, 9_999), st.integers(0, 700), st.sampled_from([1, 2]), st.integers(0, 100))
def test_what_is_spent_and_its_fees_never_exceed_the_balance(cash: int, balance: int, price: int, rate: int, exponent: int, builder: int) -> None:
    fee = FeeCurve(rate_bps=rate, exponent=exponent)
    found = affordable_cash_micro(cash, balance, price, fee, builder)
    assert 0 <= found <= cash
    if found:
        assert found + fee.fee_cash_micro(found * 10_000 // price, price) + found * builder // 10_000 <= balance
