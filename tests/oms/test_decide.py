import msgspec
import pytest

from oms.machines.lifecycle import State as OrderState
from oms.machines.risk import Limits, Reason
from oms.state import StrategyLine
from oms.values import events as e
from oms.values.commands import AskOrder, Cancel, Place
from oms.values.decisions import Decision, Quote, Quotes, StandAside
from oms.values.orders import Side
from oms.values.snapshot import Health, Snapshot
from oms.values.units import MICRO, NS_PER_MS
from tests.oms.words_engine import (
    Floor,
    acked,
    alerts,
    buy,
    cancelled_ids,
    filled,
    given_floor,
    given_other_market,
    given_standing,
    of_kind,
    opening_facts,
    ready,
    sell,
)
from tests.oms.words_oms import told_book, told_change
from tests.words import MARKET, NO, NOON_NS, YES, given_market


def test_a_strategy_is_shown_a_frozen_moment() -> None:  # req 2.10, 2.20, 2.21
    floor = given_standing(sets=30)
    floor.tell(filled("t1", 40), told_change((Side.BUY, 4_900, 7)))
    shown = floor.shown()
    assert (shown.at_ns, shown.market, shown.cash_free_micro) == (floor.now_ns, given_market(), 930 * MICRO)
    assert (shown.yes_holding.confirmed_micro, shown.yes_holding.provisional_micro) == (30 * MICRO, 40 * MICRO)
    assert shown.yes_holding.sellable_micro == 30 * MICRO
    assert (shown.yes_holding.resting_buy_micro, shown.net_micro) == (60 * MICRO, 40 * MICRO)
    assert [(order.order_id, order.price_pips, order.remaining_micro) for order in shown.resting] == [("7-1", 4_000, 60 * MICRO)]
    assert (shown.yes.health, shown.yes.changed_ns) == (Health.LIVE, floor.now_ns)
    before = msgspec.json.encode(shown)
    floor.tell(filled("t2", 60), told_change((Side.BUY, 4_900, 0)), e.CancelDone(order_id="7-1"))
    assert msgspec.json.encode(shown) == before
    with pytest.raises(AttributeError):
        shown.at_ns = 0  # type: ignore[misc]


@pytest.mark.parametrize(
    ("quote", "token", "side"), [(buy(4_800, 40), YES, "bids"), (sell(5_200, 40, NO), NO, "asks"), (buy(4_800, 40, NO), NO, "bids")]
)
def test_our_own_resting_size_is_not_shown_where_the_books_contain_it(quote: Quote, token: str, side: str) -> None:  # ruling 2.5
    floor = given_floor(sets=50, own_orders_in_book=True)
    floor.rest(quote)
    book, twin = (floor.shown().yes, floor.shown().no) if token == YES else (floor.shown().no, floor.shown().yes)
    assert getattr(book, side)[0][1] == 100 * MICRO  # sent only: the venue does not show it yet
    floor.tell(acked())
    book, twin = (floor.shown().yes, floor.shown().no) if token == YES else (floor.shown().no, floor.shown().yes)
    assert getattr(book, side)[0][1] == 60 * MICRO
    assert getattr(twin, "asks" if side == "bids" else "bids")[0][1] == 60 * MICRO
    floor.tell(filled("t1", 10, price_pips=4_800), floor.stir())
    assert getattr(floor.shown().yes if token == YES else floor.shown().no, side)[0][1] == 70 * MICRO


def test_our_own_size_stays_hidden_while_it_is_being_cancelled() -> None:
    floor = given_floor(own_orders_in_book=True)
    floor.rest(buy(4_800, 40))
    floor.tell(acked())
    floor.script.want_nothing()
    floor.tell(floor.stir())
    floor.tell(floor.stir())
    assert floor.order().state is OrderState.CANCELLING
    assert floor.shown().yes.bids[0] == (4_800, 60 * MICRO)
    floor.tell(e.CancelDone(order_id="7-1"))
    assert floor.shown().yes.bids[0] == (4_800, 100 * MICRO)


def test_our_own_resting_size_is_left_alone_where_the_books_do_not_contain_it() -> None:
    floor = given_standing(buy(4_800, 40))
    assert floor.shown().yes.bids[0] == (4_800, 100 * MICRO)


def test_books_that_tell_nothing_new_are_not_asked_about_again() -> None:
    floor = given_floor()
    asked = len(floor.script.shown)
    same: list[e.Event] = [told_change((Side.BUY, 4_800, 100)), told_book(((4_800, 100),), ((5_200, 100),), at_ms=9)]
    assert floor.tell(*same) == []
    assert len(floor.script.shown) == asked


@pytest.mark.parametrize(
    "fact", [filled("t1", 40), e.CancelDone(order_id="7-1"), e.LiquidityTaken(token=YES, side=Side.BUY, price_pips=4_800, debt_micro=1)]
)
def test_what_concerns_us_is_asked_about_though_the_books_stand_still(fact: e.Event) -> None:
    floor = given_standing()
    asked = len(floor.script.shown)
    floor.tell(fact)
    assert len(floor.script.shown) == asked + 1


def test_a_wanted_quote_is_reserved_opened_and_sent_once() -> None:  # req 0.12, 2.22, 2.23
    floor = given_floor()
    floor.script.want(buy(4_000, 100))
    (place,) = of_kind(floor.tell(floor.stir()), Place)
    assert (place.order_id, place.strategy, place.why, place.spec.post_only) == ("7-1", "maker", "bid 4000", True)
    assert floor.order().state is OrderState.SENT
    assert (floor.order().venue_order_id, floor.money()["cash free"]) == ("v-7-1", 960 * MICRO)
    assert floor.tell(floor.stir()) == []


def test_a_strategy_that_stands_aside_loses_what_it_has_and_no_other_strategy_does() -> None:  # req 2.28
    always = Quotes(quotes=(buy(3_000),), why="always")

    def stubborn(snapshot: Snapshot, _params: object) -> Decision:
        return always if snapshot.market.market_id == MARKET else StandAside(why="elsewhere")

    floor = Floor(also=[StrategyLine(name="other", evaluate=stubborn, params=None)])
    floor.script.want(buy(4_000))
    floor.tell(*opening_facts())
    floor.tell(acked("7-1"), acked("7-2"))
    assert [order.strategy for order in floor.state.blotter.all_open()] == ["maker", "other"]
    floor.script.want_nothing()
    (cancel,) = floor.tell(floor.stir())
    assert cancel == Cancel(order_id="7-1", why="the script stands aside")


def test_the_end_of_a_market_cancels_all_and_ends_the_questions() -> None:  # req 3.34
    floor = given_standing()
    asked = len(floor.script.shown)
    end_ns = given_market().end_ns
    assert floor.engine.wake_at_ns() == end_ns
    assert cancelled_ids(floor.tell(e.Tick(), after_ms=3_600_000)) == ["7-1"]
    floor.tell(e.CancelDone(order_id="7-1"), floor.stir())
    assert len(floor.script.shown) == asked


def test_a_strategy_is_asked_again_at_the_moment_it_named_though_nothing_happened() -> None:
    floor = given_floor()
    floor.script.want(look_again_ns=NOON_NS + 50 * NS_PER_MS)
    floor.tell(floor.stir())
    asked = len(floor.script.shown)
    assert floor.engine.wake_at_ns() == NOON_NS + 50 * NS_PER_MS
    floor.tell(e.Tick(), after_ms=47)
    assert len(floor.script.shown) == asked
    floor.tell(e.Tick())
    assert len(floor.script.shown) == asked + 1
    assert floor.engine.wake_at_ns() == given_market().end_ns  # a moment that has passed is not named again


def test_of_two_strategies_the_earlier_wish_to_look_again_counts() -> None:  # req 2.28
    moments = (50, 20, 90)
    shown: list[int] = []

    def patient(snapshot: Snapshot, after_ms: int) -> Decision:
        shown.append(after_ms)
        return Quotes(quotes=(), why="patience", look_again_ns=NOON_NS + after_ms * NS_PER_MS)

    floor = Floor(also=[StrategyLine(name=f"after {ms}", evaluate=patient, params=ms) for ms in moments])
    floor.tell(*opening_facts())
    assert floor.engine.wake_at_ns() == NOON_NS + 20 * NS_PER_MS
    floor.tell(e.Tick(), after_ms=19)
    assert floor.engine.wake_at_ns() == NOON_NS + 50 * NS_PER_MS
    assert shown == [*moments, *moments]


REFUSED = [
    (buy(4_050), Reason.OFF_TICK),
    (buy(4_000, 4), Reason.BELOW_VENUE_MINIMUM),
    (buy(4_000, 300), Reason.ORDER_CAP),
    (buy(9_000, 100), Reason.NOT_ENOUGH_CASH),
    (buy(0, 10), Reason.PRICE_OUT_OF_RANGE),
]


@pytest.mark.parametrize(("quote", "reason"), REFUSED)
def test_what_the_gate_refuses_is_counted_by_reason_and_leaves_no_trace(quote: Quote, reason: Reason) -> None:  # req 0.14, 1.29, 3.41
    floor = given_floor(cash=80)
    before = floor.money()
    assert floor.rest(quote) == []
    assert floor.state.refusals == {reason: 1}
    assert (floor.money(), floor.state.blotter.placed, floor.state.order_count) == (before, 0, 0)


def test_no_new_order_goes_into_a_book_that_is_not_believed() -> None:
    floor = given_floor()
    floor.script.want(buy())
    assert floor.tell(e.BestTold(token=YES, best_bid_pips=4_900, best_ask_pips=5_200, exchange_ns=NOON_NS)) == []
    assert floor.state.refusals == {Reason.BOOK_NOT_LIVE: 1}


def test_several_orders_of_one_turn_count_against_the_limits_together() -> None:  # req 2.31
    floor = given_floor(limits=Limits(market_loss_max_micro=100 * MICRO))
    assert len(floor.rest(buy(4_000, 100), buy(3_900, 100), buy(3_800, 100))) == 2
    assert floor.state.refusals == {Reason.MARKET_LOSS_CAP: 1}


def test_an_order_without_an_answer_is_unknown_and_asked_about_and_never_sent_again() -> None:  # req 0.18
    floor = given_floor(reply_timeout_ns=100 * NS_PER_MS, ask_again_ns=30 * NS_PER_MS)
    floor.rest(buy())
    assert floor.tell(e.Tick(), after_ms=99) == []
    assert floor.tell(e.Tick()) == [AskOrder(order_id="7-1")]
    assert floor.order().state is OrderState.UNKNOWN
    assert floor.money()["cash free"] == 960 * MICRO  # it may stand
    assert floor.tell(e.Tick(), after_ms=29) == []
    assert floor.tell(e.Tick()) == [AskOrder(order_id="7-1")]
    floor.tell(acked())
    assert floor.order().state is OrderState.LIVE
    assert floor.tell(e.Tick(), after_ms=10_000) == []
    assert [place.order_id for place in of_kind(floor.venue.sent, Place)] == ["7-1"]


def test_a_lost_reply_is_asked_about_in_the_same_turn() -> None:
    floor = given_floor()
    floor.rest(buy())
    assert floor.tell(e.ReplyLost(order_id="7-1")) == [AskOrder(order_id="7-1")]


def test_a_cancel_without_an_answer_is_repeated_until_there_is_one() -> None:
    floor = given_standing()
    floor.script.want_nothing()
    assert cancelled_ids(floor.tell(floor.stir())) == ["7-1"]
    assert floor.tell(e.ReplyLost(order_id="7-1"), floor.stir(), after_ms=4_999) == []
    for after_ms in (1, 2_000, 2_000):
        assert cancelled_ids(floor.tell(e.Tick(), after_ms=after_ms)) == ["7-1"]
    floor.tell(e.CancelDone(order_id="7-1"))
    assert floor.tell(e.Tick(), after_ms=60_000) == []


def test_orders_of_a_strategy_that_is_no_longer_at_work_are_taken_away() -> None:
    floor = given_standing()
    floor.order().strategy = "retired"
    (cancel,) = floor.tell(floor.stir())
    assert cancel == Cancel(order_id="7-1", why="no strategy named retired is at work")
    assert floor.tell(floor.stir()) == []


def test_a_turn_decides_so_many_markets_and_leaves_the_rest_to_the_next() -> None:
    asked: list[str] = []

    def note(snapshot: Snapshot, _params: object) -> Decision:
        asked.append(snapshot.market.market_id)
        return StandAside(why="noted")

    floor = Floor(also=[StrategyLine(name="notes", evaluate=note, params=None)], evaluations_max=2)
    books = [told_book((), (), token=f"{name}-{twin}") for name in "abcde" for twin in ("yes", "no")]
    floor.tell(*ready(), *(e.MarketListed(market=given_other_market(name)) for name in "abcde"), *books)
    assert (asked, floor.engine.wake_at_ns()) == (["a", "b"], 0)
    floor.tell(e.MarketListed(market=given_other_market("a")))  # soiled again: back at the end of the queue
    assert asked == ["a", "b", "c", "d"]
    floor.tell()
    assert asked == ["a", "b", "c", "d", "e", "a"]
    assert floor.engine.wake_at_ns() == given_other_market("a").end_ns


def test_a_silent_book_is_called_stale_within_the_bound_and_a_quarter() -> None:  # ruling 2.8
    quiet = given_floor(silence_ns=1_000 * NS_PER_MS)
    desk = quiet.state.desks[MARKET]
    quiet.tell(e.Tick(), after_ms=1_000)
    assert (desk.yes.health, desk.no.health) == (Health.LIVE, Health.LIVE)
    quiet.tell(e.Tick(), after_ms=250)
    assert (desk.yes.health, desk.no.health) == (Health.STALE, Health.STALE)
    quiet.tell(told_book((), (), at_ms=2_000), told_book((), (), at_ms=2_000, token=NO))
    assert quiet.shown().health is Health.LIVE


def test_questions_of_deadlines_come_before_decisions_and_alerts_last() -> None:
    floor = given_standing()
    floor.script.want(buy(3_000), buy(3_000, token=NO))
    sent = floor.tell(e.CancelRefused(order_id="7-1", why="?"), acked("stranger"), floor.stir())
    assert [type(command).__name__ for command in sent] == ["AskOrder", "Cancel", "Place", "Alert"]
    assert [place.spec.token for place in of_kind(sent, Place)] == [NO]  # the other side has no room before the cancel is done
    assert alerts(sent) == ["fact about an unknown order"]
