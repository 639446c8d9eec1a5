"""The simulated exchange: many markets, one clearing. Pure: time is an argument, chance is the caller's.

An order passes the door (admission.py), has its worst case frozen and meets the pool (desk.py, matching.py), and each match is cleared as one trade
(clearing.py) whose settlement is a stage of its own (settlement.py): MATCHED until `settle_step` says more; only CONFIRMED frees what it brought,
FAILED undoes it. Private outcomes are returned by each operation, in order, for every account they concern; what the public sees waits in
`drain_public`. This file only joins the parts.
"""

from collections import deque
from collections.abc import Sequence
from typing import Final

from oms.values.events import BookReset, Event, EventListed, MarketClosed, MarketListed, MarketResolved, SettlementStage
from oms.values.market import PAYOUT_ONE_PPM, EventGroup, EventId, Market, MarketId, Payout, TokenId
from oms.values.orders import OrderSpec, TradeId
from oms.values.units import CashMicro, Nanos, Pips, SharesMicro
from sim.accounts import AccountView
from sim.admission import meeting_refusal, terms_refusal
from sim.books import DUST, VENUE_PREFIX
from sim.clearing import Clearing
from sim.desk import Desk
from sim.event_register import EventRegister
from sim.listing import Listing, MarketState, OrderRecord
from sim.outcomes import CancelWhy, MarketEnded, NotPossible, Outcome, Paid, Refusal, Refused
from sim.pool_orders import BadPoolOrder, SelfTrades
from sim.settlement import Settlement, TradeRecord

HALF_HALF: Final = Payout(yes_ppm=PAYOUT_ONE_PPM // 2, no_ppm=PAYOUT_ONE_PPM // 2)
"""What a voided market pays unless it refunds at cost."""


RESOLVED_KEPT: Final = 100
"""Paid-out markets that are remembered. An older one is unknown: nothing stands, is frozen or is held there any more, so nothing can come back."""


class Exchange:
    """Markets, orders, trades and money. `instant_settlement` confirms every trade as it is matched."""

    def __init__(self, self_trades: SelfTrades = SelfTrades.OFF, *, instant_settlement: bool = False) -> None:
        self.self_trades = self_trades
        self.clearing = Clearing()
        self.listings: dict[MarketId, Listing] = {}
        self.events = EventRegister(self.clearing, self.listings)
        """Which markets exclude each other. Read only for others."""
        self._settlement = Settlement(self.clearing, instant=instant_settlement)
        self._desk = Desk(self.clearing, self._settlement)
        self._by_token: dict[TokenId, Listing] = {}
        self._resolved: deque[MarketId] = deque()
        self._public: list[Event] = []

    # What can be asked.

    def account(self, name: str) -> AccountView:
        """Balances of one account. Raises KeyError: no such account."""
        return self.clearing.account(name)

    def cash_total(self, name: str) -> CashMicro:
        """Available, frozen and unsettled cash. O(1)."""
        return self.clearing.accounts[name].cash.total

    def token_total(self, name: str, token: TokenId) -> SharesMicro:
        """Available, frozen and unsettled shares of one token. O(1)."""
        held = self.clearing.accounts[name].tokens.get(token)
        return held.total if held is not None else 0

    def account_totals(self, name: str) -> tuple[CashMicro, dict[TokenId, SharesMicro]]:
        """(cash, shares by token), each with what is frozen and unsettled. O(tokens this account holds)."""
        account = self.clearing.accounts[name]
        return account.cash.total, {token: held.total for token, held in account.tokens.items()}

    def find(self, account: str, order_key: str) -> OrderRecord | None:
        """An order of this account, standing or ended; None: never seen, or too long ago."""
        return self._desk.orders.get((account, order_key))

    def orders_remembered(self) -> int:
        """How many there are, of all accounts, standing and ended."""
        return len(self._desk.orders)

    def open_orders(self, account: str) -> list[OrderRecord]:
        """What of this account stands, oldest first."""
        return self._desk.standing(account)

    def trade(self, trade_id: TradeId) -> TradeRecord | None:
        """A trade and where its settlement stands; None: never made, or final for too long."""
        return self._settlement.trades.get(trade_id)

    def trades(self) -> list[TradeRecord]:
        """All trades that are remembered, oldest first."""
        return list(self._settlement.trades.values())

    def book(self, token: TokenId) -> BookReset:
        """The whole book of one token. Raises KeyError: no such token."""
        return self._by_token[token].book(token)

    def drain_public(self) -> list[Event]:
        """Market facts since the last call, in order: trades, then level changes for both tokens, operation by operation."""
        told, self._public = self._public, []
        return told

    def audit(self) -> str | None:
        """Recount the books, and every standing order against its reserve; the first violation in words, or None."""
        for record in self._desk.orders.values():
            if record.stands is not (record.key in self.clearing.reserves):
                return f"order {record.key} stands without a reserve, or has one without standing"
        return self.clearing.audit()

    # Accounts and sets.

    def deposit(self, account: str, cash_micro: CashMicro) -> None:
        """Cash arrives from outside; a new account is made. Raises NotPossible: not above zero, or a name of the venue's own."""
        self.clearing.deposit(account, cash_micro)

    def withdraw(self, account: str, cash_micro: CashMicro) -> bool:
        """Cash leaves; False: that much is not free. Raises KeyError: no such account."""
        return self.clearing.withdraw(account, cash_micro)

    def split(self, account: str, market_id: MarketId, shares_micro: SharesMicro) -> Refusal | None:
        """Cash becomes complete sets; None: done."""
        refusal = self._sets_refusal(account, market_id, shares_micro)
        if refusal is None and not self.clearing.split(account, market_id, shares_micro):
            return Refusal.NOT_ENOUGH_CASH
        return refusal

    def merge(self, account: str, market_id: MarketId, shares_micro: SharesMicro) -> Refusal | None:
        """Complete sets become cash; None: done."""
        refusal = self._sets_refusal(account, market_id, shares_micro)
        if refusal is None and not self.clearing.merge(account, market_id, shares_micro):
            return Refusal.NOT_ENOUGH_SHARES
        return refusal

    def convert(self, account: str, event_id: EventId, market_ids: Sequence[MarketId], shares_micro: SharesMicro) -> Refusal | None:
        """NO shares of these markets become cash and YES shares of their event's others (arithmetic: payouts.conversion); None: done."""
        return self.events.convert(account, event_id, market_ids, shares_micro)

    def _sets_refusal(self, account: str, market_id: MarketId, shares_micro: SharesMicro) -> Refusal | None:
        listing = self.listings.get(market_id)
        if account not in self.clearing.accounts or account.startswith(VENUE_PREFIX):
            return Refusal.ACCOUNT_UNKNOWN
        if shares_micro <= 0:
            return Refusal.BAD_SIZE
        if listing is None:
            return Refusal.MARKET_UNKNOWN
        return Refusal.MARKET_CLOSED if listing.state is MarketState.RESOLVED else None

    # Orders.

    def submit(self, account: str, order_key: str, spec: OrderSpec, at_ns: Nanos) -> list[Outcome]:
        """Take an order. Outcomes: expiries that were due, then Refused, or Accepted, Executed…, and Resting or Cancelled unless it is complete."""
        out = self.expire(at_ns)
        reason = self._enter(account, order_key, spec, out, at_ns)
        if reason is not None:
            out.append(Refused(account=account, order_key=order_key, reason=reason))
        return out

    def _enter(self, account: str, order_key: str, spec: OrderSpec, out: list[Outcome], at_ns: Nanos) -> Refusal | None:
        if account not in self.clearing.accounts or account.startswith(VENUE_PREFIX):
            return Refusal.ACCOUNT_UNKNOWN
        if (account, order_key) in self._desk.orders:
            return Refusal.DUPLICATE_ORDER_ID
        listing = self.listings.get(spec.market_id)
        refusal = terms_refusal(spec, listing, at_ns)
        if refusal is not None:
            return refusal
        assert listing is not None, "an unknown market was refused"
        record = self._desk.draft((account, order_key), spec, listing)
        refusal = meeting_refusal(spec, listing, record.pooled) or self._desk.enter(record, out, at_ns)
        if refusal is None:
            self._public += listing.news(at_ns)
        return refusal

    def cancel(self, account: str, order_key: str, at_ns: Nanos) -> list[Outcome]:
        """Take an own order out. Refused with ORDER_UNKNOWN or ORDER_ENDED if it does not stand."""
        out = self.expire(at_ns)
        record = self.find(account, order_key)
        if record is None or not record.stands:
            reason = Refusal.ORDER_UNKNOWN if record is None else Refusal.ORDER_ENDED
            return [*out, Refused(account=account, order_key=order_key, reason=reason)]
        out.append(self._desk.withdraw(record, CancelWhy.ASKED))
        self._public += record.listing.news(at_ns)
        return out

    def expire(self, at_ns: Nanos) -> list[Outcome]:
        """End every GTD order whose time has come. `submit` and `cancel` do this first."""
        out: list[Outcome] = []
        while (record := self._desk.next_expired(at_ns)) is not None:
            out.append(self._desk.withdraw(record, CancelWhy.EXPIRED))
            self._public += record.listing.news(at_ns)
        return out

    def settle_step(self, trade_id: TradeId, stage: SettlementStage) -> list[Outcome]:
        """Move a trade's settlement (rules and NotPossible: settlement.py)."""
        return self._settlement.step(trade_id, stage)

    # Markets.

    def list_market(self, market: Market, at_ns: Nanos) -> None:
        """Open a market with an empty book. An id is used once, for ever; it is checked as long as the market is remembered.

        Raises:
            NotPossible: its id or a token is taken, or its tick does not divide a dollar.
        """
        if market.market_id in self.listings or market.yes == market.no or {market.yes, market.no} & self._by_token.keys():
            raise NotPossible(f"market {market.market_id!r}: the id or a token is in use")
        try:
            listing = Listing(market, self.self_trades)
        except BadPoolOrder as error:
            raise NotPossible(f"market {market.market_id!r}: {error}") from None
        listing.changed_ns = at_ns
        self.listings[market.market_id] = self._by_token[market.yes] = self._by_token[market.no] = listing
        self.clearing.open_market(market)
        self._public.append(MarketListed(market=market))

    def list_event(self, group: EventGroup, at_ns: Nanos) -> None:  # noqa: ARG002 (as list_market)
        """Say which markets, listed before, exclude each other; again with more markets is fine (rules and NotPossible: event_register.py)."""
        self.events.enter(group)
        self._public.append(EventListed(group=group))

    def change_tick(self, market_id: MarketId, tick_pips: Pips, at_ns: Nanos) -> None:
        """New orders must fit the new step; standing ones stay. Raises NotPossible: no such market, or not a step."""
        listing = self._listing(market_id)
        try:
            self._public += listing.change_tick(tick_pips, at_ns)
        except BadPoolOrder as error:
            raise NotPossible(f"market {market_id!r}: {error}") from None

    def close(self, market_id: MarketId, at_ns: Nanos) -> list[Outcome]:
        """No orders any more; those that stand are cancelled. Closing twice changes nothing. Raises NotPossible: no such market."""
        listing = self._listing(market_id)
        if listing.state is not MarketState.OPEN:
            return []
        out = self.expire(at_ns)
        listing.state = MarketState.CLOSED
        out += [self._desk.withdraw(record, CancelWhy.MARKET_CLOSED) for record in list(listing.standing.values())]
        self._public += [*listing.news(at_ns), MarketClosed(market_id=market_id)]
        return out

    def resolve(self, market_id: MarketId, payout: Payout, at_ns: Nanos) -> list[Outcome]:
        """Close, confirm what is unsettled, pay every share its part of a dollar.

        Raises NotPossible: no such market, resolved already, or its event does not allow it (a second YES, or part of a dollar).
        """
        return self._end_market(market_id, payout, at_ns)

    def resolve_event(self, event_id: EventId, winner: MarketId, at_ns: Nanos) -> list[Outcome]:
        """Resolve all markets of an event that are not yet: this one YES, the others NO. Empty: none wins. Raises NotPossible: it cannot be."""
        ends = self.events.ends(event_id, winner)
        return [outcome for market_id, payout in ends for outcome in self._end_market(market_id, payout, at_ns)]

    def void(self, market_id: MarketId, at_ns: Nanos, *, refund: bool = False) -> list[Outcome]:
        """Undo a market: half a dollar for every share, or (`refund`) what the shares still held cost, as far as the locked cash goes.

        Raises NotPossible: as `resolve`; a market of an event cannot be voided.
        """
        return self._end_market(market_id, None if refund else HALF_HALF, at_ns)

    def _end_market(self, market_id: MarketId, payout: Payout | None, at_ns: Nanos) -> list[Outcome]:
        listing = self._listing(market_id)
        if listing.state is MarketState.RESOLVED:
            raise NotPossible(f"market {market_id!r} was paid out already")
        self.events.check_end(market_id, payout)
        out = self.close(market_id, at_ns) + self._settlement.confirm_all(market_id)
        dust = self.cash_total(DUST)
        paid = self.clearing.refund(market_id) if payout is None else self.clearing.resolve(market_id, payout)
        listing.state = MarketState.RESOLVED
        self.events.ended(market_id, payout)
        out += [Paid(account=account, market_id=market_id, cash_micro=cash) for account, cash in paid.items()]
        total, dust = sum(paid.values()), self.cash_total(DUST) - dust
        out.append(MarketEnded(market_id=market_id, payout=payout, paid_micro=total, dust_micro=dust, paid_accounts=len(paid)))
        if payout is not None:
            self._public.append(MarketResolved(market_id=market_id, payout=payout))
        self._resolved.append(market_id)
        if len(self._resolved) > RESOLVED_KEPT:
            self._forget(self._resolved.popleft())
        return out

    def _forget(self, market_id: MarketId) -> None:
        """Its orders have ended and its trades are final; those that are remembered stay, each for as long as its own memory reaches."""
        market = self.listings.pop(market_id).market
        del self._by_token[market.yes], self._by_token[market.no]
        self.clearing.forget_market(market_id)

    def _listing(self, market_id: MarketId) -> Listing:
        listing = self.listings.get(market_id)
        if listing is None:
            raise NotPossible(f"no market {market_id!r}")
        return listing
