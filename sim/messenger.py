"""The wire between a simulated venue and us: delays both ways, answers in the order in which the venue gave them, statements kept beside them."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from oms.values.commands import NOTES, Alert, AskOrder, Cancel, Command, Heartbeat, Place, Prepared
from oms.values.events import Event
from oms.values.orders import OrderId
from oms.values.units import Nanos
from sim.conservation import Statement
from sim.latency import Latency
from sim.world import ANSWERS, ARRIVALS, Action, World

Doors = Mapping[type, Callable[[Prepared, Nanos], None]]
"""Kind of command → what the venue does when one arrives."""


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

    def carry_out(self, ready: Sequence[Prepared], at_ns: Nanos, doors: Doors) -> None:
        """Carry each command to the door of the venue that is for its kind. Alerts, heartbeats and notes are not for a simulated venue."""
        for prepared in ready:
            door = doors.get(type(prepared.command))
            if door is not None:
                self.carry(at_ns, partial(door, prepared))
            else:
                assert isinstance(prepared.command, (Alert, Heartbeat, *NOTES)), f"this venue has no door for {type(prepared.command).__name__}"

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


def order_of(prepared: Prepared) -> OrderId:
    """The order a cancel or a question is about."""
    assert isinstance(prepared.command, Cancel | AskOrder)
    return prepared.command.order_id
