"""The venue's side of paper trading: our account against the street, kept by the venue and shared with nobody.

The street is everyone in the recording: it has what it needs, so its balances may be below zero; what we gain it loses. Together they hold what was
deposited, less fees, and as many shares of each token as the street is short of: `audit` recounts that.
"""

from collections.abc import Sequence

from oms.values.market import PAYOUT_ONE_PPM, Market, Payout, TokenId
from oms.values.orders import OrderId, OrderSpec, Side
from oms.values.units import CashMicro, SharesMicro, cost_cash_micro
from sim.paper_book import PaperFill
from sim.payouts import Conversion


class PaperAccount:
    """Cash and shares, free and frozen, as the venue sees them."""

    def __init__(self) -> None:
        self.cash: CashMicro = 0
        self.fees: CashMicro = 0
        self.deposited: CashMicro = 0
        self.street_cash: CashMicro = 0
        self.shares: dict[TokenId, SharesMicro] = {}
        self.street_shares: dict[TokenId, int] = {}
        self._frozen: dict[OrderId, tuple[str, int]] = {}
        self._frozen_by: dict[str, int] = {}

    def deposit(self, cash_micro: CashMicro) -> None:
        """Collateral arrives."""
        self.cash += cash_micro
        self.deposited += cash_micro

    def held(self, asset: str) -> int:
        """What is ours, frozen or not: asset is "cash" or a token."""
        return self.cash if asset == "cash" else self.shares.get(asset, 0)

    def frozen(self, asset: str) -> int:
        """What is set aside: asset is "cash" or a token."""
        return self._frozen_by.get(asset, 0)

    def freeze(self, order_id: OrderId, spec: OrderSpec, amount: int) -> bool:
        """Set aside what the order may need at worst; False when it is not there."""
        asset = "cash" if spec.side is Side.BUY else spec.token
        if self.held(asset) - self.frozen(asset) < amount:
            return False
        self.unfreeze(order_id)
        self._frozen[order_id] = (asset, amount)
        self._frozen_by[asset] = self.frozen(asset) + amount
        return True

    def refreeze(self, order_id: OrderId, amount: int) -> None:
        """Set aside at most `amount` for the order from now on."""
        asset, before = self._frozen.get(order_id, ("cash", 0))
        if before > amount:
            self._frozen[order_id] = (asset, amount)
            self._frozen_by[asset] -= before - amount

    def unfreeze(self, order_id: OrderId) -> None:
        """The order is gone."""
        asset, before = self._frozen.pop(order_id, ("cash", 0))
        if before:
            self._frozen_by[asset] -= before

    def fill(self, fill: PaperFill) -> None:
        """Shares one way, cash the other, the fee to the venue."""
        sign = 1 if fill.side is Side.BUY else -1
        self._move_shares(fill.token, sign * fill.shares_micro)
        self.cash -= sign * fill.cash_micro + fill.fee_micro
        self.street_cash += sign * fill.cash_micro
        self.fees += fill.fee_micro

    def change_sets(self, market: Market, sets_micro: int) -> bool:
        """Cash becomes sets of both tokens (below zero: the other way); the street has the other side. False: not that much is free."""
        paid = ["cash"] if sets_micro > 0 else [market.yes, market.no]
        if any(self.held(asset) - self.frozen(asset) < abs(sets_micro) for asset in paid):
            return False
        self.cash -= sets_micro
        self.street_cash += sets_micro
        for token in (market.yes, market.no):
            self._move_shares(token, sets_micro)
        return True

    def convert(self, given: Sequence[TokenId], shares_micro: SharesMicro, gained: Sequence[TokenId], due: Conversion) -> bool:
        """So many shares of each of `given` (NO) become cash and YES of each of `gained`; the fee's YES stay with the street. False: not free."""
        if any(self.held(token) - self.frozen(token) < shares_micro for token in given):
            return False
        for token in given:
            self._move_shares(token, -shares_micro)
        for token in gained:
            self._move_shares(token, due.yes_micro)
        self.cash += due.cash_micro
        self.fees += due.fee_cash_micro
        self.street_cash -= due.cash_micro + due.fee_cash_micro
        return True

    def resolve(self, market: Market, payout: Payout) -> None:
        """Every share of ours becomes its part of a dollar, floored to a micro-dollar a token; the street pays."""
        for token, ppm in ((market.yes, payout.yes_ppm), (market.no, payout.no_ppm)):
            shares = self.shares.get(token, 0)
            cash = shares * ppm // PAYOUT_ONE_PPM
            self.cash += cash
            self.street_cash -= cash
            self._move_shares(token, -shares)

    def audit(self) -> str:
        """Recount. Empty when all is well, else the first violation in words."""
        if self.cash + self.street_cash + self.fees != self.deposited:
            return f"cash {self.cash} + street {self.street_cash} + fees {self.fees} is not the {self.deposited} deposited"
        if self.cash < 0:
            return f"our cash is {self.cash}"
        for token, shares in self.shares.items():
            if shares + self.street_shares.get(token, 0):
                return f"token {token[:24]}: {shares} with us and {self.street_shares.get(token, 0)} with the street do not cancel out"
            if shares < 0:
                return f"token {token[:24]}: we hold {shares}"
        for asset in ("cash", *self.shares):
            counted = sum(amount for held, amount in self._frozen.values() if held == asset)
            if counted != self.frozen(asset):
                return f"{asset[:24]}: {self.frozen(asset)} frozen, but orders add up to {counted}"
        return ""

    @staticmethod
    def needed(spec: OrderSpec, market: Market, left_micro: int) -> int:
        """What the venue sets aside for what is left of an order: shares, or cash and the worst fee."""
        if spec.side is Side.SELL or not left_micro:
            return left_micro
        if spec.is_in_cash:
            return left_micro + market.fee.worst_fee_for_cash(left_micro)
        cost = cost_cash_micro(left_micro, spec.price_pips)
        return cost if spec.post_only else cost + market.fee.worst_fee_cash_micro(left_micro, spec.price_pips, buying=True)

    def _move_shares(self, token: TokenId, shares: int) -> None:
        self.shares[token] = self.shares.get(token, 0) + shares
        self.street_shares[token] = self.street_shares.get(token, 0) - shares
