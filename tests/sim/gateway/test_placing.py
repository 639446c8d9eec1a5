from typing import Any

import msgspec
import pytest

from connectors.polymarket.signing import SignatureType, batch_body
from oms.values.market import FeeCurve, Market
from oms.values.orders import Lifetime
from oms.values.units import MICRO, NS_PER_MS
from sim.gateway.conditions import Mode, Rates
from sim.gateway.records import Terms
from sim.gateway.rest import Reply
from sim.gateway.wire import Later
from tests.sim.gateway.words_gateway import Ear, Site, User

FOK, FAK, GTC = Lifetime.FOK, Lifetime.FAK, Lifetime.GTC
TEN = 10 * MICRO


def given_two(terms: Terms | None = None, **market: Any) -> tuple[User, User, Market]:  # noqa: ANN401 (what new_market takes)
    site = Site()
    listed = site.lists(terms=terms, **market)
    return User(site, "1"), User(site, "2"), listed


def assert_refused(told: tuple[int, Any], words: str, status: int = 400) -> None:
    assert told[0] == status
    assert words in told[1]["error"], told


def test_a_resting_order_is_live_and_its_cash_is_reserved() -> None:
    alice, _, market = given_two()
    status, told = alice.sends(market, "BUY YES", 4_900, TEN)
    assert status == 200
    order_id = told.pop("orderID")
    assert told == {
        "success": True, "errorMsg": "", "status": "live", "makingAmount": "", "takingAmount": "", "transactionsHashes": [], "tradeIDs": [],
    }  # fmt: skip
    assert alice.site.host.book.orders[order_id].rests
    assert alice.site.host.exchange.account(alice.account).cash.frozen_micro == 4_900_000


@pytest.mark.parametrize(
    ("what", "against", "making", "taking"),
    [
        ("BUY YES", "SELL YES", "4.9", "10"),
        ("BUY YES", "BUY NO", "4.9", "10"),
        ("SELL YES", "BUY YES", "10", "4.9"),
        ("SELL YES", "SELL NO", "10", "4.9"),
    ],
)
def test_a_match_is_told_in_human_decimals_with_its_trades(what: str, against: str, making: str, taking: str) -> None:
    alice, bob, market = given_two()
    for user in (alice, bob):
        user.holds_sets(market, 2 * TEN)
    bob.rests(market, against, 4_900 if against.endswith("YES") else 5_100, TEN)
    status, told = alice.sends(market, what, 4_900, TEN)
    assert (status, told["status"], told["makingAmount"], told["takingAmount"]) == (200, "matched", making, taking)
    assert told["tradeIDs"] == [trade.trade_id for trade in alice.site.host.book.trades.values()]


def test_a_taker_gets_the_makers_price_and_what_is_left_rests() -> None:
    alice, bob, market = given_two()
    bob.holds_sets(market, TEN)
    bob.rests(market, "SELL YES", 4_000, 5 * MICRO)
    status, told = alice.sends(market, "BUY YES", 5_000, TEN)
    assert (status, told["status"], told["makingAmount"], told["takingAmount"]) == (200, "matched", "2", "5")
    assert alice.site.host.book.orders[told["orderID"]].rests


def test_an_immediate_buy_spends_cash_and_its_fee_comes_on_top() -> None:
    alice, bob, market = given_two(fee=FeeCurve(rate_bps=700))
    bob.holds_sets(market, 2 * TEN)
    bob.rests(market, "SELL YES", 5_000, 2 * TEN)
    status, told = alice.sends(market, "BUY YES", 6_000, 5 * MICRO, FOK)
    assert (status, told["makingAmount"], told["takingAmount"]) == (200, "5", "10")
    assert alice.site.host.exchange.cash_total(alice.account) == 10_000 * MICRO - 5 * MICRO - 175_000


def test_what_the_book_forbids_is_refused_in_the_venues_words() -> None:
    alice, bob, market = given_two()
    bob.holds_sets(market, TEN)
    bob.rests(market, "SELL YES", 5_000, TEN)
    assert_refused(alice.sends(market, "BUY YES", 5_000, TEN, post_only=True), "invalid post-only order: order crosses book")
    assert_refused(alice.sends(market, "BUY YES", 5_000, 6 * MICRO, FOK), "order couldn't be fully filled. FOK orders are fully filled or killed.")
    assert_refused(alice.sends(market, "BUY YES", 4_000, 6 * MICRO, FAK), "no orders found to match with FAK order.")
    assert_refused(
        alice.sends(market, "BUY YES", 5_000, 20_001 * MICRO), "the balance is not enough -> balance: 10000000000, order amount: 10000500000"
    )
    assert_refused(alice.sends(market, "SELL YES", 5_000, TEN), "the balance is not enough -> balance: 0, order amount: 10000000")
    assert not alice.site.host.book.trades


def test_of_a_killed_fok_the_private_channel_tells_too_in_the_sentence_of_its_refusal() -> None:
    alice, _, market = given_two()
    ear = Ear(alice.site.host)
    assert_refused(alice.sends(market, "BUY YES", 5_000, 6 * MICRO, FOK), "order couldn't be fully filled.")
    assert ear.told() == ["CANCELLATION CANCELED_order couldn't be fully filled. FOK orders are fully filled or killed. 0"]
    assert_refused(alice.sends(market, "BUY YES", 4_000, 6 * MICRO, FAK), "no orders found to match with FAK order.")
    assert ear.told() == []


def test_a_cheap_buy_that_trades_at_once_is_of_at_least_a_dollar() -> None:
    alice, bob, market = given_two()
    bob.holds_sets(market, TEN)
    bob.rests(market, "SELL YES", 1_000, TEN)
    assert_refused(alice.sends(market, "BUY YES", 1_000, 9 * MICRO), "invalid amount for a marketable BUY order ($0.90), min size: $1")
    assert alice.sends(market, "BUY YES", 900, 9 * MICRO)[1]["status"] == "live"


def test_the_same_order_is_taken_once() -> None:
    alice, _, market = given_two()
    body = alice.body(market, "BUY YES", 4_900, TEN)
    told = alice.asks("POST", "/order", body)[1]
    assert_refused(alice.asks("POST", "/order", body), f"order {told['orderID']} is invalid. Duplicated.")
    alice.asks("DELETE", "/cancel-all")
    assert_refused(alice.asks("POST", "/order", body), "Duplicated")


@pytest.mark.parametrize("kind", [SignatureType.POLY_PROXY, SignatureType.POLY_GNOSIS_SAFE, SignatureType.POLY_1271])
@pytest.mark.parametrize("generation", ["v1", "v2"])
def test_wallets_of_every_kind_trade_with_their_own_money(kind: SignatureType, generation: str) -> None:
    site = Site()
    market, funder = site.lists(generation=generation), "0x" + "77" * 20
    user = User(site, "3", kind, funder)
    user.rests(market, "BUY YES", 4_900, TEN)
    assert site.host.exchange.account(funder).cash.frozen_micro == 4_900_000
    assert site.host.exchange.account(user.account).cash.frozen_micro == 0


def test_another_owners_wallet_is_not_allowed() -> None:
    site = Site()
    market, funder = site.lists(), "0x" + "77" * 20
    User(site, "3", SignatureType.POLY_PROXY, funder).rests(market, "BUY YES", 4_900, TEN)
    thief = User(site, "4", SignatureType.POLY_PROXY, funder)
    assert_refused(thief.sends(market, "BUY YES", 4_900, TEN), "maker address not allowed")


def test_a_batch_is_judged_entry_by_entry() -> None:
    alice, _, market = given_two()
    bodies = [alice.body(market, "BUY YES", price, TEN) for price in (100, 150, 200)]
    status, rows = alice.asks("POST", "/orders", batch_body([*bodies, b"{}", bodies[0]]))
    assert status == 200
    assert [bool(row["orderID"]) for row in rows] == [True, False, True, False, False]
    assert [row["success"] for row in rows] == [True, False, True, False, False]
    assert "tick size rule" in rows[1]["errorMsg"]
    assert (rows[3]["errorMsg"], rows[3]["status"]) == ("Invalid order payload", "")
    assert "Duplicated" in rows[4]["errorMsg"]


@pytest.mark.parametrize(("count", "words"), [(0, "Invalid order payload"), (16, "Too many orders in payload: 16, max allowed: 15")])
def test_a_batch_has_one_to_fifteen_orders(count: int, words: str) -> None:
    alice, _, _ = given_two()
    assert_refused(alice.asks("POST", "/orders", msgspec.json.encode([{}] * count)), words)
    assert_refused(alice.asks("POST", "/orders", b"{}"), "Invalid order payload")


def test_the_venues_condition_comes_before_the_order() -> None:
    alice, _, market = given_two()
    conditions = alice.site.conditions
    conditions.mode = Mode.CANCEL_ONLY
    assert_refused(alice.sends(market, "BUY YES", 4_900, TEN), "cancel-only", 503)
    conditions.mode = Mode.OPEN
    conditions.rates = Rates(orders_per_s=1, orders_burst=2)
    bodies = [alice.body(market, "BUY YES", price, TEN) for price in (100, 200, 300)]
    assert_refused(alice.asks("POST", "/orders", batch_body(bodies)), "Too Many Requests", 429)
    assert alice.asks("POST", "/orders", batch_body(bodies[:2]))[0] == 200


def test_post_only_mode_lets_post_only_batches_in() -> None:
    alice, _, market = given_two()
    alice.site.conditions.post_only_until_ns = alice.site.at_ns + 10**10
    mixed = [alice.body(market, "BUY YES", 100, TEN, post_only=flag) for flag in (True, False)]
    assert alice.asks("POST", "/orders", batch_body(mixed))[0] == 503
    assert alice.asks("POST", "/orders", batch_body(mixed[:1]))[0] == 200


def test_lost_allowances_and_lost_standing_are_refused() -> None:
    alice, _, market = given_two()
    alice.site.conditions.unapproved[alice.account] = True
    assert_refused(alice.sends(market, "BUY YES", 4_900, TEN), "the allowance is not enough -> allowance: 0, order amount: 4900000")
    alice.site.conditions.closed_only[alice.account] = "banned"
    assert_refused(alice.sends(market, "BUY YES", 4_900, TEN), f"'{alice.key.address}' address banned")


# The hold of orders that cross.

SPORTS = Terms(hold_ns=1_000 * NS_PER_MS)
CRYPTO = Terms(hold_ns=50 * NS_PER_MS, hold_keeps_reply=True)


def test_a_crossing_order_in_a_sports_market_is_delayed_and_cannot_be_cancelled() -> None:
    alice, bob, market = given_two(SPORTS)
    bob.holds_sets(market, TEN)
    bob.rests(market, "SELL YES", 5_000, TEN)
    ear = Ear(alice.site.host)
    status, told = alice.sends(market, "BUY YES", 5_000, 5 * MICRO)
    assert (status, told["status"], told["makingAmount"], told["tradeIDs"]) == (200, "delayed", "", [])
    order_id = told["orderID"]
    assert alice.asks("GET", f"/data/order/{order_id}")[1]["status"] == "DELAYED"
    assert order_id in alice.asks("DELETE", "/order", msgspec.json.encode({"orderID": order_id}))[1]["not_canceled"]
    assert ear.told() == ["PLACEMENT DELAYED 0"]
    alice.site.passes(1)
    assert alice.asks("GET", f"/data/order/{order_id}")[1]["status"] == "MATCHED"
    assert "trade MATCHED 5 at 5000 with 1" in ear.told()


def test_a_delayed_order_rests_when_the_book_has_gone_and_ends_when_it_may_not() -> None:
    alice, bob, market = given_two(SPORTS)
    bob.holds_sets(market, TEN)
    offer = bob.rests(market, "SELL YES", 5_000, TEN)
    resting = alice.sends(market, "BUY YES", 5_000, TEN)[1]["orderID"]
    killed = alice.sends(market, "BUY YES", 5_000, 5 * MICRO, FOK)[1]["orderID"]
    bob.asks("DELETE", "/order", msgspec.json.encode({"orderID": offer}))
    ear = Ear(alice.site.host)
    alice.site.passes(1)
    assert alice.site.host.book.orders[resting].rests
    assert alice.asks("GET", f"/data/order/{killed}")[1]["status"] == "CANCELED"
    assert ear.told()[-1] == "CANCELLATION CANCELED 0"


def test_an_order_that_does_not_cross_is_not_held() -> None:
    alice, _, market = given_two(SPORTS)
    assert alice.sends(market, "BUY YES", 5_000, TEN)[1]["status"] == "live"
    assert alice.sends(market, "BUY NO", 4_900, TEN)[1]["status"] == "live"
    assert alice.sends(market, "BUY NO", 5_000, TEN)[1]["status"] == "delayed"


def test_in_a_crypto_market_the_answer_waits_for_the_result() -> None:
    alice, bob, market = given_two(CRYPTO)
    bob.holds_sets(market, TEN)
    bob.rests(market, "SELL YES", 5_000, TEN)
    body = alice.body(market, "BUY YES", 5_000, 5 * MICRO)
    waiting = alice.raw("POST", "/order", body)
    assert isinstance(waiting, Later)
    assert not waiting.is_known
    assert_refused(alice.asks("POST", "/order", body), "Duplicated")
    alice.site.passes(0.05)
    assert isinstance(waiting.answer, Reply)
    assert msgspec.json.decode(waiting.answer.body)["status"] == "matched"


def test_a_batch_waits_for_its_last_order() -> None:
    alice, bob, market = given_two(CRYPTO)
    bob.holds_sets(market, TEN)
    bob.rests(market, "SELL YES", 5_000, 5 * MICRO)
    crossing = [alice.body(market, "BUY YES", 5_000, 5 * MICRO, FOK, amounts=(2_500_000, 5_000_000)) for _ in range(2)]
    waiting = alice.raw("POST", "/orders", batch_body([alice.body(market, "BUY YES", 100, TEN), *crossing]))
    assert isinstance(waiting, Later)
    alice.site.passes(0.05)
    assert isinstance(waiting.answer, Reply)
    rows = msgspec.json.decode(waiting.answer.body)
    assert [row["status"] for row in rows] == ["live", "matched", ""]
    assert "FOK orders are fully filled or killed" in rows[2]["errorMsg"]
