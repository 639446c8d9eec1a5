"""What a daemon looks at each round of its loop beside trading: whoever watches it, the kill file, the guards, the service manager's watchdog.

Guards are of two kinds. Those that judge the account (drawdown, loss of a day, failing settlements) are in the engine (machines/guard.py); here are
those that judge what is around it: the account's own stream, the clock, the disk. Either kind halts for good, as a person's kill does.
"""

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from config.assembly.operator.steward import Steward
from config.outside import GuardsSection
from connectors.systemd import Notifier
from oms.state import State
from oms.values.events import Event, ResultMarked
from oms.values.units import NS_PER_MS, NS_PER_SECOND, Nanos

LOOK_NS: Final = NS_PER_SECOND // 4
"""The kill file is looked for, and the engine's guards are asked, so often."""
VITALS_NS: Final = 5 * NS_PER_SECOND
STATUS_NS: Final = 5 * NS_PER_SECOND
"""The line of `systemctl status` is renewed so often."""
MARK_NS: Final = 60 * NS_PER_SECOND
"""The result is written down so often, so that its highest outlives the process."""
_MB: Final = 1_000_000


class Vitals(msgspec.Struct, frozen=True, kw_only=True):
    """How the surroundings are. None: nobody knows, or there is no such thing."""

    user_silent_ns: Nanos | None = None
    """Since the last sign of life of the account's own stream."""
    clock_off_ns: int | None = None
    """Our clock − the venue's."""
    disk_free_bytes: int | None = None


def ailment(vitals: Vitals, guards: GuardsSection) -> str:
    """Why the bot must halt; empty: it need not."""
    silent, off, free = vitals.user_silent_ns, vitals.clock_off_ns, vitals.disk_free_bytes
    if guards.user_stream_silent_s and silent is not None and silent > guards.user_stream_silent_s * NS_PER_SECOND:
        return f"the account's own stream has been silent for {silent // NS_PER_SECOND} s; {guards.user_stream_silent_s} s are allowed"
    if guards.clock_off_max_ms and off is not None and abs(off) > guards.clock_off_max_ms * NS_PER_MS:
        return f"our clock is {off / NS_PER_MS:+,.0f} ms off the venue's; {guards.clock_off_max_ms} ms are allowed"
    if guards.disk_free_min_mb and free is not None and free < guards.disk_free_min_mb * _MB:
        return f"{free // _MB} MB are free on the disk of the journal; {guards.disk_free_min_mb} MB are needed"
    return ""


def vitals_in_words(vitals: Vitals, guards: GuardsSection) -> dict[str, str]:
    """Each guard that is set, and how near it is."""
    silent, off, free = vitals.user_silent_ns, vitals.clock_off_ns, vitals.disk_free_bytes
    told: dict[str, str] = {}
    if guards.user_stream_silent_s and silent is not None:
        told["user stream"] = f"silent for {silent // NS_PER_SECOND} s of {guards.user_stream_silent_s} s"
    if guards.clock_off_max_ms and off is not None:
        told["clock"] = f"{off / NS_PER_MS:+,.0f} ms of {guards.clock_off_max_ms} ms"
    if guards.disk_free_min_mb and free is not None:
        told["disk"] = f"{free // _MB:,} MB free, {guards.disk_free_min_mb} MB needed"
    return told


def disk_free_bytes(folder: Path) -> int | None:
    """Room where the journal grows; None: it cannot be asked."""
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None


class Ends(msgspec.Struct, frozen=True, kw_only=True):
    """What a keeper reaches for."""

    vitals: Callable[[Nanos], Vitals]
    """How the surroundings are now."""
    halt: Callable[[str], object]
    """Halts for good, and why."""
    tell: Callable[[Event], None]
    """Hands facts to the engine."""


class Keeper:
    """One daemon's: the engine's state (only read), whoever watches, the service manager, what is allowed, the file that kills when it is there."""

    def __init__(self, state: State, steward: Steward, notifier: Notifier, guards: GuardsSection, kill_file: Path, ends: Ends) -> None:
        self.steward = steward
        self.latest = Vitals()
        self._state = state
        self._notifier = notifier
        self._guards = guards
        self._kill_file = kill_file
        self._ends = ends
        self._look_due_ns = self._vitals_due_ns = 0
        self._mark_due_ns = 0
        self._status_due_ns = 0
        self._said = ""
        """The phase that the service manager was told last."""
        self._is_ready = False
        self.is_halting = False

    def beat(self, at_ns: Nanos, *, is_healthy: bool) -> None:
        """The loop has turned. `is_healthy`: it was in time; otherwise the watchdog is not fed."""
        self.steward.look(at_ns)
        now_ns = time.monotonic_ns()
        if now_ns < self._look_due_ns:
            return
        self._look_due_ns = now_ns + LOOK_NS
        self._notify(at_ns, now_ns, is_healthy=is_healthy)
        if self.is_halting:
            return
        why = f"the file {self._kill_file} was put there" if _is_there(self._kill_file) else self._state.guard.tripped
        if not why and now_ns >= self._vitals_due_ns:
            self._vitals_due_ns = now_ns + VITALS_NS
            self.latest = self._ends.vitals(at_ns)
            why = ailment(self.latest, self._guards)
        if why:
            self.is_halting = True
            self._ends.halt(why)
        self._mark(now_ns)

    def stopping(self, why: str) -> None:
        """The run winds down from here on."""
        self._notifier.stopping(why)

    def words(self) -> dict[str, str]:
        """The guards around the engine, and how near each is."""
        return vitals_in_words(self.latest, self._guards)

    def _notify(self, at_ns: Nanos, now_ns: int, *, is_healthy: bool) -> None:
        """Ready once both sides' books were compared: before that the service has not started. Then how things are, a new phase at once."""
        session = self._state.session
        is_news = session.name != self._said or now_ns >= self._status_due_ns
        if is_news:
            self._said, self._status_due_ns = session.name, now_ns + STATUS_NS
        if not self._is_ready and session.is_there and not session.missing:
            self._is_ready = True
            self._notifier.ready(self._status())
        elif is_news:
            self._notifier.status(self._status())
        self._notifier.feed(at_ns, is_healthy)

    def _status(self) -> str:
        session = self._state.session
        why = "" if session.may_quote else f": {session.why}"
        return f"{session.name}, {self._state.blotter.open_count} orders open{why}"

    def _mark(self, now_ns: int) -> None:
        guard = self._state.guard
        if guard.peak_micro is not None and guard.latest_micro is not None and now_ns >= self._mark_due_ns:
            self._mark_due_ns = now_ns + MARK_NS
            self._ends.tell(ResultMarked(result_micro=guard.latest_micro, best_micro=guard.peak_micro))


def _is_there(path: Path) -> bool:
    """A folder that cannot be looked into just now kills nobody."""
    try:
        return path.exists()
    except OSError:
        return False
