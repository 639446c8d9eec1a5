"""What a wallet holds and what it has made of it: the exchange's balances, its trades folded by average cost. Pure; for display, never for the books.

The size is the exchange's own, from the match on. Cost and profit come from the trades that did not fail, of which the venue remembers a bounded
number, at average cost in the order of the matches (the exchange itself averages in the order of settlement). Shares that no trade explains came
from a split and count as bought at half a dollar; of a position that was merged the rest keeps its average.
"""

from collections.abc import Iterator

import msgspec

from oms.values.events import SettlementStage
from oms.values.market import PAYOUT_ONE_PPM, Market, TokenId
from oms.values.orders import Side
from oms.values.units import CashMicro, Nanos, SharesMicro
from sim.gateway.host import Host
from sim.gateway.records import VenueTrade
from sim.outcomes import Leg


class Position(msgspec.Struct, kw_only=True):
    """One token of one wallet."""

    market: Market
    token: TokenId
    held_micro: SharesMicro = 0
    cost_micro: CashMicro = 0
    """What the shares that are held cost, without fees."""
    bought_micro: SharesMicro = 0
    """Ever, in trades."""
    fees_micro: CashMicro = 0
    """Paid as a taker when buying."""
    realized_micro: CashMicro = 0
    first_ns: Nanos = 0
    """Of its first trade; 0: it has none."""
    last_ns: Nanos = 0
    folded_micro: SharesMicro = 0
    """Shares that the trades leave; without splits, merges and payouts the same as `held_micro`."""
    folded_cost_micro: CashMicro = 0

    @property
    def is_open(self) -> bool:
        """Shares are held."""
        return self.held_micro > 0


def legs_of(trade: VenueTrade, account: str) -> Iterator[Leg]:
    """The account's parts of a trade, as taker and as maker."""
    for match in trade.matches:
        for leg in (match.taker, match.maker):
            if leg.account == account:
                yield leg


def positions_of(host: Host, account: str) -> list[Position]:
    """Every token that the wallet holds or has traded, in the order it came to it; no such wallet: none."""
    found: dict[TokenId, Position] = {}
    for trade in host.book.trades_of.get(account, ()):
        if trade.stage is not SettlementStage.FAILED:
            for leg in legs_of(trade, account):
                _fold(_position(found, host, leg.token), leg, trade.matched_ns)
    _take_balances(found, host, account)
    for position in found.values():
        payout = host.payouts.get(position.market.market_id)
        if payout is not None and not position.held_micro:
            ppm = payout.yes_ppm if position.token == position.market.yes else payout.no_ppm
            position.realized_micro += position.folded_micro * ppm // PAYOUT_ONE_PPM - position.folded_cost_micro
    return list(found.values())


def _position(found: dict[TokenId, Position], host: Host, token: TokenId) -> Position:
    if token not in found:
        found[token] = Position(market=host.market(host.by_token[token]), token=token)
    return found[token]


def _fold(position: Position, leg: Leg, at_ns: Nanos) -> None:
    position.first_ns = position.first_ns or at_ns
    position.last_ns = at_ns
    if leg.side is Side.BUY:
        position.bought_micro += leg.shares_micro
        position.fees_micro += leg.fee_cash_micro
        position.folded_micro += leg.shares_micro
        position.folded_cost_micro += leg.cash_micro
        return
    covered = min(leg.shares_micro, position.folded_micro)
    cost = position.folded_cost_micro * covered // position.folded_micro if covered else 0
    position.folded_micro -= covered
    position.folded_cost_micro -= cost
    position.realized_micro += leg.cash_micro - leg.fee_cash_micro - cost - (leg.shares_micro - covered) // 2


def _take_balances(found: dict[TokenId, Position], host: Host, account: str) -> None:
    holder = host.exchange.clearing.accounts.get(account)
    for token, held in holder.tokens.items() if holder is not None else ():
        if held.total:
            position = _position(found, host, token)
            explained, cost = position.folded_micro, position.folded_cost_micro
            position.held_micro = held.total
            position.cost_micro = cost * held.total // explained if held.total < explained else cost + (held.total - explained) // 2
