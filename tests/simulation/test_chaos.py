"""Seeds of misfortune that every change is judged by: some fixed, every one that ever failed, and a few that nobody has seen yet."""

import hashlib
import os
import random
from pathlib import Path

import pytest

from config.assembly.campaign import Job, run_job, shrink_failure, written
from config.assembly.chaos import Outcome
from config.assembly.chaos_world import SHAPES, kind_of
from config.assembly.workers import Workers
from config.measure import commit_id
from config.settings import FOLDER, load
from tests.simulation.words_campaign import run_wrong

SETTINGS = load(FOLDER / "chaos.toml", {})
ONCE_FAILED = [int(line.split()[0]) for line in Path(__file__).with_name("seeds.txt").read_text().splitlines() if not line.startswith("#")]
FIXED = sorted({*range(1, 13), *ONCE_FAILED})
FRESH = range(3)
SEED_MAX = 2**32


def fresh_seed(number: int) -> int:
    """Nobody has seen it; in CI the commit decides, so that a commit is judged by the same seeds each time."""
    if os.environ.get("CI") == "true":
        return int(hashlib.sha256(f"{commit_id()} {number}".encode()).hexdigest(), 16) % SEED_MAX
    return random.SystemRandom().randrange(SEED_MAX)


def found(outcome: Outcome) -> str:
    """What the auditor found, with the way to see it again; empty when there is nothing."""
    if not outcome.violations:
        return ""
    words = [f"seed={outcome.seed} commit={commit_id()}", *outcome.violations[:5], f"repeat it: python run_bot.py chaos --seeds {outcome.seed}"]
    return "\n".join([*words, "once it is understood, add the seed to tests/simulation/seeds.txt"])


def test_every_seed_that_ever_failed_is_remembered() -> None:
    assert {22, 37, 46, 57, 67, 160, 235, 20, 41, 53, 146, 170} <= set(ONCE_FAILED)


@pytest.mark.parametrize("seed", FIXED)
def test_nothing_is_lost_doubled_or_invented_under_a_fixed_seed_and_trading_goes_on(seed: int) -> None:
    outcome = run_job(SETTINGS, Job(seed)).outcome
    assert found(outcome) == ""
    assert sum(outcome.faults.values()) > 0
    assert outcome.checks > 500
    assert outcome.placed_after > 0


def test_the_fixed_seeds_are_of_both_kinds_and_look_for_every_shape() -> None:
    kinds = [kind_of(SETTINGS, seed) for seed in FIXED]
    assert 10 < kinds.count(None) < len(FIXED) - 10
    assert {kind.shapes for kind in kinds if kind is not None} == set(SHAPES)


@pytest.mark.parametrize("number", FRESH)
def test_nothing_is_lost_doubled_or_invented_under_a_seed_that_nobody_has_seen(number: int) -> None:
    outcome = run_job(SETTINGS, Job(fresh_seed(number))).outcome
    assert found(outcome) == ""
    assert outcome.checks > 0


def test_in_ci_a_commit_decides_which_seeds_are_fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    assert [fresh_seed(number) for number in FRESH] == [fresh_seed(number) for number in FRESH]
    assert len({fresh_seed(number) for number in FRESH}) == len(FRESH)


def test_a_wrong_oms_is_caught_and_its_schedule_shrunk_to_the_one_strike_that_matters() -> None:
    """It never undoes a trade whose settlement failed."""
    seed, failed = next((seed, outcome) for seed in FIXED if (outcome := run_wrong(Job(seed)).outcome).violations)
    assert f"repeat it: python run_bot.py chaos --seeds {seed}" in found(failed)
    with Workers(2, run_wrong) as campaign:
        shrunk = shrink_failure(campaign, failed, 200, lambda: False)
    assert shrunk is not None
    assert shrunk.is_shortest, written(failed.struck)
    (strike,) = shrunk.strikes
    assert strike.kind in {"settlement failed", "settlement failed late"}
    assert run_wrong(Job(seed, shrunk.strikes)).outcome.violations, "it fails again"
    assert run_job(SETTINGS, Job(seed, shrunk.strikes)).outcome.violations == (), "doing right is clean under the same misfortune"
