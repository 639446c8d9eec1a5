import json
from pathlib import Path
from typing import Any

import pytest

from connectors.polymarket.key import Key
from sim.gateway.ids import checksummed
from sim.gateway.typed_data import Domain, Domains, SignedOrder, domain, fits_word, login_signer, owner_of, recover, signing_digest

CONTRACT_ALONE_KNOWS = {"EOA type, maker is not the signer", "type 1 with the Safe address as maker", "type 2 with the proxy address as maker",
                        "type 3 but maker has no code", "makerAmount zero"}  # fmt: skip
"""Cases in which the signature is its signer's, and the contract refuses the order for another reason; orders.py judges some of those."""


def vectors(data_dir: Path, name: str) -> Any:  # noqa: ANN401 (JSON)
    return json.loads((data_dir / "vectors" / name).read_bytes())


def order_of(row: dict[str, Any]) -> tuple[SignedOrder, Domain, bytes]:
    order, where = row["order"], row["domain"]
    signed = SignedOrder(
        salt=int(order["salt"]), maker=bytes.fromhex(order["maker"][2:]), signer=bytes.fromhex(order["signer"][2:]), token=int(order["tokenId"]),
        maker_amount=int(order["makerAmount"]), taker_amount=int(order["takerAmount"]), side=order["side"], signature_type=order["signatureType"],
        timestamp_ms=int(order["timestamp"]), metadata=bytes.fromhex(order["metadata"][2:]), builder=bytes.fromhex(order["builder"][2:]),
    )  # fmt: skip
    return signed, domain(where["version"], where["chainId"], where["verifyingContract"]), bytes.fromhex(row["signature"][2:])


@pytest.mark.data
def test_hashes_and_signers_are_those_the_contract_found(data_dir: Path) -> None:
    rows = [row for row in vectors(data_dir, "eip712_orders.json")["orders"] if not row["exchange"].startswith("v1")]
    assert rows
    for row in rows:
        order, where, signature = order_of(row)
        assert "0x" + where.separator.hex() == row["domain_separator"]
        assert "0x" + order.struct_hash().hex() == row["struct_hash"]
        assert "0x" + signing_digest(where.separator, order.struct_hash()).hex() == row["order_hash"]
        assert owner_of(order, where, signature) == Key(row["private_key"]).address


@pytest.mark.data
def test_odd_signatures_are_judged_as_the_contract_judged_them(data_dir: Path) -> None:
    rows = [row for row in vectors(data_dir, "eip712_orders.json")["judged"] if row["case"] not in CONTRACT_ALONE_KNOWS]
    assert rows
    for row in rows:
        order, where, signature = order_of(row)
        is_its_signers = owner_of(order, where, signature) == checksummed(row["order"]["signer"])
        assert is_its_signers is (row["contract_verdict"] == "accepted"), row["case"]


@pytest.mark.data
def test_logins_are_recovered(data_dir: Path) -> None:
    rows = vectors(data_dir, "eip712_orders.json")["clob_auth"]
    assert rows
    for row in rows:
        signature = bytes.fromhex(row["signature"][2:])
        assert login_signer(row["address"], row["timestamp"], row["nonce"], row["chain_id"], signature) == row["address"]
        assert login_signer(row["address"], row["timestamp"], row["nonce"] + 1, row["chain_id"], signature) != row["address"]


def test_the_domains_are_those_of_the_reference() -> None:  # polymarket.md §3.1
    domains = Domains(137)
    assert domains.of("v1", neg_risk=False).separator.hex() == "3264e159346253e26a64e00b69032db0e7d32f94628de3e6eecb50304d7af3d2"
    assert domains.of("v1", neg_risk=True).separator.hex() == "9b858f53327b0bd13af8ec14cfb35234fb9eb7b0504d1a4e61f433840d30e81a"
    for neg_risk in (False, True):
        assert domains.of("v2", neg_risk=neg_risk).separator.hex() == "466c63910185bbd55e8679264200c4e0abdcbb0c6264eb3d41d13326022e095b"


def test_the_other_generations_domains_are_what_a_mistaken_client_signs_for() -> None:
    domains = Domains(137)
    assert [where.version for where in domains.of_other_generation("v1")] == ["3"]
    assert [where.version for where in domains.of_other_generation("v2")] == ["2", "2"]


def test_nothing_that_is_no_signature_belongs_to_anybody() -> None:
    for signature in (b"", bytes(64), bytes(65), bytes(64) + b"\x1b", b"\xff" * 64 + b"\x1c", bytes(66)):
        assert recover(bytes(32), signature) is None


def test_a_word_has_256_bits() -> None:
    assert fits_word(0)
    assert fits_word((1 << 256) - 1)
    assert not fits_word(1 << 256)
    assert not fits_word(-1)
