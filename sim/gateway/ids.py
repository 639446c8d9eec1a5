"""The ids of this exchange: everything that has a name at the venue gets it here, by hashing, so that a run repeats from its seed.

Market ids are made as the chain makes them: a v1 condition and its two tokens by the rules of the conditional-tokens contract (polymarket.md §8.3;
data/vectors/ctf_ids.json is the referee), a v2 position by its bits (§8.4). Written apart from the connector on purpose (decision 0005).
"""

import re
from functools import lru_cache
from typing import Final

from sha3 import keccak_256

from oms.values.market import FeeCurve, Market, TokenId
from oms.values.units import Nanos, Pips

_FIELD: Final = 21888242871839275222246405745257275088696311157297823662689037894645226208583
_USDC_E: Final = bytes.fromhex("2791Bca1f2de4661ED88A30C99A7a9449Aa84174")
"""The collateral inside the ids of standard markets, still (polymarket.md §8.3)."""
_WRAPPED: Final = bytes.fromhex("3A3BD7bb9528E159577F7C2e685CC81A765002E2")
"""Of negRisk markets."""
_ORACLE: Final = bytes.fromhex("65070BE91477460D8A7AeEb94ef92fe056C2f2A7")
"""A UMA adapter; of negRisk markets it is the NegRiskAdapter."""
_NEG_RISK_ORACLE: Final = bytes.fromhex("d91E80cF2E7be2e162c6513ceD06f1dD0dA35296")
_RESERVED_BITS: Final = ((1 << 64) - 1) << 40
_MODULES: Final = (1, 2, 3)
_ADDRESS: Final = re.compile("0x[0-9a-fA-F]{40}")
_TOKEN: Final = re.compile(r"[1-9]\d{0,77}", re.ASCII)


class BadId(ValueError):
    """A text that should have been an address or a token id is not; the message names it."""


def keccak(data: bytes) -> bytes:
    """Keccak-256 as Ethereum means it, 32 bytes."""
    digest: bytes = keccak_256(data).digest()
    return digest


@lru_cache(maxsize=65_536)
def checksummed(address: str) -> str:
    """The address in the mixed case of EIP-55, from any case. Raises BadId: not 0x and 40 hexadecimal digits."""
    if not _ADDRESS.fullmatch(address):
        raise BadId(f"{address[:50]!r} is not an address")
    plain = address[2:].lower()
    marks = keccak(plain.encode()).hex()
    return "0x" + "".join(letter.upper() if mark > "7" else letter for letter, mark in zip(plain, marks, strict=False))


def uuid_text(*parts: object) -> str:
    """A text in the form of a random uuid (version 4) that depends on `parts` alone."""
    digits = keccak("/".join(map(str, parts)).encode()).hex()
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:32]}"


def hash_text(*parts: object) -> str:
    """0x and 64 hexadecimal digits that depend on `parts` alone: transactions, and orders that nobody signed."""
    return "0x" + keccak("/".join(map(str, parts)).encode()).hex()


def condition_id(question_id: bytes, *, neg_risk: bool = False, oracle: bytes | None = None) -> bytes:
    """The v1 condition of a question with two outcomes."""
    return keccak((oracle or (_NEG_RISK_ORACLE if neg_risk else _ORACLE)) + question_id + (2).to_bytes(32))


def collection_id(condition: bytes, index_set: int) -> bytes:
    """Of one outcome (index set 1 or 2): a point of alt_bn128, by try and increment."""
    digest = int.from_bytes(keccak(condition + index_set.to_bytes(32)))
    is_odd, x = digest >> 255, digest
    while True:
        x = (x + 1) % _FIELD
        square = (pow(x, 3, _FIELD) + 3) % _FIELD
        y = pow(square, (_FIELD + 1) // 4, _FIELD)
        if y * y % _FIELD == square:
            break
    if y % 2 != is_odd:
        y = _FIELD - y
    return (x ^ (1 << 254) if y % 2 else x).to_bytes(32)


def token_id(condition: bytes, index_set: int, *, neg_risk: bool = False, collateral: bytes | None = None) -> TokenId:
    """The v1 token of one outcome, as a decimal text."""
    return str(int.from_bytes(keccak((collateral or (_WRAPPED if neg_risk else _USDC_E)) + collection_id(condition, index_set))))


def is_position(token: TokenId) -> bool:
    """The number has the shape of a v2 position id. Raises BadId: not the decimal text of a 256-bit number above zero."""
    number = int(token) if _TOKEN.fullmatch(token) else 0
    if not 0 < number < 1 << 256:
        raise BadId(f"{token[:90]!r} is not the decimal text of a 256-bit id")
    return not number & _RESERVED_BITS and number >> 248 in _MODULES


def question_id(title: str) -> bytes:
    """A question's id, from its text."""
    return keccak(title.encode())


def new_market(
    title: str, *, generation: str = "v1", neg_risk: bool = False, tick_pips: Pips = 100, fee: FeeCurve | None = None, end_ns: Nanos | None = None
) -> Market:
    """A market with ids as the chain would give them; the title decides them, so two markets need two titles.

    Raises:
        BadId: a generation that is neither v1 nor v2.
    """
    if generation == "v1":
        condition = condition_id(question_id(title), neg_risk=neg_risk)
        yes, no = (token_id(condition, index_set, neg_risk=neg_risk) for index_set in (1, 2))
    elif generation == "v2":
        number = ((2 if neg_risk else 1) << 248) | (int.from_bytes(question_id(title)[:16]) << 120)
        condition, yes, no = (number >> 8).to_bytes(31) + b"\0", str(number), str(number + 1)
    else:
        raise BadId(f"there is no protocol generation {generation!r}; there are v1 and v2")
    return Market(
        market_id="0x" + condition.hex(),
        title=title,
        yes=yes,
        no=no,
        tick_pips=tick_pips,
        fee=fee or FeeCurve(),
        end_ns=end_ns,
        neg_risk=neg_risk,
        generation=generation,
    )
