"""What the exchange contract's `matchOrders` moves: one taker, its makers, fills and fees given by the operator. Pure.

This is the arithmetic of settlement on chain (exchange V2; polymarket.md §3.7, §7.1), kept apart from the pool and the clearing because there the
operator chooses: fills, maker fees and self-trades are its input, only the limits of the orders are checked. Rules, each seen in
data/vectors/match_settlement.json or, for the refusals that the vectors do not reach, in the published contract (read 2026-11, ctf-exchange-v2):

* An order gives `making` and gets floor(making × taker_amount / maker_amount); fills are in terms of what the order gives.
* Every maker must cross the taker's limit. A fee may be at most 5 % of the order's cash side; sellers pay it from proceeds, buyers on top.
* All makers on the other side (COMPLEMENTARY): direct; the taker gives what the makers get, at most its fill, and is filled by that much.
* Otherwise the taker gives its whole fill to the exchange, sets are minted or merged, and whatever of it is left over comes back; the order and
  its event still count the whole fill. The taker gets at least its limit, and all that the makers left.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Final

import msgspec

from oms.values.orders import Side
from oms.values.units import PRICE_ONE_PIPS

MAX_FEE_BPS: Final = 500
"""The contract's default `maxFeeRateBps`."""
FEE_RECEIVER: Final = "fee_receiver"
EXCHANGE: Final = "exchange"
CASH: Final = "collateral"


class Reverted(Exception):
    """The contract refuses the whole match; the message is its error's name."""


class SignedOrder(msgspec.Struct, frozen=True, kw_only=True):
    """What a party signed: give at most `maker_amount`, get at least `taker_amount` for all of it (10⁻⁶ cash or shares)."""

    party: str
    token: str
    side: Side
    maker_amount: int
    taker_amount: int


class PerOrder(msgspec.Struct, frozen=True):
    """An amount for the taker and one for each maker: fills (in what the order gives) or fees (in cash)."""

    taker: int
    makers: tuple[int, ...]


class Filling(msgspec.Struct, frozen=True, kw_only=True):
    """One `OrderFilled` event."""

    party: str
    side: Side
    token: str
    making: int
    taking: int
    counterparty: str
    fee: int


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """What a match moved. Fillings: makers first, the taker last (its numbers are also those of `OrdersMatched`)."""

    moved: Mapping[str, Mapping[str, int]]
    """Party → asset ("collateral" or token) → change; nothing that is zero."""
    remaining: tuple[int, ...]
    """Of each order, taker first, in what it gives; 0: filled."""
    fillings: tuple[Filling, ...]


class _Books:
    """Changes of balance so far."""

    def __init__(self) -> None:
        self.moved: dict[str, Counter[str]] = {}

    def move(self, giver: str, taker: str, asset: str, amount: int) -> None:
        self.moved.setdefault(giver, Counter())[asset] -= amount
        self.moved.setdefault(taker, Counter())[asset] += amount

    def held(self, asset: str) -> int:
        """What the exchange has of it in its hands."""
        return self.moved.get(EXCHANGE, Counter())[asset]


def settle(taker: SignedOrder, makers: tuple[SignedOrder, ...], fills: PerOrder, fees: PerOrder) -> Settled:
    """Settle one match.

    Raises:
        Reverted: with the contract's error name; nothing moved. `TransferFailed` is ours: the exchange would have to pay what it does not hold.
    """
    _check_shape(taker, makers, fills, fees)
    books = _Books()
    all_complementary = all(maker.side is not taker.side for maker in makers)
    if not all_complementary:
        _check_order(taker, fills.taker, fees.taker)
        books.move(taker.party, EXCHANGE, _gives(taker), fills.taker)
    fillings = [_settle_maker(books, taker, maker, fill, fee) for maker, fill, fee in zip(makers, fills.makers, fees.makers, strict=True)]
    making = sum(filling.taking for filling in fillings) if all_complementary else fills.taker
    if making > fills.taker:
        raise Reverted("ComplementaryFillExceedsTakerFill")
    if all_complementary:
        _check_order(taker, making, fees.taker)
        books.move(taker.party, EXCHANGE, _gives(taker), making)
    taking = books.held(_gets(taker))
    if taking < _taking(taker, making):
        raise Reverted("TooLittleTokensReceived")
    if taker.side is Side.SELL and fees.taker > taking:
        raise Reverted("FeeExceedsProceeds")
    for asset in (_gets(taker), _gives(taker)):  # the proceeds, then what was not needed
        if books.held(asset) < 0:
            raise Reverted("TransferFailed")
        books.move(EXCHANGE, taker.party, asset, books.held(asset))
    books.move(taker.party, FEE_RECEIVER, CASH, fees.taker)
    fillings.append(_filling(taker, making, taking, EXCHANGE, fees.taker))
    orders = zip((taker, *makers), (making, *fills.makers), strict=True)
    return Settled(
        moved={party: kept for party, changes in books.moved.items() if (kept := {asset: n for asset, n in changes.items() if n})},
        remaining=tuple(order.maker_amount - filled for order, filled in orders),
        fillings=tuple(fillings),
    )


def _check_shape(taker: SignedOrder, makers: tuple[SignedOrder, ...], fills: PerOrder, fees: PerOrder) -> None:
    if not makers:
        raise Reverted("NoMakerOrders")
    if len(makers) != len(fills.makers) or len(makers) != len(fees.makers):
        raise Reverted("MismatchedArrayLengths")
    if taker.maker_amount <= 0:
        raise Reverted("ZeroMakerAmount")


def _settle_maker(books: _Books, taker: SignedOrder, maker: SignedOrder, fill: int, fee: int) -> Filling:
    """One maker gives its fill to the exchange and gets its due; a set is minted or merged in between where both are on one side."""
    _check_cross(taker, maker)
    taking = _check_order(maker, fill, fee)
    if maker.side is Side.SELL and fee > taking:
        raise Reverted("FeeExceedsProceeds")
    books.move(maker.party, EXCHANGE, _gives(maker), fill)
    if maker.side is taker.side:
        sets = taking if maker.side is Side.BUY else -fill
        for asset, amount in ((CASH, -sets), (maker.token, sets), (taker.token, sets)):
            books.moved[EXCHANGE][asset] += amount
    books.move(EXCHANGE, maker.party, _gets(maker), taking)
    books.move(maker.party, FEE_RECEIVER, CASH, fee)
    return _filling(maker, fill, taking, taker.party, fee)


def _filling(order: SignedOrder, making: int, taking: int, counterparty: str, fee: int) -> Filling:
    return Filling(party=order.party, side=order.side, token=order.token, making=making, taking=taking, counterparty=counterparty, fee=fee)


def _check_order(order: SignedOrder, making: int, fee: int) -> int:
    """Size and fee within what was signed and allowed. Returns what the order gets at least for `making`."""
    if order.maker_amount <= 0:
        raise Reverted("ZeroMakerAmount")
    if making > order.maker_amount:
        raise Reverted("MakingGtRemaining")
    taking = _taking(order, making)
    cash = making if order.side is Side.BUY else taking
    if fee > cash * MAX_FEE_BPS // PRICE_ONE_PIPS:
        raise Reverted("FeeExceedsMaxRate")
    return taking


def _check_cross(taker: SignedOrder, maker: SignedOrder) -> None:
    """The two limits leave nobody worse off than signed, cross-multiplied so that nothing is rounded."""
    if (maker.side is taker.side) is (maker.token == taker.token):
        raise Reverted("MismatchedTokenIds")
    gives = taker.maker_amount * maker.maker_amount
    gets = taker.taker_amount * maker.taker_amount
    mixed = taker.taker_amount * maker.maker_amount + maker.taker_amount * taker.maker_amount
    if maker.side is not taker.side:
        slack = gives - gets
    elif taker.side is Side.BUY:
        slack = mixed - gets
    else:
        slack = gives - mixed
    if slack < 0:
        raise Reverted("NotCrossing")


def _taking(order: SignedOrder, making: int) -> int:
    return making * order.taker_amount // order.maker_amount


def _gives(order: SignedOrder) -> str:
    return CASH if order.side is Side.BUY else order.token


def _gets(order: SignedOrder) -> str:
    return order.token if order.side is Side.BUY else CASH
