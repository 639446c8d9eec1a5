"""The simulated venue over a recorded or live book: it sees each market fact first, passes it on, and inserts our fills after it.

It keeps its own account of us (paper_account.py), validates at its door what a venue would refuse, and judges fills by the three lenses
(paper_fills.py); the queue lens is what really happens to us. Markets close at their end and pay, if the payout is known, a while later; or both at
once when the recording tells the payout. What happens in a closed market is passed on and judged no more.
"""

from collections import OrderedDict, deque
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

from oms.values import events as e
from oms.values.commands import AskBalances, AskOpenOrders, AskOrder, AskTrades, Cancel, Command, Place, Prepared
from oms.values.market import EventGroup, Market, MarketId, Payout, TokenId
from oms.values.orders import Lifetime, OrderId, OrderSpec, Side
from oms.values.units import NS_PER_SECOND, Nanos
from sim.conservation import Statement
from sim.lenses import new_lenses
from sim.messenger import Doors, Messenger, name_orders, order_of
from sim.paper_account import PaperAccount
from sim.paper_answers import report
from sim.paper_book import QUEUE, PaperFill, PaperOrder
from sim.paper_fills import PaperFills
from sim.paper_markets import PaperMarkets
from sim.paper_transfers import PaperTransfers
from sim.world import MARKET, World

PAYS_AFTER_NS: Final = 120 * NS_PER_SECOND
"""End of a market → payout: resolution was seen two to two and a half minutes after the end (polymarket.md §10)."""
REMEMBERED_MAX: Final = 20_000


class PaperVenue:
    """Behind the socket `Venue`; also the place every recorded fact passes through."""

    def __init__(self, world: World, messenger: Messenger, *, trade_rules: Mapping[TokenId, str], payouts: Mapping[MarketId, Payout]) -> None:
        self._world = world
        self._messenger = messenger
        self.listed = PaperMarkets(trade_rules)
        self._payouts = payouts
        self.paper = PaperFills()
        self.account = PaperAccount()
        self.lenses = new_lenses()
        self.markets = self.listed.known
        self.by_token = self.listed.by_token
        self.transfers = PaperTransfers(world, messenger, self.account, self.markets, self.listed.paid)
        self._doors: Doors = {
            Place: self._place,
            Cancel: self._cancel,
            AskOrder: self._answer_about,
            **dict.fromkeys((AskOpenOrders, AskTrades, AskBalances), self._report),
            **self.transfers.doors,
        }
        self._ended: OrderedDict[OrderId, e.Event] = OrderedDict()
        self._told: deque[tuple[Nanos, e.Filled]] = deque(maxlen=REMEMBERED_MAX)
        self._trade_count = 0
        self.inferred_trades = 0
        self._payouts_due = 0

    @property
    def statements(self) -> deque[Statement]:
        """What our account held after each movement of money we were told of, in order."""
        return self._messenger.statements

    def audit(self) -> str:
        """Recount the venue's side."""
        return self.account.audit()

    def held(self, asset: str) -> int:
        """What is ours, "cash" or a token, frozen or not."""
        return self.account.held(asset)

    def frozen(self, asset: str) -> int:
        """What is set aside for our orders."""
        return self.account.frozen(asset)

    def is_quiet(self) -> bool:
        """Nothing of ours is on its way, and no payout is due."""
        return not (self._messenger.under_way or self._payouts_due or self.transfers.under_way)

    def open_account(self, cash_micro: int, at_ns: Nanos) -> None:
        """Our collateral arrives, and the venue takes orders."""
        self.account.deposit(cash_micro)
        self._world.tell(e.Deposited(cash_micro=cash_micro, deposit_id="deposit-1"))
        self.statements.append(Statement(cash_micro=self.account.cash, shares_micro=()))
        self._world.at(at_ns, MARKET, lambda _now: self._world.tell(e.VenueReady()))

    def list_market(self, market: Market) -> None:
        """Begin to keep a market, or take its new facts; it closes at its end and pays after it."""
        if self.listed.take(market):
            self.paper.list_market(market)
        self._world.tell(e.MarketListed(market=market))
        if market.end_ns is not None:
            self._world.at(max(market.end_ns, self._world.now_ns()), MARKET, lambda now_ns: self._close(market, now_ns))

    def list_event(self, group: EventGroup) -> None:
        """Which markets are outcomes of one event; conversions need to know."""
        self.transfers.list_event(group)
        self._world.tell(e.EventListed(group=group))

    def recorded(self, event: e.Event, at_ns: Nanos) -> None:
        """A market fact of the source: on to us, and our fills after it. A payout moves money, so it is ours to tell."""
        if isinstance(event, e.MarketResolved | e.MarketListed | e.EventListed):
            self._told_of(event, at_ns)
            return
        self._world.tell(event)
        books = self.paper.books
        if isinstance(event, e.LevelsChanged):
            if event.token in books:
                self._book(self.paper.changed(event), at_ns)
        elif isinstance(event, e.BookReset):
            if event.token in books and not event.from_rest:
                self._reset(event, at_ns)
        elif isinstance(event, e.Traded):
            if event.token in books:
                self._book(self.paper.traded(event), at_ns)
        elif isinstance(event, e.ContinuityLost):
            for token in event.tokens:
                self.paper.blind(token)

    def _told_of(self, event: e.MarketResolved | e.MarketListed | e.EventListed, at_ns: Nanos) -> None:
        """Word of a market or an event as a whole."""
        if isinstance(event, e.EventListed):
            self.list_event(event.group)
        elif isinstance(event, e.MarketListed):
            self.list_market(event.market)
        elif event.market_id in self.markets:
            self._close(self.markets[event.market_id], at_ns)
            self._pay(self.markets[event.market_id], event.payout, at_ns)

    def prepare(self, commands: Sequence[Command], at_ns: Nanos) -> list[Prepared]:  # noqa: ARG002 (the shape of the socket)
        """Name the commands (Venue)."""
        return name_orders(commands, "paper-")

    def send(self, ready: Sequence[Prepared], at_ns: Nanos) -> None:
        """Let the commands arrive after their delay (Venue)."""
        self._messenger.carry_out(ready, at_ns, self._doors)

    def _reset(self, event: e.BookReset, at_ns: Nanos) -> None:
        book = self.paper.books[event.token]
        inference = self.listed.inference(event.token)
        traded = [] if book.blind else inference.trades(book.sides[Side.BUY], book.sides[Side.SELL], event)
        self.inferred_trades += len(traded)
        self._book(self.paper.reset(event, traded), at_ns)

    def _place(self, prepared: Prepared, at_ns: Nanos) -> None:
        place, venue_order_id = prepared.command, prepared.venue_order_id
        assert isinstance(place, Place)
        spec, order_id = place.spec, place.order_id
        refused = self._refusal(order_id, spec)
        if refused:
            self._end(order_id, e.Rejected(order_id=order_id, why=refused), at_ns)
            return
        self._messenger.answer(at_ns, e.Acked(order_id=order_id, venue_order_id=venue_order_id))
        order, fills = self.paper.arrive(order_id, spec)
        self._book(fills, at_ns)
        if not order.remaining[QUEUE]:
            self.account.unfreeze(order_id)
            self._remember(order_id, e.Acked(order_id=order_id))
        elif spec.is_immediate:
            self.account.unfreeze(order_id)
            self._end(order_id, e.CancelDone(order_id=order_id, why="immediate: nothing more to take"), at_ns)
        elif spec.lifetime is Lifetime.GTD and spec.expires_ns is not None:
            self._world.at(max(spec.expires_ns, at_ns), MARKET, lambda now_ns: self._expire(order_id, now_ns))

    def _refusal(self, order_id: OrderId, spec: OrderSpec) -> str:
        """What a venue would say no to, in its order; empty when it accepts. Freezes what the order may need."""
        market = self.by_token.get(spec.token)
        if market is None or self.listed.is_closed(market.market_id):
            return "the market is closed"
        if spec.post_only and self.paper.would_cross(spec):
            return "invalid post-only order: order crosses book"
        if spec.lifetime is Lifetime.FOK and self.paper.takeable(spec) < spec.size_micro:
            return "order couldn't be fully filled. FOK orders are fully filled or killed."
        if not self.account.freeze(order_id, spec, self.account.needed(spec, market, spec.size_micro)):
            return "not enough balance / allowance"
        return ""

    def _book(self, fills: list[PaperFill], at_ns: Nanos) -> None:
        """Fills happened: every lens counts its own; those of the queue lens move our money."""
        for fill in fills:
            self.lenses[fill.lens].take(fill)
            if fill.lens == QUEUE:
                self._execute(fill, at_ns)
        for token, side, price in self.paper.debts_changed:
            debt = self.paper.owed(QUEUE, token, side, price)
            self._world.tell(e.LiquidityTaken(token=token, side=side, price_pips=price, debt_micro=debt))
        self.paper.debts_changed.clear()

    def _execute(self, fill: PaperFill, at_ns: Nanos) -> None:
        account, market = self.account, self.by_token[fill.token]
        account.fill(fill)
        self._trade_count += 1
        trade_id = f"t{self._trade_count}"
        filled = e.Filled(
            order_id=fill.order_id,
            trade_id=trade_id,
            price_pips=fill.price_pips,
            shares_micro=fill.shares_micro,
            cash_micro=fill.cash_micro,
            fee_cash_micro=fill.fee_micro,
            is_maker=fill.is_maker,
            exchange_ns=at_ns,
            inferred=fill.inferred,
        )
        statement = Statement(cash_micro=account.cash, shares_micro=((fill.token, account.shares[fill.token]),))
        order = self.paper.order(fill.order_id)
        if order is not None:
            account.refreeze(fill.order_id, account.needed(order.spec, market, order.remaining[QUEUE]))
            if not order.remaining[QUEUE]:
                self._forget(order)
                self._remember(fill.order_id, e.Acked(order_id=fill.order_id))
        self._told.append((at_ns, filled))
        self._messenger.answer(at_ns, filled, statement)
        self._settle(trade_id, fill.order_id, at_ns)

    def _settle(self, trade_id: str, order_id: OrderId, at_ns: Nanos) -> None:
        """Settlement is a stage of its own: mined, then confirmed."""
        latency = self._messenger.latency
        mined_ns = at_ns + latency.draw_ns("mined_ms")

        def step(now_ns: Nanos, stage: e.SettlementStage) -> None:
            self._messenger.answer(now_ns, e.SettlementMoved(trade_id=trade_id, order_id=order_id, stage=stage))

        self._world.at(mined_ns, MARKET, lambda now_ns: step(now_ns, e.SettlementStage.MINED))
        self._world.at(mined_ns + latency.draw_ns("confirmed_ms"), MARKET, lambda now_ns: step(now_ns, e.SettlementStage.CONFIRMED))

    def _cancel(self, prepared: Prepared, at_ns: Nanos) -> None:
        order_id = order_of(prepared)
        order = self.paper.order(order_id)
        if order is None:
            self._messenger.answer(at_ns, e.CancelRefused(order_id=order_id, why="already canceled or matched"))
            return
        self._forget(order)
        self._end(order_id, e.CancelDone(order_id=order_id, why="asked"), at_ns)

    def _expire(self, order_id: OrderId, at_ns: Nanos) -> None:
        order = self.paper.order(order_id)
        if order is not None:
            self._forget(order)
            self._end(order_id, e.Expired(order_id=order_id), at_ns)

    def _answer_about(self, prepared: Prepared, at_ns: Nanos) -> None:
        """Found (its fills were told before), ended, or proven absent; this venue's query never fails (issue 4 makes it fail)."""
        order_id = order_of(prepared)
        if self.paper.order(order_id) is not None:
            self._messenger.answer(at_ns, e.Acked(order_id=order_id))
        else:
            self._messenger.answer(at_ns, self._ended.get(order_id) or e.ProvenAbsent(order_id=order_id))

    def _report(self, prepared: Prepared, at_ns: Nanos) -> None:
        self._messenger.answer(at_ns, report(prepared.command, self.paper, self._told, self.account))

    def _close(self, market: Market, at_ns: Nanos) -> None:
        """The market ends, once, unless its end was moved: what rests is cancelled, and the payout comes later."""
        if not (self.listed.is_still(market) and self.listed.close(market.market_id)):
            return
        for token in (market.yes, market.no):
            for order in self.paper.orders(token):
                self._forget(order)
                self._end(order.order_id, e.CancelDone(order_id=order.order_id, why="the market closed"), at_ns)
        self.paper.forget_market(market)
        self._messenger.answer(at_ns, e.MarketClosed(market_id=market.market_id))
        payout = self._payouts.get(market.market_id)
        if payout is not None:
            self._payouts_due += 1
            self._world.at(at_ns + PAYS_AFTER_NS, MARKET, partial(self._pay_as_known, market, payout))

    def _pay_as_known(self, market: Market, payout: Payout, at_ns: Nanos) -> None:
        self._payouts_due -= 1
        self._pay(market, payout, at_ns)

    def _pay(self, market: Market, payout: Payout, at_ns: Nanos) -> None:
        """Once, whoever told the payout first."""
        if market.market_id in self.listed.paid:
            return
        self.listed.paid[market.market_id] = payout
        self.account.resolve(market, payout)
        for lens in self.lenses:
            lens.resolve(market, payout)
        statement = Statement(cash_micro=self.account.cash, shares_micro=((market.yes, 0), (market.no, 0)))
        self._messenger.answer(at_ns, e.MarketResolved(market_id=market.market_id, payout=payout), statement)

    def _forget(self, order: PaperOrder) -> None:
        self.paper.remove(order)
        self.account.unfreeze(order.order_id)

    def _end(self, order_id: OrderId, fact: e.Event, at_ns: Nanos) -> None:
        self._remember(order_id, fact)
        self._messenger.answer(at_ns, fact)

    def _remember(self, order_id: OrderId, fact: e.Event) -> None:
        self._ended[order_id] = fact
        if len(self._ended) > REMEMBERED_MAX:
            self._ended.popitem(last=False)
