"""The venue's word on what we hold: one answer that does not fit is no reason, one that goes on is."""

from hypothesis import given
from hypothesis import strategies as st

from oms.machines.balances import ANSWERS_MIN, ASK_AGAIN_NS, LASTS_NS, Balances, Range

OURS = Range(90, 110)


def heard(balances: Balances, *said: int, every_ns: int = ASK_AGAIN_NS, first_ns: int = 0) -> list[bool]:
    return [balances.hear("cash", one, OURS, first_ns + number * every_ns) for number, one in enumerate(said)]


def test_what_our_books_and_the_trades_under_way_allow_is_no_difference() -> None:
    balances = Balances()
    assert heard(balances, 90, 100, 110) == [False] * 3
    assert (balances.differences, balances.is_in_doubt) == ({}, False)


def test_a_difference_is_believed_when_it_lasts_and_told_once() -> None:
    balances = Balances()
    assert heard(balances, 80, 80, 80, 80) == [False, False, True, False]
    assert (balances.missing("cash"), balances.differences, balances.is_in_doubt) == (10, {"cash": -10}, False)


def test_many_answers_within_a_moment_are_one_old_page() -> None:
    balances = Balances()
    assert not any(heard(balances, *[80] * 10, every_ns=LASTS_NS // 20))
    assert balances.is_in_doubt


def test_one_answer_that_fits_ends_it_at_once() -> None:
    balances = Balances()
    heard(balances, 80, 80, 80, 95)
    assert (balances.missing("cash"), balances.is_in_doubt) == (0, False)
    assert not any(heard(balances, 80, 80, first_ns=10 * LASTS_NS))


def test_more_than_ours_is_told_and_nothing_is_missing() -> None:
    balances = Balances()
    assert heard(balances, 150, 150, 150)[-1]
    assert (balances.missing("cash"), balances.differences) == (0, {"cash": 40})


def test_an_answer_to_an_older_question_changes_nothing() -> None:
    balances = Balances()
    heard(balances, 80, 80, 80)
    balances.hear("cash", 100, OURS, LASTS_NS - 1)
    assert balances.missing("cash") == 10


def test_assets_are_judged_apart_and_a_forgotten_one_is_unknown() -> None:
    balances = Balances()
    heard(balances, 80, 80, 80)
    balances.hear("yes", 5, Range(5, 5), 7)
    assert balances.missing("yes") == 0
    balances.forget("cash")
    assert balances.differences == {}


@given(st.lists(st.tuples(st.integers(0, 200), st.integers(0, LASTS_NS)), max_size=30))
def test_nothing_is_withheld_unless_the_last_answers_over_the_whole_time_were_all_short(steps: list[tuple[int, int]]) -> None:
    balances, at_ns = Balances(), 0
    short: list[int] = []
    for said, later_ns in steps:
        at_ns += later_ns
        balances.hear("cash", said, OURS, at_ns)
        short = [*short, at_ns] if not OURS.low <= said <= OURS.high else []
        lasting = len(short) >= ANSWERS_MIN and at_ns - short[0] >= LASTS_NS
        assert ("cash" in balances.differences) is lasting
        assert balances.missing("cash") == (max(0, OURS.low - said) if lasting else 0)
