"""Test words of signing: throw-away keys, wallets, markets of both generations."""

import json
from pathlib import Path
from typing import Any

from connectors.polymarket.key import Key
from connectors.polymarket.signing import NamedOrder, OrderForm, SignatureType, VenueOrder, Wallet
from connectors.polymarket.typed_data import exchange
from oms.values.market import Market
from oms.values.orders import Lifetime, OrderSpec, Side
from oms.values.units import MICRO

SECRET = "11" * 32
"""A throw-away key of the reference (polymarket.md §2.2): never fund it."""
EOA = "0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A"
DEPOSIT_WALLET = "0x" + "22" * 20
API_KEY = "00000000-0000-0000-0000-000000000001"
CTF_TOKEN = "71321045679252212594626385532706912750332728571942532289631379312455583992563"
POSITION = "663574927012476832975694178961957910328055987427402067619466963999000625152"
"""An id of the reference (polymarket.md §8.4)."""
AT_NS = 1_710_000_000_000_000_000


def given_wallet(kind: SignatureType = SignatureType.EOA, **more: Any) -> Wallet:  # noqa: ANN401 (passes on what a wallet takes)
    return Wallet(owner=EOA, funder=EOA if kind is SignatureType.EOA else DEPOSIT_WALLET, signature_type=kind, **more)


def given_form(kind: SignatureType = SignatureType.EOA) -> OrderForm:
    return OrderForm(given_wallet(kind), API_KEY)


def given_market(generation: str = "v1", *, neg_risk: bool = False, tick_pips: int = 100, min_shares: int = 5) -> Market:
    token = POSITION if generation == "v2" else CTF_TOKEN
    other = str(int(token) + 1)
    return Market(
        market_id="m",
        title="?",
        yes=token,
        no=other,
        tick_pips=tick_pips,
        min_shares_micro=min_shares * MICRO,
        neg_risk=neg_risk,
        generation=generation,
    )


def given_order(
    market: Market,
    *,
    side: Side = Side.BUY,
    price: int = 4_900,
    micro: int = 10 * MICRO,
    lifetime: Lifetime = Lifetime.GTC,
    post_only: bool = False,
    expires_ns: int | None = None,
) -> OrderSpec:
    return OrderSpec(
        market_id=market.market_id,
        token=market.yes,
        side=side,
        price_pips=price,
        size_micro=micro,
        lifetime=lifetime,
        post_only=post_only,
        expires_ns=expires_ns,
    )


def given_named(form: OrderForm, **order: Any) -> NamedOrder:  # noqa: ANN401 (what given_order takes)
    market = given_market()
    return form.named(given_order(market, **order), market, 1, AT_NS)


def vectors(folder: Path, name: str) -> Any:  # noqa: ANN401 (JSON)
    return json.loads((folder / "vectors" / name).read_bytes())


def wallet_of(row: dict[str, Any], key: Key) -> Wallet:
    """The wallet behind a vector of eip712_orders.json."""
    order = row["order"]
    return Wallet(
        owner=key.address,
        funder=order["maker"],
        signature_type=SignatureType(order["signatureType"]),
        chain_id=row["domain"]["chainId"],
        metadata=order["metadata"],
        builder=order["builder"],
    )


def order_of(row: dict[str, Any]) -> VenueOrder:
    """The order of a vector of eip712_orders.json, in the domain the vector names."""
    order, domain = row["order"], row["domain"]
    return VenueOrder(
        exchange=exchange(domain["version"], domain["chainId"], domain["verifyingContract"]),
        token=order["tokenId"],
        side=(Side.BUY, Side.SELL)[order["side"]],
        maker_micro=int(order["makerAmount"]),
        taker_micro=int(order["takerAmount"]),
        salt=int(order["salt"]),
        timestamp_ms=int(order["timestamp"]),
    )
