import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import astuple

from oms.machines import blotter as blotter_module
from oms.machines.blotter import CASH_DUST_MICRO, Blotter, FillVerdict, Order
from oms.machines.lifecycle import TERMINAL, TRANSITIONS, Happening, IllegalTransition, State
from oms.values.events import Filled
from oms.values.orders import Lifetime, Side
from oms.values.units import MICRO
from tests.campaign.properties import OUR_ASKINGS, Story, all_stories, assert_counted, lifecycle_permutations, tell
from tests.oms.words_oms import given_fill, given_order, given_spec
from tests.words import MARKET

H = Happening


@pytest.mark.parametrize("askings", OUR_ASKINGS, ids=lambda askings: "+".join(step.name for step in askings))
def test_every_order_of_the_venues_facts_ends_in_the_same_state_and_quantities(askings: tuple[Happening, ...]) -> None:
    # req 2.12, 2.13, 2.35: every consistent story, every permutation of it
    for story in all_stories():
        told_in_order = tell(askings, story)
        for facts in itertools.permutations(story):
            assert tell(askings, facts) == told_in_order, facts


@settings(max_examples=300)
@given(st.sampled_from(OUR_ASKINGS), st.sampled_from(all_stories()), st.data())
def test_facts_told_twice_and_out_of_order_end_as_if_told_once(askings: tuple[Happening, ...], story: Story, data: st.DataObject) -> None:
    # req 2.13
    again = data.draw(st.lists(st.sampled_from(story), max_size=4)) if story else []
    assert tell(askings, data.draw(st.permutations([*story, *again]))) == tell(askings, story)


def test_random_stories_by_the_thousand_as_in_the_campaign() -> None:
    assert lifecycle_permutations(3_000, seed=5) == 3_000


def test_the_published_example_of_a_part_filled_order_does_not_double() -> None:
    # req 2.12: 100 @ 0.60, 40 filled: own 40, 60 pending
    blotter = Blotter()
    order = given_order(given_spec(price_pips=6_000), H.ACK, blotter=blotter)
    fill = given_fill("t1", 40, price_pips=6_000)
    assert blotter.fill(order, fill, 1) is FillVerdict.NEW
    assert blotter.fill(order, fill, 2) is FillVerdict.ALREADY_APPLIED
    assert (order.state, order.filled_micro, order.remaining_micro) == (State.LIVE, 40 * MICRO, 60 * MICRO)
    assert order.filled_cash_micro == 24 * MICRO


def test_a_late_fill_after_cancel_moves_the_shares_but_not_the_order() -> None:
    # req 2.11
    blotter = Blotter()
    order = given_order(given_spec(), H.ACK, H.CANCEL_ASKED, H.CANCEL_DONE, blotter=blotter)
    assert blotter.part_filled_ended == 0
    assert blotter.fill(order, given_fill("t1", 40), 1) is FillVerdict.NEW
    assert (order.state, order.filled_micro) == (State.CANCELLED, 40 * MICRO)
    assert blotter.part_filled_ended == 1
    assert blotter.fill(order, given_fill("t2", 60), 2) is FillVerdict.NEW
    assert order.state is State.FILLED
    assert blotter.part_filled_ended == 0
    assert_counted(blotter, [order])


def test_a_fill_brings_an_absent_order_back() -> None:
    # ruling 0.6
    blotter = Blotter()
    order = given_order(given_spec(), H.REPLY_LOST, H.PROVEN_ABSENT, blotter=blotter)
    assert blotter.open_orders(MARKET) == {}
    blotter.fill(order, given_fill("t1", 40), 1)
    assert order.state is State.LIVE
    assert list(blotter.open_orders(MARKET)) == ["o1"]
    assert_counted(blotter, [order])


def test_a_fill_of_a_rejected_order_is_refused_and_changes_nothing() -> None:
    # req 2.35
    blotter = Blotter()
    order = given_order(given_spec(), H.REJECT, blotter=blotter)
    with pytest.raises(IllegalTransition):
        blotter.fill(order, given_fill("t1", 40), 1)
    assert (order.filled_micro, order.fills, order.unsettled, blotter.fill_count) == (0, {}, 0, 0)
    assert order.history[-1].happening is H.REJECT


@pytest.mark.parametrize(
    "changed",
    [
        given_fill("t1", 40, price_pips=4_100, cash_micro=16 * MICRO),
        given_fill("t1", 41, cash_micro=16 * MICRO),
        given_fill("t1", 40, cash_micro=16 * MICRO - 1),
        given_fill("t1", 40, fee_micro=10),
    ],
    ids=["price", "shares", "cash", "fee"],
)
def test_one_trade_id_with_other_numbers_is_a_conflict_and_changes_nothing(changed: Filled) -> None:
    blotter = Blotter()
    order = given_order(given_spec(), H.ACK, blotter=blotter)
    blotter.fill(order, given_fill("t1", 40), 1)
    assert blotter.fill(order, changed, 2) is FillVerdict.CONFLICT
    assert (order.filled_micro, order.filled_cash_micro, order.fees_micro, blotter.fill_count) == (40 * MICRO, 16 * MICRO, 0, 1)


def test_more_than_was_asked_for_is_an_overfill_and_changes_nothing() -> None:
    blotter = Blotter()
    order = given_order(given_spec(shares=100), H.ACK, blotter=blotter)
    blotter.fill(order, given_fill("t1", 90), 1)
    assert blotter.fill(order, given_fill("t2", 11), 2) is FillVerdict.OVERFILL
    assert (order.filled_micro, order.state, list(order.fills)) == (90 * MICRO, State.LIVE, ["t1"])
    assert blotter.fill(order, given_fill("t3", 10), 3) is FillVerdict.NEW
    assert order.state is State.FILLED


def test_an_order_in_shares_is_done_when_the_last_micro_share_is() -> None:
    # req 2.12
    blotter = Blotter()
    order = given_order(given_spec(shares=100), H.ACK, blotter=blotter)
    blotter.fill(order, given_fill("t1", shares_micro=100 * MICRO - 1), 1)
    assert (order.state, order.remaining_micro) == (State.LIVE, 1)
    blotter.fill(order, given_fill("t2", shares_micro=1), 2)
    assert (order.state, order.remaining_micro) == (State.FILLED, 0)


@pytest.mark.parametrize(
    ("left_micro", "state"), [(CASH_DUST_MICRO, State.LIVE), (CASH_DUST_MICRO - 1, State.FILLED), (0, State.FILLED), (-5, State.FILLED)]
)
def test_an_order_in_cash_is_done_when_less_than_a_cent_is_left_whatever_it_bought(left_micro: int, state: State) -> None:
    # ruling 2.10
    blotter = Blotter()
    order = given_order(given_spec(Side.BUY, 5_000, 100, lifetime=Lifetime.FAK), blotter=blotter)
    blotter.fill(order, given_fill("t1", 300, price_pips=3_333, cash_micro=100 * MICRO - left_micro), 1)
    assert (order.state, order.remaining_micro) == (state, max(0, left_micro))
    assert order.remaining_shares_micro == 2 * max(0, left_micro)


def test_every_step_is_kept_with_its_time_and_what_was_filled_then() -> None:
    # req 2.36
    blotter = Blotter()
    order = blotter.open("o1", given_spec(), "maker", "below the mid")
    blotter.happen(order, H.SEND, 10)
    blotter.happen(order, H.ACK, 20)
    blotter.fill(order, given_fill("t1", 40), 30)
    blotter.happen(order, H.CANCEL_ASKED, 40)
    blotter.happen(order, H.CANCEL_DONE, 50)
    assert [astuple(step) for step in order.history] == [
        (10, H.SEND, State.SENT, 0),
        (20, H.ACK, State.LIVE, 0),
        (30, H.PART_FILL, State.LIVE, 40 * MICRO),
        (40, H.CANCEL_ASKED, State.CANCELLING, 40 * MICRO),
        (50, H.CANCEL_DONE, State.CANCELLED, 40 * MICRO),
    ]
    assert (order.strategy, order.why) == ("maker", "below the mid")


def test_an_order_is_found_by_our_id_and_by_the_venues() -> None:
    # req 2.23
    blotter = Blotter()
    order = given_order(given_spec(), blotter=blotter)
    assert blotter.find_by_venue_id("0x1") is None
    blotter.name(order, "0x1")
    blotter.name(order, "")
    assert blotter.find("o1") is order
    assert blotter.find_by_venue_id("0x1") is order
    assert blotter.find("o2") is None


def test_an_order_id_cannot_be_used_twice() -> None:
    # req 3.19
    blotter = Blotter()
    given_order(given_spec(), blotter=blotter)
    with pytest.raises(AssertionError, match="used twice"):
        given_order(given_spec(), blotter=blotter)


def test_an_order_whose_every_trade_failed_is_undone_and_counted_once_even_if_dust_comes_later() -> None:
    # trap T5
    blotter = Blotter()
    order = given_order(given_spec(Side.BUY, 5_000, 100, lifetime=Lifetime.FAK), blotter=blotter)
    blotter.fill(order, given_fill("t1", 200, price_pips=5_000, cash_micro=100 * MICRO - 5_000), 1)
    blotter.settled(order, failed=True)
    assert blotter.undone == 1
    blotter.fill(order, given_fill("t2", shares_micro=4_000, price_pips=5_000), 2)
    assert blotter.undone == 0
    blotter.settled(order, failed=True)
    assert blotter.undone == 1
    assert_counted(blotter, [order])


@pytest.mark.parametrize("outcomes", list(itertools.product((False, True), repeat=3)), ids=str)
def test_a_filled_order_is_undone_only_when_none_of_its_trades_held(outcomes: tuple[bool, ...]) -> None:
    blotter = Blotter()
    order = given_order(given_spec(shares=90), H.ACK, blotter=blotter)
    for number in range(3):
        blotter.fill(order, given_fill(f"t{number}", 30), number)
    for failed in outcomes:
        blotter.settled(order, failed=failed)
    assert blotter.undone == all(outcomes)
    assert order.unsettled == 0


def _random_step(blotter: Blotter, order: Order, dice: random.Random, number: int) -> None:
    """Something legal: a transition of the table that is no fill, a fill, or a settlement."""
    legal = [happening for happening in TRANSITIONS[order.state] if happening not in {H.PART_FILL, H.LAST_FILL}]
    kind = dice.random()
    if kind < 0.3 and H.PART_FILL in TRANSITIONS[order.state]:
        shares = dice.choice((1, 30, order.remaining_micro // MICRO or 1))
        blotter.fill(order, given_fill(f"t{number}", shares, order_id=order.order_id), number)
    elif kind < 0.5 and order.unsettled:
        blotter.settled(order, failed=dice.random() < 0.5)
    elif legal:
        blotter.happen(order, dice.choice(legal), number)


@pytest.mark.parametrize("seed", range(5))
def test_the_running_counters_always_equal_a_recount(seed: int) -> None:
    # ruling 2.11; trap T3: the report adds up by construction
    dice, blotter, orders = random.Random(seed), Blotter(), []
    for number in range(1_500):
        if number % 5 == 0:
            orders.append(given_order(given_spec(), order_id=f"o{number}", blotter=blotter))
        _random_step(blotter, dice.choice(orders[-20:]), dice, number)
        if number % 10 == 0:
            assert_counted(blotter, orders)
    assert sum(blotter.ended.values()) + blotter.open_count == blotter.placed == len(orders)
    assert {state for state, count in blotter.ended.items() if count} == set(TERMINAL)


def _retire(blotter: Blotter, number: int, *, unsettled: bool = False) -> Order:
    order = given_order(given_spec(), H.ACK, order_id=f"o{number}", blotter=blotter)
    blotter.name(order, f"0x{number}")
    if unsettled:
        blotter.fill(order, given_fill(f"t{number}", 40, order_id=order.order_id), number)
    blotter.happen(order, H.CANCEL_DONE, number)
    return order


def test_orders_that_ended_are_kept_among_the_last_few_and_then_dropped_with_their_ids(monkeypatch: pytest.MonkeyPatch) -> None:
    # req 2.57; trap T6
    monkeypatch.setattr(blotter_module, "RETIRED_MAX", 10)
    blotter = Blotter()
    for number in range(1_000):
        _retire(blotter, number)
    assert [order.order_id for order in blotter.in_memory()] == [f"o{number}" for number in range(990, 1_000)]
    assert (len(blotter.dropped), blotter.ended[State.CANCELLED], blotter.placed) == (990, 1_000, 1_000)
    assert blotter.find_by_venue_id("0x5") is None
    assert blotter.find_by_venue_id("0x995") is blotter.find("o995")


def test_an_order_still_settling_is_not_forgotten_and_makes_no_room_for_others(monkeypatch: pytest.MonkeyPatch) -> None:
    # req 2.57
    monkeypatch.setattr(blotter_module, "RETIRED_MAX", 10)
    blotter = Blotter()
    settling = [_retire(blotter, number, unsettled=number % 100 == 0) for number in range(1_000)][::100]
    assert all(blotter.find(order.order_id) is order for order in settling)
    for order in settling:
        blotter.settled(order, failed=False)
    for number in range(1_000, 1_100):
        _retire(blotter, number)
    assert len(blotter.in_memory()) == 10
    assert not any(blotter.find(order.order_id) for order in settling)


def test_many_orders_that_never_settle_do_not_keep_the_settled_ones_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    # req 2.57
    monkeypatch.setattr(blotter_module, "RETIRED_MAX", 10)
    blotter = Blotter()
    for number in range(5_000):
        _retire(blotter, number, unsettled=number < 5)
    assert len(blotter.in_memory()) <= 10 + 5


def test_an_order_that_came_back_from_absence_is_not_dropped_while_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blotter_module, "RETIRED_MAX", 10)
    blotter = Blotter()
    order = given_order(given_spec(), H.REPLY_LOST, H.PROVEN_ABSENT, H.ACK, order_id="back", blotter=blotter)
    for number in range(100):
        _retire(blotter, number)
    assert blotter.find("back") is order
    assert blotter.all_open() == [order]
    blotter.happen(order, H.CANCEL_DONE, 1)
    for number in range(100, 200):
        _retire(blotter, number)
    assert blotter.find("back") is None
    assert len(blotter.in_memory()) <= 10


def test_a_market_is_remembered_as_long_as_one_of_its_orders_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blotter_module, "RETIRED_MAX", 10)
    blotter = Blotter()
    for number in range(12):
        assert blotter.remembers("elsewhere") is (0 < number < 11)
        given_order(given_spec(market_id="elsewhere" if not number else MARKET), H.CANCEL_DONE, order_id=f"o{number}", blotter=blotter)
    with pytest.raises(AssertionError, match="before its orders"):
        blotter.forget_market(MARKET)
    blotter.forget_market("elsewhere")
    assert "elsewhere" not in blotter._open
