"""Our bytes against the official client's, order by order; how the record is made: tests/referee/official_client.py."""

import json
from pathlib import Path
from typing import Any

import pytest

from connectors.polymarket.authentication import Credentials, login_headers
from connectors.polymarket.key import Key
from connectors.polymarket.signing import OrderForm, SignatureType, Wallet, batch_body
from connectors.polymarket.typed_data import checksummed
from oms.values.market import Market
from oms.values.orders import Lifetime, OrderSpec, Side
from oms.values.units import NS_PER_MS, NS_PER_SECOND, tick_pips_from_text

RECORD: dict[str, Any] = json.loads((Path(__file__).parents[2] / "referee" / "official_client.json").read_bytes())
CREDENTIALS = RECORD["credentials"]
TRADABLE = [row for row in RECORD["orders"] if row["is_tradable"]]
CENT_MICRO = 10_000


def market_of(row: dict[str, Any]) -> Market:
    return Market(
        market_id="m",
        title="?",
        yes=row["token"],
        no="1",
        tick_pips=tick_pips_from_text(row["tick_size"]),
        neg_risk=row["neg_risk"],
        generation={2: "v1", 3: "v2"}[row["version"]],
    )


def order_of(row: dict[str, Any]) -> OrderSpec:
    return OrderSpec(
        market_id="m",
        token=row["token"],
        side=Side(row["side"]),
        price_pips=row["price_pips"],
        size_micro=row["cents"] * CENT_MICRO,
        lifetime=Lifetime(row["kind"]),
        post_only=row["post_only"],
        expires_ns=(row["expiration_s"] - 60) * NS_PER_SECOND if row["expiration_s"] else None,
    )


def ours(row: dict[str, Any]) -> tuple[str, bytes]:
    """Id and body that we would send."""
    key = Key(row["key"])
    wallet = Wallet(
        owner=key.address,
        funder=row["funder"] or key.address,
        signature_type=SignatureType(row["signature_type"]),
        chain_id=row["chain_id"],
        builder=row["builder"],
    )
    form = OrderForm(wallet, CREDENTIALS["api_key"])
    named = form.named(order_of(row), market_of(row), row["salt"], row["timestamp_ms"] * NS_PER_MS)
    return named.venue_order_id, form.body(named, form.signature(named, key))


def test_the_record_covers_every_kind_of_order() -> None:
    for what, kinds in (("side", 2), ("kind", 4), ("signature_type", 4), ("version", 2), ("neg_risk", 2), ("tick_size", 6), ("chain_id", 2)):
        assert len({row[what] for row in TRADABLE}) == kinds, what


@pytest.mark.parametrize("number", range(len(TRADABLE)))
def test_id_body_and_headers_are_the_official_clients_byte_for_byte(number: int) -> None:  # req 2.29
    row = TRADABLE[number]
    order_id, body = ours(row)
    assert order_id == row["id"]
    assert body == row["body"].encode()
    secrets = (CREDENTIALS["api_key"], CREDENTIALS["api_secret"], CREDENTIALS["api_passphrase"])
    credentials = Credentials(Key(row["key"]).address, *secrets)
    assert credentials.headers("POST", "/order", body, row["request_s"]) == row["headers"]


def test_where_the_official_clients_amounts_are_refused_ours_are_cut_to_what_the_venue_takes() -> None:
    refused = [row for row in RECORD["orders"] if not row["is_tradable"]]
    assert refused
    for row in refused:
        theirs, made = json.loads(row["body"])["order"], json.loads(ours(row)[1])["order"]
        asked = int(theirs["takerAmount"])
        assert int(made["takerAmount"]) == asked - asked % 100
        assert made["makerAmount"] == theirs["makerAmount"]


def test_a_batch_is_the_official_clients_byte_for_byte() -> None:
    assert batch_body([row["body"].encode() for row in RECORD["orders"][:3]]) == RECORD["batch"].encode()


def test_logins_are_the_official_clients() -> None:
    for row in RECORD["logins"]:
        assert login_headers(Key(row["key"]), row["chain_id"], row["request_s"], row["nonce"]) == row["headers"]
    assert checksummed(RECORD["logins"][0]["headers"]["POLY_ADDRESS"])
