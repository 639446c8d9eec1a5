"""Reference prices: exact to 10^-9 dollar or rounded down, never a guess."""

from decimal import ROUND_DOWN, Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oms.values.reference import NANO, PRICE_NANO_MAX, PriceSource, Reference, ReferencePrice, ReferenceQuote, price_nano_from_text
from oms.values.units import BadNumber


@pytest.mark.parametrize(
    ("text", "nano"),
    [
        ("61685.99000000", 61_685_990_000_000),
        ("84.10758685598929", 84_107_586_855),
        ("0.00000001", 10),
        ("0.000000001", 1),
        ("2.616504", 2_616_504_000),
        ("110941", 110_941 * NANO),
        ("999999999.999999999", PRICE_NANO_MAX),
    ],
)
def test_a_price_is_exact_to_a_billionth_of_a_dollar_and_rounded_down_below(text: str, nano: int) -> None:  # req 2.18
    assert price_nano_from_text(text) == nano


@given(st.decimals(min_value="0.000000001", max_value="999999999", places=18))
def test_rounding_is_always_down_and_never_by_a_whole_unit(price: Decimal) -> None:
    nano = price_nano_from_text(format(price, "f"))
    assert nano == int((price * NANO).quantize(Decimal(1), rounding=ROUND_DOWN))


@pytest.mark.parametrize(
    "text", ["", ".", "5.", ".5", "-1", "+1", "1e5", "1_0", "NaN", "Infinity", "٣", " 1", "0", "0.0000000009", "1000000000", "1.2.3"]
)
def test_what_is_no_price_is_named(text: str) -> None:
    with pytest.raises(BadNumber, match="is not a plain decimal number from"):
        price_nano_from_text(text)


def test_prices_and_quotes_come_back_from_json_as_what_they_were() -> None:
    told: list[Reference] = [
        ReferencePrice(source=PriceSource.CHAINLINK, symbol="btc/usd", price_nano=PRICE_NANO_MAX, exact="1.5", exchange_ms=7, average_s=60),
        ReferenceQuote(source=PriceSource.BINANCE, symbol="btcusdt", bid_nano=1, ask_nano=2, update=400_900_217),
    ]
    assert msgspec.json.decode(msgspec.json.encode(told), type=list[Reference]) == told
