"""Between the thread that trades and the thread that talks: pictures one way, instructions the other. Neither ever waits for the other.

What is watched is asked for by topic; the trading side takes pictures when it has a moment, and only of what somebody watches. A newer picture
replaces an older one that nobody fetched. Every method is said to be of one side and is called from its thread alone; what passes between them are
frozen values over deques and dicts, whose single operations are atomic.
"""

from collections import deque
from collections.abc import Callable
from typing import Final

import msgspec

from connectors.operator.control.protocol import Instruction
from oms.values.panels import Topic, View

WAITING_MAX: Final = 1_000
"""Questions and instructions that wait for the trading side; more are refused: it hangs, or somebody floods it."""


class Wanted(msgspec.Struct, frozen=True):
    """One kind of picture."""

    topic: Topic
    subject: str = ""


class Question(msgspec.Struct, frozen=True):
    """A picture that is wanted once."""

    ticket: int
    wanted: Wanted


class Order(msgspec.Struct, frozen=True):
    """An instruction, and who gave it."""

    ticket: int
    instruction: Instruction
    client: str


class Reply(msgspec.Struct, frozen=True):
    """What became of a question or an instruction."""

    ticket: int
    ok: bool
    text: str = ""
    confirm: str = ""
    view: View | None = None


class Last(msgspec.Struct, frozen=True):
    """The daemon ends."""

    code: int
    text: str


class Bridge:
    """One daemon's."""

    def __init__(self) -> None:
        self.watched: tuple[Wanted, ...] = ()
        """What somebody watches; written whole by the talking side, read by the trading side."""
        self.every_ns = 500_000_000
        """The least distance of two pictures of one kind; written by the talking side."""
        self._waiting: deque[Question | Order] = deque()
        self._views: dict[Wanted, View] = {}
        self._replies: deque[Reply | Last] = deque()
        self._notify: Callable[[], None] = lambda: None
        self._has_news = False

    # The talking side.

    def attach(self, notify: Callable[[], None]) -> None:
        """`notify` is called from the trading thread when there is something to fetch (loop.call_soon_threadsafe belongs into it)."""
        self._notify = notify

    def put(self, what: Question | Order) -> bool:
        """Hand it to the trading side. False: too much waits there already."""
        if len(self._waiting) >= WAITING_MAX:
            return False
        self._waiting.append(what)
        return True

    def fetch(self) -> tuple[dict[Wanted, View], list[Reply | Last]]:
        """Everything that came out since the last time."""
        self._has_news = False
        views: dict[Wanted, View] = {}
        while self._views:
            wanted, view = self._views.popitem()
            views[wanted] = view
        replies = [self._replies.popleft() for _ in range(len(self._replies))]
        return views, replies

    # The trading side.

    @property
    def has_waiting(self) -> bool:
        """Something waits for `take`; cheap enough to look at each turn."""
        return bool(self._waiting)

    def take(self) -> list[Question | Order]:
        """What waits, in order."""
        return [self._waiting.popleft() for _ in range(len(self._waiting))]

    def show(self, wanted: Wanted, view: View) -> None:
        """A picture for whoever watches."""
        self._views[wanted] = view
        self._tell()

    def reply(self, reply: Reply | Last) -> None:
        """An answer, or the last words."""
        self._replies.append(reply)
        self._tell()

    def _tell(self) -> None:
        if not self._has_news:
            self._has_news = True
            self._notify()
