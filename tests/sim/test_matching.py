"""The pool: examples a trader can check, and the traps of the texts."""

from fractions import Fraction

import pytest

from oms.values.units import MICRO, PRICE_ONE_PIPS
from sim.matching import Pool
from sim.pool_orders import DUST_MICRO, QUANTUM_MICRO, BadPoolOrder, Match, PoolOrder, SelfTrades


def order(name: str, what: str, price: int, shares: float, *, owner: str = "", cash: bool = False) -> PoolOrder:
    """`what` is "BUY YES", "SELL NO" and so on; price in pips of that token, size in whole shares (or dollars)."""
    side, token = what.split()
    return PoolOrder(name, owner or name, token == "YES", side == "BUY", price, round(shares * MICRO), cash)


def told(matches: list[Match]) -> list[tuple[int | str, str, float, int, int]]:
    """(maker, kind, shares, maker's price, taker's price)."""
    return [(m.maker.order_id, m.kind.name, m.shares_micro / MICRO, m.maker_price_pips, m.taker_price_pips) for m in matches]


def test_alice_bids_ten_at_sixty_and_bob_sells_five_at_fifty_five_for_sixty() -> None:
    # req 3.16, 1.8
    pool = Pool()
    alice = order("alice", "BUY YES", 6_000, 10)
    assert pool.submit(alice) == []
    assert told(pool.submit(order("bob", "SELL YES", 5_500, 5))) == [("alice", "COMPLEMENTARY", 5, 6_000, 6_000)]
    assert (alice.size_micro, pool.depth(is_bid=True), pool.depth(is_bid=False)) == (5 * MICRO, [(6_000, 5 * MICRO)], [])


def test_price_comes_before_time_and_time_before_size() -> None:
    # req 1.5, 3.14
    pool = Pool()
    for name, price, shares in (("late-better", 5_100, 5), ("first", 5_200, 5), ("second", 5_200, 50)):
        pool.submit(order(name, "SELL YES", price, shares))
    matches = pool.submit(order("taker", "BUY YES", 5_200, 12))
    assert [(m.maker.order_id, m.shares_micro // MICRO) for m in matches] == [("late-better", 5), ("first", 5), ("second", 2)]


def test_two_buyers_of_opposite_tokens_mint_a_set_and_two_sellers_merge_one() -> None:
    pool = Pool()
    pool.submit(order("no-buyer", "BUY NO", 4_500, 10))
    assert pool.best_ask_pips == 5_500
    assert told(pool.submit(order("yes-buyer", "BUY YES", 6_000, 10))) == [("no-buyer", "MINT", 10, 4_500, 5_500)]
    pool.submit(order("no-seller", "SELL NO", 4_500, 10))
    assert pool.best_bid_pips == 5_500
    assert told(pool.submit(order("yes-seller", "SELL YES", 5_000, 10))) == [("no-seller", "MERGE", 10, 4_500, 5_500)]
    assert pool.orders == {}


def test_a_market_order_leaves_nothing_resting() -> None:
    # req 0.11, 3.15; trap T7: a market order's remainder stayed pending in the text's engine
    pool = Pool()
    pool.submit(order("maker", "SELL YES", 5_000, 3))
    taker = order("taker", "BUY YES", 9_900, 10)
    assert len(pool.take(taker)) == 1
    assert (taker.size_micro, taker.rung, pool.orders) == (7 * MICRO, 0, {})


def test_a_fill_or_kill_takes_all_at_its_limit_or_changes_nothing() -> None:
    pool = Pool()
    pool.submit(order("cheap", "SELL YES", 5_000, 5))
    pool.submit(order("dear", "SELL YES", 6_000, 5))
    assert pool.take(order("fok", "BUY YES", 5_900, 10), all_or_nothing=True) == []
    assert pool.depth(is_bid=False) == [(5_000, 5 * MICRO), (6_000, 5 * MICRO)]
    assert len(pool.take(order("fok", "BUY YES", 6_000, 10), all_or_nothing=True)) == 2


@pytest.mark.parametrize(("what", "makers", "price"), [("BUY YES", "SELL YES", 4_000), ("BUY NO", "SELL NO", 4_000), ("BUY NO", "BUY YES", 6_000)])
def test_an_order_in_cash_buys_more_shares_at_a_better_price(what: str, makers: str, price: int) -> None:
    # ruling 2.10: $20 at a limit of 0.50 is 40 shares, at 0.40 it is 50
    pool = Pool()
    pool.submit(order("maker", makers, price, 100))
    taker = order("taker", what, 5_000, 20, cash=True)
    (match,) = pool.take(taker)
    assert (match.shares_micro, match.taker_price_pips, taker.size_micro) == (50 * MICRO, 4_000, 0)


def test_cash_that_does_not_divide_buys_whole_quanta_and_leaves_less_than_a_cent() -> None:
    pool = Pool()
    pool.submit(order("maker", "SELL YES", 5_100, 100))
    taker = order("taker", "BUY YES", 5_100, 10, cash=True)
    (match,) = pool.take(taker, all_or_nothing=True)
    assert match.shares_micro == 19_607_800  # four decimals of a share, as the venue trades on a one-cent grid
    assert taker.size_micro == 10 * MICRO - 9_999_978 < DUST_MICRO


def test_the_quantum_is_the_smallest_size_whose_cost_is_whole_for_every_price() -> None:
    # req 0.8, 2.37
    for price in range(1, PRICE_ONE_PIPS):
        assert QUANTUM_MICRO[price] == Fraction(price, PRICE_ONE_PIPS).denominator == QUANTUM_MICRO[PRICE_ONE_PIPS - price]


def test_a_remainder_too_small_for_any_whole_payment_leaves_the_pool_instead_of_blocking_it() -> None:
    pool = Pool()
    maker = order("maker", "SELL YES", 5_100, 10.00005)
    pool.submit(maker)
    pool.take(order("taker", "BUY YES", 5_100, 10))
    assert (maker.rung, maker.size_micro, pool.best_ask_pips) == (0, 50, PRICE_ONE_PIPS)
    pool.submit(order("dear", "SELL YES", 5_100, 10))
    crossing = order("crossing", "BUY YES", 6_000, 10.00005)  # 6 000 would allow 5 micro-shares, the maker's 5 100 does not
    pool.submit(order("dear2", "SELL YES", 5_100, 10))
    pool.submit(crossing)
    assert (crossing.size_micro, crossing.rung) == (50, 0), "it may not stand against a maker it could not trade with"


def test_an_order_that_cannot_stand_is_refused_and_changes_nothing() -> None:
    # trap T7: price 7.0, duplicate ids, empty orders; req 1.29, 3.13, 3.19
    pool = Pool()
    pool.submit(order("a", "BUY YES", 5_000, 5))
    for bad in (
        order("off", "BUY YES", 5_050, 5), order("seven", "BUY YES", 70_000, 5), order("zero", "BUY NO", 0, 5), order("one", "SELL NO", 10_000, 5),
        order("minus", "SELL YES", -100, 5), order("a", "BUY YES", 4_900, 5), order("empty", "BUY YES", 5_000, 0),
        order("cash", "BUY YES", 5_000, 5, cash=True),
    ):  # fmt: skip
        with pytest.raises(BadPoolOrder):
            pool.submit(bad)
    assert list(pool.orders) == ["a"]
    assert pool.depth(is_bid=True) == [(5_000, 5 * MICRO)]


def test_cancelling_what_is_filled_or_unknown_says_no() -> None:
    # trap T7: cancelling a filled order returned True; req 3.17, 3.19
    pool = Pool()
    pool.submit(order("a", "BUY YES", 5_000, 5))
    pool.submit(order("b", "SELL YES", 5_000, 5))
    assert pool.cancel("a") is None
    assert pool.cancel("never") is None


def test_a_hundred_thousand_cancelled_orders_leave_nothing_behind() -> None:
    # trap T6, req 1.7: the text's engine kept all of them
    pool = Pool()
    for number in range(100_000):
        pool.submit(PoolOrder(number, "maker", is_yes=True, is_buy=True, price_pips=100 + number % 90 * 100, size_micro=MICRO))
        pool.cancel(number)
    assert (len(pool.orders), pool.depth(is_bid=True), pool.best_bid_pips) == (0, [], 0)
    assert all(not level for level in pool._levels)


def test_a_smaller_size_keeps_its_place_and_a_larger_one_is_refused() -> None:
    pool = Pool()
    pool.submit(order("first", "BUY YES", 5_000, 10))
    pool.submit(order("second", "BUY YES", 5_000, 10))
    assert pool.reduce("first", 4 * MICRO)
    assert [queued.order_id for queued in pool.queue(5_000)] == ["first", "second"]
    assert pool.size_micro(5_000, is_bid=True) == 14 * MICRO
    for wrong in (11 * MICRO, 0):
        with pytest.raises(BadPoolOrder):
            pool.reduce("first", wrong)
    assert not pool.reduce("never", MICRO)


def test_a_finer_tick_keeps_every_order_its_price_and_its_place() -> None:
    pool = Pool(100)
    for name, what, price in (("a", "BUY YES", 400), ("b", "BUY YES", 400), ("c", "BUY NO", 9_500)):
        pool.submit(order(name, what, price, 10))
    before = (pool.depth(is_bid=True), pool.depth(is_bid=False), pool.best_bid_pips, pool.best_ask_pips)
    pool.regrid(10)
    assert (pool.depth(is_bid=True), pool.depth(is_bid=False), pool.best_bid_pips, pool.best_ask_pips) == before
    assert told(pool.submit(order("seller", "SELL YES", 390, 15))) == [("a", "COMPLEMENTARY", 10, 400, 400), ("b", "COMPLEMENTARY", 5, 400, 400)]
    pool.submit(order("fine", "BUY YES", 410, 10))
    pool.regrid(25)  # a step that does not divide the old one: both kinds of price must fit
    assert (pool.best_bid_pips, pool.step_pips) == (410, 5)
    pool.regrid(100)  # coarser: the tick is a rule at the door, resting orders stay
    assert pool.best_bid_pips == 410
    for wrong in (0, 7, -5, 10_000):
        with pytest.raises(BadPoolOrder):
            pool.regrid(wrong)


def test_the_spread_is_unknown_while_a_side_is_empty() -> None:
    # req 3.18
    pool = Pool()
    spreads = [pool.spread_pips]
    for name, what in (("a", "BUY YES"), ("b", "BUY NO")):
        pool.submit(order(name, what, 4_000, 5))
        spreads.append(pool.spread_pips)
    assert spreads == [None, None, 2_000]
    assert pool.depth(is_bid=False, levels=1) == [(6_000, 5 * MICRO)]


def test_self_trades_happen_or_stop_the_newest_or_remove_the_resting_as_chosen() -> None:
    # req 0.13, trap T7, ruling 2.15
    fates = {}
    for mode in SelfTrades:
        pool = Pool(self_trades=mode)
        for name, owner, price in (("other", "bob", 5_000), ("mine", "alice", 5_100), ("far", "bob", 5_200)):
            pool.submit(order(name, "SELL YES", price, 10, owner=owner))
        taker = order("taker", "BUY YES", 5_200, 25, owner="alice")
        fates[mode] = ([m.maker.order_id for m in pool.submit(taker)], taker.size_micro // MICRO, taker.rung > 0, sorted(map(str, pool.orders)))
    assert fates == {
        SelfTrades.OFF: (["other", "mine", "far"], 0, False, ["far"]),
        SelfTrades.CANCEL_NEWEST: (["other"], 15, False, ["far", "mine"]),
        SelfTrades.CANCEL_RESTING: (["other", "far"], 5, True, ["taker"]),
    }
