"""What is round a run, as figures and rows; what cannot be known is not made up."""

from pathlib import Path

import pytest

from config.assembly.operator import surroundings
from config.assembly.operator.surroundings import feed_rows, machine, memory_bytes, size_bytes, socket_row
from connectors.polymarket.feed import LineHealth
from connectors.transport.websocket import SocketHealth
from oms.entries import RunRow
from oms.journal import SqliteJournal


def given_socket(*, is_open: bool = True, reasons: tuple[str, ...] = ()) -> SocketHealth:
    socket = SocketHealth(is_open=is_open, connects=3, frames=7, last_frame_ns=5, reasons={})
    for reason in reasons:
        socket.count(reason)
    return socket


def test_memory_is_what_this_process_holds_now() -> None:
    held = memory_bytes()
    assert held is not None
    assert 10**7 < held < 10**11
    assert held % surroundings._PAGE == 0


def test_where_nobody_tells_how_much_memory_is_held_it_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    for content in ("", "12", "x y"):
        monkeypatch.setattr(Path, "read_text", lambda _path, content=content, **_how: content)
        assert memory_bytes() is None


def test_a_journal_counts_with_what_is_still_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "j.sqlite"
    assert size_bytes(path) is None
    path.write_bytes(b"x" * 10)
    assert size_bytes(path) == 10
    (tmp_path / "j.sqlite-wal").write_bytes(b"y" * 7)
    assert size_bytes(path) == 17


def test_a_journal_at_work_has_a_size_and_room(tmp_path: Path) -> None:
    path = tmp_path / "j"
    journal = SqliteJournal(path, RunRow(run_id="r", commit_id="c", config_hash="h", seed=1, started_ns=1), money_is_real=False)
    seen = machine(9, path)
    journal.abandon()
    assert (seen.at_ns, (seen.journal_bytes or 0) > 0, (seen.disk_free_bytes or 0) > 0) == (9, True, True)


def test_without_a_journal_nothing_is_said_of_one() -> None:
    seen = machine(9)
    assert (seen.journal_bytes, seen.disk_free_bytes) == (None, None)


def test_an_open_socket_has_no_trouble_though_it_once_closed() -> None:
    row = socket_row("our account", given_socket(reasons=("timed out",)), {})
    assert (row.name, row.is_open, row.heard_ns, row.frames, row.reconnects, row.trouble) == ("our account", True, 5, 7, 2, "")


def test_a_closed_one_says_why_and_what_could_not_be_read_is_counted() -> None:
    row = socket_row("x", given_socket(is_open=False, reasons=("timed out", "closed by the venue")), {"BAD_JSON": 2, "NEVER": 0})
    assert row.trouble == "closed by the venue; 2 refused as BAD_JSON"
    assert socket_row("x", given_socket(), {"BAD_JSON": 2}).trouble == "2 refused as BAD_JSON"


def test_one_that_never_opened_has_nothing_to_tell() -> None:
    row = socket_row("x", SocketHealth(), {})
    assert (row.is_open, row.heard_ns, row.frames, row.reconnects, row.trouble) == (False, 0, 0, 0, "")


def test_trouble_without_end_is_cut() -> None:
    assert len(socket_row("x", given_socket(), {"y" * 500: 1}).trouble) == 200


def test_the_sockets_of_market_data_are_told_apart() -> None:
    lines = [
        LineHealth(
            number=number,
            is_standby=number == 2,
            tokens=1,
            socket=given_socket(),
            refusals={},
            quiet_ns=None,
            lag_ns=None,
            audits_agreed=0,
            audits_differed=0,
        )
        for number in (1, 2)
    ]
    assert [row.name for row in feed_rows(lines)] == ["market 1", "market 2 (standby)"]
    assert feed_rows([]) == ()
