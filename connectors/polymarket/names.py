"""Our order ids and the venue's, both ways: what turns a frame about an order hash into a fact about an order of ours.

A name is learnt before the order is sent (the venue's id is a hash that we compute ourselves) and again from the journal when the process
starts. The venue writes hashes in lower case, but compares them as numbers; so do we.

Bounded: beyond `names_max` the name least recently used goes. Every report of open orders and every fact about an order uses its name, so
what is dropped belongs to orders that ended long ago; what is said about one of those counts as foreign.
"""

from typing import Final

from oms.values.orders import OrderId, VenueOrderId

NAMES_MAX: Final = 50_000
"""More than twice what the blotter remembers (RETIRED_MAX and all that is open); about 20 MB."""


class Names:
    """Which order is called what."""

    def __init__(self, names_max: int = NAMES_MAX) -> None:
        self._names_max = names_max
        self._ours: dict[VenueOrderId, OrderId] = {}
        """Least recently used first."""
        self._theirs: dict[OrderId, VenueOrderId] = {}

    def __len__(self) -> int:
        return len(self._ours)

    def learn(self, order_id: OrderId, venue_order_id: VenueOrderId) -> None:
        """The order is called so at the venue; saying it twice changes nothing. One order has one name, and a name one order."""
        name = venue_order_id.lower()
        assert order_id, "an order without an id of ours"
        assert name, f"order {order_id} without a name"
        assert self._theirs.get(order_id, name) == name, f"order {order_id} is called {self._theirs[order_id]}, not {name}"
        assert self._ours.get(name, order_id) == order_id, f"{name} is the name of order {self._ours[name]}, not of {order_id}"
        self._ours.pop(name, None)
        self._ours[name] = order_id
        self._theirs[order_id] = name
        if len(self._ours) > self._names_max:
            oldest = next(iter(self._ours))
            del self._theirs[self._ours.pop(oldest)]

    def ours(self, venue_order_id: VenueOrderId) -> OrderId | None:
        """Our id of the order that the venue calls so; None: it is not ours, or long forgotten."""
        name = venue_order_id.lower()
        order_id = self._ours.pop(name, None)
        if order_id is not None:
            self._ours[name] = order_id  # used: to the end of the queue
        return order_id

    def venue_id(self, order_id: OrderId) -> VenueOrderId | None:
        """What the venue calls this order of ours; None: it never got a name, or that is long forgotten."""
        return self._theirs.get(order_id)
