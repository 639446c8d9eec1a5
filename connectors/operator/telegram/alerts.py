"""What waits to be told to one chat: the same kind is merged with a count, and so many messages leave in a minute and no more. Pure: told the time.

Nothing is lost silently. A kind keeps its latest texts and counts the rest; when a message could not be sent, what was in it is merged back. So the
memory is bounded however long Telegram is away, and the first message after it says what was missed and from when to when.

Three degrees: URGENT goes at once, PLAIN waits a moment so that a burst is one message, CALM (trades) makes no sound and comes once a minute at most.
The last message of a minute is kept for what is urgent.
"""

import enum
from collections import deque
from typing import Final

import msgspec

from connectors.operator.telegram.markup import SIGNS_MAX, fit, hour, own, signs
from oms.values.units import NS_PER_SECOND, Nanos

MINUTE_NS: Final = 60 * NS_PER_SECOND
SETTLE_NS: Final = 2 * NS_PER_SECOND
TEXTS_MAX: Final = 3
"""Of one kind in one message; the others are counted."""
KINDS_MAX: Final = 50
"""Waiting at the same time; further kinds become OTHER, and are counted there."""
OTHER: Final = "other"
TEXT_SIGNS_MAX: Final = 1_000
"""Of one text with its markup; whoever makes one stays below. Longer ones are left out of the message and counted."""


class Degree(enum.IntEnum):
    """How soon a person must know; the least first."""

    CALM = 0
    PLAIN = 1
    URGENT = 2


class Item(msgspec.Struct, frozen=True):
    """Something to tell."""

    kind: str
    text: str
    """HTML."""
    degree: Degree = Degree.PLAIN
    count: int = 1
    """So many of the kind; `text` is about the latest."""


class Group(msgspec.Struct, frozen=True):
    """All that waits of one kind."""

    kind: str
    degree: Degree
    count: int
    texts: tuple[str, ...]
    """The latest, oldest first."""
    first_ns: Nanos
    """By the wall clock: when it happened, for people."""
    last_ns: Nanos

    def with_more(self, later: "Group") -> "Group":
        """Both as one; `later` happened after it."""
        texts = (*[text for text in self.texts if text not in later.texts], *later.texts)[-TEXTS_MAX:]
        degree = max(self.degree, later.degree)
        return Group(self.kind, degree, self.count + later.count, texts, self.first_ns, later.last_ns)

    def lines(self) -> list[str]:
        """In words."""
        when = hour(self.first_ns) if hour(self.first_ns) == hour(self.last_ns) else f"{hour(self.first_ns)} to {hour(self.last_ns)}"
        shown = [text for text in self.texts if signs(text) <= TEXT_SIGNS_MAX]
        head = f"<b>{own(self.kind)}</b>{f' {self.count:,}×' if self.count > 1 else ''} {when} UTC"
        more = self.count - len(shown)
        return [head, *shown, *([f"… and {more:,} more of kind {own(self.kind)}"] if more > 0 else [])]


class Waiting:
    """One chat's."""

    def __init__(self, per_minute: int) -> None:
        assert per_minute >= 1
        self._per_minute = per_minute
        self._groups: dict[str, Group] = {}
        self._due_ns: dict[str, Nanos] = {}
        self._left_ns: deque[Nanos] = deque(maxlen=per_minute)
        """When the latest messages left."""
        self._calm_left_ns: Nanos | None = None

    def add(self, item: Item, now_ns: Nanos, wall_ns: Nanos) -> None:
        """One more. `now_ns` only ever grows, `wall_ns` is what people read."""
        self._merge(Group(item.kind, item.degree, item.count, (item.text,), wall_ns, wall_ns), now_ns)

    def take(self, now_ns: Nanos) -> list[Group]:
        """What is to be sent now as one message, urgent first; whoever takes it calls `left` or `put_back`. Empty: nothing, or not yet."""
        if not self._has_room(now_ns):
            return []
        due = [group for kind, group in self._groups.items() if self._due_ns[kind] <= now_ns]
        due.sort(key=lambda group: -group.degree)
        taken: list[Group] = []
        used = 0
        for group in due:
            used += signs("\n".join(group.lines())) + 1
            if used > SIGNS_MAX and taken:
                break  # in the next message
            taken.append(group)
        for group in taken:
            del self._groups[group.kind], self._due_ns[group.kind]
        return taken

    def left(self, groups: list[Group], now_ns: Nanos) -> None:
        """They were sent."""
        self._left_ns.append(now_ns)
        if any(group.degree is Degree.CALM for group in groups):
            self._calm_left_ns = now_ns

    def put_back(self, groups: list[Group], now_ns: Nanos) -> None:
        """They were not sent: they wait again, in front of what came meanwhile."""
        later, self._groups, self._due_ns = self._groups, {}, {}
        for group in (*groups, *later.values()):
            self._merge(group, now_ns)

    def wake_ns(self) -> Nanos | None:
        """When `take` is worth another try; None: nothing waits."""
        if not self._groups:
            return None
        return max(min(self._due_ns.values()), self._room_ns())

    def _merge(self, group: Group, now_ns: Nanos) -> None:
        kind = group.kind if group.kind in self._groups or len(self._groups) < KINDS_MAX else OTHER
        before = self._groups.get(kind)
        group = msgspec.structs.replace(group, kind=kind)
        self._groups[kind] = merged = group if before is None else before.with_more(group)
        due_ns = self._due(merged.degree, now_ns)
        self._due_ns[kind] = min(due_ns, self._due_ns.get(kind, due_ns))

    def _due(self, degree: Degree, now_ns: Nanos) -> Nanos:
        if degree is Degree.URGENT:
            return now_ns
        if degree is Degree.PLAIN or self._calm_left_ns is None:
            return now_ns + SETTLE_NS
        return max(now_ns + SETTLE_NS, self._calm_left_ns + MINUTE_NS)

    def _has_room(self, now_ns: Nanos) -> bool:
        return now_ns >= self._room_ns()

    def _room_ns(self) -> Nanos:
        """From when on a message may leave: in each minute `per_minute` of them, the last of which only for what is urgent."""
        is_urgent = any(group.degree is Degree.URGENT for group in self._groups.values())
        most = self._per_minute if is_urgent or self._per_minute == 1 else self._per_minute - 1
        return self._left_ns[-most] + MINUTE_NS if len(self._left_ns) >= most else 0


def message(groups: list[Group]) -> str:
    """Their text."""
    return fit([line for group in groups for line in group.lines()])


def is_silent(groups: list[Group]) -> bool:
    """Nobody need be woken for it."""
    return all(group.degree is Degree.CALM for group in groups)
