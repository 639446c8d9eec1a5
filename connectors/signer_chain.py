"""Which chain transactions are signed: a call of one of Polymarket's own contracts that makes, unmakes, redeems or converts outcome shares. Pure.

The judge reads the call itself and believes nothing else: a contract of the table below, a function that contract has, every word of its arguments
where the ABI puts it and within its range, no POL with it, within the caps. There is no transfer, no allowance, no other contract among them, and
every one of these calls gives back to the sender what it takes from him: a thief of the bot can move money between dollars and shares, and burn gas.

What the reference says (polymarket.md §8.1 and §8.5, onchain.md §4 and §5) is in the table: a row a contract, a row a function, a row a word.
"""

import enum
from collections.abc import Mapping
from typing import Final

import msgspec

from connectors.polymarket.typed_data import POLYGON, keccak
from connectors.signer_caps import Caps, ChainCaps, Spent, leaving
from connectors.signer_transaction import Transaction
from oms.values.orders import Side

_WORD_BYTES: Final = 32
_SELECTOR_BYTES: Final = 4
_WORD_MAX: Final = (1 << 256) - 1
_UINT64_MAX: Final = (1 << 64) - 1
"""No nonce, gas or fee is larger (EIP-2681 for the nonce)."""


class Bar(enum.Enum):
    """Why a transaction is not signed; beyond these, DAY_CAP and TOTAL_CAP of the dollars as for orders."""

    NO_TRANSACTIONS = "chain transactions are off; `transactions = true` under [chain] in the signer's settings turns them on"
    OTHER_CHAIN = "it is for another chain than the wallet"
    UNKNOWN_CONTRACT = "it calls no contract whose calls are signed here"
    UNKNOWN_FUNCTION = "it calls a function that is not signed for this contract"
    BAD_CALL = "the arguments of its call are not what the function takes"
    SENDS_POL = "it sends POL along"
    NO_AMOUNT = "it moves nothing"
    BAD_GAS = "a number of its gas, fees or nonce cannot be"
    GAS_CAP = "its gas may cost more than one transaction may"
    TRANSACTION_CAP = "more than one transaction may move"


class BarredCall(ValueError):
    """A transaction that is not signed; `reason` says why."""

    def __init__(self, reason: Bar, text: str) -> None:
        super().__init__(f"{reason.value}: {text}")
        self.reason = reason


class Deed(enum.Enum):
    """What a call does with dollars and shares."""

    SPLIT = "dollars become sets"
    MERGE = "sets become dollars"
    REDEEM = "shares of what has happened become dollars"
    CONVERT = "NO shares become YES shares of the other outcomes, and dollars"


class Word(msgspec.Struct, frozen=True):
    """32 bytes of arguments, read as a number: what it may be. Left-aligned bytes are a multiple of `unit`, so their padding is zero."""

    name: str
    least: int = 0
    most: int = _WORD_MAX
    unit: int = 1


class Function(msgspec.Struct, frozen=True):
    """A function that is signed."""

    deed: Deed
    signature: str
    """As the selector is worked out from it."""
    words: tuple[Word, ...]


class Contract(msgspec.Struct, frozen=True):
    """A contract whose calls are signed."""

    name: str
    functions: tuple[Function, ...]


class Call(msgspec.Struct, frozen=True):
    """Call data that was understood."""

    function: Function
    values: Mapping[str, int]
    """Each word by its name, as a number."""

    @property
    def moved_micro(self) -> int | None:
        """The sets or shares it takes, in 10⁻⁶; None: the function takes all there are, and no number says how many."""
        amount = self.values.get("amount")
        if amount is None:
            return None
        return amount * self.values.get("indexSet", 1).bit_count()  # so much of each NO whose bit is set


def _fixed(name: str, value: int) -> Word:
    return Word(name, value, value)


# Addresses: polymarket.md §8.1 "current", which are those of polymarket-client 0.14.0. The pair of adapters published first is not signed for.
PUSD: Final = "0xC011a7E12a19f7B1f670d46F03B03f3342E82DFB"
_CTF_ADAPTER: Final = "0xAdA100Db00Ca00073811820692005400218FcE1f"
_NEG_RISK_ADAPTER: Final = "0xadA2005600Dec949baf300f4C6120000bDB6eAab"
_ROUTER: Final = "0x12121212006e4CD160D18e3f00711DA5c3372600"

# Protocol v1 (§8.5). Its adapters look at the condition and the amount only; the rest must be what the official client writes there.
_AMOUNT: Final = Word("amount")
_CONDITION: Final = (_fixed("collateral", int(PUSD, 16)), _fixed("parent", 0), Word("conditionId"))
_BOTH: Final = (_fixed("length", 2), _fixed("first", 1), _fixed("second", 2))
_SET_WORDS: Final = (*_CONDITION, _fixed("offset", 5 * _WORD_BYTES), _AMOUNT, *_BOTH)
_V1: Final = (
    Function(Deed.SPLIT, "splitPosition(address,bytes32,bytes32,uint256[],uint256)", _SET_WORDS),
    Function(Deed.MERGE, "mergePositions(address,bytes32,bytes32,uint256[],uint256)", _SET_WORDS),
    Function(Deed.REDEEM, "redeemPositions(address,bytes32,bytes32,uint256[])", (*_CONDITION, _fixed("offset", 4 * _WORD_BYTES), *_BOTH)),
)
_CONVERT_V1: Final = Function(Deed.CONVERT, "convertPositions(bytes32,uint256,uint256)", (Word("marketId"), Word("indexSet", least=1), _AMOUNT))

# Protocol v2 (§8.4, §8.5); the types of `convert` are those of the official client, which encodes bytes29, uint16, uint256.
_BYTES31: Final = 1 << 8
_BYTES29: Final = 1 << 24
_CONDITION_V2: Final = Word("conditionId", unit=_BYTES31)
_V2: Final = (
    Function(Deed.SPLIT, "split(bytes31,uint256)", (_CONDITION_V2, _AMOUNT)),
    Function(Deed.MERGE, "merge(bytes31,uint256)", (_CONDITION_V2, _AMOUNT)),
    Function(Deed.REDEEM, "redeem(bytes31,uint256,uint256)", (_CONDITION_V2, Word("outcomeIndex", most=1), _AMOUNT)),
    Function(
        Deed.CONVERT,
        "convert(bytes29,uint16,uint256)",
        (Word("eventId", unit=_BYTES29), Word("conditionIndex", most=(1 << 16) - 1), _AMOUNT),
    ),
)

CONTRACTS: Final[Mapping[tuple[int, str], Contract]] = {
    (POLYGON, _CTF_ADAPTER.lower()): Contract("CtfCollateralAdapter", _V1),
    (POLYGON, _NEG_RISK_ADAPTER.lower()): Contract("NegRiskCtfCollateralAdapter", (*_V1, _CONVERT_V1)),
    (POLYGON, _ROUTER.lower()): Contract("Router", _V2),
}
"""By chain and address in small letters. The reference knows none on the test chain, so nothing is signed there."""


def selector(function: Function) -> bytes:
    """The four bytes that call data begins with."""
    return keccak(function.signature.encode())[:_SELECTOR_BYTES]


_BY_SELECTOR: Final = {key: {selector(function): function for function in contract.functions} for key, contract in CONTRACTS.items()}


def judged(transaction: Transaction, caps: Caps, chain_id: int, spent: Spent, day: int) -> Spent:
    """What will have been signed when this transaction is. Only a split spends: its dollars count as those of a BUY do.

    Args:
        transaction: what is asked for.
        caps: what is allowed.
        chain_id: of the wallet.
        spent: what was signed before.
        day: today, in days since 1970.

    Raises:
        BarredCall: it is none of those that are signed; nothing changed.
        OverCap: a split of more dollars than are left of the day's or of all; nothing changed.
    """
    if not caps.chain.transactions:
        raise BarredCall(Bar.NO_TRANSACTIONS, f"asked was for a call of {transaction.to[:50]!r}")
    if transaction.chain_id != chain_id:
        raise BarredCall(Bar.OTHER_CHAIN, f"{transaction.chain_id}, not {chain_id}")
    if transaction.value_wei != 0:
        raise BarredCall(Bar.SENDS_POL, f"{transaction.value_wei} wei")
    call = call_of(transaction)
    _check_gas(transaction, caps.chain)
    moved = call.moved_micro
    if moved == 0:
        raise BarredCall(Bar.NO_AMOUNT, f"{call.function.signature} with amount 0")
    if moved is not None and moved > caps.chain.transaction_micro:
        raise BarredCall(Bar.TRANSACTION_CAP, f"{moved} of {caps.chain.transaction_micro} micro")
    if call.function.deed is Deed.SPLIT and moved is not None:
        return leaving(moved, Side.BUY, caps, spent, day)
    return spent


def call_of(transaction: Transaction) -> Call:
    """What the transaction calls, read from its own bytes. Raises BarredCall."""
    known = _BY_SELECTOR.get((transaction.chain_id, transaction.to.lower()))
    if known is None:
        raise BarredCall(Bar.UNKNOWN_CONTRACT, f"{transaction.to[:50]!r} on chain {transaction.chain_id}")
    begin, arguments = transaction.data[:_SELECTOR_BYTES], transaction.data[_SELECTOR_BYTES:]
    function = known.get(begin)
    if function is None:
        raise BarredCall(Bar.UNKNOWN_FUNCTION, f"selector 0x{begin.hex()} of {transaction.to}")
    if len(arguments) != _WORD_BYTES * len(function.words):
        raise BarredCall(Bar.BAD_CALL, f"{function.signature} takes {_WORD_BYTES * len(function.words)} bytes, not {len(arguments)}")
    values: dict[str, int] = {}
    for number, word in enumerate(function.words):
        value = int.from_bytes(arguments[number * _WORD_BYTES : (number + 1) * _WORD_BYTES])
        if not word.least <= value <= word.most or value % word.unit:
            raise BarredCall(Bar.BAD_CALL, f"{word.name} of {function.signature} is 0x{value:064x}")
        values[word.name] = value
    return Call(function, values)


def _check_gas(transaction: Transaction, caps: ChainCaps) -> None:
    fee, tip, gas = transaction.max_fee_wei, transaction.priority_fee_wei, transaction.gas
    if not (0 < gas <= _UINT64_MAX and 0 <= tip <= fee <= _UINT64_MAX and 0 <= transaction.nonce < _UINT64_MAX):
        raise BarredCall(Bar.BAD_GAS, f"gas {gas}, max fee {fee}, priority fee {tip}, nonce {transaction.nonce}")
    if gas * fee > caps.gas_wei:
        raise BarredCall(Bar.GAS_CAP, f"{gas * fee} of {caps.gas_wei} wei")
