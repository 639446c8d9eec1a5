"""A transaction of Polygon as EIP-1559 writes it: its fields, the hash that is signed, the bytes that are sent. Pure.

    sent = 0x02 ‖ rlp([chain id, nonce, priority fee, max fee, gas, to, value, data, access list, y parity, r, s])

What is signed is the same without the last three. There is no other kind of transaction here: older ones carry one gas price and, at their oldest,
no chain id.
"""

from typing import Final

import msgspec

from connectors.polymarket.typed_data import keccak

_EIP_1559: Final = b"\x02"
_STRING: Final = 0x80
_LIST: Final = 0xC0
_SHORT_MAX: Final = 55
"""Bytes whose length RLP writes into the first byte; a longer run has its length's length there."""
_NO_ACCESS_LIST: Final = bytes([_LIST])
_PARITY_BASE: Final = 27
"""The last byte of a signature of ours is 27 or 28; here it is 0 or 1."""


class Transaction(msgspec.Struct, frozen=True, kw_only=True):
    """Everything of a transaction but its signature. There is no field for its sender: that is whoever signs."""

    chain_id: int
    to: str
    """Address of the contract: 0x and 40 hexadecimal digits."""
    nonce: int
    gas: int
    """The most gas it may burn."""
    max_fee_wei: int
    """The most that is paid for one gas, tip and all; 10⁻¹⁸ POL."""
    priority_fee_wei: int
    """The tip for one gas."""
    value_wei: int
    """POL that goes with it."""
    data: bytes
    """The call: selector and arguments."""


class RawTransaction(msgspec.Struct, frozen=True, kw_only=True):
    """A signed transaction, as `eth_sendRawTransaction` takes it."""

    raw: bytes
    transaction_hash: bytes
    """What the chain will call it, 32 bytes; known before it is sent."""


def signing_hash(transaction: Transaction) -> bytes:
    """The 32 bytes that the sender signs. Its numbers are not negative, and `to` is an address."""
    return keccak(_EIP_1559 + _list(_fields(transaction)))


def raw_transaction(transaction: Transaction, signature: bytes) -> RawTransaction:
    """The transaction with its signature, 65 bytes r ‖ s ‖ v as Key.sign gives it."""
    parity, r, s = signature[64] - _PARITY_BASE, int.from_bytes(signature[:32]), int.from_bytes(signature[32:64])
    raw = _EIP_1559 + _list(_fields(transaction) + _number(parity) + _number(r) + _number(s))
    return RawTransaction(raw=raw, transaction_hash=keccak(raw))


def _fields(of: Transaction) -> bytes:
    numbers = (of.chain_id, of.nonce, of.priority_fee_wei, of.max_fee_wei, of.gas)
    to = bytes.fromhex(of.to[2:])
    return b"".join(_number(number) for number in numbers) + _string(to) + _number(of.value_wei) + _string(of.data) + _NO_ACCESS_LIST


def _number(value: int) -> bytes:
    """Big-endian without leading zeros; zero is the empty string."""
    return _string(value.to_bytes((value.bit_length() + 7) // 8))


def _string(content: bytes) -> bytes:
    is_its_own = len(content) == 1 and content[0] < _STRING
    return content if is_its_own else _length(len(content), _STRING) + content


def _list(content: bytes) -> bytes:
    return _length(len(content), _LIST) + content


def _length(length: int, base: int) -> bytes:
    if length <= _SHORT_MAX:
        return bytes([base + length])
    written = length.to_bytes((length.bit_length() + 7) // 8)
    return bytes([base + _SHORT_MAX + len(written)]) + written
