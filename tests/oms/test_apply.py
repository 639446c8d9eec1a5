from typing import get_args

import pytest

from oms.machines.lifecycle import State as OrderState
from oms.machines.session import OperatorPhase, VenuePhase
from oms.values import events as e
from oms.values.commands import AskOpenOrders, AskOrder, AskTrades, Place
from oms.values.units import NS_PER_MS
from tests.oms.words_engine import Floor, acked, buy, cancelled_ids, given_floor, given_other_market, of_kind, ready
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
    floor.tell(e.Halted(why="kill"), e.VenueSyncing(why="restart"), *ready(floor.now_ns + NS_PER_MS))
    floor.script.want(buy())
    assert floor.tell(floor.stir()) == []
    assert of_kind(floor.tell(e.Resumed(why="looked at it")), Place) != []


def test_a_venue_that_is_back_is_asked_at_once_for_all_that_stands_and_all_we_traded_and_gets_no_order_before_it_told() -> None:
    # issue 4: recovery is the only start
    floor = given_floor()
    floor.tell(e.VenueSyncing(why="restart"))
    floor.script.want(buy())
    sent = floor.tell(e.VenueReady())
    assert [type(command) for command in sent] == [AskOpenOrders, AskTrades]
    assert floor.tell(floor.stir()) == []
    _, *reports = ready(floor.now_ns)
    assert floor.tell(reports[0], floor.stir()) == []
    assert len(of_kind(floor.tell(reports[1]), Place)) == 1


def test_reports_asked_for_before_the_return_open_nothing() -> None:
    floor = given_floor()
    _, *late = ready(floor.now_ns)
    floor.tell(e.VenueSyncing(why="restart"), e.VenueReady())
    floor.script.want(buy())
    assert of_kind(floor.tell(*late, floor.stir()), Place) == []
    assert floor.state.session.name == "syncing"


def test_the_end_of_post_only_and_a_readiness_told_again_need_no_new_reports() -> None:
    floor = given_floor()
    floor.tell(e.VenueSyncing(why="restart"), *ready(floor.now_ns + NS_PER_MS, post_only=True))
    assert floor.state.session.name == "post-only"
    assert floor.tell(e.VenueReady(), e.VenueReady()) == []
    assert (floor.state.session.name, floor.state.session.may_take) == ("trading", True)


def test_after_a_restart_every_open_order_is_unknown_and_asked_about_with_its_money_still_set_aside() -> None:
    # issue 4: nothing of what was on its way to the process before will come
    floor = given_floor()
    floor.rest(buy(4_000), buy(3_900), buy(3_800), buy(3_700))
    floor.tell(acked("7-2"), acked("7-3"), e.CancelDone(order_id="7-4"))
    floor.script.want(buy(4_000), buy(3_900))
    assert cancelled_ids(floor.tell(floor.stir())) == ["7-3"]
    before = floor.money()
    sent = floor.tell(e.Restarted(why="again"))
    assert [type(command) for command in sent] == [AskOrder] * 3
    assert [ask.order_id for ask in of_kind(sent, AskOrder)] == ["7-1", "7-2", "7-3"]
    assert {order.state for order in floor.state.blotter.all_open()} == {OrderState.UNKNOWN}
    assert (floor.order("7-4").state, floor.money()) == (OrderState.CANCELLED, before)
    assert (floor.state.session.name, floor.state.session.why) == ("syncing", "again")
    floor.assert_sound()


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
