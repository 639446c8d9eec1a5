"""A paper daemon that knows what it costs to be looked at, in processor time: what its pictures take of the trading thread, and the talking thread.

    python tests/campaign/watched_paper.py URL CONFIG

It is `run_bot.py paper` without its words, on every market of the venue at URL. For each line on stdin it answers with its counters as a line of
JSON; it runs until stdin ends.
"""

import asyncio
import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # called as a file: the root of the repository is not on the path

import msgspec

from config.assembly.joined import Keep
from config.assembly.operator.side import served
from config.assembly.operator.steward import Steward
from config.assembly.outside import choose, services
from config.assembly.paper import Paper
from config.settings import load
from connectors.operator.control.bridge import Wanted
from connectors.operator.control.protocol import SOCKET_NAME
from oms.values.units import NS_PER_SECOND, Nanos


class Spent(msgspec.Struct, frozen=True):
    """Processor seconds since the beginning, and what was done in them."""

    all_s: float
    """All threads."""
    talking_s: float
    """All but the one that trades."""
    pictures_s: float
    """Of the one that trades, taking pictures of what is watched."""
    frames: int
    """Market messages read."""
    at_s: float
    """By a clock that only goes forward."""


class Timed:
    """Takes a steward's pictures, and the time they need."""

    def __init__(self, steward: Steward) -> None:
        self.seconds = 0.0
        self._take = steward._show
        steward._show = self.take  # type: ignore[method-assign]

    def take(self, watched: tuple[Wanted, ...], now_ns: int, at_ns: Nanos) -> int:
        """As the steward would."""
        began_s = time.thread_time()
        due_ns = self._take(watched, now_ns, at_ns)
        self.seconds += time.thread_time() - began_s
        return due_ns


def _ran_s(thread: Path) -> float:
    """Processor seconds of one of our threads (proc(5), schedstat: the first figure)."""
    return int((thread / "schedstat").read_text(encoding="ascii").split()[0]) / NS_PER_SECOND


async def run(url: str, config: Path) -> None:
    """Trade on paper and tell what was spent, until stdin ends."""
    settings = load(config)
    settings = msgspec.structs.replace(settings, venue=settings.venue.at_host(url))
    folder = settings.live.folder
    folder.mkdir(parents=True)
    async with services(settings.venue) as venue:
        found = await choose(settings.markets, venue.catalog(), all_of_them=True)
        paper = Paper(settings, found, venue, keep=Keep(path=folder / "paper.journal", run_id="watched"))
        timed = Timed(paper.keeper.steward)
        is_over = asyncio.Event()

        def answer() -> None:
            if not sys.stdin.readline():
                is_over.set()
                return
            threads = {path.name: _ran_s(path) for path in Path("/proc/self/task").iterdir()}
            frames = sum(line.socket.frames for line in paper.feed.health(time.time_ns()))
            every = sum(threads.values())
            told = Spent(every, every - threads[str(os.getpid())], timed.seconds, frames, time.monotonic())
            print(msgspec.json.encode(told).decode(), flush=True)

        asyncio.get_running_loop().add_reader(sys.stdin, answer)
        with served(paper.keeper.steward, "paper", folder / SOCKET_NAME, settings):
            await paper.run(lambda _at_ns: not is_over.is_set())


if __name__ == "__main__":
    asyncio.run(run(sys.argv[1], Path(sys.argv[2])))
