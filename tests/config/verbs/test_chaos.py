"""`chaos` as a user meets it."""

import json
from pathlib import Path

from sim.faults import KINDS
from tests.config.words_runs import assert_refused, run_bot


def test_seeds_are_run_told_and_written(tmp_path: Path) -> None:
    told = tmp_path / "chaos.json"
    done = run_bot("chaos", "--seeds", "1..3", "--jobs", "2", "--report", str(told))
    assert done.code == 0, done.err
    assert "0 violations" in done.out
    report = json.loads(told.read_text())
    counted = [kind for kind in KINDS if kind in done.out]
    assert len(counted) > 10
    assert json.dumps(report)


def test_what_cannot_be_run_is_one_line(tmp_path: Path) -> None:
    for words, part in ((("--seeds", "5..1"), "--seeds"), (("--seeds", "x"), "--seeds"), (("--jobs", "0"), "--jobs")):
        done = run_bot("chaos", *words)
        assert done.code == 2
        assert part in done.err
    bad = tmp_path / "bad.toml"
    bad.write_text("[engine]\nnonsense = 1\n")
    assert_refused(run_bot("chaos", "--seeds", "1", "--config", str(bad)), 2, "nonsense")
    assert_refused(run_bot("chaos", "--seeds", "1", "--only", "flood:1"), 2, "flood")
