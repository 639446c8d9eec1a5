"""Who owns what: balances in three buckets, kept apart for cash and for each token."""

import msgspec

from oms.values.market import EventId, MarketId, TokenId
from oms.values.units import CashMicro, SharesMicro


class Balance:
    """Micro-units of one asset. Never below zero in any bucket."""

    __slots__ = ("available", "frozen", "unsettled")

    def __init__(self) -> None:
        self.available = 0
        """Free to use."""
        self.frozen = 0
        """Set aside for resting orders."""
        self.unsettled = 0
        """Got in trades that are not confirmed: ours unless the settlement fails, not usable before."""

    @property
    def total(self) -> int:
        """All three."""
        return self.available + self.frozen + self.unsettled


class Holding(Balance):
    """Shares of one token, with what the settled ones cost."""

    __slots__ = ("cost_micro",)

    def __init__(self) -> None:
        super().__init__()
        self.cost_micro = 0
        """Paid for `available + frozen`, without fees; sold in proportion (average cost)."""

    def cost_of(self, shares_micro: SharesMicro) -> CashMicro:
        """The part of the cost that belongs to these shares, rounded down; all of it for all of them."""
        settled = self.available + self.frozen
        return self.cost_micro * shares_micro // settled if settled else 0


class Account:
    """One trader's, or the venue's own, balances."""

    __slots__ = ("cash", "name", "tokens")

    def __init__(self, name: str) -> None:
        self.name = name
        self.cash = Balance()
        self.tokens: dict[TokenId, Holding] = {}

    def holding(self, token: TokenId) -> Holding:
        """Of this token; made when first asked for."""
        found = self.tokens.get(token)
        if found is None:
            found = self.tokens[token] = Holding()
        return found


class Reserve:
    """What is frozen for one order."""

    __slots__ = ("account", "cash_micro", "fee_micro", "shares_micro", "token")

    def __init__(
        self, account: Account, token: TokenId, *, cash_micro: CashMicro = 0, fee_micro: CashMicro = 0, shares_micro: SharesMicro = 0
    ) -> None:
        self.account = account
        self.token = token
        self.cash_micro = cash_micro
        self.fee_micro = fee_micro
        self.shares_micro = shares_micro


class LockedSets:
    """The set account of one market: each micro-dollar locked stands behind one micro-share of both tokens.

    In an event there are more YES shares than that, which conversions made: behind those stands the event's pot.
    """

    __slots__ = ("joined_micro", "locked_micro", "market_id", "no", "pot", "yes")

    def __init__(self, market_id: MarketId, yes: TokenId, no: TokenId) -> None:
        self.market_id = market_id
        self.yes = yes
        self.no = no
        self.locked_micro = 0
        self.pot: EventPot | None = None
        """Of the event it is in; None: a market by itself, or paid out."""
        self.joined_micro: SharesMicro = 0
        """What had been converted in its event before it joined: it got nothing of that."""

    @property
    def converted_micro(self) -> SharesMicro:
        """YES shares that are out beyond the locked sets: a micro-share for each micro-share converted since the market joined its event."""
        return self.pot.converted_micro - self.joined_micro if self.pot is not None else 0


class EventPot:
    """What conversions have locked for all markets of one exclusive event together: the winner's converted YES shares are paid from it."""

    __slots__ = ("converted_micro", "event_id", "fee_bps", "is_decided", "members", "pot_micro")

    def __init__(self, event_id: EventId, fee_bps: int) -> None:
        self.event_id = event_id
        self.fee_bps = fee_bps
        self.converted_micro: SharesMicro = 0
        """NO shares (of each of the markets named) that were ever converted."""
        self.pot_micro: CashMicro = 0
        """As much as was converted, until the winner is paid."""
        self.is_decided = False
        """The winner was paid; the other markets can only resolve NO."""
        self.members: dict[MarketId, LockedSets] = {}
        """Its markets that are not paid out, in the order in which they joined."""


class HoldingView(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Balances of one asset at a moment."""

    available_micro: int
    frozen_micro: int
    unsettled_micro: int

    @property
    def total_micro(self) -> int:
        """All three."""
        return self.available_micro + self.frozen_micro + self.unsettled_micro


class AccountView(msgspec.Struct, frozen=True, kw_only=True):
    """An account at a moment."""

    name: str
    cash: HoldingView
    tokens: dict[TokenId, HoldingView]


def view_of(account: Account) -> AccountView:
    """A frozen picture."""
    return AccountView(name=account.name, cash=_view(account.cash), tokens={token: _view(held) for token, held in account.tokens.items()})


def _view(balance: Balance) -> HoldingView:
    return HoldingView(available_micro=balance.available, frozen_micro=balance.frozen, unsettled_micro=balance.unsettled)
