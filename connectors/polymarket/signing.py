"""OrderSpec → the venue's order → its id → signature → request body. Pure: no I/O, no clock, no dice.

Salt and time come from the caller (our order id and the turn's `at_ns`), so the id is a function of the journaled command: a replay gives the same
one, and a POST that timed out can be asked about (polymarket.md §11). Expiry, order type and post-only travel beside the signature: they are not
part of the id.

The four kinds of wallet differ in who is maker, who is signer, and what is signed: all but the deposit wallet sign the order id itself.
"""

import enum
import re
from collections.abc import Sequence
from hashlib import sha256
from typing import Final

import msgspec

from connectors.polymarket.amounts import Unfit, UnfitOrder, amounts
from connectors.polymarket.key import Key
from connectors.polymarket.typed_data import (
    ORDER_TYPE,
    ORDER_TYPE_HASH,
    POLYGON,
    BadAddress,
    Exchange,
    address_word,
    bytes32,
    check_ledger,
    checksummed,
    exchange_of,
    keccak,
    signing_hash,
    token_word,
)
from oms.values.market import Market, TokenId
from oms.values.orders import Lifetime, OrderId, OrderSpec, Side, VenueOrderId
from oms.values.units import NS_PER_MS, NS_PER_SECOND, Nanos

SALT_BITS: Final = 53
"""A salt must survive being a JSON number in JavaScript."""
BATCH_MAX: Final = 15
"""Orders in one POST /orders (polymarket.md §3.4)."""
EXPIRY_MARGIN_S: Final = 60
"""The venue ends a GTD order so long before its stated expiration (polymarket.md §4.1)."""
EXPIRY_AHEAD_S: Final = 180
"""The stated expiration must be so far ahead, else `invalid expiration`."""
ZERO32: Final = "0x" + "00" * 32
_OWNER: Final = re.compile(r"[\w-]{0,64}", re.ASCII)
_NESTED_TYPE_HASH: Final = keccak(
    f"TypedDataSign(Order contents,string name,string version,uint256 chainId,address verifyingContract,bytes32 salt){ORDER_TYPE}".encode()
)
_NESTED_END: Final = ORDER_TYPE.encode() + len(ORDER_TYPE).to_bytes(2)


class SignatureType(enum.IntEnum):
    """Which kind of wallet holds the funds, in the venue's numbers (polymarket.md §3.1)."""

    EOA = 0
    """The key's own address."""
    POLY_PROXY = 1
    """A proxy of an e-mail (Magic) account."""
    POLY_GNOSIS_SAFE = 2
    """A Safe."""
    POLY_1271 = 3
    """A deposit wallet, as new accounts have it: a contract that checks the signature itself."""


class WrongKey(ValueError):
    """A key that is not the wallet owner's; the message names both addresses."""


class Wallet(msgspec.Struct, frozen=True, kw_only=True):
    """Who trades: nothing secret. Raises BadAddress when made with a text that is no address, or an EOA that is not its own funder."""

    owner: str
    """Address of the key that signs."""
    funder: str
    """Address that holds the funds: the same for an EOA."""
    signature_type: SignatureType
    chain_id: int = POLYGON
    metadata: str = ZERO32
    builder: str = ZERO32
    """Builder code, for attribution of volume."""

    def __post_init__(self) -> None:
        is_own = checksummed(self.funder) == checksummed(self.owner)
        if is_own is not (self.signature_type is SignatureType.EOA):
            raise BadAddress(f"a {self.signature_type.name} wallet of {self.owner} cannot have its funds at {self.funder}")
        bytes32(self.metadata)
        bytes32(self.builder)


class VenueOrder(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One order as the venue knows it: with the wallet, everything that id, signature and body follow from."""

    exchange: Exchange
    token: TokenId
    side: Side
    maker_micro: int
    taker_micro: int
    salt: int
    timestamp_ms: int
    lifetime: Lifetime = Lifetime.GTC
    post_only: bool = False
    expiration_s: int = 0
    """Unix seconds as stated to the venue; 0 for none."""


class NamedOrder(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An order with its hashes: `venue_order_id` is what the venue will call it, whether or not it is ever sent."""

    order: VenueOrder
    struct_hash: bytes
    order_hash: bytes

    @property
    def venue_order_id(self) -> VenueOrderId:
        """The order hash as the venue writes it."""
        return "0x" + self.order_hash.hex()


def salt_of(order_id: OrderId) -> int:
    """A salt for our order id, 0 to 2⁵³ − 1: the same each time, another for another order."""
    return int.from_bytes(sha256(order_id.encode()).digest()[:8]) >> (64 - SALT_BITS)


def batch_body(bodies: Sequence[bytes]) -> bytes:
    """The body of POST /orders from 1 to 15 bodies of POST /order. The venue takes them in parallel, in no particular order."""
    assert 0 < len(bodies) <= BATCH_MAX
    return b"[" + b",".join(bodies) + b"]"


class OrderForm:
    """The form one wallet's orders are written on: what is the same on each of them is worked out once.

    A caller takes `named` (before the commit, pure), then `signature` (where the key lives), then `body`.
    """

    def __init__(self, wallet: Wallet, api_key: str) -> None:
        """Make the form of a wallet whose orders are posted under `api_key` (not a secret by itself; its secret is another).

        Raises:
            BadAddress: as `Wallet` does.
            ValueError: an API key that is not letters, digits, - and _.
        """
        if not _OWNER.fullmatch(api_key):
            raise ValueError("an API key consists of letters, digits, - and _")
        self.wallet = wallet
        self._is_nested = wallet.signature_type is SignatureType.POLY_1271
        maker, owner = checksummed(wallet.funder), checksummed(wallet.owner)
        signer = maker if self._is_nested else owner
        self._owner = owner
        self._people = address_word(maker) + address_word(signer)
        kind = int(wallet.signature_type)
        self._sides = {side: number.to_bytes(32) + kind.to_bytes(32) for number, side in enumerate((Side.BUY, Side.SELL))}
        self._codes = bytes32(wallet.metadata) + bytes32(wallet.builder)
        self._nested_words = keccak(b"DepositWallet") + keccak(b"1") + wallet.chain_id.to_bytes(32) + address_word(signer) + bytes(32)
        # The body's constant pieces, in the field order of order_to_json_v2 of py-clob-client-v2 1.2.1.
        self._after_salt = f',"maker":"{maker}","signer":"{signer}","tokenId":"'
        self._after_expiration = f'","signatureType":{kind},"timestamp":"'
        self._after_timestamp = f'","metadata":"{wallet.metadata}","builder":"{wallet.builder}","signature":"0x'
        self._ends = {
            (lifetime, post_only): f'"}},"owner":"{api_key}","orderType":"{lifetime.value}","deferExec":false,"postOnly":{str(post_only).lower()}}}'
            for lifetime in Lifetime
            for post_only in (False, True)
        }

    def named(self, spec: OrderSpec, market: Market, salt: int, at_ns: Nanos) -> NamedOrder:
        """Write the order and work out its id.

        Args:
            spec: the order.
            market: its market; `generation` and `neg_risk` choose the exchange, `tick_pips` must be the tick now.
            salt: see `salt_of`.
            at_ns: the turn's time; becomes the order's creation time in milliseconds and bounds its expiry.

        Raises:
            UnfitOrder: the venue would refuse it; see `Unfit`.
        """
        assert spec.token in (market.yes, market.no)
        assert 0 <= salt < 1 << SALT_BITS
        exchange = exchange_of(market, self.wallet.chain_id)
        check_ledger(spec.token, market.generation)
        maker_micro, taker_micro = amounts(spec, market)
        expiration_s = 0 if spec.expires_ns is None and spec.lifetime is not Lifetime.GTD else _expiration_s(spec, at_ns)
        if spec.post_only and spec.is_immediate:
            raise UnfitOrder(Unfit.POST_ONLY_IMMEDIATE, spec.lifetime.value)
        order = VenueOrder(
            exchange=exchange,
            token=spec.token,
            side=spec.side,
            maker_micro=maker_micro,
            taker_micro=taker_micro,
            salt=salt,
            timestamp_ms=at_ns // NS_PER_MS,
            lifetime=spec.lifetime,
            post_only=spec.post_only,
            expiration_s=expiration_s,
        )
        return self.hashed(order)

    def hashed(self, order: VenueOrder) -> NamedOrder:
        """The order with its hashes.

        A process that holds a key calls this on what it was sent: it believes no hash that it did not work out, and signs for no exchange that
        `exchange_of` does not know.
        """
        struct_hash = keccak(
            ORDER_TYPE_HASH
            + order.salt.to_bytes(32)
            + self._people
            + token_word(order.token)
            + order.maker_micro.to_bytes(32)
            + order.taker_micro.to_bytes(32)
            + self._sides[order.side]
            + order.timestamp_ms.to_bytes(32)
            + self._codes
        )
        return NamedOrder(order=order, struct_hash=struct_hash, order_hash=signing_hash(order.exchange.separator, struct_hash))

    def signature(self, named: NamedOrder, key: Key) -> bytes:
        """65 bytes; 317 for a deposit wallet, whose contract unpacks what the signature is about (ERC-7739). Raises WrongKey."""
        if key.address != self._owner:
            raise WrongKey(f"the wallet's orders are signed by {self._owner}, and this is the key of {key.address}")
        if not self._is_nested:
            return key.sign(named.order_hash)
        separator = named.order.exchange.separator
        nested = keccak(_NESTED_TYPE_HASH + named.struct_hash + self._nested_words)
        return key.sign(signing_hash(separator, nested)) + separator + named.struct_hash + _NESTED_END

    def body(self, named: NamedOrder, signature: bytes) -> bytes:
        """The bytes of POST /order: field for field and byte for byte what the official client sends."""
        order = named.order
        return (
            f'{{"order":{{"salt":{order.salt}{self._after_salt}{order.token}","makerAmount":"{order.maker_micro}","takerAmount":"{order.taker_micro}",'
            f'"side":"{order.side.value}","expiration":"{order.expiration_s}{self._after_expiration}{order.timestamp_ms}{self._after_timestamp}'
            f"{signature.hex()}{self._ends[order.lifetime, order.post_only]}"
        ).encode()


def _expiration_s(spec: OrderSpec, at_ns: Nanos) -> int:
    """The expiration to state so that the venue ends the order at `expires_ns`, or up to a second sooner."""
    if spec.expires_ns is None or spec.lifetime is not Lifetime.GTD:
        raise UnfitOrder(Unfit.EXPIRY_MISSING, f"{spec.lifetime.value} until {spec.expires_ns}")
    expiration_s = spec.expires_ns // NS_PER_SECOND + EXPIRY_MARGIN_S
    if expiration_s * NS_PER_SECOND < at_ns + EXPIRY_AHEAD_S * NS_PER_SECOND:
        raise UnfitOrder(Unfit.EXPIRY_TOO_SOON, f"{(spec.expires_ns - at_ns) // NS_PER_SECOND} s ahead, at least {EXPIRY_AHEAD_S - EXPIRY_MARGIN_S}")
    return expiration_s
