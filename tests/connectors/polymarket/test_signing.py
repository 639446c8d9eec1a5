"""Orders: ids, signatures and bodies against the reference and every recorded vector, and what must hold for any order."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.polymarket.key import Key, signer_of
from connectors.polymarket.signing import (
    BATCH_MAX,
    OrderForm,
    SignatureType,
    VenueOrder,
    Wallet,
    batch_body,
    salt_of,
)
from connectors.polymarket.typed_data import POLYGON, BadAddress, exchange_of
from oms.values.market import Market
from oms.values.orders import Lifetime, Side
from oms.values.units import MICRO, NS_PER_SECOND
from tests.connectors.polymarket.words_signing import (
    API_KEY,
    AT_NS,
    EOA,
    SECRET,
    given_form,
    given_market,
    given_named,
    given_order,
    given_wallet,
    order_of,
    vectors,
    wallet_of,
)

KEY = Key(SECRET)
MARKETS = [given_market(generation, neg_risk=neg_risk) for generation in ("v1", "v2") for neg_risk in (False, True)]


def reference_order(generation: str, *, neg_risk: bool = False) -> VenueOrder:
    """The order of the vectors of polymarket.md §3.1."""
    return VenueOrder(
        exchange=exchange_of(given_market(generation, neg_risk=neg_risk), POLYGON),
        token="1234",
        side=Side.BUY,
        maker_micro=50_000_000,
        taker_micro=100_000_000,
        salt=479249096354,
        timestamp_ms=1_710_000_000_000,
    )


@pytest.mark.parametrize(
    ("generation", "neg_risk", "order_id", "signature"),
    [
        (
            "v1",
            False,
            "0x44d94da470b6acb7399cad7cf2cc661d4f5bf12cba72ac67309cce05bf5505ce",
            "7fa6a9ff620bfd45087ed1116165426b4ee642e8a522cf76ee74425c8dca2e4e7ef67536d6d8be95feb77d51dc9b0e08498d1c6dc82a61cbadb2c7a766d8c3651c",
        ),
        (
            "v1",
            True,
            "0xf68e44e7b2fa04f8fe275fb5053711d6142abf47767af28f8e3d4e6542273302",
            "ce80871389f553dd35d7a3fc902939ea6c3053baf547d01bde2e8bb706d2e73f1f972ca54973ee199a2bde0c983fc030661e5653994fc62e427199cbbbddc0d71c",
        ),
        (
            "v2",
            True,
            "0xe27d7da24bdb68ba3b3b48f2c6e68765af7f3a0ed404e742bae52c57797ecef9",
            "da3c78dc55758af53a7f51db9ff90f0648f8848c2804c20f31fbbe56e1267033120d28e9fbea0bbb2082783d07eb79f888742b903347132b21c2ec6e12ef4f171b",
        ),
    ],
)
def test_ids_and_signatures_are_those_of_the_reference(generation: str, neg_risk: bool, order_id: str, signature: str) -> None:  # noqa: FBT001
    form = given_form()
    named = form.hashed(reference_order(generation, neg_risk=neg_risk))
    assert named.struct_hash.hex() == "761142b77b9a8ce78396d165bd2f82f93c86c310189ae38a1e1e545c8c1fc639"
    assert named.venue_order_id == order_id
    assert form.signature(named, KEY).hex() == signature


def test_a_deposit_wallets_signature_carries_what_its_contract_must_know() -> None:
    form = given_form(SignatureType.POLY_1271)
    named = form.hashed(reference_order("v1"))
    contents = "0ee5813044e3c75edd02a440e16fa7e8f4774e9f419695eb46e1fc4dfc921607"
    assert named.struct_hash.hex() == contents
    signature = form.signature(named, KEY).hex()
    assert len(signature) == 2 * 317
    assert signature.startswith(
        "317d02fc6af2bad2a4634a8227f731e4bb0cb7ceb0f39fb160c438dceccef5ea3bc6ae360f8ce6cea86aaf7358571a77ac1aaf812897b3bda75a846a8856c3421b"
        + named.order.exchange.separator.hex()
        + contents
    )
    assert signature.endswith(b"bytes32 metadata,bytes32 builder)\x00\xba".hex())


@pytest.mark.data
def test_every_recorded_order_is_hashed_and_signed_byte_for_byte(data_dir: Path) -> None:  # req 2.29
    """Exchange V2, its negRisk twin and V3, four kinds of wallet, two chains."""
    rows = [row for row in vectors(data_dir, "eip712_orders.json")["orders"] if row["domain"]["version"] != "1"]
    assert {row["order"]["signatureType"] for row in rows} == {0, 1, 2, 3}
    for row in rows:
        key = Key(row["private_key"])
        form = OrderForm(wallet_of(row, key), API_KEY)
        named = form.hashed(order_of(row))
        assert "0x" + named.struct_hash.hex() == row["struct_hash"], row["id"]
        assert named.venue_order_id == row["order_hash"], row["id"]
        assert "0x" + form.signature(named, key).hex() == row["signature"], row["id"]


@pytest.mark.data
def test_every_order_that_the_contract_judged_has_our_hash(data_dir: Path) -> None:
    rows = vectors(data_dir, "eip712_orders.json")["judged"]
    assert rows
    for row in rows:
        people = {"owner": row["order"]["signer"], "funder": row["order"]["maker"]}
        if row["order"]["signatureType"] == 3:
            people["owner"] = EOA  # who signs for the wallet is not part of the hash
        elif people["owner"] != people["funder"] and row["order"]["signatureType"] == 0:
            with pytest.raises(BadAddress, match="cannot have its funds at"):  # what the contract refused, we cannot even write
                Wallet(**people, signature_type=SignatureType.EOA)
            continue
        wallet = Wallet(**people, signature_type=SignatureType(row["order"]["signatureType"]), builder=row["order"]["builder"])
        assert OrderForm(wallet, API_KEY).hashed(order_of(row)).venue_order_id == row["order_hash"], row["case"]


def test_the_body_is_the_one_captured_from_the_official_client() -> None:
    """polymarket.md §3.4; the signature's ends stand there: 0xdc7e…111b."""
    form, market = given_form(), given_market()
    named = form.named(given_order(market), market, 521806181882, 1_795_235_897_880_000_000)
    assert form.body(named, form.signature(named, KEY)).decode() == (
        '{"order":{"salt":521806181882,"maker":"0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A","signer":"0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A",'
        '"tokenId":"71321045679252212594626385532706912750332728571942532289631379312455583992563","makerAmount":"4900000","takerAmount":"10000000",'
        f'"side":"BUY","expiration":"0","signatureType":0,"timestamp":"1795235897880","metadata":"0x{"00" * 32}","builder":"0x{"00" * 32}",'
        '"signature":"0xdc7ed3c14c1de3ecf92b64033a41a09f400541c2855f768c94f57dcdd7dd75c243983b1efbbda3846980978e1a35e18e1a14465d4d6642ad57981ab0865ab8111b"},'
        '"owner":"00000000-0000-0000-0000-000000000001","orderType":"GTC","deferExec":false,"postOnly":false}'
    )


SPECS = st.fixed_dictionaries({
    "side": st.sampled_from(Side),
    "price": st.integers(1, 99).map(lambda cents: cents * 100),
    "micro": st.integers(500, 10**9).map(lambda cents: cents * 10_000),
    "lifetime": st.sampled_from([Lifetime.GTC, Lifetime.FOK, Lifetime.FAK]),
})  # fmt: skip


@given(SPECS, st.sampled_from(MARKETS), st.sampled_from(SignatureType), st.text(max_size=20), st.integers(1, 2**62))
def test_the_id_is_a_function_of_the_journaled_command_and_the_signature_is_its_owners(
    order: dict[str, Any],
    market: Market,
    kind: SignatureType,
    order_id: str,
    at_ns: int,
) -> None:  # req 2.29
    spec = given_order(market, **order)
    first, again = (given_form(kind).named(spec, market, salt_of(order_id), at_ns) for _ in range(2))
    assert first == again
    form = given_form(kind)
    signature = form.signature(first, KEY)
    assert signature == form.signature(again, KEY)
    if kind is not SignatureType.POLY_1271:
        assert signer_of(first.order_hash, signature) == EOA
    told = msgspec.json.decode(form.body(first, signature))
    assert told["order"]["signature"] == "0x" + signature.hex()
    assert told["order"]["tokenId"] == spec.token
    assert told["order"]["salt"] == salt_of(order_id) < 2**53
    assert told["order"]["timestamp"] == str(at_ns // 1_000_000)


def test_another_salt_time_price_size_side_token_market_or_wallet_is_another_id() -> None:
    market = given_market()
    spec = given_order(market)
    replaced = msgspec.structs.replace
    ids = [
        form.named(order, where, salt, at_ns).venue_order_id
        for form, order, where, salt, at_ns in (
            (given_form(), spec, market, 1, AT_NS),
            (given_form(), spec, market, 2, AT_NS),
            (given_form(), spec, market, 1, AT_NS + 1_000_000),
            (given_form(), replaced(spec, price_pips=5_000), market, 1, AT_NS),
            (given_form(), replaced(spec, size_micro=11 * MICRO), market, 1, AT_NS),
            (given_form(), replaced(spec, side=Side.SELL), market, 1, AT_NS),
            (given_form(), replaced(spec, token=market.no), market, 1, AT_NS),
            (given_form(), spec, given_market(neg_risk=True), 1, AT_NS),
            (given_form(SignatureType.POLY_PROXY), spec, market, 1, AT_NS),
            (given_form(SignatureType.POLY_GNOSIS_SAFE), spec, market, 1, AT_NS),
            (given_form(SignatureType.POLY_1271), spec, market, 1, AT_NS),
            (OrderForm(given_wallet(builder="0x" + "01" * 32), API_KEY), spec, market, 1, AT_NS),
        )
    ]
    assert len(set(ids)) == len(ids)


def test_expiry_order_type_and_post_only_travel_beside_the_signature() -> None:
    form, market = given_form(), given_market()
    spec = given_order(market)
    until = AT_NS + 600 * NS_PER_SECOND
    kinds = [spec, given_order(market, post_only=True), given_order(market, lifetime=Lifetime.GTD, expires_ns=until)]
    named = [form.named(kind, market, 1, AT_NS) for kind in kinds]
    assert len({one.venue_order_id for one in named}) == 1
    told = [msgspec.json.decode(form.body(one, form.signature(one, KEY))) for one in named]
    assert [one["order"]["expiration"] for one in told] == ["0", "0", str(until // NS_PER_SECOND + 60)]
    assert [one["orderType"] for one in told] == ["GTC", "GTC", "GTD"]
    assert [one["postOnly"] for one in told] == [False, True, False]


@given(st.lists(st.text(), unique=True, max_size=50))
def test_salts_fit_a_json_number_and_differ(order_ids: list[str]) -> None:
    salts = [salt_of(order_id) for order_id in order_ids]
    assert all(0 <= salt < 2**53 for salt in salts)
    assert len(set(salts)) == len(salts)
    assert salts == [salt_of(order_id) for order_id in order_ids]


def test_a_batch_is_the_list_of_its_bodies_and_no_longer_than_the_venue_takes() -> None:
    form = given_form()
    named = given_named(form)
    body = form.body(named, form.signature(named, KEY))
    assert msgspec.json.decode(batch_body([body, body])) == [msgspec.json.decode(body)] * 2
    assert len(msgspec.json.decode(batch_body([body] * BATCH_MAX))) == 15
    for wrong in ([], [body] * 16):
        with pytest.raises(AssertionError):
            batch_body(wrong)


def test_a_signer_elsewhere_works_the_hashes_out_again_from_what_it_was_sent() -> None:
    """The order crosses to another process as JSON; the hash that is signed is the one of what stands in it."""
    form = given_form()
    named = given_named(form)
    sent = msgspec.json.decode(msgspec.json.encode(named.order), type=VenueOrder)
    assert form.hashed(sent) == named
    forged = msgspec.structs.replace(sent, maker_micro=sent.maker_micro * 100)
    assert form.hashed(forged).order_hash != named.order_hash
