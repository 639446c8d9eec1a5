"""Who asked what, who looks at what: between the clients and the bridge. Knows no socket, only peers."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Final, Protocol

import msgspec
from msgspec.structs import replace

from connectors.operator.control.bridge import WAITING_MAX, Bridge, Last, Order, Question, Reply, Wanted
from connectors.operator.control.lines import BadLine
from connectors.operator.control.peer import Peer
from connectors.operator.control.protocol import EVERY_MS_MAX, EVERY_MS_MIN, Answer, Ask, Do, Ended, Hello, Kill, Shown, Watch
from connectors.operator.control.screen import Gallery, line_of
from oms.values.panels import Story, Topic, View
from oms.values.units import NS_PER_MS

ANSWERS_MAX: Final = 100
"""Of one client, questions and instructions that are not answered yet; more are refused as busy."""
WAITING_FOR_ALL_MAX: Final = WAITING_MAX - 100
"""Of all clients together; the rest of the bridge is for kills, which no flood may keep out."""
TELL_S: Final = 10.0
"""So long a story may be looked up in the journal; after that the trading side's own words are told."""
BUSY: Final = "busy: too much waits for the trading side; try again in a moment"
TOO_LONG: Final = "the picture cannot be sent: it is too long, or holds what no line can"
_EVERY_MS: Final = 500

Log = Callable[..., None]
"""Called as log(level, what, **pairs) with a level of `logging`."""
Teller = Callable[[str], tuple[str, ...]]
"""The story of an order from the journal, by our id; empty: the journal does not know it. Blocks."""


class Service(Protocol):
    """Something else that lives in the operator's loop and looks at the same pictures, such as metrics."""

    @property
    def topics(self) -> tuple[Topic, ...]:
        """What it wants to be shown."""
        ...

    @property
    def every_ms(self) -> int:
        """At most this often each."""
        ...

    def shown(self, views: Mapping[Wanted, View]) -> None:
        """Everything that came from the trading side at once, whoever watches it. Must not block."""
        ...

    async def run(self) -> None:
        """Live until cancelled."""
        ...


class _Pending(msgspec.Struct, frozen=True):
    """Who waits for an answer, and to what."""

    peer: Peer
    said: Ask | Do


class Switchboard:
    """One daemon's."""

    def __init__(self, bridge: Bridge, teller: Teller | None, log: Log) -> None:
        self.gallery = Gallery(self._unshowable)
        self.ended: Ended | None = None
        """The last words, once they were said."""
        self._bridge = bridge
        self._teller = teller
        self._log = log
        self._peers: dict[Peer, None] = {}
        self._services: list[Service] = []
        self._pending: dict[int, _Pending] = {}
        self._tickets = 0
        self._stories: dict[asyncio.Task[None], None] = {}
        self._reading = ThreadPoolExecutor(max_workers=1, thread_name_prefix="story")

    def add(self, service: Service) -> None:
        """Show it what it wants as well."""
        self._services.append(service)
        self._rewatch()

    @property
    def count(self) -> int:
        """Clients that are there."""
        return len(self._peers)

    def enter(self, peer: Peer) -> None:
        """A client is there."""
        self._peers[peer] = None

    def leave(self, peer: Peer) -> None:
        """It has gone, and waits for nothing any more."""
        self._peers.pop(peer, None)
        self._pending = {ticket: pending for ticket, pending in self._pending.items() if pending.peer is not peer}
        self._rewatch()

    def hear(self, peer: Peer, said: Watch | Ask | Do | Hello) -> None:
        """What a client says after its Hello. Raises BadLine."""
        if isinstance(said, Hello):
            raise BadLine("Hello was said already")
        if isinstance(said, Watch):
            wanted = dict.fromkeys(_wanted(topic, said.subject) for topic in said.topics)
            every_ms = min(max(said.every_ms, EVERY_MS_MIN), EVERY_MS_MAX)
            peer.screen.watch(tuple(wanted), every_ms / 1_000)
            self._rewatch()
            peer.wake()
            return
        self._tickets += 1
        if isinstance(said, Do):
            self._log(logging.INFO, "instruction", client=peer.label, instruction=type(said.what).__name__)
        if self._is_free(peer, said) and self._bridge.put(self._as_put(peer, said)):
            self._pending[self._tickets] = _Pending(peer, said)
            peer.waiting += 1
        else:
            peer.tell(Answer(id=said.id, ok=False, text=BUSY))

    def _is_free(self, peer: Peer, said: Ask | Do) -> bool:
        """Is there room for this?"""
        if isinstance(said, Do) and isinstance(said.what, Kill):
            return True
        return peer.waiting < ANSWERS_MAX and len(self._pending) < WAITING_FOR_ALL_MAX

    def _as_put(self, peer: Peer, said: Ask | Do) -> Question | Order:
        if isinstance(said, Ask):
            return Question(self._tickets, Wanted(said.topic, said.subject))
        return Order(self._tickets, said.what, peer.label)

    def fetch(self) -> None:
        """Pass on what came over the bridge."""
        views, replies = self._bridge.fetch()
        watched = dict.fromkeys(self._bridge.watched)
        for wanted, view in views.items():
            if wanted in watched:
                self.gallery.hang(wanted, view)
        if views:
            for peer in self._peers:
                peer.wake()
            for service in self._services:
                asyncio.get_running_loop().call_soon(service.shown, views)  # what one of them does wrong is its own
        for reply in replies:
            if isinstance(reply, Last):
                self.tell_end(reply)
            else:
                self._answer(reply)

    def tell_end(self, last: Last) -> None:
        """The last words, once."""
        if self.ended is None:
            self.ended = Ended(code=last.code, text=last.text)
            for peer in self._peers:
                peer.tell(self.ended)

    def close(self) -> None:
        """Nothing is passed on any more."""
        self._bridge.watched = ()
        self._reading.shutdown(wait=False, cancel_futures=True)
        for story in self._stories:
            story.cancel()

    def _answer(self, reply: Reply) -> None:
        pending = self._pending.pop(reply.ticket, None)
        if pending is None:
            return  # who asked has gone
        if isinstance(reply.view, Story) and self._teller is not None:
            story = asyncio.get_running_loop().create_task(self._told(pending, reply, reply.view, self._teller))
            self._stories[story] = None
            story.add_done_callback(lambda done: self._stories.pop(done, None))
        else:
            self._tell(pending, reply)

    async def _told(self, pending: _Pending, reply: Reply, view: Story, teller: Teller) -> None:
        """With the journal's words, if it has any."""
        reading = asyncio.get_running_loop().run_in_executor(self._reading, teller, view.order.order_id)
        await asyncio.wait([reading], timeout=TELL_S)
        lines: tuple[str, ...] = ()
        if not reading.done():
            reading.cancel()
            self._log(logging.WARNING, "story not told", why=f"the journal took longer than {TELL_S:g} s")
        elif (error := reading.exception()) is not None:
            self._log(logging.WARNING, "story not told", why=f"{type(error).__name__}: {error}")
        else:
            lines = reading.result()
        self._tell(pending, replace(reply, view=replace(view, lines=lines)) if lines else reply)

    def _tell(self, pending: _Pending, reply: Reply) -> None:
        peer, said = pending.peer, pending.said
        peer.waiting -= 1
        if isinstance(said, Ask) and reply.view is not None:
            text = line_of(Shown(topic=said.topic, view=reply.view, subject=said.subject, id=said.id))
            if text:
                peer.tell_line(text)
                return
            reply = Reply(reply.ticket, ok=False, text=TOO_LONG)
        peer.tell(Answer(id=said.id, ok=reply.ok, text=reply.text, confirm=reply.confirm))

    def _rewatch(self) -> None:
        """Tell the trading side what somebody looks at."""
        watched = {Wanted(topic): service.every_ms for service in self._services for topic in service.topics}
        every_ms = [service.every_ms for service in self._services if service.topics]
        for peer in self._peers:
            watched |= dict.fromkeys(peer.screen.watched, 0)
            every_ms += [round(peer.screen.every_s * 1_000)] if peer.screen.watched else []
        self._bridge.every_ns = min(every_ms, default=_EVERY_MS) * NS_PER_MS
        self._bridge.watched = tuple(watched)
        self.gallery.keep(watched)

    def _unshowable(self, wanted: Wanted) -> None:
        self._log(logging.WARNING, "picture not shown", topic=wanted.topic.value, subject=wanted.subject, why=TOO_LONG)


def _wanted(topic: Topic, subject: str) -> Wanted:
    """Only a ladder and a story are about something."""
    return Wanted(topic, subject if topic in {Topic.LADDER, Topic.STORY} else "")
