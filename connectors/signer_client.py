"""The bot's end of the signer: the same questions to a process, a Unix socket, or a desk in our own process (tests and paper).

A signer that is gone stays gone for this client; signer_lasting.py opens another. Nothing here ever holds a key.
"""

import asyncio
import os
import signal
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

from connectors.polymarket.signing import NamedOrder, Wallet
from connectors.polymarket.typed_data import checksummed
from connectors.signer_desk import SignerDesk, login_from, order_signature, transaction_from
from connectors.signer_protocol import (
    Answer,
    AskIdentity,
    BadFrame,
    Frames,
    Identity,
    Request,
    SignerGone,
    SignLogin,
    SignOrder,
    SignRefused,
    SignTransaction,
    answer_of,
    framed,
)
from connectors.signer_transaction import RawTransaction, Transaction

ANSWER_TIMEOUT_S: Final = 5.0
"""A signature takes a fraction of a millisecond and a write to disk; a signer that needs this long is stuck."""
START_TIMEOUT_S: Final = 120.0
"""Long enough for a person to type a passphrase."""
_PIECE_BYTES: Final = 65_536
_ROOT: Final = Path(__file__).resolve().parent.parent
_PASSED_ON: Final = ("PATH", "LANG", "LC_ALL", "TERM", "CREDENTIALS_DIRECTORY", "VIRTUAL_ENV")
"""What a signer inherits of our environment: nothing in it is a secret, and nothing that is a secret is in it."""


class LocalSigner:
    """A desk in our own process, through the same bytes: the key is in the bot's memory, so for tests and paper only."""

    def __init__(self, desk: SignerDesk) -> None:
        self._desk = desk
        self._count = 0

    def _answer(self, request: Request) -> Answer:
        frames = Frames()
        (body,) = frames.feed(framed(request))
        (answer,) = frames.feed(self._desk.answer(body))
        return answer_of(answer)

    def _number(self) -> int:
        self._count += 1
        return self._count

    async def sign(self, named: NamedOrder) -> bytes:
        """See Signer."""
        return order_signature(self._answer(SignOrder(number=self._number(), order=named.order)), named)

    async def login(self, at_s: int, nonce: int = 0) -> dict[str, str]:
        """See Signer."""
        answer = self._answer(SignLogin(number=self._number(), at_s=at_s, nonce=nonce))
        return login_from(answer, checksummed(self._desk.wallet.owner), at_s, nonce)

    async def back(self) -> None:
        """See Signer. It is never gone."""

    async def sign_transaction(self, transaction: Transaction) -> RawTransaction:
        """The chain transaction, ready to be sent. Raises SignRefused; then no signature exists."""
        return transaction_from(self._answer(SignTransaction(number=self._number(), transaction=transaction)), transaction)


class RemoteSigner:
    """A signer at the other end of a socket. Make it with `start` or `connect`; `close` ends it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, process: asyncio.subprocess.Process | None = None) -> None:
        self._reader = reader
        self._writer = writer
        self._process = process
        self._count = 0
        self._waiting: dict[int, asyncio.Future[Answer]] = {}
        self._gone = ""
        self._owner = ""
        self._listener = asyncio.create_task(self._listen())

    async def wallet(self, timeout_s: float = ANSWER_TIMEOUT_S) -> Wallet:
        """Whose orders it signs. Raises SignRefused or SignerGone."""
        answer = await self._ask(AskIdentity(number=self._number()), timeout_s)
        if not isinstance(answer, Identity):
            raise SignRefused("ODD_ANSWER", f"the signer answered {type(answer).__name__} when asked who it is")
        self._owner = checksummed(answer.wallet.owner)
        return answer.wallet

    async def sign(self, named: NamedOrder) -> bytes:
        """See Signer."""
        return order_signature(await self._ask(SignOrder(number=self._number(), order=named.order)), named)

    async def login(self, at_s: int, nonce: int = 0) -> dict[str, str]:
        """See Signer."""
        if not self._owner:
            await self.wallet()
        return login_from(await self._ask(SignLogin(number=self._number(), at_s=at_s, nonce=nonce)), self._owner, at_s, nonce)

    async def back(self) -> None:
        """See Signer. What is gone here stays gone."""
        if self._gone:
            await asyncio.Event().wait()

    async def sign_transaction(self, transaction: Transaction) -> RawTransaction:
        """The chain transaction, ready to be sent. Raises SignRefused; or SignerGone: then it may have been signed, and nobody has the signature."""
        return transaction_from(await self._ask(SignTransaction(number=self._number(), transaction=transaction)), transaction)

    async def close(self) -> None:
        """Hang up; a signer that we started ends with that, and is ended if it does not."""
        self._listener.cancel()
        self._end("it was closed")
        self._writer.close()
        if self._process is None:
            return
        try:
            await asyncio.wait_for(self._process.wait(), ANSWER_TIMEOUT_S)
        except TimeoutError:
            with suppress(ProcessLookupError):  # it has just ended
                self._process.send_signal(signal.SIGKILL)
            await self._process.wait()

    def _number(self) -> int:
        self._count += 1
        return self._count

    async def _ask(self, request: Request, timeout_s: float = ANSWER_TIMEOUT_S) -> Answer:
        if self._gone:
            raise SignerGone(f"the signer is gone: {self._gone}")
        waiting = self._waiting[request.number] = asyncio.get_running_loop().create_future()
        try:
            self._writer.write(framed(request))
            return await asyncio.wait_for(waiting, timeout_s)
        except TimeoutError:
            raise SignerGone(f"the signer did not answer within {timeout_s:g} s") from None
        finally:
            self._waiting.pop(request.number, None)

    async def _listen(self) -> None:
        frames = Frames()
        try:
            while piece := await self._reader.read(_PIECE_BYTES):
                for body in frames.feed(piece):
                    answer = answer_of(body)
                    waiting = self._waiting.get(answer.number)
                    if waiting is not None and not waiting.done():
                        waiting.set_result(answer)
            self._end("it hung up; its own last words are on standard error")
        except (OSError, BadFrame) as error:
            self._end(str(error))

    def _end(self, why: str) -> None:
        self._gone = self._gone or why
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(SignerGone(f"the signer is gone: {self._gone}"))


async def connect(path: Path) -> RemoteSigner:
    """A signer that listens on a Unix socket. Raises SignerGone when nobody does."""
    try:
        reader, writer = await asyncio.open_unix_connection(str(path))
    except OSError as error:
        raise SignerGone(f"no signer at {path}: {error.strerror}; start it with python -m connectors.signer") from None
    signer = RemoteSigner(reader, writer)
    try:
        await signer.wallet(START_TIMEOUT_S)  # a service manager may start it with the connection, and it needs seconds to load
    except (SignerGone, SignRefused) as error:
        await signer.close()
        raise SignerGone(f"the signer at {path} did not come up: {error}") from None
    return signer


async def start(config: Path) -> RemoteSigner:
    """Start a signer of our own and wait until it says whose orders it signs; it ends when we do.

    Args:
        config: its settings; a relative path is one from the root of the project.

    Raises:
        SignerGone: it does not come up; why, it says on standard error.
    """
    ours, its = socket.socketpair()
    environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    with its:
        words = (sys.executable, "-m", "connectors.signer", str(config))
        try:
            process = await asyncio.create_subprocess_exec(*words, stdin=its.fileno(), stdout=its.fileno(), cwd=_ROOT, env=environment)
        except OSError as error:
            ours.close()
            raise SignerGone(f"the signer cannot be started: {error.strerror}") from None
    reader, writer = await asyncio.open_connection(sock=ours)
    signer = RemoteSigner(reader, writer, process)
    try:
        await signer.wallet(START_TIMEOUT_S)
    except (SignerGone, SignRefused):
        await signer.close()
        raise SignerGone(f"the signer did not come up with {config}: its own words are on standard error") from None
    return signer
