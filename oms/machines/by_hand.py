"""What a person asked for and the next decision has to carry out: markets that are paused, orders to cancel, orders to place."""

from typing import Final

from oms.values.market import MarketId
from oms.values.operator_events import OrderAsked
from oms.values.orders import OrderId
from oms.values.units import Nanos

BY_HAND: Final = "by hand"
"""The name in place of a strategy's on orders that a person placed."""


class ByHand:
    """One person's wishes."""

    def __init__(self) -> None:
        self.paused: dict[MarketId, str] = {}
        """Markets in which no strategy trades, and why."""
        self.cancels: dict[OrderId, str] = {}
        """Orders to cancel, and why. One that is not known to stand yet waits here until it is, or is over."""
        self.orders: list[OrderAsked] = []
        self.asked_ns: Nanos = 0
        """When the latest of them was asked for."""

    @property
    def is_waiting(self) -> bool:
        """Something is to be carried out."""
        return bool(self.cancels or self.orders)
