import pytest

from oms.machines import blotter
from oms.state import fill_transfer_id
from oms.values import events as e
from oms.values.units import MICRO
from tests.oms.words_engine import STAGES, acked, buy, filled, given_floor, given_other_market, given_standing, moved
from tests.words import MARKET, NO, YES


def test_a_market_has_one_desk_and_both_tokens_lead_to_it() -> None:
    floor = given_floor()
    state = floor.state
    desk = state.desks[MARKET]
    assert (state.by_token[YES], state.by_token[NO]) == ((desk, desk.yes), (desk, desk.no))
    assert (desk.book(YES), desk.book(NO)) == (desk.yes, desk.no)
    assert state.list_market(desk.market) is desk


def test_a_market_is_in_the_queue_of_decisions_once_and_in_the_order_of_arrival() -> None:
    state = given_floor().state
    for name in ("b", "a"):
        state.list_market(given_other_market(name))
    for name in ("b", "a", "b", MARKET, "b"):
        state.touch(state.desks[name])
    assert list(state.dirty) == ["b", "a", MARKET]


def test_the_reservation_follows_what_is_left_of_an_order() -> None:  # req 0.7, 0.10
    floor = given_standing(buy(4_000, 100))
    for trade, left in (("t1", 75), ("t2", 50), ("t3", 25)):
        floor.tell(filled(trade, 25))
        assert floor.state.ledger.reserved("7-1") == left * MICRO * 4 // 10
        assert floor.money()[f"{YES} buying"] == left * MICRO
    floor.tell(filled("t4", 25))
    assert floor.state.ledger.reserved("7-1") == 0
    assert floor.state.ledger.audit() == ""


def test_an_order_that_left_memory_leaves_no_trace_but_the_sums(monkeypatch: pytest.MonkeyPatch) -> None:  # req 2.57
    monkeypatch.setattr(blotter, "RETIRED_MAX", 3)
    floor = given_floor(cash=100_000)
    for number in range(1, 31):
        (order_id,) = floor.rest(buy(4_000, 10))
        trade = f"t{number}"
        floor.tell(acked(order_id), filled(trade, 4, order_id=order_id), moved(trade, STAGES.CONFIRMED, order_id), e.CancelDone(order_id=order_id))
    state = floor.state
    assert len(state.blotter.in_memory()) == 3
    assert state.settlements.stage("t1", "7-1") is None
    assert state.settlements.stage("t30", "7-30") is STAGES.CONFIRMED
    assert fill_transfer_id("t1", "7-1") not in state.ledger._applied
    assert len(state.ledger._applied) == 3 + 1  # fills of the three, and the deposit
    assert len(state.deadlines) == 1  # the end of the market
    assert (state.blotter.placed, floor.money()[f"{YES} confirmed"]) == (30, 120 * MICRO)
    floor.assert_sound()
