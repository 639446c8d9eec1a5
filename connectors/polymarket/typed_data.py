"""EIP-712 for one order type: domains, words, hashes. The order id is the last of them, known before anything is sent.

    order id = keccak(0x1901 ‖ domain separator ‖ keccak(type hash ‖ eleven words))

Both live generations sign the same eleven fields; they differ in the domain's version and contract, and those follow the **market** (polymarket.md
§1.2, §3.1), never the look of an id. The separators of our exchanges and all constant words are worked out once, at import.
"""

import re
from functools import lru_cache
from typing import Final

import msgspec
from sha3 import keccak_256

from connectors.polymarket.amounts import Unfit, UnfitOrder
from oms.values.market import Market, TokenId

POLYGON: Final = 137
AMOY: Final = 80_002
"""The test chain."""

ORDER_TYPE: Final = (
    "Order(uint256 salt,address maker,address signer,uint256 tokenId,uint256 makerAmount,uint256 takerAmount,"
    "uint8 side,uint8 signatureType,uint256 timestamp,bytes32 metadata,bytes32 builder)"
)
DOMAIN_NAME: Final = "Polymarket CTF Exchange"
_DOMAIN_TYPE: Final = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
_ADDRESS: Final = re.compile("0x[0-9a-fA-F]{40}")
_BYTES32: Final = re.compile("0x[0-9a-fA-F]{64}")
_TOKEN: Final = re.compile(r"[1-9]\d{0,77}", re.ASCII)
_RESERVED_BITS: Final = ((1 << 64) - 1) << 40
"""Zero in every position id of protocol v2 (polymarket.md §8.4); the official SDK tells the generations apart by them."""
_MODULES: Final = (1, 2, 3)
"""Highest byte of a position id: binary, negRisk, combinatorial."""


class BadAddress(ValueError):
    """A text that should have been an address or 32 bytes is not; the message names it."""


def keccak(data: bytes) -> bytes:
    """Keccak-256 as Ethereum means it (not SHA3-256), 32 bytes."""
    digest: bytes = keccak_256(data).digest()
    return digest


def checksummed(address: str) -> str:
    """The address in the mixed case of EIP-55, as the official clients send it.

    Raises:
        BadAddress: not 0x and 40 hexadecimal digits, or in mixed case with a wrong checksum.
    """
    if not _ADDRESS.fullmatch(address):
        raise BadAddress(f"{address[:50]!r} is not an address: 0x and 40 hexadecimal digits")
    plain = address[2:].lower()
    marks = keccak(plain.encode()).hex()
    mixed = "0x" + "".join(letter.upper() if mark > "7" else letter for letter, mark in zip(plain, marks, strict=False))
    if address[2:] not in {plain, plain.upper(), mixed[2:]}:
        raise BadAddress(f"{address} has a wrong checksum: a letter is mistyped, or it should read {mixed}")
    return mixed


def address_word(address: str) -> bytes:
    """An address as a 32-byte word. Raises BadAddress."""
    return bytes(12) + bytes.fromhex(checksummed(address)[2:])


def bytes32(text: str) -> bytes:
    """32 bytes from 0x and 64 hexadecimal digits. Raises BadAddress."""
    if not _BYTES32.fullmatch(text):
        raise BadAddress(f"{text[:70]!r} is not 0x and 64 hexadecimal digits")
    return bytes.fromhex(text[2:])


class Exchange(msgspec.Struct, frozen=True, kw_only=True):
    """One exchange contract, as far as a signature knows it."""

    version: str
    """Of the EIP-712 domain: "2" or "3"."""
    chain_id: int
    contract: str
    separator: bytes
    """Hash of the domain, 32 bytes; see `exchange`."""


def exchange(version: str, chain_id: int, contract: str) -> Exchange:
    """An exchange with its domain separator worked out. Raises BadAddress."""
    return Exchange(
        version=version,
        chain_id=chain_id,
        contract=checksummed(contract),
        separator=keccak(
            keccak(_DOMAIN_TYPE.encode()) + keccak(DOMAIN_NAME.encode()) + keccak(version.encode()) + chain_id.to_bytes(32) + address_word(contract)
        ),
    )


# Addresses: get_contract_config of py-clob-client-v2 1.2.1; those of Polygon also polymarket.md §8.1.
_CTF_V2: Final = "0xE111180000d2663C0091e4f400237545B87B996B"
_NEG_RISK_V2: Final = "0xe2222d279d744050d28e00520010520000310F59"
_POLYGON_V3: Final = exchange("3", POLYGON, "0xe3333700cA9d93003F00f0F71f8515005F6c00Aa")
_AMOY_V3: Final = exchange("3", AMOY, "0x9fE6e61422AdB6F610d8597F9684b16912D50C3D")
_EXCHANGES: Final[dict[tuple[int, str, bool], Exchange]] = {
    (POLYGON, "v1", False): exchange("2", POLYGON, _CTF_V2),
    (POLYGON, "v1", True): exchange("2", POLYGON, _NEG_RISK_V2),
    (POLYGON, "v2", False): _POLYGON_V3,
    (POLYGON, "v2", True): _POLYGON_V3,
    (AMOY, "v1", False): exchange("2", AMOY, _CTF_V2),
    (AMOY, "v1", True): exchange("2", AMOY, _NEG_RISK_V2),
    (AMOY, "v2", False): _AMOY_V3,
    (AMOY, "v2", True): _AMOY_V3,
}
"""(chain, the market's generation, negRisk) → where its orders are signed for. One V3 exchange serves both kinds."""


def exchange_of(market: Market, chain_id: int) -> Exchange:
    """Where an order for this market is signed for. Raises UnfitOrder(UNKNOWN_GENERATION)."""
    found = _EXCHANGES.get((chain_id, market.generation, market.neg_risk))
    if found is None:
        raise UnfitOrder(Unfit.UNKNOWN_GENERATION, f"{market.generation!r} on chain {chain_id}; known are v1 and v2 on {POLYGON} and {AMOY}")
    return found


def is_exchange(told: Exchange, chain_id: int) -> bool:
    """Whether this is, separator and all, an exchange of ours on that chain: what a process asks that signs for nobody else."""
    return any(told == ours for (chain, _, _), ours in _EXCHANGES.items() if chain == chain_id)


@lru_cache(maxsize=8_192)  # two tokens of 4,000 markets
def token_word(token: TokenId) -> bytes:
    """A token id as a 32-byte word. Raises UnfitOrder(WRONG_LEDGER) for a text that is no 256-bit decimal."""
    number = int(token) if _TOKEN.fullmatch(token) else 0
    if not 0 < number < 1 << 256:
        raise UnfitOrder(Unfit.WRONG_LEDGER, f"{token[:90]!r} is not the decimal text of a 256-bit id")
    return number.to_bytes(32)


@lru_cache(maxsize=8_192)
def check_ledger(token: TokenId, generation: str) -> None:
    """Refuse an id of the other generation.

    A v2 market trades position ids, whose bits carry their meaning; a v1 market trades hashes. An id of the other kind means that somebody took
    the wrong field of the market (35 % of v1 markets carry both, polymarket.md §1.2), and its order would be for shares that do not exist.

    Raises:
        UnfitOrder: WRONG_LEDGER.
    """
    number = int.from_bytes(token_word(token))
    is_position = not number & _RESERVED_BITS and number >> 248 in _MODULES
    if is_position is not (generation == "v2"):
        raise UnfitOrder(Unfit.WRONG_LEDGER, f"{token} in a market of generation {generation!r}")


ORDER_TYPE_HASH: Final = keccak(ORDER_TYPE.encode())


def signing_hash(separator: bytes, struct_hash: bytes) -> bytes:
    """What is signed for a struct in a domain (EIP-712)."""
    digest: bytes = keccak_256(b"\x19\x01" + separator + struct_hash).digest()
    return digest
