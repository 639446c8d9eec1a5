"""Processes that do jobs side by side, each one job at a time; what is asked and answered passes over a pipe.

A worker begins afresh (nothing is inherited but its function), leaves Ctrl-C to whoever employs it, and ends when its pipe does: none outlives us,
not even when we are killed.
"""

import signal
from collections.abc import Callable, Iterable, Iterator
from multiprocessing import get_context, resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Final, Generic, Self, TypeVar

import msgspec

Job = TypeVar("Job")
Answer = TypeVar("Answer")
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


class Lost(msgspec.Struct, frozen=True):
    """A worker ended in the middle of a job."""

    exit_code: int | None
    """Negative: ended by the signal of this number."""


class Workers(Generic[Job, Answer]):
    """`count` processes that call `serve`, a function of a module; to be used in a `with`."""

    def __init__(self, count: int, serve: Callable[[Job], Answer]) -> None:
        resource_tracker.ensure_running()  # now, as when it starts later it opens the signals that `_employ` has closed
        self._serve = serve
        self._idle = [self._employ() for _ in range(count)]
        self._processes = dict(self._idle)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        """Whatever they still do is of no use to anybody."""
        for pipe, process in self._processes.items():
            pipe.close()
            process.kill()
            process.join()

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self._processes)

    def answers(self, jobs: Iterable[Job]) -> Iterator[tuple[Job, Answer | Lost]]:
        """Do the jobs; each answer as it comes, in no order. The caller must take all of them; ending `jobs` early is how to stop."""
        waiting, busy = iter(jobs), dict[Connection, Job]()
        while True:
            while self._idle:
                try:
                    job = next(waiting)
                except StopIteration:
                    break
                pipe, _ = self._idle.pop()
                busy[pipe] = job
                _send(pipe, job)
            if not busy:
                return
            for ready in wait(list(busy)):
                assert isinstance(ready, Connection)
                yield busy.pop(ready), self._take(ready)

    def _take(self, pipe: Connection) -> Answer | Lost:
        process = self._processes[pipe]
        try:
            answer: Answer = pipe.recv()
        except (EOFError, ConnectionResetError):
            process.join()
            del self._processes[pipe]
            pipe.close()
            self._idle.append(self._employ())
            self._processes.update(self._idle[-1:])
            return Lost(process.exitcode)
        self._idle.append((pipe, process))
        return answer

    def _employ(self) -> tuple[Connection, SpawnProcess]:
        context = get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=_work, args=(theirs, self._serve), daemon=True)
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)  # a child is born with closed ears, and keeps them
        try:
            process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        theirs.close()
        return ours, process


def _send(pipe: Connection, job: object) -> None:
    """A worker that died while idle is found out when its answer is read."""
    try:
        pipe.send(job)
    except BrokenPipeError:
        return


def _work(pipe: Connection, serve: Callable[[Job], object]) -> None:
    while True:
        try:
            job: Job = pipe.recv()
        except EOFError:
            return
        pipe.send(serve(job))
