"""THE table: order state × happening → order state.

What it decides: which state an order is in after something happened to it. What it does not decide: whether a fill is the last one (that is
classified from quantities first, in the blotter), money (the ledger), or what to do about an illegal pair (the engine quarantines the market).

"Partial" is not a state: it is LIVE with something filled. Settlement of a fill is a second table. Four kinds of cells deserve a word:

* Facts an order has outlived (a late ACK, a doubled CANCEL_DONE, an answer to an old question) are legal and change nothing.
* CANCELLED × fills: a fill may be on its way while the cancel is confirmed; it is money and counts. CANCELLED wins over EXPIRED.
* ABSENT: the venue, asked after its settle time and with an empty trades query, did not know the order. It is not the end of the world's
  knowledge: a later ACK or fill brings it back to life, and the engine alarms (ruling 0.6).
* REJECTED and CANCELLED (or EXPIRED): a market is resolved, or the private channel tells of the end, while the refusal of the POST is on its way.
  Both say that nothing stands. The end wins, whichever is told first, because after it a fill still counts.

REJECTED with a fill is blank on purpose: a venue that says both contradicts itself, and a person must look.
"""

import enum
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final


class State(enum.Enum):
    """Where an order is in its life."""

    __hash__ = object.__hash__  # members are single objects; Enum's own hash goes through the name, in Python

    STAGED = "STAGED"
    """Decided, reserved, not yet committed."""
    SENT = "SENT"
    """Committed; the bytes may have left; no answer yet."""
    UNKNOWN = "UNKNOWN"
    """No readable answer: it may stand, have filled, or never have arrived. Counted as standing."""
    LIVE = "LIVE"
    CANCELLING = "CANCELLING"
    FILLED = "FILLED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"
    REJECTED = "REJECTED"
    ABSENT = "ABSENT"
    """Proven unknown to the venue, until it says otherwise."""


class Happening(enum.Enum):
    """What can happen to an order."""

    __hash__ = object.__hash__  # members are single objects; Enum's own hash goes through the name, in Python

    SEND = "SEND"
    ACK = "ACK"
    PART_FILL = "PART_FILL"
    LAST_FILL = "LAST_FILL"
    REJECT = "REJECT"
    CANCEL_ASKED = "CANCEL_ASKED"
    CANCEL_DONE = "CANCEL_DONE"
    CANCEL_REFUSED = "CANCEL_REFUSED"
    EXPIRE = "EXPIRE"
    REPLY_LOST = "REPLY_LOST"
    PROVEN_ABSENT = "PROVEN_ABSENT"
    RESTART = "RESTART"
    """We start again from the journal: whatever was open is unknown until the venue says otherwise."""


_S, _H = State, Happening

TRANSITIONS: Final[Mapping[State, Mapping[Happening, State]]] = MappingProxyType(
    {
        _S.STAGED: {_H.SEND: _S.SENT, _H.CANCEL_ASKED: _S.CANCELLED, _H.REPLY_LOST: _S.UNKNOWN, _H.RESTART: _S.UNKNOWN},
        _S.SENT: {
            _H.ACK: _S.LIVE,
            _H.PART_FILL: _S.LIVE,
            _H.LAST_FILL: _S.FILLED,
            _H.REJECT: _S.REJECTED,
            _H.CANCEL_ASKED: _S.CANCELLING,
            _H.CANCEL_DONE: _S.CANCELLED,
            _H.CANCEL_REFUSED: _S.SENT,
            _H.EXPIRE: _S.EXPIRED,
            _H.REPLY_LOST: _S.UNKNOWN,
            _H.PROVEN_ABSENT: _S.ABSENT,
            _H.RESTART: _S.UNKNOWN,
        },
        _S.UNKNOWN: {
            _H.ACK: _S.LIVE,
            _H.PART_FILL: _S.LIVE,
            _H.LAST_FILL: _S.FILLED,
            _H.REJECT: _S.REJECTED,
            _H.CANCEL_ASKED: _S.UNKNOWN,
            _H.CANCEL_DONE: _S.CANCELLED,
            _H.CANCEL_REFUSED: _S.UNKNOWN,
            _H.EXPIRE: _S.EXPIRED,
            _H.REPLY_LOST: _S.UNKNOWN,
            _H.PROVEN_ABSENT: _S.ABSENT,
            _H.RESTART: _S.UNKNOWN,
        },
        _S.LIVE: {
            _H.ACK: _S.LIVE,
            _H.PART_FILL: _S.LIVE,
            _H.LAST_FILL: _S.FILLED,
            _H.REJECT: _S.REJECTED,
            _H.CANCEL_ASKED: _S.CANCELLING,
            _H.CANCEL_DONE: _S.CANCELLED,
            _H.CANCEL_REFUSED: _S.LIVE,
            _H.EXPIRE: _S.EXPIRED,
            _H.REPLY_LOST: _S.LIVE,
            _H.PROVEN_ABSENT: _S.ABSENT,
            _H.RESTART: _S.UNKNOWN,
        },
        _S.CANCELLING: {
            _H.ACK: _S.CANCELLING,
            _H.PART_FILL: _S.CANCELLING,
            _H.LAST_FILL: _S.FILLED,
            _H.REJECT: _S.REJECTED,
            _H.CANCEL_ASKED: _S.CANCELLING,
            _H.CANCEL_DONE: _S.CANCELLED,
            _H.CANCEL_REFUSED: _S.LIVE,
            _H.EXPIRE: _S.EXPIRED,
            _H.REPLY_LOST: _S.CANCELLING,
            _H.PROVEN_ABSENT: _S.ABSENT,
            _H.RESTART: _S.UNKNOWN,
        },
        _S.FILLED: {
            _H.ACK: _S.FILLED,
            _H.PART_FILL: _S.FILLED,
            _H.LAST_FILL: _S.FILLED,
            _H.CANCEL_DONE: _S.FILLED,
            _H.CANCEL_REFUSED: _S.FILLED,
            _H.EXPIRE: _S.FILLED,
            _H.REPLY_LOST: _S.FILLED,
            _H.PROVEN_ABSENT: _S.FILLED,
        },
        _S.CANCELLED: {
            _H.ACK: _S.CANCELLED,
            _H.PART_FILL: _S.CANCELLED,
            _H.LAST_FILL: _S.FILLED,
            _H.REJECT: _S.CANCELLED,
            _H.CANCEL_DONE: _S.CANCELLED,
            _H.CANCEL_REFUSED: _S.CANCELLED,
            _H.EXPIRE: _S.CANCELLED,
            _H.REPLY_LOST: _S.CANCELLED,
            _H.PROVEN_ABSENT: _S.CANCELLED,
        },
        _S.EXPIRED: {
            _H.ACK: _S.EXPIRED,
            _H.PART_FILL: _S.EXPIRED,
            _H.LAST_FILL: _S.FILLED,
            _H.REJECT: _S.EXPIRED,
            _H.CANCEL_DONE: _S.CANCELLED,
            _H.CANCEL_REFUSED: _S.EXPIRED,
            _H.EXPIRE: _S.EXPIRED,
            _H.REPLY_LOST: _S.EXPIRED,
            _H.PROVEN_ABSENT: _S.EXPIRED,
        },
        _S.REJECTED: {
            _H.ACK: _S.REJECTED,
            _H.REJECT: _S.REJECTED,
            _H.CANCEL_DONE: _S.CANCELLED,
            _H.CANCEL_REFUSED: _S.REJECTED,
            _H.EXPIRE: _S.EXPIRED,
            _H.REPLY_LOST: _S.REJECTED,
            _H.PROVEN_ABSENT: _S.REJECTED,
        },
        _S.ABSENT: {
            _H.ACK: _S.LIVE,
            _H.PART_FILL: _S.LIVE,
            _H.LAST_FILL: _S.FILLED,
            _H.REJECT: _S.REJECTED,
            _H.CANCEL_DONE: _S.CANCELLED,
            _H.CANCEL_REFUSED: _S.ABSENT,
            _H.EXPIRE: _S.EXPIRED,
            _H.REPLY_LOST: _S.ABSENT,
            _H.PROVEN_ABSENT: _S.ABSENT,
        },
    }
)

TERMINAL: Final = (State.FILLED, State.CANCELLED, State.EXPIRED, State.REJECTED, State.ABSENT)
"""States in which an order no longer stands as far as anybody knows; nothing is reserved for it."""


class IllegalTransition(Exception):
    """A happening that this state cannot have; nothing was changed."""

    def __init__(self, order_id: str, state: State, happening: Happening) -> None:
        super().__init__(f"order {order_id}: {happening.name} cannot happen to an order that is {state.name}")
        self.order_id = order_id
        self.state = state
        self.happening = happening


def after(order_id: str, state: State, happening: Happening) -> State:
    """The state after `happening`. Raises IllegalTransition for a blank cell."""
    try:
        return TRANSITIONS[state][happening]
    except KeyError:
        raise IllegalTransition(order_id, state, happening) from None


def public_status(state: State, *, part_filled: bool) -> str:
    """The published names (requirements 2.34, 3.11): pending, partial, filled, cancelled, expired, rejected, unknown, failed."""
    if state in {State.STAGED, State.SENT, State.LIVE, State.CANCELLING}:
        return "partial" if part_filled else "pending"
    return "failed" if state is State.ABSENT else state.name.lower()
