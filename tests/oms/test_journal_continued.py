"""A process died; the next one goes on in its journal."""

import sqlite3
from pathlib import Path

import pytest

from oms.entries import PACKED_FROM_BYTES, begun, chained, read_head, read_journal, unpacked
from oms.journal import ContinuedJournal
from oms.machines.lifecycle import State as OrderState
from oms.ports import JournalFailed
from oms.replay import recover
from oms.values import events as e
from oms.values.commands import Cancel, Place, Prepared
from oms.values.units import NS_PER_SECOND
from tests.oms.words_engine import Floor, acked, buy, filled, given_floor, of_kind, ready
from tests.oms.words_journal import RUN, entries_of, given_journal, turned


def given_dead(tmp_path: Path, turns: int = 3) -> Path:
    """The journal of a process that died after so many turns of one fact and one command."""
    journal = given_journal(tmp_path)
    for number in range(1, turns + 1):
        journal.commit(turned(number, batch=[acked(f"o{number}")], commands=[Cancel(order_id=f"o{number}", why="w")]))
    journal.abandon()
    return journal.path


def go_on(path: Path) -> ContinuedJournal:
    return ContinuedJournal(path, money_is_real=False)


def test_what_the_next_process_commits_follows_what_the_first_left_in_one_unbroken_chain(tmp_path: Path) -> None:
    # issue 4: the journal is folded, then gone on with
    path = given_dead(tmp_path)
    first = entries_of(path)
    journal = go_on(path)
    assert journal.last_turn == 3
    journal.commit(turned(4, batch=[e.Restarted(why="again")]))
    journal.commit(turned(5, batch=[acked("o5")]))
    journal.close()
    run, entries = read_journal(path)
    read = list(entries)  # raises at a broken chain
    assert run == RUN
    assert read[: len(first)] == first
    assert [(entry.seq, entry.turn, entry.body) for entry in read[len(first) :]] == [(7, 4, e.Restarted(why="again")), (8, 5, acked("o5"))]


def test_a_process_may_die_again_and_again(tmp_path: Path) -> None:
    path = given_dead(tmp_path, turns=1)
    for life in range(2, 6):
        journal = go_on(path)
        assert journal.last_turn == life - 1
        journal.commit(turned(life, batch=[acked(f"o{life}")]))
        journal.abandon()
    assert [entry.seq for entry in entries_of(path)] == [1, 2, 3, 4, 5, 6]


def test_a_journal_that_was_begun_and_left_empty_is_gone_on_with_from_its_beginning(tmp_path: Path) -> None:
    path = given_dead(tmp_path, turns=0)
    journal = go_on(path)
    assert journal.last_turn == 0
    journal.commit(turned(1, batch=[acked("o1")]))
    journal.close()
    assert [(entry.seq, entry.turn) for entry in entries_of(path)] == [(1, 1)]


def test_what_was_abandoned_is_still_marked_as_running_and_takes_nothing_more(tmp_path: Path) -> None:
    journal = given_journal(tmp_path)
    journal.commit(turned(1, batch=[acked("o1")]))
    journal.abandon()
    with sqlite3.connect(journal.path) as other:
        assert other.execute("SELECT status FROM run").fetchall() == [("running",)]
    other.close()
    with pytest.raises(JournalFailed, match="turn 2 could not be written"):
        journal.commit(turned(2, batch=[acked("o2")]))


def test_a_run_that_ended_is_not_gone_on_with(tmp_path: Path) -> None:
    journal = given_journal(tmp_path)
    journal.close()
    with pytest.raises(JournalFailed, match="its run has finished; begin a new journal"):
        go_on(journal.path)


def test_what_is_no_journal_or_of_an_earlier_schema_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(JournalFailed, match="nothing-here"):
        go_on(tmp_path / "nothing-here")
    (tmp_path / "text").write_text("not a database at all, but long enough to be looked at" * 40)
    with pytest.raises(JournalFailed, match="text"):
        go_on(tmp_path / "text")
    path = given_dead(tmp_path)
    connection = sqlite3.connect(path)
    connection.execute("UPDATE run SET schema = 1")
    connection.commit()
    connection.close()
    with pytest.raises(JournalFailed, match="earlier schema"):
        go_on(path)


def test_an_engine_that_dies_between_commit_and_send_and_again_later_asks_and_never_places_twice(tmp_path: Path) -> None:
    # issue 4: the venue's id is committed before the bytes leave, and a restart sends nothing again
    journal = given_journal(tmp_path)
    floor = given_floor(journal=journal)
    floor.rest(buy())  # as far as the next process knows, this may never have left
    journal.abandon()
    sent: list[Place] = []
    for life in range(3):
        journal = go_on(journal.path)
        floor, at_ns = Floor(journal), floor.now_ns + NS_PER_SECOND
        floor.now_ms = (at_ns - floor.now_ns) // 1_000_000
        recover(floor.engine, read_journal(journal.path)[1])
        floor.turner.count = journal.last_turn
        sent += of_kind(floor.tell(e.Restarted(why="again"), *ready(at_ns + NS_PER_SECOND)), Place)
        assert (floor.order().state, floor.order().venue_order_id) == (OrderState.UNKNOWN, "v-7-1")
        floor.tell(filled(f"t{life}", 10))
        assert floor.order().filled_micro == 10_000_000 * (life + 1)
        journal.abandon()
    entries = entries_of(journal.path)
    assert sent == []
    assert sum(isinstance(entry.body, Prepared) and isinstance(entry.body.command, Place) for entry in entries) == 1
    assert [entry.turn for entry in entries] == sorted(entry.turn for entry in entries)


def as_schema_2(path: Path) -> None:
    """As the version before wrote it: no body is packed, and the checksums do not cover the schema."""
    crc = begun(read_head(path)[0], 2)
    connection = sqlite3.connect(path)
    for seq, *columns, stored in connection.execute("SELECT seq, turn, at_ns, flow, kind, order_id, cause_seq, body FROM entry").fetchall():
        body = unpacked(stored)
        crc = chained(crc, tuple(columns), body)
        connection.execute("UPDATE entry SET body = ?, crc = ? WHERE seq = ?", (body, crc, seq))
    connection.execute("UPDATE run SET schema = 2")
    connection.commit()
    connection.close()


def test_a_journal_of_schema_2_is_gone_on_with_as_it_was_begun(tmp_path: Path) -> None:
    path = given_dead(tmp_path)
    as_schema_2(path)
    before = list(read_journal(path)[1])
    long = e.Rejected(order_id="late", why="x" * PACKED_FROM_BYTES)
    journal = go_on(path)
    journal.commit(turned(journal.last_turn + 1, batch=[long]))
    journal.abandon()
    read = list(read_journal(path)[1])
    assert read[:-1] == before
    assert read[-1].body == long
    assert read_head(path)[1].schema == 2
    connection = sqlite3.connect(path)
    (body,) = connection.execute("SELECT body FROM entry ORDER BY seq DESC LIMIT 1").fetchone()
    connection.close()
    assert body.startswith(b'{"type":"Rejected"')


def test_a_schema_that_was_changed_shows(tmp_path: Path) -> None:
    path = given_dead(tmp_path)
    for schema in (1, 2):
        connection = sqlite3.connect(path)
        connection.execute("UPDATE run SET schema = ?", (schema,))
        connection.commit()
        connection.close()
        with pytest.raises(JournalFailed, match="is damaged"):
            list(read_journal(path)[1])
