"""The questions that are asked of themselves: what stands, what we traded, what became of an order whose end came before its fills."""

import msgspec
import pytest

from oms.decide_audit import OLD_TRADE_NS, OVERLAP_NS
from oms.machines.lifecycle import State as OrderState
from oms.values import events as e
from oms.values.commands import AskOpenOrders, AskOrder, AskTrades, Command
from oms.values.orders import Lifetime
from oms.values.units import MICRO, NS_PER_MS, NS_PER_SECOND
from tests.oms.words_engine import STAGES, Floor, acked, buy, cancelled_ids, filled, given_floor, given_standing, moved, of_kind, ready
from tests.oms.words_oms import given_spec

HOUR_MS = 3_600_000


def questions(commands: list[Command]) -> list[str]:
    return [type(command).__name__ for command in commands]


def reports_of(floor: Floor) -> tuple[e.Event, ...]:
    """Both reports, whole and asked for just now."""
    return ready(floor.now_ns + NS_PER_MS)[1:]


def test_as_long_as_a_report_is_missing_both_are_asked_for_again_and_then_no_more() -> None:
    # issue 4: every wait has a deadline and a next question
    floor = given_floor(ask_again_ns=2 * NS_PER_SECOND)
    both = ["AskOpenOrders", "AskTrades"]
    assert questions(floor.tell(e.VenueSyncing(why="restart"), e.VenueReady())) == both
    assert questions(floor.tell(e.Tick(), after_ms=1_999)) == []
    assert questions(floor.tell(e.Tick())) == both
    floor.tell(reports_of(floor)[0])
    assert questions(floor.tell(e.Tick(), after_ms=2_000)) == both
    floor.tell(reports_of(floor)[1])
    assert questions(floor.tell(e.Tick(), after_ms=60_000)) == []


def test_with_an_audit_interval_everything_is_asked_for_again_and_again() -> None:
    floor = given_floor(audit_ns=3 * NS_PER_SECOND)
    asked = 0
    for _ in range(10):
        asked += questions(floor.tell(e.Tick(), *reports_of(floor), after_ms=1_000)) == ["AskOpenOrders", "AskTrades", "AskBalances"]
    assert asked == 3


def test_a_venue_that_is_away_is_asked_nothing_and_is_asked_when_it_is_back() -> None:
    floor = given_floor(audit_ns=3 * NS_PER_SECOND)
    floor.tell(e.VenueSyncing(why="restart"))
    assert [floor.tell(e.Tick(), after_ms=4_000) for _ in range(4)] == [[]] * 4
    assert questions(floor.tell(e.VenueReady())) == ["AskOpenOrders", "AskTrades"]


def since(floor: Floor) -> int:
    """From when on trades are asked for, if the venue comes back now."""
    sent = floor.tell(e.VenueSyncing(why="restart"), e.VenueReady())
    (asked,) = of_kind(sent, AskTrades)
    floor.tell(*reports_of(floor))
    return asked.since_ns


def test_trades_are_asked_for_from_a_little_before_the_last_report_on() -> None:
    floor = given_standing()
    known = floor.state.trades_known_ns
    assert since(floor) == known - OVERLAP_NS
    again = floor.state.trades_known_ns
    assert again > known
    floor.tell(e.Tick(), after_ms=HOUR_MS)
    assert since(floor) == again - OVERLAP_NS


def test_the_first_question_is_not_for_the_trades_of_others_before_us() -> None:
    """A wallet may have traded for years by other means; nothing of that is ours, and an old row that cannot be read would keep us out for ever."""
    floor = Floor()
    (asked,) = of_kind(floor.tell(e.VenueReady()), AskTrades)
    assert asked.since_ns == floor.now_ns - OVERLAP_NS
    again = of_kind(floor.tell(e.VenueSyncing(why="restart"), e.VenueReady(), after_ms=HOUR_MS), AskTrades)
    assert [question.since_ns for question in again] == [floor.now_ns - OVERLAP_NS]


def test_once_an_order_of_ours_was_sent_no_trade_since_then_is_left_out() -> None:
    floor = given_floor()
    known = floor.state.trades_known_ns
    floor.rest(buy())
    sent = floor.tell(e.VenueSyncing(why="restart"), e.VenueReady(), after_ms=HOUR_MS)
    assert [question.since_ns for question in of_kind(sent, AskTrades)] == [known - OVERLAP_NS]


def test_trades_are_asked_for_back_to_the_oldest_that_is_not_settled_by_the_time_it_was_made() -> None:
    # issue 4: a settlement may fail long after the match, and its word may be lost
    floor = given_standing()
    made_ns = floor.now_ns
    late = filled("t1", 40)
    floor.tell(e.Tick(), after_ms=HOUR_MS)
    since(floor)
    floor.tell(late)  # told an hour after it was made
    assert late.exchange_ns <= made_ns
    assert since(floor) == late.exchange_ns - OVERLAP_NS
    floor.tell(moved("t1", STAGES.RETRYING))
    assert since(floor) == late.exchange_ns - OVERLAP_NS
    floor.tell(moved("t1", STAGES.CONFIRMED))
    assert since(floor) > made_ns


ENDS = [(e.CancelDone, OrderState.CANCELLED), (e.Expired, OrderState.EXPIRED)]


@pytest.mark.parametrize(("end", "state"), ENDS)
def test_an_order_that_ended_with_more_filled_than_we_know_stands_and_is_asked_about_until_its_fills_are_here(
    end: type[e.CancelDone] | type[e.Expired], state: OrderState
) -> None:
    # issue 4: exposure counts what is not known as filled; nothing is voided before the late fill
    floor = given_standing(ask_again_ns=2 * NS_PER_SECOND)
    floor.tell(filled("t1", 10))
    before = floor.money()
    sent = floor.tell(end(order_id="7-1", filled_micro=70 * MICRO))
    assert sent == [AskOrder(order_id="7-1")]
    assert (floor.order().state, floor.money()) == (OrderState.LIVE, before)
    for _ in range(3):  # whatever happens to the question
        assert floor.tell(e.Tick(), after_ms=1_999) == []
        assert floor.tell(acked()) == [AskOrder(order_id="7-1")]
    floor.tell(filled("t2", 20))
    assert floor.order().state is OrderState.LIVE
    assert floor.tell(e.Tick(), after_ms=2_000) == [AskOrder(order_id="7-1")]
    floor.tell(filled("t3", 40))
    assert (floor.order().state, floor.order().filled_micro) == (state, 70 * MICRO)
    assert floor.money()["cash free"] == floor.money()["cash total"] == (1_000 - 28) * MICRO
    assert floor.tell(e.Tick(), after_ms=60_000) == []
    assert floor.state.owed_fills == {}


@pytest.mark.parametrize("filled_micro", [None, 0, 10 * MICRO])
@pytest.mark.parametrize(("end", "state"), ENDS)
def test_an_end_that_tells_of_no_other_fill_is_believed_at_once(
    end: type[e.CancelDone] | type[e.Expired], state: OrderState, filled_micro: int | None
) -> None:
    floor = given_standing()
    floor.tell(filled("t1", 10))
    assert floor.tell(end(order_id="7-1", filled_micro=filled_micro)) == []
    assert floor.order().state is state


def test_while_fills_are_owed_an_end_without_figures_changes_nothing_and_cancelled_wins_over_expired() -> None:
    floor = given_standing()
    floor.tell(e.CancelDone(order_id="7-1", filled_micro=70 * MICRO))
    floor.tell(e.CancelDone(order_id="7-1"), e.Expired(order_id="7-1", filled_micro=70 * MICRO))
    assert floor.order().state is OrderState.LIVE
    floor.tell(filled("t1", 70))
    assert floor.order().state is OrderState.CANCELLED


def test_an_order_that_we_took_for_dead_and_that_has_more_filled_is_asked_about_until_its_fills_are_here() -> None:
    floor = given_standing(ask_again_ns=2 * NS_PER_SECOND)
    floor.tell(e.CancelDone(order_id="7-1"))
    for _ in range(3):
        assert floor.tell(e.CancelDone(order_id="7-1", filled_micro=70 * MICRO), after_ms=2_000) == [AskOrder(order_id="7-1")]
    assert floor.tell(e.Tick(), after_ms=2_000) == [AskOrder(order_id="7-1")]
    floor.tell(filled("t1", 70))
    assert floor.order().state is OrderState.CANCELLED
    assert floor.tell(e.Tick(), after_ms=60_000) == []


def test_fills_that_are_owed_may_make_the_order_whole() -> None:
    floor = given_standing()
    floor.tell(e.Expired(order_id="7-1", filled_micro=100 * MICRO), filled("t1", 100))
    assert (floor.order().state, floor.state.owed_fills) == (OrderState.FILLED, {})


def test_a_cancel_under_way_of_an_order_with_owed_fills_is_not_repeated_but_asked_about() -> None:
    floor = given_standing(ask_again_ns=2 * NS_PER_SECOND)
    floor.script.want_nothing()
    assert cancelled_ids(floor.tell(floor.stir())) == ["7-1"]
    assert floor.tell(e.CancelDone(order_id="7-1", filled_micro=70 * MICRO)) == [AskOrder(order_id="7-1")]
    assert floor.tell(e.Tick(), after_ms=2_000) == [AskOrder(order_id="7-1")]
    floor.tell(filled("t1", 70))
    assert floor.order().state is OrderState.CANCELLED


def test_a_venue_that_then_does_not_know_the_order_takes_back_what_it_said_was_filled() -> None:
    floor = given_standing()
    floor.tell(e.CancelDone(order_id="7-1", filled_micro=70 * MICRO))
    floor.tell(e.ProvenAbsent(order_id="7-1"))
    assert (floor.order().state, floor.state.owed_fills) == (OrderState.ABSENT, {})
    assert floor.tell(e.Tick(), after_ms=60_000) == []


def test_an_order_that_was_never_acknowledged_and_ended_with_fills_is_unknown_until_they_are_here() -> None:
    floor = given_floor()
    floor.rest(buy())
    assert floor.tell(e.CancelDone(order_id="7-1", filled_micro=70 * MICRO)) == [AskOrder(order_id="7-1")]
    assert floor.order().state is OrderState.UNKNOWN
    floor.tell(e.TradesReported(fills=(filled("t1", 70),), settlements=(), since_ns=0, asked_ns=1, order_id="7-1"))
    assert floor.order().state is OrderState.CANCELLED


def test_the_question_for_open_orders_stands_before_that_for_trades() -> None:
    floor = Floor()
    assert [type(command) for command in floor.tell(e.VenueReady())] == [AskOpenOrders, AskTrades]


def test_an_order_whose_fills_the_venue_cannot_tell_yet_is_asked_about_at_its_pace_and_not_at_the_networks() -> None:
    """The order says MATCHED before the trades query knows the trade: asking again at once would use up the rate limit of all questions."""
    floor = given_standing(ask_again_ns=2 * NS_PER_SECOND)
    whole = e.CancelDone(order_id="7-1", why="the venue says MATCHED", filled_micro=70 * MICRO)
    asked = [len(of_kind(floor.tell(whole, after_ms=50), AskOrder)) for _ in range(100)]  # every question is answered after 50 ms
    assert asked[0] == 1
    assert sum(asked) == 3  # in five seconds
    more = msgspec.structs.replace(whole, filled_micro=80 * MICRO)
    assert floor.tell(more) == [AskOrder(order_id="7-1")]


def test_an_order_that_is_over_and_only_owes_us_its_fills_is_not_cancelled_again_and_again() -> None:
    floor = given_standing(ask_again_ns=2 * NS_PER_SECOND)
    floor.tell(e.CancelDone(order_id="7-1", filled_micro=70 * MICRO))
    floor.script.want_nothing()
    assert [cancelled_ids(floor.tell(floor.stir(), after_ms=50)) for _ in range(10)] == [[]] * 10
    assert floor.order().state is OrderState.LIVE
    floor.tell(filled("t1", 70))
    assert floor.order().state is OrderState.CANCELLED


@pytest.mark.parametrize(("more_micro", "is_over"), [(1, True), (9_999, True), (10_000, False)])
def test_less_than_a_hundredth_of_a_share_that_the_venue_rounded_is_no_fill_to_wait_for(more_micro: int, is_over: bool) -> None:  # noqa: FBT001
    """Otherwise the order would stand here for ever, in the way of every other on its side."""
    floor = given_standing()
    floor.tell(filled("t1", 70))
    floor.tell(e.CancelDone(order_id="7-1", filled_micro=70 * MICRO + more_micro))
    assert (floor.order().state is OrderState.CANCELLED) is is_over
    assert ("7-1" in floor.state.owed_fills) is not is_over
    late = given_standing()
    late.tell(e.CancelDone(order_id="7-1", filled_micro=70 * MICRO + more_micro), filled("t1", 70))
    assert (late.order().state is OrderState.CANCELLED) is is_over


def test_a_trade_that_never_settles_does_not_have_all_trades_since_then_told_again_at_every_audit() -> None:
    """Ghost fills happen (user-asks 3). The question would grow by every trade of every day until it is longer than any answer may be."""
    floor = given_standing(audit_ns=60 * NS_PER_SECOND)
    floor.tell(filled("ghost", 40))
    made_ns = floor.now_ns
    for minute in range(200):
        sent = floor.tell(e.Tick(), after_ms=60_000)
        (asked,) = of_kind(sent, AskTrades)
        floor.tell(*reports_of(floor))
        is_old = asked.asked_ns - made_ns > OLD_TRADE_NS
        assert is_old is (minute >= 119)
        assert (asked.since_ns > made_ns) is is_old
        assert of_kind(sent, AskOrder) == [AskOrder(order_id="7-1")] * is_old  # it alone is asked about
    told = e.TradesReported(fills=(), settlements=(moved("ghost", STAGES.FAILED),), since_ns=0, asked_ns=1, order_id="7-1")
    floor.tell(told)
    assert floor.money()["cash total"] == 1_000 * MICRO
    assert of_kind(floor.tell(e.Tick(), after_ms=60_000), AskOrder) == []


@pytest.mark.parametrize("lifetime", [Lifetime.FOK, Lifetime.FAK])
def test_an_order_that_never_rests_is_asked_about_soon_when_it_was_taken_and_nothing_is_told_of_its_end(lifetime: Lifetime) -> None:
    """The venue may tell nothing of a FAK's rest (polymarket.md §6.4); a bundle would stand there with one leg until the next audit."""
    floor = given_floor(reply_timeout_ns=5 * NS_PER_SECOND, ask_again_ns=2 * NS_PER_SECOND)
    floor.script.want_nothing()
    floor.tell(e.OrderAsked(spec=given_spec(price_pips=5_200, shares=50, lifetime=lifetime), why="a feeling"))
    assert floor.tell(acked()) == []
    assert floor.tell(e.Tick(), after_ms=4_999) == []
    for _ in range(3):  # held for a while at the venue, it is still there
        assert floor.tell(e.Tick()) == [AskOrder(order_id="7-1")]
        assert floor.tell(acked(), after_ms=1_999) == []
    floor.tell(filled("t1", 40, price_pips=5_200))
    assert floor.tell(e.Tick(), after_ms=5_000) == [AskOrder(order_id="7-1")]
    floor.tell(e.CancelDone(order_id="7-1", filled_micro=40 * MICRO))
    assert floor.order().state is OrderState.CANCELLED
    assert floor.tell(e.Tick(), after_ms=60_000) == []
