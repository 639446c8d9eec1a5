"""Facts a person brought about: markets paused, orders to cancel or to place, parameters changed. What follows is decided in decide_by_hand.py."""

from collections.abc import Callable
from typing import Any, Final, TypeVar

import msgspec

from oms.state import EventLine, State, StrategyLine
from oms.values import events as e
from oms.values.units import Nanos

_Line = TypeVar("_Line", StrategyLine, EventLine)
ORDERS_WAITING_MAX: Final = 100
"""Orders by hand that wait for the next decision; more at once are no person's."""


class OperatorFacts:
    """Takes in what a person said."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.table: dict[type, Callable[[Any, Nanos], None]] = {
            e.MarketPaused: self._market_paused,
            e.MarketResumed: self._market_resumed,
            e.CancelAsked: self._cancel_asked,
            e.OrderAsked: self._order_asked,
            e.ParamsSet: self._params_set,
            e.ResultMarked: self._result_marked,
        }

    def _market_paused(self, event: e.MarketPaused, _at_ns: Nanos) -> None:
        self.state.by_hand.paused[event.market_id] = event.why
        self._soil(event.market_id)

    def _market_resumed(self, event: e.MarketResumed, _at_ns: Nanos) -> None:
        self.state.by_hand.paused.pop(event.market_id, None)
        desk = self.state.desks.get(event.market_id)
        if desk is not None:
            desk.quarantine = ""
        self._soil(event.market_id)

    def _cancel_asked(self, event: e.CancelAsked, _at_ns: Nanos) -> None:
        self.state.by_hand.cancels.update(dict.fromkeys(event.order_ids, event.why))

    def _order_asked(self, event: e.OrderAsked, at_ns: Nanos) -> None:
        by_hand, waiting = self.state.by_hand, self.state.by_hand.orders
        if at_ns > by_hand.asked_ns:  # those before were carried out in their turn; they are still here only where a journal is folded
            waiting.clear()
        by_hand.asked_ns = at_ns
        if len(waiting) < ORDERS_WAITING_MAX:
            waiting.append(event)
        else:
            self.state.alert("order by hand refused", f"{ORDERS_WAITING_MAX} of them wait already")

    def _params_set(self, event: e.ParamsSet, _at_ns: Nanos) -> None:
        """Values that do not fit change nothing: they were checked before they became a fact, so this is a journal of another version."""
        state = self.state
        settings = state.settings
        lines = tuple(self._remade(line, event) for line in settings.strategies)
        event_lines = tuple(self._remade(line, event) for line in settings.event_strategies)
        state.settings = msgspec.structs.replace(settings, strategies=lines, event_strategies=event_lines)
        state.soil_all()

    def _remade(self, line: _Line, event: e.ParamsSet) -> _Line:
        if line.name != event.strategy or line.remake is None:
            return line
        try:
            return line.remake(event.values)
        except ValueError as error:
            self.state.alert("parameters refused", f"{event.strategy}: {error}")
            return line

    def _result_marked(self, event: e.ResultMarked, at_ns: Nanos) -> None:
        self.state.guard.recall(event.result_micro, event.result_micro if event.best_micro is None else event.best_micro, at_ns)

    def _soil(self, market_id: str) -> None:
        desk = self.state.desks.get(market_id)
        if desk is not None:
            self.state.soil(desk)
