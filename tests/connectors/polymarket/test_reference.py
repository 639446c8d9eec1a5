"""By whose word a market is resolved, from its link or its prose."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.polymarket.reference import Reference, Source, reference_in

CHAINLINK = "This market resolves by Chainlink, specifically the BTC/USD data stream at https://data.chain.link/streams/btc-usd."
BINANCE = 'any Binance 1 minute candle, specifically BTC/USDT "High" prices at https://www.binance.com/en/trade/BTC_USDT, with "1m"'


@pytest.mark.parametrize(
    ("field", "text", "told"),
    [
        ("https://data.chain.link/streams/btc-usd", "", Reference(source=Source.CHAINLINK, symbol="btc/usd")),
        ("", CHAINLINK, Reference(source=Source.CHAINLINK, symbol="btc/usd")),
        ("", BINANCE, Reference(source=Source.BINANCE, symbol="btcusdt")),
        ("https://data.chain.link/streams/eth-usd", BINANCE, Reference(source=Source.CHAINLINK, symbol="eth/usd")),
        ("", CHAINLINK + BINANCE, Reference(source=Source.UNKNOWN)),
        ("", CHAINLINK + CHAINLINK, Reference(source=Source.CHAINLINK, symbol="btc/usd")),
        ("", CHAINLINK + " The price is a 60-second TWAP.", Reference(source=Source.CHAINLINK, symbol="btc/usd", average_s=60)),
        ("", CHAINLINK + " A 30 second time-weighted average price.", Reference(source=Source.CHAINLINK, symbol="btc/usd", average_s=30)),
        ("https://www.nba.com/games", "If the Lakers win.", Reference(source=Source.UMA)),
    ],
)
def test_the_link_wins_over_the_prose_and_two_sources_are_none(field: str, text: str, told: Reference) -> None:
    assert reference_in(field, text, has_uma_bond=True) == told


def test_without_a_price_and_without_a_bond_nobody_is_named() -> None:
    assert reference_in("", "Somebody decides.") == Reference(source=Source.UNKNOWN)


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_text_names_one_source(field: str, text: str) -> None:
    assert reference_in(field, text).source in Source
