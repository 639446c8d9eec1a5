"""The disk fills up under a run: one line, exit code 3, nothing sent that is not on the record, and the run goes on when there is room again."""

import subprocess
from pathlib import Path

import pytest

from config.assembly.joined import Keep
from oms.entries import read_head, read_journal
from oms.journal import SqliteJournal
from oms.ports import JournalFailed
from oms.values.commands import Prepared
from tests.campaign.kills import given_run
from tests.config.words_runs import BOT, SAMPLE, Run, assert_refused, environment, report_of, run_bot
from tests.connectors.test_tape_full import read
from tests.words_disk import bounded, no_file_longer_than

DEMO = ("demo", "--seconds", "60", "--seed", "5")


def run_bounded(size: int, *words: str | Path) -> Run:
    """Run it where no file may grow beyond `size`."""
    command = [*BOT, *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, env=environment(), preexec_fn=bounded(size))
    return Run(done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize("size", [20_000, 100_000, 400_000])
def test_a_run_whose_journal_cannot_grow_ends_with_code_3_and_goes_on_with_the_same_hash(tmp_path: Path, size: int) -> None:  # req 0.18
    journal, report = tmp_path / "j", tmp_path / "r.json"
    assert run_bot(*DEMO, "--report", report).code == 0
    digest = report_of(report)["commands_hash"]
    broken = run_bounded(size, *DEMO, "--journal", journal)
    if size < 100_000:
        assert_refused(broken, 3, f"{journal}: cannot be created (", "make room on its disk")
        assert list(tmp_path.iterdir()) == [report], "nothing is in the way of the next attempt"
        return
    assert_refused(
        broken, 3, f"{journal}: turn ", " could not be written (", "nothing of it was sent; make room on its disk, then go on with --resume"
    )
    assert read_head(journal)[1].status == "running"
    assert_refused(run_bounded(size, *DEMO, "--journal", journal, "--resume"), 3, str(journal), "make room on its disk")
    assert run_bot(*DEMO, "--journal", journal, "--resume", "--report", report).code == 0
    assert report_of(report)["commands_hash"] == digest
    assert read_head(journal)[1].status == "finished"


@pytest.mark.parametrize("kind", ["demo", "replay"])
def test_what_was_sent_is_what_was_committed(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "j"
    run = given_run(kind, Keep(path=path, run_id=kind))
    venue, sent = run.venue, list[Prepared]()
    send = venue.send

    def seen(ready: list[Prepared], at_ns: int) -> None:
        sent.extend(ready)
        send(ready, at_ns)

    monkeypatch.setattr(venue, "send", seen)
    with no_file_longer_than(150_000), pytest.raises(JournalFailed, match="nothing of it was sent"):
        run.run()
    assert isinstance(run.joined.journal, SqliteJournal)
    run.joined.journal.abandon()
    assert sent == [entry.body for entry in read_journal(path)[1] if isinstance(entry.body, Prepared)]
    assert len(sent) > 2


@pytest.mark.parametrize("suffix", ["", ".gz", ".zst"])
def test_a_tape_that_cannot_grow_ends_the_run_and_replays_to_where_it_ends(tmp_path: Path, suffix: str) -> None:
    tape, journal = tmp_path / f"new.tape{suffix}", tmp_path / "j"
    broken = run_bounded(60_000, "replay", SAMPLE, "--record", tape)
    assert_refused(broken, 3, f"{tape}: cannot be written (File too large); make room or name another disk")
    assert len(read(tape)) > 20
    again = run_bot("replay", tape)
    assert (again.code, again.err) == (0, "")
    assert run_bot("replay", SAMPLE, "--record", tmp_path / f"other.tape{suffix}", "--journal", journal).code == 0


def test_a_journal_that_fails_leaves_its_tape_with_a_proper_end(tmp_path: Path) -> None:
    tape, journal = tmp_path / "new.tape.gz", tmp_path / "j"
    assert_refused(run_bounded(150_000, "replay", SAMPLE, "--record", tape, "--journal", journal), 3, f"{journal}: turn ")
    again = run_bot("replay", tape)
    assert again.code == 0
    assert "cut off" not in again.out


def test_a_run_that_cannot_begin_leaves_no_empty_tape(tmp_path: Path) -> None:
    tape, journal = tmp_path / "new.tape", tmp_path / "j"
    journal.write_text("somebody's")
    assert_refused(run_bot("replay", SAMPLE, "--record", tape, "--journal", journal), 3, "exists already")
    assert not tape.exists()
    assert journal.read_text() == "somebody's"


@pytest.mark.parametrize("words", [("demo", "--seconds", "5"), ("replay",), ("chaos", "--seeds", "3")])
def test_an_output_that_takes_nothing_is_one_line_and_no_traceback(words: tuple[str, ...]) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([*BOT, *words], stdout=full, stderr=subprocess.PIPE, text=True, check=False, timeout=60, env=environment())
    assert_refused(Run(done.returncode, "", done.stderr), 3, "what the run says could not be written (No space left on device)")
