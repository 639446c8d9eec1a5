import random

import msgspec
import pytest

from oms.machines.lifecycle import Happening
from oms.values.market import PAYOUT_ONE_PPM, Payout
from oms.values.orders import OpenOrder, Side
from oms.values.snapshot import TokenHolding
from oms.values.units import MICRO, NS_PER_DAY
from tests.oms.words_oms import given_inventory, given_order, given_spec, given_tracked
from tests.oms.words_worst import Notebook
from tests.words import MARKET, NO, NOON_NS, YES, given_market

BUY, SELL = Side.BUY, Side.SELL
H = Happening


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
        elif roll < 0.97 and book.provisional:
            book.retry(dice.randrange(len(book.provisional)))
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
    inventory.at_risk(YES, 50 * MICRO)
    assert (inventory.sellable(YES), inventory.holding(YES).at_risk_micro) == (0, 50 * MICRO)
    inventory.at_risk(YES, -50 * MICRO)
    inventory.confirmed(YES, 50 * MICRO, -20 * MICRO)
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
    inventory.confirmed(YES, 5 * MICRO, -2 * MICRO)
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
    inventory.filled(YES, -10 * MICRO, 7 * MICRO, NOON_NS)
    inventory.filled(YES, 10 * MICRO, -7 * MICRO, NOON_NS)
    inventory.at_risk(YES, 10 * MICRO)
    assert (inventory.total_worst_micro, inventory.coming_micro) == (-67 * MICRO, 7 * MICRO)
    inventory.resolved(MARKET, Payout(yes_ppm=PAYOUT_ONE_PPM, no_ppm=0), 100 * MICRO)
    assert inventory.is_resolved(MARKET)
    assert (inventory.market_cash(MARKET), inventory.total_worst_micro, inventory.held(YES), inventory.holdings_worst()) == (40 * MICRO, 0, 0, 0)
    assert (inventory.outcome_worsts(MARKET), inventory.coming_micro) == ((40 * MICRO, 40 * MICRO), 0)
    assert inventory.holding(YES) == TokenHolding()
    inventory.confirmed(YES, 100 * MICRO, -60 * MICRO)
    assert (inventory.held(YES), inventory.coming_micro, inventory.outcome_worsts(MARKET)) == (0, 0, (40 * MICRO, 40 * MICRO))
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


def test_what_an_unsettled_trade_would_bring_does_not_count_before_it_is_settled() -> None:
    # issue 4: a purchase that wins may fail, and so may a sale that brought money
    inventory = given_inventory()
    inventory.filled(YES, 100 * MICRO, -40 * MICRO, NOON_NS)
    assert inventory.outcome_worsts(MARKET) == (0, -40 * MICRO)
    inventory.confirmed(YES, 100 * MICRO, -40 * MICRO)
    assert inventory.outcome_worsts(MARKET) == (60 * MICRO, -40 * MICRO)
    inventory.filled(YES, -100 * MICRO, 70 * MICRO, NOON_NS)
    assert (inventory.outcome_worsts(MARKET), inventory.coming_micro) == ((30 * MICRO, -40 * MICRO), 70 * MICRO)
    inventory.failed(YES, -100 * MICRO, 70 * MICRO)
    assert (inventory.outcome_worsts(MARKET), inventory.coming_micro) == ((60 * MICRO, -40 * MICRO), 0)


def given_foreign(side: Side, price_pips: int, shares: int, filled: int = 0) -> OpenOrder:
    return OpenOrder(
        venue_order_id="x", token="anything", side=side, price_pips=price_pips, shares_micro=shares * MICRO, filled_micro=filled * MICRO
    )  # fmt: skip


def test_what_strangers_orders_may_cost_is_taken_back_only_by_a_report_of_all_of_them() -> None:
    # issue 4: foreign orders count in the risk of the account
    inventory = given_inventory()
    bid, offer = given_foreign(BUY, 4_000, 100, 25), given_foreign(SELL, 7_000, 10)
    inventory.foreign([bid, offer], all_of_them=True)
    assert inventory.foreign_micro == (30 + 3) * MICRO
    inventory.foreign([offer], all_of_them=False)
    assert inventory.foreign_micro == 33 * MICRO
    inventory.foreign([bid, bid], all_of_them=False)
    assert inventory.foreign_micro == 60 * MICRO
    inventory.foreign([given_foreign(BUY, 4_000, 10, 11)], all_of_them=True)  # filled further than it is long: nothing is left to cost
    assert inventory.foreign_micro == 0
    inventory.foreign([bid], all_of_them=True)
    inventory.foreign([], all_of_them=True)
    assert inventory.foreign_micro == 0


def test_what_a_forgotten_market_lost_stays_in_the_total_and_its_tokens_are_unknown() -> None:
    # req 2.57
    other = msgspec.structs.replace(given_market(), market_id="other", yes="other-yes", no="other-no")
    inventory = given_inventory(given_market(), other)
    for token, cash in ((YES, -20 * MICRO), ("other-yes", -10 * MICRO)):
        inventory.filled(token, 50 * MICRO, cash, NOON_NS)
        inventory.confirmed(token, 50 * MICRO, cash)
    inventory.filled(YES, -50 * MICRO, 5 * MICRO, NOON_NS)
    inventory.confirmed(YES, -50 * MICRO, 5 * MICRO)
    assert inventory.total_worst_micro == -25 * MICRO
    assert inventory.forget_market(MARKET) == -15 * MICRO
    assert inventory.total_worst_micro == -25 * MICRO
    inventory.resolved("other", Payout(yes_ppm=PAYOUT_ONE_PPM, no_ppm=0), 50 * MICRO)
    assert inventory.forget_market("other") == 0
    assert inventory.total_worst_micro == -15 * MICRO
    assert inventory.markets() == []
    with pytest.raises(KeyError):
        inventory.held(YES)


def test_a_market_with_unsettled_sales_cannot_be_forgotten() -> None:
    inventory = given_inventory()
    inventory.filled(YES, -10 * MICRO, 5 * MICRO, NOON_NS)
    with pytest.raises(AssertionError, match="unsettled"):
        inventory.forget_market(MARKET)
