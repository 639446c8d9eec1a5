"""What concerns our own orders, in the order of the story: acknowledged, filled, ended, gone with their market.

Facts may come in any order and more than once. An order that is over at the venue with more filled than we were told stays open here until its
trades are known: what is missing counts as standing, and the venue is asked until it tells.
"""

from collections.abc import Callable
from typing import Any, Final

from oms.apply_settlement import MoneyFacts, fill_legs
from oms.forgetting import forget_over
from oms.machines.blotter import FillVerdict, Order
from oms.machines.ledger import Answer
from oms.machines.lifecycle import Happening, IllegalTransition
from oms.machines.lifecycle import State as OrderState
from oms.state import State, fill_transfer_id, payout_transfer_id
from oms.values import events as e
from oms.values.market import Payout
from oms.values.orders import Side
from oms.values.units import Nanos

DUST_MICRO: Final = 10_000
"""A hundredth of a share: less than that between an order's figure and its trades is how somebody rounds, and no fill (blotter.CASH_DUST_MICRO)."""


class OwnFacts:
    """Takes in facts about our orders."""

    def __init__(self, state: State, money: MoneyFacts) -> None:
        self.state = state
        self._money = money
        self.table: dict[type, Callable[[Any, Nanos], None]] = {
            e.Acked: self.acked,
            e.Rejected: self._rejected,
            e.Filled: self.filled,
            e.CancelTaken: self._cancel_taken,
            e.CancelDone: self._cancel_done,
            e.CancelRefused: self._cancel_refused,
            e.Expired: self._expired,
            e.ReplyLost: self._reply_lost,
            e.ProvenAbsent: self._proven_absent,
            e.MarketResolved: self._market_resolved,
        }

    def acked(self, event: e.Acked, at_ns: Nanos) -> None:
        """The venue knows the order."""
        order = self.state.find_ours(event)
        if order is not None:
            self.state.blotter.name(order, event.venue_order_id)
            order.is_cancel_taken = False  # it stands: a cancel that was taken has not taken it away, and is repeated
            if order.state is OrderState.SENT:
                self.state.desks[order.spec.market_id].rejections = 0
            self._happen(order, Happening.ACK, at_ns)

    def _rejected(self, event: e.Rejected, at_ns: Nanos) -> None:
        order = self.state.find_ours(event)
        if order is not None and order.state is not OrderState.REJECTED:
            self.state.hold(self.state.desks[order.spec.market_id], at_ns)
        self._happen(order, Happening.REJECT, at_ns)

    def _cancel_taken(self, event: e.CancelTaken, at_ns: Nanos) -> None:
        """What is left may have been filled in the last moment, so it counts until the private channel, or a question, says how much was."""
        order = self.state.find_ours(event)
        if order is not None and not order.is_terminal and order.order_id not in self.state.owed_fills:
            order.is_cancel_taken = True
            self.state.deadlines.set(f"ask {order.order_id}", at_ns + self.state.settings.ask_again_ns)

    def _cancel_done(self, event: e.CancelDone, at_ns: Nanos) -> None:
        self._end(event, Happening.CANCEL_DONE, at_ns)

    def _cancel_refused(self, event: e.CancelRefused, at_ns: Nanos) -> None:
        """Mostly a fill is on its way; if not, only a question ends the round of cancel and refusal."""
        order = self.state.find_ours(event)
        self._happen(order, Happening.CANCEL_REFUSED, at_ns)
        if order is not None and order.state is OrderState.LIVE:
            self.state.deadlines.set(f"ask {order.order_id}", at_ns)

    def _expired(self, event: e.Expired, at_ns: Nanos) -> None:
        self._end(event, Happening.EXPIRE, at_ns)

    def _end(self, event: e.CancelDone | e.Expired, happening: Happening, at_ns: Nanos) -> None:
        """The order is over at the venue; here too, as soon as all that was filled of it is known."""
        state, order = self.state, self.state.find_ours(event)
        if order is None:
            return
        owed_micro, ending = state.owed_fills.get(order.order_id, (0, happening))
        owed_micro = max(owed_micro, event.filled_micro or 0)
        if owed_micro - order.filled_micro < DUST_MICRO:
            self._happen(order, happening, at_ns)
            return
        # CANCELLED wins over EXPIRED (ruling 0.6), also while both wait.
        is_news = owed_micro > state.owed_fills.get(order.order_id, (0, happening))[0]
        state.owed_fills[order.order_id] = (owed_micro, ending if ending is Happening.CANCEL_DONE else happening)
        if is_news:  # the same again is asked about when its deadline comes: the venue tells of trades later than of orders
            state.deadlines.set(f"ask {order.order_id}", at_ns)

    def _end_if_whole(self, order: Order, at_ns: Nanos) -> None:
        """The end was told before all fills; if this was the last of them it comes now."""
        state = self.state
        owed_micro, ending = state.owed_fills.get(order.order_id, (0, None))
        if ending is not None and owed_micro - order.filled_micro < DUST_MICRO:
            del state.owed_fills[order.order_id]
            state.deadlines.clear(f"ask {order.order_id}")
            self._happen(order, ending, at_ns)

    def _reply_lost(self, event: e.ReplyLost, at_ns: Nanos) -> None:
        self._happen(self.state.find_ours(event), Happening.REPLY_LOST, at_ns)

    def _proven_absent(self, event: e.ProvenAbsent, at_ns: Nanos) -> None:
        self.state.owed_fills.pop(event.order_id, None)  # it takes back what it said was filled
        self._happen(self.state.find_ours(event), Happening.PROVEN_ABSENT, at_ns)

    def filled(self, event: e.Filled, at_ns: Nanos) -> None:
        """Our side comes from our own order, never from the message (user-asks 5)."""
        order = self.state.find_ours(event)
        if order is None:
            return
        state = self.state
        revived = order.state is OrderState.ABSENT
        try:
            verdict = state.blotter.fill(order, event, at_ns)
        except IllegalTransition as error:
            state.quarantine(order, "illegal transition", str(error))
            return
        if verdict is FillVerdict.ALREADY_APPLIED:
            return
        if verdict is not FillVerdict.NEW:
            state.quarantine(order, verdict, f"order {order.order_id}, trade {event.trade_id}: {verdict}")
            return
        if revived:
            state.alert("absent order filled", f"order {order.order_id} was proven absent and now has trade {event.trade_id}")
        token, shares, cash, fee = order.spec.token, event.shares_micro, event.cash_micro, event.fee_cash_micro
        buying = order.spec.side is Side.BUY
        transfer_id = fill_transfer_id(event.trade_id, order.order_id)
        answer = self._money.post(transfer_id, fill_legs(order, event), draw=order.order_id)
        assert answer is Answer.APPLIED, answer
        state.settlements.start(event.trade_id, order.order_id, min(at_ns, event.exchange_ns))
        desk = state.desks[order.spec.market_id]
        kind = (desk.market.outcome(token), order.spec.side.value)
        state.fills_by[kind] += 1
        state.shares_by[kind] += shares
        state.inferred_fills += event.inferred
        state.inventory.filled(token, shares if buying else -shares, -cash - fee if buying else cash - fee, at_ns)
        self._money.pay_out(desk, payout_transfer_id(transfer_id))
        self._after_change(order, at_ns)
        self._end_if_whole(order, at_ns)
        for stage in state.early_settlements.pop((event.trade_id, order.order_id), ()):
            self._money.settlement_moved(e.SettlementMoved(trade_id=event.trade_id, order_id=order.order_id, stage=stage), at_ns)

    def _market_resolved(self, event: e.MarketResolved, at_ns: Nanos) -> None:
        """Every share becomes its part of a dollar; orders still open there are gone with the market."""
        state = self.state
        desk = state.desks.get(event.market_id)
        paid = self._paid_after_all(event) if desk is None else desk.payout
        if paid is not None and paid != event.payout:
            state.alert("contradictory payout", f"market {event.market_id} was paid out as {paid} and is now told to be {event.payout}")
        if desk is None or paid is not None:
            return
        desk.closed = True
        for order in list(state.blotter.open_orders(event.market_id).values()):
            self._happen(order, Happening.CANCEL_DONE, at_ns)
        for token in (desk.market.yes, desk.market.no):
            shares = state.ledger.total(token)
            if shares < 0:
                state.alert("negative holding", f"market {event.market_id} resolved while {shares} of token {token} were held")
        desk.payout = event.payout
        self._money.pay_out(desk, payout_transfer_id(event.market_id))
        state.close(desk)
        state.soil(desk)
        forget_over(state)

    def _paid_after_all(self, event: e.MarketResolved) -> Payout | None:
        """What a forgotten market paid before this; None for the first word of it, which ends what the market lost counting against the limit."""
        if event.market_id not in self.state.past:
            return None
        gone = self.state.past.resolve(event.market_id, event.payout)
        self.state.inventory.total_worst_micro -= gone.worst_micro
        return gone.payout

    def _happen(self, order: Order | None, happening: Happening, at_ns: Nanos) -> None:
        if order is None:
            return
        before = order.state
        try:
            self.state.blotter.happen(order, happening, at_ns)
        except IllegalTransition as error:
            self.state.quarantine(order, "illegal transition", str(error))
            return
        if order.state is not before:
            if before is OrderState.ABSENT:
                self.state.alert("absent order lives", f"order {order.order_id} was proven absent and is now {order.state.name}")
            self._after_change(order, at_ns)

    def _after_change(self, order: Order, at_ns: Nanos) -> None:
        """Deadlines, reservation, inventory and the next decision follow the order's new state."""
        state = self.state
        if (order.is_terminal or order.state is OrderState.LIVE) and order.order_id not in state.owed_fills:
            state.deadlines.clear(f"ask {order.order_id}")
            if not order.is_terminal and order.spec.is_immediate:  # it never rests: soon it is over, and if nobody tells how, we ask
                state.deadlines.set(f"ask {order.order_id}", at_ns + state.settings.reply_timeout_ns)
        if order.state is OrderState.UNKNOWN:
            state.deadlines.set(f"ask {order.order_id}", 0)
        state.settle_reservation(order)
        state.soil(state.desks[order.spec.market_id])
        if state.blotter.dropped:
            forget_over(state)
