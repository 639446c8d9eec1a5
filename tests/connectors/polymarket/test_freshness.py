from connectors.polymarket.freshness import Freshness
from tests.connectors.polymarket.words_feed import SECOND, T0

BOUND_NS = 30 * SECOND


def given_freshness(*whole: str, bound_ns: int = BOUND_NS) -> Freshness:
    """One that heard the whole books of these at T0."""
    freshness = Freshness(bound_ns)
    for token in whole:
        freshness.told(token, T0, is_whole=True)
    return freshness


def test_a_book_is_asked_about_when_it_was_quiet_for_so_long_and_not_again_for_so_long() -> None:
    freshness = given_freshness("a", "b")
    freshness.told("b", T0 + 8 * SECOND, is_whole=False)
    assert freshness.quiet(["a", "b"], T0 - 1) == []
    assert freshness.quiet(["a", "b", "never told"], T0) == ["a", "never told"]
    freshness.asked(["a", "never told"], T0 + 10 * SECOND)
    assert freshness.quiet(["a", "b", "never told"], T0 + 9 * SECOND) == ["b"]
    assert freshness.quiet(["a", "b", "never told"], T0 + 10 * SECOND) == ["a", "b", "never told"]


def test_what_rest_confirms_is_as_old_as_the_question_and_stays_believed_for_a_day() -> None:  # user-asks 17
    freshness = given_freshness("a")
    for minute in range(24 * 60):
        asked_ns = T0 + (minute * 60 + 20) * SECOND
        assert freshness.confirmed(["a"], asked_ns, asked_ns + 1) == (["a"], [])
        freshness.told("a", asked_ns + 20 * SECOND, is_whole=False)
        assert freshness.quiet(["a"], asked_ns + 20 * SECOND - 1) == []
        assert freshness.confirmed(["a"], asked_ns + 35 * SECOND, asked_ns + 36 * SECOND) == (["a"], [])


def test_an_answer_that_comes_after_the_bound_confirms_nothing_and_the_book_is_to_be_had_whole() -> None:  # ruling 2.8
    freshness = given_freshness("a", "b")
    freshness.told("b", T0 + 1, is_whole=False)
    late_ns = T0 + BOUND_NS + 1
    assert freshness.confirmed(["a", "b"], T0 + BOUND_NS, late_ns) == (["b"], ["a"])
    freshness.told("a", late_ns, is_whole=False)
    assert freshness.confirmed(["a"], late_ns, late_ns) == ([], ["a"])
    freshness.told("a", late_ns, is_whole=True)
    assert freshness.confirmed(["a"], late_ns, late_ns) == (["a"], [])


def test_a_change_after_the_bound_brings_nothing_back() -> None:
    freshness = given_freshness("a")
    freshness.told("a", T0 + BOUND_NS + 1, is_whole=False)
    assert freshness.confirmed(["a"], T0 + BOUND_NS + 2, T0 + BOUND_NS + 2) == ([], ["a"])


def test_without_a_bound_nothing_lapses_and_what_was_never_told_whole_is_not_believed() -> None:
    freshness = given_freshness("a", bound_ns=0)
    freshness.told("b", T0, is_whole=False)
    assert freshness.confirmed(["a", "b"], T0 + 9_999 * SECOND, T0 + 9_999 * SECOND) == (["a"], ["b"])


def test_what_is_forgotten_or_of_another_socket_needs_a_full_book() -> None:
    freshness = given_freshness("a", "b")
    freshness.asked(["a", "b"], T0 + SECOND)
    freshness.forget(["a", "elsewhere"])
    assert freshness.confirmed(["a", "b"], T0, T0) == (["b"], ["a"])
    assert freshness.quiet(["a", "b"], T0) == ["a"]
    freshness.restart()
    assert freshness.confirmed(["b"], T0, T0) == ([], ["b"])
    assert freshness.quiet(["b"], 0) == ["b"]
