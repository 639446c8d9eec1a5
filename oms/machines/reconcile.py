"""The venue's report of what stands, held against the blotter: the facts that close the gap, and the questions that must be asked first.

An order in the report that we were unsure of is acknowledged. An order of ours that is missing from a complete report is **asked about**, never
concluded dead: only the answer to that question (found, or proven absent) moves it. An incomplete report proves nothing by absence. An order we
do not know is foreign: another bot's or a human's; it is listed and never touched. An order that we took for over, and that the venue still lists a
while later, was not over: it stands, nothing counts it, and nobody would ever take it away. So it is cancelled.
"""

from typing import Final

import msgspec

from oms.machines.blotter import Blotter, Order
from oms.machines.lifecycle import State
from oms.values.events import Acked, OpenOrder, OpenOrdersReported
from oms.values.orders import OrderId
from oms.values.units import NS_PER_SECOND, Nanos

OLD_PAGE_NS: Final = 10 * NS_PER_SECOND
"""A page that lists what ended so long ago is not merely old: the venue's pages are seconds old."""
_UNSURE = frozenset({State.SENT, State.UNKNOWN, State.ABSENT})


class Findings(msgspec.Struct, frozen=True, kw_only=True):
    """What a report means."""

    facts: tuple[Acked, ...]
    ask: tuple[OrderId, ...]
    """Orders to ask about by id: missing from the report, or filled further than we know."""
    foreign: tuple[OpenOrder, ...]
    complete: bool
    undead: tuple[OrderId, ...] = ()
    """Orders that were over here for `OLD_PAGE_NS` when the question was asked, and that the venue lists all the same; they are in `ask` too."""


def compare(report: OpenOrdersReported, blotter: Blotter) -> Findings:
    """Hold a report against what we believe."""
    facts: list[Acked] = []
    ask: list[OrderId] = []
    foreign: list[OpenOrder] = []
    undead: list[OrderId] = []
    seen: dict[OrderId, bool] = {}
    for row in report.orders:
        order = blotter.find_by_venue_id(row.venue_order_id)
        if order is None:
            foreign.append(row)
            continue
        seen[order.order_id] = True
        if order.state in _UNSURE:
            facts.append(Acked(order_id=order.order_id, venue_order_id=row.venue_order_id))
        is_over = order.is_terminal and order.state is not State.ABSENT
        if row.filled_micro > order.filled_micro or is_over:
            ask.append(order.order_id)
        if is_over and report.asked_ns >= _ended_ns(order) + OLD_PAGE_NS:
            undead.append(order.order_id)
    if not report.omitted:
        ask.extend(order.order_id for order in blotter.all_open() if order.order_id not in seen and 0 < order.sent_ns < report.asked_ns)
    return Findings(facts=tuple(facts), ask=tuple(ask), foreign=tuple(foreign), complete=not report.omitted, undead=tuple(undead))


def _ended_ns(order: Order) -> Nanos:
    """When the order came into the state it is in: echoes after that are not what counts."""
    steps = order.history
    return next((step.at_ns for before, step in zip(reversed(steps[:-1]), reversed(steps), strict=False) if before.state is not order.state), 0)
