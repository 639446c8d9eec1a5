"""`why` as a user meets it."""

from pathlib import Path

from msgspec.structs import replace

from config.console import plain
from oms.entries import RunRow
from oms.journal import SqliteJournal
from oms.ports import Turned
from oms.values.events import MarketListed
from tests.config.words_runs import assert_refused, run_bot
from tests.oms.test_why import PLACED
from tests.words import NOON_NS, given_market


def given_journal(path: Path, title: str) -> Path:
    journal = SqliteJournal(path, RunRow(run_id="a test", commit_id="", config_hash="", seed=1, started_ns=NOON_NS), money_is_real=False)
    listed = MarketListed(market=replace(given_market(), title=title))
    journal.commit(Turned(number=1, at_ns=NOON_NS, batch=[listed], ready=[PLACED]))
    journal.close()
    return path


def test_the_story_is_printed_with_times(tmp_path: Path) -> None:
    done = run_bot("why", "1-1", "--journal", str(given_journal(tmp_path / "j.sqlite", "Will it?")))
    assert done.code == 0, done.err
    lines = done.out.splitlines()
    assert lines[0] == "order 1-1 of a test, times in UTC"
    assert lines[1].startswith("  2025-06-15 15:06:40.000  +    0.000 s  the gate approved: BUY 10 YES at 0.49")


def test_what_a_terminal_would_obey_is_shown_and_not_sent() -> None:
    assert plain("a\x1b[2Jb\nc — “d”") == "a\\x1b[2Jb\\x0ac — “d”"


def test_an_order_or_a_journal_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    journal = str(given_journal(tmp_path / "j.sqlite", "Will it?"))
    assert_refused(run_bot("why", "1-2", "--journal", journal), 3, "no order '1-2'")
    assert_refused(run_bot("why", "1-1", "--journal", str(tmp_path / "none")), 3, "no such journal")
    text = tmp_path / "text"
    text.write_text("no database")
    assert_refused(run_bot("why", "1-1", "--journal", str(text)), 3, "cannot be read as a journal")
