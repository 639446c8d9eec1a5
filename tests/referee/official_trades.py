"""The official client as a trader: py-clob-client-v2 on the simulated venue, unmodified, with nothing but its host changed.

    .venv-referee/bin/python tests/referee/official_trades.py http://127.0.0.1:8711 TOKEN_FILE

It trades in markets of its own, which the operator lists (TOKEN_FILE: `run_bot.py exchange --admin`), one of each kind. Prints one JSON line a call:
step, what was answered, whether that is what the venue would have said. Ends with 1 at any surprise. New wallets and markets in each run, so it can
be repeated, and run beside others.
"""

import json
import logging
import secrets
import sys
import time
from typing import Any

from official_grid import grid_steps  # type: ignore[import-not-found]  # beside this file; run in a Python of its own
from official_words import Told, Trader, spoilt, wait_for  # type: ignore[import-not-found]
from operating import Operator, operator_of  # type: ignore[import-not-found]
from py_clob_client_v2.client import ClobClient
from py_clob_client_v2.clob_types import BookParams, OpenOrderParams, OrderMarketCancelParams, OrderPayload, OrderType, PostOrdersV2Args, TradeParams

GRANT = "10000000000"


def key_steps(told: Told, trader: Trader) -> None:
    """Keys: made, derived, listed; made twice is refused; a new wallet has its grant."""
    client = trader.client
    creds = told.good("create key", client.create_api_key, lambda made: bool(made.api_key and made.api_secret))
    told.bad("create key twice", client.create_api_key, 400, "Could not create api key")
    told.good("derive key", client.derive_api_key, lambda derived: derived == creds)
    client.set_api_creds(creds)
    told.good("list keys", client.get_api_keys, lambda answer: answer["apiKeys"] == [creds.api_key])
    told.good("closed only", client.get_closed_only_mode, lambda answer: answer == {"closed_only": False})
    told.good("balance", trader.balance, lambda answer: answer["balance"] == GRANT and len(answer["allowances"]) == 3)
    told.good("update balance", client.update_balance_allowance, lambda answer: answer == {})


def public_steps(told: Told, client: ClobClient, token: str, other: str) -> None:
    """Everything anybody may ask."""
    told.good("ok", client.get_ok, lambda answer: answer == "OK")
    told.good("time", client.get_server_time, lambda answer: abs(answer - time.time()) < 5)
    told.good("version", client.get_version, lambda answer: answer == 2)
    book = told.good("book", lambda: client.get_order_book(token), lambda answer: answer["asset_id"] == token)
    told.good("book hash", lambda: client.get_order_book_hash(dict(book)), lambda answer: answer == book["hash"])
    told.good("books", lambda: client.get_order_books([BookParams(token), BookParams(other), BookParams("17")]), lambda answer: len(answer) == 2)
    told.good("midpoint", lambda: client.get_midpoint(token), lambda answer: isinstance(answer["mid"], str))
    told.good("midpoints", lambda: client.get_midpoints([BookParams(token)]), lambda answer: isinstance(answer[token], str))
    told.good("price is the book's side", lambda: client.get_price(token, "BUY"), lambda answer: answer["price"] == book["bids"][-1]["price"])
    told.good("prices", lambda: client.get_prices([BookParams(token, "SELL")]), lambda answer: isinstance(answer[token]["SELL"], str))
    told.good("spread", lambda: client.get_spread(token), lambda answer: isinstance(answer["spread"], str))
    told.good("spreads", lambda: client.get_spreads([BookParams(token)]), lambda answer: isinstance(answer[token], str))
    told.good("last trade", lambda: client.get_last_trade_price(token), lambda answer: {"price", "side"} <= answer.keys())
    told.good("last trades", lambda: client.get_last_trades_prices([BookParams(token)]), lambda answer: isinstance(answer, list))
    told.good("tick size", lambda: client.get_tick_size(token), lambda answer: float(answer) > 0)
    told.good("neg risk", lambda: client.get_neg_risk(token), lambda answer: isinstance(answer, bool))
    told.good("fee rate", lambda: client.get_fee_rate_bps(token), lambda answer: isinstance(answer, int))
    told.bad("no such book", lambda: client.get_order_book("17"), 404, "No orderbook exists for the requested token id")
    told.bad("no such market", lambda: client.get_market("0x17"), 404, "market not found")


def order_steps(told: Told, alice: Trader, bob: Trader, market: dict[str, Any]) -> None:
    """Resting, crossing, the three flavours of a match, settlement, and what each side reads of it."""
    yes, no = (token["t"] for token in market["t"])
    version, asset = (3, "CONDITIONAL-V2") if market.get("v") == "v2" else (None, "CONDITIONAL")
    rest = told.good("rest", lambda: alice.place(yes, "BUY", 0.4, 20, post_only=True, version=version), lambda answer: answer["status"] == "live")
    told.good("order", lambda: alice.client.get_order(rest["orderID"]), lambda answer: (answer["status"], answer["original_size"]) == ("LIVE", "20"))
    told.bad("another's order", lambda: bob.client.get_order(rest["orderID"]), 404, "order not found")
    told.bad("naked sell", lambda: bob.place(yes, "SELL", 0.4, 10, version=version), 400, "not enough balance / allowance: the balance is not enough")
    mint = told.good("mint", lambda: bob.place(no, "BUY", 0.6, 10, version=version), lambda answer: answer["status"] == "matched")
    fits = (mint["makingAmount"], mint["takingAmount"], len(mint["tradeIDs"])) == ("6", "10", 1)
    told.line("amounts of the mint", [mint["makingAmount"], mint["takingAmount"]], fits=fits)
    trade = TradeParams(id=mint["tradeIDs"][0])
    told.good("taker's trade", lambda: bob.client.get_trades(trade), lambda rows: (rows[0]["trader_side"], rows[0]["asset_id"]) == ("TAKER", no))
    told.good("maker's trade", lambda: alice.client.get_trades(trade), lambda rows: rows[0]["maker_orders"][0]["order_id"] == rest["orderID"])
    wait_for(lambda: bob.client.get_trades(trade)[0]["status"] == "CONFIRMED")
    told.good("confirmed", lambda: bob.client.get_trades(trade), lambda rows: rows[0]["status"] == "CONFIRMED" and rows[0]["transaction_hash"])
    told.good("shares", lambda: bob.balance(asset, no), lambda answer: answer["balance"] == "10000000")
    told.good("order", lambda: alice.client.get_order(rest["orderID"]), lambda answer: (answer["status"], answer["size_matched"]) == ("LIVE", "10"))
    told.bad("resting crosses", lambda: bob.place(no, "BUY", 0.6, 10, post_only=True, version=version), 400, "invalid post-only order")
    told.bad(
        "fok too big", lambda: bob.market(no, "BUY", 48, OrderType.FOK, price=0.6, version=version), 400, "FOK orders are fully filled or killed"
    )
    told.bad(
        "fak too low", lambda: bob.market(no, "BUY", 3, OrderType.FAK, price=0.3, version=version), 400, "no orders found to match with FAK order"
    )
    told.good("fak buys", lambda: bob.market(no, "BUY", 3, OrderType.FAK, price=0.6, version=version), lambda answer: answer["takingAmount"] == "5")
    told.good(
        "fok at the book's price", lambda: bob.market(no, "BUY", 3, OrderType.FOK, version=version), lambda answer: answer["status"] == "matched"
    )
    told.good("order filled", lambda: alice.client.get_order(rest["orderID"]), lambda answer: answer["status"] == "MATCHED")
    told.good("nothing rests", alice.client.get_open_orders, lambda rows: rows == [])


def sale_steps(told: Told, alice: Trader, bob: Trader, market: dict[str, Any]) -> None:
    """With shares on both sides: a merge, a direct sale; then GTD, and what is refused."""
    yes, no = (token["t"] for token in market["t"])
    version = 3 if market.get("v") == "v2" else None
    wait_for(lambda: all(row["status"] == "CONFIRMED" for row in bob.client.get_trades()))
    told.good("offer", lambda: alice.place(yes, "SELL", 0.5, 10, version=version), lambda answer: answer["status"] == "live")
    told.good("merge", lambda: bob.place(no, "SELL", 0.5, 5, version=version), lambda answer: answer["takingAmount"] == "2.5")
    told.good("direct", lambda: bob.market(yes, "BUY", 2.5, OrderType.FOK, version=version), lambda answer: answer["takingAmount"] == "5")
    told.good("bid", lambda: bob.place(yes, "BUY", 0.3, 10, version=version), lambda answer: answer["status"] == "live")
    told.good(
        "fak sells", lambda: alice.market(yes, "SELL", 5, OrderType.FAK, price=0.3, version=version), lambda answer: answer["makingAmount"] == "5"
    )
    soon, later = int(time.time()) + 100, int(time.time()) + 400
    told.bad(
        "gtd too near", lambda: alice.place(yes, "BUY", 0.1, 20, kind=OrderType.GTD, expiration=soon, version=version), 400, "invalid expiration"
    )
    gtd = told.good(
        "gtd", lambda: alice.place(yes, "BUY", 0.1, 20, kind=OrderType.GTD, expiration=later, version=version), lambda answer: answer["success"]
    )
    rows = told.good("open orders", lambda: alice.client.get_open_orders(OpenOrderParams(market=market["c"])), lambda found: len(found) == 1)
    told.line("its expiration", rows, fits=bool(rows) and rows[0]["expiration"] == str(later) and rows[0]["order_type"] == "GTD")
    told.good("cancel", lambda: alice.client.cancel_order(OrderPayload(gtd["orderID"])), lambda answer: answer["canceled"] == [gtd["orderID"]])
    told.good(
        "cancel again", lambda: alice.client.cancel_order(OrderPayload(gtd["orderID"])), lambda answer: gtd["orderID"] in answer["not_canceled"]
    )
    told.good("cancel all of bob", bob.client.cancel_all, lambda answer: len(answer["canceled"]) == 1)


def refusal_steps(told: Told, alice: Trader, bob: Trader, market: dict[str, Any]) -> None:
    """Orders that the venue does not take, in its own words."""
    yes, client = market["t"][0]["t"], alice.client
    twice = alice.limit(yes, "BUY", 0.2, 10)
    told.good("once", lambda: client.post_order(twice), lambda answer: answer["success"])
    told.bad("twice", lambda: client.post_order(twice), 400, "is invalid. Duplicated.")
    told.bad("too small", lambda: alice.place(yes, "BUY", 0.2, 4), 400, "Size (4) lower than the minimum: 5")
    client._ClobClient__tick_sizes[yes] = "0.001"
    told.bad("off tick", lambda: alice.place(yes, "BUY", 0.205, 10, tick_size="0.001"), 400, "Price (0.205) breaks minimum tick size rule: 0.01")
    client._ClobClient__tick_sizes[yes] = "0.01"
    told.bad("less than a dollar", lambda: alice.market(yes, "BUY", 0.5, OrderType.FAK, price=0.2), 400, "marketable BUY order ($0.50), min size: $1")
    told.bad("too much", lambda: alice.place(yes, "BUY", 0.2, 100_000), 400, "not enough balance / allowance: the balance is not enough")
    told.bad("another's key", lambda: bob.client.post_order(alice.limit(yes, "BUY", 0.2, 10)), 400, "invalid signature")
    told.bad("bad signature", lambda: client.post_order(spoilt(alice.limit(yes, "BUY", 0.2, 10))), 400, "invalid signature")
    owner, words = bob.client.creds.api_key, "the order owner has to be the owner of the API KEY"
    told.bad("wrong owner", lambda: alice.post_as(owner, alice.limit(yes, "BUY", 0.2, 10)), 400, words)
    past = int(time.time()) - 10
    told.bad("expired", lambda: alice.place(yes, "BUY", 0.2, 10, kind=OrderType.GTD, expiration=past), 400, "invalid expiration")
    told.bad("another exchange", lambda: alice.place(yes, "BUY", 0.2, 10, version=3), 400, "order_version_mismatch")
    told.bad("no such token", lambda: alice.place("17", "BUY", 0.2, 10, tick_size="0.01"), 404, "No orderbook exists")
    many = [PostOrdersV2Args(order=alice.limit(yes, "BUY", 0.1 + n / 100, 10), orderType=OrderType.GTC) for n in range(16)]
    told.bad("sixteen", lambda: client.post_orders(many), 400, "Too many orders in payload: 16, max allowed: 15")
    mixed = [*many[:2], PostOrdersV2Args(order=twice, orderType=OrderType.GTC)]
    batch = told.good("batch", lambda: client.post_orders(mixed), lambda rows: [bool(row["orderID"]) for row in rows] == [True, True, False])
    told.good(
        "cancel some", lambda: client.cancel_orders([row["orderID"] for row in batch[:1]] + ["0x17"]), lambda answer: len(answer["canceled"]) == 1
    )
    told.good(
        "cancel market", lambda: client.cancel_market_orders(OrderMarketCancelParams(market=market["c"])), lambda answer: len(answer["canceled"]) == 2
    )


def owned_wallet_steps(told: Told, host: str, kind: int, token: str, version: int | None) -> None:
    """A wallet that belongs to the signer: 1 a proxy, 2 a safe, 3 a deposit wallet."""
    trader = Trader(host, "0x" + secrets.token_hex(32), kind, funder="0x" + secrets.token_hex(20))
    trader.client.set_api_creds(trader.client.create_or_derive_api_key())
    told.good(f"signature type {kind}", lambda: trader.place(token, "BUY", 0.05, 30, version=version), lambda answer: answer["status"] == "live")
    told.good("its balance", trader.balance, lambda answer: answer["balance"] == GRANT)
    told.good("its orders", trader.client.cancel_all, lambda answer: len(answer["canceled"]) == 1)


def wallet_steps(told: Told, host: str, market: dict[str, Any]) -> None:
    """Wallets of others' making; heartbeats; the end of a key."""
    yes, version = market["t"][0]["t"], 3 if market.get("v") == "v2" else None
    for kind in (1, 2, 3):
        owned_wallet_steps(told, host, kind, yes, version)
    trader = Trader(host, "0x" + secrets.token_hex(32))
    trader.client.set_api_creds(trader.client.create_or_derive_api_key())
    client = trader.client
    beat = told.good("heartbeat", client.post_heartbeat, lambda answer: bool(answer["heartbeat_id"]))
    told.good("next heartbeat", lambda: client.post_heartbeat(beat["heartbeat_id"]), lambda answer: answer["heartbeat_id"] != beat["heartbeat_id"])
    told.bad("old heartbeat", lambda: client.post_heartbeat(beat["heartbeat_id"]), 400, "Invalid Heartbeat ID")
    told.good("delete key", client.delete_api_key, lambda answer: answer == "OK")
    told.bad("deleted key", client.get_open_orders, 401, "Unauthorized/Invalid api key")


def described(told: Told, client: ClobClient, condition: str) -> Any:  # noqa: ANN401
    """The compact object of one market."""
    return told.good("market", lambda: client.get_clob_market_info(condition), lambda answer: answer["ao"])


def listed(told: Told, client: ClobClient) -> list[str]:
    """The conditions of all open markets, page by page."""
    conditions: list[str] = []
    cursor = "MA=="
    while cursor != "LTE=":
        page = told.good("markets", lambda: client.get_sampling_markets(cursor), lambda answer: answer["count"] == len(answer["data"]))  # noqa: B023
        conditions += [row["condition_id"] for row in page.get("data", [])]
        cursor = page.get("next_cursor", "LTE=")
    return conditions


def main(operator: Operator) -> int:
    """All steps in a market of each kind; 1 at any surprise."""
    logging.disable()
    told = Told()
    alice, bob = (Trader(operator.host, "0x" + secrets.token_hex(32)) for _ in range(2))
    for trader in (alice, bob):
        key_steps(told, trader)
    made = operator.lists_each()
    told.line("our markets are listed", len(made), fits={condition for condition, _ in made.values()} <= set(listed(told, alice.client)))
    for kind, (condition, tokens) in made.items():
        market = described(told, alice.client, condition)
        told.line(f"market of kind {kind}", market["c"], fits=(market.get("v"), market.get("nr")) == MARKS[kind])
        told.line(f"fee of {kind}", market.get("fd"), fits=(market.get("fd") or {}).get("r", 0) == FEES[kind])
        order_steps(told, alice, bob, market)
        sale_steps(told, alice, bob, market)
        wallet_steps(told, operator.host, market)
        for trader in (alice, bob):
            operator.gives_sets(trader.client.get_address(), condition, 100)
        grid_steps(told, alice, bob, condition, tokens, 3 if kind == "v2" else None)
    plain = described(told, alice.client, made["v1"][0])
    refusal_steps(told, alice, bob, plain)
    alice.place(plain["t"][0]["t"], "BUY", 0.02, 100)
    public_steps(told, alice.client, *(token["t"] for token in plain["t"]))
    told.good("cancel all", alice.client.cancel_all, lambda answer: len(answer["canceled"]) == 1)
    print(json.dumps({"surprises": told.surprises}))
    return 1 if told.surprises else 0


MARKS = {"v1": (None, None), "v2": ("v2", None), "negRisk": (None, True)}
"""Kind of market → its `v` and `nr`."""
FEES = {"v1": 0, "v2": 0.07, "negRisk": 0}

if __name__ == "__main__":
    sys.exit(main(operator_of(sys.argv)))
