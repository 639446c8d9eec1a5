"""What systemd hears: over a real datagram socket, plain and abstract."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.systemd import EXTEND_EVERY_NS, EXTEND_US, STATUS_SIGNS_MAX, Notifier

SECOND = 1_000_000_000


class Supervisor:
    """The other end: a service manager that only listens."""

    def __init__(self, address: str) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind("\0" + address[1:] if address.startswith("@") else address)
        self.socket.settimeout(0)

    def heard(self) -> list[str]:
        found = []
        while True:
            try:
                found.append(self.socket.recv(65_536).decode())
            except BlockingIOError:
                return found


@pytest.fixture(params=["plain", "abstract"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return str(tmp_path / "notify") if request.param == "plain" else f"@steelyard-test-{os.getpid()}"


@pytest.fixture
def supervisor(address: str) -> Iterator[Supervisor]:
    made = Supervisor(address)
    yield made
    made.socket.close()


@pytest.fixture
def notifier(address: str, supervisor: Supervisor) -> Iterator[Notifier]:
    assert supervisor.heard() == []
    made = Notifier.from_environment({"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "30000000"})
    yield made
    made.close()


def test_it_says_once_that_it_is_ready_and_once_that_it_stops(notifier: Notifier, supervisor: Supervisor) -> None:
    for _ in range(2):
        notifier.ready("trading 3 markets")
    for _ in range(2):
        notifier.stopping("SIGTERM was sent")
    assert supervisor.heard() == ["READY=1\nSTATUS=trading 3 markets", "STOPPING=1\nSTATUS=SIGTERM was sent"]
    assert (notifier.sent, notifier.lost) == (2, 0)


def test_the_watchdog_is_fed_every_half_of_its_time_and_not_more_often(notifier: Notifier, supervisor: Supervisor) -> None:  # req 4.16, 4.17
    notifier.ready()
    supervisor.heard()
    for tenth in range(601):
        notifier.feed(tenth * SECOND // 10, healthy=True)
    assert supervisor.heard() == ["WATCHDOG=1"] * 5  # at 0, 15, 30, 45 and 60 s


def test_a_loop_that_is_not_healthy_does_not_feed_it(notifier: Notifier, supervisor: Supervisor) -> None:
    notifier.ready()
    supervisor.heard()
    for at_s in range(60):
        notifier.feed(at_s * SECOND, healthy=False)
    assert supervisor.heard() == []
    notifier.feed(60 * SECOND, healthy=True)
    assert supervisor.heard() == ["WATCHDOG=1"]


def test_a_clock_that_is_set_back_does_not_starve_the_watchdog(notifier: Notifier, supervisor: Supervisor) -> None:
    notifier.ready()
    notifier.feed(1_000 * SECOND, healthy=True)
    supervisor.heard()
    notifier.feed(10 * SECOND, healthy=True)
    assert supervisor.heard() == ["WATCHDOG=1"]


def test_while_it_starts_and_while_it_ends_it_asks_for_more_time_as_long_as_its_loop_turns(notifier: Notifier, supervisor: Supervisor) -> None:
    more = f"WATCHDOG=1\nEXTEND_TIMEOUT_USEC={EXTEND_US}"
    notifier.feed(0, healthy=True)
    notifier.feed(EXTEND_EVERY_NS - 1, healthy=True)
    notifier.feed(EXTEND_EVERY_NS, healthy=True)
    assert supervisor.heard() == [more, more]
    notifier.ready()
    notifier.stopping()
    notifier.feed(EXTEND_EVERY_NS + 1, healthy=True)
    assert supervisor.heard() == ["READY=1", "STOPPING=1", more]
    assert EXTEND_US * 1_000 > 2 * EXTEND_EVERY_NS  # one lost message does not end us


def test_the_status_is_told_when_it_changes_and_is_one_line_whatever_it_holds(notifier: Notifier, supervisor: Supervisor) -> None:
    for text in ("paused", "paused", "a\nWATCHDOG=trigger\nSTOPPING=1", "x" * 1_000, "", "\ud800"):
        notifier.status(text)
    heard = supervisor.heard()
    assert heard[:2] == ["STATUS=paused", "STATUS=a WATCHDOG=trigger STOPPING=1"]
    assert heard[2] == "STATUS=" + "x" * STATUS_SIGNS_MAX
    assert len(heard) == 4
    assert all("\n" not in text for text in heard)


@given(text=st.text())
def test_no_status_can_say_anything_but_a_status(text: str) -> None:
    lines = Notifier("")._status_line(text)
    assert all(line.startswith("STATUS=") and len(line.splitlines()) == 1 for line in lines)
    assert len(lines) <= 1


def test_without_a_supervisor_nothing_is_said_and_nothing_breaks() -> None:
    silent = Notifier.from_environment({})
    silent.ready("up")
    silent.status("trading")
    silent.feed(0, healthy=True)
    silent.stopping()
    silent.close()
    assert not silent.is_heard
    assert (silent.sent, silent.lost) == (0, 0)


@pytest.mark.parametrize("address", ["/nowhere/at/all", "/" + "x" * 300, "@gone", "a\0b", "relative"])
def test_a_supervisor_that_does_not_listen_never_breaks_anything(address: str) -> None:
    notifier = Notifier(address, 1_000_000)
    notifier.ready()
    notifier.feed(0, healthy=True)
    assert (notifier.sent, notifier.lost) == (0, 2)
    notifier.close()


def test_a_supervisor_that_reads_nothing_is_not_waited_for(notifier: Notifier) -> None:
    for number in range(10_000):
        notifier.status(str(number))
    assert notifier.lost > 0
    assert notifier.sent + notifier.lost == 10_000


def test_the_watchdog_of_another_process_is_not_fed(address: str, supervisor: Supervisor) -> None:
    def fed(pid: str, usec: str = "1000000") -> bool:
        notifier = Notifier.from_environment({"NOTIFY_SOCKET": address, "WATCHDOG_PID": pid, "WATCHDOG_USEC": usec}, pid=41)
        notifier.ready()
        supervisor.heard()
        notifier.feed(0, healthy=True)
        notifier.close()
        return supervisor.heard() == ["WATCHDOG=1"]

    assert fed("41")
    assert fed("")
    assert not fed("42")
    assert not fed("nonsense")
    for usec in ("", "0", "-5", "²", "9" * 400, "soon"):
        assert not fed("41", usec)


def test_the_real_environment_is_what_is_read_by_default(monkeypatch: pytest.MonkeyPatch, address: str, supervisor: Supervisor) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    monkeypatch.setenv("WATCHDOG_USEC", "2000000")
    monkeypatch.setenv("WATCHDOG_PID", str(os.getpid()))
    notifier = Notifier.from_environment()
    notifier.ready()
    notifier.feed(0, healthy=True)
    notifier.close()
    assert supervisor.heard() == ["READY=1", "WATCHDOG=1"]
    notifier.ready()
    notifier.status("after the end")
    assert supervisor.heard() == []
