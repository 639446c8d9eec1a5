from oms.machines.windows import DAY_NS, DAYS_MAX, Day, Windows
from oms.values.bundles import Bundle, Look, Shape
from oms.values.commands import WindowClosed
from tests.words_bundles import given_bundle

EVENT, LINE = "the election", "negrisk"
ALL_YES = given_bundle("a", "b", prices=(4_000, 4_000))


def given_look(edge_pips: int | None, *, shape: Shape = Shape.BUY_ALL_YES, bundle: Bundle | None = None, why: str = "TOO_THIN: no") -> Look:
    return Look(shape=None if edge_pips is None else shape, edge_pips=edge_pips, raw_pips=9_900, bundle=bundle, why=why)


def seen(windows: Windows, *looks: Look) -> list[WindowClosed | None]:
    """One look each nanosecond."""
    return [windows.see(EVENT, LINE, look, at_ns) for at_ns, look in enumerate(looks)]


def test_a_window_is_open_from_the_first_look_that_pays_to_the_first_that_does_not() -> None:  # req 4.15
    windows = Windows()
    *nothing, closed = seen(windows, given_look(-5), given_look(30), given_look(90), given_look(10), given_look(0))
    assert nothing == [None] * 4
    assert closed == WindowClosed(event_id=EVENT, strategy=LINE, shape=Shape.BUY_ALL_YES, opened_ns=1, edge_pips=90, why="TOO_THIN: no")
    assert (windows.open, windows.seen, windows.taken, windows.missed) == ({}, 1, 0, {"TOO_THIN": 1})


def test_a_window_of_which_nothing_can_be_said_any_more_is_closed() -> None:
    _, closed = seen(Windows(), given_look(30), given_look(None, why="LEG_STALE: silence"))
    assert closed is not None
    assert closed.why == "TOO_THIN: no", "what kept us from it while it was open"


def test_another_shape_is_another_window() -> None:
    windows = Windows()
    _, closed = seen(windows, given_look(30), given_look(40, shape=Shape.BUY_NO_CONVERT))
    assert closed is not None
    assert closed.shape is Shape.BUY_ALL_YES
    assert (windows.seen, [window.shape for window in windows.open.values()]) == (2, [Shape.BUY_NO_CONVERT])


def test_the_best_bundle_is_told_and_whose_it_was() -> None:  # req 4.26
    windows = Windows()
    seen(windows, given_look(30), given_look(30, bundle=ALL_YES), given_look(30, bundle=given_bundle("a", "b", shares=10)))
    windows.took(EVENT, LINE, "7-b1")
    windows.took(EVENT, LINE, "7-b2")
    windows.missed_for(EVENT, LINE, "ORDER_CAP: no")
    (closed,) = seen(windows, given_look(-1))
    assert closed is not None
    assert (closed.worst_micro, closed.sets_micro, closed.bundle_id, closed.why) == (ALL_YES.worst_micro, ALL_YES.sets_micro, "7-b1", "taken")
    assert (windows.taken, windows.missed, windows.open) == (1, {}, {})


def test_a_bundle_that_was_not_allowed_is_missed_for_that_reason_until_there_is_another() -> None:
    windows = Windows()
    seen(windows, given_look(30, bundle=ALL_YES))
    windows.missed_for(EVENT, LINE, "ORDER_CAP: too dear")
    (closed,) = seen(windows, given_look(-1))
    assert closed is not None
    assert (closed.why, windows.missed) == ("ORDER_CAP: too dear", {"ORDER_CAP": 1})
    seen(windows, given_look(30, bundle=ALL_YES))
    windows.missed_for(EVENT, LINE, "ORDER_CAP: too dear")
    seen(windows, given_look(30, why="NO_CASH: none"), given_look(-1))
    assert windows.missed == {"ORDER_CAP": 1, "NO_CASH": 1}


def test_what_is_said_of_a_window_that_is_not_open_changes_nothing() -> None:
    windows = Windows()
    windows.took(EVENT, LINE, "7-b1")
    windows.missed_for(EVENT, LINE, "ORDER_CAP: no")
    assert (windows.seen, windows.taken, windows.missed) == (0, 0, {})


def test_a_journal_counts_what_the_run_counted() -> None:
    windows, folded = Windows(), Windows()
    notes = seen(windows, given_look(30), given_look(-1), given_look(30, bundle=ALL_YES))
    windows.took(EVENT, LINE, "7-b1")
    for note in [*notes, *seen(windows, given_look(-1))]:
        if note is not None:
            folded.hear(note, 5)
    assert (folded.seen, folded.taken, folded.missed) == (windows.seen, windows.taken, windows.missed) == (2, 1, {"TOO_THIN": 1})


def test_how_long_windows_stayed_what_they_paid_and_what_a_day_came_to() -> None:  # req 4.15, 4.26
    windows, second, day = Windows(), 10**9, 86_400 * 10**9
    for opened_ns, life_ms, is_taken in ((0, 40, True), (second, 300, False), (day, 120, False)):
        windows.see(EVENT, LINE, given_look(30, bundle=ALL_YES), opened_ns)
        if is_taken:
            windows.took(EVENT, LINE, "7-b1")
        windows.see(EVENT, LINE, given_look(-1), opened_ns + life_ms * 10**6)
    assert [windows.lifetimes_ms.percentile(percent) for percent in (1, 100)] == [43, 300]  # buckets of a few ms
    assert windows.edges_pips.most == 30
    worst = ALL_YES.worst_micro
    assert windows.days == {
        0: Day(taken=1, missed=1, taken_micro=worst, missed_micro=worst),
        1: Day(taken=0, missed=1, taken_micro=0, missed_micro=worst),
    }


def test_the_days_that_are_kept_are_the_last_ones() -> None:
    windows = Windows()
    for number in range(DAYS_MAX + 3):
        windows.see(EVENT, LINE, given_look(30), number * DAY_NS)
        windows.see(EVENT, LINE, given_look(-1), number * DAY_NS + 1)
    assert (len(windows.days), min(windows.days)) == (DAYS_MAX, 3)
