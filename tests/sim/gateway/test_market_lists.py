import gzip
import json
from pathlib import Path

import pytest

from oms.values.market import FeeCurve, Payout
from oms.values.units import NS_PER_MS, NS_PER_SECOND
from sim.gateway.records import Terms
from tests.sim.gateway.words_gateway import Site
from tests.words import NOON_NS


def test_the_compact_object_has_all_trading_parameters() -> None:  # polymarket.md §5.1
    site = Site()
    market = site.lists(generation="v2", fee=FeeCurve(rate_bps=700), terms=Terms(outcomes=("Up", "Down"), listed_ns=NOON_NS))
    assert site.asks("GET", f"/clob-markets/{market.market_id}") == (
        200,
        {
            "t": [{"t": market.yes, "o": "Up"}, {"t": market.no, "o": "Down"}], "c": market.market_id, "mos": 5, "mts": 0.01,
            "mbf": 1000, "tbf": 1000, "ao": True, "cbos": False, "aot": "2025-06-15T15:06:40Z", "itode": False,
            "fd": {"r": 0.07, "e": 1, "to": True}, "v": "v2",
        },
    )  # fmt: skip


def test_a_plain_market_of_the_first_ledger_says_nothing_it_need_not() -> None:
    site = Site()
    told = site.asks("GET", f"/clob-markets/{site.lists().market_id}")[1]
    assert not {"fd", "nr", "oas", "v"} & told.keys()
    assert site.asks("GET", f"/clob-markets/{site.lists('leg', neg_risk=True).market_id}")[1]["nr"] is True


def test_holds_are_told_by_their_kind() -> None:
    site = Site()
    sports = site.lists("sports", Terms(hold_ns=3 * NS_PER_SECOND))
    crypto = site.lists("crypto", Terms(hold_ns=50 * NS_PER_MS, hold_keeps_reply=True))
    told = [site.asks("GET", f"/clob-markets/{market.market_id}")[1] for market in (sports, crypto)]
    assert [(one["itode"], one.get("oas")) for one in told] == [(False, 3), (True, None)]
    whole = site.asks("GET", f"/markets/{sports.market_id}")[1]
    assert whole["seconds_delay"] == 3


def test_a_token_leads_to_its_market() -> None:
    site = Site()
    market = site.lists()
    for token in (market.yes, market.no):
        told = {"condition_id": market.market_id, "primary_token_id": market.yes, "secondary_token_id": market.no}
        assert site.asks("GET", f"/markets-by-token/{token}") == (200, told)
    assert site.asks("GET", "/markets-by-token/17") == (404, {"error": "market not found"})


def test_only_conditions_of_64_digits_are_known() -> None:
    site = Site()
    market = site.lists(generation="v2")
    for path in ("clob-markets", "markets"):
        assert site.asks("GET", f"/{path}/{market.market_id.upper().replace('X', 'x')}")[0] == 200
        assert site.asks("GET", f"/{path}/{market.market_id[:64]}") == (404, {"error": "market not found"})


def test_a_closed_market_takes_nothing_and_a_resolved_one_names_its_winner() -> None:
    site = Site()
    first, second = site.lists("a", end_ns=NOON_NS + 10 * NS_PER_SECOND), site.lists("b")
    site.passes(10)
    site.host.resolve(second.market_id, Payout(yes_ppm=0, no_ppm=1_000_000))
    rows = {row["condition_id"]: row for row in site.asks("GET", "/markets")[1]["data"]}
    closed, resolved = rows[first.market_id], rows[second.market_id]
    assert (closed["closed"], closed["accepting_orders"], closed["enable_order_book"], closed["end_date_iso"]) == (
        True, False, True, "2025-06-15T15:06:50Z",
    )  # fmt: skip
    assert [(token["price"], token["winner"]) for token in resolved["tokens"]] == [(0, False), (1, True)]
    assert site.asks("GET", "/sampling-markets")[1]["count"] == 0
    assert site.asks("GET", f"/clob-markets/{first.market_id}")[1]["ao"] is False


def test_a_voided_market_was_half_and_half() -> None:
    site = Site()
    market = site.lists()
    site.host.void(market.market_id)
    told = site.asks("GET", f"/markets/{market.market_id}")[1]
    assert (told["is_50_50_outcome"], [token["price"] for token in told["tokens"]]) == (True, [0.5, 0.5])


def test_pages_of_markets_come_whole_or_simplified() -> None:
    site = Site()
    market = site.lists()
    for path in ("/simplified-markets", "/sampling-simplified-markets"):
        row = site.asks("GET", path, next_cursor="MA==")[1]["data"][0]
        assert (row["condition_id"], row["accepting_orders"], "question" in row) == (market.market_id, True, False)
    assert site.asks("GET", "/markets", next_cursor="x")[0] == 400
    assert site.asks("GET", "/fees/builder-fees/0x17") == (200, {"builder_maker_fee_rate_bps": 0, "builder_taker_fee_rate_bps": 0})


@pytest.mark.data
def test_a_market_has_the_fields_of_recorded_ones(data_dir: Path) -> None:
    page = json.loads(gzip.decompress((data_dir / "polymarket-rest" / "clob_markets_page.json.gz").read_bytes()))
    site = Site()
    told = site.asks("GET", f"/markets/{site.lists().market_id}")[1]
    recorded = page["data"][0]
    assert recorded.keys() <= told.keys()
    assert recorded["tokens"][0].keys() == told["tokens"][0].keys()
