"""What is said of one gap that was seen in a recording: how long it was there, how large it was, what came of it, and whether it was a torn view."""

import enum
from typing import Final

import msgspec

from oms.values.orders import Side
from oms.values.units import Nanos, SharesMicro

LATENCIES_MS: Final = (100, 200, 300)
"""From the moment it is seen to the moment an order is there."""


class Verdict(enum.Enum):
    """What a gap came down to, the first that is true of it. The value is what people read."""

    CONSISTENT = "both tokens agreed on it when its exchange time was over"
    HALF_TOLD = "ended by the other token's next message, of the same exchange time"
    WITHIN_TURN = "gone before the turn was over"
    DISAGREED = "the two tokens disagreed when an exchange time was over"
    UNPAIRED = "the two tokens never stood at one exchange time while it was there"
    OUTCOMES = "between outcomes of an event, and there when a turn was over"

    @property
    def is_torn(self) -> bool:
        """No consistent pair of books ever showed it."""
        return self not in (Verdict.CONSISTENT, Verdict.OUTCOMES)


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """One gap that is over."""

    where: str
    """The market or the event."""
    side: Side
    """BUY: the asks add up to less than a dollar. SELL: the bids to more."""
    charged: bool
    """Net of the takers' fees; else raw."""
    opened_ns: Nanos
    """By our clock."""
    life_ns: Nanos
    """By our clock: from the turn in which it began to the turn that ended it."""
    exchange_life_ns: Nanos
    """By the time stamps of the messages that began and ended it; of one that was cut, to the last that came."""
    edge_pips: int
    """The best of it, a set, in 10⁻⁴ dollars, rounded down."""
    sets_micro: SharesMicro
    """What stood at the touch of the thinnest token when it was first seen."""
    at_turn: bool
    """It was there when a turn was over."""
    believed: bool
    """…and no book of it was doubted: a strategy would have been allowed to take it."""
    survived: tuple[bool, ...]
    """For each of LATENCIES_MS: so much later it was still there, with that size at those prices or better."""
    retold: tuple[bool, ...]
    """…and something was heard of its books in between. Else it was still there because nobody looked."""
    cut: bool
    """It did not end by a price: the recording, the market or our belief in a book ended first. Its life is as far as anything was heard."""
    verdict: Verdict
