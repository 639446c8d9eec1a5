"""Many seeds: run, added up, and shrunk; what ends a run that should not end it is a violation too."""

from functools import partial

import pytest

from config.assembly import campaign
from config.assembly.campaign import Job, Result, Tally, kinds_of_failure, read, results, run_job, shrink_failure, workers, written
from config.assembly.workers import Workers, WorkersFailed
from config.settings import FOLDER, load
from oms.engine import Engine
from oms.values.events import Event
from oms.values.units import Nanos
from sim.faults import KINDS, Strike
from tests.config.assembly.words_campaign import DEADLY, ENDED, FAILING, NEEDED, SCHEDULE, given_outcome, made_up

SETTINGS = load(FOLDER / "chaos.toml", {})


def test_a_run_in_a_worker_is_the_run_here_to_the_last_order_and_fill() -> None:  # req 0.4
    with workers(SETTINGS, 1) as hired:
        (there,) = results(hired, iter([Job(3)]))
    here = run_job(SETTINGS, Job(3))
    assert here.outcome == there.outcome
    assert here.digest == there.digest
    assert here.digest != run_job(SETTINGS, Job(3, ())).digest


class Breaks(Engine):
    """A mistake of ours after the first word of the venue."""

    def apply(self, event: Event, at_ns: Nanos) -> None:
        super().apply(event, at_ns)
        raise KeyError("a mistake")


class Circles(Engine):
    """A turn that never ends."""

    def apply(self, event: Event, at_ns: Nanos) -> None:
        while at_ns:
            super().apply(event, at_ns)


def test_an_error_of_our_own_code_is_a_violation_with_its_place() -> None:
    outcome = run_job(SETTINGS, Job(1), make=Breaks).outcome
    (violation,) = outcome.violations
    assert violation.startswith("ended with KeyError: 'a mistake' (test_campaign.py:")
    assert outcome.seed == 1


def test_a_run_that_turns_in_a_circle_is_ended_and_is_a_violation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(campaign, "CPU_MAX_S", 0.3)
    (violation,) = run_job(SETTINGS, Job(1), make=Circles).outcome.violations
    assert "ended with EndlessRun: 0 s of computing and no end" in violation


def test_a_worker_that_somebody_ended_says_nothing_about_its_seed_and_ends_the_campaign() -> None:
    why = rf"the process that ran seed {ENDED} was ended from outside \(signal 9\), so nothing is said of it; .* --jobs"
    with Workers(1, made_up) as hired:
        with pytest.raises(WorkersFailed, match=why):
            list(results(hired, map(Job, (1, ENDED, 2))))
        with pytest.raises(WorkersFailed, match=why):
            shrink_failure(hired, given_outcome(ENDED, SCHEDULE, "money: wrong"), 10, lambda: False)


def test_a_worker_that_dies_is_a_violation_of_its_seed() -> None:
    with Workers(2, made_up) as hired:
        outcomes = {result.outcome.seed: result.outcome for result in results(hired, map(Job, (1, DEADLY, 2)))}
    assert sorted(outcomes) == [1, 2, DEADLY]
    assert "the process that ran this seed ended by itself (exit code 9)" in outcomes[DEADLY].violations[0]
    assert outcomes[1].violations == outcomes[2].violations == ()


def test_a_tally_adds_up_and_its_report_does_not_depend_on_the_order() -> None:
    given = [made_up(Job(seed)) for seed in (5, FAILING, 2)]
    one, other = Tally(), Tally()
    for result in given:
        one.add(result)
    for result in reversed(given):
        other.add(result)
    report = one.report()
    assert report == other.report()
    assert list(report["seeds"]) == ["2", "5", str(FAILING)]
    sums = {"seeds": 3, "deaths": 6, "checks": 300, "orders": 30, "fills": 12, "faults": 60, "placed_after": 9, "bundles": 0, "transfers": 0}
    assert report["totals"] == {**sums, "failed_seeds": 1, "seeds_without_orders_after": 0}
    assert list(report["faults"]) == list(KINDS)
    assert report["faults"]["kill"] == {"words": KINDS["kill"], "struck": 30, "seeds": 3}
    assert report["faults"]["clock step"]["struck"] == 0
    assert len(report["violations"][str(FAILING)]) == 5
    assert not one.is_clean()


@pytest.mark.parametrize(("idle", "of", "goes_on"), [(19, 19, True), (1, 20, True), (2, 20, False), (2, 40, True)])
def test_that_trading_goes_on_is_judged_over_many_seeds(*, idle: int, of: int, goes_on: bool) -> None:
    tally = Tally()
    for seed in range(of):
        tally.add(Result(given_outcome(seed, placed_after=0 if seed < idle else 1), ""))
    assert tally.idle() == list(range(idle))
    assert tally.trading_goes_on() == tally.is_clean() == goes_on


def test_a_failing_schedule_is_shrunk_by_its_workers() -> None:
    with Workers(2, made_up) as hired:
        shrunk = shrink_failure(hired, made_up(Job(FAILING)).outcome, 300, lambda: False)
        other = shrink_failure(hired, given_outcome(FAILING, SCHEDULE, "at 3 s: dead: order 1 stands"), 300, lambda: False)
    assert shrunk is not None
    assert (set(shrunk.strikes), shrunk.is_shortest) == (set(NEEDED), True)
    assert other is None, "another failure is not this failure"


def test_failures_are_told_apart_by_their_first_word() -> None:
    told = ["at 1767225603.877 s: money: the bot's ledger", "at 1767225745.000 s, after the faults: order 3 is still SENT", "ended with KeyError"]
    assert kinds_of_failure(told) == {"money:", "order", "ended"}


def test_a_schedule_can_be_typed() -> None:
    assert written(NEEDED) == "place lost:3; kill:4"
    assert set(read(written(SCHEDULE))) == set(SCHEDULE)
    assert read(" place 5xx: 2,14 ;kill:3;") == (Strike("place 5xx", 2), Strike("place 5xx", 14), Strike("kill", 3))
    assert read("") == ()


@pytest.mark.parametrize("text", ["fire:1", "kill", "kill:", "kill:0", "kill:x", "kill:1,,2", "kill:-1", "kill:²", "kill:99999999999"])
def test_a_schedule_that_means_nothing_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"there is no fault named|write the fault, a colon"):
        read(text)


def test_jobs_of_a_campaign_can_be_handed_to_processes_with_another_oms() -> None:
    with Workers(1, partial(run_job, SETTINGS, make=Engine)) as hired:
        (result,) = results(hired, iter([Job(2, ())]))
    assert (result.outcome.violations, result.outcome.faults) == ((), {})
