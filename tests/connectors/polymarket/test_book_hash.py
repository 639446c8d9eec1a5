"""The venue's book hash from our integers: every recorded vector, every step of every recorded chain."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.polymarket.book_hash import _level_text, _LevelTexts, digest
from oms.values.levels import HashContext, Level
from oms.values.orders import Side
from oms.values.units import micro_text, price_pips_from_text, price_text, size_micro_from_text

Books = dict[Side, dict[int, int]]


def context_of(told: dict[str, Any], recipe: str) -> HashContext:
    return HashContext(
        recipe=recipe,
        market=told["market"],
        min_order_size=told.get("min_order_size", ""),
        tick_size=told.get("tick_size", ""),
        neg_risk=told.get("neg_risk", False),
        last_trade_price=told.get("last_trade_price", ""),
    )


def levels_of(rungs: list[dict[str, str]]) -> dict[int, int]:
    return {price_pips_from_text(rung["price"]): size_micro_from_text(rung["size"]) for rung in rungs}


def hash_of(told: dict[str, Any], recipe: str, books: Books, timestamp: str) -> str:
    """Bids ascending and asks descending, as the contract of BookDigest says."""
    bids: list[Level] = sorted(books[Side.BUY].items())
    asks: list[Level] = sorted(books[Side.SELL].items(), reverse=True)
    return digest(context_of(told, recipe), told["asset_id"], int(timestamp) * 1_000_000, bids, asks)


@pytest.mark.data
def test_every_recorded_hash_is_recomputed_from_integers(data_dir: Path) -> None:  # req 2.37
    vectors = json.loads((data_dir / "vectors" / "orderbook_hash.json").read_bytes())["vectors"]
    assert vectors
    for vector in vectors:
        told = vector["input"]
        books = {Side.BUY: levels_of(told["bids"]), Side.SELL: levels_of(told["asks"])}
        assert hash_of(told, vector["scheme"], books, told["timestamp"]) == vector["expected"], vector["origin"]


@pytest.mark.data
def test_every_step_of_every_recorded_chain_gives_hash_and_best_prices(data_dir: Path) -> None:  # req 2.9, 2.17
    chains = json.loads((data_dir / "vectors" / "price_change_chains.json").read_bytes())["chains"]
    assert chains
    for chain in chains:
        told = chain["start"]
        books = {Side.BUY: levels_of(told["bids"]), Side.SELL: levels_of(told["asks"])}
        assert hash_of(told, "C-2026-04", books, told["timestamp"]) == told["hash"]
        for step in chain["steps"]:
            change, expected = step["change"], step["expected"]
            side = books[Side(change["side"])]
            side[price_pips_from_text(change["price"])] = size_micro_from_text(change["size"])
            side = {price: size for price, size in side.items() if size}
            books[Side(change["side"])] = side
            assert price_text(max(books[Side.BUY], default=0)) == expected["best_bid"]
            assert price_text(min(books[Side.SELL], default=10_000)) == expected["best_ask"]
            if step["hash_recomputed_equal"]:
                assert hash_of(told, "C-2026-04", books, step["timestamp"]) == expected["hash"]


def test_the_example_of_the_reference_is_recomputed_with_its_last_price() -> None:
    context = HashContext(
        recipe="C-2026-04",
        market="0x5f65177b394277fd294cd75650044e32ba009a95022d88a0c1d565897d72f8f1",
        min_order_size="5",
        tick_size="0.01",
        last_trade_price="0.500",
    )
    asset_id = "71321045679252212594626385532706912750332728571942532289631379312455583992563"
    bids, asks = [(4_800, 30_000_000), (4_900, 100_000_000)], [(6_000, 10_000_000), (5_100, 100_000_000)]
    assert digest(context, asset_id, 1_700_000_000_000_000_000, bids, asks) == "6bfc7fea09e9484b31a986cca4350452a9222c81"


def test_an_unknown_recipe_is_a_named_error() -> None:
    with pytest.raises(ValueError, match="no recipe 'D-2027'"):
        digest(HashContext(recipe="D-2027", market="0x"), "1", 0, [], [])


@given(st.integers(1, 9_999), st.integers(0, 10**18))
@settings(max_examples=300)
def test_the_quick_text_of_a_level_is_the_shortest_decimal_text(price_pips: int, size_micro: int) -> None:
    assert _level_text((price_pips, size_micro)) == f'{{"price":"{price_text(price_pips)}","size":"{micro_text(size_micro)}"}}'


def test_the_kept_level_texts_are_bounded() -> None:
    texts = _LevelTexts()
    for size in range(20_000):
        assert f'"{size}"' in texts[(1, size * 1_000_000)]
        assert len(texts) <= 16_384
