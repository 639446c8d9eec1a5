"""What a refusal by the venue does: its market waits, and an end that came before it stays the end."""

from oms.machines.lifecycle import State as OrderState
from oms.machines.risk import Reason
from oms.values import events as e
from oms.values.commands import Place
from tests.oms.words_engine import YES_WINS, acked, alerts, buy, given_floor, of_kind, resolved
from tests.words import MARKET


def test_after_a_refusal_by_the_venue_its_market_waits_twice_as_long_each_time_until_an_order_is_taken() -> None:
    floor = given_floor()
    waits = []
    floor.script.want(buy(4_000))
    sent = floor.tell(floor.stir())
    for _ in range(4):
        (place,) = of_kind(sent, Place)
        assert of_kind(floor.tell(e.Rejected(order_id=place.order_id, why="BALANCE")), Place) == []
        waited = 0
        while not (sent := floor.tell(floor.stir(), after_ms=50)):
            waited += 50
        waits.append(waited)
    assert [round(wait / 250) for wait in waits] == [1, 2, 4, 8]
    (place,) = of_kind(sent, Place)
    floor.tell(acked(place.order_id))
    assert floor.state.desks[MARKET].rejections == 0


def test_a_refusal_told_twice_is_one_and_its_wait_ends_by_itself() -> None:
    floor = given_floor()
    floor.script.want(buy())
    floor.tell(floor.stir())
    floor.tell(e.Rejected(order_id="7-1", why="TICK"), e.Rejected(order_id="7-1", why="TICK"))
    assert floor.state.desks[MARKET].rejections == 1
    assert floor.state.refusals[Reason.VENUE_REFUSED] == 1
    assert of_kind(floor.tell(e.Tick(), after_ms=300), Place) != []


def test_a_refusal_that_comes_after_the_market_was_resolved_is_no_contradiction() -> None:
    floor = given_floor()
    floor.rest(buy())
    sent = floor.tell(resolved(YES_WINS))
    assert floor.order().state is OrderState.CANCELLED
    sent += floor.tell(e.Rejected(order_id="7-1", why="NO_MARKET: the market is over"))
    assert (alerts(sent), floor.state.desks[MARKET].quarantine) == ([], "")
    assert floor.order().state is OrderState.CANCELLED
    floor.assert_sound()
