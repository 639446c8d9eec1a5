"""The machines wired together, still pure: facts in by apply(), effects out by decide(), and the moment they were committed by sent().

Nothing here knows a venue, a socket or a clock; `at_ns` is the turn's. The same object serves live, paper, replay and simulation.
"""

from collections.abc import Sequence

from oms.apply import Applier
from oms.decide import Decided, Decider
from oms.machines.lifecycle import Happening
from oms.state import EngineSettings, State
from oms.values.commands import Place, Prepared
from oms.values.events import Event
from oms.values.units import Nanos


class Engine:
    """One account at one venue."""

    def __init__(self, settings: EngineSettings) -> None:
        self.state = State(settings)
        self._applier = Applier(self.state)
        self._decider = Decider(self.state)

    def apply(self, event: Event, at_ns: Nanos) -> None:
        """Take one fact in. The order of calls is the order of facts."""
        self._applier.apply(event, at_ns)

    def decide(self, at_ns: Nanos) -> Decided:
        """What should be asked for now: each dirty market once, deadlines that are due. Orders it opens are STAGED."""
        return self._decider.decide(at_ns)

    def sent(self, ready: Sequence[Prepared], at_ns: Nanos) -> None:
        """The commands are committed and about to leave: from here on silence means unknown."""
        state = self.state
        for prepared in ready:
            command = prepared.command
            if isinstance(command, Place):
                order = state.blotter.find(command.order_id)
                assert order is not None, f"{command.order_id} was prepared but never opened"
                state.blotter.name(order, prepared.venue_order_id)
                order.sent_ns = at_ns
                state.blotter.happen(order, Happening.SEND, at_ns)
                state.deadlines.set(f"ask {command.order_id}", at_ns + state.settings.reply_timeout_ns)

    def wake_at_ns(self) -> Nanos | None:
        """The next moment at which time itself matters; None when only facts do. A dirty market left over wants the next turn at once."""
        return 0 if self.state.dirty else self.state.deadlines.next_ns()
