"""What it costs a daemon to be looked at, in its own processor time, at a steady rate of market messages.

A paper daemon (watched_paper.py), a venue that keeps the rate by the clock (busy_venue.py) and each dashboard are processes. The daemon tells what
its pictures take of the trading thread and what the talking thread takes, which does nothing when nobody looks: that is the cost, whatever else the
machine does. The whole is told beside it, and that of the windows before and after without anybody; on a machine that does other things their
difference says little, because what a message costs depends on how many come in one turn. Nothing is recorded on a tape, which would only make the
daemon dearer and the share of looking smaller.
"""

import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import msgspec

from connectors.operator.control.protocol import SOCKET_NAME
from connectors.operator.terminal.keys import TABS
from tests.campaign.judge import Finding
from tests.campaign.size import Say, Size
from tests.campaign.terminals import START_S, Terminal
from tests.campaign.watched_paper import Spent
from tests.config.words_runs import environment

_FOLDER: Final = Path(__file__).parent
_KEYS: Final = {**{tab.name: tab.key for tab in TABS}, "ladder": "2\r"}
"""Screen → what is pressed for it."""
_MANY: Final = 3
_KEPT: Final = 0.95
"""So much of the rate must have come in every window."""
_WIDTH, _HEIGHT = 200, 60
_OPENS_S: Final = 1.0
"""So long a screen is left alone before the next key: Enter opens what is under the cursor, and by then something is."""
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
    pictures_percent: float
    """Of that, pictures in the thread that trades,"""
    talking_percent: float
    """and all other threads."""
    rate: float
    """Market messages a second."""

    @property
    def share_percent(self) -> float:
        """What looking costs, of what the daemon would take without."""
        cost = self.pictures_percent + self.talking_percent
        return 100 * cost / (self.daemon_percent - cost)


class Child:
    """A script of ours that answers a line with a line."""

    def __init__(self, name: str, *words: str) -> None:
        self._name = name
        line = [sys.executable, str(_FOLDER / name), *words]
        self._process = subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment(), start_new_session=True)

    @property
    def is_alive(self) -> bool:
        """It has not ended."""
        return self._process.poll() is None

    def heard(self) -> str:
        """Its next line. Raises RuntimeError: it has ended."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self._name} has ended with {self._process.wait()}")
        return line.strip()

    def asked(self) -> str:
        """What it says when it is asked. Raises RuntimeError."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return self.heard()

    def kill(self) -> None:
        """It goes."""
        self._process.kill()
        self._process.communicate()


class Scene:
    """Venue and daemon, and whoever looks."""

    def __init__(self, daemon: Child, socket: Path, size: Size) -> None:
        self._daemon = daemon
        self._socket = socket
        self._size = size
        self._terminals: list[Terminal] = []

    def window(self, screens: Sequence[str] = ()) -> Window:
        """One window, with a dashboard on each of these screens. Raises RuntimeError: the daemon has ended, or a dashboard does not show."""
        try:
            for name in screens:
                self._open(name)
            self._pass(self._size.onlooker_settle_s)
            before = self._spent()
            self._pass(self._size.onlooker_window_s)
            after = self._spent()
        finally:
            for terminal in self._terminals:
                terminal.kill()
            self._terminals.clear()
        took_s = after.at_s - before.at_s
        return Window(
            who=", ".join(screens),
            daemon_percent=100 * (after.all_s - before.all_s) / took_s,
            pictures_percent=100 * (after.pictures_s - before.pictures_s) / took_s,
            talking_percent=100 * (after.talking_s - before.talking_s) / took_s,
            rate=(after.frames - before.frames) / took_s,
        )

    def _open(self, name: str) -> None:
        terminal = Terminal(self._socket, _WIDTH, _HEIGHT)
        self._terminals.append(terminal)
        for key in ("", *_KEYS[name]):
            terminal.press(key)
            terminal.watch(_OPENS_S if key else 0.0)
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

    def _spent(self) -> Spent:
        return msgspec.json.decode(self._daemon.asked(), type=Spent)


@contextmanager
def _opened(size: Size) -> Iterator[Scene]:
    """The venue and the daemon, ready to be looked at. Raises RuntimeError."""
    with TemporaryDirectory(prefix="steelyard-cost-") as name:
        state, config = Path(name) / "state", Path(name) / "paper.toml"
        config.write_text(_SETTINGS.format(state=state))
        venue = Child("busy_venue.py", str(size.onlooker_markets), str(size.onlooker_rate))
        try:
            daemon = Child("watched_paper.py", venue.heard(), str(config))
            try:
                end_s = time.monotonic() + START_S
                while not (state / SOCKET_NAME).exists():
                    if not daemon.is_alive or time.monotonic() > end_s:
                        raise RuntimeError("the daemon cannot be watched")
                    time.sleep(0.05)
                yield Scene(daemon, state / SOCKET_NAME, size)
            finally:
                daemon.kill()
        finally:
            venue.kill()


def onlookers(size: Size, say: Say) -> Iterator[Finding]:
    """Every screen once, then several at once, between windows without anybody."""
    what = f"a daemon with {size.onlooker_markets} markets that is looked at"
    lookers = [(name,) for name in [*_KEYS][: size.onlooker_screens]] + [tuple(_KEYS)[:_MANY]]
    windows: list[Window] = []
    try:
        with _opened(size) as scene:
            for number, screens in enumerate([(), *(screens for one in lookers for screens in (one, ()))]):
                say(f"window {number + 1}/{2 * len(lookers) + 1}: {', '.join(screens) or 'nobody'}")
                windows.append(scene.window(screens))
    except RuntimeError as error:
        yield Finding(what=what, ok=False, figures=str(error))
        return
    yield judged(what, size, windows)


def judged(what: str, size: Size, windows: list[Window]) -> Finding:
    """Nobody and somebody in turn, several at once as the last. Held against the aim is the median of those with one dashboard."""
    looked, alone = windows[1::2], [window.daemon_percent for window in windows[::2]]
    rows = [f"{'looked at':<28}{'pictures':>10}{'talking':>9}{'of it':>8}{'daemon':>9}{'beside':>9}{'messages/s':>12}"]
    for number, seen in enumerate(looked):
        beside = (alone[number] + alone[number + 1]) / 2
        told = f"{seen.pictures_percent:>9.2f}%{seen.talking_percent:>8.2f}%{seen.share_percent:>7.1f}%{seen.daemon_percent:>8.1f}%{beside:>8.1f}%"
        rows.append(f"{seen.who:<28}{told}{seen.rate:>12,.0f}")
    one = sorted(seen.share_percent for seen in looked[:-1])
    figures = (
        f"one dashboard costs {statistics.median(one):.1f} % of its processor time ({one[0]:.1f} to {one[-1]:.1f} by screen), {_MANY} cost"
        f" {looked[-1].share_percent:.1f} %; alone it takes {statistics.median(alone):.1f} % of a core ({min(alone):.1f} to {max(alone):.1f});"
        f" {statistics.median(seen.rate for seen in windows):,.0f} messages a second came"
    )
    is_kept = (least := min(window.rate for window in windows)) >= _KEPT * size.onlooker_rate
    if not is_kept:
        figures = f"the rate was not kept: {least:,.0f} messages a second of {size.onlooker_rate:,}; {figures}"
    return Finding(what=what, ok=is_kept and statistics.median(one) <= size.onlooker_max_percent, figures=figures, table="\n".join(rows))
