"""A disk that takes no more, for tests: the system's own bound on the length of files, which anybody may lower."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from resource import RLIMIT_FSIZE, getrlimit, setrlimit


@contextmanager
def no_file_longer_than(size: int) -> Iterator[None]:
    """Writing beyond it takes what fits, then fails; Python leaves that refusal to whoever writes."""
    before = getrlimit(RLIMIT_FSIZE)
    setrlimit(RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        setrlimit(RLIMIT_FSIZE, before)


def bounded(size: int) -> partial[None]:
    """The same for a process that is about to be started (`preexec_fn`)."""
    return partial(setrlimit, RLIMIT_FSIZE, (size, size))
