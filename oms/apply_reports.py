"""What the venue answers when it is asked: what of ours stands, and what we traded. Catching up is applying what was not heard before, once."""

from collections.abc import Callable
from typing import Any

from oms.apply_own import OwnFacts
from oms.machines.reconcile import compare
from oms.state import State
from oms.values import events as e
from oms.values.units import Nanos


class Reports:
    """Takes in the venue's answers."""

    def __init__(self, state: State, own: OwnFacts) -> None:
        self.state = state
        self._own = own
        self.table: dict[type, Callable[[Any, Nanos], None]] = {
            e.OpenOrdersReported: self._open_orders_reported,
            e.TradesReported: self._trades_reported,
        }

    def _open_orders_reported(self, event: e.OpenOrdersReported, at_ns: Nanos) -> None:
        state = self.state
        findings = compare(event, state.blotter)
        state.foreign_orders = len(findings.foreign)
        for fact in findings.facts:
            self._own.acked(fact, at_ns)
        for order_id in findings.ask:
            state.deadlines.set(f"ask {order_id}", at_ns)
        if not findings.complete:
            state.alert("incomplete report", f"{len(event.omitted)} rows of the open-orders answer could not be read: {', '.join(event.omitted[:3])}")

    def _trades_reported(self, event: e.TradesReported, at_ns: Nanos) -> None:
        for fill in event.fills:
            self._own.filled(fill, at_ns)
        for moved in event.settlements:
            self._own.settlement_moved(moved, at_ns)
        if event.omitted:
            self.state.alert(
                "incomplete report", f"{len(event.omitted)} parts of the trades answer could not be read: {', '.join(event.omitted[:3])}"
            )
