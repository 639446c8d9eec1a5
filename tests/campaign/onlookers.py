"""What it costs a daemon to be looked at: its processor time with dashboards attached and without, in turn, at a steady rate of market messages.

A paper daemon, a venue that keeps the rate by the clock (busy_venue.py) and each dashboard are processes. A window with a dashboard is held against
the windows without one before and after it, so that what drifts cancels out. Nothing is recorded on a tape, which would only make the daemon itself
dearer and the share of whoever looks smaller. The talking thread is told apart: it does nothing when nobody looks.
"""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import msgspec

from connectors.operator.control.protocol import SOCKET_NAME
from connectors.operator.terminal.keys import TABS
from tests.campaign.judge import Finding
from tests.campaign.size import Say, Size
from tests.campaign.sockets_processes import Process, ask, wait_for
from tests.campaign.terminals import Terminal

_VENUE: Final = Path(__file__).with_name("busy_venue.py")
_KEYS: Final = {**{tab.name: tab.key for tab in TABS}, "ladder": "2\r"}
"""Screen → what is pressed for it."""
_MANY: Final = 3
_KEPT: Final = 0.95
"""So much of the rate must have come in every window."""
_WIDTH, _HEIGHT = 200, 60
_SETTLE_S: Final = 2.0
_TICKS: Final = os.sysconf("SC_CLK_TCK")
_UTIME: Final = 11
"""Place of utime after the name in /proc/PID/stat (proc(5)); stime follows."""
_SETTINGS: Final = """
[live]
state = "{state}"
[tape]
record = false
[account]
cash_usd = 100000
[limits]
order_max_usd = 100
market_loss_max_usd = 5000
event_loss_max_usd = 5000
total_loss_max_usd = 90000
day_spend_max_usd = 100000000
[strategy.market_making]
half_spread_pips = 150
step_pips = 100
depth = 2
size_shares = 20
max_collateral_usd = 1000
patience_pips = 100
"""


class Window(msgspec.Struct, frozen=True):
    """One stretch of time. Percent are of one processor."""

    who: str
    """Which screens were looked at; empty: nobody looked."""
    daemon_percent: float
    talking_percent: float
    """Of that, all threads but the one that trades."""
    rate: float
    """Market messages a second."""


class Daemon(Process):
    """`run_bot.py paper` on the busy venue."""

    def __init__(self, folder: Path, url: str) -> None:
        config = folder / "paper.toml"
        config.write_text(_SETTINGS.format(state=folder / "state"))
        self.socket = folder / "state" / SOCKET_NAME
        super().__init__("paper", folder, ["paper", "--host", url, "--config", str(config)])

    def spent_s(self) -> tuple[float, float]:
        """Processor seconds so far: all threads, and those that do not trade."""
        assert self._process is not None
        folder = Path(f"/proc/{self._process.pid}")
        every, trading = (_spent_s(path / "stat") for path in (folder, folder / "task" / folder.name))
        return every, every - trading


def _spent_s(stat: Path) -> float:
    fields = stat.read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[_UTIME]) + int(fields[_UTIME + 1])) / _TICKS


class Scene:
    """Venue and daemon, and whoever looks."""

    def __init__(self, url: str, daemon: Daemon, window_s: float) -> None:
        self._url = url
        self._daemon = daemon
        self._window_s = window_s
        self._terminals: list[Terminal] = []

    def window(self, screens: tuple[str, ...] = ()) -> Window:
        """One window, with a dashboard on each of these screens. Raises RuntimeError: the daemon has ended, or a dashboard does not show."""
        try:
            for name in screens:
                self._open(name)
            self._pass(_SETTLE_S)
            began_s, before, sent = time.monotonic(), self._daemon.spent_s(), self._sent()
            self._pass(self._window_s)
            spent, took_s = self._daemon.spent_s(), time.monotonic() - began_s
            percent = [100 * (after - first) / took_s for after, first in zip(spent, before, strict=True)]
            return Window(", ".join(screens), percent[0], percent[1], (self._sent() - sent) / took_s)
        finally:
            for terminal in self._terminals:
                terminal.kill()
            self._terminals.clear()

    def _open(self, name: str) -> None:
        terminal = Terminal(self._daemon.socket, _WIDTH, _HEIGHT)
        self._terminals.append(terminal)
        for key in ("", *_KEYS[name]):
            terminal.press(key)
            terminal.watch(_SETTLE_S / 2 if key else 0.0)  # Enter opens what is under the cursor: by then something is
            if not terminal.shows(lambda: self._daemon.is_alive):
                raise RuntimeError(f"the dashboard does not show {name}: {terminal.last_words()!r}")

    def _pass(self, seconds: float) -> None:
        """Let time pass; what is drawn is taken."""
        end_s = time.monotonic() + seconds
        while (left_s := end_s - time.monotonic()) > 0:
            for terminal in self._terminals:
                terminal.watch(min(left_s, 0.05))
            if not self._terminals:
                time.sleep(min(left_s, 0.2))
        if not self._daemon.is_alive:
            raise RuntimeError(f"the daemon has ended: {self._daemon.last_words()}")

    def _sent(self) -> int:
        found = ask("GET", f"{self._url}/sent")
        if found is None:
            raise RuntimeError("the venue does not answer")
        return int(found[1])


@contextmanager
def _venue(size: Size) -> Iterator[str]:
    """The venue's address, while it lives."""
    line = [sys.executable, str(_VENUE), str(size.onlooker_markets), str(size.onlooker_rate)]
    process = subprocess.Popen(line, stdout=subprocess.PIPE, text=True, start_new_session=True)
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.communicate()


def onlookers(size: Size, say: Say) -> Iterator[Finding]:
    """Every screen once, then several at once, between windows without anybody."""
    what = f"a daemon with {size.onlooker_markets} markets that is looked at"
    lookers = [(name,) for name in [*_KEYS][: size.onlooker_screens]] + [tuple(_KEYS)[:_MANY]]
    windows: list[Window] = []
    with TemporaryDirectory(prefix="steelyard-cost-") as name, _venue(size) as url:
        daemon = Daemon(Path(name), url)
        daemon.start()
        try:
            wait_for(daemon.socket.exists, daemon, "the daemon cannot be watched")
            scene = Scene(url, daemon, size.onlooker_window_s)
            for number, screens in enumerate([(), *(screens for one in lookers for screens in (one, ()))]):
                say(f"window {number + 1}/{2 * len(lookers) + 1}: {', '.join(screens) or 'nobody'}")
                windows.append(scene.window(screens))
            daemon.end()
        except RuntimeError as error:
            yield Finding(what=what, ok=False, figures=str(error))
            return
        finally:
            if daemon.is_alive:
                daemon.kill()
    yield judged(what, size, windows)


def judged(what: str, size: Size, windows: list[Window]) -> Finding:
    """Each window with somebody against the two beside it. Held against the aim is the median of those with one dashboard."""
    looked = [(windows[n], (windows[n - 1].daemon_percent + windows[n + 1].daemon_percent) / 2) for n in range(1, len(windows), 2)]
    rows = [f"{'looked at':<32}{'daemon':>9}{'more':>9}{'of it':>9}{'talking':>9}{'messages/s':>12}"]
    shares: list[float] = []
    for seen, beside in looked:
        more = seen.daemon_percent - beside
        shares.append(100 * more / beside)
        rows.append(f"{seen.who:<32}{seen.daemon_percent:>8.2f}%{more:>+8.2f}%{shares[-1]:>+8.1f}%{seen.talking_percent:>8.2f}%{seen.rate:>12,.0f}")
    alone = [window.daemon_percent for window in windows[::2]]
    one = sorted(shares[:-1])
    rate = min(window.rate for window in windows)
    figures = (
        f"one dashboard costs {statistics.median(one):+.1f} % of its processor time ({one[0]:+.1f} to {one[-1]:+.1f} by screen), {_MANY} cost"
        f" {shares[-1]:+.1f} %; alone it takes {statistics.median(alone):.1f} % of a core ({min(alone):.1f} to {max(alone):.1f})"
        f" at {rate:,.0f} messages a second or more"
    )
    is_kept = rate >= _KEPT * size.onlooker_rate
    if not is_kept:
        figures = f"the rate was not kept: {rate:,.0f} messages a second of {size.onlooker_rate:,}; {figures}"
    return Finding(what=what, ok=is_kept and statistics.median(one) <= size.onlooker_max_percent, figures=figures, table="\n".join(rows))
