"""A run in a process of its own with the dashboard in front of it: what `demo` does on a terminal. The run ends when the dashboard is closed."""

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

RUN_BOT: Final = Path(__file__).resolve().parents[3] / "run_bot.py"
BEGIN_S: Final = 20.0
END_S: Final = 60.0
_LOOK_S: Final = 0.05
_PREFIX: Final = "steelyard-demo-"
"""Of its folder's name; the number of its process follows."""
_PR_SET_PDEATHSIG: Final = 1


def with_dashboard(words: Sequence[str], show: Callable[[Path], object]) -> int:
    """Run `run_bot.py` with these words and a socket, `show` it until the person has seen enough, print what the run says. Its exit code."""
    _sweep()
    with tempfile.TemporaryDirectory(prefix=f"{_PREFIX}{os.getpid()}-") as name:
        folder = Path(name)
        socket = folder / "demo.sock"
        if not any(word.startswith("--journal") for word in words):
            words = [*words, f"--journal={folder / 'journal'}"]  # so that the story of an order can be told in full; it goes when we go
        with (folder / "out").open("w+b") as out, (folder / "err").open("w+b") as err:
            run = subprocess.Popen(
                [sys.executable, str(RUN_BOT), *words, f"--socket={socket}"],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
                preexec_fn=_ends_with_us,  # noqa: PLW1509 (no thread of ours runs yet)
            )
            try:
                if _began(run, socket):
                    show(socket)
            finally:
                _end(run)
            for file, stream in ((out, sys.stdout), (err, sys.stderr)):
                file.seek(0)
                stream.write(file.read().decode(errors="replace"))
                stream.flush()
    return run.returncode


def _sweep() -> None:
    """Remove what earlier ones left behind that were killed, as a terminal that is closed does: whose process is no more."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*-*"):
        pid = folder.name.removeprefix(_PREFIX).partition("-")[0]
        if pid.isdecimal() and not Path(f"/proc/{pid}").exists():
            shutil.rmtree(folder, ignore_errors=True)


def _ends_with_us() -> None:
    """In the run, before it begins: when the terminal is closed or we are killed, it is told to end as by Ctrl-C (prctl(2), PR_SET_PDEATHSIG)."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGINT)


def _began(run: subprocess.Popen[bytes], socket: Path) -> bool:
    """It can be watched; False: it ended before that, and what it says will tell why."""
    end_s = time.monotonic() + BEGIN_S
    while run.poll() is None and time.monotonic() < end_s:
        if socket.exists():
            return True
        time.sleep(_LOOK_S)
    return False


def _end(run: subprocess.Popen[bytes]) -> None:
    """In order, if it listens."""
    if run.poll() is None:
        run.send_signal(signal.SIGINT)
    try:
        run.wait(END_S)
    except subprocess.TimeoutExpired:
        run.kill()
        run.wait()
