"""`kill` over the socket: what the bot is told first, and the other routes when it does not answer there. (The other routes: test_kill.py.)"""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

import run_bot
from config.assembly.latch import Latch
from config.assembly.live import KILL_NAME, LATCH_NAME
from config.assembly.lock import locked
from config.verbs import kill as module
from connectors.operator.control.bridge import Last, Order, Reply
from connectors.operator.control.protocol import Kill
from tests.config.words_daemon import Place
from tests.connectors.operator.control.words_control import Daemon


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path, more="kill_within_s = 1\n")


@pytest.fixture
def signalled() -> Iterator[list[int]]:
    """The signals that came to us: we hold the lock, so we count as the bot."""
    heard: list[int] = []
    before = signal.signal(signal.SIGUSR1, lambda number, _frame: heard.append(number))
    yield heard
    signal.signal(signal.SIGUSR1, before)


def halting(place: Place, daemon: Daemon, *, verified: bool) -> None:
    """It halts as soon as it is told, and says in its latch what it saw."""

    def answer(order: Order) -> Reply:
        Latch(place.state / LATCH_NAME).set("told", verified=verified)
        return Reply(order.ticket, ok=True, text="halting")

    daemon.answer = answer


@pytest.mark.parametrize(("verified", "code", "words"), [(True, 42, "two looks at the venue saw nothing open"), (False, 3, "could NOT verify")])
def test_the_bot_is_told_over_its_socket_and_waited_for(
    place: Place, signalled: list[int], capsys: pytest.CaptureFixture[str], code: int, words: str, *, verified: bool
) -> None:
    with place.daemon() as daemon, locked(place.state):
        halting(place, daemon, verified=verified)
        assert place.typed("kill", "--why", "mad") == code
        assert [order.instruction for order in daemon.heard] == [Kill(why="mad")]
    said = capsys.readouterr().out
    assert "is told over its socket to cancel everything and look" in said
    assert words in said
    assert signalled == []
    assert not (place.state / KILL_NAME).exists()
    halt = Latch(place.state / LATCH_NAME).halt()
    assert halt is not None
    assert halt.why == "`run_bot.py kill` was typed: mad"


def test_a_bot_that_does_not_answer_over_its_socket_is_told_by_signal_and_file(
    place: Place, signalled: list[int], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(module, "SOCKET_S", 0.05)
    with place.daemon() as daemon, locked(place.state):
        daemon.hangs = True
        before = signal.signal(signal.SIGUSR1, lambda *_: Latch(place.state / LATCH_NAME).set("told", verified=True))
        try:
            assert place.typed("kill") == 42
        finally:
            signal.signal(signal.SIGUSR1, before)
    assert (place.state / KILL_NAME).exists()
    assert "is told by signal and file" in capsys.readouterr().out
    assert signalled == []


def test_a_bot_that_refuses_over_its_socket_is_told_by_signal_and_file(place: Place, signalled: list[int]) -> None:
    with place.daemon() as daemon, locked(place.state):

        def refuse(order: Order) -> Reply:
            Latch(place.state / LATCH_NAME).set("told", verified=True)
            return Reply(order.ticket, ok=False, text="no")

        daemon.answer = refuse
        assert place.typed("kill") == 42
    assert signalled == [signal.SIGUSR1]


@pytest.mark.parametrize("code", [42, 0])
def test_a_daemon_that_is_named_by_its_socket_is_killed_there_and_its_own_words_and_code_count(
    place: Place, capsys: pytest.CaptureFixture[str], code: int
) -> None:
    with place.daemon() as daemon:

        def answer(order: Order) -> Reply:
            daemon.bridge.reply(Reply(order.ticket, ok=True, text="halting"))
            daemon.bridge.reply(Last(code, "two orders were cancelled"))
            return Reply(0, ok=True)

        daemon.answer = answer
        assert place.typed("kill", "--socket", str(daemon.path)) == (42 if code == 42 else 3)
    assert capsys.readouterr().out == "kill: halting\nkill: two orders were cancelled\n"
    assert Latch(place.state / LATCH_NAME).halt() is None, "it is not the account's daemon"


def test_a_daemon_that_says_no_last_words_is_named(place: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(module, "_LONGER_S", -0.9)
    with place.daemon() as daemon:
        assert place.typed("kill", "--socket", str(daemon.path)) == 3
    assert "process 77 did not say within 0.1 s what became of it; look at it" in capsys.readouterr().out
    assert run_bot.main(["kill", "--socket", str(place.state / "gone.sock"), "--config", str(place.config)]) == 3
    assert "no daemon answers there" in capsys.readouterr().err
