"""A run of misfortune: a clock that jumps and never goes back, a process that dies anywhere, and the same run again from its seed or its strikes."""

import itertools
from collections import Counter
from pathlib import Path

import pytest

from config.assembly.chaos import run_seed
from config.assembly.chaos_process import Clock
from config.assembly.demo import START_NS
from oms.entries import read_journal
from oms.values.events import Restarted
from oms.values.units import NS_PER_SECOND
from sim.faults import Faults
from tests.auditor import Auditor, Seen, Truth
from tests.simulation.words_chaos import Watched, given_chaos, given_settings

DEATHS = ("kill", "kill before send", "journal failed")


@pytest.mark.parametrize("seed", range(5))
def test_the_clock_jumps_and_drifts_and_never_goes_backwards(seed: int) -> None:
    faults = Faults(seed, rates={"clock step": 0.2, "clock drift": 0.2})
    clock = Clock(faults)
    shown = []
    for second in range(300):
        clock.each_second(START_NS + second * NS_PER_SECOND)
        shown += [clock.read(START_NS + second * NS_PER_SECOND + part) for part in range(0, NS_PER_SECOND, NS_PER_SECOND // 4)]
    assert all(one <= other for one, other in itertools.pairwise(shown))
    assert any(other - one > NS_PER_SECOND for one, other in itertools.pairwise(shown)), "it jumps ahead"
    assert any(one == other for one, other in itertools.pairwise(shown)), "it stands still instead of going back"
    true_ns = START_NS + 299 * NS_PER_SECOND
    assert abs(clock.read(true_ns) - true_ns) < 300 * NS_PER_SECOND


def test_without_faults_the_clock_is_right() -> None:
    clock = Clock(Faults(1, rates={}))
    clock.each_second(START_NS)
    assert clock.read(START_NS + 5) == START_NS + 5
    assert clock.true_ns(START_NS + 100, START_NS + 10) == START_NS + 100
    assert clock.true_ns(START_NS, START_NS + 10) == START_NS + 10, "what is due is due now"


@pytest.mark.parametrize(("kind", "rate"), [("kill", 0.01), ("kill before send", 0.04), ("journal failed", 0.02)])
def test_a_process_may_die_at_each_place_and_the_run_comes_to_its_end(kind: str, rate: float, tmp_path: Path) -> None:
    chaos = given_chaos(tmp_path, 2, rates={kind: rate}, seconds=40)
    outcome = chaos.run()
    assert outcome.violations == ()
    assert outcome.deaths == outcome.faults[kind] >= 2
    assert [strike.kind for strike in outcome.struck] == [kind] * outcome.deaths
    assert outcome.placed_after > 0, "trading goes on"
    run, entries = read_journal(chaos._path)
    assert (run.seed, len([entry for entry in entries if isinstance(entry.body, Restarted)])) == (2, outcome.deaths)


def test_a_run_repeats_exactly_from_its_seed_and_from_its_strikes(tmp_path: Path) -> None:
    rates = {**dict.fromkeys(("word lost", "place reply lost", "query failed", "frame late", "settlement failed", "clock step"), 0.1), "kill": 0.004}
    first = given_chaos(tmp_path, 9, rates=rates, seconds=40)
    outcome = first.run()
    assert outcome.deaths > 0
    from_seed = given_chaos(tmp_path, 9, rates=rates, seconds=40)
    from_strikes = given_chaos(tmp_path, 9, rates={}, only=frozenset(outcome.struck), seconds=40)
    for again in (from_seed, from_strikes):
        assert again.run() == outcome
        assert list(read_journal(again._path)[1]) == list(read_journal(first._path)[1]), "every entry is the same"


def test_one_strike_fewer_is_another_run(tmp_path: Path) -> None:
    outcome = given_chaos(tmp_path, 9, rates={"word lost": 0.2}, seconds=20).run()
    fewer = given_chaos(tmp_path, 9, only=frozenset(outcome.struck[1:]), seconds=20).run()
    assert outcome.struck[0] not in fewer.struck
    assert fewer.violations == outcome.violations == ()


def test_one_seed_from_beginning_to_end(tmp_path: Path) -> None:
    outcome = run_seed(given_settings(), 4, tmp_path)
    assert (outcome.seed, outcome.violations) == (4, ())
    assert outcome.checks > 500
    assert outcome.orders > outcome.fills > 0
    assert sum(outcome.faults.values()) == len(outcome.struck) > 0
    assert outcome.deaths == sum(outcome.faults.get(kind, 0) for kind in DEATHS)


class Always(Watched):
    """A run whose auditor judges every turn, whether or not anything is new in it."""

    def look(self, at_ns: int) -> None:
        """Forget that it was right."""
        self._found_right = None
        super().look(at_ns)


def test_what_is_as_it_was_when_nothing_was_found_is_not_judged_again_and_nothing_is_missed_by_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged: Counter[bool] = Counter()
    check = Auditor.check

    def counted(auditor: Auditor, at_ns: int, seen: Seen, truth: Truth) -> None:
        judged[is_always] += 1
        check(auditor, at_ns, seen, truth)

    monkeypatch.setattr(Auditor, "check", counted)
    rates = dict.fromkeys(("word lost", "query failed", "settlement failed"), 0.1)
    outcomes = []
    for is_always in (False, True):
        outcomes.append(given_chaos(tmp_path, 3, rates=rates, seconds=20, kind=Always if is_always else None).run())
    assert outcomes[0] == outcomes[1]
    assert 0 < judged[False] < judged[True] == outcomes[0].checks
