"""Adding a bundle's proof up again, from its legs and transfers alone; shares nothing with the strategies that wrote it (strategies/basket.py).

A proof that does not add up to the micro-dollar is refused, and so is one that leaves out a winner, or in which somebody's win is a loss of ours.
"""

from collections.abc import Mapping, Sequence

from oms.values.bundles import Bundle, Leg, Transfer, TransferKind
from oms.values.market import EventGroup, FeeCurve, Market, MarketId, TokenId
from oms.values.orders import Side
from oms.values.units import CashMicro, SharesMicro, cost_cash_micro, proceeds_cash_micro

FILLS_MAX = 64
"""A leg may fill in so many parts; the fee of each is rounded up by itself."""
FEE_STEP_MICRO = 10
CENT_MICRO = 10_000


def flaw(bundle: Bundle, group: EventGroup, markets: Mapping[MarketId, Market], winners: Sequence[MarketId]) -> str:
    """What is wrong with the proof, in words; empty when nothing is. `winners`: all who can still win, NOBODY among them where that may be."""
    involved = involved_in(bundle)
    if not bundle.legs or any(name not in markets for name in involved):
        return "it has no legs, or is about markets that are not open"
    if len(involved) > 1 and not group.exclusive:
        return "its markets do not exclude each other"
    if any(name not in group.market_ids for name in involved):
        return f"it is about markets that are not of event {group.event_id}"
    told = {end.winner: end.result_micro for end in bundle.ends}
    missing = [winner for winner in winners if winner not in told]
    if missing:
        return f"it does not say what is left if {missing[0] or 'none of the outcomes'} wins"
    for leg in bundle.legs:
        problem = _leg_flaw(leg, markets[leg.market_id])
        if problem:
            return problem
    problem = _sizes_flaw(bundle, group, markets)
    if problem:
        return problem
    for winner in winners:
        found = _result(bundle, group, markets, winner)
        if found != told[winner]:
            return f"if {winner or 'none of the outcomes'} wins, {found} is left and not {told[winner]}"
        if found < 0:
            return f"it loses {-found} if {winner or 'none of the outcomes'} wins"
    return ""


def involved_in(bundle: Bundle) -> tuple[MarketId, ...]:
    """The markets that it trades or moves, in order."""
    moved = [name for transfer in (*bundle.before, *bundle.after) for name in transfer.market_ids]
    return tuple(dict.fromkeys([*(leg.market_id for leg in bundle.legs), *moved]))


def broken_worst(bundle: Bundle, markets: Mapping[MarketId, Market], winners: Sequence[MarketId]) -> CashMicro:
    """The worst the bundle can come to, whichever legs fill: under each winner exactly those that hurt do. Never above 0.

    What a split made is there in full: its shares can be merged again. A purchase spends all its cash at any price: at a better one than its limit it
    pays more fee, up to the curve's rate on the cash.
    """
    return min(sum(min(0, _leg_at_worst(leg, markets[leg.market_id], winner)) for leg in bundle.legs) for winner in winners)


def _leg_flaw(leg: Leg, market: Market) -> str:
    if leg.token not in (market.yes, market.no) or leg.shares_micro <= 0:
        return f"a leg of {leg.shares_micro} shares of a token that is not the market's"
    if leg.side is Side.BUY:
        cash = -(-cost_cash_micro(leg.shares_micro, leg.price_pips) // CENT_MICRO) * CENT_MICRO
    else:
        cash = proceeds_cash_micro(leg.shares_micro, leg.price_pips)
    if leg.cash_micro != cash:
        return f"a leg says {leg.cash_micro} and moves {cash}"
    fee = leg_fee(market.fee, leg)
    return f"a leg says it pays {leg.fee_micro} in fees and may pay {fee}" if leg.fee_micro < fee else ""


def _sizes_flaw(bundle: Bundle, group: EventGroup, markets: Mapping[MarketId, Market]) -> str:
    """Do the legs make up the sets, is what is sold or given there by then, is the capital what is paid, the conversion's fee the event's?"""
    sized: dict[TokenId, SharesMicro] = {}
    for leg in bundle.legs:
        sized[leg.token] = sized.get(leg.token, 0) + leg.shares_micro
    for token, shares in sized.items():
        if shares != bundle.sets_micro:
            return f"legs of {shares} shares of {token[:24]} make {bundle.sets_micro} sets"
    paid = sum(leg.cash_micro + leg.fee_micro for leg in bundle.legs if leg.side is Side.BUY) + sum(one.shares_micro for one in bundle.before)
    if paid != bundle.capital_micro:
        return f"it says it pays out {bundle.capital_micro} at most, and may pay {paid}"
    for transfer in (*bundle.before, *bundle.after):
        if transfer.shares_micro != bundle.sets_micro or (transfer.kind is not TransferKind.CONVERT and len(transfer.market_ids) != 1):
            return f"a {transfer.kind.value} of {transfer.shares_micro} shares of {len(transfer.market_ids)} markets, for {bundle.sets_micro} sets"
    held: dict[TokenId, SharesMicro] = {}
    for transfer in bundle.before:
        if transfer.kind is not TransferKind.SPLIT:
            return f"a {transfer.kind.value} before the legs"
        _give(held, transfer, markets)
    for leg in bundle.legs:
        held[leg.token] = held.get(leg.token, 0) + (leg.shares_micro if leg.side is Side.BUY else -leg.shares_micro)
    for transfer in bundle.after:
        if transfer.kind is TransferKind.CONVERT and transfer.fee_bps != group.conversion_fee_bps:
            return f"it converts for {transfer.fee_bps} bps, and the event's fee is {group.conversion_fee_bps}"
        _give(held, transfer, markets)
    short = [token for token, shares in held.items() if shares < 0]
    return f"it sells or gives {-held[short[0]]} shares of {short[0][:24]} that it does not have" if short else ""


def _give(held: dict[TokenId, SharesMicro], transfer: Transfer, markets: Mapping[MarketId, Market]) -> None:
    """What a transfer does to what is held; the YES that a conversion gives are left out."""
    shares = transfer.shares_micro if transfer.kind is TransferKind.SPLIT else -transfer.shares_micro
    for name in transfer.market_ids:
        market = markets[name]
        for token in (market.no,) if transfer.kind is TransferKind.CONVERT else (market.yes, market.no):
            held[token] = held.get(token, 0) + shares


def leg_fee(curve: FeeCurve, leg: Leg) -> CashMicro:
    """The taker's fee at the limit, each of many partial fills rounded up by itself."""
    return curve.fee_cash_micro(leg.shares_micro, leg.price_pips) + (FILLS_MAX * FEE_STEP_MICRO if curve.rate_bps else 0)


def _leg_result(leg: Leg, market: Market, winner: MarketId) -> CashMicro:
    """What one leg leaves if this market wins."""
    pays = leg.shares_micro if (winner == leg.market_id) is (leg.token == market.yes) else 0
    return pays - leg.cash_micro - leg.fee_micro if leg.side is Side.BUY else leg.cash_micro - leg.fee_micro - pays


def _leg_at_worst(leg: Leg, market: Market, winner: MarketId) -> CashMicro:
    """The same with the highest fee that any price can bring."""
    more = max(0, market.fee.worst_fee_for_cash(leg.cash_micro) - leg.fee_micro) if leg.side is Side.BUY else 0
    return _leg_result(leg, market, winner) - more


def _result(bundle: Bundle, group: EventGroup, markets: Mapping[MarketId, Market], winner: MarketId) -> CashMicro:
    """What the whole leaves if this market wins."""
    legs = sum(_leg_result(leg, markets[leg.market_id], winner) for leg in bundle.legs)
    return legs + sum(_transfer_result(transfer, group, winner) for transfer in (*bundle.before, *bundle.after))


def _transfer_result(transfer: Transfer, group: EventGroup, winner: MarketId) -> CashMicro:
    """A set is worth what it costs. A conversion takes NO of several and gives cash, and YES of the others, for its fee."""
    if transfer.kind is not TransferKind.CONVERT:
        return 0
    count, shares = len(transfer.market_ids), transfer.shares_micro
    kept = shares - shares * transfer.fee_bps // 10_000
    gives = count - (winner in transfer.market_ids)
    others = winner in group.market_ids and winner not in transfer.market_ids
    return (count - 1) * kept + (kept if others else 0) - gives * shares
