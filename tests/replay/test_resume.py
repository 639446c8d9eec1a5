"""An interrupted run goes on as if nothing had happened: done again up to the last committed turn, compared on the way, then continued."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from config.assembly.joined import Keep
from config.settings import FOLDER, load
from oms.entries import read_journal
from oms.ports import JournalFailed
from oms.values.events import Event
from tests.campaign.kills import KINDS, Killed, given_run, killed_at, survives_kills
from tests.house.tree import ROOT


@pytest.fixture(scope="module", params=KINDS)
def uninterrupted(request: pytest.FixtureRequest) -> tuple[str, int, str]:
    """(kind, facts, commands_hash) of the run that nobody interrupts."""
    report = given_run(request.param, None).run()
    assert report["conserved"] is True
    return request.param, report["events"], report["commands_hash"]


def test_a_run_killed_anywhere_ends_with_the_hash_of_the_one_that_was_not(uninterrupted: tuple[str, int, str], tmp_path: Path) -> None:
    # req 0.18, 1.26; ruling 1.7
    kind, facts, digest = uninterrupted
    assert survives_kills(kind, 6, tmp_path, facts, digest) == 6


def test_a_run_killed_twice_still_goes_on(uninterrupted: tuple[str, int, str], tmp_path: Path) -> None:
    kind, facts, digest = uninterrupted
    path = tmp_path / "twice.sqlite"
    killed_at(kind, path, facts // 3)
    again = given_run(kind, Keep(path=path, run_id=kind, resume=True))
    left = 2 * facts // 3

    def count_down(_event: Event, _at_ns: int) -> None:
        nonlocal left
        left -= 1
        if not left:
            raise Killed

    again.joined.watchers.append(count_down)
    with pytest.raises(Killed):
        again.run()
    assert given_run(kind, Keep(path=path, run_id=kind, resume=True)).run()["commands_hash"] == digest


def test_a_finished_journal_is_audited_and_nothing_is_added(uninterrupted: tuple[str, int, str], tmp_path: Path) -> None:
    kind, _, digest = uninterrupted
    path = tmp_path / "whole.sqlite"
    given_run(kind, Keep(path=path, run_id=kind)).run()
    before = [(entry.seq, entry.turn, entry.body) for entry in read_journal(path)[1]]
    assert given_run(kind, Keep(path=path, run_id=kind, resume=True)).run()["commands_hash"] == digest
    assert [(entry.seq, entry.turn, entry.body) for entry in read_journal(path)[1]] == before


def test_the_journal_of_another_run_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "demo.sqlite"
    killed_at("demo", path, 500)
    other = load(FOLDER / "demo.toml", {"STEELYARD__LIMITS__ORDER_MAX_USD": "7"})
    for wrong in ({"seed": 6}, {"settings": other}):
        with pytest.raises(JournalFailed, match=r"demo\.sqlite is the journal of demo with other settings"):
            given_run("demo", Keep(path=path, run_id="demo", resume=True), **wrong)
    with pytest.raises(JournalFailed, match="there is no such journal"):
        given_run("demo", Keep(path=tmp_path / "none.sqlite", run_id="demo", resume=True))


def test_an_entry_that_was_tampered_with_is_found_and_nothing_is_appended(tmp_path: Path) -> None:
    import sqlite3  # noqa: PLC0415 - only the forger needs it

    path = tmp_path / "forged.sqlite"
    killed_at("demo", path, 1_500)
    with sqlite3.connect(path) as forger:
        forger.execute("UPDATE entry SET body = CAST(replace(CAST(body AS TEXT), 'BUY', 'SELL') AS BLOB) WHERE kind = 'Place' AND seq > 20")
    count = sum(1 for _ in sqlite3.connect(path).execute("SELECT 1 FROM entry"))
    with pytest.raises(JournalFailed, match="does not repeat what the journal holds"):
        given_run("demo", Keep(path=path, run_id="demo", resume=True)).run()
    assert sum(1 for _ in sqlite3.connect(path).execute("SELECT 1 FROM entry")) == count


def test_a_process_killed_for_real_is_gone_on_with(tmp_path: Path) -> None:  # req 0.18
    path = tmp_path / "killed.sqlite"
    words = [sys.executable, "run_bot.py", "demo", "--seconds", "300", "--speed", "0", "--seed", "5", "--journal", str(path)]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL) as process:
        while process.poll() is None and not (path.is_file() and path.stat().st_size > 100_000):
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    done = subprocess.run([*words, "--resume"], cwd=ROOT, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stderr
    assert "money is conserved" in done.stdout
