"""Test words of chain transactions: calls as eth_abi writes them, and a transaction that is signed."""

from typing import Any

from eth_abi.abi import encode
from eth_utils.crypto import keccak
from msgspec.structs import replace

from connectors.signer_caps import WEI_PER_POL, Caps, ChainCaps
from connectors.signer_transaction import Transaction
from oms.values.units import MICRO
from tests.connectors.words_signer import given_caps

# polymarket.md §8.1, written down once more: a slip in the product's table shows.
PUSD = "0xC011a7E12a19f7B1f670d46F03B03f3342E82DFB"
ADAPTER = "0xAdA100Db00Ca00073811820692005400218FcE1f"
NEG_RISK = "0xadA2005600Dec949baf300f4C6120000bDB6eAab"
ROUTER = "0x12121212006e4CD160D18e3f00711DA5c3372600"

CONDITION = bytes.fromhex("78443f96" + "5c" * 26 + "a63b")
CONDITION_V2 = bytes.fromhex("017791f201d5a788e0039e511fc1900e5f00000000000000000000000000" + "0000")[:31]  # §8.4
EVENT = bytes.fromhex("0211111111111111111111111111111111000300000000000000000000")
GWEI = 10**9


def call(signature: str, *values: object) -> bytes:
    """Call data as eth_abi writes it: the types stand in the signature."""
    types = signature[signature.index("(") + 1 : -1].split(",")
    return keccak(text=signature)[:4] + encode(types, values)


def split_v1(amount: int = MICRO, **other: Any) -> bytes:  # noqa: ANN401 (one of the arguments)
    given = {"collateral": PUSD, "parent": bytes(32), "partition": [1, 2], **other}
    signature = "splitPosition(address,bytes32,bytes32,uint256[],uint256)"
    return call(signature, given["collateral"], given["parent"], CONDITION, given["partition"], amount)


def merge_v1(amount: int = MICRO) -> bytes:
    return call("mergePositions(address,bytes32,bytes32,uint256[],uint256)", PUSD, bytes(32), CONDITION, [1, 2], amount)


def redeem_v1() -> bytes:
    return call("redeemPositions(address,bytes32,bytes32,uint256[])", PUSD, bytes(32), CONDITION, [1, 2])


def convert_v1(amount: int = MICRO, index_set: int = 0b101) -> bytes:
    return call("convertPositions(bytes32,uint256,uint256)", CONDITION, index_set, amount)


def split_v2(amount: int = MICRO) -> bytes:
    return call("split(bytes31,uint256)", CONDITION_V2, amount)


def merge_v2(amount: int = MICRO) -> bytes:
    return call("merge(bytes31,uint256)", CONDITION_V2, amount)


def redeem_v2(amount: int = MICRO, outcome: int = 1) -> bytes:
    return call("redeem(bytes31,uint256,uint256)", CONDITION_V2, outcome, amount)


def convert_v2(amount: int = MICRO, index: int = 2) -> bytes:
    return call("convert(bytes29,uint16,uint256)", EVENT, index, amount)


def a_transaction(data: bytes | None = None, to: str = ROUTER, **changes: Any) -> Transaction:  # noqa: ANN401 (fields of a Transaction)
    """A split of a dollar on the Router, or another call; its gas may cost 0.03 POL."""
    plain = Transaction(
        chain_id=137,
        to=to,
        nonce=7,
        gas=300_000,
        max_fee_wei=100 * GWEI,
        priority_fee_wei=30 * GWEI,
        value_wei=0,
        data=split_v2() if data is None else data,
    )
    return replace(plain, **changes)


def chain_caps(**changes: Any) -> Caps:  # noqa: ANN401 (fields of a ChainCaps)
    """Caps with transactions on: 20 dollars each, 0.1 POL for gas."""
    return given_caps(chain=replace(ChainCaps(transactions=True, transaction_micro=20 * MICRO, gas_wei=WEI_PER_POL // 10), **changes))
