"""Amounts against the official clients' own figures, every reason to refuse, and what must hold for any order."""

from decimal import Decimal
from math import floor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.polymarket.amounts import SIZE_STEP_MICRO, Amounts, Unfit, UnfitOrder, amounts
from oms.values.market import Market
from oms.values.orders import Lifetime, OrderSpec, Side
from oms.values.units import MICRO, PRICE_ONE_PIPS, price_pips_from_text, tick_pips_from_text
from tests.connectors.polymarket.words_signing import given_market, given_order, vectors

TICKS = (1_000, 100, 50, 25, 10, 1)
PRICE_DECIMALS = {"0.1": 1, "0.01": 2, "0.001": 3, "0.0001": 4}


def order_of(row: dict[str, Any], market: Market, price_pips: int) -> OrderSpec:
    """The order of a vector, its size as the clients' floats cut it: sometimes a cent less than what was asked."""
    told = row.get("size") or row["amount"]
    cents, meant = floor(float(told) * 100), floor(Decimal(told) * 100)
    assert meant - 1 <= cents <= meant
    lifetime = Lifetime.GTC if row["kind"] == "limit" else Lifetime.FOK
    return given_order(market, side=Side(row["side"]), price=price_pips, micro=cents * SIZE_STEP_MICRO, lifetime=lifetime)


def tradable(row: dict[str, Any], maker: str, taker: str) -> Amounts:
    """What a vector says, the taker's side of a market order cut to the four decimals that the venue takes."""
    asked = int(taker)
    return Amounts(int(maker), asked - asked % 100 if row["kind"] == "market" else asked)


@pytest.mark.data
def test_amounts_are_those_of_the_official_clients(data_dir: Path) -> None:  # req 2.29
    rows = vectors(data_dir, "order_amounts.json")["vectors"]
    assert rows
    for row in rows:
        market = given_market(tick_pips=tick_pips_from_text(row["tick_size"]), min_shares=0)
        spec = order_of(row, market, price_pips_from_text(row["price"]))
        if spec.is_in_cash and spec.size_micro < MICRO:
            with pytest.raises(UnfitOrder, match="at least one dollar"):
                amounts(spec, market)
            continue
        assert amounts(spec, market) == tradable(row, row["maker_amount"], row["taker_amount"]), row


@pytest.mark.data
def test_where_the_second_client_differs_it_has_lost_a_tick_of_the_price(data_dir: Path) -> None:
    rows = [row for row in vectors(data_dir, "order_amounts.json")["vectors"] if not row["v2_same"]]
    for row in rows:
        digits = PRICE_DECIMALS[row["tick_size"]]
        as_read = floor(float(row["price"]) * 10**digits) * 10 ** (4 - digits)
        tick = tick_pips_from_text(row["tick_size"])
        assert as_read == price_pips_from_text(row["price"]) - tick
        market = given_market(tick_pips=tick, min_shares=0)
        spec = order_of(row, market, as_read)
        if not (spec.is_in_cash and spec.size_micro < MICRO):
            assert amounts(spec, market) == tradable(row, row["v2_maker_amount"], row["v2_taker_amount"]), row


def prices(tick_pips: int) -> st.SearchStrategy[int]:
    return st.integers(1, PRICE_ONE_PIPS // tick_pips - 1).map(lambda steps: steps * tick_pips)


ORDERS = st.sampled_from(TICKS).flatmap(lambda tick: st.tuples(st.just(tick), prices(tick), st.integers(500, 10**10), st.sampled_from(Side)))


@given(ORDERS)
def test_a_resting_order_asks_exactly_its_limit(order: tuple[int, int, int, Side]) -> None:
    tick, price, cents, side = order
    market = given_market(tick_pips=tick)
    maker, taker = amounts(given_order(market, side=side, price=price, micro=cents * SIZE_STEP_MICRO), market)
    cash, shares = (maker, taker) if side is Side.BUY else (taker, maker)
    assert shares == cents * SIZE_STEP_MICRO
    assert cash * PRICE_ONE_PIPS == shares * price


@given(ORDERS, st.sampled_from([Lifetime.FOK, Lifetime.FAK]))
def test_an_immediate_order_crosses_at_its_limit_and_is_worse_by_less_than_a_step_and_a_pip(
    order: tuple[int, int, int, Side], lifetime: Lifetime
) -> None:
    tick, price, cents, side = order
    market = given_market(tick_pips=tick)
    maker, taker = amounts(given_order(market, side=side, price=price, micro=cents * SIZE_STEP_MICRO, lifetime=lifetime), market)
    assert maker == cents * SIZE_STEP_MICRO
    step = 1_000 if tick == 1_000 else 100
    assert taker % step == 0
    if side is Side.BUY:
        assert taker * price <= maker * PRICE_ONE_PIPS < (taker + step) * price
        assert maker * PRICE_ONE_PIPS < taker * (price + 1)
    else:
        assert taker * PRICE_ONE_PIPS <= maker * price < (taker + step) * PRICE_ONE_PIPS
        assert taker * PRICE_ONE_PIPS > maker * (price - 1)


@given(st.sampled_from(TICKS[:-1]), st.integers(1, 9_999), st.sampled_from(Side), st.sampled_from(Lifetime))
def test_a_price_between_two_ticks_is_never_signed(tick: int, price: int, side: Side, lifetime: Lifetime) -> None:
    market = given_market(tick_pips=tick)
    off_tick = price + 1 if price % tick == 0 else price
    with pytest.raises(UnfitOrder) as refused:
        amounts(given_order(market, side=side, price=off_tick, lifetime=lifetime), market)
    assert refused.value.reason is Unfit.OFF_TICK


@pytest.mark.parametrize(
    ("reason", "tick", "changes"),
    [
        (Unfit.UNKNOWN_TICK, 200, {}),
        (Unfit.OFF_TICK, 100, {"price": 4_950}),
        (Unfit.PRICE_OUT_OF_RANGE, 100, {"price": 10_000}),
        (Unfit.PRICE_OUT_OF_RANGE, 100, {"price": 0}),
        (Unfit.PRICE_OUT_OF_RANGE, 100, {"price": -100}),
        (Unfit.BAD_SIZE, 100, {"micro": 0}),
        (Unfit.BAD_SIZE, 100, {"micro": -10 * MICRO}),
        (Unfit.BAD_SIZE, 100, {"micro": 10**30}),
        (Unfit.TOO_MANY_DECIMALS, 100, {"micro": 10 * MICRO + 1_000}),
        (Unfit.TOO_MANY_DECIMALS, 100, {"micro": 10 * MICRO + 1_000, "lifetime": Lifetime.FAK}),
        (Unfit.BELOW_MINIMUM_SHARES, 100, {"micro": 4_990_000}),
        (Unfit.BELOW_MINIMUM_SHARES, 100, {"micro": 4_990_000, "side": Side.SELL, "lifetime": Lifetime.FAK}),
        (Unfit.BELOW_MINIMUM_CASH, 100, {"micro": 990_000, "lifetime": Lifetime.FOK}),
    ],
)
def test_what_the_venue_would_refuse_is_refused_by_name(reason: Unfit, tick: int, changes: dict[str, Any]) -> None:
    market = given_market(tick_pips=tick)
    with pytest.raises(UnfitOrder, match=reason.value) as refused:
        amounts(given_order(market, **changes), market)
    assert refused.value.reason is reason


def test_the_smallest_orders_that_the_venue_takes_are_taken() -> None:
    market = given_market()
    assert amounts(given_order(market, price=100, micro=5 * MICRO), market) == (50_000, 5 * MICRO)
    assert amounts(given_order(market, price=9_900, micro=MICRO, lifetime=Lifetime.FOK), market) == (MICRO, 1_010_100)


def test_the_clients_float_losses_are_not_ours() -> None:
    """floor(2521.2 × 100) is 252119 in floats, and 0.29 becomes 0.28 in a market order of py-clob-client-v2."""
    tenths = given_market(tick_pips=1_000)
    assert amounts(given_order(tenths, side=Side.SELL, price=9_000, micro=2_521_200_000), tenths) == (2_521_200_000, 2_269_080_000)
    cents = given_market()
    assert amounts(given_order(cents, side=Side.SELL, price=2_900, micro=11 * MICRO, lifetime=Lifetime.FAK), cents) == (11 * MICRO, 3_190_000)


def test_a_market_buy_on_a_fine_tick_asks_no_more_than_four_decimals() -> None:
    """The case of py-clob-client-v2 issue 99: 9.98 dollars at 0.985 was signed for 10.13197 shares and always refused."""
    market = given_market(tick_pips=10)
    assert amounts(given_order(market, price=9_850, micro=9_980_000, lifetime=Lifetime.FAK), market) == (9_980_000, 10_131_900)
