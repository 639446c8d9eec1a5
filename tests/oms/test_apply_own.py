import pytest

from oms.machines.lifecycle import State as OrderState
from oms.state import EARLY_SETTLEMENTS_MAX
from oms.values import events as e
from oms.values.commands import AskOrder, Place
from oms.values.decisions import Quote
from oms.values.orders import Side
from oms.values.units import MICRO
from tests.oms.words_engine import (
    STAGES,
    acked,
    alerts,
    buy,
    cancelled_ids,
    filled,
    given_floor,
    given_other_market,
    given_standing,
    moved,
    of_kind,
    sell,
)
from tests.words import MARKET, NO, NOON_NS, YES

DOLLAR = MICRO


def test_a_fill_goes_from_reservation_to_ledger_to_inventory_to_settlement() -> None:  # req 0.7, 0.9, 2.12, 2.24, 2.30
    floor = given_standing()
    assert (floor.money()["cash free"], floor.money()["cash total"]) == (960 * DOLLAR, 1_000 * DOLLAR)
    floor.tell(filled("t1", 40, fee_micro=300_000))
    money = floor.money()
    assert (money["cash total"], money["cash free"], money["fees"]) == (983_700_000, 959_700_000, 300_000)  # 60 shares × 0.40 stay set aside
    assert (money[f"{YES} provisional"], money[f"{YES} confirmed"], money[f"{YES} sellable"]) == (40 * MICRO, 0, 0)
    assert (money[f"{YES} buying"], money["market"]) == (60 * MICRO, -16_300_000)
    assert floor.order().filled_micro == 40 * MICRO
    assert floor.state.settlements.stage("t1", "7-1") is STAGES.MATCHED
    assert (floor.state.fills_by["YES", "BUY"], floor.state.shares_by["YES", "BUY"]) == (1, 40 * MICRO)
    floor.assert_sound()


def test_only_confirmed_shares_are_sellable() -> None:  # ruling 1.14
    floor = given_standing()
    floor.tell(filled("t1", 100), moved("t1", STAGES.MINED))
    assert floor.money()[f"{YES} sellable"] == 0
    floor.tell(moved("t1", STAGES.CONFIRMED))
    money = floor.money()
    assert (money[f"{YES} provisional"], money[f"{YES} confirmed"], money[f"{YES} sellable"]) == (0, 100 * MICRO, 100 * MICRO)
    floor.assert_sound()


@pytest.mark.parametrize(("quote", "price"), [(buy(), 4_000), (sell(), 6_000)])
def test_a_failed_settlement_takes_shares_cash_and_fee_back_exactly_once(quote: Quote, price: int) -> None:  # trap T5
    floor = given_standing(quote, sets=100)
    before = floor.money()
    sent = floor.tell(filled("t1", 100, price_pips=price, fee_micro=250_000), moved("t1", STAGES.FAILED), moved("t1", STAGES.FAILED))
    sent += floor.tell(moved("t1", STAGES.RETRYING), moved("t1", STAGES.FAILED))
    after = floor.money()
    for figure in ("cash total", f"{YES} total", "fees", "market", f"{YES} confirmed", f"{YES} provisional"):
        assert after[figure] == before[figure], figure
    assert after["cash free"] == after["cash total"]  # the order is done: nothing is set aside for it
    assert alerts(sent) == ["settlement failed"]
    assert floor.state.settlements_failed == 1
    floor.assert_sound()


def test_a_fill_is_known_by_its_trade_and_counted_once() -> None:  # req 2.12
    floor = given_standing()
    floor.tell(filled("t1", 40))
    once = floor.money()
    floor.tell(filled("t1", 40), filled("t1", 40))
    assert floor.money() == once
    assert floor.order().filled_micro == 40 * MICRO


def test_one_trade_may_fill_two_of_our_orders() -> None:
    floor = given_floor()
    one, two = floor.rest(buy(4_000, 50), buy(3_900, 50))
    floor.tell(filled("t1", 50, order_id=one), filled("t1", 50, price_pips=3_900, order_id=two))
    assert floor.money()[f"{YES} total"] == 100 * MICRO


def test_a_late_fill_after_a_cancel_moves_the_shares_but_not_the_order() -> None:
    floor = given_standing()
    floor.tell(e.CancelDone(order_id="7-1"))
    assert floor.money()["cash free"] == 1_000 * DOLLAR
    floor.tell(filled("t1", 40))
    assert floor.order().state is OrderState.CANCELLED
    assert (floor.money()["cash free"], floor.money()[f"{YES} total"]) == (984 * DOLLAR, 40 * MICRO)


def test_a_late_fill_of_money_that_is_not_there_any_more_is_booked_and_told() -> None:
    floor = given_standing(cash=40)
    floor.tell(e.CancelDone(order_id="7-1"))
    floor.rest(buy(3_000, 130))
    assert "overdrawn" in alerts(floor.tell(filled("t1", 100)))
    assert floor.money()["cash free"] == -39 * DOLLAR
    assert floor.state.ledger.overdrawn == []  # told once


@pytest.mark.parametrize("quote", [buy(4_000, 100, YES), sell(4_000, 100, YES), buy(6_000, 100, NO), sell(6_000, 100, NO)])
def test_our_side_and_token_come_from_our_order_however_the_venue_made_the_match(quote: Quote) -> None:  # user-asks 5
    """Whether the other side sold the same token, bought the other one (mint) or sold it (merge), the fact names only our order, price and cash."""
    floor = given_standing(quote, sets=100)
    spec = floor.order().spec
    before = floor.money()
    floor.tell(filled("t1", 100, price_pips=spec.price_pips))
    sign = 1 if spec.side is Side.BUY else -1
    other = NO if spec.token == YES else YES
    assert floor.money()[f"{spec.token} total"] - before[f"{spec.token} total"] == sign * 100 * MICRO
    assert floor.money()[f"{other} total"] == before[f"{other} total"]
    assert floor.money()["cash total"] - before["cash total"] == -sign * 100 * spec.price_pips * 100


def test_a_settlement_told_before_its_fill_is_kept_asked_about_and_applied_with_the_fill() -> None:
    floor = given_standing()
    sent = floor.tell(moved("t1", STAGES.CONFIRMED), moved("t1", STAGES.MINED))
    assert [ask.order_id for ask in of_kind(sent, AskOrder)] == ["7-1"]
    assert set(alerts(sent)) == {"settlement of an unknown trade"}
    floor.tell(filled("t1", 100))
    assert floor.money()[f"{YES} confirmed"] == 100 * MICRO
    assert floor.state.early_settlements == {}


def test_early_settlements_are_bounded() -> None:
    floor = given_standing()
    for number in range(EARLY_SETTLEMENTS_MAX + 50):
        floor.engine.apply(moved(f"t{number}", STAGES.MINED), NOON_NS)
    assert len(floor.state.early_settlements) == EARLY_SETTLEMENTS_MAX
    assert ("t49", "7-1") not in floor.state.early_settlements


@pytest.mark.parametrize(
    "contradiction",
    [
        (filled("t1", 40), filled("t1", 41)),
        (filled("t1", 101),),
        (e.Rejected(order_id="7-1", why="no"), filled("t1", 40)),
        (filled("t1", 40), moved("t1", STAGES.CONFIRMED), moved("t1", STAGES.FAILED)),
    ],
)
def test_a_venue_that_contradicts_itself_stops_that_market_and_only_that(contradiction: tuple[e.Event, ...]) -> None:  # req 2.35
    floor = given_floor()
    one, two = floor.rest(buy(), buy(3_000))
    floor.tell(acked(one), acked(two), e.MarketListed(market=given_other_market("other")))
    assert one == "7-1"
    sent = floor.tell(*contradiction)
    assert two in cancelled_ids(sent)
    assert len(alerts(sent)) == 1
    assert floor.state.desks[MARKET].quarantine != ""
    assert floor.state.desks["other"].quarantine == ""
    assert of_kind(floor.tell(floor.stir()), Place) == []
    floor.assert_sound()


def test_a_fact_about_an_order_that_is_not_ours_changes_nothing_and_is_told() -> None:
    floor = given_floor()
    before = floor.money()
    facts: list[e.Event] = [
        acked("x"),
        filled("t1", 1, order_id="x"),
        moved("t1", STAGES.FAILED, "x"),
        e.CancelDone(order_id="x"),
        e.ReplyLost(order_id="x"),
    ]
    assert alerts(floor.tell(*facts)) == ["fact about an unknown order"] * 5
    assert floor.money() == before


def test_alerts_are_at_most_twenty_a_turn_and_all_are_counted() -> None:
    floor = given_floor()
    assert len(alerts(floor.tell(*(acked(f"x{number}") for number in range(50))))) == 20
    assert floor.state.oddities["fact about an unknown order"] == 50
    assert alerts(floor.tell(acked("x"))) == ["fact about an unknown order"]


@pytest.mark.parametrize(("fact", "alarm"), [(acked(), "absent order lives"), (filled("t1", 40), "absent order filled")])
def test_an_absent_order_that_lives_after_all_alarms_and_gets_its_money_set_aside_again(fact: e.Event, alarm: str) -> None:  # ruling 0.6
    floor = given_standing()
    floor.script.want()
    floor.tell(e.ProvenAbsent(order_id="7-1"))
    assert floor.money()["cash free"] == 1_000 * DOLLAR
    sent = floor.tell(fact)
    assert alerts(sent) == [alarm]
    assert cancelled_ids(sent) == ["7-1"]  # nobody wants it any more
    money = floor.money()
    assert money["cash total"] - money["cash free"] == floor.order().remaining_micro * 4_000 // 10_000
    floor.assert_sound()


def test_a_revived_order_gets_only_what_is_free() -> None:
    floor = given_standing(cash=41)
    floor.tell(e.ProvenAbsent(order_id="7-1"))
    floor.rest(buy(3_000, 100))
    floor.tell(acked())
    assert (floor.state.ledger.reserved("7-1"), floor.money()["cash free"]) == (11 * DOLLAR, 0)
    floor.assert_sound()


def test_a_fee_nobody_expected_does_not_eat_the_reservation_of_the_rest() -> None:
    floor = given_standing()
    floor.tell(filled("t1", 40, fee_micro=1_000_000))
    assert floor.state.ledger.reserved("7-1") == 24 * DOLLAR


def test_sets_are_made_from_cash_and_turned_back_into_it_once_per_command() -> None:
    floor = given_floor()
    split = e.SetsChanged(market_id=MARKET, shares_micro=50 * MICRO, command_id="c1")
    floor.tell(split, split)
    money = floor.money()
    assert (money["cash total"], money[f"{YES} sellable"], money[f"{NO} sellable"]) == (950 * DOLLAR, 50 * MICRO, 50 * MICRO)
    floor.tell(e.SetsChanged(market_id=MARKET, shares_micro=-20 * MICRO, command_id="c2"))
    money = floor.money()
    assert (money["cash total"], money[f"{YES} total"], money[f"{NO} total"], money["market"]) == (970 * DOLLAR, 30 * MICRO, 30 * MICRO, -30 * DOLLAR)
    floor.assert_sound()


def test_sets_of_an_unknown_market_and_a_command_told_in_two_ways_are_not_booked_and_told() -> None:
    floor = given_floor()
    floor.tell(e.SetsChanged(market_id=MARKET, shares_micro=50 * MICRO, command_id="c1"))
    before = floor.money()
    sent = floor.tell(
        e.SetsChanged(market_id=MARKET, shares_micro=60 * MICRO, command_id="c1"),
        e.SetsChanged(market_id="elsewhere", shares_micro=60 * MICRO, command_id="c2"),
    )
    assert alerts(sent) == ["contradictory transfer", "fact about an unknown market"]
    assert floor.money() == before


def test_a_deposit_counts_once_and_lets_a_market_be_asked_again_that_lacked_money() -> None:
    floor = given_floor(cash=10)
    floor.script.want(buy())
    assert floor.tell(floor.stir()) == []
    deposit = e.Deposited(cash_micro=90 * MICRO, deposit_id="d2")
    assert len(of_kind(floor.tell(deposit), Place)) == 1
    assert alerts(floor.tell(deposit, e.Deposited(cash_micro=1, deposit_id="d2"))) == ["contradictory transfer"]
    assert (floor.state.ledger.deposits(), floor.money()["cash total"]) == (100 * DOLLAR, 100 * DOLLAR)
