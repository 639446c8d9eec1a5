"""Work for the workers of tests, to be found by name in another process."""

import os
import signal
import time
from pathlib import Path
from threading import Timer


def square_slowly(number: int) -> tuple[int, int]:
    """The square, and who reckoned it; a negative number is the end of the process."""
    if number < 0:
        os._exit(-number)
    time.sleep(0.02)
    return number * number, os.getpid()


def cannot_be_told(_number: int) -> bytes:
    """An answer in the middle of which the process is ended."""
    Timer(0.2, os.kill, (os.getpid(), signal.SIGKILL)).start()
    return b"x" * 4_000_000


def end(number: int) -> int:
    """Be ended by this signal, from outside."""
    os.kill(os.getpid(), number)
    time.sleep(10)
    return number


class BeginsOnce:
    """A function that can be brought into one other process, and ends the next ones to which it is brought."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return begun_once, (self.mark,)

    def __call__(self, number: int) -> int:
        return number


def begun_once(mark: Path) -> BeginsOnce:
    """The function, in the process that comes first."""
    try:
        mark.touch(exist_ok=False)
    except FileExistsError:
        os._exit(5)
    return BeginsOnce(mark)
