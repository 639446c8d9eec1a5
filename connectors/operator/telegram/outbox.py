"""All that is to leave for Telegram, in one queue: answers before alerts, a chat at a time, no faster than is allowed. Pure: told the time.

Who takes a parcel says what became of it: sent, refused for good, or not now. What Telegram says with 429 (`retry_after`) holds for everything that
leaves. An answer that nobody could be given for two minutes is dropped and said so later: it would be about a moment long gone. An alert never is.
"""

from collections import deque
from typing import Final

import msgspec

from connectors.operator.telegram.alerts import Degree, Group, Item, Waiting, is_silent, message
from connectors.operator.telegram.markup import own
from oms.values.units import NS_PER_SECOND, Nanos

ANSWER_GOOD_NS: Final = 120 * NS_PER_SECOND
ANSWERS_MAX: Final = 20
"""Waiting for one chat; of more the oldest is dropped, and counted."""
CHAT_PAUSE_NS: Final = NS_PER_SECOND
"""Between two messages of one chat (operations.md §1.2: about one a second)."""
REFUSED_PAUSE_NS: Final = 60 * NS_PER_SECOND
"""How long a chat is left alone that will have nothing from us: we were thrown out, or it is gone."""
AWAY_FIRST_NS: Final = NS_PER_SECOND
AWAY_MAX_NS: Final = 30 * NS_PER_SECOND
_UNTOLD: Final = "telegram"


class Button(msgspec.Struct, frozen=True):
    """Below a message."""

    text: str
    data: str
    """What comes back when it is pressed; 64 bytes at most."""


class Reply(msgspec.Struct, frozen=True):
    """An answer to somebody."""

    text: str
    """HTML."""
    buttons: tuple[Button, ...] = ()
    nonce: str = ""
    """Of the button that this message brings."""
    lasts: bool = False
    """True even later: it is never dropped for its age."""


class Parcel(msgspec.Struct, frozen=True):
    """One message on its way."""

    chat_id: int
    text: str
    buttons: tuple[Button, ...] = ()
    is_silent: bool = False
    nonce: str = ""
    lasts: bool = False
    made_ns: Nanos = 0
    groups: tuple[Group, ...] = ()
    """What it tells, of alerts; empty: it is an answer."""


class _Chat:
    """What waits for one chat."""

    def __init__(self, per_minute: int) -> None:
        self.answers: deque[Parcel] = deque()
        self.news = Waiting(per_minute)
        self.free_ns: Nanos = 0
        """Nothing leaves before."""


class Outbox:
    """One bot's."""

    def __init__(self, chats: tuple[int, ...], per_minute: int) -> None:
        self._chats = {chat_id: _Chat(per_minute) for chat_id in chats}
        self._held_ns: Nanos = 0
        self._away = 0
        """Failures since the last success."""
        self.sent_count = 0
        self.dropped = 0
        """Answers that nobody got."""

    def answer(self, chat_id: int, reply: Reply, now_ns: Nanos, wall_ns: Nanos) -> None:
        """For the chat that asked."""
        box = self._chats[chat_id]
        box.answers.append(Parcel(chat_id, reply.text, reply.buttons, nonce=reply.nonce, lasts=reply.lasts, made_ns=now_ns))
        if len(box.answers) > ANSWERS_MAX:
            box.answers.popleft()
            self._untold(chat_id, now_ns, wall_ns)

    def tell(self, item: Item, now_ns: Nanos, wall_ns: Nanos, chat_id: int | None = None) -> None:
        """For one chat; None: for all."""
        for box in [self._chats[chat_id]] if chat_id is not None else list(self._chats.values()):
            box.news.add(item, now_ns, wall_ns)

    def take(self, now_ns: Nanos, wall_ns: Nanos) -> Parcel | None:
        """What is to be sent now; None: nothing, or not yet. Whoever takes it calls `sent`, `refused` or `later`."""
        if now_ns < self._held_ns:
            return None
        for chat_id, box in self._chats.items():
            while box.answers and not box.answers[0].lasts and now_ns - box.answers[0].made_ns > ANSWER_GOOD_NS:
                box.answers.popleft()
                self._untold(chat_id, now_ns, wall_ns)
            if now_ns < box.free_ns:
                continue
            if box.answers:
                return box.answers.popleft()
            if groups := box.news.take(now_ns):
                return Parcel(chat_id, message(groups), is_silent=is_silent(groups), made_ns=now_ns, groups=tuple(groups))
        return None

    def sent(self, parcel: Parcel, now_ns: Nanos) -> None:
        """It arrived. The chat goes to the end of the line, so that none starves."""
        box = self._chats.pop(parcel.chat_id)
        self._chats[parcel.chat_id] = box
        box.free_ns = now_ns + CHAT_PAUSE_NS
        self._away = 0
        self.sent_count += 1
        if parcel.groups:
            box.news.left(list(parcel.groups), now_ns)

    def later(self, parcel: Parcel, now_ns: Nanos, wait_ns: Nanos | None = None) -> None:
        """Not now: nobody was there (then everything waits, longer each time), or Telegram named a time."""
        if wait_ns is None:
            wait_ns = min(AWAY_FIRST_NS << min(self._away, 10), AWAY_MAX_NS)
            self._away += 1
        self.hold(now_ns + wait_ns)
        box = self._chats[parcel.chat_id]
        if parcel.groups:
            box.news.put_back(list(parcel.groups), now_ns)
        else:
            box.answers.appendleft(parcel)

    def hold(self, until_ns: Nanos) -> None:
        """Nothing leaves before."""
        self._held_ns = max(self._held_ns, until_ns)

    def barred(self, parcel: Parcel, now_ns: Nanos) -> None:
        """The chat takes nothing from us now (we are blocked, it is gone): it is left alone for a while, and what it should know waits."""
        self.later(parcel, now_ns, 0)
        self._chats[parcel.chat_id].free_ns = now_ns + REFUSED_PAUSE_NS

    def refused(self, parcel: Parcel, why: str, now_ns: Nanos, wall_ns: Nanos) -> None:
        """The message is not taken, and never will be: that it was there is told, and the chat rests so that we do not go round in circles."""
        box = self._chats[parcel.chat_id]
        box.free_ns = now_ns + REFUSED_PAUSE_NS
        count = sum([group.count for group in parcel.groups]) or 1
        kinds = ", ".join([own(group.kind) for group in parcel.groups]) or "an answer"
        told = f"Telegram did not take a message ({kinds}): {own(why, 200)}"
        box.news.add(Item(_UNTOLD, told, Degree.PLAIN, count), now_ns, wall_ns)

    def wake_ns(self) -> Nanos | None:
        """When `take` is worth another try; None: nothing waits."""
        moments = [max(box.free_ns, wake) for box in self._chats.values() if (wake := 0 if box.answers else box.news.wake_ns()) is not None]
        return max(min(moments), self._held_ns) if moments else None

    def _untold(self, chat_id: int, now_ns: Nanos, wall_ns: Nanos) -> None:
        self.dropped += 1
        text = "an answer could not be sent in time and was dropped: ask again"
        self._chats[chat_id].news.add(Item(_UNTOLD, text), now_ns, wall_ns)
