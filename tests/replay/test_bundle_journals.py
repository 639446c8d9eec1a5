"""Journals of arbitrage that earlier versions wrote are read for ever, as those in test_journals.py are.

Made by `run_bot.py demo --config config/arbitrage.toml --seconds 60 --speed 0 --seed 3 --journal J --report R`, then `gzip -9n J`; the report without
its `machine` part lies beside it.
"""

import gzip
from pathlib import Path
from typing import Any

import pytest

from oms.entries import Entry, read_journal
from oms.history import history_of
from oms.values.commands import BundleOpened, Convert, Merge, Place, Prepared, Split
from oms.values.history import History
from oms.values.record import BundleBody
from oms.why import story
from tests.config.words_runs import report_of
from tests.conftest import ROOT
from tests.oms.words_record import assert_adds_up

JOURNALS = ROOT / "tests" / "replay" / "journals" / "bundles"
SCHEMAS = (3,)
"""Those that tell what the steps of a bundle saw."""

Old = tuple[dict[str, Any], History, list[Entry]]


@pytest.fixture(scope="module", params=SCHEMAS)
def old(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Old:
    """The report of a run, what is told of its journal now, and its entries."""
    path: Path = tmp_path_factory.mktemp("bundles") / f"schema{request.param}.journal"
    path.write_bytes(gzip.decompress((JOURNALS / f"{path.name}.gz").read_bytes()))
    return report_of(JOURNALS / f"{path.stem}.report.json"), history_of(path), list(read_journal(path)[1])


def as_told_then(now: Any, then: Any) -> Any:  # noqa: ANN401 (parts of a report)
    """What is told now without what was not told then: a report may grow, and takes nothing back."""
    return {key: as_told_then(now.get(key), part) for key, part in then.items()} if isinstance(now, dict) and isinstance(then, dict) else now


def test_it_comes_to_the_totals_that_its_run_reported_then(old: Old) -> None:  # req 2.36, 4.15
    report, told, _ = old
    assert report["arbitrage"]["bundles"]["opened"] > 2
    known = [key for key in report if key != "latency_us"]
    assert {key: as_told_then(told.totals[key], report[key]) for key in known} == {key: report[key] for key in known}
    assert told.totals["latency_us"]["age_at_decision"]["max"] == report["latency_us"]["age_at_decision"]["max"]
    assert_adds_up(told)
    assert (told.status, told.disagreement) == ("finished", "")


def test_everything_that_was_done_points_to_what_had_been_seen(old: Old) -> None:  # ruling 0.1
    _, _, entries = old
    done = 0
    for entry in entries:
        if isinstance(entry.body, Prepared) and isinstance(entry.body.command, BundleOpened | Place | Split | Merge | Convert):
            assert entry.cause_seq is not None
            cause = entries[entry.cause_seq - 1].body
            assert isinstance(cause, BundleBody)
            assert all((market.yes.bids or market.yes.asks) and (market.no_seen.bids or market.no_seen.asks) for market in cause.markets)
            done += 1
    assert done > 30


def test_the_story_of_every_order_is_told(old: Old) -> None:  # req 2.36
    report, _, entries = old
    for number in range(1, report["orders"]["placed"] + 1):
        texts = [step.text for step in story(entries, f"3-{number}")]
        assert sum(" saw “event-" in text for text in texts) > 1
        assert sum(text.startswith("it opened bundle 3-b") for text in texts) == 1
        assert sum(" ended " in text for text in texts) == 1
