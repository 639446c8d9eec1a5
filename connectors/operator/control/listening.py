"""A Unix socket that nobody but its owner can open, from the first moment on."""

import os
import socket
import stat
from pathlib import Path
from typing import Final

PATH_BYTES_MAX: Final = 107
"""What the kernel keeps of a Unix socket's name (unix(7)): 108 with the ending zero."""
_BACKLOG: Final = 64
_KNOCK_S: Final = 1.0


class NoSocket(RuntimeError):
    """Nowhere to listen: one line says what, where, and how to mend it."""


def listening(path: Path) -> socket.socket:
    """Listen there, with mode 0600. What a dead daemon left is replaced, a living one is not. Raises NoSocket."""
    length = len(os.fsencode(path))
    if length > PATH_BYTES_MAX:
        raise NoSocket(f"{path}: is too long for a socket ({length} bytes, at most {PATH_BYTES_MAX}); name a shorter state folder or --socket")
    ours = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _make_room(path)
        # Linux gives the file the mode of the socket, so that it is never open to others; a umask would be that of the trading thread as well.
        os.fchmod(ours.fileno(), 0o600)
        ours.bind(str(path))
        ours.listen(_BACKLOG)
        ours.setblocking(False)  # noqa: FBT003 (the name of the method says what it is)
    except OSError as error:
        ours.close()
        raise NoSocket(f"{path}: cannot listen there ({error.strerror}); name another state folder or --socket") from None
    except NoSocket:
        ours.close()
        raise
    return ours


def _make_room(path: Path) -> None:
    """Take away what a dead daemon left. Raises NoSocket for anything else that is there."""
    try:
        kind = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(kind):
        raise NoSocket(f"{path}: is there and is no socket; move it away, or name another --socket")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as knock:
        knock.settimeout(_KNOCK_S)
        try:
            knock.connect(str(path))
        except (ConnectionRefusedError, FileNotFoundError):
            path.unlink(missing_ok=True)  # nobody listens: the process that did is dead
            return
        except OSError:
            pass  # somebody listens and is too busy to let us in
    raise NoSocket(f"{path}: another daemon answers there; stop that one first, or name another --socket")


def take_away(path: Path, number: int) -> None:
    """Remove the socket's file, if it is still the one with this inode."""
    try:
        if path.lstat().st_ino == number:
            path.unlink()
    except OSError:
        pass  # it has gone already, or its folder has: nobody can connect either way
