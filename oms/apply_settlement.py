"""What becomes of money after a match: settlement, payout, sets, deposits.

A settlement that comes before its fill is kept and applied after it; a fill or a failed settlement that comes after the payout is paid out, or
taken back, at once.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

from oms.machines.blotter import Order
from oms.machines.ledger import CASH, Answer, Leg, Role
from oms.machines.settlement import FINAL, IllegalSettlement
from oms.state import Desk, State, fill_transfer_id, payout_transfer_id
from oms.values import events as e
from oms.values.market import PAYOUT_ONE_PPM
from oms.values.orders import Side
from oms.values.units import Nanos

FAILURES_MIN: Final = 3
FAILURE_RATE_MAX_PERCENT: Final = 10
"""An alarm when more than this part of a market's settlements failed, and at least FAILURES_MIN of them."""


class MoneyFacts:
    """Takes in facts about trades that settle, and about money that moves without an order."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.table: dict[type, Callable[[Any, Nanos], None]] = {
            e.SettlementMoved: self.settlement_moved,
            e.SetsChanged: self._sets_changed,
            e.Converted: self._converted,
            e.TransferRefused: self._transfer_refused,
            e.Deposited: self._deposited,
            e.SharesArrived: self._shares_arrived,
        }

    def settlement_moved(self, event: e.SettlementMoved, at_ns: Nanos) -> None:
        """A trade's settlement took a step; one told before its fill is kept for it."""
        order = self.state.find_ours(event)
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
            state.quarantine(order, "illegal settlement", str(error))
            return
        if after is before:
            return
        buying = order.spec.side is Side.BUY
        shares = fill.shares_micro if buying else -fill.shares_micro
        cash = -fill.cash_micro - fill.fee_cash_micro if buying else fill.cash_micro - fill.fee_cash_micro
        desk = state.desks[order.spec.market_id]
        if desk.payout is None:
            risky = e.SettlementStage.RETRYING
            state.inventory.at_risk(order.spec.token, (after is risky) * shares - (before is risky) * shares)
        if after not in FINAL:
            return
        self._count_settled(desk, failed=after is e.SettlementStage.FAILED)
        if after is e.SettlementStage.CONFIRMED:
            state.inventory.confirmed(order.spec.token, shares, cash)
            state.settlements.confirmed(event.trade_id, order.order_id, at_ns)
        else:
            transfer_id = fill_transfer_id(event.trade_id, order.order_id)
            answer = state.ledger.reverse(transfer_id)
            assert answer is Answer.APPLIED, answer
            state.inventory.failed(order.spec.token, shares, cash)
            self.pay_out(desk, payout_transfer_id(f"{transfer_id}/reversed"))
            self._tell_overdrawn()
            state.settlements_failed += 1
            state.alert("settlement failed", f"trade {event.trade_id} of order {order.order_id} failed: shares, cash and fee were taken back")
        state.blotter.settled(order, failed=after is e.SettlementStage.FAILED)
        state.soil(desk)

    def _count_settled(self, desk: Desk, *, failed: bool) -> None:
        """The rate at which a market's settlements fail; an alarm whenever it is high after a failure."""
        counts = self.state.settled_by_market.setdefault(desk.market.market_id, [0, 0])
        counts[failed] += 1
        self.state.settlements_done += not failed
        settled = sum(counts)
        if failed and counts[1] >= FAILURES_MIN and 100 * counts[1] > FAILURE_RATE_MAX_PERCENT * settled:
            self.state.alert("settlements fail", f"{counts[1]} of {settled} settlements in market {desk.market.market_id} failed")

    def pay_out(self, desk: Desk, transfer_id: str) -> None:
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
                # The venue rounds once, on all that was held of the token: what comes late brings the difference, so that the parts add up.
                paid = desk.paid_shares.get(token, 0)
                desk.paid_shares[token] = paid + shares
                cash += (paid + shares) * ppm // PAYOUT_ONE_PPM - paid * ppm // PAYOUT_ONE_PPM
        if cash:
            legs.append(_leg(CASH, cash, Role.WORLD, Role.FREE))
        if legs:
            self.post(transfer_id, legs)
        state.inventory.resolved(desk.market.market_id, desk.payout, cash)

    def _sets_changed(self, event: e.SetsChanged, _at_ns: Nanos) -> None:
        state, shares = self.state, event.shares_micro
        desk = state.desks.get(event.market_id)
        if desk is None:
            state.alert("fact about an unknown market", f"{event.command_id}: {shares} sets changed in market {event.market_id}, which is not known")
            return
        assert shares, "a change of sets by nothing"
        legs = [
            _leg(CASH, shares, Role.FREE, Role.WORLD),
            *(_leg(token, shares, Role.WORLD, Role.FREE) for token in (desk.market.yes, desk.market.no)),
        ]
        answer = self.post(event.command_id, legs, draw=event.command_id)
        state.ledger.void(event.command_id)
        if answer is Answer.APPLIED:
            desk.sets_changed.append(event.command_id)
            state.inventory.sets_changed(event.market_id, shares)
            self.pay_out(desk, payout_transfer_id(event.command_id))
            state.bundles.transferred(event.command_id, ((desk.market.yes, shares), (desk.market.no, shares)), -shares)
            state.soil(desk)

    def _converted(self, event: e.Converted, _at_ns: Nanos) -> None:
        state = self.state
        given = [state.desks[name] for name in event.market_ids if name in state.desks]
        gained = [state.desks[name] for name in event.yes_market_ids if name in state.desks]
        if len(given) < len(event.market_ids) or len(gained) < len(event.yes_market_ids) or not given:
            state.alert(
                "fact about an unknown market", f"{event.command_id}: a conversion in event {event.event_id}, whose markets are not all known"
            )
            return
        legs = [_leg(desk.market.no, event.shares_micro, Role.FREE, Role.WORLD) for desk in given]
        legs += [_leg(desk.market.yes, event.yes_micro, Role.WORLD, Role.FREE) for desk in gained if event.yes_micro]
        if event.cash_micro:
            legs.append(_leg(CASH, event.cash_micro, Role.WORLD, Role.FREE))
        if self.post(event.command_id, legs) is not Answer.APPLIED:
            return
        given[0].sets_changed.append(event.command_id)
        state.inventory.converted(event)
        for desk in (*given, *gained):
            self.pay_out(desk, payout_transfer_id(f"{event.command_id}/{desk.market.market_id}"))
            state.soil(desk)
        moved = [(desk.market.no, -event.shares_micro) for desk in given] + [(desk.market.yes, event.yes_micro) for desk in gained]
        state.bundles.transferred(event.command_id, tuple(moved), event.cash_micro)

    def _transfer_refused(self, event: e.TransferRefused, _at_ns: Nanos) -> None:
        self.state.ledger.void(event.command_id)
        self.state.alert("transfer refused", f"{event.command_id}: {event.why}")
        self.state.bundles.refused(event.command_id, event.why)

    def _deposited(self, event: e.Deposited, _at_ns: Nanos) -> None:
        if self.post(event.deposit_id, [(CASH, Role.DEPOSITS, Role.FREE, event.cash_micro)]) is Answer.APPLIED:
            self.state.soil_all()

    def _shares_arrived(self, event: e.SharesArrived, _at_ns: Nanos) -> None:
        state = self.state
        known = state.by_token.get(event.token)
        if known is None:
            state.alert("fact about an unknown market", f"{event.deposit_id}: shares of token {event.token[:24]}, whose market was never listed")
        elif self.post(event.deposit_id, [(event.token, Role.DEPOSITS, Role.FREE, event.shares_micro)]) is Answer.APPLIED:
            state.inventory.arrived(event.token, event.shares_micro)
            state.soil(known[0])

    def post(self, transfer_id: str, legs: Sequence[Leg], draw: str = "") -> Answer:
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


def _leg(asset: str, amount: int, source: Role, target: Role) -> Leg:
    """One leg; a negative amount goes the other way."""
    return (asset, source, target, amount) if amount > 0 else (asset, target, source, -amount)


def fill_legs(order: Order, fill: e.Filled) -> list[Leg]:
    """Cash against shares, and the fee; what is nothing is left out."""
    sign = 1 if order.spec.side is Side.BUY else -1
    legs = ((order.spec.token, sign * fill.shares_micro, Role.WORLD, Role.FREE), (CASH, sign * fill.cash_micro, Role.FREE, Role.WORLD))
    return [_leg(*leg) for leg in (*legs, (CASH, fill.fee_cash_micro, Role.FREE, Role.FEES)) if leg[1]]
