"""What the parts of the venue share: whom they use, and to whom they speak."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import msgspec

from connectors.polymarket.names import Names
from connectors.polymarket.presence import Presence
from connectors.polymarket.reads import Carrier
from connectors.polymarket.rest import Calls
from connectors.polymarket.signing import OrderForm
from connectors.signer_protocol import Signer
from connectors.transport.budget import Budget
from connectors.transport.http import Answer
from oms.values.events import Event
from oms.values.units import Nanos

SIGNER_PART: Final = "signer"
"""Its name among the parts of `Presence`: without signatures nothing new can be placed, so quotes are taken away, which needs none."""


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """What the venue is made of; each is somebody else's too."""

    form: OrderForm
    signer: Signer
    calls: Calls
    carrier: Carrier
    budget: Budget
    names: Names
    presence: Presence


class Mouth(msgspec.Struct, frozen=True, kw_only=True):
    """To whom the roads of orders, questions and heartbeats speak, and by which clock."""

    tell: Callable[[Sequence[Event]], None]
    """Facts, in the order in which they became known."""
    heard: Callable[[Answer], None]
    """Every answer of a private request, for the exchange's mode."""
    unsigned: Callable[[str], None]
    """The signer is gone, and why."""
    alarm: Callable[[str, str], None]
    """What a person must see: kind and text."""
    now_ns: Callable[[], Nanos]
    sleep: Callable[[float], Awaitable[None]]
