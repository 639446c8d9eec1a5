"""Our transactions are eth-account's, byte for byte, and what comes out says who signed it."""

import pytest
from eth_account import Account
from hypothesis import given
from hypothesis import strategies as st

from connectors.polymarket.key import Key, signer_of
from connectors.signer_transaction import Transaction, raw_transaction, signing_hash
from tests.connectors.polymarket.words_signing import EOA, SECRET
from tests.connectors.words_chain import NEG_RISK, ROUTER, a_transaction, convert_v2, split_v1

KEY = Key(SECRET)
UINT64 = st.integers(0, (1 << 64) - 1)


def as_eth_account(of: Transaction) -> dict[str, object]:
    return {
        "type": 2,
        "chainId": of.chain_id,
        "nonce": of.nonce,
        "maxPriorityFeePerGas": of.priority_fee_wei,
        "maxFeePerGas": of.max_fee_wei,
        "gas": of.gas,
        "to": of.to,
        "value": of.value_wei,
        "data": of.data,
    }


def signed_alike(transaction: Transaction) -> None:
    theirs = Account.sign_transaction(as_eth_account(transaction), SECRET)
    ours = raw_transaction(transaction, KEY.sign(signing_hash(transaction)))
    assert ours.raw == bytes(theirs.raw_transaction)
    assert ours.transaction_hash == bytes(theirs.hash)


@given(st.integers(1, 1 << 62), st.tuples(UINT64, UINT64, UINT64, UINT64, UINT64), st.binary(max_size=300), st.sampled_from([ROUTER, NEG_RISK]))
def test_any_transaction_is_the_one_eth_account_makes(chain_id: int, numbers: tuple[int, int, int, int, int], data: bytes, to: str) -> None:
    nonce, gas, tip, more, value = numbers
    signed_alike(
        Transaction(chain_id=chain_id, to=to, nonce=nonce, gas=gas, max_fee_wei=tip + more, priority_fee_wei=tip, value_wei=value, data=data)
    )


@pytest.mark.parametrize("length", [0, 1, 55, 56, 255, 256, 65_535, 65_536])
@pytest.mark.parametrize("byte", [0x00, 0x7F, 0x80])
def test_lengths_are_written_right_on_both_sides_of_every_step(length: int, byte: int) -> None:
    signed_alike(a_transaction(bytes([byte]) * length))


@pytest.mark.parametrize("data", [convert_v2(), split_v1()])
def test_the_sender_that_the_chain_sees_is_the_key_that_signed(data: bytes) -> None:
    transaction = a_transaction(data)
    signature = KEY.sign(signing_hash(transaction))
    assert signer_of(signing_hash(transaction), signature) == EOA
    assert Account.recover_transaction(raw_transaction(transaction, signature).raw) == EOA


def test_numbers_with_leading_zeros_in_the_signature_lose_them_as_the_chain_demands() -> None:
    for nonce in range(600):  # one in 128 has a short r or s
        transaction = a_transaction(nonce=nonce)
        signature = KEY.sign(signing_hash(transaction))
        if 0 in (signature[0], signature[32]):
            signed_alike(transaction)
            return
    raise AssertionError("none of 600 signatures has a leading zero")
