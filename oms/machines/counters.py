"""What the inventory keeps of a token and of a market, and the worst case that follows from it. Counters only; inventory.py says when they move."""

from collections.abc import Sequence
from typing import Final

from oms.values.market import FeeCurve, Market, Payout
from oms.values.orders import OpenOrder, OrderSpec, Side
from oms.values.units import CashMicro, SharesMicro, cost_cash_micro, proceeds_cash_micro

_ROUNDING_MICRO: Final = 64 * 10
"""Each of up to 64 partial fills may have its fee rounded up by 10⁻⁵ dollars (as FeeCurve.worst_fee_cash_micro)."""


class TokenCounters:
    """What is kept of one token: shares in 10⁻⁶, cash in 10⁻⁶ USD."""

    __slots__ = ("at_risk", "buy_cash", "buy_shares", "confirmed", "kept", "leaving", "missing", "provisional", "sell_cash", "sell_shares")

    def __init__(self) -> None:
        self.at_risk = 0
        self.confirmed = 0
        self.provisional = 0
        self.missing = 0
        """What the venue has less than we, by its own lasting word (balances.py)."""
        self.kept = 0
        """What belongs to bundles: not for sale by anybody else."""
        self.leaving = 0
        """Sold but not settled for good: the sold part of `provisional`, which provisional buys may hide."""
        self.buy_shares = 0
        self.buy_cash = 0
        """What resting buys of this token would cost, fees reserved included."""
        self.sell_shares = 0
        self.sell_cash = 0
        """What resting sells of this token would bring at their limits."""


class MarketCounters:
    """What is kept of one market and its two tokens: cash in 10⁻⁶ USD."""

    __slots__ = ("cash", "coming", "hope_no", "hope_yes", "market", "no", "payout", "pledged", "worst", "yes")

    def __init__(self, market: Market) -> None:
        self.market = market
        self.yes = TokenCounters()
        self.no = TokenCounters()
        self.cash: CashMicro = 0
        """Cash this market brought (positive) or cost (negative) so far, fees included."""
        self.coming: CashMicro = 0
        """What unsettled sales brought: cash that goes back if they fail."""
        self.hope_yes: CashMicro = 0
        """What unsettled trades would still bring if YES wins, those that would bring anything: they may fail."""
        self.hope_no: CashMicro = 0
        self.pledged: CashMicro = 0
        """What bundles in flight may still give away of what they hold if NO wins (bundle_gate.pledges): nobody may count on it."""
        self.payout: Payout | None = None
        self.worst: CashMicro = 0
        """The worst result as last counted into the total."""


def outcome_worsts(book: MarketCounters) -> tuple[CashMicro, CashMicro]:
    """(if YES wins, if NO wins): the result of the market when every resting order that hurts fills and every unsettled trade that helps fails."""
    yes, no = book.yes, book.no
    if_yes = book.cash + yes.confirmed + yes.provisional - no.buy_cash - (yes.sell_shares - yes.sell_cash)
    if_no = book.cash + no.confirmed + no.provisional - yes.buy_cash - (no.sell_shares - no.sell_cash)
    return if_yes - book.hope_yes, if_no - book.hope_no - book.pledged


def held_of(counters: TokenCounters) -> int:
    """Filled inventory of a token, provisional included."""
    return counters.confirmed + counters.provisional


def sale_cash_micro(spec: OrderSpec, shares_micro: SharesMicro, fee: FeeCurve) -> CashMicro:
    """What selling so many shares brings at least: the limit, less the taker's fee there where the order may take. A better price leaves more."""
    cash = proceeds_cash_micro(shares_micro, spec.price_pips)
    if spec.post_only or not fee.rate_bps:
        return cash
    return cash - fee.fee_cash_micro(shares_micro, spec.price_pips) - _ROUNDING_MICRO


def foreign_worst(row: OpenOrder) -> CashMicro:
    """What a stranger's order may cost: a buy its price, a sale what is missing from a dollar."""
    left = max(0, row.shares_micro - row.filled_micro)
    cost = cost_cash_micro(left, row.price_pips)
    return cost if row.side is Side.BUY else left - proceeds_cash_micro(left, row.price_pips)


def worst_winner(pairs: Sequence[tuple[CashMicro, CashMicro]], *, exclusive: bool, one_wins: bool) -> CashMicro:
    """What markets with these outcome worsts come to: each alone, or, if they are exclusive, with one winner at most (`one_wins`: exactly one)."""
    if not exclusive:
        return sum(min(pair) for pair in pairs)
    all_lose = sum(if_no for _, if_no in pairs)
    best_known = [all_lose - if_no + if_yes for if_yes, if_no in pairs]
    return min(best_known) if one_wins and best_known else min([*best_known, all_lose])
