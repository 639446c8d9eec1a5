"""The official client as referee: what py-clob-client-v2 sends for orders made up from a seed, written to official_client.json.

tests/connectors/polymarket/test_official_client.py holds our bytes against that file, so the client itself is only needed to write it again:

    python3 -m venv out/referee
    out/referee/bin/pip install --require-hashes -r requirements.txt -r tests/referee/requirements.txt
    out/referee/bin/python tests/referee/official_client.py

Everything goes the client's own way (build_order or build_market_order, post_order, create_level_2_headers); only its dice, its clock and its socket
are ours. Left out are orders whose size or price its floats do not keep, and market orders with more decimals than the venue takes: there we differ
on purpose (connectors/polymarket/amounts.py).
"""

import json
import random
from math import floor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from py_clob_client_v2.client import ClobClient
from py_clob_client_v2.clob_types import ApiCreds, CreateOrderOptions, MarketOrderArgsV2, OrderArgsV2, RequestArgs
from py_clob_client_v2.headers import create_level_1_headers, create_level_2_headers
from py_clob_client_v2.order_builder import builder as builder_module
from py_clob_client_v2.order_utils import ExchangeOrderBuilderV2, SignatureTypeV2

RECORD = Path(__file__).with_name("official_client.json")
ORDERS = 60
TICKS = {"0.1": 1_000, "0.01": 100, "0.005": 50, "0.0025": 25, "0.001": 10, "0.0001": 1}
DECIMALS = {"0.1": 1, "0.01": 2, "0.005": 3, "0.0025": 4, "0.001": 3, "0.0001": 4}
CREDENTIALS = {
    "api_key": "8a0a3b1c-6f6e-4d2f-9f52-0b8f6c1d2e3f",
    "api_secret": "fq0MZjBYXFk55W4RNyIT7xmV3fSqUxz45iqBc8uTU7Y=",
    "api_passphrase": "0f" * 32,
}
"""Thrown away, as every key here."""
FUNDERS = (
    "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
    "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
    "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
    "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
)
"""Examples of EIP-55: the client sends an address as it was given."""


def main() -> None:
    """Write the record again."""
    dice = random.Random(20261121)
    rows: list[dict[str, Any]] = []
    while len(rows) < ORDERS:
        told = made_up(dice)
        if told is not None:
            rows.append({**told, **sent(told)})
    logins = [login(dice) for _ in range(4)]
    record = {"client": "py-clob-client-v2 1.2.1", "credentials": CREDENTIALS, "orders": rows, "batch": batch(rows[:3]), "logins": logins}
    RECORD.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    print(f"{len(rows)} orders written to {RECORD}")


def made_up(dice: random.Random) -> dict[str, Any] | None:
    """An order, or None when the client's floats would not keep it."""
    tick_size = dice.choice(list(TICKS))
    tick_pips = TICKS[tick_size]
    price_pips = tick_pips * dice.randint(1, 10_000 // tick_pips - 1)
    cents = dice.randint(500, 5_000_000)
    kind = dice.choice(["GTC", "GTC", "GTD", "FOK", "FAK"])
    price, size, digits = price_pips / 10_000, cents / 100, DECIMALS[tick_size]
    if floor(size * 100) != cents or floor(price * 10**digits) * 10 ** (4 - digits) != price_pips:
        return None
    version = dice.choice([2, 3])
    token = (dice.choice([1, 2]) << 248) | (dice.getrandbits(128) << 120) | dice.getrandbits(1) if version == 3 else dice.getrandbits(256)
    wallet_kind = dice.randrange(4)
    return {
        "key": f"{dice.getrandbits(255) + 1:064x}",
        "signature_type": wallet_kind,
        "funder": None if wallet_kind == 0 else dice.choice(FUNDERS),
        "builder": f"0x{dice.getrandbits(256) if dice.random() < 0.3 else 0:064x}",
        "version": version,
        "neg_risk": dice.random() < 0.5,
        "chain_id": dice.choice([137, 137, 80002]),
        "token": str(token),
        "tick_size": tick_size,
        "side": dice.choice(["BUY", "SELL"]),
        "price_pips": price_pips,
        "cents": cents,
        "kind": kind,
        "post_only": kind in {"GTC", "GTD"} and dice.random() < 0.5,
        "expiration_s": dice.randint(1_795_000_000, 1_800_000_000) if kind == "GTD" else 0,
        "salt": dice.getrandbits(53),
        "timestamp_ms": dice.randint(1_780_000_000_000, 1_794_000_000_000),
        "request_s": dice.randint(1_780_000_000, 1_794_000_000),
    }


def client_of(told: dict[str, Any]) -> tuple[ClobClient, list[str]]:
    """A client whose socket is a list."""
    client = ClobClient(
        "http://nowhere",
        told["chain_id"],
        told["key"],
        ApiCreds(**CREDENTIALS),
        signature_type=SignatureTypeV2(told["signature_type"]),
        funder=told["funder"],
    )
    posted: list[str] = []

    def post(_url: str, headers: dict[str, str], data: str) -> dict[str, str]:
        posted.append(data)
        return headers

    client._post = post
    return client, posted


def signed(client: ClobClient, told: dict[str, Any]) -> Any:  # noqa: ANN401 (the client's own order)
    """The client's signed order, with our salt and our time."""
    builder_module.time = SimpleNamespace(time_ns=lambda: told["timestamp_ms"] * 1_000_000)
    builder_module.ExchangeOrderBuilderV2 = lambda *args, **more: ExchangeOrderBuilderV2(*args, generate_salt=lambda: str(told["salt"]), **more)
    options = CreateOrderOptions(tick_size=told["tick_size"], neg_risk=told["neg_risk"])
    common = {"token_id": told["token"], "side": told["side"], "price": told["price_pips"] / 10_000, "builder_code": told["builder"]}
    if told["kind"] in {"FOK", "FAK"}:
        return client.builder.build_market_order(MarketOrderArgsV2(amount=told["cents"] / 100, **common), options, told["version"])
    limit = OrderArgsV2(size=told["cents"] / 100, expiration=told["expiration_s"], **common)
    return client.builder.build_order(limit, options, told["version"])


def sent(told: dict[str, Any]) -> dict[str, Any]:
    """What goes over the wire: id, body, headers; and whether the venue would take the amounts."""
    client, posted = client_of(told)
    order = signed(client, told)
    client.post_order(order, told["kind"], told["post_only"])
    config = builder_module.get_contract_config(told["chain_id"])
    contract = config.exchange_v3 if told["version"] == 3 else config.neg_risk_exchange_v2 if told["neg_risk"] else config.exchange_v2
    exchange = ExchangeOrderBuilderV2(contract, told["chain_id"], client.signer, domain_version=str(told["version"]))
    headers = create_level_2_headers(
        client.signer, client.creds, RequestArgs("POST", "/order", serialized_body=posted[0]), timestamp=told["request_s"]
    )
    return {
        "is_tradable": told["kind"] not in {"FOK", "FAK"} or int(order.takerAmount) % 100 == 0,
        "id": exchange.build_order_hash(exchange.build_order_typed_data(order)),
        "body": posted[0],
        "headers": headers,
    }


def batch(rows: list[dict[str, Any]]) -> str:
    """The body of POST /orders for the bodies of these rows, as the client serialises a list."""
    return json.dumps([json.loads(row["body"]) for row in rows], separators=(",", ":"), ensure_ascii=False)


def login(dice: random.Random) -> dict[str, Any]:
    """Headers that ask for an API key."""
    told = {"key": f"{dice.getrandbits(255) + 1:064x}", "chain_id": 137, "nonce": dice.randrange(5), "request_s": dice.randint(10**9, 2 * 10**9)}
    client = ClobClient("http://nowhere", told["chain_id"], told["key"])
    return {**told, "headers": create_level_1_headers(client.signer, told["nonce"], told["request_s"])}


if __name__ == "__main__":
    main()
