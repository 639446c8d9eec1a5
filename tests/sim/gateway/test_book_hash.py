"""The twin's book hash: every recorded hash of today's field set, the vectors of the official client, and the connector's own recipe."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.polymarket.book_hash import RECIPE_2026_04, digest
from oms.values.events import BookReset
from oms.values.levels import HashContext
from oms.values.market import Market
from oms.values.units import MICRO
from sim.gateway.book_hash import Rung, WireBook, WireBookV2, book_hash, last_price_text, rungs, signed_book

YES, NO = "71321045679252212594626385532706912750332728571942532289631379312455583992563", "5211"
GENERATIONS = st.sampled_from(["v1", "v2"])


def market(generation: str = "v1", tick_pips: int = 100, *, neg_risk: bool = False) -> Market:
    return Market(market_id="0x5f65", title="t", yes=YES, no=NO, tick_pips=tick_pips, neg_risk=neg_risk, generation=generation)


def rung_list(pairs: list[tuple[str, str]]) -> list[Rung]:
    return [Rung(price, size) for price, size in pairs]


@pytest.mark.data
def test_every_recorded_hash_of_todays_field_set_is_computed(data_dir: Path) -> None:  # req 2.37
    vectors = json.loads((data_dir / "vectors" / "orderbook_hash.json").read_bytes())["vectors"]
    todays = [vector for vector in vectors if vector["scheme"] == RECIPE_2026_04]
    assert todays
    for vector in todays:
        told = dict(vector["input"])
        for side in ("bids", "asks"):
            told[side] = [Rung(level["price"], level["size"]) for level in told[side]]
        assert book_hash(WireBook(**{"hash": "", **told})) == vector["expected"], vector["origin"]


def test_the_hash_is_that_of_the_official_client() -> None:
    bids, asks = rung_list([("0.3", "100"), ("0.4", "100")]), rung_list([("0.6", "100"), ("0.7", "100")])
    book = WireBook("0xaabbcc", "100", "123456789", "", bids, asks, "100", "0.01", neg_risk=False, last_trade_price="0.5")
    assert book_hash(book) == "0458ea5755c9f73d64a14636fa5c36ed460ec394"
    empty = WireBook("0xaabbcc", "100", "", "", [], [], "100", "0.01", neg_risk=False, last_trade_price="0.5")
    assert book_hash(empty) == "74c6a7c81c1d572f1c877b7d3e25b80c336d8a6e"


def test_a_book_that_carries_its_hash_has_the_same_hash() -> None:
    full_market = "0x5f65177b394277fd294cd75650044e32ba009a95022d88a0c1d565897d72f8f1"
    told = "6bfc7fea09e9484b31a986cca4350452a9222c81"
    bids, asks = rung_list([("0.48", "30"), ("0.49", "100")]), rung_list([("0.6", "10"), ("0.51", "100")])
    assert book_hash(WireBook(full_market, YES, "1700000000000", told, bids, asks, "5", "0.01", neg_risk=False, last_trade_price="0.500")) == told


def test_the_version_of_a_v2_book_is_told_and_not_hashed() -> None:
    empty = BookReset(token=YES, bids=(), asks=(), exchange_ns=0)
    first, second = signed_book(market("v1"), empty, None), signed_book(market("v2"), empty, None)
    assert not isinstance(first, WireBookV2)
    assert isinstance(second, WireBookV2)
    assert second.version == "v2"
    assert first.hash == second.hash


@pytest.mark.parametrize(("pips", "text"), [(None, ""), (5_000, "0.500"), (20, "0.002"), (100, "0.010"), (4_975, "0.4975"), (9_999, "0.9999")])
def test_the_last_trade_price_has_three_decimals_or_four(pips: int | None, text: str) -> None:
    assert last_price_text(pips) == text


levels = st.dictionaries(st.integers(1, 9_999), st.integers(1, 10**9 * MICRO), max_size=30)


@given(levels, levels, st.builds(market, GENERATIONS, neg_risk=st.booleans()), st.none() | st.integers(1, 9_999), st.integers(0, 4 * 10**18))
def test_twin_and_connector_agree_on_any_book(  # decision 0005: two writers, one referee
    bids: dict[int, int], asks: dict[int, int], listed: Market, last: int | None, at_ns: int
) -> None:
    told = BookReset(token=NO, bids=tuple(bids.items()), asks=tuple(asks.items()), exchange_ns=at_ns)
    book = signed_book(listed, told, last)
    context = HashContext(
        recipe=RECIPE_2026_04, market="0x5f65", min_order_size="5", tick_size="0.01", neg_risk=listed.neg_risk, last_trade_price=last_price_text(last)
    )
    assert book.hash == digest(context, NO, at_ns, sorted(bids.items()), sorted(asks.items(), reverse=True))
    assert list(book.bids) == rungs(sorted(bids.items()))
    assert list(book.asks) == rungs(sorted(asks.items(), reverse=True))
