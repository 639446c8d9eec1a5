"""Facts into state: one table from fact to method. No time but the turn's, no chance, no I/O.

The methods stand beside what they change: books in apply_market.py, orders in apply_own.py, settlement and other money in
apply_settlement.py, the venue's answers in apply_reports.py, what a person wants in apply_operator.py, whether we may trade here. Anything of the
domain that is an `if` belongs to a machine; what remains is which machine hears about what, in which order.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from oms.apply_market import MarketFacts
from oms.apply_operator import OperatorFacts
from oms.apply_own import OwnFacts
from oms.apply_reports import Reports
from oms.apply_settlement import MoneyFacts
from oms.machines.lifecycle import Happening
from oms.machines.session import OperatorPhase, Word
from oms.state import State
from oms.values import events as e
from oms.values.units import Nanos

_WORDS: Final[Mapping[type, Word]] = MappingProxyType({e.VenueSyncing: Word.SYNC, e.Paused: Word.PAUSE, e.Resumed: Word.RESUME, e.Halted: Word.HALT})


class Applier:
    """Applies one fact at a time."""

    def __init__(self, state: State) -> None:
        self.state = state
        money = MoneyFacts(state)
        own = OwnFacts(state, money)
        self.table: dict[type, Callable[[Any, Nanos], None]] = {
            **MarketFacts(state).table,
            **money.table,
            **own.table,
            **Reports(state, own, money).table,
            **OperatorFacts(state).table,
            e.Restarted: self._restarted,
            e.VenueSyncing: self._session_word,
            e.VenueReady: self._session_word,
            e.Paused: self._session_word,
            e.Resumed: self._session_word,
            e.Halted: self._session_word,
            e.Tick: self._tick,
        }
        """Every member of the union `Event` has its method (tests/oms/test_apply.py)."""

    def apply(self, event: e.Event, at_ns: Nanos) -> None:
        """Take one fact in."""
        self.table[type(event)](event, at_ns)

    def _session_word(self, event: e.VenueSyncing | e.VenueReady | e.Paused | e.Resumed | e.Halted, at_ns: Nanos) -> None:
        session = self.state.session
        if isinstance(event, e.VenueReady):
            was_there = session.is_there
            changed = session.hear(Word.READY_POST_ONLY if event.post_only else Word.READY, "the venue is ready")
            if not was_there:
                if not self.state.order_count:  # before our first order nothing that the wallet traded was ours
                    self.state.trades_known_ns = at_ns
                session.require_reports(at_ns)
                self.state.deadlines.set("audit", at_ns)
        else:
            was_halted = session.operator is OperatorPhase.HALTED
            changed = session.hear(_WORDS[type(event)], event.why)
            if was_halted and changed:
                self.state.guard.rearm()
        if changed:
            self.state.soil_all()

    def _restarted(self, event: e.Restarted, at_ns: Nanos) -> None:
        """Nothing of what was on its way to the process before will come; every open order is asked about."""
        state = self.state
        for order in state.blotter.all_open():
            state.blotter.happen(order, Happening.RESTART, at_ns)
            state.settle_reservation(order)
            state.deadlines.set(f"ask {order.order_id}", at_ns)
        for command_id in state.bundles.open_transfers():
            state.deadlines.set(f"transfer {command_id}", at_ns)
        state.session.hear(Word.SYNC, event.why)
        state.settings = state.first_settings
        state.by_hand.orders.clear()
        state.soil_all()

    def _tick(self, _event: e.Tick, _at_ns: Nanos) -> None:
        """Time passed: deadlines are looked at in decide()."""
