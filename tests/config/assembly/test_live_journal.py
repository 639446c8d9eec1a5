import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from config.assembly.live_journal import begin_journal
from oms.entries import RunRow, read_journal
from oms.journal import ContinuedJournal, SqliteJournal
from oms.ports import JournalFailed, Turned
from oms.values.events import Paused

RUN = RunRow(run_id="live, wallet 0x1", commit_id="c", config_hash="h", seed=17, started_ns=5)
LATER = RunRow(run_id="live, wallet 0x1", commit_id="d", config_hash="h", seed=99, started_ns=9)
TURN = Turned(number=1, at_ns=7, batch=[Paused(why="a person said so")], decisions=(), ready=(), frames=None, picture=None)


def test_a_new_journal_is_written_to_and_gone_on_with(tmp_path: Path) -> None:
    path = tmp_path / "state" / "live.journal"
    journal = begin_journal(path, RUN)
    assert journal.last_turn == 0
    assert journal._connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert journal._connection.execute("PRAGMA synchronous").fetchone() == (2,), "every turn reaches the disk: money is real"
    journal.commit(TURN)
    journal.abandon()
    run, entries = read_journal(path)
    assert (run, [entry.body for entry in entries]) == (RUN, TURN.batch)
    again = ContinuedJournal(path, money_is_real=True)
    assert again.last_turn == 1
    again.abandon()


@pytest.mark.parametrize("left", ["a whole one under the other name", "half of one", "nothing but a name"])
def test_what_a_kill_left_of_a_beginning_is_in_nobodys_way(left: str, tmp_path: Path) -> None:
    path, fresh = tmp_path / "live.journal", tmp_path / "live.journal.new"
    if left == "nothing but a name":
        fresh.touch()
    elif left == "half of one":
        with closing(sqlite3.connect(fresh)) as half:
            half.execute("PRAGMA journal_mode=WAL")
            half.execute("CREATE TABLE run (run_id TEXT)")
    else:
        SqliteJournal(fresh, LATER, money_is_real=True).abandon()
    begin_journal(path, RUN).abandon()
    assert read_journal(path)[0] == RUN
    assert not fresh.exists()


def test_a_journal_that_is_killed_while_it_is_made_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*_words: object, **_more: object) -> None:
        raise KeyboardInterrupt

    path = tmp_path / "live.journal"
    monkeypatch.setattr(Path, "replace", killed)
    with pytest.raises(KeyboardInterrupt):
        begin_journal(path, RUN)
    assert not path.exists()


def test_where_no_journal_can_be_made_one_line_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(JournalFailed, match=r"live\.journal: cannot be created \(Not a directory\)|\(File exists\)"):
        begin_journal(tmp_path / "file" / "live.journal", RUN)
    assert [one.name for one in tmp_path.iterdir()] == ["file"]
