"""Facts into state: a table from fact to method, and the methods in the order of the story. No time but the turn's, no chance, no I/O.

Anything of the domain that is an `if` belongs to a machine; what remains here is which machine hears about what, in which order.
"""

from collections.abc import Callable
from typing import Any

from oms.machines.blotter import FillVerdict, Order
from oms.machines.ledger import CASH, Answer, Leg, Role
from oms.machines.lifecycle import Happening, IllegalTransition, State as OrderState
from oms.machines.quoting import in_yes_terms
from oms.machines.reconcile import compare
from oms.machines.session import Word
from oms.machines.settlement import FINAL, IllegalSettlement
from oms.state import State, fill_transfer_id
from oms.values import events as e
from oms.values.market import PAYOUT_ONE_PPM
from oms.values.orders import Side
from oms.values.snapshot import Doubt
from oms.values.units import Nanos


class Applier:
    """Applies one fact at a time."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.table: dict[type, Callable[[Any, Nanos], None]] = {
            e.LevelsChanged: self._levels_changed, e.BookReset: self._book_reset, e.Traded: self._traded, e.BestTold: self._best_told,
            e.TickChanged: self._tick_changed, e.LiquidityTaken: self._liquidity_taken, e.MarketListed: self._market_listed,
            e.MarketClosed: self._market_closed, e.MarketResolved: self._market_resolved, e.ContinuityLost: self._continuity_lost,
            e.Acked: self._acked, e.Rejected: self._rejected, e.Filled: self._filled, e.CancelDone: self._cancel_done,
            e.CancelRefused: self._cancel_refused, e.Expired: self._expired, e.ReplyLost: self._reply_lost, e.ProvenAbsent: self._proven_absent,
            e.SettlementMoved: self._settlement_moved, e.SetsChanged: self._sets_changed, e.Deposited: self._deposited,
            e.OpenOrdersReported: self._open_orders_reported, e.VenueSyncing: self._session_word, e.VenueReady: self._session_word,
            e.Paused: self._session_word, e.Resumed: self._session_word, e.Halted: self._session_word, e.Tick: self._tick,
        }
        """Every member of the union `Event` has its method (tests/oms/test_apply.py)."""

    def apply(self, event: e.Event, at_ns: Nanos) -> None:
        """Take one fact in."""
        self.table[type(event)](event, at_ns)

    def _levels_changed(self, event: e.LevelsChanged, at_ns: Nanos) -> None:
        entry = self.state.by_token.get(event.token)
        if entry is not None:
            desk, book = entry
            desk.mirror.before(event.exchange_ns)
            book.change(event, at_ns)
            self.state.touch(desk)

    def _book_reset(self, event: e.BookReset, at_ns: Nanos) -> None:
        entry = self.state.by_token.get(event.token)
        if entry is not None:
            desk, book = entry
            desk.mirror.before(event.exchange_ns)
            if book.reset(event, at_ns):
                self.state.touch(desk)

    def _traded(self, event: e.Traded, at_ns: Nanos) -> None:
        entry = self.state.by_token.get(event.token)
        if entry is not None:
            entry[1].traded(event, at_ns)
            self.state.touch(entry[0])

    def _best_told(self, event: e.BestTold, at_ns: Nanos) -> None:
        entry = self.state.by_token.get(event.token)
        if entry is not None:
            entry[1].told_best(event, at_ns)
            self.state.touch(entry[0])

    def _tick_changed(self, event: e.TickChanged, _at_ns: Nanos) -> None:
        entry = self.state.by_token.get(event.token)
        if entry is not None:
            entry[1].change_tick(event)
            self.state.soil(entry[0])

    def _liquidity_taken(self, event: e.LiquidityTaken, _at_ns: Nanos) -> None:
        desk, _ = self.state.by_token[event.token]
        key = in_yes_terms(event.token, event.side, event.price_pips, desk.market.yes)
        if event.debt_micro:
            desk.debts[key] = event.debt_micro
        else:
            desk.debts.pop(key, None)
        self.state.soil(desk)

    def _market_listed(self, event: e.MarketListed, _at_ns: Nanos) -> None:
        self.state.soil(self.state.list_market(event.market))

    def _market_closed(self, event: e.MarketClosed, _at_ns: Nanos) -> None:
        desk = self.state.desks[event.market_id]
        desk.closed = True
        self.state.soil(desk)

    def _market_resolved(self, event: e.MarketResolved, at_ns: Nanos) -> None:
        """Every share becomes its part of a dollar, floored to a micro-dollar a token; orders still open there are gone with the market."""
        state = self.state
        desk = state.desks.get(event.market_id)
        if desk is None or state.inventory.is_resolved(event.market_id):
            return
        desk.closed = True
        for order in list(state.blotter.open_orders(event.market_id).values()):
            self._happen(order, Happening.CANCEL_DONE, at_ns)
        cash = 0
        legs: list[Leg] = []
        for token, ppm in ((desk.market.yes, event.payout.yes_ppm), (desk.market.no, event.payout.no_ppm)):
            shares = state.ledger.total(token)
            if shares > 0:
                legs.append((token, Role.FREE, Role.WORLD, shares))
                cash += shares * ppm // PAYOUT_ONE_PPM
            elif shares < 0:
                state.alert("negative holding", f"market {event.market_id} resolved while {shares} of token {token} were held")
        if cash:
            legs.append((CASH, Role.WORLD, Role.FREE, cash))
        state.ledger.post(f"resolved {event.market_id}", legs)
        state.inventory.resolved(event.market_id, event.payout, cash)
        state.soil(desk)

    def _continuity_lost(self, event: e.ContinuityLost, _at_ns: Nanos) -> None:
        for token in event.tokens:
            entry = self.state.by_token.get(token)
            if entry is not None:
                entry[1].doubt(Doubt.CONTINUITY)
                self.state.soil(entry[0])

    def _acked(self, event: e.Acked, at_ns: Nanos) -> None:
        order = self._find(event)
        if order is not None:
            self.state.blotter.name(order, event.venue_order_id)
            self._happen(order, Happening.ACK, at_ns)

    def _rejected(self, event: e.Rejected, at_ns: Nanos) -> None:
        self._happen(self._find(event), Happening.REJECT, at_ns)

    def _cancel_done(self, event: e.CancelDone, at_ns: Nanos) -> None:
        self._happen(self._find(event), Happening.CANCEL_DONE, at_ns)

    def _cancel_refused(self, event: e.CancelRefused, at_ns: Nanos) -> None:
        self._happen(self._find(event), Happening.CANCEL_REFUSED, at_ns)

    def _expired(self, event: e.Expired, at_ns: Nanos) -> None:
        self._happen(self._find(event), Happening.EXPIRE, at_ns)

    def _reply_lost(self, event: e.ReplyLost, at_ns: Nanos) -> None:
        self._happen(self._find(event), Happening.REPLY_LOST, at_ns)

    def _proven_absent(self, event: e.ProvenAbsent, at_ns: Nanos) -> None:
        self._happen(self._find(event), Happening.PROVEN_ABSENT, at_ns)

    def _filled(self, event: e.Filled, at_ns: Nanos) -> None:
        """Our side comes from our own order, never from the message (user-asks 5)."""
        order = self._find(event)
        if order is None:
            return
        state = self.state
        revived = order.state is OrderState.ABSENT
        try:
            verdict = state.blotter.fill(order, event, at_ns)
        except IllegalTransition as error:
            self._quarantine(order, "illegal transition", str(error))
            return
        if verdict is FillVerdict.ALREADY_APPLIED:
            return
        if verdict is not FillVerdict.NEW:
            self._quarantine(order, verdict, f"order {order.order_id}, trade {event.trade_id}: {verdict}")
            return
        if revived:
            state.alert("absent order filled", f"order {order.order_id} was proven absent and now has trade {event.trade_id}")
        token, shares, cash, fee = order.spec.token, event.shares_micro, event.cash_micro, event.fee_cash_micro
        buying = order.spec.side is Side.BUY
        legs: list[Leg] = []
        if buying:
            legs += [(CASH, Role.FREE, Role.WORLD, cash), (token, Role.WORLD, Role.FREE, shares)]
        else:
            legs += [(token, Role.FREE, Role.WORLD, shares), (CASH, Role.WORLD, Role.FREE, cash)]
        if fee > 0:
            legs.append((CASH, Role.FREE, Role.FEES, fee))
        elif fee < 0:
            legs.append((CASH, Role.FEES, Role.FREE, -fee))
        answer = state.ledger.post(fill_transfer_id(event.trade_id, order.order_id), [leg for leg in legs if leg[3]], draw=order.order_id)
        assert answer is Answer.APPLIED, answer
        state.settlements.start(event.trade_id, order.order_id)
        kind = (state.desks[order.spec.market_id].market.outcome(token), order.spec.side.value)
        state.fills_by[kind] += 1
        state.shares_by[kind] += shares
        state.inferred_fills += event.inferred
        state.inventory.filled(token, shares if buying else -shares, -cash - fee if buying else cash - fee, at_ns)
        self._after_change(order)

    def _settlement_moved(self, event: e.SettlementMoved, _at_ns: Nanos) -> None:
        order = self._find(event)
        if order is None:
            return
        state = self.state
        fill = order.fills.get(event.trade_id)
        if fill is None:
            state.alert("settlement of an unknown trade", f"order {order.order_id}: trade {event.trade_id} is {event.stage.name}, but was never filled")
            return
        try:
            before, after = state.settlements.move(event.trade_id, event.order_id, event.stage)
        except IllegalSettlement as error:
            self._quarantine(order, "illegal settlement", str(error))
            return
        if after is before or after not in FINAL:
            return
        buying = order.spec.side is Side.BUY
        shares = fill.shares_micro if buying else -fill.shares_micro
        if after is e.SettlementStage.CONFIRMED:
            state.inventory.confirmed(order.spec.token, shares)
        else:
            cash = -fill.cash_micro - fill.fee_cash_micro if buying else fill.cash_micro - fill.fee_cash_micro
            answer = state.ledger.reverse(fill_transfer_id(event.trade_id, order.order_id))
            assert answer is Answer.APPLIED, answer
            state.inventory.failed(order.spec.token, shares, cash)
            state.settlements_failed += 1
            state.alert("settlement failed", f"trade {event.trade_id} of order {order.order_id} failed: shares, cash and fee were taken back")
        state.blotter.settled(order, failed=after is e.SettlementStage.FAILED)
        state.soil(state.desks[order.spec.market_id])

    def _sets_changed(self, event: e.SetsChanged, _at_ns: Nanos) -> None:
        state, shares = self.state, event.shares_micro
        market = state.desks[event.market_id].market
        assert shares, "a change of sets by nothing"
        out, back = (Role.FREE, Role.WORLD) if shares > 0 else (Role.WORLD, Role.FREE)
        legs: list[Leg] = [(CASH, out, back, abs(shares)), (market.yes, back, out, abs(shares)), (market.no, back, out, abs(shares))]
        if state.ledger.post(event.command_id, legs) is Answer.APPLIED:
            state.inventory.sets_changed(event.market_id, shares)
            state.soil(state.desks[event.market_id])

    def _deposited(self, event: e.Deposited, _at_ns: Nanos) -> None:
        self.state.ledger.post(event.deposit_id, [(CASH, Role.DEPOSITS, Role.FREE, event.cash_micro)])

    def _open_orders_reported(self, event: e.OpenOrdersReported, at_ns: Nanos) -> None:
        state = self.state
        findings = compare(event, state.blotter)
        state.foreign_orders = len(findings.foreign)
        for fact in findings.facts:
            self._acked(fact, at_ns)
        for order_id in findings.ask:
            state.deadlines.set(f"ask {order_id}", at_ns)
        if not findings.complete:
            state.alert("incomplete report", f"{len(event.omitted)} rows of the open-orders answer could not be read: {', '.join(event.omitted[:3])}")

    _WORDS = {e.VenueSyncing: Word.SYNC, e.Paused: Word.PAUSE, e.Resumed: Word.RESUME, e.Halted: Word.HALT}

    def _session_word(self, event: e.VenueSyncing | e.VenueReady | e.Paused | e.Resumed | e.Halted, _at_ns: Nanos) -> None:
        if isinstance(event, e.VenueReady):
            changed = self.state.session.hear(Word.READY_POST_ONLY if event.post_only else Word.READY, "the venue is ready")
        else:
            changed = self.state.session.hear(self._WORDS[type(event)], event.why)
        if changed:
            for desk in self.state.desks.values():
                self.state.soil(desk)

    def _tick(self, _event: e.Tick, _at_ns: Nanos) -> None:
        """Time passed: deadlines are looked at in decide()."""

    def _find(self, event: Any) -> Order | None:
        order = self.state.blotter.find(event.order_id)
        if order is None:
            self.state.alert("fact about an unknown order", f"{type(event).__name__} for order {event.order_id}, which is not ours or long forgotten")
        return order

    def _happen(self, order: Order | None, happening: Happening, at_ns: Nanos) -> None:
        if order is None:
            return
        before = order.state
        try:
            self.state.blotter.happen(order, happening, at_ns)
        except IllegalTransition as error:
            self._quarantine(order, "illegal transition", str(error))
            return
        if order.state is not before:
            if before is OrderState.ABSENT:
                self.state.alert("absent order lives", f"order {order.order_id} was proven absent and is now {order.state.name}")
            self._after_change(order)

    def _after_change(self, order: Order) -> None:
        """Deadlines, reservation, inventory and the next decision follow the order's new state."""
        state = self.state
        if order.is_terminal or order.state is OrderState.LIVE:
            state.deadlines.clear(f"ask {order.order_id}")
        if order.state is OrderState.UNKNOWN:
            state.deadlines.set(f"ask {order.order_id}", 0)
        state.settle_reservation(order)
        state.soil(state.desks[order.spec.market_id])
        if state.blotter.dropped:
            state.drop_history()

    def _quarantine(self, order: Order, kind: str, text: str) -> None:
        """An invariant about this order broke: keep the evidence, stop this market, tell a person."""
        desk = self.state.desks[order.spec.market_id]
        desk.quarantine = desk.quarantine or text
        self.state.alert(kind, text)
        self.state.soil(desk)
