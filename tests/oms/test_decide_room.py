"""What stands is bounded by what is wanted, through the whole engine, however fast the market moves and however slowly the venue answers."""

import random
from collections import deque
from collections.abc import Sequence

import pytest

from oms.machines.lifecycle import State as OrderState
from oms.values import events as e
from oms.values.commands import AskOrder, Cancel, Command, Place
from oms.values.decisions import Quote
from oms.values.units import MICRO, Pips
from tests.oms.words_engine import acked, buy, cancelled_ids, filled, given_floor, given_standing, of_kind
from tests.words import NO


def two_a_side(mid: Pips) -> list[Quote]:
    """Four quotes about a mid: two YES bids, and two asks bought as NO."""
    return [buy(mid - away, 10) for away in (100, 200)] + [buy(10_000 - mid - away, 10, NO) for away in (100, 200)]


def answers_to(sent: Sequence[Command]) -> list[e.Event]:
    """What a willing venue says: it stands, it is gone."""
    return [*(acked(place.order_id) for place in of_kind(sent, Place)), *(e.CancelDone(order_id=order_id) for order_id in cancelled_ids(sent))]


@pytest.mark.parametrize("slow", [1, 3, 7], ids="answers {} turns late".format)
@pytest.mark.parametrize("seed", range(3))
def test_when_the_mid_moves_every_turn_and_answers_are_slow_no_more_orders_stand_than_are_wanted(seed: int, slow: int) -> None:  # req 0.12
    # 27 orders once stood where four were wanted: every turn placed its replacements beside what it had only just asked to cancel
    dice, floor, mid = random.Random(seed), given_floor(), 5_000
    answers: deque[list[e.Event]] = deque([[] for _ in range(slow)])
    most = 0
    for turn in range(150):
        if turn < 130:  # then the market calms down
            mid = min(8_000, max(2_000, mid + dice.choice((-300, -200, -100, 100, 200, 300))))
            floor.script.want(*two_a_side(mid))
        sent = floor.tell(*answers.popleft(), floor.stir())
        answers.append(answers_to(sent))
        most = max(most, floor.state.blotter.open_count)
        assert floor.state.blotter.open_count <= 4
    assert most == 4
    assert len(of_kind(floor.venue.sent, Place)) > 4 * 130 // (3 * slow + 3)  # it did move
    stands = sorted((order.spec.token, order.spec.price_pips) for order in floor.state.blotter.all_open() if order.state is OrderState.LIVE)
    assert stands == sorted((quote.token, quote.price_pips) for quote in two_a_side(mid))


def test_a_replacement_is_sent_in_the_turn_that_tells_of_its_room() -> None:
    floor = given_standing(buy(4_000))
    floor.script.want(buy(4_100))
    assert [type(command) for command in floor.tell(floor.stir())] == [Cancel]
    assert floor.tell(floor.stir()) == []
    assert [place.spec.price_pips for place in of_kind(floor.tell(e.CancelDone(order_id="7-1")), Place)] == [4_100]


def test_a_replacement_of_what_filled_while_it_was_being_cancelled_waits_for_no_more() -> None:
    floor = given_standing(buy(4_000))
    floor.script.want(buy(4_100))
    floor.tell(floor.stir())
    assert [place.spec.price_pips for place in of_kind(floor.tell(filled("t1", 100)), Place)] == [4_100]


def test_an_order_of_unknown_outcome_takes_its_room_so_that_it_is_not_sent_twice() -> None:  # req 0.18
    # 100 shares once became 200: the unknown order was not counted, and the same quote was placed beside it
    floor = given_floor()
    floor.script.want(buy(4_000, 100))
    floor.tell(floor.stir())
    assert floor.tell(e.ReplyLost(order_id="7-1"), floor.stir()) == [AskOrder(order_id="7-1")]
    assert floor.tell(floor.stir()) == []
    assert (floor.state.blotter.placed, floor.money()["yes-token buying"]) == (1, 100 * MICRO)
    floor.tell(acked())
    assert floor.tell(floor.stir()) == []  # it was there all the time


def test_an_order_that_was_never_there_frees_its_room() -> None:
    floor = given_floor()
    floor.script.want(buy(4_000, 100))
    floor.tell(floor.stir(), e.Tick())
    floor.tell(e.ReplyLost(order_id="7-1"))
    assert [place.order_id for place in of_kind(floor.tell(e.ProvenAbsent(order_id="7-1")), Place)] == ["7-2"]
