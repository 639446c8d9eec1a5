"""The built-in exchange behind the same socket as a real venue: our commands reach it late, its word reaches us later, in the order it was given.

Everybody acts on the exchange through `act`, so that whatever an operation does to us (our maker filled by a stranger, a market closed) becomes a
fact for us, with a statement of our account beside every movement of money. The public stream has an outage on request: then nothing of the
books reaches us, and at its end full books do. Every trade's settlement is a stage of its own, some seconds later.
"""

from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from oms.values import events as e
from oms.values.commands import AskBalances, AskOpenOrders, AskOrder, AskTrades, AskTransfer, Cancel, Command, Convert, Merge, Place, Prepared, Split
from oms.values.market import EventGroup, Market, TokenId
from oms.values.orders import Side, TradeId
from oms.values.units import NS_PER_SECOND, CashMicro, Nanos
from sim.answers import Answers, about_order
from sim.conservation import Statement
from sim.exchange import Exchange
from sim.listing import MarketState
from sim.messenger import Doors, Messenger, name_orders, order_of
from sim.outcomes import Accepted, Cancelled, Executed, Leg, MarketEnded, Outcome, Paid, Refused, SettlementStepped
from sim.own_account import US as US
from sim.own_transfers import OwnTransfers
from sim.world import ANSWERS, MARKET, World

QUIET_NS: Final = 10 * NS_PER_SECOND
"""After so long a book is quiet, and the second witness is asked, so often."""
Operation = Callable[[Exchange], list[Outcome]]
Watch = Callable[[Sequence[e.Event], Nanos], None]


def _none_fails(_trade_id: TradeId) -> bool:
    return False


class SimVenue(OwnTransfers):
    """Our link to the exchange, and the place where everybody's operations happen."""

    def __init__(self, world: World, messenger: Messenger, exchange: Exchange, fails: Callable[[TradeId], bool] | None = None) -> None:
        """`fails`: which trades do not settle; None: all do."""
        super().__init__(exchange, messenger)
        self._world = world
        self.answers = Answers(exchange, US)
        self._in_outage = False
        self._doors: Doors = {
            Place: self._place,
            Cancel: self._cancel,
            AskOrder: self._answer_about,
            AskOpenOrders: self._report_open,
            AskTrades: self._report_trades,
            AskBalances: self._report_balances,
            Split: self._change_sets,
            Merge: self._change_sets,
            Convert: self._convert,
            AskTransfer: self._answer_transfer,
        }
        self._outages = 0
        self._last_public_ns: Nanos = 0
        self.frames_lost = 0
        self._told_ns: dict[TokenId, Nanos] = {}
        """Of each token: the exchange time of the latest word about its book that reached us."""
        self._fails = fails or _none_fails
        self.watchers: list[Watch] = []
        """Others who see what the public is told, at once; how late they act on it is theirs to say."""

    @property
    def statements(self) -> deque[Statement]:
        """What our account held after each movement of money we were told of, in order."""
        return self._messenger.statements

    def is_quiet(self) -> bool:
        """Nothing of ours is on its way, and no closed market still has to pay."""
        return not self._messenger.under_way and not any(
            self.exchange.listings[market_id].state is MarketState.CLOSED for market_id in self._open_markets
        )

    def open_account(self, cash_micro: CashMicro, at_ns: Nanos) -> None:
        """Our collateral arrives, and the venue takes orders."""
        self.exchange.deposit(US, cash_micro)
        self._cash = cash_micro
        self._world.tell(e.Deposited(cash_micro=cash_micro, deposit_id="deposit-1"))
        self.statements.append(Statement(cash_micro=cash_micro, shares_micro=()))
        self._world.at(at_ns, MARKET, lambda _now: self._world.tell(e.VenueReady()))

    def list_market(self, market: Market, at_ns: Nanos) -> None:
        """A market opens; its empty books are told in full."""
        self.exchange.list_market(market, at_ns)
        self.exchange.drain_public()
        self._open_markets[market.market_id] = market
        self._world.tell(e.MarketListed(market=market))
        if not self._in_outage:
            self._tell_books(market)

    def list_event(self, group: EventGroup, at_ns: Nanos) -> None:
        """Say which markets, listed before, exclude each other; again with more markets is fine."""
        self.exchange.list_event(group, at_ns)
        self.exchange.drain_public()
        self._world.tell(e.EventListed(group=group))

    def act(self, operation: Operation, at_ns: Nanos) -> list[Outcome]:
        """Let somebody do something, and tell us and the public what came of it."""
        outcomes = operation(self.exchange)
        self._hear(outcomes, at_ns)
        public = self.exchange.drain_public()
        if public:
            self._publish(public, at_ns)
            for watch in self.watchers:
                watch(public, at_ns)
        return outcomes

    def begin_outage(self, why: str) -> None:
        """The public stream breaks off."""
        self._in_outage = True
        self._outages += 1
        tokens = tuple(token for market in self._open_markets.values() for token in (market.yes, market.no))
        self._world.tell(e.ContinuityLost(tokens=tokens, why=why))

    def end_outage(self) -> None:
        """The public stream is back, with full books first."""
        self._in_outage = False
        for market in self._open_markets.values():
            self._tell_books(market)

    def prepare(self, commands: Sequence[Command], at_ns: Nanos) -> list[Prepared]:  # noqa: ARG002 (the shape of the socket)
        """Name the commands (Venue)."""
        return name_orders(commands, "sim-")

    def send(self, ready: Sequence[Prepared], at_ns: Nanos) -> None:
        """Let the commands arrive after their delay (Venue)."""
        self._messenger.carry_out(ready, at_ns, self._doors)

    def _place(self, prepared: Prepared, at_ns: Nanos) -> None:
        place = prepared.command
        assert isinstance(place, Place)
        self.act(lambda exchange: exchange.submit(US, place.order_id, place.spec, at_ns), at_ns)
        if place.spec.expires_ns is not None:
            self._world.at(max(place.spec.expires_ns, at_ns), MARKET, self._expire)

    def _expire(self, at_ns: Nanos) -> None:
        self.act(lambda exchange: exchange.expire(at_ns), at_ns)

    def _cancel(self, prepared: Prepared, at_ns: Nanos) -> None:
        order_id = order_of(prepared)
        self.act(lambda exchange: exchange.cancel(US, order_id, at_ns), at_ns)

    def _answer_about(self, prepared: Prepared, at_ns: Nanos) -> None:
        """Found, or proven absent; this venue's query never fails (faulty_venue.py makes it fail)."""
        order_id = order_of(prepared)
        self._messenger.answer(at_ns, self.answers.about(order_id) or e.ProvenAbsent(order_id=order_id))

    def _report_open(self, prepared: Prepared, at_ns: Nanos) -> None:
        command = prepared.command
        assert isinstance(command, AskOpenOrders)
        self._messenger.answer(at_ns, self.answers.open_orders(command.asked_ns))

    def _report_trades(self, prepared: Prepared, at_ns: Nanos) -> None:
        command = prepared.command
        assert isinstance(command, AskTrades)
        self._messenger.answer(at_ns, self.answers.trades(command.since_ns, command.asked_ns))

    def _report_balances(self, prepared: Prepared, at_ns: Nanos) -> None:
        command = prepared.command
        assert isinstance(command, AskBalances)
        self._messenger.answer(at_ns, self.answers.balances(command.tokens, command.asked_ns))

    def _hear(self, outcomes: list[Outcome], at_ns: Nanos) -> None:
        """What concerns us becomes facts for us; every new trade gets its settlement on the way."""
        for outcome in outcomes:
            if isinstance(outcome, Executed):
                self._executed(outcome, at_ns)
            elif isinstance(outcome, SettlementStepped):
                self._settled(outcome, at_ns)
            elif isinstance(outcome, MarketEnded):
                self._ended(outcome, at_ns)
            elif isinstance(outcome, Accepted | Refused | Cancelled) and outcome.account == US:
                record = self.exchange.find(US, outcome.order_key)
                self._messenger.answer(at_ns, about_order(outcome, record.filled_shares_micro if record else 0))
            elif isinstance(outcome, Paid) and outcome.account == US:
                self._cash += outcome.cash_micro
        self._compare_totals()

    def _executed(self, outcome: Executed, at_ns: Nanos) -> None:
        trade = outcome.trade
        is_ours = False
        for leg, is_maker in ((trade.maker, True), (trade.taker, False)):
            if leg.account == US:
                is_ours = True
                self._fill(leg, trade.trade_id, at_ns, is_maker=is_maker)
        if self.exchange.trade(trade.trade_id) is not None:
            self._plan_settlement(trade.trade_id, at_ns, is_ours=is_ours)

    def _plan_settlement(self, trade_id: TradeId, at_ns: Nanos, *, is_ours: bool) -> None:
        """When the trade will be mined and confirmed; of strangers' trades only the end is told."""
        latency = self._messenger.latency
        mined_ns = at_ns + latency.draw_ns("mined_ms")
        if is_ours:
            self._world.at(mined_ns, MARKET, partial(self._settle, trade_id, e.SettlementStage.MINED))
        last = e.SettlementStage.FAILED if self._fails(trade_id) else e.SettlementStage.CONFIRMED
        self._world.at(mined_ns + latency.draw_ns("confirmed_ms"), MARKET, partial(self._settle, trade_id, last))

    def _settle(self, trade_id: str, stage: e.SettlementStage, at_ns: Nanos) -> None:
        self.act(lambda exchange: exchange.settle_step(trade_id, stage) if exchange.trade(trade_id) else [], at_ns)

    def _fill(self, leg: Leg, trade_id: str, at_ns: Nanos, *, is_maker: bool) -> None:
        sign = 1 if leg.side is Side.BUY else -1
        self._cash -= sign * leg.cash_micro + leg.fee_cash_micro
        fill = e.Filled(
            order_id=leg.order_key,
            trade_id=trade_id,
            price_pips=leg.price_pips,
            shares_micro=leg.shares_micro,
            cash_micro=leg.cash_micro,
            fee_cash_micro=leg.fee_cash_micro,
            is_maker=is_maker,
            exchange_ns=at_ns,
        )
        self.answers.remember(at_ns, fill)
        self._messenger.answer(at_ns, fill, self._state({leg.token: sign * leg.shares_micro}))

    def _settled(self, outcome: SettlementStepped, at_ns: Nanos) -> None:
        trade, failed = outcome.trade, outcome.stage is e.SettlementStage.FAILED
        for leg in (trade.maker, trade.taker):
            if leg.account != US:
                continue
            statement = None
            if failed:
                sign = 1 if leg.side is Side.BUY else -1
                self._cash += sign * leg.cash_micro + leg.fee_cash_micro
                statement = self._state({leg.token: -sign * leg.shares_micro})
            fact = e.SettlementMoved(trade_id=trade.trade_id, order_id=leg.order_key, stage=outcome.stage)
            self._messenger.answer(at_ns, fact, statement)

    def _ended(self, outcome: MarketEnded, at_ns: Nanos) -> None:
        market = self._open_markets.pop(outcome.market_id)
        assert outcome.payout is not None, "a refund at cost has no payout vector, and our side knows only those"
        statement = Statement(cash_micro=self._cash, shares_micro=((market.yes, 0), (market.no, 0)))
        for token in (market.yes, market.no):
            self._shares.pop(token, None)
            self._told_ns.pop(token, None)
        self._messenger.answer(at_ns, e.MarketResolved(market_id=outcome.market_id, payout=outcome.payout), statement)

    def _publish(self, public: Sequence[e.Event], at_ns: Nanos) -> None:
        """Market facts reach us after a while; closing and resolving are told privately, in order with our fills."""
        for fact in public:
            if isinstance(fact, e.MarketClosed):
                self._messenger.answer(at_ns, fact)
        facts = [fact for fact in public if not isinstance(fact, e.MarketListed | e.EventListed | e.MarketClosed | e.MarketResolved)]
        if self._in_outage:
            self.frames_lost += len(facts)
            return
        self._last_public_ns = max(self._last_public_ns, at_ns + self._messenger.latency.draw_ns("market_data_ms"))
        self._world.at(self._last_public_ns, ANSWERS, partial(self._deliver, facts, self._outages))

    def _deliver(self, facts: Sequence[e.Event], outages: int, _at_ns: Nanos) -> None:
        """What was on its way when the stream broke off is lost, even if it would have come after the end: older sizes never follow full books."""
        if outages != self._outages:
            self.frames_lost += len(facts)
        else:
            self._reach_us(facts)

    def _reach_us(self, facts: Sequence[e.Event]) -> None:
        for fact in facts:
            if isinstance(fact, e.LevelsChanged | e.BookReset):
                self._told_ns[fact.token] = fact.exchange_ns
        self._world.inbox.extend(facts)

    def _tell_books(self, market: Market) -> None:
        self._reach_us([self.exchange.book(token) for token in (market.yes, market.no)])

    def confirm_quiet(self, at_ns: Nanos) -> None:
        """The second witness, as REST is for a connector (connectors/polymarket/freshness.py): books unchanged for QUIET_NS, just as told last.

        One of which a word was lost is not among them.
        """
        tokens: list[TokenId] = []
        for market_id, market in self._open_markets.items():
            changed_ns = self.exchange.listings[market_id].changed_ns
            if changed_ns <= at_ns - QUIET_NS:
                tokens += [token for token in (market.yes, market.no) if self._told_ns.get(token) == changed_ns]
        if tokens:
            self._world.tell(e.BooksConfirmed(tokens=tuple(tokens), asked_ns=at_ns))
