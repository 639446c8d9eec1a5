"""The words with which prices are compared, and the arithmetic of one fill."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oms.values.orders import OrderSpec, Side
from sim.paper_book import LENSES, QUEUE, PaperOrder, Recorded, by_priority, cash_for, fill_maker, inward, reaches
from tests.sim.words_sim import spec
from tests.words import MARKET, YES


def test_the_best_of_a_side_is_the_highest_bid_and_the_lowest_ask() -> None:
    book = Recorded()
    assert book.blind, "nothing is known before a full book"
    assert (book.best(Side.BUY), book.best(Side.SELL)) == (None, None)
    for side, price in ((Side.BUY, 4_900), (Side.BUY, 4_800), (Side.SELL, 5_200), (Side.SELL, 5_100), (Side.BUY, 4_950), (Side.SELL, 5_050)):
        assert book.set(side, price, 1) == 0
    assert (book.best(Side.BUY), book.best(Side.SELL)) == (4_950, 5_050)
    assert (book.set(Side.BUY, 4_950, 0), book.set(Side.SELL, 5_050, 0)) == (1, 1)
    assert (book.best(Side.BUY), book.best(Side.SELL)) == (4_900, 5_100)
    assert inward(book.sides[Side.BUY], Side.BUY) == [4_900, 4_800]
    assert inward(book.sides[Side.SELL], Side.SELL) == [5_100, 5_200]


@pytest.mark.parametrize(("side", "price", "does"), [(Side.BUY, 50, True), (Side.BUY, 51, False), (Side.SELL, 50, True), (Side.SELL, 49, False)])
def test_a_price_reaches_an_order_at_its_limit_or_better(side: Side, price: int, does: bool) -> None:  # noqa: FBT001
    assert reaches(side, 50, price) is does


def test_the_best_price_comes_first_then_the_oldest_and_the_other_side_not_at_all() -> None:
    wishes = [spec(Side.BUY, 49, 1), spec(Side.BUY, 50, 1), spec(Side.SELL, 52, 1), spec(Side.BUY, 49, 1), spec(Side.SELL, 51, 1)]
    resting = {str(number): PaperOrder(str(number), wish, number) for number, wish in enumerate(wishes)}
    assert [order.order_id for order in by_priority(resting, Side.BUY)] == ["1", "0", "3"]
    assert [order.order_id for order in by_priority(resting, Side.SELL)] == ["4", "2"]


def test_what_we_pay_is_rounded_up_and_what_we_get_is_rounded_down() -> None:
    assert (cash_for(Side.BUY, 3, 3_333), cash_for(Side.SELL, 3, 3_333)) == (1, 0)
    assert (cash_for(Side.BUY, 20_000, 3_333), cash_for(Side.SELL, 20_000, 3_333)) == (6_666, 6_666)


@given(st.sampled_from(list(Side)), st.integers(1, 9_999), st.lists(st.integers(1, 10**7), min_size=1, max_size=12))
@settings(max_examples=100)
def test_the_cash_of_all_fills_of_an_order_is_the_cash_of_the_whole(side: Side, price: int, parts: list[int]) -> None:  # ruling 0.8
    wish = OrderSpec(market_id=MARKET, token=YES, side=side, price_pips=price, size_micro=sum(parts))
    order = PaperOrder("a", wish, 1)
    fills = [fill_maker(order, QUEUE, part, inferred=False) for part in parts]
    assert sum(fill.cash_micro for fill in fills) == cash_for(side, wish.size_micro, price)
    assert all(fill.cash_micro >= 0 and fill.is_maker and fill.fee_micro == 0 for fill in fills)
    assert order.remaining == [0 if lens == QUEUE else wish.size_micro for lens in range(len(LENSES))]
