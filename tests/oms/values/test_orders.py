import pytest

from oms.values.orders import Lifetime, Side
from oms.values.units import MICRO
from tests.oms.words_oms import given_spec


def test_the_opposite_of_the_opposite_is_the_side_itself() -> None:
    for side in Side:
        assert side.opposite is not side
        assert side.opposite.opposite is side


@pytest.mark.parametrize(
    ("side", "lifetime", "immediate", "in_cash"),
    [
        (Side.BUY, Lifetime.GTC, False, False),
        (Side.BUY, Lifetime.GTD, False, False),
        (Side.BUY, Lifetime.FOK, True, True),
        (Side.BUY, Lifetime.FAK, True, True),
        (Side.SELL, Lifetime.GTC, False, False),
        (Side.SELL, Lifetime.GTD, False, False),
        (Side.SELL, Lifetime.FOK, True, False),
        (Side.SELL, Lifetime.FAK, True, False),
    ],
)
def test_only_an_immediate_buy_is_sized_in_cash(side: Side, lifetime: Lifetime, *, immediate: bool, in_cash: bool) -> None:
    # req 1.6, 3.42; ruling 2.10
    spec = given_spec(side, lifetime=lifetime)
    assert spec.is_immediate is immediate
    assert spec.is_in_cash is in_cash


def test_a_limit_buy_costs_its_shares_at_its_price_rounded_up() -> None:
    # req 3.42
    assert given_spec(Side.BUY, 4_000, 100).cost_micro == 40 * MICRO
    assert given_spec(Side.BUY, 4_000, 100).shares_micro == 100 * MICRO


def test_an_order_in_cash_costs_its_cash_and_buys_at_least_what_the_limit_gives() -> None:
    # ruling 2.10
    spec = given_spec(Side.BUY, 3_000, 100, lifetime=Lifetime.FOK)
    assert spec.cost_micro == 100 * MICRO
    assert spec.shares_micro == 333_333_333
