"""Shrinking a schedule: what is left still fails, nothing of it can be left out, and there is a bound."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from config.assembly.shrink import FirstFailing, Patience, Schedule, shrink
from sim.faults import Strike


def given_schedule(length: int) -> Schedule:
    return tuple(Strike("kill", number) for number in range(1, length + 1))


def needs(*numbers: int) -> FirstFailing:
    """Fails if and only if all these strikes are there."""

    def first_failing(candidates: Sequence[Schedule]) -> int | None:
        fails = [{*numbers} <= {strike.number for strike in candidate} for candidate in candidates]
        return fails.index(True) if any(fails) else None

    return first_failing


@given(length=st.integers(1, 60), needed=st.sets(st.integers(1, 60), max_size=4), batch=st.integers(1, 5))
def test_exactly_what_is_needed_is_left_in_its_order(length: int, needed: set[int], batch: int) -> None:
    needed = {number for number in needed if number <= length}
    shrunk = shrink(given_schedule(length), needs(*needed), Patience(runs_max=10_000, batch=batch))
    assert [strike.number for strike in shrunk.strikes] == sorted(needed)
    assert shrunk.is_shortest


def test_few_runs_are_enough_where_little_matters() -> None:
    shrunk = shrink(given_schedule(512), needs(100), Patience(runs_max=10_000))
    assert len(shrunk.strikes) == 1
    assert shrunk.runs <= 20


def test_there_are_never_more_runs_than_allowed_and_what_is_left_then_still_fails() -> None:
    tried = 0
    fails = needs(3, 90)

    def counted(candidates: Sequence[Schedule]) -> int | None:
        nonlocal tried
        tried += len(candidates)
        return fails(candidates)

    shrunk = shrink(given_schedule(100), counted, Patience(runs_max=7, batch=2))
    assert (shrunk.runs, tried, shrunk.is_shortest) == (7, 7, False)
    assert fails([shrunk.strikes]) == 0
    assert len(shrunk.strikes) < 100


def test_a_failure_that_needs_no_fault_shrinks_to_nothing() -> None:
    shrunk = shrink(given_schedule(8), needs(), Patience(runs_max=100))
    assert (shrunk.strikes, shrunk.is_shortest) == ((), True)
    assert shrink((), needs(), Patience(runs_max=100)).runs == 0


def test_somebody_may_ask_to_stop() -> None:
    shrunk = shrink(given_schedule(8), needs(1), Patience(runs_max=100, is_over=lambda: True))
    assert (shrunk.strikes, shrunk.runs, shrunk.is_shortest) == (given_schedule(8), 0, False)
