"""The journals that `paper` keeps by itself: a new name for each run, and the latest stay."""

from pathlib import Path

from config.assembly.paper_journals import drop_older, new_journal
from oms.values.units import NS_PER_SECOND

T0 = 1_795_267_800 * NS_PER_SECOND
"""2026-11-21 13:30:00."""


def test_a_journal_is_named_after_the_second_in_which_its_run_begins_and_no_two_are_the_same(tmp_path: Path) -> None:
    names = []
    for _ in range(3):
        path = new_journal(tmp_path, T0 + 5)
        names.append(path.name)
        path.touch()
    assert names == ["paper-20261121T133000Z.journal", "paper-20261121T133000Z-2.journal", "paper-20261121T133000Z-3.journal"]


def test_the_latest_stay_and_older_ones_go_with_what_sqlite_left_beside_them(tmp_path: Path) -> None:
    made = []
    for second in (0, 7, 7, 3):
        path = new_journal(tmp_path, T0 + second * NS_PER_SECOND)
        path.touch()
        made.append(path)
    for _ in range(9):
        path = new_journal(tmp_path, T0 + 7 * NS_PER_SECOND)
        path.touch()
        made.append(path)
    beside = tmp_path / (made[0].name + "-wal")
    beside.touch()
    assert drop_older(tmp_path, 2) == [made[0], made[3], *made[1:3], *made[4:11]]
    assert sorted(tmp_path.iterdir()) == sorted(made[11:])
    assert [path.name for path in made[11:]] == ["paper-20261121T133007Z-10.journal", "paper-20261121T133007Z-11.journal"]


def test_what_is_named_otherwise_is_nobodys_to_remove(tmp_path: Path) -> None:
    others = ["paper.journal", "paper-20261121T133000Z.journal.bak", "my-paper-20261121T133000Z.journal", "live.journal", "paper-20261121T133000Z"]
    for name in others:
        (tmp_path / name).touch()
    assert drop_older(tmp_path, 0) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(others)


def test_of_a_folder_that_is_not_there_nothing_is_removed(tmp_path: Path) -> None:
    assert drop_older(tmp_path / "nowhere", 1) == []


def test_fewer_than_are_kept_all_stay(tmp_path: Path) -> None:
    path = new_journal(tmp_path, T0)
    path.touch()
    assert drop_older(tmp_path, 5) == []
    assert path.exists()
