"""Domains, words and addresses: against the reference and every recorded vector."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.polymarket.amounts import Unfit, UnfitOrder
from connectors.polymarket.typed_data import (
    AMOY,
    ORDER_TYPE_HASH,
    POLYGON,
    BadAddress,
    address_word,
    bytes32,
    check_ledger,
    checksummed,
    exchange,
    exchange_of,
    keccak,
    token_word,
)
from tests.connectors.polymarket.words_signing import CTF_TOKEN, EOA, POSITION, given_market, vectors

SEPARATORS = {
    ("v1", False): "3264e159346253e26a64e00b69032db0e7d32f94628de3e6eecb50304d7af3d2",
    ("v1", True): "9b858f53327b0bd13af8ec14cfb35234fb9eb7b0504d1a4e61f433840d30e81a",
    ("v2", False): "466c63910185bbd55e8679264200c4e0abdcbb0c6264eb3d41d13326022e095b",
    ("v2", True): "466c63910185bbd55e8679264200c4e0abdcbb0c6264eb3d41d13326022e095b",
}
"""polymarket.md §3.1."""


def test_keccak_is_ethereums_and_not_sha3() -> None:
    assert keccak(b"").hex() == "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"


def test_the_order_type_is_that_of_the_exchange_contracts() -> None:
    assert ORDER_TYPE_HASH.hex() == "bb86318a2138f5fa8ae32fbe8e659f8fcf13cc6ae4014a707893055433818589"


@pytest.mark.parametrize(("generation", "neg_risk"), SEPARATORS)
def test_the_market_alone_chooses_the_exchange(generation: str, neg_risk: bool) -> None:  # noqa: FBT001 (a parameter of the test)
    chosen = exchange_of(given_market(generation, neg_risk=neg_risk), POLYGON)
    assert chosen.separator.hex() == SEPARATORS[generation, neg_risk]
    assert chosen.version == {"v1": "2", "v2": "3"}[generation]


def test_the_test_chain_has_domains_of_its_own() -> None:
    for generation, neg_risk in SEPARATORS:
        market = given_market(generation, neg_risk=neg_risk)
        assert exchange_of(market, AMOY).separator != exchange_of(market, POLYGON).separator


@pytest.mark.parametrize(("generation", "chain_id"), [("v3", POLYGON), ("", POLYGON), ("V1", POLYGON), ("v1", 1)])
def test_a_generation_or_chain_we_do_not_know_is_refused_by_name(generation: str, chain_id: int) -> None:
    with pytest.raises(UnfitOrder, match=f"'{generation}' on chain {chain_id}") as refused:
        exchange_of(given_market(generation), chain_id)
    assert refused.value.reason is Unfit.UNKNOWN_GENERATION


@pytest.mark.data
def test_every_recorded_domain_separator_is_worked_out(data_dir: Path) -> None:
    rows = vectors(data_dir, "eip712_orders.json")["orders"]
    assert rows
    for row in rows:
        domain = row["domain"]
        found = exchange(domain["version"], domain["chainId"], domain["verifyingContract"])
        assert "0x" + found.separator.hex() == row["domain_separator"], row["id"]


def struct_hash(kind: str, order: dict[str, Any]) -> bytes:
    """The hash of an order of any generation, by its type as text: also of the first, which nobody takes any more and our form does not write."""
    fields = [field.split() for field in kind.partition("(")[2].removesuffix(")").split(",")]
    words = {"address": address_word, "bytes32": bytes32}
    return keccak(keccak(kind.encode()) + b"".join(words[of](order[name]) if of in words else int(order[name]).to_bytes(32) for of, name in fields))


@pytest.mark.data
def test_every_recorded_order_hash_is_made_of_our_words_separator_and_keccak(data_dir: Path) -> None:  # req 2.29
    """All generations: every row of the contracts, and the one of the official clients' own tests."""
    told = vectors(data_dir, "eip712_orders.json")
    upstream = [row for row in vectors(data_dir, "upstream_signatures.json")["vectors"] if "order" in row]
    assert upstream
    for row in upstream:
        domain = {"version": row["domain_version"], "chainId": row["chain_id"], "verifyingContract": row["verifying_contract"]}
        order = {**row["order"], "side": ("BUY", "SELL").index(row["order"]["side"])}
        told["orders"].append({"domain": domain, "order": order, "order_hash": row["expected_signing_hash"], "id": row["name"]})
    assert {row["domain"]["version"] for row in told["orders"]} == {"1", "2", "3"}
    for row in told["orders"]:
        domain = row["domain"]
        found = struct_hash(told["order_types"][f"v{domain['version']}"], row["order"])
        assert "0x" + found.hex() == row.get("struct_hash", "0x" + found.hex()), row["id"]
        where = exchange(domain["version"], domain["chainId"], domain["verifyingContract"])
        assert "0x" + keccak(b"\x19\x01" + where.separator + found).hex() == row["order_hash"], row["id"]


@pytest.mark.data
def test_every_recorded_token_of_the_first_ledger_passes_there_and_only_there(data_dir: Path) -> None:
    told = vectors(data_dir, "ctf_ids.json")
    tokens = [row["position_id"] for row in told["vectors"]] + [token for market in told["published_markets"] for token in market["token_ids"]]
    assert tokens
    for token in tokens:
        assert int.from_bytes(token_word(token)) == int(token)
        check_ledger(token, "v1")
        with pytest.raises(UnfitOrder, match="generation 'v2'"):
            check_ledger(token, "v2")


def test_a_position_id_in_a_market_of_hashes_is_refused_and_the_other_way_round() -> None:
    check_ledger(POSITION, "v2")
    check_ledger(CTF_TOKEN, "v1")
    for token, generation in ((POSITION, "v1"), (CTF_TOKEN, "v2"), (str(4 << 248), "v2"), (str((1 << 248) + (1 << 40)), "v2"), ("1234", "v2")):
        with pytest.raises(UnfitOrder) as refused:
            check_ledger(token, generation)
        assert refused.value.reason is Unfit.WRONG_LEDGER


@pytest.mark.parametrize("token", ["", "0", "-1", "1.5", "0x12", "٣", "1" * 400, str(1 << 256), " 1", "1\n", "01", "yes-token"])
def test_a_token_that_is_no_number_of_256_bits_is_refused(token: str) -> None:
    with pytest.raises(UnfitOrder, match="256-bit id"):
        token_word(token)


@pytest.mark.parametrize(
    "address",
    [
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
        "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
        "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
        EOA,
    ],
)
def test_addresses_are_written_as_eip_55_says(address: str) -> None:
    assert checksummed(address.lower()) == checksummed("0x" + address[2:].upper()) == checksummed(address) == address


@given(st.integers(0, 39))
def test_a_mistyped_letter_is_noticed(place: int) -> None:
    letters = EOA[2:]
    wrong = "0x" + letters[:place] + letters[place].swapcase() + letters[place + 1 :]
    if wrong == EOA:
        assert letters[place].isdigit()
        return
    with pytest.raises(BadAddress, match="wrong checksum"):
        address_word(wrong)


@pytest.mark.parametrize("text", ["", "0x", "0x12", EOA[2:], EOA + "0", "0x" + "g" * 40, EOA + "\n"])
def test_what_is_no_address_and_no_32_bytes_is_a_named_error(text: str) -> None:
    with pytest.raises(BadAddress, match="not an address"):
        checksummed(text)
    with pytest.raises(BadAddress, match="64 hexadecimal digits"):
        bytes32(text)
