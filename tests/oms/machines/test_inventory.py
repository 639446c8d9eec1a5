import itertools
import random
from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oms.machines.blotter import Blotter, Order
from oms.machines.inventory import Inventory
from oms.machines.lifecycle import Happening
from oms.values.market import PAYOUT_ONE_PPM, EventGroup, Market, Payout
from oms.values.orders import OrderSpec, Side
from oms.values.snapshot import TokenHolding
from oms.values.units import MICRO, NS_PER_DAY, cost_cash_micro, proceeds_cash_micro
from tests.oms.words_oms import given_fill, given_inventory, given_order, given_spec, given_tracked
from tests.words import MARKET, NO, NOON_NS, YES, given_market

BUY, SELL = Side.BUY, Side.SELL
H = Happening


def given_markets(count: int) -> list[Market]:
    """Markets m0, m1, … with tokens y0, n0, y1, …."""
    return [msgspec.structs.replace(given_market(), market_id=f"m{k}", yes=f"y{k}", no=f"n{k}", event_id="event") for k in range(count)]


def result(cash: int, held: dict[str, int], filled: Sequence[OrderSpec], winner: str) -> int:
    """What one market ends with, in plain words: cash, what the filled orders cost or brought, a dollar for every share of the winner."""
    shares = held.get(winner, 0)
    for spec in filled:
        if spec.side is BUY:
            cash -= cost_cash_micro(spec.size_micro, spec.price_pips)
            shares += spec.size_micro * (spec.token == winner)
        else:
            cash += proceeds_cash_micro(spec.size_micro, spec.price_pips)
            shares -= spec.size_micro * (spec.token == winner)
    return cash + shares


def brute_worst(cash: int, held: dict[str, int], resting: Sequence[OrderSpec], winner: str) -> int:
    """The worst over every subset of the resting orders filled."""
    subsets = itertools.chain.from_iterable(itertools.combinations(resting, count) for count in range(len(resting) + 1))
    return min(result(cash, held, filled, winner) for filled in subsets)


Fills = list[tuple[bool, int, int]]
"""(YES?, signed micro-shares, signed micro-cash) of earlier fills."""
Rest = list[tuple[bool, bool, int, int]]
"""(YES?, buy?, price, micro-shares) of what rests."""
holdings = st.lists(st.tuples(st.booleans(), st.integers(-(10**7), 10**8), st.integers(-(10**8), 10**8)), max_size=3)
orders = st.lists(st.tuples(st.booleans(), st.booleans(), st.integers(1, 9_999), st.integers(1, 10**8)), max_size=5)


def given_position(inventory: Inventory, market: Market, fills: Fills, rest: Rest) -> tuple[int, dict[str, int], list[OrderSpec]]:
    """Put fills and resting orders in. Returns cash, held and the specifications, for the referee."""
    cash, held, specs = 0, dict[str, int](), []
    blotter = Blotter()
    for is_yes, shares, money in fills:
        token = market.yes if is_yes else market.no
        inventory.filled(token, shares, money, NOON_NS)
        cash, held[token] = cash + money, held.get(token, 0) + shares
    for number, (is_yes, is_buy, price, size) in enumerate(rest):
        spec = given_spec(BUY if is_buy else SELL, price, token=market.yes if is_yes else market.no, market_id=market.market_id)
        spec = msgspec.structs.replace(spec, size_micro=size)
        given_tracked(inventory, given_order(spec, H.ACK, order_id=f"{market.market_id}-{number}", blotter=blotter), market)
        specs.append(spec)
    return cash, held, specs


@given(holdings, orders, st.integers(0, PAYOUT_ONE_PPM))
def test_the_worst_case_is_the_worst_over_every_subset_filled_and_every_outcome(fills: Fills, rest: Rest, yes_ppm: int) -> None:
    # req 2.31, 0.12
    market = given_market()
    inventory = given_inventory(market)
    cash, held, specs = given_position(inventory, market, fills, rest)
    brute = tuple(brute_worst(cash, held, specs, winner) for winner in (YES, NO))
    assert inventory.outcome_worsts(MARKET) == brute
    assert inventory.market_worst(MARKET) == inventory.total_worst_micro == min(brute)
    # Any payout in between is no worse: with everything filled or nothing, the mix of the two results is above the lower one.
    mixed = [yes_ppm * result(cash, held, some, YES) + (PAYOUT_ONE_PPM - yes_ppm) * result(cash, held, some, NO) for some in ((), specs)]
    assert min(mixed) >= min(brute) * PAYOUT_ONE_PPM


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
        cash, held, specs = given_position(inventory, market, fills, rest)
        pairs.append((brute_worst(cash, held, specs, market.yes), brute_worst(cash, held, specs, market.no)))
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
    assert inventory.event_worst(group, "m1", (50 * MICRO, -10 * MICRO)) == -10 * MICRO
    assert inventory.event_worst(group, "m1", (0, -200 * MICRO)) == -160 * MICRO


class Notebook:
    """Every fill and order written down one by one, and added up anew for each question."""

    def __init__(self) -> None:
        self.market = given_market()
        self.inventory = given_inventory(self.market)
        self.blotter = Blotter()
        self.orders: list[Order] = []
        self.provisional: list[tuple[Order, int, int]] = []
        self.confirmed = {YES: 0, NO: 0}
        self.cash = 0

    def open(self, spec: OrderSpec) -> None:
        order = given_order(spec, H.ACK, order_id=f"o{len(self.orders)}", blotter=self.blotter)
        self.orders.append(order)
        given_tracked(self.inventory, order)

    def fill(self, order: Order, shares: int, number: int) -> None:
        fill = given_fill(f"t{number}", shares_micro=shares, price_pips=order.spec.price_pips, order_id=order.order_id)
        self.blotter.fill(order, fill, 1)
        sign = 1 if order.spec.side is BUY else -1
        self.provisional.append((order, sign * shares, -sign * fill.cash_micro))
        self.cash -= sign * fill.cash_micro
        self.inventory.filled(order.spec.token, sign * shares, -sign * fill.cash_micro, NOON_NS)
        given_tracked(self.inventory, order)

    def cancel(self, order: Order) -> None:
        self.blotter.happen(order, H.CANCEL_DONE, 1)
        given_tracked(self.inventory, order)

    def settle(self, index: int, *, failed: bool) -> None:
        order, shares, cash = self.provisional.pop(index)
        if failed:
            self.cash -= cash
            self.inventory.failed(order.spec.token, shares, cash)
        else:
            self.confirmed[order.spec.token] += shares
            self.inventory.confirmed(order.spec.token, shares)

    def split(self, shares: int) -> None:
        self.inventory.sets_changed(MARKET, shares)
        self.cash -= shares
        for token in self.confirmed:
            self.confirmed[token] += shares

    def holding(self, token: str) -> TokenHolding:
        """Added up anew."""
        resting = {side: sum(o.remaining_micro for o in self.blotter.all_open() if (o.spec.token, o.spec.side) == (token, side)) for side in Side}
        moves = [shares for order, shares, _ in self.provisional if order.spec.token == token]
        sold = -sum(shares for shares in moves if shares < 0)
        return TokenHolding(
            confirmed_micro=self.confirmed[token],
            provisional_micro=sum(moves),
            resting_buy_micro=resting[BUY],
            resting_sell_micro=resting[SELL],
            sellable_micro=max(0, self.confirmed[token] - sold - resting[SELL]),
        )

    def assert_equal(self) -> None:
        left = [msgspec.structs.replace(order.spec, size_micro=order.remaining_micro) for order in self.blotter.all_open()]
        held = {token: self.holding(token).held_micro for token in (YES, NO)}
        worst_if = {YES: self.cash + held[YES], NO: self.cash + held[NO]}
        for spec in left:
            hurt_under = spec.token if spec.side is SELL else self.market.other(spec.token)
            cost = cost_cash_micro(spec.size_micro, spec.price_pips)
            worst_if[hurt_under] -= cost if spec.side is BUY else spec.size_micro - proceeds_cash_micro(spec.size_micro, spec.price_pips)
        inventory = self.inventory
        assert inventory.outcome_worsts(MARKET) == (worst_if[YES], worst_if[NO])
        assert inventory.total_worst_micro == min(worst_if.values())
        assert inventory.market_cash(MARKET) == self.cash
        buys = [spec for spec in left if spec.side is BUY]
        assert inventory.resting_buy_cash_micro == sum(cost_cash_micro(spec.size_micro, spec.price_pips) for spec in buys)
        assert inventory.holdings_worst() == max(0, min(held.values()))
        for token in (YES, NO):
            assert inventory.holding(token) == self.holding(token)
            assert inventory.sellable(token) == self.holding(token).sellable_micro
            assert inventory.held(token) == held[token]


@pytest.mark.parametrize("seed", range(6))
def test_whatever_happens_every_number_equals_the_sum_of_what_was_written_down(seed: int) -> None:
    # req 2.12, 2.30, 2.31: no sequence counts anything twice
    dice, book = random.Random(seed), Notebook()
    for number in range(600):
        standing = book.blotter.all_open()
        roll = dice.random()
        if roll < 0.3 or not standing:
            spec = given_spec(dice.choice((BUY, SELL)), dice.randint(1, 9_999), token=dice.choice((YES, NO)))
            book.open(msgspec.structs.replace(spec, size_micro=dice.randint(1, 10**8)))
        elif roll < 0.55:
            order = dice.choice(standing)
            book.fill(order, min(order.remaining_micro, dice.randint(1, 10**8)), number)
        elif roll < 0.7:
            book.cancel(dice.choice(standing))
        elif roll < 0.95 and book.provisional:
            book.settle(dice.randrange(len(book.provisional)), failed=dice.random() < 0.3)
        else:
            book.split(dice.choice((5 * MICRO, -3 * MICRO)))
        book.assert_equal()


def test_the_published_example_of_two_ledgers() -> None:
    # req 2.12, 2.30: 100 @ 0.60, 40 filled: own 40, 60 pending
    book = Notebook()
    book.open(given_spec(BUY, 6_000, 100))
    book.fill(book.orders[0], 40 * MICRO, 1)
    holding = book.inventory.holding(YES)
    assert (holding.held_micro, holding.resting_buy_micro) == (40 * MICRO, 60 * MICRO)
    assert book.inventory.resting_buy_cash_micro == 36 * MICRO


def test_only_confirmed_shares_not_already_sold_or_offered_can_be_sold() -> None:
    # ruling 1.14
    inventory = given_inventory()
    inventory.filled(YES, 50 * MICRO, -20 * MICRO, NOON_NS)
    assert inventory.sellable(YES) == 0
    inventory.confirmed(YES, 50 * MICRO)
    assert inventory.sellable(YES) == 50 * MICRO
    given_tracked(inventory, given_order(given_spec(SELL, 5_000, 30), H.ACK))
    assert inventory.sellable(YES) == 20 * MICRO


def test_a_provisional_purchase_does_not_hide_a_provisional_sale() -> None:
    # ruling 1.14: 10 confirmed, 5 of them sold, 5 others bought: 5 can be sold until the purchase is confirmed
    inventory = given_inventory()
    inventory.sets_changed(MARKET, 10 * MICRO)
    inventory.filled(YES, -5 * MICRO, 2 * MICRO, NOON_NS)
    inventory.filled(YES, 5 * MICRO, -2 * MICRO, NOON_NS)
    assert inventory.sellable(YES) == 5 * MICRO
    inventory.confirmed(YES, 5 * MICRO)
    assert inventory.sellable(YES) == 10 * MICRO
    inventory.failed(YES, -5 * MICRO, 2 * MICRO)
    assert inventory.sellable(YES) == 15 * MICRO


def test_cash_spent_on_buys_is_counted_by_utc_day() -> None:
    # req 0.15; ruling 2.16
    inventory = given_inventory()
    midnight = (NOON_NS // NS_PER_DAY + 1) * NS_PER_DAY
    inventory.filled(YES, 10 * MICRO, -4 * MICRO, midnight - 1)
    inventory.filled(YES, -10 * MICRO, 9 * MICRO, midnight - 1)
    assert inventory.day_spent(midnight - 1) == 4 * MICRO
    assert inventory.day_spent(midnight) == 0
    inventory.filled(NO, 10 * MICRO, -3 * MICRO, midnight + NS_PER_DAY - 1)
    assert inventory.day_spent(midnight + NS_PER_DAY - 1) == 3 * MICRO
    assert inventory.day_spent(midnight - 1) == 3 * MICRO  # time that runs backwards opens no new budget


def test_a_resolved_market_is_cash_and_no_risk() -> None:
    # req 1.19
    inventory = given_inventory()
    inventory.filled(YES, 100 * MICRO, -60 * MICRO, NOON_NS)
    assert inventory.total_worst_micro == -60 * MICRO
    inventory.resolved(MARKET, Payout(yes_ppm=PAYOUT_ONE_PPM, no_ppm=0), 100 * MICRO)
    assert inventory.is_resolved(MARKET)
    assert (inventory.market_cash(MARKET), inventory.total_worst_micro, inventory.held(YES), inventory.holdings_worst()) == (40 * MICRO, 0, 0, 0)
    inventory.confirmed(YES, 100 * MICRO)
    assert inventory.held(YES) == 0
    inventory.failed(YES, 100 * MICRO, -60 * MICRO)
    assert (inventory.held(YES), inventory.market_cash(MARKET)) == (0, 100 * MICRO)


def test_a_market_listed_again_keeps_its_numbers_and_takes_its_new_facts() -> None:
    inventory = given_inventory()
    inventory.filled(YES, 100 * MICRO, -60 * MICRO, NOON_NS)
    inventory.list_market(given_market(tick_pips=10))
    assert inventory.held(YES) == 100 * MICRO
    assert [market.tick_pips for market in inventory.markets()] == [10]


def test_an_order_that_stands_without_a_reservation_counts_at_its_cost() -> None:
    # ruling 0.6: it was proven absent, its money was freed, and now it stands after all
    inventory = given_inventory()
    inventory.track(given_order(given_spec(BUY, 4_000, 100), H.REPLY_LOST, H.PROVEN_ABSENT, H.ACK), 0)
    assert inventory.total_worst_micro == -40 * MICRO
