"""Which of the venue's answers the private channel owes a message for: how a channel that is open but tells nothing any more is found out.

The venue tells everything twice: it answers our request, and the channel tells of the order. The two come in any order. So a frame is owed when an
order that this process sent is answered as standing, or as cancelled by our wish, and the channel has not told of that order's step before.
What is answered to a question proves nothing about the channel: it may be about an order of yesterday.
"""

from collections.abc import Sequence
from typing import Final

from oms.values.commands import Cancel, Place, Prepared
from oms.values.events import Acked, CancelDone, CancelTaken, Event, Expired, Filled
from oms.values.orders import OrderId

REMEMBERED_MAX: Final = 10_000
"""Orders under way at one time; beyond it the oldest is forgotten, and nothing is owed for it."""


class Owed:
    """Hears commands, the channel and the answers. No time, no I/O."""

    def __init__(self) -> None:
        self._placing: dict[OrderId, None] = {}
        """Sent, and neither answered nor told of yet."""
        self._cancelling: dict[OrderId, None] = {}

    def sent(self, ready: Sequence[Prepared]) -> None:
        """These leave now."""
        for prepared in ready:
            command = prepared.command
            if isinstance(command, Place):
                _remember(self._placing, command.order_id)
            elif isinstance(command, Cancel):
                _remember(self._cancelling, command.order_id)

    def told(self, facts: Sequence[Event]) -> None:
        """The channel told: what it told of is not owed any more."""
        for fact in facts:
            if isinstance(fact, Acked | Filled):
                self._placing.pop(fact.order_id, None)
            elif isinstance(fact, CancelDone | Expired):
                self._placing.pop(fact.order_id, None)
                self._cancelling.pop(fact.order_id, None)

    def answered(self, facts: Sequence[Event]) -> bool:
        """The venue answered. True: the channel owes a frame for it."""
        is_owed = False
        for fact in facts:
            if isinstance(fact, Acked):
                is_owed |= self._placing.pop(fact.order_id, True) is None
            elif isinstance(fact, CancelTaken):
                self._placing.pop(fact.order_id, None)
                is_owed |= self._cancelling.pop(fact.order_id, True) is None
            elif isinstance(fact, CancelDone):  # an answer to a question, or it was never sent
                self._placing.pop(fact.order_id, None)
                self._cancelling.pop(fact.order_id, None)
        return is_owed


def _remember(orders: dict[OrderId, None], order_id: OrderId) -> None:
    orders[order_id] = None
    if len(orders) > REMEMBERED_MAX:
        del orders[next(iter(orders))]
