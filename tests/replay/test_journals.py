"""Journals that earlier versions wrote, one of each schema, are read for ever; one of a schema to come is refused by name.

Each was made by the version of its schema: `run_bot.py demo --seconds 30 --speed 0 --seed 3 --journal J --report R`, then `gzip -9n J`; the report
without its `machine` part lies beside it. Since schema 3 with `--config` of an empty file: demo.toml trades arbitrage by now, schema 1 knew of none.
"""

import gzip
from pathlib import Path
from typing import Any

import pytest

from oms.entries import READABLE, SCHEMA, read_head, read_journal
from oms.history import history_of
from oms.ports import JournalFailed
from oms.totals import COMPARED
from oms.values.commands import Place, Prepared
from oms.values.history import History
from oms.values.record import DecisionBody
from oms.values.views import Picture
from oms.why import story
from tests.config.words_runs import assert_refused, report_of, run_bot
from tests.conftest import ROOT
from tests.oms.words_record import assert_adds_up, change, given_demo

JOURNALS = ROOT / "tests" / "replay" / "journals"
KNOWN_TO_1 = (
    "report",
    "orders",
    "fills",
    "markets",
    "markouts",
    "arbitrage",
    "turns",
    "virtual_s",
    "seed",
    "commit",
    "config_hash",
    "commands",
    "commands_hash",
)
"""What schema 1 can tell whole."""
NOT_KNOWN_TO_1 = ("events", "conserved", "conservation", "refused_by_gate", "oddities", "lenses")

Old = tuple[int, Path, dict[str, Any], History]


def unpacked(schema: int, folder: Path) -> Path:
    """The journal of that schema."""
    path = folder / f"schema{schema}.journal"
    path.write_bytes(gzip.decompress((JOURNALS / f"{path.name}.gz").read_bytes()))
    return path


@pytest.fixture(scope="module", params=READABLE)
def old(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Old:
    """A schema, a journal of it, the report of its run, and what is told of it now."""
    schema: int = request.param
    path = unpacked(schema, tmp_path_factory.mktemp("journals"))
    return schema, path, report_of(JOURNALS / f"schema{schema}.report.json"), history_of(path)


def test_there_is_a_journal_of_every_schema_there_ever_was() -> None:
    assert [path.name for path in sorted(JOURNALS.glob("*.gz"))] == [f"schema{number}.journal.gz" for number in range(1, SCHEMA + 1)]
    assert range(1, SCHEMA + 1) == range(1, len(READABLE) + 1)


def test_its_entries_come_back_one_by_one(old: Old) -> None:
    schema, path, report, _ = old
    run, entries = read_journal(path)
    read = list(entries)
    assert (run.run_id, run.seed, run.config_hash) == ("demo, seed 3", 3, report["config_hash"])
    assert [entry.seq for entry in read] == list(range(1, len(read) + 1))
    places = [entry for entry in read if isinstance(entry.body, Prepared) and isinstance(entry.body.command, Place)]
    assert len(places) == report["orders"]["placed"]
    for place in places:
        assert place.cause_seq is not None
        cause = read[place.cause_seq - 1].body
        assert isinstance(cause, DecisionBody)
        assert bool(cause.verdicts) is (schema > 1)
        assert cause.yes.bids or cause.yes.asks
        assert cause.no_seen.bids or cause.no_seen.asks
    assert any(isinstance(entry.body, Picture) for entry in read) is (schema > 1)


def test_it_comes_to_the_totals_that_its_run_reported_then(old: Old) -> None:  # req 2.36
    schema, _, report, told = old
    known = KNOWN_TO_1 if schema == 1 else tuple(key for key in report if key != "latency_us")
    assert {key: told.totals[key] for key in known} == {key: report[key] for key in known}
    assert set(COMPARED) <= set(known) or schema == 1
    assert {name: told.totals["cash"][name] for name in report["cash"] if name != "equity_mark_micro"} == {
        name: amount for name, amount in report["cash"].items() if name != "equity_mark_micro"
    }
    assert told.totals["books"]["health"] == report["books"]["health"]
    ages, said = told.totals["latency_us"]["age_at_decision"], report["latency_us"]["age_at_decision"]
    assert (ages["max"], ages["mean"]) == (said["max"], said["mean"])
    for name in ("p50", "p99"):  # the run counts in buckets a tenth wide, and says the upper bound
        assert ages[name] <= said[name] <= 1.1 * ages[name]
    assert_adds_up(told)
    assert (told.status, told.schema, told.disagreement) == ("finished", schema, "")


def test_what_a_schema_does_not_hold_is_none_and_never_nothing(old: Old) -> None:
    schema, _, _, told = old
    for key in NOT_KNOWN_TO_1:
        assert (told.totals[key] is None) is (schema == 1 or key == "lenses"), key
    assert (told.totals["books"]["mirror_judged"] is None) is (schema == 1)
    assert bool(told.about) is (schema > 1)


def test_the_marks_of_schema_1_are_those_its_strategies_saw(old: Old) -> None:
    """Its journal has no pictures: the last books that a decision saw must do, which leave our own orders out."""
    _, _, report, told = old
    marked = told.totals["cash"]["equity_mark_micro"]
    assert abs(marked - report["cash"]["equity_mark_micro"]) < 1_000_000
    assert told.totals["marks"] == report["marks"]
    assert told.equity[0].at_ns <= told.equity[-1].at_ns
    assert len(told.equity) > 5
    assert {point.health for market in told.markets for point in market.points}


def test_the_story_of_every_order_is_told(old: Old) -> None:  # req 2.36
    schema, path, report, _ = old
    entries = list(read_journal(path)[1])
    for number in range(1, report["orders"]["placed"] + 1):
        texts = [step.text for step in story(entries, f"3-{number}")]
        assert texts[0].startswith("market_making saw “Demo market ")
        assert texts[1].startswith("we held ")
        assert any(text.startswith("the gate approved: ") and text.endswith(" aside") is (schema > 1) for text in texts)
        assert texts[-1].rsplit(" → ", 1)[-1].split(",")[0] in {"FILLED", "CANCELLED", "REJECTED"} or "is CONFIRMED" in texts[-1]


@pytest.mark.parametrize("schema", range(1, SCHEMA))
def test_a_journal_of_an_earlier_schema_is_not_gone_on_with_and_says_why(tmp_path: Path, schema: int) -> None:
    path = unpacked(schema, tmp_path)
    before = path.read_bytes()
    with pytest.raises(JournalFailed, match=rf"{path.name} is of an earlier schema: .* begin a new journal"):
        given_demo(path, resume=True)
    run = run_bot("demo", "--seconds", "30", "--speed", "0", "--seed", "3", "--journal", path, "--resume")
    assert_refused(run, 3, f"{path.name} is of an earlier schema")
    assert path.read_bytes() == before


def test_a_journal_of_a_schema_to_come_is_refused_by_name_whoever_asks(tmp_path: Path) -> None:
    path = unpacked(SCHEMA, tmp_path).rename(tmp_path / "tomorrow.journal")
    change(path, f"UPDATE run SET schema = {SCHEMA + 1}")  # noqa: S608 (a number)
    words = rf"tomorrow\.journal has schema {SCHEMA + 1}; this version reads schemas 1, 2"
    for read in (read_head, read_journal, history_of):
        with pytest.raises(JournalFailed, match=words):
            read(path)
    with pytest.raises(JournalFailed, match=words):
        given_demo(path, resume=True)
    assert_refused(run_bot("why", "3-1", "--journal", path), 3, "tomorrow.journal has schema")
