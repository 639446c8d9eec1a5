from typing import get_args

import pytest

from oms.machines.session import OperatorPhase, VenuePhase
from oms.values import events as e
from oms.values.commands import Place
from tests.oms.words_engine import Floor, acked, buy, cancelled_ids, given_floor, given_other_market, of_kind
from tests.oms.words_oms import told_book


def test_every_fact_has_its_method_and_nothing_else_has_one() -> None:
    floor = Floor()
    assert set(floor.engine._applier.table) == set(get_args(e.Event))


SESSION_WORDS = [
    (e.VenueSyncing(why="restart"), VenuePhase.SYNCING, OperatorPhase.RUNNING),
    (e.VenueReady(post_only=True), VenuePhase.POST_ONLY, OperatorPhase.RUNNING),
    (e.VenueReady(), VenuePhase.READY, OperatorPhase.RUNNING),
    (e.Paused(why="lunch"), VenuePhase.STARTING, OperatorPhase.PAUSED),
    (e.Halted(why="kill"), VenuePhase.STARTING, OperatorPhase.HALTED),
    (e.Resumed(why="go"), VenuePhase.STARTING, OperatorPhase.RUNNING),
]


@pytest.mark.parametrize(("word", "venue", "operator"), SESSION_WORDS)
def test_each_word_reaches_the_session(word: e.Event, venue: VenuePhase, operator: OperatorPhase) -> None:
    floor = Floor()
    floor.tell(word)
    assert (floor.state.session.venue, floor.state.session.operator) == (venue, operator)


def test_a_change_of_session_makes_every_market_be_looked_at_again_though_no_book_moved() -> None:
    floor = given_floor()
    asked = len(floor.script.shown)
    floor.tell(e.VenueReady())  # no change: it was ready
    assert len(floor.script.shown) == asked
    floor.tell(e.Paused(why="lunch"))
    floor.tell(e.Resumed(why="back"))
    assert len(floor.script.shown) == asked + 1


@pytest.mark.parametrize("word", [e.Paused(why="lunch"), e.Halted(why="kill"), e.VenueSyncing(why="restart")])
def test_a_session_that_may_not_quote_cancels_everything_that_rests_and_asks_nobody(word: e.Event) -> None:
    floor = given_floor()
    one, two = floor.rest(buy(4_000), buy(3_900))
    floor.tell(acked(one), acked(two))
    asked = len(floor.script.shown)
    assert cancelled_ids(floor.tell(word)) == [one, two]
    assert len(floor.script.shown) == asked


def test_an_order_acknowledged_during_a_pause_is_cancelled_as_soon_as_that_is_possible() -> None:
    floor = given_floor()
    (one,) = floor.rest(buy())
    assert floor.tell(e.Paused(why="lunch")) == []
    assert cancelled_ids(floor.tell(acked(one))) == [one]


def test_a_halt_outlives_the_venues_return_and_ends_only_with_a_resume() -> None:
    floor = given_floor()
    floor.tell(e.Halted(why="kill"), e.VenueSyncing(why="restart"), e.VenueReady())
    floor.script.want(buy())
    assert floor.tell(floor.stir()) == []
    assert of_kind(floor.tell(e.Resumed(why="looked at it")), Place) != []


def test_time_alone_changes_nothing() -> None:
    floor = given_floor()
    before = floor.money()
    assert floor.tell(e.Tick()) == []
    assert floor.money() == before


@pytest.mark.parametrize(
    "fact",
    [
        e.MarketClosed(market_id="elsewhere"),
        e.ContinuityLost(tokens=("elsewhere-yes",), why="gone"),
        e.TickChanged(token="elsewhere-yes", tick_pips=10, exchange_ns=1),
        told_book([], [], token="elsewhere-yes"),
    ],
)
def test_a_fact_about_a_market_we_do_not_know_is_passed_over(fact: e.Event) -> None:
    floor = given_floor()
    before = floor.money()
    assert floor.tell(fact) == []
    assert floor.money() == before
    floor.tell(e.MarketListed(market=given_other_market("elsewhere")))
    assert not floor.state.desks["elsewhere"].closed
