"""Buttons that do something dangerous: each is good once, for a while, in its chat, for whoever asked. Pure but for the dice behind the nonce.

The time is counted from when the button was last sent, not from when it was asked for: Telegram may keep a message waiting. Nothing here outlives
the process, so a button of yesterday does nothing.
"""

import secrets
from collections import deque
from collections.abc import Callable
from typing import Final

import msgspec

from connectors.operator.control.protocol import CONFIRM_S
from connectors.operator.telegram.senders import Sender
from oms.values.units import NS_PER_SECOND, Nanos

GOOD_NS: Final = CONFIRM_S * NS_PER_SECOND
_OPEN_MAX: Final = 50
"""Buttons that wait; of more the oldest is forgotten."""
_DONE_MAX: Final = 500
"""Remembered only to say why a second press does nothing."""


def _nonce() -> str:
    return secrets.token_urlsafe(16)  # 22 signs: with its prefix well below the 64 bytes of a callback


class Pending(msgspec.Struct, frozen=True):
    """One button."""

    sender: Sender
    why: str
    until_ns: Nanos


class Confirmations:
    """All of them."""

    def __init__(self, nonce: Callable[[], str] = _nonce) -> None:
        self._nonce = nonce
        self._open: dict[str, Pending] = {}
        self._done: deque[str] = deque(maxlen=_DONE_MAX)

    def issue(self, sender: Sender, why: str, now_ns: Nanos) -> str:
        """The nonce of a new button."""
        nonce = self._nonce()
        self._open[nonce] = Pending(sender, why, now_ns + GOOD_NS)
        while len(self._open) > _OPEN_MAX:
            del self._open[next(iter(self._open))]
        return nonce

    def shown(self, nonce: str, now_ns: Nanos) -> None:
        """It is sent now: from here its time runs. One that was pressed stays pressed."""
        if (pending := self._open.get(nonce)) is not None:
            self._open[nonce] = msgspec.structs.replace(pending, until_ns=now_ns + GOOD_NS)

    def press(self, nonce: str, sender: Sender, now_ns: Nanos) -> tuple[Pending | None, str]:
        """What was confirmed and no words, or nothing and why not."""
        pending = self._open.get(nonce)
        if pending is None:
            return None, "this button was pressed already" if nonce in self._done else "this button is not known any more"
        if pending.sender != sender:
            return None, "only who asked may press this button"
        del self._open[nonce]
        self._done.append(nonce)
        if now_ns > pending.until_ns:
            return None, f"this button was good for {CONFIRM_S} s, which are over"
        return pending, ""
