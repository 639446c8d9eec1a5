"""What is new, changed, over or in doubt, told from one answer of the catalogue after the other; and what an answer that lies cannot do."""

from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from config.assembly.outside import Told
from config.assembly.roster import GONE_MAX, KEPT_NS, MISSED_MAX, News, Roster, Standing
from connectors.polymarket.catalog import Listing
from oms.values.market import EventGroup
from oms.values.units import Nanos
from tests.config.assembly.words_following import HOUR_NS, given_listing
from tests.words import NOON_NS

NEWS = News()


def told(*listings: Listing, groups: Iterable[EventGroup] = (), missing: Sequence[str] = ()) -> Told:
    return Told(
        listings={one.market.market_id: one for one in listings},
        windows={},
        groups={group.event_id: group for group in groups},
        unlisted=(),
        missing=tuple(missing),
    )


def names(listings: Iterable[Listing]) -> list[str]:
    return [one.market.market_id for one in listings]


A, B = given_listing("a"), given_listing("b", left_ns=2 * HOUR_NS)


def given_roster(*listings: Listing, groups: Iterable[EventGroup] = (), at_most: int = 3) -> Roster:
    return Roster(listings or (A, B), groups, at_most)


def test_an_answer_that_repeats_what_is_known_is_no_news() -> None:
    roster = given_roster()
    for _ in range(3):
        assert roster.news(told(A, B), NOON_NS) == NEWS
        assert roster.events(told(A, B), lambda _name: True) == []


def test_new_markets_come_by_their_ends_and_those_that_are_over_do_not_come() -> None:
    news = [given_listing("late", left_ns=9 * HOUR_NS), given_listing("no end", left_ns=None), given_listing("soon", left_ns=1)]
    past = [given_listing("past", left_ns=0), given_listing("long past", left_ns=-HOUR_NS)]
    assert names(given_roster().news(told(A, *news, *past, B), NOON_NS).new) == ["soon", "late", "no end"]


def test_room_is_what_is_open_at_one_time_and_an_ended_market_takes_none() -> None:
    roster = given_roster()
    assert [roster.room(NOON_NS + hours * HOUR_NS) for hours in (0, 1, 2)] == [1, 2, 3]
    for number in range(5):
        roster.take(given_listing(f"c{number}"), A.market)
    assert roster.room(NOON_NS) == 0


def test_a_market_whose_facts_changed_is_told_until_it_was_taken_and_is_news_only_if_the_clob_says_so_too() -> None:
    roster = given_roster()
    moved = replace(A, market=replace(A.market, end_ns=NOON_NS + 3 * HOUR_NS))
    for _ in range(2):  # nobody could ask the CLOB yet
        assert names(roster.news(told(moved, B), NOON_NS).changed) == ["a"]
    assert roster.take(moved, moved.market)
    assert roster.news(told(moved, B), NOON_NS) == NEWS
    finer = replace(B, market=replace(B.market, tick_pips=10))
    assert names(roster.news(told(moved, finer), NOON_NS).changed) == ["b"]
    assert not roster.take(B, finer.market)  # the CLOB tells the old tick: the catalogue differs from it, and that is known from now on
    assert roster.news(told(moved, finer), NOON_NS) == NEWS


def test_an_ended_market_whose_end_moved_is_among_the_changed() -> None:
    moved = replace(A, market=replace(A.market, end_ns=NOON_NS + 9 * HOUR_NS))
    assert names(given_roster().news(told(moved, B), NOON_NS + HOUR_NS).changed) == ["a"]


def test_a_market_is_doubted_only_after_whole_answers_without_it_in_a_row() -> None:
    roster = given_roster()
    answers = [told(B), told(B, missing=["page 2"]), told(B, missing=["page 1"])]
    for answer in answers:
        assert roster.news(answer, NOON_NS) == NEWS
    assert names(roster.news(told(B), NOON_NS).doubted) == ["a"]
    roster.vouched("a")
    assert roster.news(told(B), NOON_NS) == NEWS
    assert roster.news(told(A, B), NOON_NS) == NEWS
    for _ in range(MISSED_MAX - 1):
        assert roster.news(told(B), NOON_NS) == NEWS
    assert names(roster.news(told(), NOON_NS).doubted) == ["a"]


def test_what_ended_is_not_doubted_because_the_catalogue_need_not_name_it() -> None:
    roster = given_roster()
    for _ in range(9):
        assert roster.news(told(B), NOON_NS + HOUR_NS) == NEWS


@pytest.mark.parametrize(
    ("standing", "after_ns", "is_over"),
    [
        (Standing.OPEN, 100 * HOUR_NS, False),
        (Standing.HELD, 100 * HOUR_NS, False),
        (Standing.ENDED, HOUR_NS + KEPT_NS - 1, False),
        (Standing.ENDED, HOUR_NS + KEPT_NS, True),
        (Standing.OVER, 0, True),
    ],
)
def test_what_is_paid_out_is_over_and_what_ended_a_while_later_if_nothing_of_it_is_ours(
    standing: Standing, after_ns: Nanos, is_over: bool  # noqa: FBT001
) -> None:  # fmt: skip
    assert given_roster(A).over(lambda _market: standing, NOON_NS + after_ns) == [A.market] * is_over


def test_an_ended_market_without_an_end_is_over_at_once() -> None:
    endless = given_listing("endless", left_ns=None)
    assert given_roster(endless).over(lambda _market: Standing.ENDED, NOON_NS) == [endless.market]


def test_what_was_let_go_for_good_does_not_come_back_with_an_old_answer_but_with_a_later_end() -> None:
    roster = given_roster()
    roster.let_go(A.market, for_good=True)
    assert roster.news(told(A, B), NOON_NS) == NEWS
    later = replace(A, market=replace(A.market, end_ns=NOON_NS + 3 * HOUR_NS))
    assert names(roster.news(told(later, B), NOON_NS).new) == ["a"]
    assert roster.take(later, later.market)
    roster.let_go(later.market, for_good=False)
    assert names(roster.news(told(later, B), NOON_NS).new) == ["a"]


def test_what_is_remembered_of_markets_that_went_is_bounded() -> None:
    roster = given_roster()
    for number in range(GONE_MAX + 5):
        one = given_listing(f"m{number}")
        roster.take(one, one.market)
        roster.let_go(one.market, for_good=True)
    assert (len(roster._gone), len(roster.followed)) == (GONE_MAX, 2)


X, Y, Z = (given_listing(name, event_id="e") for name in "xyz")
GROUP = EventGroup(event_id="e", market_ids=("x", "y"), exclusive=True, exhaustive=True)


def test_an_event_that_gets_another_outcome_is_told_anew_once() -> None:
    roster = given_roster(X, Y, groups=[GROUP])
    more = replace(GROUP, market_ids=("z", "y", "x"))
    assert roster.events(told(X, Y, Z, groups=[more]), lambda _name: True) == [replace(GROUP, market_ids=("x", "y", "z"))]
    assert roster.events(told(X, Y, Z, groups=[more]), lambda _name: True) == []
    assert roster.events(told(X, Y, groups=[GROUP]), lambda name: name != "z") == [GROUP]


def test_an_outcome_that_was_resolved_stays_in_its_event_as_long_as_it_is_known() -> None:
    roster = given_roster(X, Y, groups=[GROUP])
    roster.let_go(X.market, for_good=True)
    left = replace(GROUP, market_ids=("y",))
    assert roster.events(told(Y, groups=[left]), lambda _name: True) == []
    assert roster.events(told(Y, groups=[left]), lambda _name: False) == [left]


def test_what_the_venue_says_of_an_event_is_taken_over_though_its_markets_are_the_same() -> None:
    roster = given_roster(X, Y, groups=[GROUP])
    augmented = replace(GROUP, exhaustive=False, augmented=True, gaps=("an outcome without a name",))
    assert roster.events(told(X, Y, groups=[augmented]), lambda _name: True) == [augmented]


def test_an_event_of_which_nothing_is_followed_is_not_told_and_goes_with_its_last_market() -> None:
    roster = given_roster(X, Y, groups=[GROUP])
    stranger = replace(GROUP, event_id="another", market_ids=("q",))
    assert roster.events(told(X, Y, groups=[GROUP, stranger]), lambda _name: True) == []
    for one in (X, Y):
        roster.let_go(one.market, for_good=True)
    assert roster.groups == {}
    assert roster.events(told(groups=[GROUP]), lambda _name: True) == []


@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans(), st.integers(0, 3)), max_size=30))
def test_whatever_the_catalogue_says_nothing_leaves_and_nothing_comes_by_its_word_alone(answers: list[tuple[str, bool, int]]) -> None:
    roster = given_roster()
    for name, is_whole, hours in answers:
        news = roster.news(told(given_listing(name, left_ns=hours * HOUR_NS), missing=() if is_whole else ("page 1",)), NOON_NS)
        assert names(news.doubted) == [] or is_whole
        assert sorted(roster.followed) == ["a", "b"]
        assert not (name in "ab" and news.new)
