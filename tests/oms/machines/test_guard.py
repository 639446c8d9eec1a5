"""The guards: measured from the best, by UTC days and hours, confirmed, told once; what nobody knows concludes nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oms.machines.guard import DAY_NS, HOUR_NS, SAMPLE_NS, Guard, GuardLimits
from oms.values.units import MICRO, NS_PER_SECOND

S = NS_PER_SECOND
NOON = 20_000 * DAY_NS + DAY_NS // 2
MIDNIGHT = NOON + DAY_NS // 2


def given_guard(*, drawdown: int = 0, day_loss: int = 0, percent: int = 0, least: int = 10, confirm_s: int = 5) -> Guard:
    """Limits in whole dollars and percent."""
    return Guard(
        GuardLimits(
            drawdown_max_micro=drawdown * MICRO,
            day_loss_max_micro=day_loss * MICRO,
            failing_max_ppm=percent * 10_000,
            failing_min=least,
            confirm_ns=confirm_s * S,
        )
    )


def seen(guard: Guard, at_s: float, dollars: float | None, *, failed: int = 0, settled: int = 0) -> str:
    """One look, so many seconds after noon."""
    return guard.look(None if dollars is None else int(dollars * MICRO), settled, failed, NOON + int(at_s * S))


def test_a_drawdown_is_measured_from_the_best_and_not_from_the_start() -> None:
    guard = given_guard(drawdown=100, confirm_s=0)
    assert [seen(guard, at_s, dollars) for at_s, dollars in enumerate((0, 250, 150))] == ["", "", ""]
    assert seen(guard, 3, 149.99) == "the result is $100.01 below its best; $100.00 are allowed"
    assert guard.peak_micro == 250 * MICRO


def test_exactly_the_limit_is_allowed() -> None:
    guard = given_guard(drawdown=100, day_loss=100, percent=50, least=1, confirm_s=0)
    assert seen(guard, 0, 0) == ""
    assert seen(guard, 1, -100, failed=5, settled=5) == ""
    assert seen(guard, 2, -100.000001, failed=5, settled=5) != ""


def test_a_breach_trips_only_when_it_lasted() -> None:
    guard = given_guard(drawdown=10, confirm_s=5)
    seen(guard, 0, 0)
    assert seen(guard, 1, -50) == ""
    assert seen(guard, 5.999, -50) == ""
    assert seen(guard, 6, -50) != ""
    assert guard.tripped != ""


def test_one_honest_look_at_a_sound_result_begins_the_wait_anew() -> None:
    guard = given_guard(drawdown=10, confirm_s=5)
    for at_s, dollars in ((0, 0), (1, -50), (4, -10), (5, -50), (9.9, -50)):
        assert seen(guard, at_s, dollars) == ""
    assert seen(guard, 10, -50) != ""


def test_a_result_that_nobody_knows_concludes_nothing_neither_ill_nor_well() -> None:
    guard = given_guard(drawdown=10, day_loss=10, confirm_s=5)
    assert [seen(guard, at_s, None) for at_s in range(20)] == [""] * 20
    assert (guard.peak_micro, guard.day_start_micro, guard.latest_micro) == (None, None, None)
    seen(guard, 20, 0)
    assert [seen(guard, at_s, dollars) for at_s, dollars in ((21, -50), (23, None), (25, None), (40, None))] == [""] * 4
    assert "below its best" in seen(guard, 41, -50)  # a book that flickers must not keep a guard from ever tripping


def test_it_is_told_once_and_again_only_after_a_person_looked() -> None:
    guard = given_guard(drawdown=10, confirm_s=0)
    seen(guard, 0, 100)
    why = seen(guard, 1, 50)
    assert why
    assert [seen(guard, at_s, dollars) for at_s, dollars in ((2, 0), (3, -500), (4, None))] == ["", "", ""]
    assert guard.tripped == why
    guard.rearm()
    assert guard.tripped == ""
    assert seen(guard, 5, -500) == ""  # what was lost then is the new measure
    assert seen(guard, 6, -510) == ""
    assert seen(guard, 7, -511) != ""


def test_rearmed_the_hour_and_the_wait_begin_anew() -> None:
    guard = given_guard(percent=10, least=1, confirm_s=5)
    seen(guard, 0, 0)
    assert seen(guard, 1, 0, failed=5) == ""
    guard.rearm()
    assert [seen(guard, at_s, 0, failed=5) for at_s in (6, 7, 20)] == ["", "", ""]
    assert seen(guard, 21, 0, failed=6) == ""
    assert seen(guard, 26, 0, failed=6) != ""


def test_the_days_loss_is_from_the_beginning_of_the_utc_day() -> None:
    guard = given_guard(day_loss=50, confirm_s=0)
    half_a_day_s = DAY_NS // 2 // S
    assert [seen(guard, at_s, dollars) for at_s, dollars in ((0, 100), (1, 60), (half_a_day_s - 1, 51))] == ["", "", ""]
    assert seen(guard, half_a_day_s, 20) == ""  # a new day begins here
    assert guard.day_start_micro == 20 * MICRO
    assert seen(guard, half_a_day_s + 1, -30) == ""
    assert seen(guard, half_a_day_s + 2, -31) == "$51.00 are lost since this UTC day began; $50.00 are allowed"


def test_a_loss_of_yesterday_that_nobody_could_confirm_does_not_trip_today() -> None:
    guard = given_guard(day_loss=50, confirm_s=5)
    half_a_day_s = DAY_NS // 2 // S
    for at_s, dollars in ((0, 0), (half_a_day_s - 2, -60), (half_a_day_s + 1, None), (half_a_day_s + 9, -60), (half_a_day_s + 60, -60)):
        assert seen(guard, at_s, dollars) == ""


def test_a_slow_bleeding_over_days_is_a_drawdown_though_no_day_loses_too_much() -> None:
    guard = given_guard(day_loss=50, drawdown=100, confirm_s=0)
    told = [guard.look(-40 * day * MICRO, 0, 0, NOON + day * DAY_NS) for day in range(4)]
    assert told[:3] == ["", "", ""]
    assert "below its best" in told[3]


def test_failures_count_in_the_last_hour_only() -> None:
    guard = given_guard(percent=10, least=10, confirm_s=0)
    failed = settled = 0
    for minute in range(180):  # nine in any hour, one of ten: never enough
        if minute % 7 == 0:
            failed, settled = failed + 1, settled + 1
        assert seen(guard, 60 * minute, None, failed=failed, settled=settled) == ""
    assert failed > 20
    assert seen(guard, 60 * 180, None, failed=failed + 10, settled=settled) != ""


@given(st.integers(1, 3_600), st.integers(0, 100), st.integers(0, 100))
def test_an_hour_later_nothing_is_left_of_what_failed(looks_every_s: int, failed: int, settled: int) -> None:
    guard = given_guard(percent=1, least=1, confirm_s=10_000)
    seen(guard, 0, None)
    for at_s in range(looks_every_s, 4 * 3_600, looks_every_s):
        seen(guard, at_s, None, failed=failed, settled=settled)
    assert guard.words()["failing settlements"] == "0 of 0 in the last hour, at most 1 %"


def test_failures_told_at_once_after_a_long_silence_count() -> None:
    guard = given_guard(percent=10, least=10, confirm_s=0)
    assert seen(guard, 0, None, settled=500) == ""
    assert "12 of 12 trades" in seen(guard, 2 * 3_600, None, settled=500, failed=12)


def test_what_failed_before_the_process_began_is_no_news() -> None:
    guard = given_guard(percent=10, least=1, confirm_s=0)
    assert seen(guard, 0, None, failed=100) == ""
    assert seen(guard, 1, None, failed=100) == ""


def test_few_failures_trip_nothing_whatever_their_part() -> None:
    guard = given_guard(percent=1, least=10, confirm_s=0)
    seen(guard, 0, 0)
    assert seen(guard, 1, 0, failed=9) == ""
    assert seen(guard, 2, 0, failed=10) != ""


def test_that_no_price_is_known_does_not_hide_failing_settlements() -> None:
    guard = given_guard(drawdown=1, percent=10, least=1, confirm_s=3)
    seen(guard, 0, None)
    assert [seen(guard, at_s, None, failed=1) for at_s in (1, 2, 3)] == ["", "", ""]
    assert seen(guard, 4, None, failed=1) != ""


def test_failures_that_many_good_settlements_outweigh_do_not_go_on_waiting_to_trip() -> None:
    guard = given_guard(percent=50, least=1, confirm_s=5)
    seen(guard, 0, None)
    assert seen(guard, 1, None, failed=3) == ""
    assert seen(guard, 2, None, failed=3, settled=10) == ""
    assert seen(guard, 60, None, failed=30, settled=10) == ""  # breached anew: the wait begins anew
    assert seen(guard, 66, None, failed=30, settled=10) != ""


def test_a_limit_of_zero_never_trips() -> None:
    limits = GuardLimits()
    assert not limits.any_set
    guard = Guard(limits)
    assert [guard.look(dollars * MICRO, 0, 1_000, NOON + at * S) for at, dollars in enumerate((0, 10**6, -(10**6)))] == ["", "", ""]
    assert guard.words() == {}


@pytest.mark.parametrize("name", ["drawdown_max_micro", "day_loss_max_micro", "failing_max_ppm"])
def test_any_one_limit_is_a_wish_to_be_guarded(name: str) -> None:
    assert GuardLimits(**{name: 1}).any_set


def test_the_best_comes_back_from_the_journal_though_it_lay_between_two_marks() -> None:
    guard = given_guard(drawdown=100, confirm_s=0)
    guard.recall(60 * MICRO, 150 * MICRO, NOON)
    assert (guard.latest_micro, guard.peak_micro, guard.day_start_micro) == (60 * MICRO, 150 * MICRO, 60 * MICRO)
    assert seen(guard, 1, 50) == ""
    assert "$101.00 below its best" in seen(guard, 2, 49)


def test_an_older_lower_best_lowers_nothing() -> None:
    guard = given_guard(drawdown=100)
    seen(guard, 0, 200)
    guard.recall(10 * MICRO, 20 * MICRO, NOON + S)
    assert guard.peak_micro == 200 * MICRO


def test_it_is_looked_at_once_a_second() -> None:
    guard = given_guard(drawdown=1)
    assert guard.is_due(NOON)
    seen(guard, 0, 0)
    assert not guard.is_due(NOON + S - 1)
    assert guard.is_due(NOON + S)


def test_people_are_told_how_near_each_guard_is() -> None:
    guard = given_guard(drawdown=100, day_loss=50, percent=20)
    assert guard.words() == {
        "drawdown": "not known of $100.00",
        "day loss": "not known of $50.00",
        "failing settlements": "0 of 0 in the last hour, at most 20 %",
    }
    seen(guard, 0, 10)
    seen(guard, 1, 30, settled=3)
    seen(guard, 2, 25.5, failed=1, settled=3)
    assert guard.words() == {
        "drawdown": "$4.50 of $100.00",
        "day loss": "$0.00 of $50.00",
        "failing settlements": "1 of 4 in the last hour, at most 20 %",
    }


RESULTS = st.lists(st.tuples(st.integers(1, 40), st.none() | st.integers(-300, 300)), min_size=1, max_size=60)


@given(RESULTS, st.integers(1, 200), st.integers(0, 30))
def test_it_trips_just_when_a_naive_reader_of_the_whole_story_would(story: list[tuple[int, int | None]], limit: int, confirm_s: int) -> None:
    guard = given_guard(drawdown=limit, confirm_s=confirm_s)
    told, at_s, known = [], 0, list[tuple[int, int]]()
    for gap_s, dollars in story:
        at_s += gap_s
        told.append(seen(guard, at_s, dollars))
        known += [] if dollars is None else [(at_s, dollars)]
    best = [max(dollars for _, dollars in known[: index + 1]) for index in range(len(known))]
    ill_since: int | None = None
    expected: int | None = None
    for (when_s, dollars), peak in zip(known, best, strict=True):
        ill_since = (when_s if ill_since is None else ill_since) if peak - dollars > limit else None
        if ill_since is not None and when_s - ill_since >= confirm_s and expected is None:
            expected = when_s
    times = [sum(gap for gap, _ in story[: index + 1]) for index in range(len(story))]
    assert [when for when, why in zip(times, told, strict=True) if why] == ([] if expected is None else [expected])


def test_memory_is_bounded_by_the_hour() -> None:
    guard = given_guard(percent=1)
    for at_s in range(3 * 3_600):
        seen(guard, at_s, None, settled=at_s)
    assert len(guard._hour) <= HOUR_NS // SAMPLE_NS + 3
    assert guard.words()["failing settlements"] in {f"0 of {n} in the last hour, at most 1 %" for n in range(3_600, 3_662)}
