"""The only process that ever holds a private key: `python -m connectors.signer SETTINGS.toml` (what stands in it: signer_config.py).

With `--new-keystore FILE` it makes the file that the key is read from, and ends (signer_keystore.py).

Started by the bot it talks on its standard input, which is one end of a socket pair, and ends when the other end closes: with its parent, however
that dies. Started on its own with `listen` it serves a Unix socket of mode 0600 to its own user. It reads the key, then makes itself undumpable, so
that another process of the same user cannot read its memory; and it says nothing on standard output, which belongs to the protocol.

What a thief of the bot gets from this process: orders of this wallet on Polymarket's exchanges, as much of them as the caps allow, and, where the
settings turn them on, transactions that make, unmake, redeem or convert outcome shares. No transfer, no allowance, no key.
"""

import asyncio
import ctypes
import os
import resource
import signal
import socket
import stat
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from connectors.polymarket.signing import WrongKey
from connectors.signer_caps import BadState, SpentFile
from connectors.signer_config import BadConfig, SignerConfig, read_config
from connectors.signer_desk import SignerDesk
from connectors.signer_key import NoKey, read_key
from connectors.signer_keystore import new_keystore
from connectors.signer_protocol import BadFrame, Frames

EXIT_BAD_SETTINGS: Final = 2
NEW_KEYSTORE: Final = "--new-keystore"
_PR_SET_DUMPABLE: Final = 4
_PIECE_BYTES: Final = 65_536


class NoSocket(RuntimeError):
    """Nowhere to talk; the message says why."""


def main(arguments: Sequence[str]) -> int:
    """Serve until the other side is gone; what cannot be started says why in one line on standard error."""
    makes_keystore = len(arguments) == 2 and arguments[0] == NEW_KEYSTORE
    if len(arguments) != 1 and not makes_keystore:
        print(f"usage: python -m connectors.signer SETTINGS.toml | {NEW_KEYSTORE} FILE", file=sys.stderr)  # noqa: T201 (a process of its own)
        return EXIT_BAD_SETTINGS
    try:
        if makes_keystore:
            shut_memory()
            print(f"the key of {new_keystore(Path(arguments[1]))} is in {arguments[1]}")  # noqa: T201 (as above)
            return 0
        config = read_config(Path(arguments[0]))
        shut_memory()
        desk = SignerDesk(config.wallet, read_key(config.key), config.caps, SpentFile(config.state), lambda: int(time.time()))
        try:
            asyncio.run(_serve(config, desk))
        finally:
            desk.close()
    except (BadConfig, NoKey, WrongKey, BadState, NoSocket) as error:
        print(f"signer: {error}", file=sys.stderr)  # noqa: T201 (as above)
        return EXIT_BAD_SETTINGS
    except KeyboardInterrupt:
        pass  # a person at the terminal ends us: nothing is half done, the file is written before each signature
    return 0


def shut_memory() -> None:
    """No core dump of this process, and no look into its memory by another process of the same user. Linux."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0):
        raise NoSocket(f"cannot shut the memory of the signer: {os.strerror(ctypes.get_errno())}")


async def _serve(config: SignerConfig, desk: SignerDesk) -> None:
    if config.listen is None:
        reader, writer = await _inherited()
        await _converse(desk, reader, writer)
        return
    server = await asyncio.start_unix_server(lambda reader, writer: _converse(desk, reader, writer), sock=listening(config.listen))
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    async with server:
        await ended.wait()
    config.listen.unlink(missing_ok=True)


async def _inherited() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    if not stat.S_ISSOCK(os.fstat(0).st_mode):
        raise NoSocket("standard input is no socket: name one to listen on in the settings (listen = ...), or let the bot start the signer")
    # A copy of the descriptor with a number of its own: what reads standard input by habit finds nothing to spoil.
    return await asyncio.open_connection(sock=socket.socket(fileno=os.dup(0)))


def listening(path: Path) -> socket.socket:
    """A Unix socket that nobody but its owner can open, from the first moment on. Raises NoSocket."""
    ours = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        if path.is_socket():
            path.unlink()  # left by one that was killed: the state file's lock proves that no signer of ours is alive
        before = os.umask(0o177)
        try:
            ours.bind(str(path))
        finally:
            os.umask(before)
    except OSError as error:
        ours.close()
        raise NoSocket(f"cannot listen on {path}: {error.strerror}") from None
    return ours


async def _converse(desk: SignerDesk, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One asker until it hangs up or talks nonsense."""
    frames = Frames()
    try:
        while piece := await reader.read(_PIECE_BYTES):
            for body in frames.feed(piece):
                writer.write(desk.answer(body))
            await writer.drain()
    except (OSError, BadFrame):
        pass  # it is gone, or no client of ours: either way there is nobody to tell
    finally:
        writer.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
