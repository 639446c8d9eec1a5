"""Processes that do jobs side by side, each one job at a time; what is asked and answered passes over a pipe.

A worker begins afresh (nothing is inherited but its function), leaves Ctrl-C to whoever employs it, and ends when its pipe does: none outlives us,
not even when we are killed. It says that it is there before it is given anything: one that cannot begin is an error, and not a lost job, as the next
one could not begin either.
"""

import os
import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, suppress
from multiprocessing import get_context, resource_tracker, spawn
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Final, Generic, Self, TypeVar

import msgspec

Job = TypeVar("Job")
Answer = TypeVar("Answer")
BEGINS_WITHIN_S: Final = 60.0
"""A worker is there after about a third of a second; one that is not there after this long never will be."""
_ENDS_WITHIN_S: Final = 10.0
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)
_OWN_FAULT: Final = (signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGSEGV, signal.SIGSYS, signal.SIGTRAP)


class WorkersFailed(RuntimeError):
    """Workers cannot begin, or were ended by somebody else; one line says what, and the way out."""


class Lost(msgspec.Struct, frozen=True):
    """A worker ended in the middle of a job."""

    exit_code: int | None
    """Negative: ended by the signal of this number."""

    @property
    def is_from_outside(self) -> bool:
        """Somebody ended it (a person; the system, when memory ran out): that says nothing about its job."""
        return self.exit_code is not None and self.exit_code < 0 and -self.exit_code not in _OWN_FAULT


class Workers(Generic[Job, Answer]):
    """`count` processes that call `serve`, a function of a module; to be used in a `with`. Raises WorkersFailed, also later, when none can begin."""

    def __init__(self, count: int, serve: Callable[[Job], Answer]) -> None:
        self._serve = serve
        self._processes: dict[Connection, SpawnProcess] = {}
        self._idle: list[Connection] = []
        # Who hears no SIGTERM must be killed here when not all can begin: Python would wait for them at its end, and they for it.
        with ExitStack() as undo:
            undo.callback(self._dismiss)
            for pipe in [self._employ() for _ in range(count)]:
                self._welcome(pipe)
            undo.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._dismiss()

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
                pipe = self._idle.pop()
                busy[pipe] = job
                _send(pipe, job)
            if not busy:
                return
            for ready in wait(list(busy)):
                assert isinstance(ready, Connection)
                yield busy.pop(ready), self._take(ready)

    def _take(self, pipe: Connection) -> Answer | Lost:
        try:
            answer: Answer = pipe.recv()
        except (EOFError, OSError):  # it ended before its answer, or in the middle of it
            exit_code = self._part_with(pipe)
            self._welcome(self._employ())
            return Lost(exit_code)
        self._idle.append(pipe)
        return answer

    def _employ(self) -> Connection:
        """Let a process begin."""
        program = os.fsdecode(spawn.get_executable())
        if not os.access(program, os.X_OK):
            raise WorkersFailed(f"no worker can begin: {program} is not there or cannot be executed; install Python again, then begin anew")
        resource_tracker.ensure_running()  # before our ears are closed, as it opens them
        context = get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=_work, args=(theirs, self._serve), daemon=True)
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)  # a child is born with closed ears, and keeps them
        try:
            process.start()
        except OSError as error:
            ours.close()
            raise WorkersFailed(f"no worker can begin ({error.strerror}); let fewer run side by side with --jobs") from None
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            theirs.close()
        self._processes[ours] = process
        return ours

    def _welcome(self, pipe: Connection) -> None:
        """It says that it is there, and may have work."""
        try:
            is_there = pipe.poll(BEGINS_WITHIN_S) and pipe.recv() is None
        except (EOFError, OSError):
            is_there = False
        if not is_there:
            exit_code = self._part_with(pipe, at_once=True)
            raise WorkersFailed(f"a worker could not begin (exit code {exit_code}; what it said is above); mend that, or let fewer run with --jobs")
        self._idle.append(pipe)

    def _part_with(self, pipe: Connection, *, at_once: bool = False) -> int | None:
        """It has ended, or must. Returns its exit code."""
        process = self._processes.pop(pipe)
        pipe.close()
        process.join(0.2 if at_once else _ENDS_WITHIN_S)
        process.kill()
        process.join()
        return process.exitcode

    def _dismiss(self) -> None:
        """Whatever they still do is of no use to anybody."""
        for process in self._processes.values():
            process.kill()
        for pipe in list(self._processes):
            self._part_with(pipe)


def _send(pipe: Connection, job: object) -> None:
    """A worker that died while idle is found out when its answer is read."""
    with suppress(BrokenPipeError):
        pipe.send(job)


def _work(pipe: Connection, serve: Callable[[Job], object]) -> None:
    pipe.send(None)
    while True:
        try:
            job: Job = pipe.recv()
        except EOFError:
            return
        pipe.send(serve(job))
