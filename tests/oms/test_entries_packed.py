"""Long bodies are packed: they come back as they were, damage in them is named, and who packs them does not matter."""

import sqlite3
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from oms import entries
from oms.entries import PACKED_FROM_BYTES, packed, read_journal, unpacked
from oms.journal import ResumedJournal
from oms.ports import JournalFailed
from oms.values.events import Rejected
from tests.oms.words_journal import RUN, entries_of, given_journal, turned

LONG = Rejected(order_id="o1", why="the venue tells a long story " * 40)
SHORT = Rejected(order_id="o2", why="no")


def given_told(tmp_path: Path) -> Path:
    """The journal of a run that was told both."""
    journal = given_journal(tmp_path)
    journal.commit(turned(1, batch=[LONG, SHORT]))
    journal.abandon()
    return journal.path


def bodies(path: Path) -> list[bytes]:
    connection = sqlite3.connect(path)
    stored = [body for (body,) in connection.execute("SELECT body FROM entry ORDER BY seq")]
    connection.close()
    return stored


def store(path: Path, body: bytes) -> None:
    """Put it in the place of the first body."""
    connection = sqlite3.connect(path)
    connection.execute("UPDATE entry SET body = ? WHERE seq = 1", (body,))
    connection.commit()
    connection.close()


def test_what_is_long_is_packed_what_is_short_can_be_read_with_any_tool_and_both_come_back(tmp_path: Path) -> None:
    path = given_told(tmp_path)
    long, short = bodies(path)
    assert len(long) < len(LONG.why) // 2
    assert short == b'{"type":"Rejected","order_id":"o2","why":"no"}'
    assert [entry.body for entry in entries_of(path)] == [LONG, SHORT]


@pytest.mark.parametrize("length", [PACKED_FROM_BYTES - 1, PACKED_FROM_BYTES, 100_000])
def test_packing_is_undone_to_the_byte_on_both_sides_of_the_bound(length: int) -> None:
    body = b'{"' + b"a" * (length - 4) + b'"}'
    assert unpacked(packed(body)) == body
    assert (len(packed(body)) < length) is (length >= PACKED_FROM_BYTES)


SPOILT: dict[str, Callable[[bytes], bytes]] = {
    "cut": lambda body: body[:-6],
    "changed": lambda body: body[:20] + bytes([body[20] ^ 1]) + body[21:],
    "longer": lambda body: body + b"more",
    "another": lambda _: packed(b'{"type":"Rejected","order_id":"o1","why":"' + b"another story " * 60 + b'"}'),
}


@pytest.mark.parametrize("how", SPOILT)
def test_a_packed_body_that_is_not_as_it_was_written_is_damage_with_a_name(tmp_path: Path, how: str) -> None:
    path = given_told(tmp_path)
    store(path, SPOILT[how](bodies(path)[0]))
    with pytest.raises(JournalFailed, match=r"run\.journal is damaged"):
        list(read_journal(path)[1])


def test_a_body_that_would_fill_the_memory_is_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = given_told(tmp_path)
    monkeypatch.setattr(entries, "UNPACKED_BYTES_MAX", 1_000)
    with pytest.raises(JournalFailed, match="does not end where it should"):
        list(read_journal(path)[1])


def test_a_run_that_is_done_again_where_packing_packs_otherwise_is_still_the_same(tmp_path: Path) -> None:
    path = given_told(tmp_path)
    store(path, zlib.compress(unpacked(bodies(path)[0]), 9))
    again = ResumedJournal(path, RUN)
    again.commit(turned(1, batch=[LONG, SHORT]))
    assert again.repeated_turns == 1
    other = ResumedJournal(path, RUN)
    with pytest.raises(JournalFailed, match="does not repeat what the journal holds"):
        other.commit(turned(1, batch=[Rejected(order_id="o1", why=LONG.why + "!"), SHORT]))
