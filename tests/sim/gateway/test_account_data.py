import json
from pathlib import Path

import pytest

from connectors.polymarket.signing import SignatureType
from oms.values.market import Market
from oms.values.units import MICRO, NS_PER_SECOND
from sim.gateway.typed_data import EXCHANGE_V2, EXCHANGE_V3, NEG_RISK_V2
from tests.sim.gateway.words_gateway import Site, User

TEN = 10 * MICRO
UNLIMITED = str((1 << 256) - 1)


def given_trade(generation: str = "v1") -> tuple[User, User, Market, str]:
    """Bob bought NO against Alice's bid for YES: a MINT. Returns also its trade id."""
    site = Site()
    market = site.lists(generation=generation)
    alice, bob = User(site, "1"), User(site, "2")
    alice.rests(market, "BUY YES", 4_000, 2 * TEN)
    told = bob.sends(market, "BUY NO", 6_000, TEN)[1]
    return alice, bob, market, told["tradeIDs"][0]


def test_an_order_is_shown_with_all_its_fields_as_texts() -> None:
    alice, _, market, trade_id = given_trade()
    _, page = alice.reads("/data/orders")
    assert (page["limit"], page["count"], page["next_cursor"]) == (100, 1, "LTE=")
    row = page["data"][0]
    assert row == {
        "id": row["id"], "status": "LIVE", "owner": alice.credentials.api_key, "maker_address": alice.key.address, "market": market.market_id,
        "asset_id": market.yes, "side": "BUY", "original_size": "20", "size_matched": "10", "price": "0.4", "outcome": "Yes", "expiration": "0",
        "order_type": "GTC", "associate_trades": [trade_id], "created_at": alice.now_s,
    }  # fmt: skip
    assert alice.reads(f"/data/order/{row['id']}") == (200, row)


def test_open_orders_are_filtered_and_ended_ones_are_found_by_id_only() -> None:
    alice, bob, market, _ = given_trade()
    other = alice.site.lists("Will that?")
    first = alice.reads("/data/orders")[1]["data"][0]["id"]
    second = alice.rests(other, "BUY NO", 100, TEN)
    for query, wanted in (
        ({}, [first, second]),
        ({"market": other.market_id}, [second]),
        ({"asset_id": market.yes}, [first]),
        ({"asset_id": "1"}, []),
    ):
        assert [row["id"] for row in alice.reads("/data/orders", **query)[1]["data"]] == wanted
    alice.asks("DELETE", "/cancel-all")
    assert alice.reads("/data/orders")[1]["data"] == []
    assert alice.reads("/data/orders", id=first)[1]["data"][0]["status"] == "CANCELED"
    assert bob.reads("/data/orders", id=first)[1]["data"] == []
    assert bob.reads(f"/data/order/{first}") == (404, {"error": "order not found"})


def test_a_trade_is_the_takers_on_top_and_the_makers_below() -> None:
    alice, bob, market, trade_id = given_trade()
    rows = {user.account: user.reads("/data/trades")[1]["data"] for user in (alice, bob)}
    mine, theirs = rows[bob.account][0], rows[alice.account][0]
    assert (mine["id"], mine["trader_side"], theirs["trader_side"]) == (trade_id, "TAKER", "MAKER")
    assert (mine["asset_id"], mine["side"], mine["price"], mine["size"], mine["outcome"]) == (market.no, "BUY", "0.6", "10", "No")
    assert (mine["owner"], mine["maker_address"]) == (bob.credentials.api_key, bob.key.address)
    maker = theirs["maker_orders"][0]
    assert (maker["owner"], maker["asset_id"], maker["side"], maker["price"], maker["matched_amount"]) == (
        alice.credentials.api_key, market.yes, "BUY", "0.4", "10",
    )  # fmt: skip


def test_a_trades_status_follows_its_settlement() -> None:
    _, bob, _, trade_id = given_trade()

    def told() -> tuple[str, bool]:
        row = bob.reads("/data/trades", id=trade_id)[1]["data"][0]
        return row["status"], bool(row["transaction_hash"])

    assert told() == ("MATCHED", False)
    bob.site.passes(2)
    assert told() == ("MINED", True)
    bob.site.passes(3)
    assert told() == ("CONFIRMED", True)
    assert bob.reads("/data/trades", id="other")[1]["data"] == []


def test_trades_are_filtered_and_a_token_is_the_takers() -> None:  # polymarket.md §3.8: nautilus #3345
    alice, bob, market, trade_id = given_trade()
    at_s = alice.now_s
    found = [
        ({"asset_id": market.no}, True), ({"asset_id": market.yes}, False), ({"market": market.market_id}, True), ({"market": "0x1"}, False),
        ({"after": str(at_s)}, True), ({"after": str(at_s + 1)}, False), ({"before": str(at_s)}, True), ({"before": str(at_s - 1)}, False),
        ({"maker_address": alice.key.address.lower()}, True), ({"maker_address": bob.key.address}, True), ({"maker_address": "0x1"}, False),
    ]  # fmt: skip
    for query, is_found in found:
        assert [row["id"] for row in alice.reads("/data/trades", **query)[1]["data"]] == ([trade_id] if is_found else []), query
    assert alice.reads("/data/trades", after="x") == (400, {"error": "Invalid after"})


def test_trades_come_newest_first_and_in_pages() -> None:
    alice, bob, market, _ = given_trade()
    for _ in range(120):
        alice.rests(market, "BUY YES", 3_000, 5 * MICRO)
        bob.sends(market, "BUY NO", 7_000, 5 * MICRO)
    first = bob.reads("/data/trades")[1]
    second = bob.reads("/data/trades", next_cursor=first["next_cursor"])[1]
    assert (first["count"], second["next_cursor"]) == (100, "LTE=")
    ids = [row["id"] for row in first["data"] + second["data"]]
    assert ids == [trade.trade_id for trade in reversed(bob.site.host.book.trades.values())]
    assert bob.reads("/data/trades", next_cursor="x")[0] == 400


def test_a_balance_is_what_the_wallet_has_on_chain() -> None:
    alice, bob, market, _ = given_trade()
    assert alice.reads("/balance-allowance", asset_type="COLLATERAL", signature_type="0") == (
        200, {"balance": str(9_996 * MICRO), "allowances": dict.fromkeys((EXCHANGE_V2, NEG_RISK_V2, EXCHANGE_V3), UNLIMITED)},
    )  # fmt: skip
    shares = {"asset_type": "CONDITIONAL", "token_id": market.no}
    assert bob.reads("/balance-allowance", **shares)[1]["balance"] == "0"
    bob.site.passes(5)
    assert bob.reads("/balance-allowance", **shares) == (
        200, {"balance": "10000000", "allowances": dict.fromkeys((EXCHANGE_V2, NEG_RISK_V2), UNLIMITED)},
    )  # fmt: skip
    assert bob.reads("/balance-allowance/update", **shares) == (200, {})


def test_v2_shares_have_an_asset_type_of_their_own() -> None:
    _, bob, market, _ = given_trade("v2")
    bob.site.passes(5)
    told = bob.reads("/balance-allowance", asset_type="CONDITIONAL-V2", token_id=market.no)
    assert told == (200, {"balance": "10000000", "allowances": {EXCHANGE_V3: UNLIMITED}})
    assert bob.reads("/balance-allowance", asset_type="CONDITIONAL", token_id=market.no) == (400, {"error": "Invalid token id"})


@pytest.mark.parametrize(("query", "words"), [
    ({}, "Invalid asset type"), ({"asset_type": "X"}, "Invalid asset type"), ({"asset_type": "CONDITIONAL"}, "Invalid token id"),
    ({"asset_type": "COLLATERAL", "signature_type": "7"}, "Invalid signature_type"),
])  # fmt: skip
def test_a_balance_of_nothing_is_refused(query: dict[str, str], words: str) -> None:
    assert given_trade()[0].reads("/balance-allowance", **query) == (400, {"error": words})


def test_the_kind_of_signature_says_which_wallet_is_meant() -> None:
    site = Site()
    market = site.lists()
    user = User(site, "3", SignatureType.POLY_PROXY, "0x" + "77" * 20)
    query = {"asset_type": "COLLATERAL", "signature_type": "1"}
    assert user.reads("/balance-allowance", **query)[1]["balance"] == "0"
    user.rests(market, "BUY YES", 100, TEN)
    assert user.reads("/balance-allowance", **query)[1]["balance"] == str(10_000 * MICRO)


def test_standing_and_lost_allowances_are_told() -> None:
    alice, _, _, _ = given_trade()
    assert alice.reads("/auth/ban-status/closed-only") == (200, {"closed_only": False})
    alice.site.conditions.closed_only[alice.account] = "closed only"
    alice.site.conditions.unapproved[alice.account] = True
    assert alice.reads("/auth/ban-status/closed-only") == (200, {"closed_only": True})
    assert alice.reads("/balance-allowance", asset_type="COLLATERAL")[1]["allowances"][EXCHANGE_V2] == "0"


def test_what_is_not_simulated_is_answered_emptily() -> None:
    alice, _, _, _ = given_trade()
    assert alice.reads("/order-scoring", order_id="0x1") == (200, {"scoring": False})
    assert alice.asks("POST", "/orders-scoring", b'["0x1"]') == (200, {"0x1": False})
    assert alice.reads("/notifications") == (200, [])
    assert alice.asks("DELETE", "/notifications") == (200, "OK")
    assert alice.reads("/data/pre-migration-orders")[1]["data"] == []


@pytest.mark.parametrize("path", ["/data/orders", "/data/order/0x1", "/data/trades", "/balance-allowance", "/balance-allowance/update",
                                  "/auth/ban-status/closed-only", "/order-scoring", "/notifications"])  # fmt: skip
def test_strangers_are_told_nothing(path: str) -> None:
    assert given_trade()[0].site.asks("GET", path) == (401, {"error": "Unauthorized/Invalid api key"})


@pytest.mark.data
def test_rows_have_the_fields_of_recorded_ones(data_dir: Path) -> None:
    alice, bob, _, _ = given_trade()
    folder = data_dir / "polymarket-fixtures" / "nautilus"
    trade = json.loads((folder / "py-trades.json").read_bytes())
    mine = bob.reads("/data/trades")[1]["data"][0]
    assert trade.keys() <= mine.keys()
    assert trade["maker_orders"][0].keys() <= mine["maker_orders"][0].keys()
    order = json.loads((folder / "rs-http_open_order.json").read_bytes())
    assert order.keys() <= alice.reads("/data/orders")[1]["data"][0].keys()
    assert alice.site.at_ns % NS_PER_SECOND == 0
