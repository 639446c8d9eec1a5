"""Orders on their way out: opened with what they need set aside, cancelled with somebody looking after the answer."""

import pytest

from oms.machines.lifecycle import State as OrderState
from oms.machines.risk import Approved
from oms.orders_out import cancelled, opened, situation_of
from oms.values import events as e
from oms.values.orders import Side
from oms.values.snapshot import Health
from oms.values.units import MICRO
from tests.oms.words_engine import Floor, given_floor, given_standing
from tests.oms.words_oms import given_spec
from tests.words import MARKET, NO, YES


def approved(floor: Floor, side: Side = Side.BUY, token: str = YES) -> Approved:
    said = floor.state.gate.review(given_spec(side, token=token), situation_of(floor.state, floor.state.desks[MARKET], token, floor.now_ns))
    assert isinstance(said, Approved)
    return said


def test_an_opened_order_is_staged_numbered_and_paid_for_before_it_leaves() -> None:
    floor = given_floor()
    first = opened(floor.state, approved(floor), "maker", "because")
    second = opened(floor.state, approved(floor), "by hand", "because")
    assert (first.order_id, second.order_id) == ("7-1", "7-2")
    assert (first.strategy, first.why, first.spec) == ("maker", "because", given_spec())
    assert floor.order("7-1").state is OrderState.STAGED
    money = floor.money()
    assert (money["cash free"], money[f"{YES} buying"]) == (920 * MICRO, 200 * MICRO)
    floor.assert_sound()


def test_an_opened_sale_sets_its_shares_aside() -> None:
    floor = given_floor(sets=100)
    opened(floor.state, approved(floor, Side.SELL), "maker", "")
    assert floor.money()[f"{YES} sellable"] == 0
    assert floor.money()["cash free"] == 900 * MICRO


def test_what_the_gate_approved_a_moment_ago_and_the_ledger_cannot_pay_stops_everything() -> None:
    floor = given_floor(cash=50)
    said = approved(floor)
    opened(floor.state, said, "maker", "")
    with pytest.raises(AssertionError, match=r"approved what the ledger refuses: .*INSUFFICIENT"):
        opened(floor.state, said, "maker", "")


def test_a_cancel_marks_the_order_and_asks_again_when_nobody_answers() -> None:
    floor = given_standing(reply_timeout_ns=5_000_000)
    command = cancelled(floor.state, floor.order(), "enough", floor.now_ns)
    assert (command.order_id, command.why) == ("7-1", "enough")
    assert floor.order().state is OrderState.CANCELLING
    assert floor.order().cancel_asked_ns == floor.now_ns
    assert [sent.order_id for sent in floor.tell(e.Tick(), after_ms=5)] == ["7-1"]  # type: ignore[union-attr]


def test_the_gate_is_shown_the_moment_as_it_is() -> None:
    floor = given_floor()
    desk = floor.state.desks[MARKET]
    seen = situation_of(floor.state, desk, YES, floor.now_ns)
    assert (seen.at_ns, seen.market, seen.tick_pips, seen.health) == (floor.now_ns, desk.market, 100, Health.LIVE)
    assert (seen.may_quote, seen.may_take, seen.is_closed, seen.is_held) == (True, True, False, False)
    floor.tell(e.VenueReady(post_only=True), e.MarketClosed(market_id=MARKET), e.ContinuityLost(tokens=(NO,), why="gone"))
    desk.held_until_ns = floor.now_ns + 1
    assert situation_of(floor.state, desk, YES, floor.now_ns).health is Health.LIVE
    later = situation_of(floor.state, desk, NO, floor.now_ns)
    assert (later.health, later.may_quote, later.may_take, later.is_closed, later.is_held) == (Health.STALE, True, False, True, True)
    assert not situation_of(floor.state, desk, NO, floor.now_ns + 1).is_held
