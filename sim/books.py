"""The state of the clearing: accounts, reserves, sets, open trades, and the running totals that must always agree."""

from typing import TYPE_CHECKING, Final

from oms.values.market import EventId, MarketId, TokenId
from oms.values.units import CashMicro, SharesMicro
from sim.accounts import Account, AccountView, EventPot, LockedSets, Reserve, view_of
from sim.outcomes import Trade

if TYPE_CHECKING:
    from oms.values.orders import TradeId

OrderKey = tuple[str, str]
"""(account, the account's own name for the order)."""
FEES: Final = "venue:fees"
DUST: Final = "venue:dust"
VENUE_PREFIX: Final = "venue:"


class OpenTrade:
    """A trade that is matched but not final, with what undoing it needs."""

    __slots__ = ("maker_cost", "sets", "taker_cost", "trade")

    def __init__(self, trade: Trade, sets: LockedSets, *, taker_cost: CashMicro, maker_cost: CashMicro) -> None:
        self.trade = trade
        self.sets = sets
        self.taker_cost = taker_cost
        """The cost that left a seller's holding with the shares; 0 for a buyer."""
        self.maker_cost = maker_cost


class Books:
    """All accounts, reserves, sets and trades that are not final. Changed by Clearing only."""

    def __init__(self) -> None:
        self.accounts: dict[str, Account] = {name: Account(name) for name in (FEES, DUST)}
        self.reserves: dict[OrderKey, Reserve] = {}
        self.sets: dict[MarketId, LockedSets] = {}
        self.pots: dict[EventId, EventPot] = {}
        """Of events of which a market is not paid out."""
        self.open_trades: dict[TradeId, OpenTrade] = {}
        """Matched, not yet final."""
        self.paid_in_micro = 0
        """Deposits − withdrawals."""
        self.cash_held_micro = 0
        """Running total over all accounts, the venue's included."""
        self.locked_micro = 0
        """Running total over all markets and pots."""
        self.shares_held_micro: dict[TokenId, SharesMicro] = {}
        """Running totals over all accounts."""

    def account(self, name: str) -> AccountView:
        """A frozen picture. Raises KeyError: no such account."""
        return view_of(self.accounts[name])

    def balanced(self, market_id: MarketId) -> bool:
        """The running totals agree, for cash and for this market's tokens. O(1), after every event."""
        sets = self.sets[market_id]
        shares = self.shares_held_micro
        is_whole = shares[sets.no] == sets.locked_micro == shares[sets.yes] - sets.converted_micro
        return self.cash_held_micro + self.locked_micro == self.paid_in_micro and is_whole

    def _holders(self, sets: LockedSets) -> list[Account]:
        return [account for account in self.accounts.values() if sets.yes in account.tokens or sets.no in account.tokens]

    def _lock(self, sets: LockedSets, cash_micro: CashMicro) -> None:
        sets.locked_micro += cash_micro
        self.locked_micro += cash_micro
