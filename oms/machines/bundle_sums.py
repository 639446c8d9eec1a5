"""The arithmetic of bundles in flight: what is held leaves at least, how much of each leg is done, what the rest would cost now. Integers only."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from oms.machines.bundle import Run
from oms.values.bundles import Leg, TransferKind
from oms.values.levels import Level
from oms.values.market import PAYOUT_ONE_PPM, Market, MarketId, TokenId
from oms.values.orders import Lifetime, Side
from oms.values.units import MICRO, PRICE_ONE_PIPS, CashMicro, Nanos, Pips, SharesMicro, cost_cash_micro, proceeds_cash_micro

CENT_MICRO: Final = 10_000
DUST_MICRO: Final = MICRO // 10
"""A tenth of a share more or less is no difference: an order in cash buys a little more than was wanted."""
BUY_MIN_MICRO: Final = MICRO
"""An immediate BUY costs a dollar at least (polymarket.md §9.3)."""


NO_BOUND: Final = 10**18
"""More than anybody has."""
Moved = tuple[TokenId, int, CashMicro]
"""What a trade moves: (token, shares, cash with the fee), signed."""


class TokenNow(msgspec.Struct, frozen=True, kw_only=True):
    """One token of the bundle's markets, as things are."""

    market: Market
    is_yes: bool
    bids: tuple[Level, ...]
    """What others would pay; nothing where the book is not believed."""
    asks: tuple[Level, ...]
    min_shares_micro: SharesMicro
    sellable_micro: SharesMicro
    """Settled, and not already for sale."""
    paid_ppm: int | None = None
    """What a share became, in parts per million of a dollar; None: the market has not paid."""


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Where a bundle stands."""

    at_ns: Nanos
    tokens: Mapping[TokenId, TokenNow]
    held: Mapping[TokenId, int]
    """Shares that its fills and transfers brought, undone ones left out; below zero was sold."""
    cash_micro: CashMicro
    """What they brought or cost so far, fees included."""
    winners: tuple[MarketId, ...]
    """Who can still win, NOBODY among them if that may be."""
    is_waiting: bool
    """One of its orders stands, or may stand."""
    is_settled: bool
    """Every trade of it is final."""
    first: tuple[TokenId, ...]
    """Tokens of the orders that left first."""
    may_take: bool
    """The session allows immediate orders, and every market of it is open."""
    may_move: bool = True
    """The venue is there, so that sets may be made and turned back."""
    is_halted: bool = False
    """The operator wants nothing more to be sent, until told otherwise."""
    undecided: tuple[Moved, ...] = ()
    """Of `held` and `cash_micro`: trades that may still fail."""
    loss_max_micro: CashMicro = NO_BOUND
    """What a bundle may cost at most, whichever of its trades hold."""


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """One immediate order that should leave."""

    token: TokenId
    side: Side
    price_pips: Pips
    shares_micro: SharesMicro
    lifetime: Lifetime


def worst(now: Standing, held: Mapping[TokenId, int], cash_micro: CashMicro) -> CashMicro:
    """What so much cash and these shares leave at least, whoever wins."""
    return cash_micro + min(sum(_value(now.tokens[token], shares, winner) for token, shares in held.items()) for winner in now.winners)


def _value(token: TokenNow, shares_micro: int, winner: MarketId) -> CashMicro:
    """What so many shares become; what a paid share became is known, whoever wins the rest."""
    if token.paid_ppm is not None:
        return shares_micro * token.paid_ppm // PAYOUT_ONE_PPM
    return shares_micro if (token.market.market_id == winner) is token.is_yes else 0


def progress_of(run: Run, now: Standing) -> dict[TokenId, SharesMicro]:
    """Token → how much of its legs is done."""
    made: dict[MarketId, SharesMicro] = {}
    for asked in run.transfers.values():
        transfer = asked.transfer
        if asked.is_done and transfer.kind is not TransferKind.CONVERT:
            sign = 1 if transfer.kind is TransferKind.SPLIT else -1
            made[transfer.market_ids[0]] = made.get(transfer.market_ids[0], 0) + sign * transfer.shares_micro
    done: dict[TokenId, SharesMicro] = {}
    for leg in run.bundle.legs:
        traded = now.held.get(leg.token, 0) - made.get(leg.market_id, 0) + _given(run, leg)
        done[leg.token] = max(0, traded if leg.side is Side.BUY else -traded)
    return done


def _given(run: Run, leg: Leg) -> SharesMicro:
    """What conversions took of a leg's token: it was there, so it counts as done."""
    return sum(
        asked.transfer.shares_micro
        for asked in run.transfers.values()
        if asked.is_done and asked.transfer.kind is TransferKind.CONVERT and leg.side is Side.BUY and leg.market_id in asked.transfer.market_ids
    )


def moved(token: TokenId, side: Side, shares_micro: SharesMicro, cash_micro: CashMicro, fee_micro: CashMicro) -> Moved:
    """One trade, as we see it."""
    return (token, shares_micro, -cash_micro - fee_micro) if side is Side.BUY else (token, -shares_micro, cash_micro - fee_micro)


def _at_limit(wish: Wish, now: Standing) -> Moved:
    """All of an order, at its limit."""
    fee = now.tokens[wish.token].market.fee.fee_cash_micro(wish.shares_micro, wish.price_pips)
    sum_of = cost_in_cents if wish.side is Side.BUY else proceeds_cash_micro
    return moved(wish.token, wish.side, wish.shares_micro, sum_of(wish.shares_micro, wish.price_pips), fee)


def after(wishes: Sequence[Wish], now: Standing) -> CashMicro:
    """What is left at least when all of these fill at their limits."""
    held, cash = dict(now.held), now.cash_micro
    for token, shares, brought in [_at_limit(wish, now) for wish in wishes]:
        held[token] = held.get(token, 0) + shares
        cash += brought
    return worst(now, held, cash)


def is_bounded(wishes: Sequence[Wish], now: Standing) -> bool:
    """May these leave, as far as the bound on its loss goes? Also what makes nothing worse may.

    Whoever wins: of trades that may fail those do that help, and of these orders those fill that hurt.
    """
    risked = _broken(wishes, now)
    return -risked <= now.loss_max_micro or risked >= _broken((), now)


def _at_worst(wish: Wish, now: Standing) -> Moved:
    """All of it, with the highest fee that any price can bring: a purchase spends its cash at a better price too, and pays more fee there."""
    token, shares, cash = _at_limit(wish, now)
    if wish.side is Side.SELL:
        return token, shares, cash
    cost = cost_in_cents(wish.shares_micro, wish.price_pips)
    return token, shares, min(cash, -cost - now.tokens[token].market.fee.worst_fee_for_cash(cost))


def _broken(wishes: Sequence[Wish], now: Standing) -> CashMicro:
    wished = [_at_worst(wish, now) for wish in wishes]
    ends: list[CashMicro] = []
    for winner in now.winners:
        end = now.cash_micro + sum(_value(now.tokens[token], shares, winner) for token, shares in now.held.items())
        end -= sum(max(0, _effect(trade, now, winner)) for trade in now.undecided)
        ends.append(end + sum(min(0, _effect(trade, now, winner)) for trade in wished))
    return min(ends)


def _effect(trade: Moved, now: Standing, winner: MarketId) -> CashMicro:
    token, shares, cash = trade
    return cash + _value(now.tokens[token], shares, winner)


def walked(token: TokenId, side: Side, shares_micro: SharesMicro, now: Standing) -> Wish | None:
    """An order for so many shares (as few more as the venue takes at least) at the price at which they are there; None: they are not."""
    seen = now.tokens[token]
    least = seen.min_shares_micro
    if side is Side.SELL and shares_micro < least:
        return None
    wanted = -(-max(shares_micro, least) // CENT_MICRO) * CENT_MICRO if side is Side.BUY else shares_micro // CENT_MICRO * CENT_MICRO
    found = 0
    for price, size in seen.asks if side is Side.BUY else seen.bids:
        found += size
        if side is Side.BUY and cost_in_cents(wanted, price) < BUY_MIN_MICRO:
            wanted = -(-BUY_MIN_MICRO * PRICE_ONE_PIPS // price)
        if found >= wanted:
            return Wish(token=token, side=side, price_pips=price, shares_micro=wanted, lifetime=Lifetime.FAK)
    return None


def depth(leg: Leg, now: Standing) -> SharesMicro:
    """How much stands at the leg's limit or better."""
    seen = now.tokens[leg.token]
    if leg.side is Side.BUY:
        return sum(size for price, size in seen.asks if price <= leg.price_pips)
    return sum(size for price, size in seen.bids if price >= leg.price_pips)


def still_there(legs: Sequence[Leg], now: Standing) -> bool:
    """Is every leg's size still displayed at its limit or better?"""
    needed: dict[TokenId, SharesMicro] = {}
    for leg in legs:
        needed[leg.token] = needed.get(leg.token, 0) + leg.shares_micro
        if depth(leg, now) < needed[leg.token]:
            return False
    return True


def thinnest(legs: Sequence[Leg], now: Standing) -> TokenId:
    """The token whose displayed size is least beyond what is wanted of it."""
    return min(legs, key=lambda leg: depth(leg, now) * MICRO // leg.shares_micro).token


def cost_in_cents(shares_micro: SharesMicro, price_pips: Pips) -> CashMicro:
    """What an immediate BUY is worth: whole cents, rounded up."""
    return -(-cost_cash_micro(shares_micro, price_pips) // CENT_MICRO) * CENT_MICRO
