"""The built-in exchange when things go wrong at the venue itself: it restarts, forgets a heartbeat, answers with old pages, settles badly.

What it says is never a lie, only late, lost, old or incomplete. An order is called absent only after `SETTLE_NS`: until then it may still be under
way (ruling 0.6); a question before that stays unanswered and will be asked again.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final, TypeVar

from oms.values import events as e
from oms.values.commands import AskBalances, AskOpenOrders, Place, Prepared
from oms.values.market import Market, MarketId, Payout, TokenId
from oms.values.orders import OrderId, TradeId
from oms.values.units import NS_PER_SECOND, CashMicro, Nanos, SharesMicro
from sim.exchange import Exchange
from sim.faults import Faults
from sim.link import LATE_MAX_NS, TRANSFERS, FaultyLink
from sim.listing import MarketState
from sim.messenger import order_of
from sim.outcomes import MarketEnded, Outcome
from sim.own_transfers import NEVER_ARRIVED
from sim.venue import QUIET_NS, US, SimVenue
from sim.world import ANSWERS, MARKET, World

SETTLE_NS: Final = LATE_MAX_NS + 2 * NS_PER_SECOND
"""So long after we sent it an order that the venue does not know will not come any more."""
STALE_S: Final = (0.5, 6.0)
"""How old an old answer is."""
POST_ONLY_NS: Final = 120 * NS_PER_SECOND
"""After a restart the venue takes only orders that rest (polymarket.md §4.6)."""
_REMEMBERED: Final = 64
Page = TypeVar("Page")
"""What a question was answered with."""


class FaultyVenue(SimVenue):
    """SimVenue with a venue's own misfortunes. The seed decides; whoever drives it calls `each_second`."""

    def __init__(self, world: World, link: FaultyLink, exchange: Exchange, faults: Faults) -> None:
        super().__init__(world, link, exchange)
        self.faults = faults
        self.link = link
        self._sent_ns: dict[OrderId, Nanos] = {}
        self._greeted_ns: Nanos = 0
        """An order that this process did not send was sent before it began, or never."""
        self.paid_in: CashMicro = 0
        self._pages: deque[e.OpenOrdersReported] = deque(maxlen=_REMEMBERED)
        """What stood, once a second: an old page is one of these."""
        self._balances: deque[e.BalancesReported] = deque(maxlen=_REMEMBERED)
        """What we had, once a second."""
        self.entered: list[OrderId] = []
        """Every order of ours that the exchange let in, once for each time: what an auditor counts."""
        self._silent_until_ns: Nanos = 0
        self._post_only_until_ns: Nanos = 0
        self.moved: list[tuple[str, dict[str, int]]] = []
        """Every split, merge and conversion of ours that was done, once for each time: (its name, "cash" or token → what it moved of ours)."""
        self.payouts: dict[MarketId, Payout] = {}
        """What each market that ended paid."""
        self._unsent: dict[str, None] = {}
        """Transfers that were committed and have not left: a process that died between the two is told so when it begins again."""

    def open_account(self, cash_micro: CashMicro, at_ns: Nanos) -> None:
        """Our collateral arrives; told again to every process that begins."""
        self.paid_in = cash_micro
        super().open_account(cash_micro, at_ns)

    # What goes wrong of itself.

    def each_second(self, at_ns: Nanos) -> None:
        """One occasion for everything that needs no command of ours."""
        faults = self.faults
        self._pages.append(self.answers.open_orders(at_ns))
        self._balances.append(self.answers.balances(self.exchange.account(US).tokens, at_ns))
        if faults.strikes("stream cut") and not self._in_outage:
            self.begin_outage("a fault: the market stream broke off")
            self._world.at(at_ns + faults.how_long_ns("stream cut", 1, 20), MARKET, lambda _now: self.end_outage())
        if faults.strikes("stream silent"):
            self._silent_until_ns = max(self._silent_until_ns, at_ns + faults.how_long_ns("stream silent", 2, 45))
        if at_ns % QUIET_NS < NS_PER_SECOND and not faults.strikes("witness silent"):
            self.confirm_quiet(at_ns)
        if faults.strikes("venue cancels all"):
            for record in self.exchange.open_orders(US):
                self.act(partial(_cancelled, key=record.order_key, at_ns=at_ns), at_ns)
        if faults.strikes("venue restart") and self.link.is_up:
            self._restart(at_ns, faults.how_long_ns("venue restart", 2, 30))
        if faults.strikes("tick change"):
            for market in self._open_markets.values():
                if market.tick_pips > 10:
                    self.act(partial(_finer, market_id=market.market_id, at_ns=at_ns), at_ns)
                    break

    def _restart(self, at_ns: Nanos, for_ns: Nanos) -> None:
        """Away for a while, then post-only, then as ever. We are told as soon as we could know."""
        self.link.is_up = False
        self._world.tell(e.VenueSyncing(why="425: the matching engine restarts"))
        self._world.at(at_ns + for_ns, MARKET, self._back)

    def _back(self, at_ns: Nanos) -> None:
        self.link.is_up = True
        self.link.tell_unheard()
        self._world.tell(e.VenueReady(post_only=True))
        self._post_only_until_ns = at_ns + POST_ONLY_NS
        self._world.at(self._post_only_until_ns, MARKET, lambda _now: self._world.tell(e.VenueReady()))

    def calm(self, at_ns: Nanos) -> None:
        """The faults are over: whatever they broke off comes back now."""
        self._silent_until_ns = 0
        if self._in_outage:
            self.end_outage()
        else:  # frames may have been lost without a word: a feed that is whole again begins with whole books
            for market in self._open_markets.values():
                self._tell_books(market)
        if not self.link.is_up:
            self._back(at_ns)

    def greet(self) -> None:
        """A process of ours that has just begun looks round: what was paid in, which markets there are and were, and that the venue is there."""
        self._greeted_ns = self._world.now_ns()
        self._sent_ns.clear()
        self._world.tell(e.Deposited(cash_micro=self.paid_in, deposit_id="deposit-1"))
        for market_id, listing in self.exchange.listings.items():
            self._world.tell(e.MarketListed(market=listing.market))
            if market_id in self.payouts:
                self._world.tell(e.MarketResolved(market_id=market_id, payout=self.payouts[market_id]))
            elif listing.state is not MarketState.OPEN:
                self._world.tell(e.MarketClosed(market_id=market_id))
            elif not self._in_outage:
                self._tell_books(listing.market)
        for group in self.exchange.events.groups():
            self._world.tell(e.EventListed(group=group))
        for command_id in self._unsent:
            self._world.tell(e.TransferRefused(command_id=command_id, why=NEVER_ARRIVED))
        self._unsent.clear()
        self.link.pick_up()
        if self.link.is_up:
            self._world.tell(e.VenueReady(post_only=self._world.now_ns() < self._post_only_until_ns))

    # What goes wrong with our requests.

    def committed(self, ready: Sequence[Prepared]) -> None:
        """These were written down, and leave next. A name that was not may be given again, and nothing is said of it."""
        self._unsent.update({prepared.command.command_id: None for prepared in ready if isinstance(prepared.command, TRANSFERS)})

    def send(self, ready: Sequence[Prepared], at_ns: Nanos) -> None:
        """Let the commands arrive, if they do (Venue)."""
        for prepared in ready:
            if isinstance(prepared.command, TRANSFERS):
                self._unsent.pop(prepared.command.command_id, None)
            if isinstance(prepared.command, Place):
                self._sent_ns[prepared.command.order_id] = at_ns
        super().send(ready, at_ns)

    def _place(self, prepared: Prepared, at_ns: Nanos) -> None:
        place = prepared.command
        assert isinstance(place, Place)
        known = self.exchange.find(US, place.order_id) is not None
        super()._place(prepared, at_ns)
        if not known and self.exchange.find(US, place.order_id) is not None:
            self.entered.append(place.order_id)

    def _answer_about(self, prepared: Prepared, at_ns: Nanos) -> None:
        """Trades first, then the state: whoever hears that an order is over has heard what it traded."""
        order_id = order_of(prepared)
        told = self.answers.about(order_id)
        if told is None:
            if at_ns - self._sent_ns.get(order_id, self._greeted_ns) < SETTLE_NS:
                return
            told = e.ProvenAbsent(order_id=order_id)
        self._messenger.answer(at_ns, self.answers.trades(0, at_ns, order_id))
        self._answer(told, at_ns)

    def _answer(self, told: e.Event, at_ns: Nanos) -> None:
        """An answer to a question: it does not pass over the private stream, so nothing of that stream happens to it."""
        self.link.reply(at_ns, told)

    def _report_open(self, prepared: Prepared, at_ns: Nanos) -> None:
        assert isinstance(prepared.command, AskOpenOrders)
        faults, asked_ns = self.faults, prepared.command.asked_ns
        report = self.answers.open_orders(asked_ns)
        if faults.strikes("answer stale") and self._pages:
            report = e.OpenOrdersReported(orders=self._old(self._pages).orders, asked_ns=asked_ns)
        if faults.strikes("answer incomplete"):
            half = len(report.orders) // 2
            report = e.OpenOrdersReported(orders=report.orders[:half], asked_ns=asked_ns, omitted=("page 2",))
        self._answer(report, at_ns)

    def _report_balances(self, prepared: Prepared, at_ns: Nanos) -> None:
        command = prepared.command
        assert isinstance(command, AskBalances)
        report = self.answers.balances(command.tokens, command.asked_ns)
        if self.faults.strikes("balance stale") and self._balances:
            old = self._old(self._balances, "balance stale")
            shares = tuple([(token, held) for token, held in old.shares_micro if token in command.tokens])
            report = e.BalancesReported(cash_micro=old.cash_micro, shares_micro=shares, asked_ns=command.asked_ns)
        self._answer(report, at_ns)

    def _old(self, pages: deque[Page], kind: str = "answer stale") -> Page:
        """How things were some seconds ago."""
        seconds = self.faults.how_long_ns(kind, *STALE_S) // NS_PER_SECOND
        return pages[-min(len(pages), 1 + seconds)]

    # What goes wrong with sets.

    def _change_sets(self, prepared: Prepared, at_ns: Nanos) -> None:
        if not self._reverts(prepared, at_ns):
            super()._change_sets(prepared, at_ns)

    def _convert(self, prepared: Prepared, at_ns: Nanos) -> None:
        if not self._reverts(prepared, at_ns):
            super()._convert(prepared, at_ns)

    def _reverts(self, prepared: Prepared, at_ns: Nanos) -> bool:
        """Is it refused for no fault of ours? One that comes again is not judged again."""
        assert isinstance(prepared.command, TRANSFERS)
        name = prepared.command.command_id
        if name in self._transfers or not self.faults.strikes("transfer refused"):
            return False
        self._refuse(name, "reverted: a fault", at_ns)
        return True

    def _tell_moved(self, fact: e.SetsChanged | e.Converted, moved: Mapping[TokenId, SharesMicro], at_ns: Nanos) -> None:
        cash = -fact.shares_micro if isinstance(fact, e.SetsChanged) else fact.cash_micro
        self.moved.append((fact.command_id, {"cash": cash, **moved}))
        super()._tell_moved(fact, moved, at_ns)

    # What goes wrong with market data.

    def _publish(self, public: Sequence[e.Event], at_ns: Nanos) -> None:
        faults = self.faults
        if at_ns < self._silent_until_ns or faults.strikes("frame lost"):
            kept = [fact for fact in public if isinstance(fact, e.MarketClosed)]
            self.frames_lost += len(public) - len(kept)
            public = kept
        if public and faults.strikes("frame late"):
            late_ns = faults.how_long_ns("frame late", 0.05, 2.0)
            facts = [fact for fact in public if isinstance(fact, e.LevelsChanged | e.Traded | e.BestTold)]
            public = [fact for fact in public if fact not in facts]
            self._world.at(at_ns + late_ns, ANSWERS, partial(self._deliver, facts, self._outages))
        if public and faults.strikes("frame doubled"):
            super()._publish([fact for fact in public if isinstance(fact, e.LevelsChanged | e.Traded | e.BestTold)], at_ns)
        super()._publish(public, at_ns)

    def _tell_books(self, market: Market) -> None:
        if not self.faults.strikes("first book missing"):
            super()._tell_books(market)

    def _ended(self, outcome: MarketEnded, at_ns: Nanos) -> None:
        assert outcome.payout is not None
        self.payouts[outcome.market_id] = outcome.payout
        super()._ended(outcome, at_ns)

    # What goes wrong with settlement.

    def _plan_settlement(self, trade_id: TradeId, at_ns: Nanos, *, is_ours: bool) -> None:
        faults = self.faults
        if not is_ours:
            super()._plan_settlement(trade_id, at_ns, is_ours=False)
            return
        stage = e.SettlementStage
        mined_ns = at_ns + self._messenger.latency.draw_ns("mined_ms")
        if faults.strikes("settlement failed late"):
            failed_ns = at_ns + faults.how_long_ns("settlement failed late", 30, 120)
            steps = [(mined_ns, stage.RETRYING), (failed_ns, stage.FAILED)]
        elif faults.strikes("settlement failed"):
            steps = [(mined_ns, stage.RETRYING), (mined_ns + NS_PER_SECOND, stage.FAILED)]
        else:
            steps = [(mined_ns, stage.MINED)]
            if faults.strikes("settlement retried"):
                steps += [(mined_ns + NS_PER_SECOND, stage.RETRYING), (mined_ns + 3 * NS_PER_SECOND, stage.MINED)]
            steps.append((steps[-1][0] + self._messenger.latency.draw_ns("confirmed_ms"), stage.CONFIRMED))
        for when_ns, step in steps:
            self._world.at(when_ns, MARKET, partial(self._settle, trade_id, step))
            if faults.strikes("settlement doubled"):
                self._world.at(when_ns + NS_PER_SECOND, MARKET, partial(self._tell_again, trade_id))

    def _settle(self, trade_id: TradeId, stage: e.SettlementStage, at_ns: Nanos) -> None:
        """As planned, unless the market was paid out before: that confirmed the trade, and what is confirmed cannot fail any more."""
        record = self.exchange.trade(trade_id)
        if record is not None and not record.is_final:
            super()._settle(trade_id, stage, at_ns)

    def _tell_again(self, trade_id: TradeId, at_ns: Nanos) -> None:
        """The stage once more."""
        record = self.exchange.trade(trade_id)
        if record is None:
            return
        for leg in (record.trade.maker, record.trade.taker):
            if leg.account == US:
                self._messenger.answer(at_ns, e.SettlementMoved(trade_id=trade_id, order_id=leg.order_key, stage=record.stage))


def _cancelled(exchange: Exchange, *, key: OrderId, at_ns: Nanos) -> list[Outcome]:
    return exchange.cancel(US, key, at_ns)


def _finer(exchange: Exchange, *, market_id: str, at_ns: Nanos) -> list[Outcome]:
    exchange.change_tick(market_id, 10, at_ns)
    return []
