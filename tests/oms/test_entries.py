"""A journal is read as it was written, or refused by name: foreign files, lost and changed rows, and any one bit anywhere."""

import gzip
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oms.entries import SCHEMA, Ending, RunRow, begun, chained, read_head, read_journal, sealed
from oms.history import history_of
from oms.journal import SqliteJournal
from oms.ports import JournalFailed
from oms.values.history import History
from tests.conftest import ROOT
from tests.oms.words_engine import acked
from tests.oms.words_journal import FACTS, RUN, entries_of, given_journal, turned
from tests.oms.words_record import change, given_session

PAGE = 4_096
ROWS = st.tuples(
    st.integers(0, 9), st.integers(0, 2**62), st.sampled_from(["fact", "command"]), st.text(), st.none() | st.text(), st.none() | st.integers()
)


@given(ROWS, ROWS, st.binary(), st.binary(), st.integers(0, 2**32 - 1))
def test_a_checksum_covers_the_entry_before_the_row_and_the_body(one: Any, two: Any, body: bytes, other: bytes, before: int) -> None:  # noqa: ANN401
    crc = chained(before, one, body)
    assert crc == chained(before, one, body)
    assert (chained(before, two, other) == crc) == ((one, body) == (two, other))
    assert chained(before ^ 1, one, body) != crc


def test_the_head_says_which_run_it_was_and_how_far_it_got(tmp_path: Path) -> None:
    run = RunRow(run_id="demo, seed 7", commit_id="é", config_hash="h", seed=-7, started_ns=2**62, about={"notes": ["“x”"], "tapes": []})
    journal = SqliteJournal(tmp_path / "j", run, money_is_real=False)
    assert read_head(journal.path) == (run, Ending(schema=SCHEMA, status="running", conclusion=None))
    journal.close("interrupted")
    ended = read_head(journal.path)[1]
    assert (ended.status, ended.conclusion, ended.seal) == ("interrupted", None, sealed(begun(run), "interrupted", None))
    told = {"cash": {"free_micro": 10**15, "equity_mark_micro": None}, "share": 0.25, "conserved": True}
    other = given_journal(tmp_path, "other")
    other.close(conclusion=told)
    assert read_head(other.path) == (RUN, Ending(schema=SCHEMA, status="finished", conclusion=told, seal=sealed(begun(RUN), "finished", told)))
    assert list(read_head(other.path)[1].conclusion or {}) == sorted(told)


def test_a_journal_that_is_being_written_is_read_up_to_its_last_commit(tmp_path: Path) -> None:
    journal = given_journal(tmp_path)
    for number in range(1, 6):
        journal.commit(turned(number, batch=[acked(f"o{number}"), acked("p")]))
        assert [entry.turn for entry in entries_of(journal.path)] == [turn for turn in range(1, number + 1) for _ in range(2)]
    reading = read_journal(journal.path)[1]
    assert next(reading).turn == 1
    journal.commit(turned(6, batch=[acked("late")]))
    assert len(list(reading)) == 9  # what it was when the reading began
    journal.close()


DAMAGE = {
    "DELETE FROM entry WHERE seq = 1": "entry 2 follows entry 0: something between them is missing",
    "DELETE FROM entry WHERE seq = 30": "entry 31 follows entry 29",
    "UPDATE entry SET body = CAST(replace(CAST(body AS TEXT), 'o1', 'o2') AS BLOB) WHERE seq = 6": "entry 6 is not as it was written",
    "UPDATE entry SET at_ns = at_ns + 1 WHERE seq = 33": "entry 33 is not as it was written",
    "UPDATE entry SET turn = turn + 1 WHERE seq = 34": "entry 34 is not as it was written",
    "UPDATE entry SET flow = 'decision' WHERE seq = 35": "entry 35 is not as it was written",
    "UPDATE entry SET kind = NULL WHERE seq = 36": "entry 36 is not as it was written",
    "UPDATE entry SET order_id = 'o9' WHERE seq = 37": "entry 37 is not as it was written",
    "UPDATE entry SET cause_seq = 1 WHERE seq = 38": "entry 38 is not as it was written",
    "UPDATE entry SET crc = crc + 1 WHERE seq = 39": "entry 39 is not as it was written",
    "UPDATE entry SET crc = NULL WHERE seq = 39": "entry 39 is not as it was written",
    "UPDATE entry SET seq = 0 WHERE seq = 40; UPDATE entry SET seq = 40 WHERE seq = 41; UPDATE entry SET seq = 41 WHERE seq = 0": "entry 40 is not",
    "INSERT INTO entry SELECT seq + 1000, turn, at_ns, flow, kind, order_id, cause_seq, body, crc FROM entry WHERE seq = 42": "entry 1042 follows",
    "DROP TABLE entry": "no such table",
    "ALTER TABLE entry RENAME COLUMN crc TO sum": "no such column",
}


@pytest.mark.parametrize("statement", DAMAGE)
def test_a_row_that_was_changed_lost_or_moved_is_damage_with_a_place(tmp_path: Path, statement: str) -> None:
    journal = given_journal(tmp_path)
    for number in range(1, 4):
        journal.commit(turned(number, batch=FACTS))
    journal.close()
    change(journal.path, *statement.split(";"))
    with pytest.raises(JournalFailed, match=rf"run\.journal is damaged .*{DAMAGE[statement]}"):
        entries_of(journal.path)
    with pytest.raises(JournalFailed, match=r"run\.journal is damaged"):
        history_of(journal.path)


def _table(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE entry (seq INTEGER)")
        connection.commit()


def _head(path: Path, statement: str) -> None:
    SqliteJournal(path, RUN, money_is_real=False).close()
    change(path, statement)


DEEP = """UPDATE run SET about = '{"a":""" + "[" * 100_000 + "]" * 100_000 + "}'"
FOREIGN: dict[str, tuple[Callable[[Path], object], str]] = {
    "nothing": (lambda _: None, "there is no such journal"),
    "a folder": (lambda path: path.mkdir(), "there is no such journal"),
    "an empty file": (lambda path: path.touch(), "is a database, but not a journal"),
    "a short text": (lambda path: path.write_text("hello"), "file is not a database"),
    "a long text": (lambda path: path.write_text("hello\n" * 10_000), "file is not a database"),
    "another application": (_table, "is a database, but not a journal"),
    "another application id": (lambda path: _head(path, "PRAGMA application_id = 1"), "is a database, but not a journal"),
    "no run": (lambda path: _head(path, "DELETE FROM run"), "has schema none"),
    "a schema to come": (lambda path: _head(path, "UPDATE run SET schema = 4"), "has schema 4; this version reads schemas 1, 2, 3"),
    "no schema": (lambda path: _head(path, "UPDATE run SET schema = NULL"), "has schema None"),
    "no status": (lambda path: _head(path, "UPDATE run SET status = NULL"), "Expected `str`, got `null`"),
    "no start": (lambda path: _head(path, "UPDATE run SET started_ns = NULL"), "Expected `int`, got `null`"),
    "about no JSON": (lambda path: _head(path, "UPDATE run SET about = 'not JSON'"), "JSON is malformed"),
    "about a list": (lambda path: _head(path, "UPDATE run SET about = '[]'"), "Expected `object`, got `array`"),
    "about without end": (lambda path: _head(path, DEEP), "recursion"),
    "no conclusion": (lambda path: _head(path, "UPDATE run SET conclusion = 'nothing'"), "JSON is malformed"),
    "a conclusion that is a number": (lambda path: _head(path, "UPDATE run SET conclusion = '7'"), "Expected `object`, got `int`"),
    "no column": (lambda path: _head(path, "ALTER TABLE run DROP COLUMN about"), "no such column"),
}


@pytest.mark.parametrize("what", FOREIGN)
def test_what_is_no_journal_is_refused_with_its_name(tmp_path: Path, what: str) -> None:
    path = tmp_path / "some.file"
    make, words = FOREIGN[what]
    make(path)
    for read in (read_head, read_journal, history_of):
        with pytest.raises(JournalFailed, match=f"some.file.*{words}"):
            read(path)


def test_a_journal_whose_schema_was_changed_to_one_without_checksums_is_damage(tmp_path: Path) -> None:
    journal = given_journal(tmp_path)
    journal.commit(turned(1, batch=FACTS))
    journal.close("running")
    change(journal.path, "UPDATE run SET schema = 1")
    for read in (entries_of, history_of):
        with pytest.raises(JournalFailed, match=r"run\.journal is damaged \(its schema is one without checksums, but it has them\)"):
            read(journal.path)


LOOSE = ("CREATE TABLE loose AS SELECT * FROM entry", "DROP TABLE entry", "ALTER TABLE loose RENAME TO entry")
SPOILT = {
    "UPDATE entry SET at_ns = 'noon' WHERE seq = 3": r"damaged \(Expected `int`, got `str`",
    "UPDATE entry SET turn = NULL WHERE seq = 3": r"damaged \(Expected `int`, got `null`",
    "UPDATE entry SET flow = 5 WHERE seq = 3": r"damaged \(an entry of the kind '5', which there is not\)",
    "UPDATE entry SET body = 'eA==' WHERE seq = 3": r"damaged \(Expected `bytes`, got `str`",
    r"""UPDATE entry SET body = CAST('{"type":"\n\u001b[31m"}' AS BLOB), flow = 'fact' WHERE seq = 3""": r"damaged \(Invalid value '.*\\x1b\[31m'",
    "UPDATE entry SET body = CAST('" + '{"a":' * 50_000 + "' AS BLOB), flow = 'fact' WHERE seq = 3": r"damaged \(nested 50000 deep",
    "UPDATE run SET seed = NULL": "cannot be read as a journal",
}


@pytest.mark.parametrize("statement", SPOILT, ids=lambda statement: statement[:40])
def test_a_table_without_types_and_checksums_may_hold_anything_and_is_refused_in_one_line(tmp_path: Path, statement: str) -> None:
    path = tmp_path / "old.journal"
    path.write_bytes(gzip.decompress((ROOT / "tests" / "replay" / "journals" / "schema1.journal.gz").read_bytes()))
    change(path, *LOOSE, statement)
    with pytest.raises(JournalFailed, match=SPOILT[statement]) as caught:
        history_of(path)
    assert str(caught.value).isprintable()


def test_a_journal_without_permission_is_refused_with_its_name(tmp_path: Path) -> None:
    path = given_journal(tmp_path).path
    path.chmod(0)
    code = f"""
        import os
        from pathlib import Path
        from oms.history import history_of
        from oms.ports import JournalFailed
        if os.geteuid() == 0:
            os.setuid(65_534)  # nobody: root may read everything
        try:
            history_of(Path({str(path)!r}))
        except JournalFailed as error:
            print(error)
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert done.stderr == ""
    assert str(path) in done.stdout
    assert os.linesep.join(done.stdout.splitlines()) == done.stdout.strip()


def _told_of(spoilt: Path) -> History | None:
    """What is told of the spoilt copy; None: it is refused by name. Anything else is an error."""
    try:
        return history_of(spoilt)
    except JournalFailed as error:
        if spoilt.name in str(error):
            return None
        raise AssertionError(f"the refusal does not name the file: {error}") from error


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, History, bytes]:
    """A small journal with everything in it, what it tells, and its bytes."""
    session, recorded = given_session(tmp_path_factory.mktemp("whole") / "whole", 5)
    session.live(15)
    recorded.end()
    return recorded.path, history_of(recorded.path), recorded.path.read_bytes()


def test_one_changed_byte_anywhere_is_refused_or_changes_nothing(whole: tuple[Path, History, bytes], tmp_path: Path) -> None:
    _, truth, content = whole
    dice = random.Random("bytes")
    heads = [page + offset for page in range(0, len(content), PAGE) for offset in range(9)]  # where SQLite keeps its own numbers
    refused = 0
    for at in [*range(0, 100, 3), *heads, *(dice.randrange(len(content)) for _ in range(250))]:
        spoilt = tmp_path / "spoilt.journal"
        spoilt.write_bytes(content[:at] + bytes([content[at] ^ dice.randrange(1, 256)]) + content[at + 1 :])
        told = _told_of(spoilt)
        refused += told is None
        assert told in (None, truth), at
    assert refused > 80


def test_one_changed_bit_in_the_row_about_the_run_is_refused_or_changes_nothing(whole: tuple[Path, History, bytes], tmp_path: Path) -> None:
    _, truth, content = whole
    at = content.index(b"r1\x03abcdef")
    for place in range(at - 16, at + 20):
        for bit in range(8):
            spoilt = tmp_path / "spoilt.journal"
            spoilt.write_bytes(content[:place] + bytes([content[place] ^ (1 << bit)]) + content[place + 1 :])
            assert _told_of(spoilt) in (None, truth), (place, bit)


def test_a_file_cut_off_anywhere_is_refused_or_changes_nothing(whole: tuple[Path, History, bytes], tmp_path: Path) -> None:
    _, truth, content = whole
    dice = random.Random("lengths")
    lengths = [0, 1, 99, 100, *range(PAGE, len(content), PAGE), *(dice.randrange(len(content)) for _ in range(60))]
    refused = 0
    for length in lengths:
        spoilt = tmp_path / "spoilt.journal"
        spoilt.write_bytes(content[:length])
        told = _told_of(spoilt)
        refused += told is None
        assert told in (None, truth), length
    assert refused > len(lengths) // 2


def test_reading_changes_nothing(whole: tuple[Path, History, bytes], tmp_path: Path) -> None:
    path, truth, content = whole
    copy = Path(shutil.copy(path, tmp_path / "copy"))
    assert history_of(copy) == history_of(copy) == truth
    assert copy.read_bytes() == content
