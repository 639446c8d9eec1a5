import pytest

from oms.machines.lifecycle import State as OrderState
from oms.values import events as e
from oms.values.decisions import Quote
from oms.values.market import Payout
from oms.values.units import MICRO
from tests.oms.words_engine import (
    NO_WINS,
    STAGES,
    YES_WINS,
    alerts,
    buy,
    filled,
    given_floor,
    given_standing,
    moved,
    resolved,
    sell,
)
from tests.words import MARKET, NO, YES

DOLLAR = MICRO

PAYOUTS = [
    (YES_WINS, 100_000_001),
    (NO_WINS, 30_000_001),
    (Payout(yes_ppm=500_000, no_ppm=500_000), 50_000_000 + 15_000_000),
    (Payout(yes_ppm=333_333, no_ppm=666_667), 33_333_300 + 20_000_010),
]
"""The vector, and what 100.000001 YES and 30.000001 NO bring."""


@pytest.mark.parametrize(("payout", "cash"), PAYOUTS)
def test_every_payout_vector_pays_each_token_rounded_down_to_a_micro_dollar(payout: Payout, cash: int) -> None:  # req 1.19, 2.1, 3.35
    floor = given_standing(sell(6_000, 70, NO), sets=100)
    floor.tell(e.SetsChanged(market_id=MARKET, shares_micro=1, command_id="odd"), filled("t1", 70, price_pips=6_000))
    before = floor.money()
    assert (before[f"{YES} total"], before[f"{NO} total"]) == (100_000_001, 30_000_001)
    floor.tell(resolved(payout))
    after = floor.money()
    assert after["cash total"] - before["cash total"] == cash
    assert (after[f"{YES} total"], after[f"{NO} total"], after["worst"]) == (0, 0, 0)
    floor.assert_sound()


def test_a_market_pays_once_and_a_second_other_payout_is_told() -> None:
    floor = given_floor(sets=100)
    assert alerts(floor.tell(resolved(YES_WINS), resolved(YES_WINS))) == []
    paid = floor.money()
    assert alerts(floor.tell(resolved(NO_WINS))) == ["contradictory payout"]
    assert floor.money() == paid


def test_orders_open_when_the_market_resolves_are_gone_and_their_money_is_free() -> None:  # req 3.34
    floor = given_standing()
    floor.tell(resolved(YES_WINS))
    assert floor.order().state is OrderState.CANCELLED
    assert floor.money()["cash free"] == 1_000 * DOLLAR
    assert floor.tell(floor.stir()) == []


def test_a_fill_told_after_the_payout_is_paid_out_at_once() -> None:  # req 3.39
    floor = given_standing()
    floor.tell(resolved(YES_WINS))
    floor.tell(filled("t1", 100), moved("t1", STAGES.CONFIRMED))
    money = floor.money()
    assert (money["cash total"], money[f"{YES} total"], money["market"]) == (1_060 * DOLLAR, 0, 60 * DOLLAR)
    floor.assert_sound()


@pytest.mark.parametrize(("quote", "price"), [(buy(), 4_000), (sell(), 6_000)])
def test_a_settlement_that_fails_after_the_payout_gives_the_payout_back_too(quote: Quote, price: int) -> None:
    floor = given_standing(quote, sets=100)
    floor.tell(filled("t1", 100, price_pips=price, fee_micro=10), resolved(YES_WINS), moved("t1", STAGES.FAILED))
    money = floor.money()
    assert (money["cash total"], money["market"], money["fees"]) == (1_000 * DOLLAR, 0, 0)  # as if only the sets had been there
    assert money[f"{YES} total"] == 0
    floor.assert_sound()
