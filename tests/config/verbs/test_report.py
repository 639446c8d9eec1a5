"""`report` as a user meets it: files from journals, one-line refusals, and a code that says whether the books agreed."""

import argparse
import os
import subprocess
from pathlib import Path

import pytest

from config.settings import BadSettings
from config.verbs import report
from config.verbs.ending import BOOKS_DISAGREE, DONE, FileSaidNo
from oms.ports import JournalFailed
from tests.config.report.test_page import assert_harmless
from tests.config.report.words_history import given_history, given_totals
from tests.config.words_runs import BOT, assert_adds_up, assert_refused, environment, report_of, run_bot


def chosen(journal: Path, *, json: Path | None = None, html: Path | None = None) -> argparse.Namespace:
    return argparse.Namespace(journal=journal, json=json, html=html)


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The journal of the sample that ships, with the run's own report beside it."""
    folder = tmp_path_factory.mktemp("run")
    done = run_bot("replay", "--journal", folder / "j.sqlite", "--report", folder / "run.json")
    assert done.code == 0, done.err
    return folder / "j.sqlite"


def test_text_json_and_page_are_made_from_a_journal(journal: Path, tmp_path: Path) -> None:
    done = run_bot("report", journal, "--json", tmp_path / "r.json", "--html", tmp_path / "r.html")
    assert (done.code, done.err) == (0, "")
    assert "\n  verdict    " in done.out
    assert f"  written    {tmp_path / 'r.html'}" in done.out
    told, ran = report_of(tmp_path / "r.json"), report_of(journal.with_name("run.json"))
    assert_adds_up(told)
    for key in ("orders", "fills", "cash", "books", "conserved", "commands_hash", "seed", "virtual_s"):
        assert told[key] == ran[key]
    read = assert_harmless((tmp_path / "r.html").read_text(encoding="utf-8"))
    assert "Money is conserved." in read.text


def test_one_journal_makes_the_same_files_each_time(journal: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = []
    for name in ("a", "b"):
        assert report.run(chosen(journal, json=tmp_path / f"{name}.json", html=tmp_path / f"{name}.html")) == DONE
        said.append(capsys.readouterr().out.replace(str(tmp_path / name), ""))
    assert said[0] == said[1]
    for kind in ("json", "html"):
        assert (tmp_path / f"a.{kind}").read_bytes() == (tmp_path / f"b.{kind}").read_bytes()


def test_the_journal_is_never_written_over(journal: Path, tmp_path: Path) -> None:
    before = journal.read_bytes()
    (tmp_path / "link").symlink_to(journal)
    os.link(journal, journal.with_name("hard"))
    for name in (journal, tmp_path / "link", journal.with_name("hard"), journal.with_name("j.sqlite-wal")):
        with pytest.raises(BadSettings, match=r"--html .*: that is the journal itself; name another file"):
            report.run(chosen(journal, html=name))
    assert journal.read_bytes() == before


def test_a_folder_and_one_file_for_two_reports_are_refused_before_anything_is_read(tmp_path: Path) -> None:
    nowhere = tmp_path / "no journal"
    with pytest.raises(BadSettings, match=r"--json .*: is a folder"):
        report.run(chosen(nowhere, json=tmp_path))
    with pytest.raises(BadSettings, match=r"--html .*: is a folder, or in a folder that does not exist"):
        report.run(chosen(nowhere, html=tmp_path / "none" / "r.html"))
    with pytest.raises(BadSettings, match=r"--html .*: that is another file of this report"):
        report.run(chosen(nowhere, json=tmp_path / "r", html=tmp_path / "r"))
    with pytest.raises(JournalFailed):
        report.run(chosen(nowhere))


def test_what_cannot_be_written_is_named_with_the_way_out(journal: Path) -> None:
    with pytest.raises(FileSaidNo, match=r"/dev/full: could not be written .*; name another file with --html"):
        report.run(chosen(journal, html=Path("/dev/full")))


def test_a_file_that_cannot_be_written_does_not_cost_the_text(journal: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(FileSaidNo):
        report.run(chosen(journal, html=Path("/dev/full")))
    assert "  verdict    " in capsys.readouterr().out


def test_files_are_written_although_the_reader_of_the_text_has_gone(journal: Path, tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    words = [*BOT, "report", str(journal), "--html", str(tmp_path / "r.html")]
    done = subprocess.run(words, stdout=writing, stderr=subprocess.PIPE, check=False, timeout=60, env=environment())
    os.close(writing)
    assert done.stderr == b""
    assert (tmp_path / "r.html").stat().st_size > 0


def test_a_user_reads_one_line_about_a_file_that_is_no_journal(tmp_path: Path) -> None:
    text = tmp_path / "text"
    text.write_text("no database")
    assert_refused(run_bot("report", text), 3, "cannot be read as a journal")
    assert_refused(run_bot("report", tmp_path / "none", "--html", tmp_path), 2, "--html", "is a folder")


@pytest.mark.parametrize(
    ("disagreement", "conserved", "code"),
    [("", True, DONE), ("", None, DONE), ("", "at 5: 1, not 2", BOOKS_DISAGREE), ("cash: 1, the run said 2", True, BOOKS_DISAGREE)],
)
def test_the_code_says_whether_the_books_agreed(disagreement: str, conserved: object, code: int) -> None:
    assert report.exit_code(given_history(disagreement=disagreement, totals=given_totals(conserved=conserved))) == code


def test_a_terminal_without_blocks_gets_signs_that_it_has(journal: Path) -> None:
    plain = run_bot("report", journal, env={"PYTHONIOENCODING": "ascii"})
    assert plain.code == 0
    assert "\\u2581" not in plain.out
    assert "  worth      " in plain.out
    assert plain.out.isascii()
