"""A journal that a kill left behind tells the truth of its last commit: at every commit, and after a real kill −9."""

import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from config.assembly.demo import Demo
from config.assembly.replay import Replay
from oms.entries import Entry, read_journal
from oms.history import history_of
from oms.ports import JournalFailed
from oms.values.commands import Place, Prepared
from oms.values.history import History
from oms.values.orders import OrderId
from oms.values.views import Picture
from oms.why import UnknownOrder, story
from tests.conftest import ROOT
from tests.oms.words_record import (
    FROM_FACTS,
    FROM_PICTURES,
    Report,
    assert_adds_up,
    cut_at_each_commit,
    given_demo,
    given_replay,
    given_session,
    reports_by_turn,
    unmarked,
)


def assert_true(told: History, truth: Report, *, with_picture: bool) -> None:
    """Orders, fills and money are those of the engine then; where a picture was taken everything is."""
    totals = told.totals
    assert (told.status, told.disagreement) == ("running", "")
    assert {key: totals[key] for key in FROM_FACTS} == {key: truth[key] for key in FROM_FACTS}
    assert unmarked(totals["cash"]) == unmarked(truth["cash"])
    if with_picture:
        assert totals["cash"] == truth["cash"]
        assert {key: totals[key] for key in FROM_PICTURES} == {key: truth[key] for key in FROM_PICTURES}
    assert_adds_up(told)


def placed_in(entries: list[Entry]) -> list[OrderId]:
    return [entry.body.command.order_id for entry in entries if isinstance(entry.body, Prepared) and isinstance(entry.body.command, Place)]


def assert_true_at_each_commit(path: Path, cut: Path, truths: dict[int, Report], *, each: int) -> int:
    """Returns at how many commits it was looked."""
    entries = list(read_journal(path)[1])
    pictured = {entry.turn for entry in entries if isinstance(entry.body, Picture)}
    looked = 0
    for number, turn in enumerate(cut_at_each_commit(path, cut)):
        if number % each or turn not in truths:  # after the last turn there is one more picture
            continue
        assert_true(history_of(cut), truths[turn], with_picture=turn in pictured)
        so_far = [entry for entry in entries if entry.turn <= turn]
        orders = placed_in(so_far)
        for order_id in orders if number % (10 * each) == 0 else orders[-2:]:
            assert story(so_far, order_id)
        with pytest.raises(UnknownOrder):
            story(so_far, "never placed")
        looked += 1
    return looked


@pytest.mark.parametrize(("kind", "each", "looks"), [("demo", 1, 120), ("replay", 8, 90)])
def test_a_journal_cut_at_any_commit_tells_the_truth_of_that_moment(tmp_path: Path, kind: str, each: int, looks: int) -> None:  # req 0.18
    path = tmp_path / "whole"
    run: Demo | Replay = given_demo(path, seconds=20) if kind == "demo" else given_replay(path)
    truths = reports_by_turn(run.joined.turner)
    run.run()
    assert assert_true_at_each_commit(path, tmp_path / "cut", truths, each=each) > looks


def test_a_stormy_session_cut_at_any_commit_tells_the_truth_of_that_moment(tmp_path: Path) -> None:
    for seed in (2, 11, 30):
        session, recorded = given_session(tmp_path / f"{seed}", seed)
        truths = reports_by_turn(session.floor.turner)
        session.live(60)
        recorded.end()
        assert assert_true_at_each_commit(recorded.path, tmp_path / f"cut-{seed}", truths, each=1) > 30


def test_a_run_killed_for_real_is_told_up_to_its_last_commit_also_when_the_files_are_carried_away(tmp_path: Path) -> None:  # req 0.18, 2.36
    path, away = tmp_path / "killed", tmp_path / "elsewhere"
    words = [sys.executable, "run_bot.py", "demo", "--seconds", "600", "--speed", "0", "--seed", "3", "--journal", str(path)]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL) as process:
        while process.poll() is None and not (path.is_file() and wal_of(path).is_file() and wal_of(path).stat().st_size > 300_000):
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    shutil.copy(path, away)
    shutil.copy(wal_of(path), wal_of(away))
    told = history_of(path)
    assert history_of(away) == told
    entries = list(read_journal(path)[1])
    again = given_demo(None, seconds=600)
    truths = reports_by_turn(again.joined.turner)
    again.joined.live(pace=lambda _at_ns: again.joined.turner.count < entries[-1].turn)
    assert_true(told, truths[entries[-1].turn], with_picture=isinstance(entries[-1].body, Picture))
    orders = placed_in(entries)
    assert len(orders) > 5
    for order_id in (orders[0], orders[-1]):
        assert story(entries, order_id)


def wal_of(path: Path) -> Path:
    """Where SQLite keeps what was committed last."""
    return path.with_name(f"{path.name}-wal")


def test_without_its_second_file_what_a_kill_left_is_an_earlier_truth_or_refused(tmp_path: Path) -> None:
    session, recorded = given_session(tmp_path / "live", 11)
    truths = reports_by_turn(session.floor.turner)
    session.live(20)
    shutil.copy(recorded.path, tmp_path / "alone")  # nothing was carried over from the second file yet
    with pytest.raises(JournalFailed, match="alone"):
        history_of(tmp_path / "alone")
    wal = wal_of(recorded.path).read_bytes()
    told = set()
    for length in range(0, len(wal) + 1, len(wal) // 40):
        path = tmp_path / f"cut-{length}"
        shutil.copy(recorded.path, path)
        wal_of(path).write_bytes(wal[:length])
        try:
            turn = max((entry.turn for entry in read_journal(path)[1]), default=0)
        except JournalFailed:
            continue
        if turn in truths:
            assert_true(history_of(path), truths[turn], with_picture=False)
            told.add(turn)
    assert len(told) > 5
    recorded.journal.close()
