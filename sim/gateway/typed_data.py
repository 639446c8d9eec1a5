"""What users signed, worked out again from what they sent: the twin's own EIP-712, written apart from the connector's (decision 0005).

Contracts and domains: polymarket.md §3.1 and the config of py-clob-client-v2 1.2.1. Every signature type of the venue is known: 0 a plain wallet, 1
and 2 a proxy or safe that belongs to the signer, 3 a deposit wallet whose owner signed an ERC-7739 envelope (§3.2); session keys are refused. As
the contract, and as data/vectors/eip712_orders.json says of it, this takes a high s and the compact form of 64 bytes (EIP-2098). Unlike the contract
it does not work out which proxy or safe belongs to a signer (authentication.py: whoever signs for a wallet first has it).
"""

from typing import Final

import msgspec
from coincurve import PublicKey

from sim.gateway.ids import checksummed, keccak

EXCHANGE_V2: Final = "0xE111180000d2663C0091e4f400237545B87B996B"
NEG_RISK_V2: Final = "0xe2222d279d744050d28e00520010520000310F59"
EXCHANGE_V3: Final = "0xe3333700cA9d93003F00f0F71f8515005F6c00Aa"
EXCHANGE_V3_AMOY: Final = "0x9fE6e61422AdB6F610d8597F9684b16912D50C3D"
AMOY: Final = 80_002

_ORDER_TYPE: Final = (
    "Order(uint256 salt,address maker,address signer,uint256 tokenId,uint256 makerAmount,uint256 takerAmount,"
    "uint8 side,uint8 signatureType,uint256 timestamp,bytes32 metadata,bytes32 builder)"
)
_ENVELOPE_TYPE: Final = (
    "TypedDataSign(Order contents,string name,string version,uint256 chainId,address verifyingContract,bytes32 salt)" + _ORDER_TYPE
)
_ORDER_HASH: Final = keccak(_ORDER_TYPE.encode())
_ENVELOPE_HASH: Final = keccak(_ENVELOPE_TYPE.encode())
_DOMAIN_HASH: Final = keccak(b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)")
_NAME_HASH: Final = keccak(b"Polymarket CTF Exchange")
_WALLET_WORDS: Final = keccak(b"DepositWallet") + keccak(b"1")
_TAIL: Final = _ORDER_TYPE.encode() + len(_ORDER_TYPE).to_bytes(2)
_WORD_MAX: Final = 1 << 256


class SignedOrder(msgspec.Struct, frozen=True, kw_only=True):
    """The eleven fields that are signed, as numbers and bytes."""

    salt: int
    maker: bytes
    """20 bytes."""
    signer: bytes
    token: int
    maker_amount: int
    taker_amount: int
    side: int
    """0 BUY, 1 SELL."""
    signature_type: int
    timestamp_ms: int
    metadata: bytes
    """32 bytes."""
    builder: bytes

    def struct_hash(self) -> bytes:
        """EIP-712 hashStruct. All numbers must fit their words."""
        return keccak(
            _ORDER_HASH
            + self.salt.to_bytes(32)
            + bytes(12)
            + self.maker
            + bytes(12)
            + self.signer
            + self.token.to_bytes(32)
            + self.maker_amount.to_bytes(32)
            + self.taker_amount.to_bytes(32)
            + self.side.to_bytes(32)
            + self.signature_type.to_bytes(32)
            + self.timestamp_ms.to_bytes(32)
            + self.metadata
            + self.builder
        )


class Domain(msgspec.Struct, frozen=True):
    """One exchange contract as signatures know it."""

    version: str
    chain_id: int
    contract: str
    separator: bytes


def domain(version: str, chain_id: int, contract: str) -> Domain:
    """A domain with its separator."""
    words = _DOMAIN_HASH + _NAME_HASH + keccak(version.encode()) + chain_id.to_bytes(32) + bytes(12) + bytes.fromhex(contract[2:])
    return Domain(version, chain_id, contract, keccak(words))


def contract_of(generation: str, *, neg_risk: bool, chain_id: int) -> str:
    """Where orders of such a market are signed for."""
    if generation == "v2":
        return EXCHANGE_V3_AMOY if chain_id == AMOY else EXCHANGE_V3
    return NEG_RISK_V2 if neg_risk else EXCHANGE_V2


class Domains:
    """The three exchanges of one chain."""

    def __init__(self, chain_id: int) -> None:
        def of(version: str, generation: str, *, neg_risk: bool) -> Domain:
            return domain(version, chain_id, contract_of(generation, neg_risk=neg_risk, chain_id=chain_id))

        self.chain_id = chain_id
        self._standard = of("2", "v1", neg_risk=False)
        self._neg_risk = of("2", "v1", neg_risk=True)
        self._v3 = of("3", "v2", neg_risk=False)

    def of(self, generation: str, *, neg_risk: bool) -> Domain:
        """Of a market."""
        if generation == "v2":
            return self._v3
        return self._neg_risk if neg_risk else self._standard

    def of_other_generation(self, generation: str) -> tuple[Domain, ...]:
        """Those a client signs for when it takes the market for one of the other generation."""
        return (self._standard, self._neg_risk) if generation == "v2" else (self._v3,)


def signing_digest(separator: bytes, struct_hash: bytes) -> bytes:
    """What is signed for a struct in a domain; for an order also its id."""
    return keccak(b"\x19\x01" + separator + struct_hash)


def recover(digest: bytes, signature: bytes) -> str | None:
    """The address (EIP-55) whose key made this signature, of 65 bytes or compact of 64; None: nobody's."""
    if len(signature) == 64:
        signature = signature[:32] + bytes([signature[32] & 0x7F]) + signature[33:] + bytes([27 + (signature[32] >> 7)])
    if len(signature) != 65 or signature[64] not in {27, 28}:
        return None
    try:
        public = PublicKey.from_signature_and_message(signature[:64] + bytes([signature[64] - 27]), digest, hasher=None)
    except ValueError:
        return None
    return checksummed("0x" + keccak(public.format(compressed=False)[1:])[12:].hex())


def owner_of(order: SignedOrder, where: Domain, signature: bytes) -> str | None:
    """Whose key signed this order for this domain: the plain wallet, or the owner of the proxy, safe or deposit wallet; None: nobody's."""
    struct_hash = order.struct_hash()
    if order.signature_type != 3:
        return recover(signing_digest(where.separator, struct_hash), signature)
    if signature[65:] != where.separator + struct_hash + _TAIL:
        return None
    words = _ENVELOPE_HASH + struct_hash + _WALLET_WORDS + where.chain_id.to_bytes(32) + bytes(12) + order.signer + bytes(32)
    return recover(signing_digest(where.separator, keccak(words)), signature[:65])


_LOGIN_DOMAIN_HASH: Final = keccak(b"EIP712Domain(string name,string version,uint256 chainId)")
_LOGIN_HASH: Final = keccak(b"ClobAuth(address address,string timestamp,uint256 nonce,string message)")
_LOGIN_MESSAGE: Final = keccak(b"This message attests that I control the given wallet")


def login_signer(address: str, timestamp: str, nonce: int, chain_id: int, signature: bytes) -> str | None:
    """Whose key signed this ClobAuth message (polymarket.md §2.2); None: nobody's."""
    separator = keccak(_LOGIN_DOMAIN_HASH + keccak(b"ClobAuthDomain") + keccak(b"1") + chain_id.to_bytes(32))
    words = _LOGIN_HASH + bytes(12) + bytes.fromhex(address[2:]) + keccak(timestamp.encode()) + nonce.to_bytes(32) + _LOGIN_MESSAGE
    return recover(signing_digest(separator, keccak(words)), signature)


def fits_word(number: int) -> bool:
    """A uint256."""
    return 0 <= number < _WORD_MAX
