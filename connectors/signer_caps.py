"""How much may leave: caps on what is signed, and the small file that remembers it. The client cannot set or reset any of them.

What counts is what a signature *permits*: the cash of a BUY, the shares of a SELL. The signer cannot know what was filled or cancelled, so a
market maker who quotes anew uses up its day by quoting; caps are set with that in mind.

What is counted is on disk before a signature leaves, and a hundredth of a day beyond it, because a write that lasts takes milliseconds (18 measured
on a busy machine) and an order has not got them. So a restart forgets nothing, and counts up to that hundredth too much.

A day is a UTC day. A clock that goes back does not open an earlier day: the later day goes on being filled.
"""

import enum
import fcntl
import os
from pathlib import Path
from typing import Final

import msgspec
from msgspec.structs import replace

from connectors.polymarket.signing import SALT_BITS, VenueOrder
from oms.values.orders import Side
from oms.values.units import MICRO, PRICE_ONE_PIPS, SIZE_MICRO_MAX, Pips

SECONDS_PER_DAY: Final = 86_400
WEI_PER_POL: Final = 10**18
AHEAD_PARTS: Final = 100
"""The file is written ahead by this part of a day's cap: at most so many writes a day and side."""


class Cap(msgspec.Struct, frozen=True, kw_only=True):
    """The most that may leave on one side: 10⁻⁶ dollars of BUYs, 10⁻⁶ shares of SELLs."""

    order_micro: int
    day_micro: int
    total_micro: int
    """Since the state file was begun."""


class ChainCaps(msgspec.Struct, frozen=True, kw_only=True):
    """What chain transactions may do; without a word in the settings there are none. What a split pays also counts as a BUY."""

    transactions: bool = False
    transaction_micro: int = 25 * MICRO
    """The most sets or shares one may take; a set or share counts as a dollar. 10⁻⁶."""
    gas_wei: int = WEI_PER_POL // 2
    """The most its gas may cost: gas times max fee."""


class Caps(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the signer allows."""

    buy: Cap
    sell: Cap
    price_min_pips: Pips
    price_max_pips: Pips
    chain: ChainCaps = ChainCaps()


class Spent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was signed so far, in the units of `Cap`."""

    day: int = 0
    """Days since 1970, UTC."""
    buy_day_micro: int = 0
    sell_day_micro: int = 0
    buy_total_micro: int = 0
    sell_total_micro: int = 0


class Over(enum.Enum):
    """Why an order is not signed."""

    BAD_ORDER = "a number of the order is beyond anything an order can hold"
    PRICE_RANGE = "the price is outside the range that is signed for"
    ORDER_CAP = "more than one order may move"
    DAY_CAP = "more than one UTC day may move"
    TOTAL_CAP = "more than may be moved in all"


class OverCap(ValueError):
    """An order the caps do not allow; `reason` says which of them."""

    def __init__(self, reason: Over, text: str) -> None:
        super().__init__(f"{reason.value}: {text}")
        self.reason = reason


class BadState(RuntimeError):
    """The file of what was signed cannot be used; the message says what, where and how to mend it."""


def counted(order: VenueOrder, caps: Caps, spent: Spent, day: int) -> Spent:
    """What will have been signed when this order is.

    Args:
        order: what is asked for.
        caps: what is allowed.
        spent: what was signed before.
        day: today, in days since 1970.

    Raises:
        OverCap: the order is not allowed; nothing changed.
    """
    _check_numbers(order)
    is_buy = order.side is Side.BUY
    cash, shares = (order.maker_micro, order.taker_micro) if is_buy else (order.taker_micro, order.maker_micro)
    # The amounts of an immediate order are rounded, so its ratio may be worse than its limit by less than a pip (amounts.py).
    if not (caps.price_min_pips - 1) * shares < cash * PRICE_ONE_PIPS < (caps.price_max_pips + 1) * shares:
        raise OverCap(Over.PRICE_RANGE, f"{cash} for {shares} micro, not within {caps.price_min_pips} to {caps.price_max_pips} pips")
    cap, leaves = caps.buy if is_buy else caps.sell, order.maker_micro
    if leaves > cap.order_micro:
        raise OverCap(Over.ORDER_CAP, f"{leaves} of {cap.order_micro} micro")
    return leaving(leaves, order.side, caps, spent, day)


def leaving(leaves: int, side: Side, caps: Caps, spent: Spent, day: int) -> Spent:
    """What will have been signed when so much more may leave on this side, 10⁻⁶. Raises OverCap: it is beyond the day's cap or the total."""
    is_buy = side is Side.BUY
    cap = caps.buy if is_buy else caps.sell
    if day > spent.day:
        spent = replace(spent, day=day, buy_day_micro=0, sell_day_micro=0)
    day_micro = leaves + (spent.buy_day_micro if is_buy else spent.sell_day_micro)
    total_micro = leaves + (spent.buy_total_micro if is_buy else spent.sell_total_micro)
    if day_micro > cap.day_micro:
        raise OverCap(Over.DAY_CAP, f"{day_micro} of {cap.day_micro} micro")
    if total_micro > cap.total_micro:
        raise OverCap(Over.TOTAL_CAP, f"{total_micro} of {cap.total_micro} micro")
    if is_buy:
        return replace(spent, buy_day_micro=day_micro, buy_total_micro=total_micro)
    return replace(spent, sell_day_micro=day_micro, sell_total_micro=total_micro)


def _check_numbers(order: VenueOrder) -> None:
    """Ranges that an order of ours never leaves; a forged one would not even fit into its words."""
    for name, value, most in (
        ("makerAmount", order.maker_micro, SIZE_MICRO_MAX),
        ("takerAmount", order.taker_micro, SIZE_MICRO_MAX),
        ("salt", order.salt + 1, 1 << SALT_BITS),
        ("timestamp", order.timestamp_ms + 1, 1 << 63),
    ):
        if not 0 < value <= most:
            raise OverCap(Over.BAD_ORDER, name)


def covers(written: Spent, spent: Spent) -> bool:
    """Whether what is on disk already counts at least this much."""
    return (
        written.day == spent.day
        and written.buy_day_micro >= spent.buy_day_micro
        and written.sell_day_micro >= spent.sell_day_micro
        and written.buy_total_micro >= spent.buy_total_micro
        and written.sell_total_micro >= spent.sell_total_micro
    )


def ahead(spent: Spent, caps: Caps) -> Spent:
    """What to write, so that the next orders need no write of their own: more than was signed, and never more than may be."""

    def more(value: int, cap_micro: int, cap: Cap) -> int:
        return max(value, min(cap_micro, value + cap.day_micro // AHEAD_PARTS))

    buy, sell = caps.buy, caps.sell
    return Spent(
        day=spent.day,
        buy_day_micro=more(spent.buy_day_micro, buy.day_micro, buy),
        sell_day_micro=more(spent.sell_day_micro, sell.day_micro, sell),
        buy_total_micro=more(spent.buy_total_micro, buy.total_micro, buy),
        sell_total_micro=more(spent.sell_total_micro, sell.total_micro, sell),
    )


class SpentFile:
    """The file: one JSON object, replaced whole. One process at a time holds it, else each would allow itself the full caps."""

    def __init__(self, path: Path) -> None:
        """Open and lock. Raises BadState."""
        self._path = path
        try:
            self._lock = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BadState(f"another signer holds {path}: stop it first, or give this one a state of its own") from None
        except OSError as error:
            raise BadState(f"cannot lock {path}: {error.strerror}; its folder must exist and be ours to write") from None

    def load(self) -> Spent:
        """What was signed before; nothing when the file does not exist yet. Raises BadState."""
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=Spent)
        except FileNotFoundError:
            return Spent()
        except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
            raise BadState(f"cannot read what was signed from {self._path}: {error}; restore it, or remove it to begin the caps anew") from None

    def save(self, spent: Spent) -> None:
        """Returns when it is on disk. Raises BadState; then nothing may be signed."""
        beside = self._path.with_name(self._path.name + ".new")
        try:
            with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
                out.write(msgspec.json.encode(spent))
                out.flush()
                os.fsync(out.fileno())
            beside.replace(self._path)
            folder = os.open(self._path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as error:
            raise BadState(f"cannot write what was signed to {self._path}: {error.strerror}; nothing is signed until it can be") from None

    def close(self) -> None:
        """Let another process have it."""
        os.close(self._lock)
