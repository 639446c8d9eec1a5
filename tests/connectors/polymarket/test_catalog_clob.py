"""The CLOB's own word on a market: of grid, minimum and fee it counts; where it contradicts Gamma the market is refused."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.polymarket.catalog import Listing, Unlisted, Why, listed
from connectors.polymarket.catalog_clob import agreed, long_listed
from connectors.polymarket.catalog_wire import page_of
from oms.values.market import FeeCurve
from oms.values.units import MICRO
from tests.connectors.polymarket.words_catalog import CONDITION, compact, gamma_row, recorded, v2_row
from tests.connectors.polymarket.words_signing import CTF_TOKEN, POSITION


def gamma(row: bytes) -> Listing:
    told = listed(row)
    assert isinstance(told, Listing)
    return told


def test_grid_minimum_fee_and_delays_of_now_are_the_clobs() -> None:
    told = agreed(gamma(v2_row()), compact(oas=3, gst="2026-10-05T23:00:00Z", mos=6))
    assert isinstance(told, Listing)
    assert (told.market.tick_pips, told.market.min_shares_micro, told.market.fee) == (10, 6 * MICRO, FeeCurve(rate_bps=500))
    assert (told.holds_takers, told.delay_s, told.clears_book_at_start) == (True, 3, True)
    assert told.game_start_ns == 1_791_241_200_000_000_000


def test_a_fee_that_is_told_ends_the_assumption_and_one_that_is_not_keeps_it() -> None:
    assumed = gamma(v2_row(feeSchedule=None))
    told = agreed(assumed, compact())
    assert isinstance(told, Listing)
    assert told.market.assumptions == ()
    silent = agreed(assumed, compact(fd=None))
    assert isinstance(silent, Listing)
    assert (silent.market.fee, len(silent.market.assumptions)) == (FeeCurve(rate_bps=700), 1)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"t": [{"t": POSITION}]}, Why.CONTRADICTION),
        ({"t": [{"t": POSITION}, {"t": "7"}]}, Why.CONTRADICTION),
        ({"c": "0x" + "11" * 32}, Why.CONTRADICTION),
        ({"v": "v1"}, Why.CONTRADICTION),
        ({"nr": True}, Why.CONTRADICTION),
        ({"ao": False}, Why.NOT_ACCEPTING),
        ({"ao": None}, Why.NOT_ACCEPTING),
        ({"mts": 0.02}, Why.UNKNOWN_TICK),
        ({"mos": None}, Why.BAD_MINIMUM),
        ({"fd": {"r": 0.07, "e": 4, "to": True}}, Why.UNKNOWN_FEE),
        ({"c": None}, Why.UNREADABLE),
        ({"mts": -1}, Why.UNREADABLE),
    ],
)
def test_a_contradiction_or_a_market_that_is_not_ready_is_refused_by_name(changes: dict[str, Any], reason: Why) -> None:
    told = agreed(gamma(v2_row()), compact(**changes))
    assert isinstance(told, Unlisted)
    assert told.why is reason


def test_a_version_that_the_clob_does_not_tell_contradicts_nothing() -> None:
    body = compact(c=CONDITION, v=None, t=[{"t": str(int(CTF_TOKEN) + 1)}, {"t": CTF_TOKEN}])
    told = agreed(gamma(gamma_row()), body)
    assert isinstance(told, Listing)
    assert (told.market.yes, told.market.generation) == (CTF_TOKEN, "v1")


@given(st.integers(0, 600))
def test_an_answer_cut_anywhere_is_unreadable(cut: int) -> None:
    body = compact()
    told = agreed(gamma(v2_row()), body[: min(cut, len(body) - 1)])
    assert isinstance(told, Unlisted)
    assert told.why is Why.UNREADABLE


def long_row(**changes: Any) -> bytes:  # noqa: ANN401 (JSON)
    row: dict[str, Any] = {"condition_id": CONDITION, "tokens": [{"token_id": CTF_TOKEN, "outcome": "A"}, {"token_id": "7", "outcome": "B"}]}
    row |= {"enable_order_book": True, "active": True, "closed": False, "archived": False, "accepting_orders": True, "neg_risk": False}
    row |= {"minimum_order_size": 5, "minimum_tick_size": 0.01, "question": "?", "rewards": {"rates": None, "min_size": 0, "max_spread": 0}}
    return json.dumps({**row, **changes}).encode()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"closed": True}, Why.NOT_OPEN),
        ({"archived": True}, Why.NOT_OPEN),
        ({"enable_order_book": None}, Why.NO_BOOK),
        ({"accepting_orders": False}, Why.NOT_ACCEPTING),
        ({"tokens": []}, Why.NOT_BINARY),
        ({"tokens": [{"token_id": "7"}, {"token_id": "7"}]}, Why.NOT_BINARY),
        ({"tokens": [{"token_id": ""}, {"token_id": "7"}]}, Why.WRONG_LEDGER),
        ({"condition_id": ""}, Why.NO_CONDITION),
        ({"minimum_tick_size": None}, Why.UNKNOWN_TICK),
        ({"condition_id": None}, Why.UNREADABLE),
    ],
)
def test_a_long_row_is_refused_by_name(changes: dict[str, Any], reason: Why) -> None:
    told = long_listed(long_row(**changes), assume_v1=True)
    assert isinstance(told, Unlisted)
    assert told.why is reason


def test_a_long_row_tells_no_generation_and_no_fee_so_both_are_assumptions() -> None:
    refused = long_listed(long_row())
    assert isinstance(refused, Unlisted)
    assert refused.why is Why.NO_VERSION
    told = long_listed(long_row(), assume_v1=True)
    assert isinstance(told, Listing)
    assert (told.market.fee, len(told.market.assumptions), told.outcomes) == (FeeCurve(rate_bps=700), 2, ("A", "B"))


@pytest.mark.data
def test_every_recorded_long_row_is_listed_or_refused_for_what_it_says(data_dir: Path) -> None:
    pages = ["polymarket-rest/clob_markets_page.json.gz", "polymarket-fixtures/nautilus/py-markets.json.gz"]
    reasons: Counter[str] = Counter()
    for page in pages:
        page_read = page_of(recorded(data_dir / page))
        assert page_read.rows
        assert page_read.next_cursor
        for row in page_read.rows:
            told, raw = long_listed(row, assume_v1=True), json.loads(row)
            is_open = raw["active"] and not raw["closed"] and not raw["archived"] and raw["enable_order_book"] and raw["accepting_orders"]
            assert isinstance(told, Listing) is bool(is_open), told
            reasons[told.why.name if isinstance(told, Unlisted) else "listed"] += 1
    assert reasons["NOT_OPEN"] > 0
    folder = data_dir / "polymarket-fixtures" / "nautilus"
    for name in ("rs-clob_market_closed_binary_accepting_false.json", "rs-clob_market_closed_binary_accepting_true.json"):
        closed = long_listed(recorded(folder / name), assume_v1=True)
        assert isinstance(closed, Unlisted)
        assert closed.why is Why.NOT_OPEN  # one of them still says accepting_orders: true
    trump = long_listed(recorded(folder / "py-market.json"), assume_v1=True)
    assert isinstance(trump, Listing)
    assert (trump.market.neg_risk, trump.market.tick_pips, trump.rewards is not None) == (True, 10, True)
