"""The simulated exchange: golden trades, the door with all its refusals, how orders end, what the public hears."""

import pytest

from oms.values.events import LevelsChanged, MarketListed, Traded
from oms.values.orders import Lifetime, OrderSpec, Side
from oms.values.units import MICRO
from sim.books import FEES
from sim.exchange import Exchange
from sim.outcomes import Accepted, Cancelled, CancelWhy, Executed, NotPossible, Refusal, Refused, Resting
from sim.pool_orders import Kind, SelfTrades
from tests.sim.exchange_words import dollars, given_exchange, names, refusal, spec, trades
from tests.words import MARKET, NO, NOON_NS, YES, given_market


def test_alice_bids_ten_at_sixty_and_bob_sells_her_five_at_her_price() -> None:
    # req 3.16, 2.12, 0.9, 0.10
    exchange = given_exchange()
    exchange.split("bob", MARKET, 20 * MICRO)
    assert names(exchange.submit("alice", "a", spec("BUY YES", 6_000, 10), NOON_NS)) == ["Accepted", "Resting"]
    assert dollars(exchange, "alice") == (994, 6)
    out = exchange.submit("bob", "b", spec("SELL YES", 5_500, 5), NOON_NS)
    assert names(out) == ["Accepted", "Executed"]
    assert trades(out) == [("bob", "alice", "COMPLEMENTARY", 5, 6_000, 6_000)]
    assert (dollars(exchange, "alice"), dollars(exchange, "bob")) == ((994, 3), (983, 0))
    assert (exchange.token_total("alice", YES), exchange.token_total("bob", YES)) == (5 * MICRO, 15 * MICRO)
    record = exchange.find("alice", "a")
    assert record is not None
    assert (record.left_micro, record.filled_shares_micro, record.filled_cash_micro, record.stands) == (5 * MICRO, 5 * MICRO, 3 * MICRO, True)
    assert exchange.audit() is None


def test_a_taker_gets_its_improvement_and_its_unused_fee_reserve_back_at_once() -> None:
    # req 1.8, 0.12; user: taker only, the curve's fee
    exchange = given_exchange(fee_bps=700)
    exchange.submit("bob", "b", spec("BUY NO", 6_000, 10), NOON_NS)
    assert dollars(exchange, "bob") == (994, 6), "a resting order pays no fee, so none stays frozen"
    out = exchange.submit("alice", "a", spec("BUY YES", 5_000, 20), NOON_NS)
    assert trades(out) == [("alice", "bob", "MINT", 10, 4_000, 6_000)]
    assert dollars(exchange, "alice") == (990.832, 5), "4 paid, 5 frozen, a fee of 10 × 0.07 × 0.4 × 0.6"
    assert (dollars(exchange, FEES), dollars(exchange, "bob"), exchange.audit()) == ((0.168, 0), (994, 0), None)


def test_two_sellers_merge_and_both_are_paid_from_the_locked_dollar() -> None:
    exchange = given_exchange()
    for name in ("alice", "bob"):
        exchange.split(name, MARKET, 10 * MICRO)
    exchange.submit("alice", "a", spec("SELL NO", 3_000, 10), NOON_NS)
    assert trades(exchange.submit("bob", "b", spec("SELL YES", 6_500, 10), NOON_NS)) == [("bob", "alice", "MERGE", 10, 7_000, 3_000)]
    assert (dollars(exchange, "alice"), dollars(exchange, "bob"), exchange.clearing.locked_micro) == ((993, 0), (997, 0), 10 * MICRO)
    assert exchange.audit() is None


def test_an_immediate_order_takes_and_what_is_left_is_cancelled_and_free() -> None:
    # req 0.11
    exchange = given_exchange()
    exchange.split("bob", MARKET, 20 * MICRO)
    exchange.submit("bob", "b", spec("SELL YES", 4_000, 10), NOON_NS)
    out = exchange.submit("alice", "a", spec("BUY YES", 5_000, 10, Lifetime.FAK), NOON_NS)
    assert names(out) == ["Accepted", "Executed", "Cancelled"]
    assert out[-1] == Cancelled(account="alice", order_key="a", why=CancelWhy.UNFILLED, left_micro=6 * MICRO)
    assert (dollars(exchange, "alice"), exchange.open_orders("alice"), exchange.audit()) == ((996, 0), [], None)
    exchange.submit("bob", "b2", spec("SELL YES", 4_000, 10), NOON_NS)
    out = exchange.submit("alice", "fok", spec("BUY YES", 4_000, 3.33, Lifetime.FOK), NOON_NS)
    assert names(out) == ["Accepted", "Executed"], "less than a cent of cash left over is complete"
    assert isinstance(out[-1], Executed)
    assert out[-1].trade.taker.is_last


def test_every_refusal_at_the_door_has_its_name() -> None:
    # req 0.14, 1.29, 3.13, 3.19, 3.41; traps T7, T8
    exchange = given_exchange(cash=100)
    exchange.split("bob", MARKET, 10 * MICRO)
    exchange.submit("bob", "ask", spec("SELL YES", 5_000, 10), NOON_NS)
    exchange.submit("alice", "bid", spec("BUY YES", 4_000, 10), NOON_NS)
    shown = {
        refusal(exchange, spec("BUY YES", 4_000, 10), account="nobody"),
        refusal(exchange, spec("BUY YES", 4_000, 10), account=FEES),
        refusal(exchange, spec("BUY YES", 4_000, 10), key="bid"),
        refusal(exchange, spec("BUY YES", 4_000, 0)),
        refusal(exchange, OrderSpec(market_id="other", token=YES, side=Side.BUY, price_pips=4_000, size_micro=MICRO)),
        refusal(exchange, spec("BUY YES", 70_000, 10)),
        refusal(exchange, spec("BUY YES", 4_050, 10)),
        refusal(exchange, spec("BUY YES", 4_000, 4.99)),
        refusal(exchange, spec("BUY YES", 4_000, 10, Lifetime.GTD)),
        refusal(exchange, spec("BUY YES", 4_000, 10, Lifetime.GTD, expires_ns=NOON_NS)),
        refusal(exchange, spec("BUY YES", 4_000, 10, Lifetime.FAK, post_only=True)),
        refusal(exchange, spec("BUY YES", 5_000, 10, post_only=True)),
        refusal(exchange, spec("BUY YES", 5_000, 10.001, Lifetime.FAK)),
        refusal(exchange, spec("BUY YES", 4_000, 1_000)),
        refusal(exchange, spec("SELL YES", 6_000, 10)),
        refusal(exchange, spec("BUY YES", 5_000, 50, Lifetime.FOK)),
        refusal(exchange, spec("BUY YES", 4_900, 50, Lifetime.FAK)),
    }
    for key in ("never", "ask2"):
        (only,) = exchange.cancel("alice", key, NOON_NS)
        assert isinstance(only, Refused)
        shown.add(only.reason)
    exchange.cancel("alice", "bid", NOON_NS)
    (only,) = exchange.cancel("alice", "bid", NOON_NS)
    assert isinstance(only, Refused)
    shown.add(only.reason)
    exchange.close(MARKET, NOON_NS)
    shown.add(refusal(exchange, spec("BUY YES", 4_000, 10)))
    of_conversions = {Refusal.EVENT_UNKNOWN, Refusal.NO_CONVERTIBLE_POSITIONS, Refusal.INVALID_INDEX_SET, Refusal.EVENT_DECIDED}
    assert shown == set(Refusal) - of_conversions, "those are shown in test_event_register.py"


def test_refusals_come_in_the_venues_order() -> None:
    # polymarket.md §11 rule 7: tick before minimum before expiration before balance
    exchange = given_exchange(cash=1)
    bad_everything = spec("BUY YES", 4_050, 1, Lifetime.GTD, expires_ns=1)
    assert refusal(exchange, bad_everything) is Refusal.PRICE_OFF_TICK
    assert refusal(exchange, spec("BUY YES", 4_000, 1, Lifetime.GTD, expires_ns=1)) is Refusal.BELOW_MINIMUM
    assert refusal(exchange, spec("BUY YES", 4_000, 100, Lifetime.GTD, expires_ns=1)) is Refusal.EXPIRY_IN_PAST
    assert refusal(exchange, spec("BUY YES", 4_000, 100)) is Refusal.NOT_ENOUGH_CASH


def test_a_buy_that_trades_at_once_is_worth_at_least_a_dollar() -> None:
    exchange = given_exchange()
    exchange.split("bob", MARKET, 10 * MICRO)
    exchange.submit("bob", "ask", spec("SELL YES", 1_000, 10), NOON_NS)
    assert refusal(exchange, spec("BUY YES", 1_000, 5)) is Refusal.BELOW_MINIMUM
    assert refusal(exchange, spec("BUY YES", 1_000, 0.99, Lifetime.FAK)) is Refusal.BELOW_MINIMUM
    assert refusal(exchange, spec("BUY YES", 900, 5)) is None


def test_an_order_with_an_end_goes_at_its_end_and_not_before() -> None:
    exchange = given_exchange()
    for key, end in (("late", 20), ("early", 10), ("tie", 10)):
        exchange.submit("alice", key, spec("BUY YES", 4_000, 10, Lifetime.GTD, expires_ns=NOON_NS + end), NOON_NS)
    assert exchange.expire(NOON_NS + 9) == []
    out = exchange.cancel("bob", "nothing", NOON_NS + 10)
    assert [(one.order_key, one.why) for one in out if isinstance(one, Cancelled)] == [("early", CancelWhy.EXPIRED), ("tie", CancelWhy.EXPIRED)]
    assert exchange.book(YES).bids == ((4_000, 10 * MICRO),)
    exchange.cancel("alice", "late", NOON_NS + 11)
    assert exchange.expire(NOON_NS + 99) == []
    assert (dollars(exchange, "alice"), exchange.audit()) == ((1_000, 0), None)


def test_only_the_owner_cancels() -> None:
    # req 3.46
    exchange = given_exchange()
    exchange.submit("alice", "a", spec("BUY YES", 4_000, 10), NOON_NS)
    assert names(exchange.cancel("bob", "a", NOON_NS)) == ["Refused"]
    assert names(exchange.cancel("alice", "a", NOON_NS)) == ["Cancelled"]


def test_self_trade_prevention_cancels_the_newest_or_the_resting_order() -> None:
    # req 0.13
    fates = {}
    for mode in SelfTrades:
        exchange = given_exchange(self_trades=mode)
        exchange.split("alice", MARKET, 10 * MICRO)
        exchange.submit("alice", "ask", spec("SELL YES", 5_000, 10), NOON_NS)
        fates[mode] = names(exchange.submit("alice", "bid", spec("BUY YES", 5_000, 10), NOON_NS))
        assert exchange.audit() is None
    assert fates == {
        SelfTrades.OFF: ["Accepted", "Executed"],
        SelfTrades.CANCEL_NEWEST: ["Accepted", "Cancelled"],
        SelfTrades.CANCEL_RESTING: ["Accepted", "Cancelled", "Resting"],
    }


def test_the_public_hears_each_trade_and_the_new_sizes_for_both_tokens() -> None:
    exchange = given_exchange()
    exchange.submit("bob", "b", spec("BUY NO", 4_000, 10), NOON_NS)
    first = exchange.drain_public()
    assert [(one.token, one.levels, one.best_bid_pips, one.best_ask_pips) for one in first if isinstance(one, LevelsChanged)] == [
        (YES, ((Side.SELL, 6_000, 10 * MICRO),), 0, 6_000),
        (NO, ((Side.BUY, 4_000, 10 * MICRO),), 4_000, 10_000),
    ]
    exchange.submit("alice", "a", spec("BUY YES", 6_000, 30), NOON_NS + 5)
    trade, yes, no = exchange.drain_public()
    assert trade == Traded(token=YES, price_pips=6_000, shares_micro=10 * MICRO, taker_side=Side.BUY, exchange_ns=NOON_NS + 5)
    assert isinstance(yes, LevelsChanged)
    assert isinstance(no, LevelsChanged)
    assert yes.levels == ((Side.SELL, 6_000, 0), (Side.BUY, 6_000, 20 * MICRO)), "one level is gone and another stands at the same price"
    assert no.levels == ((Side.BUY, 4_000, 0), (Side.SELL, 4_000, 20 * MICRO))
    assert (exchange.book(NO).asks, exchange.book(YES).bids, exchange.book(YES).exchange_ns) == (
        ((4_000, 20 * MICRO),), ((6_000, 20 * MICRO),), NOON_NS + 5,
    )  # fmt: skip
    assert exchange.drain_public() == []


def test_operators_wishes_that_cannot_be_are_refused_by_name() -> None:
    exchange = given_exchange()
    with pytest.raises(NotPossible):
        exchange.list_market(given_market(), NOON_NS)
    with pytest.raises(NotPossible):
        Exchange().list_market(given_market(tick_pips=7), NOON_NS)
    with pytest.raises(NotPossible):
        exchange.close("other", NOON_NS)
    assert exchange.split("nobody", MARKET, 1) is Refusal.ACCOUNT_UNKNOWN
    assert exchange.split("alice", MARKET, 0) is Refusal.BAD_SIZE
    assert exchange.split("alice", "other", 1) is Refusal.MARKET_UNKNOWN
    assert exchange.split("alice", MARKET, 10**12) is Refusal.NOT_ENOUGH_CASH
    assert exchange.merge("alice", MARKET, 1) is Refusal.NOT_ENOUGH_SHARES
    assert exchange.withdraw("alice", MICRO)
    fresh = Exchange()
    fresh.list_market(given_market(), NOON_NS)
    assert fresh.drain_public() == [MarketListed(market=given_market())]


def test_a_mint_between_strangers_makes_shares_that_only_a_dollar_each_backs() -> None:
    # trap T8: a naked sale is refused; a share of one token exists only together with one of the other
    exchange = given_exchange("alice", "bob")
    assert names(exchange.submit("alice", "a", spec("SELL YES", 5_000, 10), NOON_NS)) == ["Refused"]
    exchange.submit("alice", "b", spec("BUY YES", 5_500, 10), NOON_NS)
    (_, executed, *_) = exchange.submit("bob", "c", spec("BUY NO", 5_000, 10), NOON_NS)
    assert isinstance(executed, Executed)
    assert executed.trade.kind is Kind.MINT
    assert executed.trade.taker.cash_micro + executed.trade.maker.cash_micro == exchange.clearing.locked_micro == 10 * MICRO


def test_acceptance_is_told_before_what_follows_from_it() -> None:
    exchange = given_exchange()
    first, second = exchange.submit("alice", "a", spec("BUY YES", 5_000, 10), NOON_NS)
    assert (first, second) == (Accepted(account="alice", order_key="a"), Resting(account="alice", order_key="a", left_micro=10 * MICRO))
