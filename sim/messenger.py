"""The wire between a simulated venue and us: delays both ways, answers in the order in which the venue gave them, statements kept beside them."""

from collections import deque
from collections.abc import Sequence

from oms.values.commands import Command, Place, Prepared
from oms.values.events import Event
from oms.values.units import Nanos
from sim.conservation import Statement
from sim.latency import Latency
from sim.world import ANSWERS, ARRIVALS, Action, World


class Messenger:
    """One link. A command arrives after an order delay, an answer after a reply delay and never before an earlier one."""

    def __init__(self, world: World, latency: Latency) -> None:
        self.world = world
        self.latency = latency
        self.statements: deque[Statement] = deque()
        self._last_answer_ns: Nanos = 0
        self.under_way = 0
        """Commands and answers that have not arrived yet."""

    def carry(self, at_ns: Nanos, action: Action) -> None:
        """Something of ours leaves now and happens at the venue later."""
        self.under_way += 1

        def arrive(now_ns: Nanos) -> None:
            self.under_way -= 1
            action(now_ns)

        self.world.at(at_ns + self.latency.draw_ns("order_ms"), ARRIVALS, arrive)

    def answer(self, at_ns: Nanos, event: Event, statement: Statement | None = None) -> None:
        """The venue tells us something. `statement` goes with every fact that moved our money."""
        if statement is not None:
            self.statements.append(statement)
        self.under_way += 1
        self._last_answer_ns = max(self._last_answer_ns, at_ns + self.latency.draw_ns("reply_ms"))

        def arrive(_now_ns: Nanos) -> None:
            self.under_way -= 1
            self.world.tell(event)

        self.world.at(self._last_answer_ns, ANSWERS, arrive)


def name_orders(commands: Sequence[Command], prefix: str) -> list[Prepared]:
    """Prepare commands for a simulated venue: its id for an order is a function of ours."""
    return [
        Prepared(command=command, venue_order_id=f"{prefix}{command.order_id}") if isinstance(command, Place) else Prepared(command=command)
        for command in commands
    ]
