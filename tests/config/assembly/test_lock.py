"""One process a state folder; the lock ends with its holder."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from config.assembly.lock import LOCK_NAME, AnotherRuns, FolderUnusable, is_locked, locked, pid_in
from tests.conftest import ROOT

HOLDS = """
import sys, time
from pathlib import Path
from config.assembly.lock import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_second_holder_is_refused_with_the_number_of_the_first_and_death_lets_go(tmp_path: Path) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLDS, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        assert is_locked(tmp_path)
        with pytest.raises(AnotherRuns, match=str(holder.pid)), locked(tmp_path):
            raise AssertionError("two hold it")
        assert pid_in(tmp_path) == holder.pid
    finally:
        holder.kill()
        holder.communicate()
    assert not is_locked(tmp_path)
    with locked(tmp_path):
        assert (is_locked(tmp_path), pid_in(tmp_path)) == (True, os.getpid())
    assert not is_locked(tmp_path)


def test_the_folder_is_made_and_nobody_else_may_read_the_lock(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    assert not is_locked(folder)
    with locked(folder):
        assert (folder / LOCK_NAME).stat().st_mode & 0o777 == 0o600


def test_an_error_of_the_work_inside_is_not_taken_for_the_locks_own(tmp_path: Path) -> None:
    with pytest.raises(BlockingIOError), locked(tmp_path):
        raise BlockingIOError
    assert not is_locked(tmp_path)


def test_a_folder_that_cannot_be_used_is_named_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FolderUnusable, match=r"file.* cannot be used .*; name another with live\.state"), locked(tmp_path / "file"):
        raise AssertionError("held")


@pytest.mark.parametrize("text", [b"", b"x", b"-1", b"\xff", "٣".encode()])
def test_a_lock_that_does_not_say_whose_it_is_is_read_as_nobodys(tmp_path: Path, text: bytes) -> None:
    (tmp_path / LOCK_NAME).write_bytes(text)
    assert pid_in(tmp_path) is None
