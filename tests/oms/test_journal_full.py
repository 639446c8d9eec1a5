"""A disk that fills up under a journal: what was committed stays whole, the turn that did not fit is the last, and a later one goes on from there."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from oms.entries import read_head
from oms.journal import ContinuedJournal, ResumedJournal, SqliteJournal
from oms.ports import JournalFailed, Turned
from oms.values.commands import Cancel
from tests.oms.words_engine import acked
from tests.oms.words_journal import RUN, entries_of, given_journal, turned
from tests.words_disk import no_file_longer_than

FULL = r"turn \d+ could not be written \((database or disk is full|disk I/O error)\); nothing of it was sent; make room on its disk"


Bound = Callable[[SqliteJournal], AbstractContextManager[None]]


def given_turn(number: int) -> Turned:
    return turned(number, batch=[acked(f"o{number}")], commands=[Cancel(order_id=f"o{number}", why="w" * 200)])


def commit_on(journal: SqliteJournal) -> None:
    """Many turns."""
    for number in range(1, 10_000):
        journal.commit(given_turn(number))


def filled_up(journal: SqliteJournal) -> int:
    """Commit until it fails; the number of the turn that did not fit."""
    with pytest.raises(JournalFailed, match=FULL) as caught:
        commit_on(journal)
    return int(str(caught.value).split(": turn ")[1].split(" ")[0])


@contextmanager
def few_pages(journal: SqliteJournal) -> Iterator[None]:
    """SQLite's own bound, which says FULL as a full disk does."""
    pages = "PRAGMA max_page_count={}"
    (used,) = journal._connection.execute("PRAGMA page_count").fetchone()
    journal._connection.execute(pages.format(used + 20))
    yield
    journal._connection.execute(pages.format(2**30))


@contextmanager
def short_files(_journal: SqliteJournal) -> Iterator[None]:
    """The write-ahead log cannot grow."""
    with no_file_longer_than(200_000):
        yield


@pytest.mark.parametrize("bound", [few_pages, short_files])
def test_the_turn_that_does_not_fit_is_not_there_and_nothing_before_it_is_lost(tmp_path: Path, bound: Bound) -> None:
    journal = given_journal(tmp_path)
    with bound(journal):
        failed = filled_up(journal)
        assert failed > 10
        assert [entry.turn for entry in entries_of(journal.path)] == [turn for turn in range(1, failed) for _ in range(2)]
        assert (journal.turns, journal.hash.count) == (failed - 1, failed - 1)
    journal.abandon()
    assert read_head(journal.path)[1].status == "running"


@pytest.mark.parametrize("bound", [few_pages, short_files])
def test_after_a_turn_that_failed_nothing_is_taken_any_more_though_there_is_room_again(tmp_path: Path, bound: Bound) -> None:
    journal = given_journal(tmp_path)
    with bound(journal):
        failed = filled_up(journal)
    with pytest.raises(JournalFailed, match=rf"turn {failed + 1} was not written, as one before it could not be"):
        journal.commit(given_turn(failed + 1))
    with pytest.raises(JournalFailed, match="could not be closed, as a turn could not be written"):
        journal.close("finished", {"conserved": True})
    journal.abandon()
    assert entries_of(journal.path)[-1].turn == failed - 1
    assert read_head(journal.path)[1].status == "running", "nobody may take it for a run that ended"


@pytest.mark.parametrize("bound", [few_pages, short_files])
def test_when_there_is_room_again_the_run_goes_on_in_it(tmp_path: Path, bound: Bound) -> None:
    journal = given_journal(tmp_path)
    with bound(journal):
        failed = filled_up(journal)
    journal.abandon()
    with ended(ContinuedJournal(journal.path, money_is_real=True)) as continued:
        assert continued.last_turn == failed - 1
        continued.commit(given_turn(failed))
    resumed = ResumedJournal(journal.path, RUN)
    for number in range(1, failed + 5):
        resumed.commit(given_turn(number))
    resumed.close()
    assert [entry.turn for entry in entries_of(journal.path)] == [turn for turn in range(1, failed + 5) for _ in range(2)]
    assert read_head(journal.path)[1].status == "finished"


@contextmanager
def ended(journal: ContinuedJournal) -> Iterator[ContinuedJournal]:
    """A process that dies at the end."""
    yield journal
    journal.abandon()


@pytest.mark.parametrize("size", [0, 4_096, 40_000])
def test_a_journal_that_cannot_be_begun_leaves_nothing_behind(tmp_path: Path, size: int) -> None:
    with no_file_longer_than(size), pytest.raises(JournalFailed, match=r"run\.journal: cannot be created \(.*\); make room on its disk"):
        given_journal(tmp_path)
    assert list(tmp_path.iterdir()) == []
    given_journal(tmp_path).close()


def test_an_end_that_does_not_fit_is_said_and_the_run_can_be_ended_later(tmp_path: Path) -> None:
    journal = given_journal(tmp_path)
    journal.commit(given_turn(1))
    (used,) = journal._connection.execute("PRAGMA page_count").fetchone()
    journal._connection.execute(f"PRAGMA max_page_count={used}")
    with pytest.raises(JournalFailed, match=r"could not be closed \(.*full\); every turn is in it; make room on its disk, then end it with --resume"):
        journal.close("finished", {"text": "x" * 100_000})
    journal.abandon()
    resumed = ResumedJournal(journal.path, RUN)
    resumed.commit(given_turn(1))
    resumed.close("finished", {"text": "x" * 100_000})
    assert read_head(journal.path)[1].status == "finished"


def test_a_journal_on_a_full_disk_is_not_called_damaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = given_journal(tmp_path)
    journal.commit(given_turn(1))
    journal.abandon()
    head = read_head(journal.path)
    monkeypatch.setattr("oms.journal.read_head", lambda _path: head)
    begin: tuple[Callable[[], SqliteJournal], ...] = (
        lambda: ContinuedJournal(journal.path, money_is_real=False),
        lambda: ResumedJournal(journal.path, RUN),
    )
    for begun in begin:
        with no_file_longer_than(0), pytest.raises(JournalFailed, match=r"cannot be gone on with \(.*\); make room on its disk"):
            begun()
