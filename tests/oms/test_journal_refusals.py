import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from oms.entries import read_journal
from oms.journal import SqliteJournal
from oms.ports import JournalFailed
from oms.values.commands import Cancel
from tests.oms.words_engine import acked
from tests.oms.words_journal import FACTS, RUN, entries_of, given_journal, turned


def test_a_file_that_exists_is_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "precious"
    path.write_text("somebody's")
    with pytest.raises(JournalFailed, match="precious exists already"):
        SqliteJournal(path, RUN, money_is_real=False)
    assert path.read_text() == "somebody's"


@pytest.mark.parametrize("name", ["no-folder/run.journal", "x" * 300])
def test_a_journal_that_cannot_be_made_is_refused_by_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(JournalFailed, match=name):
        SqliteJournal(tmp_path / name, RUN, money_is_real=True)


def test_a_journal_that_cannot_be_written_any_more_says_so_and_counts_nothing(tmp_path: Path) -> None:
    journal = given_journal(tmp_path)
    journal.close()
    with pytest.raises(JournalFailed, match=r"run\.journal: turn 1 could not be written"):
        journal.commit(turned(1, commands=[Cancel(order_id="o1", why="w")]))
    assert (journal.turns, journal.hash.count) == (0, 0)
    with pytest.raises(JournalFailed, match="could not be closed"):
        journal.close()


def _foreign(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE songs (name TEXT)")
    connection.commit()
    connection.close()


def _change(path: Path, statement: str) -> None:
    SqliteJournal(path, RUN, money_is_real=False).close()
    connection = sqlite3.connect(path)
    connection.execute(statement)
    connection.commit()
    connection.close()


UNREADABLE: dict[str, Callable[[Path], object]] = {
    "there is no such journal": lambda path: path.parent,
    "is a database, but not a journal of Steelyard": _foreign,
    "cannot be read as a journal": lambda path: path.write_bytes(b"not a database at all, but long enough to be looked at" * 40),
    "has schema 4; this version reads schemas 1, 2, 3": lambda path: _change(path, "UPDATE run SET schema = 4"),
    "has schema none": lambda path: _change(path, "DELETE FROM run"),
    "no such table": lambda path: _change(path, "DROP TABLE run"),
}


@pytest.mark.parametrize("words", UNREADABLE)
def test_what_is_no_journal_of_ours_is_refused_by_name(tmp_path: Path, words: str) -> None:
    path = tmp_path / "some.journal"
    UNREADABLE[words](path)
    with pytest.raises(JournalFailed, match=f"some.journal.*{words}"):
        read_journal(path)


BODIES = [b"", b"{", b'{"type":"Zork"}', b'{"type":"Rejected","order_id":"o","why":"\xff"}', b'{"type":"Acked"}', None]


@pytest.mark.parametrize("body", BODIES)
def test_an_entry_that_cannot_be_understood_is_damage_with_a_name(tmp_path: Path, body: bytes | None) -> None:
    journal = given_journal(tmp_path)
    journal.commit(turned(1, batch=[acked("o1"), acked("o2")]))
    journal.close()
    with sqlite3.connect(journal.path) as connection:
        connection.execute("UPDATE entry SET body = ? WHERE seq = 2", (body,))
    connection.close()
    _, entries = read_journal(journal.path)
    assert next(entries).body == acked("o1")
    with pytest.raises(JournalFailed, match=r"run\.journal is damaged"):
        next(entries)


def test_a_file_cut_in_the_middle_is_damage_with_a_name(tmp_path: Path) -> None:
    journal = given_journal(tmp_path)
    for number in range(200):
        journal.commit(turned(number, batch=FACTS))
    journal.close()
    whole = journal.path.read_bytes()
    journal.path.write_bytes(whole[: len(whole) // 2] + b"\x00" * (len(whole) // 2))
    with pytest.raises(JournalFailed, match=r"run\.journal"):
        entries_of(journal.path)


def test_a_path_may_hold_signs_that_mean_something_in_an_address(tmp_path: Path) -> None:
    folder = tmp_path / "50% of #1?mode=memory"
    folder.mkdir()
    given_journal(folder).close()
    assert read_journal(folder / "run.journal")[0] == RUN
