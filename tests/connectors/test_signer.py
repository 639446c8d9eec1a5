"""The process: it ends with its parent, hides what it holds, serves its own user only, and says in one line why it does not start."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from connectors.signer import listening, main
from connectors.signer_client import connect
from connectors.signer_protocol import AskIdentity, Frames, Identity, answer_of, framed
from tests.connectors.polymarket.words_signing import SECRET
from tests.connectors.words_signer import KEYSTORE, an_order, given_settings

ROOT = Path(__file__).resolve().parent.parent.parent


def started(folder: Path, settings: Path, channel: socket.socket | None = None) -> "subprocess.Popen[str]":
    environment = {"PATH": os.environ["PATH"], "CREDENTIALS_DIRECTORY": str(folder / "credentials")}
    command = [sys.executable, "-m", "connectors.signer", str(settings)]
    return subprocess.Popen(
        command, stdin=channel.fileno() if channel else subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=ROOT, env=environment, text=True
    )


def last_words(process: "subprocess.Popen[str]") -> str:
    _, said = process.communicate(timeout=30)
    return said


def identity(channel: socket.socket) -> Identity:
    channel.settimeout(30)
    channel.sendall(framed(AskIdentity(number=1)))
    frames = Frames()
    while not (bodies := frames.feed(channel.recv(1_000))):
        pass
    answer = answer_of(bodies[0])
    assert isinstance(answer, Identity)
    return answer


def test_it_ends_when_the_other_end_of_its_socket_closes_however_that_came(tmp_path: Path) -> None:
    ours, its = socket.socketpair()
    process = started(tmp_path, given_settings(tmp_path), its)
    its.close()
    identity(ours)
    ours.close()  # as the system does for a parent that was killed
    assert process.wait(30) == 0
    assert last_words(process) == ""


def test_others_find_no_key_in_its_argv_nor_in_a_core_dump(tmp_path: Path) -> None:
    ours, its = socket.socketpair()
    process = started(tmp_path, given_settings(tmp_path), its)
    its.close()
    identity(ours)
    place = Path(f"/proc/{process.pid}")
    assert SECRET not in (place / "cmdline").read_text()
    assert SECRET not in (place / "environ").read_text()
    assert (place / "limits").read_text().split("Max core file size")[1].split()[:2] == ["0", "0"]
    ours.close()
    process.wait(30)
    last_words(process)


def test_another_process_of_the_same_user_cannot_read_its_memory() -> None:
    """An undumpable process belongs to root in /proc, and nobody of its own user may trace it (prctl(2), PR_SET_DUMPABLE)."""
    code = "import ctypes; from connectors.signer import shut_memory; p = ctypes.CDLL(None).prctl; print(p(3)); shut_memory(); print(p(3))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["1", "0"]


def test_on_a_socket_of_its_own_it_serves_its_user_only_and_one_after_the_other(tmp_path: Path) -> None:
    path = tmp_path / "signer.sock"
    process = started(tmp_path, given_settings(tmp_path, listen=str(path)))
    ends = time.monotonic() + 30
    while not path.exists():
        assert time.monotonic() < ends, last_words(process)
        time.sleep(0.02)
    assert path.stat().st_mode & 0o777 == 0o600

    async def story() -> None:
        for _ in range(2):
            signer = await connect(path)
            assert len(await signer.sign(an_order())) == 65
            await signer.close()

    asyncio.run(story())
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    assert last_words(process) == ""
    assert not path.exists()


def test_a_socket_left_by_one_that_was_killed_is_taken_over_and_anything_else_is_not(tmp_path: Path) -> None:
    path = tmp_path / "signer.sock"
    listening(path).close()
    listening(path).close()
    path.unlink()
    path.write_text("not a socket")
    process = started(tmp_path, given_settings(tmp_path, listen=str(path)))
    assert "cannot listen on" in last_words(process)
    assert process.returncode == 2
    assert path.read_text() == "not a socket"


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ('credential = "none"', "cannot read"),
        ('keystore = "{folder}/open.json"', "others may use"),
        ("", "standard input is no socket"),
    ],
)
def test_what_cannot_start_says_why_in_one_line_without_a_traceback(tmp_path: Path, key: str, said: str) -> None:
    (tmp_path / "open.json").write_text(KEYSTORE)
    (tmp_path / "open.json").chmod(0o644)
    process = started(tmp_path, given_settings(tmp_path, key=key.format(folder=tmp_path)))
    words = last_words(process)
    assert words.startswith("signer: ")
    assert said in words
    assert words.count("\n") == 1
    assert SECRET not in words
    assert process.returncode == 2


def test_it_takes_one_argument_and_that_is_never_a_secret(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == main(["--key", SECRET]) == 2
    said = capsys.readouterr()
    assert said.err == "usage: python -m connectors.signer SETTINGS.toml | --new-keystore FILE\n" * 2
    assert said.out == ""
