"""How far a market is, as the engine knows it."""

from config.assembly.roster import KEPT_NS, Standing
from config.assembly.standing import closed_long_ago, standing, unsettled
from oms.values import events as e
from tests.oms.words_engine import STAGES, YES_WINS, acked, buy, filled, given_floor, given_other_market, moved, resolved
from tests.words import MARKET, given_market


def test_a_market_is_open_until_it_ends_and_over_when_it_is_paid_out() -> None:
    floor = given_floor()
    assert standing(floor.state, given_market()) is Standing.OPEN
    assert standing(floor.state, given_other_market("never heard of")) is Standing.OPEN
    floor.tell(e.MarketClosed(market_id=MARKET))
    assert standing(floor.state, given_market()) is Standing.ENDED
    floor.tell(resolved(YES_WINS))
    assert standing(floor.state, given_market()) is Standing.OVER


def test_a_market_that_ended_with_something_of_ours_in_it_is_held() -> None:
    floor = given_floor(sets=10)
    floor.tell(e.MarketClosed(market_id=MARKET))
    assert standing(floor.state, given_market()) is Standing.HELD


def test_a_market_that_was_forgotten_is_over() -> None:
    floor = given_floor(over_kept=0)
    floor.tell(e.MarketClosed(market_id=MARKET))
    assert MARKET not in floor.state.desks
    assert standing(floor.state, given_market()) is Standing.OVER


def test_a_market_is_unsettled_while_an_order_is_open_or_a_trade_is_not_final() -> None:
    floor = given_floor()
    assert unsettled(floor.state) == {}
    assert floor.rest(buy()) == ["7-1"]
    assert unsettled(floor.state) == {MARKET: True}
    floor.tell(acked(), filled("t1", 40), e.CancelDone(order_id="7-1"))
    assert unsettled(floor.state) == {MARKET: True}
    floor.tell(moved("t1", STAGES.CONFIRMED))
    assert unsettled(floor.state) == {}


def test_the_word_that_nobody_said_is_said_of_what_ended_long_ago_and_is_not_followed_any_more() -> None:
    floor = given_floor()
    floor.tell(e.Tick(), after_ms=3_600_000)
    end_ns = given_market().end_ns or 0
    assert closed_long_ago(floor.state, {}, end_ns + KEPT_NS - 1) == []
    assert closed_long_ago(floor.state, {MARKET: None}, end_ns + KEPT_NS) == []
    word = closed_long_ago(floor.state, {}, end_ns + KEPT_NS)
    assert word == [e.MarketClosed(market_id=MARKET)]
    floor.tell(*word)
    assert closed_long_ago(floor.state, {}, end_ns + KEPT_NS) == []
