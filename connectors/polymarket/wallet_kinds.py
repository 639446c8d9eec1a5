"""Which wallets belong to a key, and which kind of wallet stands behind an address. Pure: addresses and chain code in, words out.

Every account of the venue trades from one of four wallets of its key (polymarket.md §3.1). Three of them are contracts whose addresses follow from
the key's address before they are deployed (CREATE2), so a wrong funder shows without any network. What is deployed there tells the kind by itself: a
proxy is a clone of one implementation (EIP-1167), a Safe has Safe's own proxy code, a deposit wallet ends in its factory's and its owner's address.

Sources: addresses and derivations as in polymarket-client 0.14.0 (environments.py, wallet.py; read 2026-11), those of Safe and proxy also in
onchain.md §6; Safe's proxy code as compiled for Safe 1.1.1, 1.3.0 and 1.4.1, which differ only in the metadata at its end; Solady's ERC-1967 proxies.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from connectors.polymarket.signing import SignatureType
from connectors.polymarket.typed_data import POLYGON, address_word, checksummed, keccak

_PROXY_FACTORY: Final = "0xaB45c5A4B0c941a2F231C04C3f49182e1A254052"
_PROXY_INIT_HASH: Final = bytes.fromhex("d21df8dc65880a8606f09fe0ce3df9b8869287ab0b058be05aa9e8af6330a00b")
_SAFE_FACTORY: Final = "0xaacFeEa03eb1561C4e67d661e40682Bd20E3541b"
_SAFE_INIT_HASH: Final = bytes.fromhex("2bce2127ff07fb632d16c8347c4ebf501f4841168bed00d9e6ef715ddb6fcecf")
_DEPOSIT_FACTORY: Final = "0x00000000000Fb5C9ADea0298D729A0CB3823Cc07"
_DEPOSIT_BEACON: Final = "0x7A18EDfe055488A3128f01F563e5B479D92ffc3a"
_DEPOSIT_IMPLEMENTATION: Final = "0x58CA52ebe0DadfdF531Cde7062e76746de4Db1eB"

_PROXY_IMPLEMENTATION: Final = "44e999d5c2f66ef0861317f9a4805ac2e90aeb4f"
_CLONE_OF_PROXY: Final = bytes.fromhex(f"363d3d373d3d3d363d73{_PROXY_IMPLEMENTATION}5af43d82803e903d91602b57fd5bf3")
_SAFE_PROXY: Final = bytes.fromhex(
    "608060405273ffffffffffffffffffffffffffffffffffffffff600054167fa619486e0000000000000000000000000000000000000000000000000000000060003514156050"
    "578060005260206000f35b3660008037600080366000845af43d6000803e60008114156070573d6000fd5b3d6000f3fe"
)
_ERC1967: Final = bytes.fromhex(
    "363d3d373d3d363d7f360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc545af43d6000803e6038573d6000fd5b3d6000f3"
)
_ERC1967_BEACON: Final = bytes.fromhex(
    "363d3d373d3d363d602036600436635c60da1b60e01b36527fa3f0ad74e5423aebfd80d3ef4346578335a9a72aeaee59ff6cb3582b35133d50545afa5036515af43d6000803e"
    "604d573d6000fd5b3d6000f3"
)
_DELEGATED: Final = bytes.fromhex("ef0100")
"""A key's own address that lends itself the code of a contract (EIP-7702): it still signs for itself."""
_DELEGATED_BYTES: Final = 23


class Behind(msgspec.Struct, frozen=True):
    """What stands at an address."""

    kind: SignatureType | None
    """None: a contract of no kind we know. EOA: no contract at all."""
    owner: str = ""
    """Whose it is, where the code tells (deposit wallets); EIP-55."""


def wallets_of(owner: str, chain_id: int = POLYGON) -> Mapping[SignatureType, tuple[str, ...]]:
    """The addresses (EIP-55) a key's wallets have, deployed or not. Deposit wallets have been made in two ways, the present one is first.

    On other chains than Polygon only the key's own address is known. Raises BadAddress.
    """
    own = checksummed(owner)
    if chain_id != POLYGON:
        return {SignatureType.EOA: (own,)}
    word = address_word(own)
    names = address_word(_DEPOSIT_FACTORY) + word
    deposit = (
        _creation_code(_DEPOSIT_BEACON, "60195155f3", _ERC1967_BEACON + names),
        _creation_code(_DEPOSIT_IMPLEMENTATION, "60095155f3", _ERC1967 + names),
    )
    return {
        SignatureType.EOA: (own,),
        SignatureType.POLY_PROXY: (_created(_PROXY_FACTORY, keccak(word[12:]), _PROXY_INIT_HASH),),
        SignatureType.POLY_GNOSIS_SAFE: (_created(_SAFE_FACTORY, keccak(word), _SAFE_INIT_HASH),),
        SignatureType.POLY_1271: tuple(_created(_DEPOSIT_FACTORY, keccak(names), keccak(init)) for init in deposit),
    }


def kind_of(owner: str, funder: str, chain_id: int = POLYGON) -> SignatureType | None:
    """Which of the key's wallets an address is; None: none of them. Raises BadAddress."""
    wanted = checksummed(funder)
    return next((kind for kind, addresses in wallets_of(owner, chain_id).items() if wanted in addresses), None)


def behind(code: bytes) -> Behind:
    """What stands at an address that has this code (`eth_getCode`); an undeployed contract looks like a key's own address."""
    if not code or (code.startswith(_DELEGATED) and len(code) == _DELEGATED_BYTES):
        return Behind(SignatureType.EOA)
    if code == _CLONE_OF_PROXY:
        return Behind(SignatureType.POLY_PROXY)
    if code.startswith(_SAFE_PROXY):
        return Behind(SignatureType.POLY_GNOSIS_SAFE)
    for runtime in (_ERC1967_BEACON, _ERC1967):
        names = code[len(runtime) :]
        if code.startswith(runtime) and len(names) == 64 and names[:32] == address_word(_DEPOSIT_FACTORY) and not any(names[32:44]):
            return Behind(SignatureType.POLY_1271, checksummed("0x" + names[44:].hex()))
    return Behind(None)


def _creation_code(target: str, last: str, runtime: bytes) -> bytes:
    """Creation code of Solady's ERC-1967 proxies: it stores where to delegate to, and leaves `runtime` with what is known about the wallet."""
    return b"\x61" + len(runtime).to_bytes(2) + bytes.fromhex("3d8160233d3973") + address_word(target)[12:] + bytes.fromhex(last) + runtime


def _created(factory: str, salt: bytes, init_hash: bytes) -> str:
    """Where CREATE2 puts a contract (EIP-1014)."""
    return checksummed("0x" + keccak(b"\xff" + address_word(factory)[12:] + salt + init_hash)[12:].hex())
