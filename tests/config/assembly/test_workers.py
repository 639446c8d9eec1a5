"""Workers: every job is answered, a dead worker is noticed and replaced, and none outlives its employer."""

import errno
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.assembly.workers import Lost, Workers, WorkersFailed
from tests.config.assembly.words_jobs import BeginsOnce, cannot_be_told, end, square_slowly
from tests.conftest import ROOT

EMPLOYER = """
import os, signal, sys
sys.path.insert(0, ".")
from config.assembly.workers import Workers
from tests.config.assembly.words_jobs import square_slowly
if __name__ == "__main__":
    with Workers(2, square_slowly) as workers:
        print(*dict.fromkeys(answer[1] for _, answer in workers.answers(range(20))), flush=True)
        signal.pause()
"""


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers[int, tuple[int, int]]]:
    with Workers(2, square_slowly) as employed:
        yield employed


def test_each_job_is_answered_once_by_one_of_as_many_processes(workers: Workers[int, tuple[int, int]]) -> None:
    answers = dict(workers.answers(range(20)))
    assert sorted(answers) == list(range(20))
    told = {number: answer for number, answer in answers.items() if not isinstance(answer, Lost)}
    assert [told[number][0] for number in range(20)] == [number**2 for number in range(20)]
    assert len({process for _, process in told.values()} - {os.getpid()}) == workers.count == 2


def test_who_has_no_more_jobs_for_them_gets_what_is_under_way(workers: Workers[int, tuple[int, int]]) -> None:
    taken: list[int] = []

    def until_one_is_answered() -> Iterator[int]:
        number = 0
        while not taken:
            yield number
            number += 1

    for number, _ in workers.answers(until_one_is_answered()):
        taken.append(number)
    assert sorted(taken) == [0, 1]


def test_a_worker_that_dies_is_told_of_and_replaced(workers: Workers[int, tuple[int, int]]) -> None:
    answers = dict(workers.answers([1, -7, 2, -9, 3]))
    assert (answers[-7], answers[-9]) == (Lost(7), Lost(9))
    assert not any(isinstance(answers[number], Lost) for number in (1, 2, 3))
    assert workers.count == 2


@pytest.mark.parametrize(
    ("number", "from_outside"), [(signal.SIGKILL, True), (signal.SIGHUP, True), (signal.SIGSEGV, False), (signal.SIGABRT, False)]
)
def test_a_worker_that_was_ended_by_a_signal_is_told_of_with_it_and_replaced(number: int, *, from_outside: bool) -> None:
    with Workers(1, end) as hired:
        for _ in range(2):
            ((_, lost),) = hired.answers([number])
            assert lost == Lost(-number)
            assert isinstance(lost, Lost)
            assert lost.is_from_outside is from_outside
    assert not Lost(9).is_from_outside
    assert not Lost(None).is_from_outside


def test_a_worker_that_is_ended_in_the_middle_of_its_answer_is_lost_too() -> None:
    def slowly() -> Iterator[int]:
        yield 1
        time.sleep(0.6)  # until it is gone, with its answer half told

    with Workers(2, cannot_be_told) as hired:
        assert list(hired.answers(slowly())) == [(1, Lost(-signal.SIGKILL))]


def test_workers_that_cannot_all_begin_are_an_error_at_once_and_leave_nobody_behind(tmp_path: Path) -> None:
    before, began = {child.pid for child in multiprocessing.active_children()}, time.monotonic()
    with pytest.raises(WorkersFailed, match=r"a worker could not begin \(exit code 5; .*\); mend that, or let fewer run with --jobs"):
        Workers(3, BeginsOnce(tmp_path / "begun"))
    assert time.monotonic() - began < 20
    assert {child.pid for child in multiprocessing.active_children()} <= before


def test_an_interpreter_that_is_gone_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("config.assembly.workers.spawn.get_executable", lambda: os.fsencode(tmp_path / "python"))
    with pytest.raises(WorkersFailed, match=rf"no worker can begin: {tmp_path}/python is not there or cannot be executed"):
        Workers(2, square_slowly)


def test_an_interpreter_that_vanishes_later_ends_the_work_when_a_worker_must_be_replaced(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with Workers(1, square_slowly) as hired:
        monkeypatch.setattr("config.assembly.workers.spawn.get_executable", lambda: os.fsencode(tmp_path / "python"))
        with pytest.raises(WorkersFailed, match="is not there"):
            list(hired.answers([1, -7, 2]))


def test_a_system_that_gives_no_process_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_process: object) -> None:
        raise OSError(errno.EAGAIN, "Resource temporarily unavailable")

    monkeypatch.setattr("multiprocessing.context.SpawnProcess.start", refused)
    with pytest.raises(WorkersFailed, match=r"no worker can begin \(Resource temporarily unavailable\); let fewer run side by side with --jobs"):
        Workers(2, square_slowly)


def is_running(pid: int) -> bool:
    """A process that ended may still be listed, as Z."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_no_worker_outlives_its_employer(number: int, tmp_path: Path) -> None:
    script = tmp_path / "employer.py"
    script.write_text(EMPLOYER)
    employer = subprocess.Popen([sys.executable, str(script)], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert employer.stdout is not None
    pids = [int(pid) for pid in employer.stdout.readline().split()]
    assert len(pids) == 2
    assert all(map(is_running, pids))
    employer.send_signal(number)
    employer.communicate(timeout=30)
    until = time.monotonic() + 10
    while any(map(is_running, pids)) and time.monotonic() < until:
        time.sleep(0.02)
    assert not any(map(is_running, pids))
