"""The daemon's side of the socket: many clients, one bridge to the trading side. Runs in the operator's own loop, never in the trading thread.

Answers go out as they come. Pictures go out one at a time, each when the one before has left: a client that does not read is shown fewer, and is cut
when nothing has left for DRAIN_S. Whatever cannot be read is refused with a reason, logged once, and ends that connection alone.
"""

import asyncio
import logging
from contextlib import suppress
from pathlib import Path
from typing import Final

from connectors.operator.control.bridge import Bridge, Last
from connectors.operator.control.lines import BadLine, Lines, read_hello, read_said
from connectors.operator.control.listening import NoSocket as NoSocket
from connectors.operator.control.listening import listening, take_away
from connectors.operator.control.peer import Peer
from connectors.operator.control.protocol import LINE_BYTES_MAX, Refused, Welcome
from connectors.operator.control.switchboard import Log, Switchboard, Teller
from connectors.operator.control.switchboard import Service as Service

CLIENTS_MAX: Final = 32
CONNECTIONS_MAX: Final = 64
"""With those that have not said who they are. More are cut without a word: they take descriptors away from trading."""
HELLO_S: Final = 10.0
"""A connection that has not said for so long who it is keeps a place from others."""
DRAIN_S: Final = 30.0
CLOSE_S: Final = 1.0
"""So long last words may take to leave."""
_PIECE_BYTES: Final = 65_536


class ControlServer:
    """Serves the socket from `start` until `end`.

    Args:
        path: of the socket.
        bridge: to the trading side; `attach` is called here.
        welcome: the first answer to each client.
        teller: the story of an order from the journal, in words; runs in a thread of its own.
        log: called as log(level, what, **pairs).
    """

    def __init__(self, path: Path, bridge: Bridge, welcome: Welcome, teller: Teller | None = None, log: Log = lambda *_, **__: None) -> None:
        self.path = path
        self._bridge = bridge
        self._welcome = welcome
        self._log = log
        self._board = Switchboard(bridge, teller, log)
        self._connections: dict[asyncio.Task[None], Peer] = {}
        self._count = 0
        self._inode = 0
        self._server: asyncio.Server | None = None

    def add(self, service: Service) -> None:
        """Show it pictures as well. To be called before `start`."""
        self._board.add(service)

    async def start(self) -> None:
        """Listen. Raises NoSocket."""
        ours = listening(self.path)
        self._inode = self.path.lstat().st_ino
        self._server = await asyncio.start_unix_server(self._connected, sock=ours)
        loop = asyncio.get_running_loop()

        def notify() -> None:
            with suppress(RuntimeError):  # the loop has ended: nobody is left who could be told, and trading goes on
                loop.call_soon_threadsafe(self._board.fetch)

        self._bridge.attach(notify)
        self._board.fetch()

    async def end(self, last: Last) -> None:
        """Tell the last words (unless the trading side has told others), hang up, take the socket away."""
        self._bridge.attach(lambda: None)
        if self._server is not None:
            take_away(self.path, self._inode)
            self._server.close()
            self._board.fetch()
        self._board.tell_end(last)
        self._board.close()
        for peer in self._connections.values():
            peer.close(CLOSE_S)  # whoever serves it hears the end of it; cancelling would be logged as an error (StreamReaderProtocol, Python 3.11)
        if self._connections:
            await asyncio.wait(list(self._connections), timeout=2 * CLOSE_S)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until it ends."""
        task = asyncio.current_task()
        assert task is not None
        self._count += 1
        peer = self._connections[task] = Peer(self._count, writer)
        try:
            if len(self._connections) > CONNECTIONS_MAX:
                peer.abort()
            await self._converse(peer, reader)
        except BadLine as error:
            peer.tell(Refused(why=str(error)))
            self._log(logging.WARNING, "client refused", client=peer.label, why=str(error))
        except OSError:
            pass  # it hung up in the middle; that it has gone is logged below
        finally:
            self._board.leave(peer)
            self._log(logging.INFO, "client gone", client=peer.label)
            peer.close(CLOSE_S)
            del self._connections[task]

    async def _converse(self, peer: Peer, reader: asyncio.StreamReader) -> None:
        """Hear it to the end. Raises BadLine."""
        lines, is_known = Lines(LINE_BYTES_MAX), False
        pump: asyncio.Task[None] | None = None
        try:
            async with asyncio.timeout(HELLO_S) as patience:
                while piece := await reader.read(_PIECE_BYTES):
                    for text in lines.feed(piece):
                        if is_known:
                            self._board.hear(peer, read_said(text))
                            continue
                        peer.name(read_hello(text).client)
                        is_known = True
                        patience.reschedule(None)
                        self._enter(peer)
                        pump = asyncio.get_running_loop().create_task(self._pump(peer))
        except TimeoutError:
            raise BadLine(f"nothing was said for {HELLO_S:g} s; the first line must be a Hello") from None
        finally:
            if pump is not None:
                pump.cancel()

    def _enter(self, peer: Peer) -> None:
        ended = self._board.ended
        if ended is not None:
            raise BadLine(f"the daemon is ending (code {ended.code}): {ended.text}")
        if self._board.count >= CLIENTS_MAX:
            raise BadLine(f"{CLIENTS_MAX} clients are connected already; close one of them")
        self._board.enter(peer)
        self._log(logging.INFO, "client connected", client=peer.label)
        peer.tell(self._welcome)

    async def _pump(self, peer: Peer) -> None:
        """Show pictures until it cannot be shown any."""
        why = await peer.pump(self._board.gallery, DRAIN_S)
        if why:
            self._log(logging.WARNING, "client cut", client=peer.label, why=why)
        peer.abort()
