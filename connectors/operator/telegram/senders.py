"""Who may speak to the console, and when what was said was said too long ago. Pure: the time is handed in.

Both must be on a list, the chat and the person: in a group the chat alone would let every member act. What has no person behind it (a channel's
post, an anonymous administrator, who shows up as a bot of Telegram's) is nobody. A stranger gets no answer, so that nobody learns that somebody
listens here; he is counted, and logged at most once a minute.
"""

from typing import Final

import msgspec

from oms.values.units import NS_PER_SECOND, Nanos

OLD_S: Final = 60
"""A command this old was typed while we were away, and whoever typed it may think otherwise by now."""
AHEAD_S: Final = 60
"""A command this far in the future says that our clock is wrong, so no age can be told."""
_LOG_EVERY_NS: Final = 60 * NS_PER_SECOND


class Sender(msgspec.Struct, frozen=True):
    """A person in a chat."""

    chat_id: int
    user_id: int


class Door:
    """The two lists, and who knocked without being on them."""

    def __init__(self, chats: tuple[int, ...], operators: tuple[int, ...]) -> None:
        self._chats = frozenset(chats)
        self._operators = frozenset(operators)
        self.strangers = 0
        """Messages and buttons refused so far."""
        self._logged = 0
        self._logged_ns: Nanos | None = None

    def admitted(self, chat_id: int | None, user_id: int | None) -> Sender | None:
        """The sender, if both are on their lists."""
        if chat_id is None or user_id is None or chat_id not in self._chats or user_id not in self._operators:
            self.strangers += 1
            return None
        return Sender(chat_id, user_id)

    def to_log(self, now_ns: Nanos) -> int:
        """How many strangers since the last line of the log, if one is due; else 0."""
        if self._logged_ns is not None and now_ns - self._logged_ns < _LOG_EVERY_NS:
            return 0
        fresh, self._logged, self._logged_ns = self.strangers - self._logged, self.strangers, now_ns
        return fresh


def too_old(said_s: int, wall_s: int) -> str:
    """Why a command may not be obeyed any more; empty: it may. Both are Unix seconds: the message's `date` by Telegram's clock, and ours now."""
    if wall_s - said_s > OLD_S:
        return f"{wall_s - said_s:,} s old"
    if said_s - wall_s > AHEAD_S:
        return f"{said_s - wall_s:,} s ahead of this machine's clock, which must be set right first"
    return ""
