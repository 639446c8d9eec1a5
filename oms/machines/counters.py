"""What the inventory keeps of a token and of a market, and the worst case that follows from it. Counters only; inventory.py says when they move."""

from oms.values.market import Market, Payout
from oms.values.units import CashMicro


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

    __slots__ = ("cash", "coming", "hope_no", "hope_yes", "market", "no", "payout", "worst", "yes")

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
        self.payout: Payout | None = None
        self.worst: CashMicro = 0
        """The worst result as last counted into the total."""


def outcome_worsts(book: MarketCounters) -> tuple[CashMicro, CashMicro]:
    """(if YES wins, if NO wins): the result of the market when every resting order that hurts fills and every unsettled trade that helps fails."""
    yes, no = book.yes, book.no
    if_yes = book.cash + yes.confirmed + yes.provisional - no.buy_cash - (yes.sell_shares - yes.sell_cash)
    if_no = book.cash + no.confirmed + no.provisional - yes.buy_cash - (no.sell_shares - no.sell_cash)
    return if_yes - book.hope_yes, if_no - book.hope_no


def held_of(counters: TokenCounters) -> int:
    """Filled inventory of a token, provisional included."""
    return counters.confirmed + counters.provisional
