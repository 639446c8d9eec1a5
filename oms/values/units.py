"""Units: pips, micro-shares, micro-dollars, nanoseconds; every conversion and every rounding.

Money, shares and prices are integers with the unit in the name. Text and floats stop at the edge, and this file is that edge: a venue's
text becomes an integer here and nowhere else. A direction of rounding is part of a function's name or its docstring; there is no bare
division on money in the house.

| unit           | one means               | range       |
|----------------|-------------------------|-------------|
| `price_pips`   | 1/10 000 USD a share    | 1 … 9 999   |
| `shares_micro` | 10⁻⁶ share              | ≥ 0         |
| `cash_micro`   | 10⁻⁶ USD                | signed      |
| `_ns`          | nanoseconds since epoch |             |
| `_bps`         | 1/10 000 of a rate      |             |
"""

import re
from typing import Final

Pips = int
SharesMicro = int
CashMicro = int
Nanos = int

PRICE_ONE_PIPS: Final = 10_000
"""One dollar a share, the payout of a winning share; no order may stand there."""

MICRO: Final = 1_000_000
NS_PER_MS: Final = 1_000_000
NS_PER_SECOND: Final = 1_000_000_000
NS_PER_DAY: Final = 86_400 * NS_PER_SECOND
MS_MAX: Final = 4_102_444_800_000
"""2100-01-01 in milliseconds: a message from later is a bad message, and its nanoseconds need not fit anywhere."""

SIZE_MICRO_MAX: Final = 10**18
"""A million million shares: more than all collateral on the venue. A larger size in a frame is a bad frame, not a large order."""


class BadNumber(ValueError):
    """A text that should have been a price or a size is not one; the message names the text and the rule it breaks."""


def cost_cash_micro(shares_micro: SharesMicro, price_pips: Pips) -> CashMicro:
    """Cash to set aside to buy `shares_micro` at `price_pips`, rounded up so that we never reserve too little."""
    return -(-shares_micro * price_pips // PRICE_ONE_PIPS)


def proceeds_cash_micro(shares_micro: SharesMicro, price_pips: Pips) -> CashMicro:
    """Cash received for `shares_micro` sold at `price_pips`, rounded down so that we never count on too much."""
    return shares_micro * price_pips // PRICE_ONE_PIPS


def shares_for_cash_micro(cash_micro: CashMicro, price_pips: Pips) -> SharesMicro:
    """Shares that `cash_micro` buys at `price_pips`, rounded down so that the cash always suffices."""
    return cash_micro * PRICE_ONE_PIPS // price_pips


def _decimal_text(value: int, digits: int) -> str:
    """`value` × 10^-digits as the shortest decimal text."""
    sign = "-" if value < 0 else ""
    whole, part = divmod(abs(value), 10**digits)
    if not part:
        return f"{sign}{whole}"
    return f"{sign}{whole}.{part:0{digits}d}".rstrip("0")


def price_text(price_pips: Pips) -> str:
    """The shortest decimal text of a price, as venues write it: 4900 → "0.49"."""
    return _decimal_text(price_pips, 4)


def micro_text(value_micro: int) -> str:
    """The shortest decimal text of micro-shares or micro-dollars: 1_452_430_000 → "1452.43"."""
    return _decimal_text(value_micro, 6)


_PRICE_BY_TEXT: Final = {price_text(pips): pips for pips in range(1, PRICE_ONE_PIPS)}
_DECIMAL: Final = re.compile(r"(\d{0,19})(?:\.(\d{0,40}))?", re.ASCII)
_TEXT_SHOWN_MAX: Final = 40


def _scaled(text: str, digits: int, what: str) -> int:
    """`text` × 10^digits as an exact integer. Raises BadNumber naming what is wrong."""
    match = _DECIMAL.fullmatch(text)
    if match is None or not (match[1] or match[2]):
        raise BadNumber(f"{what} {str(text)[:_TEXT_SHOWN_MAX]!r} is not a plain non-negative decimal number")
    part = (match[2] or "").rstrip("0")
    if len(part) > digits:
        raise BadNumber(f"{what} {text[:_TEXT_SHOWN_MAX]!r} is finer than 10^-{digits}")
    return int((match[1] or "0") + part.ljust(digits, "0"))


def price_pips_from_text(text: str) -> Pips:
    """A venue's price text in pips, 1 to 9 999.

    Raises:
        BadNumber: not a decimal, not inside (0, 1), or finer than 0.0001, the finest step of any venue we trade.
    """
    found = _PRICE_BY_TEXT.get(text)
    if found is not None:
        return found
    pips = _scaled(text, 4, "price")
    if not 0 < pips < PRICE_ONE_PIPS:
        raise BadNumber(f"price {text[:_TEXT_SHOWN_MAX]!r} is not between 0 and 1")
    return pips


def size_micro_from_text(text: str) -> SharesMicro:
    """A venue's size text in micro-shares, 0 to SIZE_MICRO_MAX.

    Raises:
        BadNumber: not a plain decimal, negative, finer than 10⁻⁶, or absurdly large.
    """
    # The fast road: most sizes have few decimals and no sign. int() would accept "1_0", "+1" and Arabic digits, so ASCII digits are asked for.
    whole, _, part = text.partition(".")
    if text.isascii() and whole.isdecimal() and len(whole) <= 12 and len(part) <= 6 and (not part or part.isdecimal()):
        return int(whole) * MICRO + (int(part) * _PART_SCALE[len(part)] if part else 0)
    value = _scaled(text, 6, "size")
    if value > SIZE_MICRO_MAX:
        raise BadNumber(f"size {text[:_TEXT_SHOWN_MAX]!r} is beyond anything a venue can hold")
    return value


_PART_SCALE: Final[tuple[int, ...]] = tuple(int(10 ** (6 - n)) for n in range(7))


def tick_pips_from_text(text: str) -> Pips:
    """A venue's tick text in pips; 0.0001 to 0.1.

    Raises:
        BadNumber: not a decimal or not a step that divides a dollar.
    """
    pips = _scaled(text, 4, "tick")
    if not 0 < pips <= 1_000 or PRICE_ONE_PIPS % pips:
        raise BadNumber(f"tick {text[:_TEXT_SHOWN_MAX]!r} is not a step that divides one dollar")
    return pips
