"""A cancel that the venue took: the order stands until somebody says what was filled before."""

from oms.machines.lifecycle import State as OrderState
from oms.values import events as e
from oms.values.commands import AskOrder, Place
from oms.values.units import MICRO, NS_PER_MS
from tests.oms.words_engine import cancelled_ids, filled, given_standing, of_kind, sell
from tests.words import YES

DOLLAR = MICRO


def test_what_a_taken_cancel_leaves_counts_until_it_is_told_how_much_was_filled_before() -> None:  # req 0.7, 2.24
    floor = given_standing(sets=100, quote=sell())
    floor.script.want(sell(5_900, 60))
    assert cancelled_ids(floor.tell(floor.stir())) == ["7-1"]
    assert floor.tell(e.CancelTaken(order_id="7-1"), floor.stir()) == []
    assert (floor.order().state, floor.money()[f"{YES} sellable"]) == (OrderState.CANCELLING, 0)
    assert floor.tell(filled("t1", 40, price_pips=6_000), floor.stir()) == []
    (placed,) = of_kind(floor.tell(e.CancelDone(order_id="7-1", filled_micro=40 * MICRO), floor.stir()), Place)
    assert floor.order().state is OrderState.CANCELLED
    assert (placed.spec.price_pips, placed.spec.size_micro) == (5_900, 60 * MICRO)
    floor.assert_sound()


def test_the_end_of_a_taken_cancel_may_be_told_before_its_last_fill() -> None:
    floor = given_standing()
    floor.script.want()
    floor.tell(floor.stir())
    floor.tell(e.CancelTaken(order_id="7-1"))
    floor.tell(e.CancelDone(order_id="7-1", filled_micro=40 * MICRO))
    assert floor.order().state is OrderState.CANCELLING
    floor.tell(e.CancelTaken(order_id="7-1"))
    floor.tell(filled("t1", 40))
    assert floor.order().state is OrderState.CANCELLED
    assert (floor.money()["cash free"], floor.money()[f"{YES} total"]) == (984 * DOLLAR, 40 * MICRO)
    floor.tell(e.CancelTaken(order_id="7-1"), after_ms=60_000)
    assert of_kind(floor.tell(e.Tick(), after_ms=60_000), AskOrder) == []


def test_a_taken_cancel_of_which_nothing_more_is_told_is_asked_about_and_not_sent_again() -> None:
    floor = given_standing(ask_again_ns=2_000 * NS_PER_MS)
    floor.script.want()
    floor.tell(floor.stir())
    floor.tell(e.CancelTaken(order_id="7-1"))
    assert floor.tell(e.Tick(), after_ms=1_999) == []
    for _ in range(3):
        assert floor.tell(e.Tick(), after_ms=2_000) == [AskOrder(order_id="7-1")]
    floor.tell(e.CancelDone(order_id="7-1", filled_micro=0))
    assert floor.money()["cash free"] == 1_000 * DOLLAR
    assert of_kind(floor.tell(e.Tick(), after_ms=60_000), AskOrder) == []


def test_an_order_that_the_venue_took_away_with_all_others_is_asked_about_too() -> None:
    floor = given_standing(ask_again_ns=2_000 * NS_PER_MS)
    floor.tell(e.CancelTaken(order_id="7-1", why="everything was cancelled"))
    assert of_kind(floor.tell(e.Tick(), after_ms=2_000), AskOrder) == [AskOrder(order_id="7-1")]
    floor.tell(e.CancelDone(order_id="7-1", filled_micro=0))
    assert floor.order().state is OrderState.CANCELLED
