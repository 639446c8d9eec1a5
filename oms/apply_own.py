"""What concerns our own orders and money, in the order of the story: acknowledged, filled, settled, paid out.

Facts may come in any order and more than once. A settlement that comes before its fill is kept and applied after it; a fill or a failed settlement
that comes after the payout is paid out, or taken back, at once.
"""

from collections.abc import Callable, Sequence
from typing import Any

from oms.machines.blotter import FillVerdict, Order
from oms.machines.ledger import CASH, Answer, Leg, Role
from oms.machines.lifecycle import Happening, IllegalTransition
from oms.machines.lifecycle import State as OrderState
from oms.machines.settlement import FINAL, IllegalSettlement
from oms.state import Desk, State, fill_transfer_id
from oms.values import events as e
from oms.values.market import PAYOUT_ONE_PPM
from oms.values.orders import Side
from oms.values.units import Nanos

OrderFact = (
    e.Acked | e.Rejected | e.Filled | e.CancelDone | e.CancelRefused | e.Expired | e.ReplyLost | e.ProvenAbsent | e.SettlementMoved
)  # fmt: skip


class OwnFacts:
    """Takes in facts about ourselves."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.table: dict[type, Callable[[Any, Nanos], None]] = {
            e.Acked: self.acked,
            e.Rejected: self._rejected,
            e.Filled: self.filled,
            e.CancelDone: self._cancel_done,
            e.CancelRefused: self._cancel_refused,
            e.Expired: self._expired,
            e.ReplyLost: self._reply_lost,
            e.ProvenAbsent: self._proven_absent,
            e.SettlementMoved: self.settlement_moved,
            e.MarketResolved: self._market_resolved,
            e.SetsChanged: self._sets_changed,
            e.Deposited: self._deposited,
        }

    def acked(self, event: e.Acked, at_ns: Nanos) -> None:
        """The venue knows the order."""
        order = self._find(event)
        if order is not None:
            self.state.blotter.name(order, event.venue_order_id)
            self._happen(order, Happening.ACK, at_ns)

    def _rejected(self, event: e.Rejected, at_ns: Nanos) -> None:
        self._happen(self._find(event), Happening.REJECT, at_ns)

    def _cancel_done(self, event: e.CancelDone, at_ns: Nanos) -> None:
        self._happen(self._find(event), Happening.CANCEL_DONE, at_ns)

    def _cancel_refused(self, event: e.CancelRefused, at_ns: Nanos) -> None:
        """Mostly a fill is on its way; if not, only a question ends the round of cancel and refusal."""
        order = self._find(event)
        self._happen(order, Happening.CANCEL_REFUSED, at_ns)
        if order is not None and order.state is OrderState.LIVE:
            self.state.deadlines.set(f"ask {order.order_id}", at_ns)

    def _expired(self, event: e.Expired, at_ns: Nanos) -> None:
        self._happen(self._find(event), Happening.EXPIRE, at_ns)

    def _reply_lost(self, event: e.ReplyLost, at_ns: Nanos) -> None:
        self._happen(self._find(event), Happening.REPLY_LOST, at_ns)

    def _proven_absent(self, event: e.ProvenAbsent, at_ns: Nanos) -> None:
        self._happen(self._find(event), Happening.PROVEN_ABSENT, at_ns)

    def filled(self, event: e.Filled, at_ns: Nanos) -> None:
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
        transfer_id = fill_transfer_id(event.trade_id, order.order_id)
        answer = self._post(transfer_id, _fill_legs(order, event), draw=order.order_id)
        assert answer is Answer.APPLIED, answer
        state.settlements.start(event.trade_id, order.order_id)
        desk = state.desks[order.spec.market_id]
        kind = (desk.market.outcome(token), order.spec.side.value)
        state.fills_by[kind] += 1
        state.shares_by[kind] += shares
        state.inferred_fills += event.inferred
        state.inventory.filled(token, shares if buying else -shares, -cash - fee if buying else cash - fee, at_ns)
        self._pay_out(desk, f"resolved {transfer_id}")
        self._after_change(order)
        for stage in state.early_settlements.pop((event.trade_id, order.order_id), ()):
            self.settlement_moved(e.SettlementMoved(trade_id=event.trade_id, order_id=order.order_id, stage=stage), at_ns)

    def settlement_moved(self, event: e.SettlementMoved, at_ns: Nanos) -> None:
        """A trade's settlement took a step; one told before its fill is kept for it."""
        order = self._find(event)
        if order is None:
            return
        state = self.state
        fill = order.fills.get(event.trade_id)
        if fill is None:
            state.settled_early(event)
            state.deadlines.set(f"ask {order.order_id}", at_ns)
            text = f"order {order.order_id}: trade {event.trade_id} is {event.stage.name}, but its fill was not told yet; asking"
            state.alert("settlement of an unknown trade", text)
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
        desk = state.desks[order.spec.market_id]
        if after is e.SettlementStage.CONFIRMED:
            state.inventory.confirmed(order.spec.token, shares)
        else:
            cash = -fill.cash_micro - fill.fee_cash_micro if buying else fill.cash_micro - fill.fee_cash_micro
            transfer_id = fill_transfer_id(event.trade_id, order.order_id)
            answer = state.ledger.reverse(transfer_id)
            assert answer is Answer.APPLIED, answer
            state.inventory.failed(order.spec.token, shares, cash)
            self._pay_out(desk, f"resolved {transfer_id}/reversed")
            self._tell_overdrawn()
            state.settlements_failed += 1
            state.alert("settlement failed", f"trade {event.trade_id} of order {order.order_id} failed: shares, cash and fee were taken back")
        state.blotter.settled(order, failed=after is e.SettlementStage.FAILED)
        state.soil(desk)

    def _market_resolved(self, event: e.MarketResolved, at_ns: Nanos) -> None:
        """Every share becomes its part of a dollar; orders still open there are gone with the market."""
        state = self.state
        desk = state.desks.get(event.market_id)
        if desk is None:
            return
        if desk.payout is not None:
            if desk.payout != event.payout:
                state.alert("contradictory payout", f"market {event.market_id} was paid out as {desk.payout} and is now told to be {event.payout}")
            return
        desk.closed = True
        for order in list(state.blotter.open_orders(event.market_id).values()):
            self._happen(order, Happening.CANCEL_DONE, at_ns)
        for token in (desk.market.yes, desk.market.no):
            shares = state.ledger.total(token)
            if shares < 0:
                state.alert("negative holding", f"market {event.market_id} resolved while {shares} of token {token} were held")
        desk.payout = event.payout
        self._pay_out(desk, f"resolved {event.market_id}")
        state.soil(desk)

    def _pay_out(self, desk: Desk, transfer_id: str) -> None:
        """If the market is resolved, every share held becomes cash, floored to a micro-dollar a token; shares owed are paid back the same way."""
        if desk.payout is None:
            return
        state = self.state
        cash = 0
        legs: list[Leg] = []
        for token, ppm in ((desk.market.yes, desk.payout.yes_ppm), (desk.market.no, desk.payout.no_ppm)):
            shares = state.ledger.total(token)
            if shares:
                legs.append(_leg(token, shares, Role.FREE, Role.WORLD))
                cash += shares * ppm // PAYOUT_ONE_PPM
        if cash:
            legs.append(_leg(CASH, cash, Role.WORLD, Role.FREE))
        if legs:
            self._post(transfer_id, legs)
        state.inventory.resolved(desk.market.market_id, desk.payout, cash)

    def _sets_changed(self, event: e.SetsChanged, _at_ns: Nanos) -> None:
        state, shares = self.state, event.shares_micro
        desk = state.desks.get(event.market_id)
        if desk is None:
            state.alert(
                "fact about an unknown market", f"{event.command_id}: {shares} sets changed in market {event.market_id}, which was never listed"
            )
            return
        assert shares, "a change of sets by nothing"
        legs = [
            _leg(CASH, shares, Role.FREE, Role.WORLD),
            *(_leg(token, shares, Role.WORLD, Role.FREE) for token in (desk.market.yes, desk.market.no)),
        ]
        answer = self._post(event.command_id, legs)
        if answer is Answer.APPLIED:
            state.inventory.sets_changed(event.market_id, shares)
            state.soil(desk)

    def _deposited(self, event: e.Deposited, _at_ns: Nanos) -> None:
        if self._post(event.deposit_id, [(CASH, Role.DEPOSITS, Role.FREE, event.cash_micro)]) is Answer.APPLIED:
            self.state.soil_all()

    def _find(self, event: OrderFact) -> Order | None:
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

    def _post(self, transfer_id: str, legs: Sequence[Leg], draw: str = "") -> Answer:
        """Move money for good; what cannot be right is told to a person."""
        answer = self.state.ledger.post(transfer_id, legs, draw=draw)
        if answer is Answer.CONFLICTS:
            self.state.alert("contradictory transfer", f"{transfer_id} {answer.value}; the first stays")
        self._tell_overdrawn()
        return answer

    def _tell_overdrawn(self) -> None:
        overdrawn = self.state.ledger.overdrawn
        for entry in overdrawn:
            self.state.alert("overdrawn", f"{entry}: the venue moved more than was free")
        overdrawn.clear()

    def _quarantine(self, order: Order, kind: str, text: str) -> None:
        """An invariant about this order broke: keep the evidence, stop this market, tell a person."""
        desk = self.state.desks[order.spec.market_id]
        desk.quarantine = desk.quarantine or text
        self.state.alert(kind, text)
        self.state.soil(desk)


def _leg(asset: str, amount: int, source: Role, target: Role) -> Leg:
    """One leg; a negative amount goes the other way."""
    return (asset, source, target, amount) if amount > 0 else (asset, target, source, -amount)


def _fill_legs(order: Order, fill: e.Filled) -> list[Leg]:
    """Cash against shares, and the fee; what is nothing is left out."""
    sign = 1 if order.spec.side is Side.BUY else -1
    legs = ((order.spec.token, sign * fill.shares_micro, Role.WORLD, Role.FREE), (CASH, sign * fill.cash_micro, Role.FREE, Role.WORLD))
    return [_leg(*leg) for leg in (*legs, (CASH, fill.fee_cash_micro, Role.FREE, Role.FEES)) if leg[1]]
