"""Following by itself: what is asked in which order, and that no answer, and no lack of one, stops a run or takes a market away."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from msgspec.structs import replace

from config.assembly.following import ASKED_MAX
from config.assembly.roster import MISSED_MAX, Standing
from config.outside import MarketsSection
from oms.values.events import EventListed, MarketListed, SharesArrived
from oms.values.market import EventGroup
from tests.config.assembly.words_following import HOUR_NS, Walk, ending, given_listing

A, B, C, D = (given_listing(name, left_ns=hours * HOUR_NS) for hours, name in enumerate("abcd", start=1))


def walked(story: Callable[[Walk], Awaitable[None]], walk: Walk) -> Walk:
    asyncio.run(asyncio.wait_for(story(walk), 20))
    return walk


async def looks(walk: Walk, count: int = 1) -> None:
    for _ in range(count):
        await walk.following.look()


def look(walk: Walk, count: int = 1) -> Walk:
    return walked(lambda one: looks(one, count), walk)


def test_a_look_that_brings_nothing_new_asks_the_clob_nothing_and_tells_nobody() -> None:
    walk = look(Walk(A, B), 3)
    assert (walk.shelf.asked, walk.diary.told, walk.diary.alerts) == ([], [], [])
    assert walk.diary.tidied == [["a", "b"]] * 3
    assert walk.shelf.filters == [{"series_id": "1"}] * 3


def test_a_new_market_is_confirmed_by_the_clob_and_told_with_what_the_wallet_holds_of_it() -> None:
    walk = Walk(A)
    walk.puts(B)
    walk.diary.with_it["b"] = shares = SharesArrived(token=B.market.yes, shares_micro=5, deposit_id="first balance")
    look(walk, 2)
    assert walk.shelf.asked == ["b"]
    assert walk.diary.told == [MarketListed(market=B.market), shares]
    assert walk.followed == ["a", "b"]


@pytest.mark.parametrize("lack", ["shut", "mute", "not_ready"])
def test_a_market_that_is_not_open_at_the_clob_or_whose_shares_are_not_told_is_tried_again(lack: str) -> None:
    walk = Walk(A)
    walk.puts(B)
    names: list[str] = getattr(walk.diary if lack == "not_ready" else walk.shelf, lack)
    names.append("b")
    look(walk, 2)
    assert (walk.followed, walk.diary.told) == (["a"], [])
    names.clear()
    assert look(walk).followed == ["a", "b"]


def test_an_event_is_told_after_its_new_outcome_and_before_anything_else_of_it() -> None:
    walk = Walk(A)
    walk.shelf.group = group = EventGroup(event_id="e", market_ids=("a", "b"), exclusive=True, exhaustive=True)
    walk.puts(B)
    walk.diary.with_it["b"] = shares = SharesArrived(token=B.market.yes, shares_micro=5, deposit_id="first balance")
    look(walk, 2)
    assert walk.diary.told == [MarketListed(market=B.market), EventListed(group=group), shares]


def test_facts_that_changed_are_listed_anew_when_the_clob_takes_orders() -> None:
    walk = Walk(A, B)
    walk.puts(ending(A, 3 * HOUR_NS))
    walk.shelf.shut.append("a")
    look(walk)
    assert walk.diary.told == []
    walk.shelf.shut.clear()
    look(walk, 2)
    assert walk.diary.listed == [ending(A, 3 * HOUR_NS).market]
    assert walk.diary.reopened == []


def test_a_market_that_ended_is_opened_again_when_its_end_moved_and_trading_goes_on() -> None:
    walk = Walk(A, B)
    walk.at_ns += HOUR_NS
    walk.diary.standings["a"] = Standing.ENDED
    look(walk)
    walk.puts(ending(A, 3 * HOUR_NS))
    look(walk, 2)
    assert (walk.diary.listed, walk.diary.reopened, walk.followed) == ([ending(A, 3 * HOUR_NS).market], ["a"], ["a", "b"])


def test_what_is_paid_out_is_let_go_and_an_old_answer_does_not_bring_it_back() -> None:
    walk = Walk(A, B)
    walk.diary.standings["a"] = Standing.OVER
    look(walk, 3)
    assert (walk.diary.gone, walk.followed, walk.diary.told) == (["a"], ["b"], [])
    walk.puts(ending(A, 9 * HOUR_NS))  # even with a later end: it is paid out
    look(walk)
    assert (walk.followed, "a" in walk.shelf.asked) == (["b"], False)


def test_a_catalogue_that_fails_is_told_once_until_it_is_back_and_takes_nothing_away() -> None:
    walk = Walk(A, B)
    walk.shelf.listings, walk.shelf.missing = {}, ("page 1: HTTP 500",)
    look(walk, 5)
    (alert,) = walk.diary.alerts
    assert alert.kind == "catalogue not read"
    assert "page 1: HTTP 500" in alert.text
    walk.shelf.missing = ()
    walk.puts(A, B)
    look(walk)
    walk.shelf.missing = ("page 2: HTTP 500",)
    look(walk, 2)
    assert [one.kind for one in walk.diary.alerts] == ["catalogue not read"] * 2
    assert (walk.followed, walk.diary.gone, walk.following.failures) == (["a", "b"], [], 7)


def test_a_half_answer_still_brings_new_markets() -> None:
    walk = Walk(A)
    walk.shelf.missing = ("page 2: HTTP 500",)
    walk.puts(B)
    assert look(walk).followed == ["a", "b"]


def test_a_catalogue_that_lies_takes_nothing_away_as_long_as_the_clob_takes_orders_or_says_nothing() -> None:
    walk = Walk(A, B)
    walk.shelf.listings = {"b": B}
    look(walk, 5)
    walk.shelf.mute.append("a")
    look(walk, 5)
    assert (walk.followed, walk.diary.gone) == (["a", "b"], [])
    assert "a" in walk.shelf.asked


def test_what_neither_of_them_knows_any_more_is_let_go_and_comes_back_when_it_is_open_again() -> None:
    walk = Walk(A, B)
    walk.shelf.listings = {"b": B}
    walk.shelf.shut.append("a")
    look(walk, MISSED_MAX)
    assert (walk.followed, walk.diary.gone) == (["b"], ["a"])
    walk.puts(A)
    walk.shelf.shut.clear()
    assert look(walk).followed == ["b", "a"]


def test_more_than_there_is_room_for_is_refused_with_one_alert_by_name_and_taken_up_when_there_is_room() -> None:
    walk = Walk(A, B, at_most=2)
    walk.puts(D, C)
    look(walk, 3)
    (alert,) = walk.diary.alerts
    assert (alert.kind, alert.text) == ("markets wait", "markets.at_most = 2 are open: 2 more wait until there is room, c, d first")
    walk.at_ns += HOUR_NS  # a has ended
    walk.diary.standings["a"] = Standing.HELD
    assert look(walk).followed == ["a", "b", "c"]
    walk.at_ns += HOUR_NS
    assert look(walk).followed == ["a", "b", "c", "d"]
    assert len(walk.diary.alerts) == 1
    walk.puts(given_listing("e", left_ns=9 * HOUR_NS))
    look(walk)
    assert len(walk.diary.alerts) == 2


def test_a_market_that_is_shut_takes_no_room_from_the_next() -> None:
    walk = Walk(A, at_most=2)
    walk.puts(B, C)
    walk.shelf.shut.append("b")
    assert look(walk).followed == ["a", "c"]


def test_in_one_look_the_clob_is_asked_about_so_many_new_markets_and_no_more() -> None:
    walk = Walk(A, at_most=3_000)
    walk.puts(*(given_listing(f"m{number}", left_ns=9 * HOUR_NS) for number in range(ASKED_MAX + 5)))
    assert len(look(walk).followed) == ASKED_MAX + 1
    assert len(look(walk).followed) == ASKED_MAX + 6


@pytest.mark.parametrize("wanted", [MarketsSection(series=("1",), follow_s=0), replace(MarketsSection(slugs=("a",)), follow_s=0)])
def test_with_no_time_between_looks_it_looks_only_at_the_start(wanted: MarketsSection) -> None:
    walk = walked(lambda one: one.following.run(), Walk(A, wanted=wanted))
    assert walk.following.looks == 0


def test_it_looks_again_and_again_until_it_is_cancelled() -> None:
    async def story(walk: Walk) -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(walk.following.run(), 2.5)

    assert walked(story, Walk(A, wanted=MarketsSection(series=("1",), follow_s=1))).following.looks in {1, 2}


def test_of_a_series_more_may_always_come_of_an_event_until_a_whole_answer_names_nothing_of_it_of_names_never() -> None:
    series, event, names = (
        Walk(A, wanted=wanted) for wanted in (MarketsSection(series=("1",)), MarketsSection(events=("e",)), MarketsSection(slugs=("a",)))
    )
    assert [walk.following.goes_on for walk in (series, event, names)] == [True, True, False]
    for walk in (series, event):
        walk.shelf.listings, walk.shelf.missing = {}, ("page 1: HTTP 500",)
        assert look(walk).following.goes_on
        walk.shelf.missing = ()
    assert [look(walk).following.goes_on for walk in (series, event)] == [True, False]
    event.puts(A)
    assert look(event).following.goes_on
    assert not Walk(A, wanted=MarketsSection(series=("1",), follow_s=0)).following.goes_on
