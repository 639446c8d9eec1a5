"""A person's cancels: once each, whatever else happens in the same turn; and halts that guards call for."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oms import decide_by_hand
from oms.machines.guard import GuardLimits
from oms.values import events as e
from oms.values.commands import Cancel, Command, Place
from oms.values.orders import Side
from oms.values.units import MICRO, NS_PER_MS
from tests.oms.words_by_hand import by_hand, cancel, order
from tests.oms.words_engine import (
    Floor,
    acked,
    alerts,
    buy,
    cancelled_ids,
    filled,
    given_floor,
    given_standing,
    of_kind,
    ready,
)
from tests.oms.words_oms import given_spec, told_book

# Cancels.


def test_an_order_that_stands_is_cancelled_in_the_same_turn_and_once() -> None:
    floor = given_standing()
    (sent,) = of_kind(floor.tell(cancel("7-1", "7-1"), cancel("7-1")), Cancel)
    assert (sent.order_id, sent.why) == ("7-1", "by hand: gone")
    assert floor.tell(cancel("7-1")) == []  # it is being cancelled already
    assert floor.tell(e.CancelDone(order_id="7-1"), cancel("7-1")) == []
    assert not floor.state.by_hand.is_waiting


@pytest.mark.parametrize("answer", [(acked(),), (filled("t1", 30),), (e.ReplyLost(order_id="7-1", why="?"), acked())])
def test_an_order_on_its_way_is_cancelled_as_soon_as_it_is_known_to_stand(answer: Sequence[e.Event]) -> None:
    floor = given_floor()
    floor.rest(buy())
    assert cancelled_ids(floor.tell(cancel("7-1"))) == []
    assert floor.state.by_hand.is_waiting
    assert cancelled_ids([command for fact in answer for command in floor.tell(fact)]) == ["7-1"]
    assert not floor.state.by_hand.is_waiting


@pytest.mark.parametrize("end", [e.Rejected(order_id="7-1", why="no"), e.CancelDone(order_id="7-1"), filled("t1", 100), e.Expired(order_id="7-1")])
def test_an_order_that_is_over_before_it_stood_is_not_waited_for(end: e.Event) -> None:
    floor = given_floor()
    floor.rest(buy())
    floor.tell(cancel("7-1"))
    assert cancelled_ids(floor.tell(end)) == []
    assert not floor.state.by_hand.is_waiting


def test_an_order_proven_absent_that_comes_back_to_life_is_cancelled_after_all() -> None:
    floor = given_floor()
    floor.rest(buy())
    floor.tell(cancel("7-1"), e.ReplyLost(order_id="7-1", why="?"))
    assert cancelled_ids(floor.tell(e.ProvenAbsent(order_id="7-1"))) == []
    assert cancelled_ids(floor.tell(acked())) == ["7-1"]


def test_an_order_that_is_not_ours_is_passed_over_and_not_kept_in_mind() -> None:
    floor = given_standing()
    assert floor.tell(cancel("8-1", "", "x" * 10_000)) == []
    assert floor.state.by_hand.cancels == {}
    assert floor.order().state.name == "LIVE"


def test_an_order_by_hand_and_its_cancel_in_one_breath_leave_nothing() -> None:
    floor = given_floor()
    sent = floor.tell(order(), cancel("7-1"))
    assert len(of_kind(sent, Place)) == 1  # it has no name before it exists: the cancel was about nobody's order
    assert floor.state.by_hand.cancels == {}


def test_a_cancel_that_was_refused_may_be_asked_for_again() -> None:
    floor = given_standing()
    floor.tell(cancel("7-1"))
    floor.tell(e.CancelRefused(order_id="7-1", why="busy"))
    assert cancelled_ids(floor.tell(cancel("7-1"))) == ["7-1"]


STORM = st.lists(
    st.sampled_from(["cancel", "both", "fill", "ack", "lost", "done", "refused", "absent", "expired", "stir", "pause", "resume"]), max_size=40
)


@settings(max_examples=60, deadline=None)
@given(STORM)
def test_cancels_in_a_storm_of_fills_are_sent_for_standing_orders_only_and_all_is_well(storm: list[str]) -> None:
    floor = given_floor()
    ids = floor.rest(buy(4_000, 100), buy(3_900, 100))
    trades = 0
    for step, word in enumerate(storm):
        target = ids[step % 2]
        trades += word == "fill"
        facts: dict[str, e.Event] = {
            "cancel": cancel(target),
            "both": cancel(*ids, "nobody's"),
            "fill": filled(f"t{trades}", 9, order_id=target),
            "ack": acked(target),
            "lost": e.ReplyLost(order_id=target, why="?"),
            "done": e.CancelDone(order_id=target),
            "refused": e.CancelRefused(order_id=target, why="matched"),
            "absent": e.ProvenAbsent(order_id=target),
            "expired": e.Expired(order_id=target),
            "stir": floor.stir(),
            "pause": e.Paused(why="lunch"),
            "resume": e.Resumed(why="back"),
        }
        sent = cancelled_ids(floor.tell(facts[word]))
        assert len(sent) == len(set(sent))
        for order_id in sent:
            assert floor.order(order_id).state.name in {"CANCELLING", "CANCELLED", "UNKNOWN"}
        standing = {one.order_id for one in floor.state.blotter.all_open() if one.state.name == "LIVE"}
        assert not standing & set(floor.state.by_hand.cancels)  # nobody who stands is still waited for
        floor.assert_sound()


# Guards.


def given_guarded(**limits: int) -> Floor:
    """100 YES that cost $40, with the mark at 0.50, an order of the strategy and one by hand beside them."""
    floor = given_standing(guards=GuardLimits(confirm_ns=1_000 * NS_PER_MS, **limits))
    floor.tell(filled("t1", 100))
    floor.script.want(buy(2_000, 20))
    floor.tell(floor.stir())
    floor.tell(*[acked(one.order_id) for one in floor.state.blotter.all_open()], after_ms=1_001)
    by_hand(floor, given_spec(Side.BUY, 1_500, 20))
    return floor


def fall(floor: Floor, price: int, after_ms: int) -> list[Command]:
    """The market falls to this price."""
    return floor.tell(told_book(((price - 100, 9),), ((price + 100, 9),), at_ms=floor.now_ms), after_ms=after_ms)


def test_a_guard_halts_in_the_turn_that_finds_it_and_everything_is_cancelled_in_it() -> None:
    floor = given_guarded(drawdown_max_micro=20 * MICRO)
    standing = {one.order_id for one in floor.state.blotter.all_open()}
    assert len(standing) == 2
    assert alerts(fall(floor, 2_900, 1_000)) == []  # not confirmed yet
    sent = fall(floor, 2_800, 1_000)
    assert "guard" in alerts(sent)
    assert set(cancelled_ids(sent)) == standing
    assert floor.state.session.name == "halted"
    assert "below its best" in floor.state.session.why


def test_an_order_by_hand_of_the_turn_in_which_a_guard_halts_is_refused() -> None:
    floor = given_guarded(drawdown_max_micro=20 * MICRO)
    fall(floor, 2_900, 1_000)
    floor.now_ms += 1_000
    sent = floor.tell(order(given_spec(Side.BUY, 1_000, 20)))
    assert of_kind(sent, Place) == []
    assert "order by hand refused" in alerts(sent)


def test_halted_by_a_guard_only_a_persons_word_goes_on_and_it_does_not_halt_again_for_the_same_loss() -> None:
    floor = given_guarded(drawdown_max_micro=20 * MICRO)
    fall(floor, 2_900, 1_000)
    fall(floor, 2_900, 1_000)
    floor.tell(e.VenueSyncing(why="restart"), *ready(floor.now_ns + NS_PER_MS))
    assert floor.state.session.name == "halted"
    floor.tell(e.Resumed(why="looked at it"))
    for _ in range(5):
        fall(floor, 2_900, 1_000)
    assert floor.state.session.name == "trading"
    assert floor.state.guard.tripped == ""


def test_without_any_limit_nothing_is_reckoned(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(_state: object) -> int:
        raise AssertionError("somebody reckons the equity")

    monkeypatch.setattr(decide_by_hand, "equity_mark_micro", never)
    floor = given_guarded()
    for price in (2_000, 500, 300):
        fall(floor, price, 1_000)
    assert floor.state.guard.peak_micro is None
    with pytest.raises(AssertionError, match="somebody reckons"):
        given_floor(guards=GuardLimits(day_loss_max_micro=1))
