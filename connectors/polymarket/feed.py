"""The books of many tokens over several sockets, with a standby and a second witness; joins pure parts, sockets and REST.

Who tells of what is in shards.py, what a socket's quiet means in shard_stream.py and book_audit.py; here is only when somebody looks. Everything that
arrives goes to the sink under the tape's one channel for the public market channel, REST books too, because one MarketStream reads all of it in a
replay. An audit reads hashes only and leaves no frame. What a loss says (`ContinuityLost` of some tokens) is delivered, not taped: the tape has no
frame for the loss of a part, so whoever records must keep these facts beside the frames.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Final

import msgspec

from connectors.polymarket import wire
from connectors.polymarket.book_audit import hashes
from connectors.polymarket.reads import heed
from connectors.polymarket.shard_stream import SILENCE_NS, ShardStream
from connectors.polymarket.shards import TOKENS_MAX, Shards
from connectors.transport.backoff import Pace
from connectors.transport.budget import Budget, Granted, Later
from connectors.transport.http import Found, Http, Request
from connectors.transport.server_clock import ServerClock
from connectors.transport.websocket import Ends, SocketHealth, StreamSocket
from oms.values.events import Event
from oms.values.market import Market, TokenId
from oms.values.units import NS_PER_SECOND, Nanos

BOOKS_ROUTE: Final = "POST /books"
_ASKED_AT_ONCE_MAX: Final = 4
_LOOKS: Final = 4
"""Within `audit_s` it is looked so often for books that were quiet: one is asked about at most a quarter later than told."""


class FeedSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How a feed is run."""

    url: str
    """Of the market channel, wss://…/ws/market."""
    tokens_max: int = TOKENS_MAX
    """A socket."""
    audit_s: float = 10.0
    """Books that were quiet for so long are held against REST, so often."""
    given_up_ns: Nanos = 0
    """Whoever hears the facts gives a book up after so long without a word of it (engine.silence_s); 0 = never. Some times `audit_s`."""
    look_s: float = 0.25
    """How often anything is looked at at all."""
    silence_ns: Nanos = SILENCE_NS
    pace: Pace = Pace()


class LineHealth(msgspec.Struct, frozen=True, kw_only=True):
    """One socket, for `doctor` and the dashboard."""

    number: int
    is_standby: bool
    tokens: int
    socket: SocketHealth
    refusals: dict[str, int]
    quiet_ns: int | None
    """Since the last message that was no PONG; None while closed."""
    lag_ns: int | None
    """Between the exchange's time of the latest change and ours, server's clock taken into account; None: no change yet."""
    audits_agreed: int
    audits_differed: int


class Feed:
    """All sockets of the market channel. `run` it as a task; cancel the task to end it."""

    def __init__(
        self, markets: Iterable[Market], settings: FeedSettings, ends: Ends, http: Http, budget: Budget, now_ns: Callable[[], Nanos] = time.time_ns
    ) -> None:  # fmt: skip
        """`http` is an open session with the CLOB, `budget` has the route `POST /books`."""
        self.shards = Shards(self._stir, settings.tokens_max, settings.silence_ns, settings.given_up_ns)
        self.rest_failures = 0
        """Questions about books that brought no answer that could be read."""
        self._settings = settings
        self._ends = ends
        self._http = http
        self._budget = budget
        self._now_ns = now_ns
        self._sockets: dict[int, StreamSocket] = {}
        self._stirred = asyncio.Event()
        self._at_once = asyncio.Semaphore(_ASKED_AT_ONCE_MAX)
        self._asking: set[int] = set()
        """Lines about which a question is under way; never iterated."""
        self._audit_at_ns: dict[int, Nanos] = {}
        """When each line is looked at for quiet books again."""
        self.shards.add(markets)

    @property
    def clock(self) -> ServerClock:
        """The server's clock against ours."""
        return self._http.clock

    def add(self, markets: Iterable[Market]) -> None:
        """Tell of these markets too, from now on."""
        self.shards.add(markets)
        self._stir()

    def drop(self, market: Market) -> None:
        """A market is over: nothing of it is wanted any more."""
        self.shards.drop(market)
        self._stir()

    def health(self, at_ns: Nanos) -> list[LineHealth]:
        """Every line as it is now."""
        return [self._health(line, at_ns) for line in self.shards.lines]

    def _health(self, line: ShardStream, at_ns: Nanos) -> LineHealth:
        socket = self._sockets.get(line.number)
        return LineHealth(
            number=line.number,
            is_standby=line is self.shards.standby,
            tokens=len(line.live),
            socket=SocketHealth() if socket is None else socket.health,
            refusals=dict(line.refusals),
            quiet_ns=at_ns - line.heard_ns if line.is_open else None,
            lag_ns=None if line.lag_ns is None else line.lag_ns + self.clock.offset_ns,
            audits_agreed=line.audit.agreed,
            audits_differed=line.audit.differed,
        )

    async def run(self) -> None:
        """Keep all sockets open and look at them, for ever. Ends by being cancelled, or with an error of ours."""
        async with asyncio.TaskGroup() as group:
            try:
                while True:
                    self._stirred.clear()
                    self._act(group)
                    await self._rest()
            finally:
                self.shards.is_ending = True

    async def _rest(self) -> None:
        """Until there is something to do."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._settings.look_s):
                await self._stirred.wait()

    def _stir(self) -> None:
        self._stirred.set()

    def _act(self, group: asyncio.TaskGroup) -> None:
        """Open new lines, send what waits, begin questions, judge answers."""
        shards, at_ns = self.shards, self._now_ns()
        for line in shards.to_open:
            socket = self._sockets[line.number] = StreamSocket(line, self._settings.url, self._ends, self._settings.pace, self._now_ns)
            group.create_task(socket.run())
        shards.to_open.clear()
        for line in shards.lines:
            if line.audit.due_ns is not None and at_ns >= line.audit.due_ns:
                facts = line.judge()
                if facts:
                    self._deliver(facts, at_ns)
                    shards.to_poke.append(line)
            elif line.number not in self._asking:
                self._begin_question(line, at_ns, group)
        for line in shards.to_poke:
            self._sockets[line.number].poke()
        shards.to_poke.clear()

    def _begin_question(self, line: ShardStream, at_ns: Nanos, group: asyncio.TaskGroup) -> None:
        """Whole books for a line that just opened; else an audit, if one is due or the line is too quiet."""
        if self.shards.to_fetch.pop(line.number, None) is not None:
            question = self._fetch(line)
        elif line.is_too_quiet(at_ns):
            line.looked(at_ns)
            question = self._audit(line, [*line.live])
        elif at_ns >= self._audit_at_ns.get(line.number, 0):
            self._audit_at_ns[line.number] = at_ns + int(self._settings.audit_s * NS_PER_SECOND) // _LOOKS
            quiet = line.unheard(at_ns - int(self._settings.audit_s * NS_PER_SECOND))
            if not quiet:
                return
            line.asked(quiet, at_ns)
            question = self._audit(line, quiet)
        else:
            return
        self._asking.add(line.number)
        group.create_task(question)

    async def _fetch(self, line: ShardStream) -> None:
        """Whole books of a line that (re)opened, as facts from REST."""
        try:
            body = await self._books([*line.live])
            if body is None or not _is_readable(body):
                self.rest_failures += 1
                return
            at_ns = self._now_ns()
            self._ends.sink(self._ends.channel, body, at_ns)
            facts = line.read_rest(body, at_ns)
            if facts:
                self._deliver(facts, at_ns)
        finally:
            self._asking.discard(line.number)

    async def _audit(self, line: ShardStream, tokens: Sequence[TokenId]) -> None:
        """Does the stream tell what REST tells of these?"""
        try:
            body = await self._books(tokens)
            told = None if body is None else hashes(body)
            if told is None:
                self.rest_failures += 1
                line.audit.failed()
            else:
                at_ns = self._now_ns()
                facts = line.answered(told, at_ns)
                self.shards.to_poke.append(line)
                self._stir()
                if facts:
                    self._deliver(facts, at_ns)
        finally:
            self._asking.discard(line.number)

    async def _books(self, tokens: Sequence[TokenId]) -> bytes | None:
        """What POST /books says of these; None: nothing."""
        if not tokens:
            return None
        async with self._at_once:
            while not isinstance(verdict := self._budget.ask(BOOKS_ROUTE, self._now_ns()), Granted):
                assert isinstance(verdict, Later), verdict
                await asyncio.sleep(max(0, verdict.at_ns - self._now_ns()) / NS_PER_SECOND)
            body = msgspec.json.encode([{"token_id": token} for token in tokens])
            answer = await self._http.ask(Request(method="POST", path="/books", body=body))
            heed(self._budget, BOOKS_ROUTE, answer, self._now_ns())
        return answer.body if isinstance(answer, Found) else None

    def _deliver(self, facts: Sequence[Event], at_ns: Nanos) -> None:
        self._ends.deliver(facts, at_ns)


def _is_readable(body: bytes) -> bool:
    """Is it books? Anything else must not look like a spoilt frame of the stream."""
    try:
        told = wire.decode(body)
    except wire.Refusal:
        return False
    return isinstance(told, list) and all(isinstance(message, wire.RestBook) for message in told)
