import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.transport.budget import Budget, Granted, Later, Limit, Never, Route, Use
from oms.values.units import NS_PER_SECOND

T0 = 1_700_000_000 * NS_PER_SECOND


def given_budget(*, burst: int = 10, refill: int = 5, window_s: int = 1, reserve: int = 0, rejects: bool = False) -> Budget:
    shared = Limit(name="shared", burst=burst, refill=refill, window_s=window_s, reserve=reserve, rejects=rejects)
    place = Route(name="place", uses=(Use("shared", each=1),))
    cancel = Route(name="cancel", uses=(Use("shared", each=1),), is_urgent=True)
    return Budget((shared,), (place, cancel))


def test_what_the_bucket_holds_may_leave_at_once_and_the_rest_later() -> None:
    budget = given_budget(burst=10, refill=5)
    assert [budget.ask("place", T0) for _ in range(10)] == [Granted()] * 10
    assert budget.ask("place", T0) == Later(T0 + NS_PER_SECOND // 5, "shared", rejects=False)
    assert budget.ask("place", T0 + NS_PER_SECOND // 5 - 1) == Later(T0 + NS_PER_SECOND // 5, "shared", rejects=False)
    assert budget.ask("place", T0 + NS_PER_SECOND // 5) == Granted()
    assert budget.postponed == {"shared": 2}


def test_cancels_keep_a_reserve_that_places_may_not_use() -> None:
    budget = given_budget(burst=10, reserve=3)
    assert [type(budget.ask("place", T0)) for _ in range(8)] == [Granted] * 7 + [Later]
    assert [type(budget.ask("cancel", T0)) for _ in range(4)] == [Granted] * 3 + [Later]


def test_a_batch_larger_than_the_burst_never_passes_and_the_answer_says_what_would() -> None:
    budget = given_budget(burst=10, reserve=3)
    assert budget.ask("place", T0, count=8) == Never("shared", 7)
    assert budget.ask("cancel", T0, count=11) == Never("shared", 10)
    assert budget.ask("cancel", T0, count=10) == Granted()


def test_an_answer_other_than_granted_takes_nothing_from_any_bucket() -> None:
    wide, narrow = Limit(name="wide", burst=100, refill=1), Limit(name="narrow", burst=2, refill=1, rejects=True)
    budget = Budget((wide, narrow), (Route(name="both", uses=(Use("wide", fixed=1), Use("narrow", each=1))),))
    assert budget.ask("both", T0, count=3) == Never("narrow", 2)
    assert budget.ask("both", T0, count=2) == Granted()
    assert budget.ask("both", T0) == Later(T0 + NS_PER_SECOND, "narrow", rejects=True)
    assert budget.left(T0) == {"wide": 99, "narrow": 0}


def test_a_429_shuts_the_bucket_until_the_venue_says() -> None:
    budget = given_budget(burst=10, refill=5)
    budget.refused("shared", T0 + 3 * NS_PER_SECOND, T0)
    assert budget.ask("cancel", T0) == Later(T0 + 3 * NS_PER_SECOND, "shared", rejects=False)
    assert budget.ask("cancel", T0 + 3 * NS_PER_SECOND) == Granted()


def test_a_route_that_is_shut_waits_and_what_shares_its_limits_does_not() -> None:
    budget = given_budget(burst=10, refill=5)
    budget.shut("place", T0 + 3 * NS_PER_SECOND)
    budget.shut("place", T0 + NS_PER_SECOND)  # the later of two answers may be the shorter one
    assert budget.ask("place", T0) == Later(T0 + 3 * NS_PER_SECOND, "place", rejects=True)
    assert budget.ask("cancel", T0, count=10) == Granted()
    assert budget.postponed == {"place": 1}
    assert budget.ask("place", T0 + 3 * NS_PER_SECOND, count=11) == Never("shared", 10)
    assert budget.ask("place", T0 + 3 * NS_PER_SECOND) == Granted()
    with pytest.raises(KeyError):
        budget.shut("other", T0)


def test_the_venue_is_believed_when_it_says_that_less_is_left() -> None:
    budget = given_budget(burst=10)
    budget.told("shared", 99, T0)
    assert budget.left(T0) == {"shared": 10}
    budget.told("shared", 1, T0)
    assert budget.left(T0) == {"shared": 1}


def test_a_clock_that_goes_back_brings_no_tokens() -> None:
    budget = given_budget(burst=2, refill=1)
    assert budget.ask("place", T0, count=2) == Granted()
    assert budget.ask("place", T0 - 5 * NS_PER_SECOND) == Later(T0 + NS_PER_SECOND, "shared", rejects=False)
    assert budget.ask("place", T0 - NS_PER_SECOND) == Later(T0 + NS_PER_SECOND, "shared", rejects=False)


def test_a_limit_without_room_beside_its_reserve_is_an_error() -> None:
    with pytest.raises(ValueError, match="burst above reserve"):
        Limit(name="wrong", burst=5, refill=1, reserve=5)


def test_a_route_that_draws_on_no_limit_is_an_error() -> None:
    with pytest.raises(KeyError, match="draws on nothing"):
        Budget((), (Route(name="r", uses=(Use("nothing", fixed=1),)),))


@given(
    steps=st.lists(st.tuples(st.integers(0, 3 * NS_PER_SECOND), st.integers(1, 6), st.booleans()), max_size=40),
    refill=st.integers(1, 9),
    window_s=st.integers(1, 7),
)
def test_in_no_window_more_leaves_than_burst_and_refill_allow(steps: list[tuple[int, int, bool]], refill: int, window_s: int) -> None:
    budget = given_budget(burst=8, refill=refill, window_s=window_s, reserve=2)
    at_ns, sent = T0, list[tuple[int, int]]()
    for pause_ns, count, is_cancel in steps:
        at_ns += pause_ns
        route = "cancel" if is_cancel else "place"
        verdict = budget.ask(route, at_ns, count)
        if isinstance(verdict, Later):  # a promise: then it passes, and a nanosecond earlier it does not
            assert isinstance(budget.ask(route, verdict.at_ns - 1, count), Later)
            at_ns = verdict.at_ns
            assert budget.ask(route, at_ns, count) == Granted()
        if isinstance(verdict, Never):
            assert count > 8 - (0 if is_cancel else 2)
        else:
            sent.append((at_ns, count))
    for begin, _ in sent:
        for end, _ in sent:
            taken = sum(count for when, count in sent if begin <= when <= end)
            assert taken * window_s * NS_PER_SECOND <= 8 * window_s * NS_PER_SECOND + max(0, end - begin) * refill
