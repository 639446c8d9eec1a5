"""What the venue answers when it is asked: what of ours stands, and what we traded. Catching up is applying what was not heard before, once."""

from collections.abc import Callable
from typing import Any

from oms.apply_own import OwnFacts
from oms.apply_settlement import MoneyFacts
from oms.machines.balances import ASK_AGAIN_NS, Range
from oms.machines.ledger import CASH
from oms.machines.reconcile import compare
from oms.machines.session import OPEN_ORDERS, TRADES
from oms.machines.settlement import LATELY_NS
from oms.state import State
from oms.values import events as e
from oms.values.orders import Side
from oms.values.units import Nanos


class Reports:
    """Takes in the venue's answers."""

    def __init__(self, state: State, own: OwnFacts, money: MoneyFacts) -> None:
        self.state = state
        self._own = own
        self._money = money
        self.table: dict[type, Callable[[Any, Nanos], None]] = {
            e.OpenOrdersReported: self._open_orders_reported,
            e.TradesReported: self._trades_reported,
            e.BalancesReported: self._balances_reported,
        }

    def _open_orders_reported(self, event: e.OpenOrdersReported, at_ns: Nanos) -> None:
        state = self.state
        findings = compare(event, state.blotter)
        # A page that is old, or not all there, may show a stranger's order more; that one is gone it does not prove.
        is_latest = findings.complete and event.asked_ns >= state.foreign_known_ns
        state.inventory.foreign(findings.foreign, all_of_them=is_latest)
        if is_latest:
            state.foreign_orders, state.foreign_known_ns = len(findings.foreign), event.asked_ns
        else:
            state.foreign_orders = max(state.foreign_orders, len(findings.foreign))
        for fact in findings.facts:
            self._own.acked(fact, at_ns)
        for order_id in findings.ask:
            state.deadlines.set(f"ask {order_id}", at_ns)
        for order_id in findings.undead:
            state.deadlines.set(f"undead {order_id}", at_ns)
            state.alert("order stands after its end", f"order {order_id} is over here, and the venue still lists it: it is cancelled once more")
        self._account(OPEN_ORDERS, event.asked_ns, event.omitted)
        if not findings.complete:
            state.alert("incomplete report", f"{len(event.omitted)} rows of the open-orders answer could not be read: {', '.join(event.omitted[:3])}")

    def _trades_reported(self, event: e.TradesReported, at_ns: Nanos) -> None:
        for fill in event.fills:
            self._own.filled(fill, at_ns)
        for moved in event.settlements:
            self._money.settlement_moved(moved, at_ns)
        if not event.order_id:
            if not event.omitted and event.since_ns <= self.state.trades_known_ns:
                self.state.trades_known_ns = max(self.state.trades_known_ns, event.asked_ns)
            self._account(TRADES, event.asked_ns, event.omitted)
        if event.omitted:
            self.state.alert(
                "incomplete report", f"{len(event.omitted)} parts of the trades answer could not be read: {', '.join(event.omitted[:3])}"
            )

    def _balances_reported(self, event: e.BalancesReported, at_ns: Nanos) -> None:
        """What does not fit is asked about again soon, with the trades that may explain it; what lasts is withheld."""
        state = self.state
        if event.asked_ns < at_ns - LATELY_NS:
            return  # nobody knows any more what was under way then; the next answer is judged
        ranges = own_ranges(state, event.asked_ns)
        told = [*event.shares_micro] if event.cash_micro is None else [(CASH, event.cash_micro), *event.shares_micro]
        before = dict(state.balances.differences)
        for asset, said in told:
            total = state.ledger.total(asset)
            if state.balances.hear(asset, said, ranges.get(asset, Range(total, total)), event.asked_ns):
                more = state.balances.differences[asset]
                text = f"{asset[:24]}: the venue has {abs(more)} micro {'more' if more > 0 else 'less'} than our books and the trades under way allow"
                state.alert("balance differs", text)
        state.inventory.missing_cash_micro = state.balances.missing(CASH)
        for token, _said in event.shares_micro:
            state.inventory.missing(token, state.balances.missing(token))
        if state.balances.differences != before:
            state.soil_all()
        if state.balances.is_in_doubt and state.session.is_there:
            state.deadlines.set("audit", at_ns + ASK_AGAIN_NS)

    def _account(self, what: str, asked_ns: Nanos, omitted: tuple[str, ...]) -> None:
        """One of the reports that we may be waiting for."""
        state = self.state
        if state.session.reported(what, asked_ns, ", ".join(omitted[:3])):
            if not state.settings.audit_ns:
                state.deadlines.clear("audit")
            state.soil_all()


def own_ranges(state: State, asked_ns: Nanos) -> dict[str, Range]:
    """Of each asset that trades under way move: the least and the most that the venue may have for us, some of them settled and some not.

    What was confirmed since the question was asked is under way too: an answer for many tokens takes seconds, and its parts are of different moments.
    """
    gains: dict[str, int] = {}
    losses: dict[str, int] = {}
    for trade_id, order_id in [*state.settlements.open_trades(), *state.settlements.confirmed_since(asked_ns)]:
        order = state.blotter.find(order_id)
        fill = order.fills.get(trade_id) if order is not None else None
        if order is None or fill is None:
            continue
        sign = 1 if order.spec.side is Side.BUY else -1
        for asset, moved in ((order.spec.token, sign * fill.shares_micro), (CASH, -sign * fill.cash_micro - fill.fee_cash_micro)):
            gains[asset] = gains.get(asset, 0) + max(0, moved)
            losses[asset] = losses.get(asset, 0) + max(0, -moved)
    return {asset: Range(state.ledger.total(asset) - gains[asset], state.ledger.total(asset) + losses[asset]) for asset in gains}
