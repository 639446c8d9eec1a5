"""The exchange's own books: who has what, what is frozen for which order, and how a trade moves it.

Freeze on order, release on cancel, settle on fill. A trade's cash is exactly shares × price (the pool trades whole quanta, matching.py), so nothing
is rounded between trader and trader: a buyer pays what the seller gets, and the two payments of a mint are the collateral that is locked for the
set. Rounding exists in three places only: a reservation is rounded up and the rest comes back; a fee follows its curve; a payout is rounded
down and the difference goes to the venue's dust account.

What a trade brings is `unsettled` until the trade is confirmed and cannot be used before, so a failed settlement can always be undone completely,
exactly once: nobody has spent what goes back. Fees go to the venue's fee account, which nobody can draw on.

Invariants, kept as running totals after every event (`balanced`) and recounted in full by `audit`:
    cash of all accounts + locked in sets and pots = deposits − withdrawals;  YES outstanding = NO outstanding = locked, market by market,
    but for what conversions made of the markets of an event (event_books.py);
    frozen = the sum of the reserves, unsettled = the sum of the open trades, account by account;  nothing is below zero.
"""

from oms.values.market import PAYOUT_ONE_PPM, FeeCurve, Market, MarketId, Payout, TokenId
from oms.values.orders import Side, TradeId
from oms.values.units import CashMicro, SharesMicro
from sim.accounts import Account, LockedSets, Reserve
from sim.audit import recount
from sim.books import DUST, FEES, VENUE_PREFIX, OpenTrade, OrderKey
from sim.event_books import EventBooks
from sim.outcomes import Leg, NotPossible, Trade
from sim.payouts import cost_refunds, vector_payouts
from sim.pool_orders import Kind


class Clearing(EventBooks):
    """What may happen to the books. Refusals are answers; a KeyError is a caller's mistake."""

    # Accounts and markets.

    def deposit(self, name: str, cash_micro: CashMicro) -> None:
        """Cash arrives from outside; the account is made if it is new. Raises NotPossible: nothing arrives, or the name is the venue's."""
        if cash_micro <= 0 or name.startswith(VENUE_PREFIX):
            raise NotPossible(f"cannot deposit {cash_micro} micro-dollars to {name!r}")
        account = self.accounts.get(name)
        if account is None:
            account = self.accounts[name] = Account(name)
        account.cash.available += cash_micro
        self.cash_held_micro += cash_micro
        self.paid_in_micro += cash_micro

    def withdraw(self, name: str, cash_micro: CashMicro) -> bool:
        """Cash leaves. False: not that much is free."""
        account = self.accounts[name]
        if name.startswith(VENUE_PREFIX) or not 0 < cash_micro <= account.cash.available:
            return False
        account.cash.available -= cash_micro
        self.cash_held_micro -= cash_micro
        self.paid_in_micro -= cash_micro
        return True

    def open_market(self, market: Market) -> None:
        """Make the market's set account."""
        self.sets[market.market_id] = LockedSets(market.market_id, market.yes, market.no)
        self.shares_held_micro[market.yes] = self.shares_held_micro[market.no] = 0

    def split(self, name: str, market_id: MarketId, shares_micro: SharesMicro) -> bool:
        """A dollar becomes a share of each token. False: not that much is free. The cost is halved, an odd micro goes to NO."""
        account, sets = self.accounts[name], self.sets[market_id]
        if not 0 < shares_micro <= account.cash.available:
            return False
        account.cash.available -= shares_micro
        self.cash_held_micro -= shares_micro
        self._lock(sets, shares_micro)
        half = shares_micro // 2
        for token, cost in ((sets.yes, half), (sets.no, shares_micro - half)):
            held = account.holding(token)
            held.available += shares_micro
            held.cost_micro += cost
            self.shares_held_micro[token] += shares_micro
        return True

    def merge(self, name: str, market_id: MarketId, shares_micro: SharesMicro) -> bool:
        """A share of each token becomes a dollar. False: not that many of both are free."""
        account, sets = self.accounts[name], self.sets[market_id]
        held = [account.holding(sets.yes), account.holding(sets.no)]
        if not 0 < shares_micro <= min(holding.available for holding in held):
            return False
        for token, holding in zip((sets.yes, sets.no), held, strict=True):
            holding.cost_micro -= holding.cost_of(shares_micro)
            holding.available -= shares_micro
            self.shares_held_micro[token] -= shares_micro
        self._lock(sets, -shares_micro)
        account.cash.available += shares_micro
        self.cash_held_micro += shares_micro
        return True

    # Orders.

    def freeze_cash(self, key: OrderKey, token: TokenId, cash_micro: CashMicro, fee_micro: CashMicro) -> bool:
        """Set aside what a BUY can cost and its worst fee. False: not that much is free."""
        account = self.accounts[key[0]]
        needed = cash_micro + fee_micro
        if account.cash.available < needed:
            return False
        account.cash.available -= needed
        account.cash.frozen += needed
        self.reserves[key] = Reserve(account, token, cash_micro=cash_micro, fee_micro=fee_micro)
        return True

    def freeze_shares(self, key: OrderKey, token: TokenId, shares_micro: SharesMicro) -> bool:
        """Set aside what a SELL gives: there are no naked sells (trap T8). False: not that many are free."""
        account = self.accounts[key[0]]
        held = account.tokens.get(token)
        if held is None or held.available < shares_micro:
            return False
        held.available -= shares_micro
        held.frozen += shares_micro
        self.reserves[key] = Reserve(account, token, shares_micro=shares_micro)
        return True

    def rest(self, key: OrderKey, cash_micro: CashMicro) -> None:
        """The order is a maker from now on: of a BUY keep `cash_micro` frozen; what it saved and its fee reserve are free again."""
        reserve = self.reserves[key]
        if reserve.shares_micro:
            return
        spare = reserve.cash_micro + reserve.fee_micro - cash_micro
        assert spare >= 0, "an order never needs more than was frozen for it"
        reserve.cash_micro, reserve.fee_micro = cash_micro, 0
        reserve.account.cash.frozen -= spare
        reserve.account.cash.available += spare

    def release(self, key: OrderKey) -> None:
        """The order is over: all that is still frozen for it is free again."""
        reserve = self.reserves.pop(key)
        spare = reserve.cash_micro + reserve.fee_micro
        if spare:
            reserve.account.cash.frozen -= spare
            reserve.account.cash.available += spare
        if reserve.shares_micro:
            held = reserve.account.tokens[reserve.token]
            held.frozen -= reserve.shares_micro
            held.available += reserve.shares_micro

    def taker_fee(self, key: OrderKey, curve: FeeCurve, shares_micro: SharesMicro, leg: tuple[Side, int, CashMicro]) -> CashMicro:
        """The fee of one fill for (side, price in pips, cash): by the curve, but never more than is frozen for it (BUY) or than it brings (SELL)."""
        side, price_pips, cash_micro = leg
        fee = curve.fee_cash_micro(shares_micro, price_pips)
        return min(fee, self.reserves[key].fee_micro if side is Side.BUY else cash_micro)

    # Trades.

    def settle(self, trade: Trade) -> None:
        """Move what the trade moves; what it brings is unsettled until `confirm`."""
        sets = self.sets[trade.market_id]
        taker_cost, maker_cost = self._give(trade.taker), self._give(trade.maker)
        self._sets_traded(sets, trade, 1)
        for leg in (trade.taker, trade.maker):
            self._bring(leg, 1)
        self.open_trades[trade.trade_id] = OpenTrade(trade, sets, taker_cost=taker_cost, maker_cost=maker_cost)

    def confirm(self, trade_id: TradeId) -> Trade:
        """The settlement is final: what the trade brought is free to use. Raises KeyError: no such open trade."""
        done = self.open_trades.pop(trade_id)
        for leg in (done.trade.taker, done.trade.maker):
            account = self.accounts[leg.account]
            if leg.side is Side.BUY:
                held = account.tokens[leg.token]
                held.unsettled -= leg.shares_micro
                held.available += leg.shares_micro
                held.cost_micro += leg.cash_micro
            else:
                account.cash.unsettled -= leg.cash_micro - leg.fee_cash_micro
                account.cash.available += leg.cash_micro - leg.fee_cash_micro
        return done.trade

    def fail(self, trade_id: TradeId) -> Trade:
        """The settlement failed: shares, cash and fee go back, once (trap T5). Raises KeyError: no such open trade."""
        undone = self.open_trades.pop(trade_id)
        for leg, cost in ((undone.trade.taker, undone.taker_cost), (undone.trade.maker, undone.maker_cost)):
            self._bring(leg, -1)
            account = self.accounts[leg.account]
            if leg.side is Side.BUY:
                account.cash.available += leg.cash_micro + leg.fee_cash_micro
                self.cash_held_micro += leg.cash_micro + leg.fee_cash_micro
            else:
                held = account.tokens[leg.token]
                held.available += leg.shares_micro
                held.cost_micro += cost
                self.shares_held_micro[leg.token] += leg.shares_micro
        self._sets_traded(undone.sets, undone.trade, -1)
        return undone.trade

    def _give(self, leg: Leg) -> CashMicro:
        """Take what a leg gives out of its reserve. Returns the cost that leaves a seller's holding."""
        reserve = self.reserves[leg.account, leg.order_key]
        if leg.side is Side.BUY:
            paid = leg.cash_micro + leg.fee_cash_micro
            reserve.cash_micro -= leg.cash_micro
            reserve.fee_micro -= leg.fee_cash_micro
            assert reserve.cash_micro >= 0, "a buyer never pays more than was frozen"
            assert reserve.fee_micro >= 0, "a fee is never more than was frozen"
            reserve.account.cash.frozen -= paid
            self.cash_held_micro -= paid
            return 0
        reserve.shares_micro -= leg.shares_micro
        assert reserve.shares_micro >= 0, "a seller never gives more than was frozen"
        held = reserve.account.tokens[leg.token]
        cost = held.cost_of(leg.shares_micro)
        held.cost_micro -= cost
        held.frozen -= leg.shares_micro
        self.shares_held_micro[leg.token] -= leg.shares_micro
        return cost

    def _bring(self, leg: Leg, sign: int) -> None:
        """Add what a leg brings (or, with −1, take it back again), and the fee to the venue's account."""
        account = self.accounts[leg.account]
        if leg.side is Side.BUY:
            account.holding(leg.token).unsettled += sign * leg.shares_micro
            self.shares_held_micro[leg.token] += sign * leg.shares_micro
        else:
            account.cash.unsettled += sign * (leg.cash_micro - leg.fee_cash_micro)
            self.cash_held_micro += sign * (leg.cash_micro - leg.fee_cash_micro)
        if leg.fee_cash_micro:
            self.accounts[FEES].cash.available += sign * leg.fee_cash_micro
            self.cash_held_micro += sign * leg.fee_cash_micro

    def _sets_traded(self, sets: LockedSets, trade: Trade, sign: int) -> None:
        if trade.kind is Kind.MINT:
            self._lock(sets, sign * trade.taker.shares_micro)
        elif trade.kind is Kind.MERGE:
            self._lock(sets, -sign * trade.taker.shares_micro)

    # The end of a market. Its orders must be cancelled and its trades final; shares then become cash.

    def resolve(self, market_id: MarketId, payout: Payout) -> dict[str, CashMicro]:
        """Every share pays its part of a dollar. Returns what each holder got; the dust of rounding down is in the dust account.

        A market of an event is won or lost, nothing in between.
        """
        sets = self.sets[market_id]
        assert sets.pot is None or PAYOUT_ONE_PPM in (payout.yes_ppm, payout.no_ppm), "a market of an event cannot be shared out"
        self._leave_event(sets, is_winner=payout.yes_ppm > 0)
        holders = self._holders(sets)
        held = [(account.holding(sets.yes).total, account.holding(sets.no).total) for account in holders]
        return self._pay(sets, holders, vector_payouts(payout, held))

    def refund(self, market_id: MarketId) -> dict[str, CashMicro]:
        """Void at cost basis: everybody gets back what the shares still held cost, as far as it goes (rule in payouts.cost_refunds)."""
        sets = self.sets[market_id]
        assert sets.pot is None, "a market of an event cannot be refunded"
        holders = self._holders(sets)
        pairs = [(account.holding(sets.yes), account.holding(sets.no)) for account in holders]
        claims = [yes.cost_micro + no.cost_micro for yes, no in pairs]
        return self._pay(sets, holders, cost_refunds(sets.locked_micro, claims, [yes.total + no.total for yes, no in pairs]))

    def _pay(self, sets: LockedSets, holders: list[Account], pays: list[CashMicro]) -> dict[str, CashMicro]:
        dust = sets.locked_micro - sum(pays)
        assert dust >= 0, "a market never pays more than it has locked"
        for account, pay in [*zip(holders, pays, strict=True), (self.accounts[DUST], dust)]:
            account.cash.available += pay
            for token in (sets.yes, sets.no):
                gone = account.tokens.pop(token, None)
                if gone is not None:
                    assert gone.frozen == gone.unsettled == 0, "a market ends only when its orders and trades are final"
                    self.shares_held_micro[token] -= gone.available
        self.cash_held_micro += sets.locked_micro
        self._lock(sets, -sets.locked_micro)
        return {account.name: pay for account, pay in zip(holders, pays, strict=True)}

    def forget_market(self, market_id: MarketId) -> None:
        """Drop the set account of a market that has paid out: nothing is locked in it, and nobody holds its shares."""
        sets = self.sets.pop(market_id)
        left = (sets.locked_micro, self.shares_held_micro.pop(sets.yes), self.shares_held_micro.pop(sets.no))
        assert left == (0, 0, 0), f"market {market_id} is forgotten with {left} (locked, YES, NO)"

    # The proof.

    def audit(self) -> str | None:
        """Recount everything; the first violation in words, or None."""
        return recount(self)
