"""What a person asked for waits until it is carried out; a paused market is no work that waits."""

from oms.machines.by_hand import BY_HAND, ByHand
from oms.values.operator_events import OrderAsked
from strategies import names
from tests.oms.words_oms import given_spec


def test_nothing_waits_at_first_nor_for_a_market_that_is_merely_paused() -> None:
    by_hand = ByHand()
    assert not by_hand.is_waiting
    by_hand.paused["m"] = "lunch"
    assert not by_hand.is_waiting


def test_an_order_and_a_cancel_wait() -> None:
    asked, cancelled = ByHand(), ByHand()
    asked.orders.append(OrderAsked(spec=given_spec(), why=""))
    cancelled.cancels["7-1"] = ""
    assert asked.is_waiting
    assert cancelled.is_waiting


def test_no_strategy_has_the_name_under_which_a_persons_orders_go() -> None:
    assert BY_HAND not in names()
