"""The Data API: what wallets hold, did and are worth, by v1 and v2, from the exchange's own books."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from oms.values.market import Market, Payout
from sim.gateway.data_api import DataApi
from sim.gateway.ids import checksummed
from sim.gateway.records import Terms
from sim.gateway.wire import Asked, WireError
from tests.sim.gateway.words_streams import FEE, Venue
from tests.words import NOON_NS

ALICE, BOB = "0x" + "a" * 40, "0x" + "b" * 40
SETTLED_MS = 10_000


class Office:
    """A venue with two wallets, and its Data API."""

    def __init__(self, **settings: Any) -> None:  # noqa: ANN401
        self.venue = Venue(ALICE, BOB, **settings)
        self.api = DataApi(self.venue.catalogue)
        self.market: Market = self.venue.lists("Will it rain?", Terms(outcomes=("Wet", "Dry")), fee=FEE)

    def asks(self, path: str, **query: str) -> Any:  # noqa: ANN401
        (route,) = [route for route in self.api.routes() if route.path == path]
        return json.loads(msgspec.json.encode(route.endpoint(Asked(method="GET", path=path, query=query))))

    def rows(self, path: str, **query: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.asks(path, **query)["data"]
        return rows

    def mints(self, price: int = 6_000, shares: float = 10) -> None:
        """Alice rests BUY NO at 1 − price, Bob takes with BUY YES."""
        self.venue.sends(ALICE, self.market, "BUY NO", 10_000 - price, shares)
        self.venue.sends(BOB, self.market, "BUY YES", price, shares)


@pytest.fixture
def office() -> Office:
    return Office()


def test_a_position_is_what_the_exchange_holds_at_what_it_cost(office: Office) -> None:
    office.mints()
    office.venue.passes(SETTLED_MS)
    (row,) = office.rows("/v2/positions", user=BOB)
    wanted = {
        "proxy_wallet": checksummed(BOB), "token_id": office.market.yes, "condition_id": office.market.market_id,
        "current_size": 10, "avg_price": 0.6, "entry_cost_usdc": 6,
        "entry_fees_usdc": 0.168, "total_cost_usdc": 6.168, "total_size": 10, "current_price": 0.6, "current_value": 6,
        "unrealized_pnl": 0, "realized_pnl": 0, "status": "OPEN", "redeemable": False, "mergeable": False, "negative_risk": False,
        "title": "Will it rain?", "slug": "will-it-rain", "outcome": "Wet", "outcome_index": 0, "opposite_outcome": "Dry",
        "opposite_token_id": office.market.no, "first_entry_at": NOON_NS // 10**9,
    }  # fmt: skip
    assert {name: row[name] for name in wanted} == wanted


def test_shares_count_from_the_match_on_and_not_after_a_failure() -> None:
    office = Office(failed_ppm=1_000_000)
    office.mints()
    (row,) = office.rows("/v2/positions", user=BOB)
    assert (row["current_size"], row["entry_cost_usdc"]) == (10, 6)
    office.venue.passes(SETTLED_MS)
    assert office.rows("/v2/positions", user=BOB) == []
    assert office.rows("/v2/trades", user=BOB) == []


def test_selling_realises_by_average_cost(office: Office) -> None:
    office.mints(6_000)
    office.mints(4_000)
    office.venue.passes(SETTLED_MS)
    office.venue.sends(ALICE, office.market, "BUY YES", 7_000, 5)
    office.venue.sends(BOB, office.market, "SELL YES", 7_000, 5)
    (row,) = office.rows("/v2/positions", user=BOB)
    assert (row["current_size"], row["entry_cost_usdc"], row["avg_price"], row["total_size"]) == (15, 7.5, 0.5, 20)
    assert row["realized_pnl"] == pytest.approx(3.5 - 2.5 - 5 * 0.07 * 0.7 * 0.3)


def test_a_position_that_is_over_is_closed_with_what_it_made(office: Office) -> None:
    office.mints()
    office.venue.host.resolve(office.market.market_id, Payout(yes_ppm=1_000_000, no_ppm=0))
    assert office.rows("/v2/positions", user=BOB) == office.rows("/v2/positions", user=BOB, status="REDEEMABLE") == []
    (row,) = office.rows("/v2/positions", user=BOB, status="CLOSED")
    assert (row["status"], row["current_size"], row["total_size"], row["realized_pnl"], row["current_price"]) == ("CLOSED", 0, 10, 4, 1)
    (lost,) = office.rows("/v2/positions", user=ALICE, status="CLOSED")
    assert lost["realized_pnl"] == -4


def test_both_tokens_held_can_be_merged(office: Office) -> None:
    office.venue.splits(BOB, office.market, 7)
    rows = office.rows("/v2/positions", user=BOB, status="MERGEABLE")
    assert [(row["outcome"], row["current_size"], row["entry_cost_usdc"], row["mergeable"]) for row in rows] == [
        ("Wet", 7, 3.5, True), ("Dry", 7, 3.5, True),
    ]  # fmt: skip
    office.mints()
    assert office.rows("/v2/positions", user=ALICE, status="MERGEABLE") == []


def test_dust_is_hidden_unless_asked_for(office: Office) -> None:
    office.venue.splits(BOB, office.market, 0.05)
    assert office.rows("/v2/positions", user=BOB) == []
    assert len(office.rows("/v2/positions", user=BOB, filter_type="TOKENS", filter_amount="0.05")) == 2
    assert office.rows("/v2/positions", user=BOB, filter_type="CASH", filter_amount="0.03") == []
    assert len(office.rows("/v2/positions", user=BOB, filter_type="CASH", filter_amount="0.025")) == 2


def test_trades_are_shown_when_they_are_mined_the_takers_only_unless_asked(office: Office) -> None:
    office.mints()
    assert office.rows("/v2/trades") == []
    office.venue.passes(SETTLED_MS)
    (taken,) = office.rows("/v2/trades")
    assert (taken["proxy_wallet"], taken["side"], taken["size"], taken["price"], taken["outcome"]) == (checksummed(BOB), "BUY", 10, 0.6, "Wet")
    assert len(taken["transaction_hash"]) == 66
    assert office.rows("/v2/trades", user=ALICE) == []
    (made,) = office.rows("/v2/trades", user=ALICE, taker_only="false")
    assert (made["token_id"], made["price"], made["transaction_hash"]) == (office.market.no, 0.4, taken["transaction_hash"])
    assert len(office.rows("/v2/trades", taker_only="false")) == 2
    assert office.rows("/v2/trades", side="SELL") == office.rows("/v2/trades", start=str(NOON_NS // 10**9 + 1)) == []


def test_a_taker_of_several_makers_has_one_row(office: Office) -> None:
    for wallet in (ALICE, BOB):
        office.venue.sends(wallet, office.market, "BUY NO", 4_000, 5)
    office.venue.sends(BOB, office.market, "BUY YES", 6_000, 10)
    office.venue.passes(SETTLED_MS)
    assert [row["size"] for row in office.rows("/v2/trades", user=BOB)] == [10]
    assert [row["size"] for row in office.rows("/v2/trades", user=BOB, taker_only="false")] == [10, 5]


def test_activity_has_both_sides_with_the_fee_in_the_cash(office: Office) -> None:
    office.mints()
    office.venue.passes(SETTLED_MS)
    (bob,), (alice,) = office.rows("/v2/activity", user=BOB), office.rows("/v2/activity", user=ALICE)
    assert (bob["type"], bob["usdc_size"], alice["usdc_size"]) == ("TRADE", 6.168, 4)
    assert office.rows("/v2/activity", user=BOB, type="SPLIT,MERGE") == []
    office.mints(5_000)
    office.venue.passes(SETTLED_MS)
    assert [row["price"] for row in office.rows("/v2/activity", user=BOB)] == [0.5, 0.6]
    assert [row["price"] for row in office.rows("/v2/activity", user=BOB, sort_direction="ASC")] == [0.6, 0.5]


def test_value_holders_and_open_interest_come_from_the_books(office: Office) -> None:
    office.mints()
    assert office.asks("/v2/value", user=BOB)["data"] == {"proxy_wallet": checksummed(BOB), "value": 6}
    assert office.asks("/value", user=BOB) == [{"user": checksummed(BOB), "value": 6}]
    yes, no = office.rows("/v2/holders", condition_id=office.market.market_id)
    assert [(holder["proxy_wallet"], holder["amount"], holder["outcome_index"]) for holder in yes["holders"]] == [(checksummed(BOB), 10, 0)]
    assert [holder["proxy_wallet"] for holder in no["holders"]] == [checksummed(ALICE)]
    assert office.asks("/v2/oi")["data"] == [{"condition_id": "GLOBAL", "value": 10}]
    assert office.asks("/v2/oi", condition_id=office.market.market_id)["data"] == [{"condition_id": office.market.market_id, "value": 10}]


def test_a_resolution_is_told_from_the_end_of_trading_on(office: Office) -> None:
    query = {"condition": office.market.market_id}
    assert office.rows("/v2/resolutions", **query) == []
    office.venue.host.close(office.market.market_id)
    (row,) = office.rows("/v2/resolutions", **query)
    assert (row["status"], row["proposed_price"], "payouts" in row) == ("proposed", "69", False)
    office.venue.host.resolve(office.market.market_id, Payout(yes_ppm=500_000, no_ppm=500_000))
    (row,) = office.rows("/v2/resolutions", **query)
    assert (row["status"], row["payouts"], row["price"]) == ("resolved", [500_000, 500_000], "0.5")


def test_v1_says_the_same_in_its_own_words(office: Office) -> None:
    office.mints()
    office.venue.passes(SETTLED_MS)
    (position,), (trade,), (activity,) = (office.asks(path, user=BOB) for path in ("/positions", "/trades", "/activity"))
    assert (position["proxyWallet"], position["asset"], position["size"], position["avgPrice"]) == (checksummed(BOB), office.market.yes, 10, 0.6)
    assert (trade["transactionHash"], activity["usdcSize"]) == (office.rows("/v2/trades")[0]["transaction_hash"], 6.168)
    assert office.asks("/trades", user=BOB, offset="1") == []


@pytest.mark.data
def test_v1_has_the_keys_of_the_recorded_answers(data_dir: Path, office: Office) -> None:
    office.mints()
    office.venue.passes(SETTLED_MS)
    folder = data_dir / "polymarket-fixtures" / "nautilus"
    positions, trades = (json.loads((folder / f"rs-data_api_{name}_response.json").read_bytes()) for name in ("positions", "trades"))
    assert office.asks("/positions", user=BOB)[0].keys() == positions[0].keys()
    assert positions[0].keys() > {"proxyWallet"}
    assert trades[0].keys() <= office.asks("/trades", user=BOB)[0].keys()


def test_pages_of_v2_follow_by_cursor(office: Office) -> None:
    for _ in range(3):
        office.mints()
    office.venue.passes(SETTLED_MS)
    first = office.asks("/v2/trades", limit="2")
    assert (first["pagination"]["has_more"], len(first["data"])) == (True, 2)
    second = office.asks("/v2/trades", limit="2", cursor=first["pagination"]["next_cursor"])
    assert (second["pagination"]["has_more"], second["pagination"]["next_cursor"], len(second["data"])) == (False, None, 1)


@pytest.mark.parametrize(
    ("path", "query", "parameter"),
    [
        ("/v2/positions", {}, "user"), ("/v2/positions", {"user": "bob"}, "user"), ("/v2/positions", {"user": BOB, "status": "LOST"}, "status"),
        ("/v2/trades", {"offset": "0"}, "offset"), ("/v2/trades", {"cursor": "x"}, "cursor"), ("/v2/trades", {"side": "HOLD"}, "side"),
        ("/v2/trades", {"condition_id": "0x" + "1" * 62}, "condition"), ("/v2/oi", {"condition": "1"}, "condition"),
        ("/v2/holders", {}, "condition"), ("/v2/resolutions", {}, "condition"),
        ("/v2/positions", {"user": BOB, "filter_type": "GOLD"}, "filter_type"),
        ("/v2/positions", {"user": BOB, "filter_amount": "-1"}, "filter_amount"), ("/trades", {"limit": "x"}, "limit"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused_with_its_name(office: Office, path: str, query: dict[str, str], parameter: str) -> None:
    with pytest.raises(WireError, match=f"{parameter} is invalid") as refused:
        office.asks(path, **query)
    assert refused.value.status == 400


def test_a_wallet_that_was_never_seen_has_nothing(office: Office) -> None:
    nobody = "0x" + "c" * 40
    assert office.rows("/v2/positions", user=nobody) == office.rows("/v2/activity", user=nobody) == []
    assert office.asks("/v2/value", user=nobody)["data"]["value"] == 0
