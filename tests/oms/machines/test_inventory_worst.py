"""The worst case of a market and of an event, held against every way in which things can go."""

import itertools
import random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oms.machines.blotter import Blotter
from oms.machines.inventory import Inventory
from oms.machines.lifecycle import Happening
from oms.values.market import PAYOUT_ONE_PPM, EventGroup, FeeCurve, Market
from oms.values.orders import OrderSpec, Side
from oms.values.units import MICRO
from tests.oms.words_oms import given_inventory, given_order, given_spec, given_tracked
from tests.oms.words_worst import Move, Notebook, brute_worst, result
from tests.words import MARKET, NO, NOON_NS, YES, given_market

BUY, SELL = Side.BUY, Side.SELL
H = Happening


def given_markets(count: int) -> list[Market]:
    """Markets m0, m1, … with tokens y0, n0, y1, …."""
    return [msgspec.structs.replace(given_market(), market_id=f"m{k}", yes=f"y{k}", no=f"n{k}", event_id="event") for k in range(count)]


Fills = list[tuple[bool, int, int, bool]]
"""(YES?, signed micro-shares, signed micro-cash, settled?) of earlier fills."""
Rest = list[tuple[bool, bool, int, int]]
"""(YES?, buy?, price, micro-shares) of what rests."""
holdings = st.lists(st.tuples(st.booleans(), st.integers(-(10**7), 10**8), st.integers(-(10**8), 10**8), st.booleans()), max_size=4)
orders = st.lists(st.tuples(st.booleans(), st.booleans(), st.integers(1, 9_999), st.integers(1, 10**8)), max_size=4)


def given_position(inventory: Inventory, market: Market, fills: Fills, rest: Rest) -> tuple[list[Move], list[Move], list[OrderSpec]]:
    """Put fills and resting orders in. Returns what is certain, what is unsettled, and what rests, for the referee."""
    certain, unsettled, specs = list[Move](), list[Move](), []
    blotter = Blotter()
    for is_yes, shares, money, settled in fills:
        token = market.yes if is_yes else market.no
        inventory.filled(token, shares, money, NOON_NS)
        if settled:
            inventory.confirmed(token, shares, money)
        (certain if settled else unsettled).append((token, shares, money))
    for number, (is_yes, is_buy, price, size) in enumerate(rest):
        spec = given_spec(BUY if is_buy else SELL, price, token=market.yes if is_yes else market.no, market_id=market.market_id)
        spec = msgspec.structs.replace(spec, size_micro=size)
        given_tracked(inventory, given_order(spec, H.ACK, order_id=f"{market.market_id}-{number}", blotter=blotter), market)
        specs.append(spec)
    return certain, unsettled, specs


@given(holdings, orders, st.integers(0, PAYOUT_ONE_PPM))
def test_the_worst_case_is_the_worst_over_every_subset_filled_every_subset_failed_and_every_outcome(fills: Fills, rest: Rest, yes_ppm: int) -> None:
    # req 2.31, 0.12
    market = given_market()
    inventory = given_inventory(market)
    certain, unsettled, specs = given_position(inventory, market, fills, rest)
    brute = tuple(brute_worst(certain, unsettled, specs, winner) for winner in (YES, NO))
    assert inventory.outcome_worsts(MARKET) == brute
    assert inventory.market_worst(MARKET) == inventory.total_worst_micro == min(brute)
    # Any payout in between is no worse: with everything filled or nothing, failed or not, the mix of the two results is above the lower one.
    for kept, filled in itertools.product(([], unsettled), ([], specs)):
        moves = [*certain, *kept]
        cash, held = sum(money for _, _, money in moves), {token: sum(shares for owner, shares, _ in moves if owner == token) for token in (YES, NO)}
        mixed = yes_ppm * result(cash, held, filled, YES) + (PAYOUT_ONE_PPM - yes_ppm) * result(cash, held, filled, NO)
        assert mixed >= min(brute) * PAYOUT_ONE_PPM


@pytest.mark.parametrize(("exclusive", "exhaustive"), list(itertools.product((True, False), repeat=2)))
@settings(max_examples=50)
@given(positions=st.lists(st.tuples(holdings, orders), min_size=1, max_size=3), unlisted=st.integers(0, 1))
def test_the_worst_case_of_an_event_is_the_worst_over_every_way_it_can_end(
    *, positions: list[tuple[Fills, Rest]], exclusive: bool, exhaustive: bool, unlisted: int
) -> None:
    # req 4.2, 2.44; trap T10: an outcome that is not listed may win
    markets = given_markets(len(positions))
    inventory = given_inventory(*markets)
    pairs = []
    for market, (fills, rest) in zip(markets, positions, strict=True):
        position = given_position(inventory, market, fills, rest)
        pairs.append((brute_worst(*position, market.yes), brute_worst(*position, market.no)))
    pairs += [(0, 0)] * unlisted
    names = [market.market_id for market in markets] + ["unlisted"] * unlisted
    group = EventGroup(event_id="event", market_ids=tuple(names), exclusive=exclusive, exhaustive=exhaustive)
    ends = [
        sum(pair[0] if wins else pair[1] for pair, wins in zip(pairs, winners, strict=True))
        for winners in itertools.product((True, False), repeat=len(pairs))
        if not (exclusive and sum(winners) > 1) and not (exhaustive and not any(winners))
    ]
    if exclusive or not exhaustive:
        assert inventory.event_worst(group) == min(ends)
    else:
        assert inventory.event_worst(group) <= min(ends)  # several may win and one must: taken one by one, on the safe side
    assert inventory.total_worst_micro == sum(min(pair) for pair in pairs)


def test_an_event_is_asked_what_if_one_market_were_otherwise() -> None:
    markets = given_markets(2)
    inventory = given_inventory(*markets)
    inventory.filled("y0", 100 * MICRO, -60 * MICRO, NOON_NS)
    group = EventGroup(event_id="event", market_ids=("m0", "m1"), exclusive=True, exhaustive=True)
    assert inventory.event_worst(group) == -60 * MICRO
    assert inventory.event_worst(group, {"m1": (0, -200 * MICRO)}) == -200 * MICRO  # the purchase may fail, then it saves nothing
    inventory.confirmed("y0", 100 * MICRO, -60 * MICRO)
    assert inventory.event_worst(group) == -60 * MICRO
    assert inventory.event_worst(group, {"m1": (50 * MICRO, -10 * MICRO)}) == -10 * MICRO
    assert inventory.event_worst(group, {"m1": (0, -200 * MICRO)}) == -160 * MICRO


@pytest.mark.parametrize("seed", range(4))
def test_after_any_sequence_the_worst_case_is_that_over_every_subset_failed_every_subset_filled_and_every_outcome(seed: int) -> None:
    # issue 4: limits hold on confirmed-plus-possible
    dice, book = random.Random(seed), Notebook()
    most = 0
    for number in range(150):
        standing, trades = book.blotter.all_open(), book.provisional
        if standing and len(trades) < 4 and dice.random() < 0.4:
            order = dice.choice(standing)
            book.fill(order, min(order.remaining_micro, dice.randint(1, 10**8)), number)
        elif len(standing) < 3:
            spec = given_spec(dice.choice((BUY, SELL)), dice.randint(1, 9_999), token=dice.choice((YES, NO)))
            book.open(msgspec.structs.replace(spec, size_micro=dice.randint(1, 10**8)))
        elif trades and dice.random() < 0.6:
            book.settle(dice.randrange(len(trades)), failed=dice.random() < 0.35)
        else:
            book.cancel(dice.choice(standing))
        most = max(most, len(book.unsettled()) + len(book.left()))
        brute = tuple(brute_worst(book.certain, book.unsettled(), book.left(), winner) for winner in (YES, NO))
        assert book.inventory.outcome_worsts(MARKET) == brute
        assert book.inventory.market_worst(MARKET) == book.inventory.total_worst_micro == min(brute)
    assert most >= 6


@pytest.mark.parametrize(("post_only", "fee_micro"), [(True, 0), (False, 20 * 16_800 + 640)])
def test_a_sale_that_may_take_counts_with_its_fee(post_only: bool, fee_micro: int) -> None:  # noqa: FBT001
    market = given_market(fee=FeeCurve(rate_bps=700))
    inventory = given_inventory(market)
    inventory.sets_changed(MARKET, 20 * MICRO)
    given_tracked(inventory, given_order(given_spec(SELL, 4_000, 20, token=YES, post_only=post_only)), market)
    assert inventory.outcome_worsts(MARKET) == (-12 * MICRO - fee_micro, 0)
