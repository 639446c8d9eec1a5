"""The bot in a process of its own, for tests of what only processes do: signals, deaths, what others may see of them."""

import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from tests.config.words_live import Floor
from tests.config.words_runs import BOT, environment


class Process:
    """The bot in a process of its own, with everything it says kept."""

    def __init__(self, floor: Floor, path: Path, *words: str) -> None:
        self.log = path.with_name("log")
        line = [*BOT, "live", "--live", "--host", floor.url, "--config", str(path), "--log-level", "debug", *words]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(line, stdout=log, stderr=subprocess.STDOUT, env=environment({"PYTHONUNBUFFERED": "1"}))

    def until(self, is_so: Callable[[], object], within_s: float = 30) -> None:
        end_s = time.monotonic() + within_s
        while not is_so():
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < end_s, self.said()
            time.sleep(0.02)

    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def ends(self, number: int) -> int:
        self.process.send_signal(number)
        return self.process.wait(timeout=40)

    def family(self) -> list[int]:
        """Its number and those of its children: the signer."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [self.process.pid, *map(int, children.split())]
