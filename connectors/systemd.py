"""What the service manager is told: ready, stopping, a line of status, and that the loop which trades is alive (sd_notify(3), read 2026-11).

    starting ──READY=1──▶ running ──STOPPING=1──▶ stopping
    EXTEND_TIMEOUT_USEC   WATCHDOG=1              EXTEND_TIMEOUT_USEC

`feed` belongs into the loop that trades, and nowhere else: a thread of its own would only prove that the thread lives. While the loop is healthy it
asks for more time to start or to stop, or feeds the watchdog; while it is not, nothing is sent, and systemd ends us after WatchdogSec. Without
$NOTIFY_SOCKET nothing is sent at all. Nothing here raises or waits: a service manager that does not listen is no reason to stop trading.
"""

import os
import socket
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from oms.values.units import Nanos

STATUS_SIGNS_MAX: Final = 200
"""What `systemctl status` shows on one line of a wide terminal."""
EXTEND_US: Final = 60_000_000
"""So much more time is asked for while the loop turns, at start and at the end: recovery and a kill take as long as the venue does."""
EXTEND_EVERY_NS: Final = 10_000_000_000
_ABSTRACT: Final = "@"


class Notifier:
    """One process's line to its service manager. Times are those of any clock, as long as it is one; a clock set back only feeds early."""

    def __init__(self, address: str, watchdog_us: int = 0) -> None:
        """`address`: as in $NOTIFY_SOCKET; empty: nobody wants to know. `watchdog_us`: as in $WATCHDOG_USEC; 0: no watchdog."""
        self.sent = 0
        """Messages that were taken."""
        self.lost = 0
        """Messages that were not: nobody listens, or too many wait."""
        self._socket: socket.socket | None = None
        self._address = "\0" + address[1:] if address.startswith(_ABSTRACT) else address
        self._every_ns: Nanos = watchdog_us * 1_000 // 2
        self._fed_ns: Nanos | None = None
        self._status = ""
        self._is_ready = False
        self._is_stopping = False
        if address:
            with suppress(OSError):
                self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None, pid: int | None = None) -> "Notifier":
        """As systemd wants it of this process. The watchdog is ours if $WATCHDOG_PID names us, or nobody."""
        told = os.environ if environment is None else environment
        wanted_pid = told.get("WATCHDOG_PID", "")
        is_ours = not wanted_pid or wanted_pid == str(os.getpid() if pid is None else pid)
        usec = told.get("WATCHDOG_USEC", "")
        is_number = usec.isascii() and usec.isdecimal() and len(usec) < 20
        return cls(told.get("NOTIFY_SOCKET", ""), int(usec) if is_ours and is_number else 0)

    @property
    def is_heard(self) -> bool:
        """Somebody wants to know."""
        return self._socket is not None

    def ready(self, status: str = "") -> None:
        """The bot has recovered and reconciled. A second call does nothing."""
        if not self._is_ready:
            self._is_ready = True
            self._fed_ns = None
            self._send(["READY=1", *self._status_line(status)])

    def status(self, text: str) -> None:
        """One line for `systemctl status`; nothing is sent when it says what it said before."""
        if lines := self._status_line(text):
            self._send(lines)

    def feed(self, at_ns: Nanos, healthy: bool) -> None:  # noqa: FBT001 - the watchdog's one question
        """The loop has turned. Cheap enough for every round: it sends only when half of the allowed time is over."""
        if self._socket is None or not healthy:
            return
        is_running = self._is_ready and not self._is_stopping
        every_ns = self._every_ns if is_running else EXTEND_EVERY_NS
        if not every_ns or (self._fed_ns is not None and 0 <= at_ns - self._fed_ns < every_ns):
            return
        self._fed_ns = at_ns
        self._send(["WATCHDOG=1"] if is_running else ["WATCHDOG=1", f"EXTEND_TIMEOUT_USEC={EXTEND_US}"])

    def stopping(self, status: str = "") -> None:
        """The bot winds down. A second call does nothing."""
        if not self._is_stopping:
            self._is_stopping = True
            self._fed_ns = None
            self._send(["STOPPING=1", *self._status_line(status)])

    def close(self) -> None:
        """Nothing more is sent."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _status_line(self, text: str) -> list[str]:
        """As one line, whatever is in it: a line end would begin a message of its own."""
        shown = "".join([sign if sign.isprintable() else " " for sign in text])[:STATUS_SIGNS_MAX]
        if not shown or shown == self._status:
            return []
        self._status = shown
        return [f"STATUS={shown}"]

    def _send(self, lines: list[str]) -> None:
        if self._socket is None:
            return
        try:
            self._socket.sendto("\n".join(lines).encode(errors="replace"), self._address)
        except (OSError, ValueError):  # ValueError: a zero byte within the name
            self.lost += 1
        else:
            self.sent += 1
