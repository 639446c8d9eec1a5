"""The socket's file: whose it is, what is replaced, what is refused and how."""

import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from connectors.operator.control.listening import PATH_BYTES_MAX, NoSocket, listening, take_away

NOBODY = 65_534
KNOCK = """
import os, socket, sys
os.setgid(65534); os.setuid(65534)
try:
    socket.socket(socket.AF_UNIX).connect(sys.argv[1])
except PermissionError:
    sys.exit(13)
"""


def test_nobody_but_its_owner_can_open_it_even_in_a_folder_that_is_open_to_all(tmp_path: Path) -> None:  # req 2.24
    for folder in (tmp_path, *tmp_path.parents[:3]):
        if os.stat(folder).st_uid == os.geteuid():  # noqa: PTH116 (a look, not a path)
            folder.chmod(0o755)
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    path = tmp_path / "open" / "c.sock"
    mask = os.umask(0)
    try:
        ours = listening(path)
        assert os.umask(0) == 0, "the umask is that of every thread"
    finally:
        os.umask(mask)
    with ours:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(path))
        if os.geteuid() == 0:
            assert subprocess.run([sys.executable, "-c", KNOCK, str(path)], check=False, timeout=60, cwd="/").returncode == 13


def test_the_folder_is_made_and_is_for_its_owner_alone(tmp_path: Path) -> None:
    with listening(tmp_path / "state" / "c.sock"):
        assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700


def test_what_a_dead_daemon_left_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "c.sock"
    listening(path).close()
    assert path.is_socket()
    with listening(path), socket.socket(socket.AF_UNIX) as client:
        client.connect(str(path))


def test_a_living_daemon_is_not_replaced_not_even_one_that_is_too_busy_to_answer(tmp_path: Path) -> None:
    path = tmp_path / "c.sock"
    with listening(path) as first, socket.socket(socket.AF_UNIX) as waiting:
        for backlog in (64, 0):
            first.listen(backlog)
            with pytest.raises(NoSocket, match=r"c\.sock: another daemon answers there; stop that one first"):
                listening(path)
        waiting.settimeout(0)
        with pytest.raises(BlockingIOError):
            waiting.connect(str(path))  # whoever knocked before stands in a row that is full
        assert path.is_socket()


@pytest.mark.parametrize("make", [Path.touch, Path.mkdir, lambda path: path.symlink_to("/nowhere")], ids=["file", "folder", "link"])
def test_what_is_no_socket_is_left_alone_and_named(tmp_path: Path, make: "type[Path]") -> None:
    path = tmp_path / "c.sock"
    make(path)
    with pytest.raises(NoSocket, match="is there and is no socket; move it away"):
        listening(path)
    assert os.path.lexists(path)


def test_a_path_that_is_too_long_is_named_with_its_length_and_the_way_out(tmp_path: Path) -> None:
    base = len(os.fsencode(tmp_path)) + 1
    fits, too_long = (tmp_path / ("x" * (length - base)) for length in (PATH_BYTES_MAX, PATH_BYTES_MAX + 1))
    listening(fits).close()
    with pytest.raises(NoSocket, match=f"too long for a socket \\({PATH_BYTES_MAX + 1} bytes, at most {PATH_BYTES_MAX}\\); name a shorter"):
        listening(too_long)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(NoSocket, match=r"cannot listen there .*; name another state folder"):
        listening(tmp_path / "file" / "c.sock")


def test_only_our_own_socket_is_taken_away(tmp_path: Path) -> None:
    path = tmp_path / "c.sock"
    with listening(path):
        number = path.stat().st_ino
        take_away(path, number + 1)
        assert path.exists()
        take_away(path, number)
        assert not path.exists()
        take_away(path, number)
