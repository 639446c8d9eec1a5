"""What the venue answers when it is asked: what of ours stands, and what we traded. Catching up is applying what was not heard before, once."""

from collections.abc import Callable
from typing import Any

from oms.apply_own import OwnFacts
from oms.apply_settlement import MoneyFacts
from oms.machines.reconcile import compare
from oms.machines.session import OPEN_ORDERS, TRADES
from oms.state import State
from oms.values import events as e
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

    def _account(self, what: str, asked_ns: Nanos, omitted: tuple[str, ...]) -> None:
        """One of the reports that we may be waiting for."""
        state = self.state
        if state.session.reported(what, asked_ns, ", ".join(omitted[:3])):
            if not state.settings.audit_ns:
                state.deadlines.clear("audit")
            state.soil_all()
