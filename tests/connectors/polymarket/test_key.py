"""The key signs as every recorded vector does, and never shows itself."""

import copy
import json
import pickle
import traceback
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.polymarket.authentication import Credentials
from connectors.polymarket.key import BadKey, Key, Withheld, signer_of
from tests.connectors.polymarket.words_signing import API_KEY, EOA, SECRET, vectors

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
HIDDEN = "correcthorsebattery"
SECRETS: list[tuple[Withheld, list[str]]] = [
    (Key(SECRET), [SECRET]),
    (Credentials(EOA, API_KEY, "A" * 43 + "=", HIDDEN), [HIDDEN, "A" * 43]),
]


def everything_said(thing: Withheld) -> str:
    """All texts a careless program would make of it."""
    said = [repr(thing), str(thing), f"{thing}", f"{thing!r:>200}", f"{[thing]}", "%s" % (thing,), ascii(thing)]  # noqa: UP031
    attempts: list[Callable[[], object]] = [
        lambda: pickle.dumps(thing),
        lambda: copy.copy(thing),
        lambda: copy.deepcopy([thing]),
        lambda: json.dumps({"key": thing}),
        lambda: msgspec.json.encode({"key": thing}),
        lambda: msgspec.to_builtins(thing),
        lambda: vars(thing),
        lambda: thing + thing,  # type: ignore[operator]
        lambda: int(thing),  # type: ignore[call-overload]
    ]
    for attempt in attempts:
        with pytest.raises(TypeError) as refused:
            attempt()
        said += traceback.format_exception(refused.value)
    return "\n".join(said)


@pytest.mark.parametrize(("thing", "hidden"), SECRETS, ids=["key", "credentials"])
def test_a_secret_has_no_text_and_cannot_be_pickled_copied_or_encoded(thing: Withheld, hidden: list[str]) -> None:  # req 0.15
    said = everything_said(thing)
    assert type(thing).__name__ in said
    assert [text for text in hidden if text.lower() in said.lower()] == []


@pytest.mark.parametrize(
    "text",
    ["", "0x", "zz" * 32, "11" * 31, "11" * 33, "0" * 64, f"{ORDER:064x}", "ff" * 32, "11" * 31 + "1", "1" * 63 + "é"],
)
def test_a_bad_key_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(BadKey) as refused:
        Key(text)
    assert len(text) < 3 or text not in "".join(traceback.format_exception(refused.value, limit=0))


def test_a_hash_of_the_wrong_length_is_refused_without_showing_the_key() -> None:
    with pytest.raises(ValueError, match="32 bytes") as refused:
        Key(SECRET).sign(b"short")
    assert SECRET not in "".join(traceback.format_exception(refused.value))


def test_a_key_knows_its_address_however_it_is_written() -> None:
    assert Key(SECRET).address == Key("0x" + SECRET).address == Key(f" {SECRET}\n").address == EOA
    assert Key(f"{1:064x}").address == "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf"


@pytest.mark.data
def test_every_recorded_hash_is_signed_byte_for_byte(data_dir: Path) -> None:  # req 2.29
    """Orders of all three generations: all but deposit wallets sign the order hash itself."""
    rows = [row for row in vectors(data_dir, "eip712_orders.json")["orders"] if row["order"]["signatureType"] != 3]
    assert rows
    for row in rows:
        key, digest = Key(row["private_key"]), bytes.fromhex(row["order_hash"][2:])
        signature = key.sign(digest)
        assert "0x" + signature.hex() == row["signature"], row["id"]
        assert signer_of(digest, signature) == key.address == row["order"]["signer"]


@pytest.mark.data
def test_the_upstream_order_signature_is_ours(data_dir: Path) -> None:
    row = next(row for row in vectors(data_dir, "upstream_signatures.json")["vectors"] if "expected_signing_hash" in row)
    assert "0x" + Key(row["private_key"]).sign(bytes.fromhex(row["expected_signing_hash"][2:])).hex() == row["expected_signature"]


@pytest.mark.data
def test_orders_that_the_contract_judged_invalid_do_not_recover_to_their_signer(data_dir: Path) -> None:
    """Of the odd ones: those whose fault is in the signature itself. Wallets without code or with a strange maker are the contract's to judge."""
    rows = vectors(data_dir, "eip712_orders.json")["judged"]
    assert rows
    for row in rows:
        signature = bytes.fromhex(row["signature"][2:])
        found = signer_of(bytes.fromhex(row["order_hash"][2:]), signature)
        if "changed after signing" in row["case"] or "signed for" in row["case"] or len(signature) != 65 or row["case"] == "v is 0 or 1":
            assert found != row["order"]["signer"], row["case"]
        elif row["contract_verdict"] == "accepted":
            assert found == row["order"]["signer"], row["case"]


@given(st.integers(1, ORDER - 1), st.binary(min_size=32, max_size=32))
def test_a_signature_recovers_to_the_address_is_deterministic_and_has_a_low_s(number: int, digest: bytes) -> None:
    key = Key(f"{number:064x}")
    signature = key.sign(digest)
    assert len(signature) == 65
    assert signature == Key(f"{number:064x}").sign(digest)
    assert signer_of(digest, signature) == key.address
    assert int.from_bytes(signature[32:64]) <= ORDER // 2


@given(st.binary(max_size=70))
def test_any_bytes_are_a_signature_of_somebody_or_of_nobody(signature: bytes) -> None:
    found = signer_of(b"\x01" * 32, signature)
    assert found is None or found.startswith("0x")
