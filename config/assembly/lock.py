"""One process a state folder: two would each allow themselves the full limits, and write one journal from two ends.

The lock is the kernel's (flock), so it ends with its process, however that ends; the file says which process holds, or held last, the lock.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from config.refusals import SaidNo

LOCK_NAME: Final = "live.lock"


class AnotherRuns(SaidNo):
    """Another process trades from this folder."""


class FolderUnusable(SaidNo):
    """The folder cannot be made, written or locked; one line says why and the way out."""


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder. Raises AnotherRuns or FolderUnusable."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise FolderUnusable(f"{folder}: the state folder cannot be used ({error.strerror}); name another with live.state") from None
    try:
        _take(handle, folder)
        yield
    finally:
        os.close(handle)


def _take(handle: int, folder: Path) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.ftruncate(handle, 0)
        os.write(handle, f"{os.getpid()}\n".encode())
    except BlockingIOError:
        raise AnotherRuns(f"{folder}: another process trades from this folder ({pid_in(folder) or 'its number is not known'})") from None
    except OSError as error:
        raise FolderUnusable(f"{folder}: the state folder cannot be locked ({error.strerror}); name another with live.state") from None


def is_locked(folder: Path) -> bool:
    """Does a process trade from this folder now?"""
    try:
        handle = os.open(folder / LOCK_NAME, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def pid_in(folder: Path) -> int | None:
    """The process that holds, or held last, the lock."""
    try:
        text = (folder / LOCK_NAME).read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return int(text) if text.isdecimal() else None
