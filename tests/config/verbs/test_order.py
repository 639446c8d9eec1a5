"""`order`: told first, asked back, sent with the word that the daemon gave, over the same connection."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.operator.control.bridge import Order, Reply
from connectors.operator.control.protocol import Confirm, PlaceOrder
from tests.config.words_daemon import Place
from tests.connectors.operator.control.words_control import Daemon

WORDS = ("order", "buy", "yes", "m1", "20", "0.45")
COSTS = "BUY 20 YES at $0.4500 in “Rain?\x1b[2J”; costs at most $9.00"


class Terminal(io.StringIO):
    """Where a person types."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.fixture
def daemon(place: Place) -> Iterator[Daemon]:
    def answer(order: Order) -> Reply:
        if isinstance(order.instruction, Confirm):
            return Reply(order.ticket, ok=order.instruction.word == f"word for {order.client}", text="sent")
        return Reply(order.ticket, ok=True, text=COSTS, confirm=f"word for {order.client}")

    with place.daemon() as running:
        running.answer = answer
        yield running


def test_it_says_what_it_costs_and_sends_it_when_it_was_told_to_without_asking(
    place: Place, daemon: Daemon, capsys: pytest.CaptureFixture[str]
) -> None:
    assert place.typed(*WORDS, "--yes") == 0
    assert [order.instruction for order in daemon.heard] == [
        PlaceOrder(market_id="m1", outcome="YES", side="BUY", price_pips=4_500, shares_micro=20_000_000, takes=False),
        Confirm(word="word for command line#1"),
    ]
    assert capsys.readouterr().out == "order: BUY 20 YES at $0.4500 in “Rain?\\x1b[2J”; costs at most $9.00\norder: sent\n"


@pytest.mark.parametrize(("typed", "is_sent"), [("y\n", True), ("YES\n", True), ("n\n", False), ("\n", False), ("", False)])
def test_a_person_is_asked_and_only_a_yes_sends_it(
    place: Place, daemon: Daemon, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], typed: str, *, is_sent: bool
) -> None:
    monkeypatch.setattr("sys.stdin", Terminal(typed))
    assert place.typed(*WORDS, "--take") == 0
    assert (len(daemon.heard) == 2) is is_sent
    said = capsys.readouterr().out
    assert "order: send it? [y/N] " in said
    assert said.endswith("order: sent\n" if is_sent else "order: nothing was sent\n")


def test_where_nobody_can_be_asked_nothing_is_sent(
    place: Place, daemon: Daemon, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    assert place.typed(*WORDS) == 3
    assert "nothing was sent, as nobody can be asked here; add --yes when you mean it" in capsys.readouterr().err
    assert len(daemon.heard) == 1


def test_what_the_gate_refuses_is_told_and_nobody_is_asked(place: Place, daemon: Daemon, capsys: pytest.CaptureFixture[str]) -> None:
    daemon.answer = lambda order: Reply(order.ticket, ok=False, text="the gate says no: EVENT_LOSS_CAP")
    assert place.typed(*WORDS, "--yes") == 3
    assert capsys.readouterr().err == "run_bot.py: the gate says no: EVENT_LOSS_CAP\n"
    assert len(daemon.heard) == 1


@pytest.mark.parametrize(
    ("at", "word"),
    [(1, "hold"), (2, "maybe"), (4, "0"), (4, "-1"), (4, "1e3"), (4, "0.0000001"), (5, "0"), (5, "1"), (5, "45"), (5, "0.45001"), (5, "nan")],
)
def test_what_is_no_order_is_refused_before_anybody_hears_of_it(place: Place, daemon: Daemon, at: int, word: str) -> None:
    words = [*WORDS]
    words[at] = word
    with pytest.raises(SystemExit) as ended:
        place.typed(*words, "--yes")
    assert ended.value.code == 2
    assert daemon.heard == []
