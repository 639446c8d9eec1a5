"""Whoever looks: one connection to the daemon, and a single question for the command line. A link that comes back by itself: link.py.

Nothing here knows the daemon's machines: only frozen views, instructions and answers. An error is one line: what, where, how to mend.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from connectors.operator.control.lines import BadLine, Lines, read_told
from connectors.operator.control.protocol import (
    LINE_BYTES_MAX,
    PROTOCOL,
    VIEW_BYTES_MAX,
    Answer,
    Ask,
    Do,
    Ended,
    Hello,
    Instruction,
    Refused,
    Said,
    Shown,
    Told,
    Watch,
    Welcome,
    line,
)
from oms.values.panels import Topic, View

ANSWER_S: Final = 10.0
"""A trading side that needs longer hangs."""
_PIECE_BYTES: Final = 256 * 1024


class ControlError(RuntimeError):
    """What every error here is."""


class NoDaemon(ControlError):
    """Nobody listens there."""


class NotAllowed(ControlError):
    """Another user's socket."""


class Unwanted(ControlError):
    """The daemon refused us: another version of the protocol, too many clients, something that it cannot read."""


class Lost(ControlError):
    """The connection has ended. What was asked for may have been done or not."""


class NoAnswer(ControlError):
    """None came in time. What was asked for may have been done or not."""


class Unanswerable(ControlError):
    """There is no such picture; the daemon's own words."""


class ControlClient:
    """One connection; make it with `connect`, iterate over it to see what is watched, `close` it.

    Of each topic only the latest picture waits for whoever iterates: who is slow sees fewer, never older ones.
    """

    def __init__(self, path: Path, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.welcome: Welcome
        """Who answered."""
        self.why_ended = ""
        """Not empty: the connection has ended."""
        self.ended: Ended | None = None
        """The daemon's last words."""
        self._path = path
        self._writer = writer
        self._told = _told(reader)
        self._answers: dict[int, asyncio.Future[Shown | Answer]] = {}
        self._latest: dict[tuple[Topic, str], Shown] = {}
        self._news = asyncio.Event()
        self._count = 0
        self._hearing: asyncio.Task[None]

    @classmethod
    async def connect(cls, path: Path, name: str, within_s: float = 5.0) -> "ControlClient":
        """Say Hello as `name`. Raises NoDaemon, NotAllowed, Unwanted, Lost or NoAnswer."""
        reader, writer = await _opened(path)
        client = cls(path, reader, writer)
        try:
            async with asyncio.timeout(within_s):
                await client._greet(name)
        except TimeoutError:
            writer.transport.abort()
            raise NoAnswer(f"{path}: the daemon did not greet us within {within_s:g} s; it may hang (`run_bot.py kill` ends it)") from None
        except ControlError:
            writer.transport.abort()
            await client._told.aclose()
            raise
        client._hearing = asyncio.get_running_loop().create_task(client._hear())
        return client

    def watch(self, topics: tuple[Topic, ...], subject: str = "", every_ms: int = 500) -> None:
        """From now on look at these, and at no others. `subject`: the market of a ladder. Raises Lost."""
        self._latest.clear()
        self._say(Watch(topics=topics, subject=subject, every_ms=every_ms))

    async def ask(self, topic: Topic, subject: str = "", within_s: float = ANSWER_S) -> View:
        """One picture, once. `subject`: the market of a ladder, the order of a story. Raises Unanswerable, NoAnswer or Lost."""
        told = await self.asked(topic, subject, within_s)
        if isinstance(told, Answer):
            raise Unanswerable(told.text)
        return told.view

    async def asked(self, topic: Topic, subject: str = "", within_s: float = ANSWER_S) -> Shown | Answer:
        """The same; an Answer says why there is no such picture. Raises NoAnswer or Lost."""
        return await self.request(Ask(id=0, topic=topic, subject=subject), within_s)

    async def do(self, instruction: Instruction, within_s: float = ANSWER_S) -> Answer:
        """Have this carried out. Raises NoAnswer or Lost; it may have been carried out then."""
        told = await self.request(Do(id=0, what=instruction), within_s)
        assert isinstance(told, Answer)
        return told

    async def request(self, what: Ask | Do, within_s: float = ANSWER_S) -> Shown | Answer:
        """The same, whatever comes of it; the id is given here. Raises NoAnswer or Lost."""
        self._count += 1
        number = self._count
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        try:
            self._say(replace(what, id=number))
            async with asyncio.timeout(within_s):
                told: Shown | Answer = await answer
        except TimeoutError:
            text = f"{self._path}: the daemon did not answer within {within_s:g} s, and nobody knows whether it will; look with `run_bot.py status`"
            raise NoAnswer(text) from None
        finally:
            del self._answers[number]
        return told

    async def __aiter__(self) -> AsyncIterator[Shown | Ended]:
        """Pictures as they come; the last words, if there are any; then it ends, and `why_ended` says why."""
        while True:
            while self._latest:
                yield self._latest.pop(next(iter(self._latest)))
            if self.why_ended:
                break
            self._news.clear()
            await self._news.wait()
        if self.ended is not None:
            yield self.ended

    async def close(self) -> None:
        """Hang up."""
        self._end("we hung up")
        self._hearing.cancel()
        self._writer.transport.abort()
        await asyncio.wait([self._hearing])
        await self._told.aclose()
        with suppress(OSError):  # the other side was faster
            await self._writer.wait_closed()

    async def _greet(self, name: str) -> None:
        self._write(line(Hello(protocol=PROTOCOL, client=name)))
        try:
            told = await anext(self._told)
        except StopAsyncIteration:
            raise Lost(f"{self._path}: the daemon hung up before it greeted us; it is ending, or look into its log") from None
        except (OSError, BadLine) as error:
            raise Lost(f"{self._path}: whoever answers there is no daemon of ours ({error}); name another --socket") from None
        if isinstance(told, Refused):
            raise Unwanted(f"{self._path}: the daemon refused us: {told.why}")
        if not isinstance(told, Welcome):
            raise Lost(f"{self._path}: whoever answers there is no daemon of ours; name another --socket")
        self.welcome = told

    async def _hear(self) -> None:
        """Until the connection ends, or the last words were said."""
        why = ""
        try:
            async for told in self._told:
                why = self._take(told)
                if why:
                    break
        except (OSError, BadLine) as error:
            why = f"the connection broke ({error})"
        finally:
            self._end(why or "the daemon hung up")

    def _take(self, told: Told) -> str:
        """Give it to whoever waits for it; not empty: these were the last words."""
        if isinstance(told, Shown) and told.id is None:
            self._latest[told.topic, told.subject] = told
            self._news.set()
        elif isinstance(told, Shown | Answer) and told.id is not None:
            answer = self._answers.get(told.id)
            if answer is not None and not answer.done():
                answer.set_result(told)
        elif isinstance(told, Ended):
            self.ended = told
            return f"the daemon has ended (code {told.code}): {told.text}"
        elif isinstance(told, Refused):
            return f"the daemon refused us: {told.why}"
        return ""

    def _end(self, why: str) -> None:
        self.why_ended = self.why_ended or why
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(Lost(f"{self._path}: {self.why_ended}; what was asked for may have been done or not"))
        self._news.set()

    def _say(self, said: Said) -> None:
        if self.why_ended:
            raise Lost(f"{self._path}: {self.why_ended}; nothing was sent")
        try:
            text = line(said)
        except ValueError as error:
            raise ControlError(f"{self._path}: that cannot be said ({error}); nothing was sent") from None
        self._write(text)

    def _write(self, text: bytes) -> None:
        if len(text) > LINE_BYTES_MAX:
            raise ControlError(f"{self._path}: more than {LINE_BYTES_MAX} bytes are never sent in one line; nothing was sent")
        self._writer.write(text)


async def _opened(path: Path) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    try:
        return await asyncio.open_unix_connection(str(path))
    except PermissionError:
        raise NotAllowed(f"{path}: this user may not talk to the daemon; ask as the user that runs it") from None
    except OSError as error:
        why = error.strerror or str(error)
        raise NoDaemon(f"{path}: no daemon answers there ({why}); start one (`run_bot.py live`, `paper` or `demo`), or name its --socket") from None


async def _told(reader: asyncio.StreamReader) -> AsyncGenerator[Told, None]:
    """What the daemon says, until it hangs up. Raises OSError or BadLine."""
    lines = Lines(VIEW_BYTES_MAX)
    while piece := await reader.read(_PIECE_BYTES):
        for text in lines.feed(piece):
            yield read_told(text)


def one_shot(path: Path, what: Ask | Do, within_s: float = ANSWER_S, name: str = "command line") -> Shown | Answer:
    """One question or instruction, for whoever has no loop. Raises ControlError."""
    return asyncio.run(_one_shot(path, what, within_s, name))


async def _one_shot(path: Path, what: Ask | Do, within_s: float, name: str) -> Shown | Answer:
    client = await ControlClient.connect(path, name, within_s)
    try:
        return await client.request(what, within_s)
    finally:
        await client.close()
