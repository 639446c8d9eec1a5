from typing import Any

import pytest
from msgspec.structs import replace

from oms.values.market import Market, Payout
from oms.values.orders import Lifetime, OrderSpec, Side
from oms.values.units import MICRO, NS_PER_SECOND
from sim.gateway.host import Host
from sim.gateway.ids import new_market
from sim.gateway.records import OrderFacts
from sim.listing import MarketState
from sim.outcomes import NotPossible
from tests.sim.gateway.words_gateway import Ear, Site
from tests.words import NOON_NS

ALICE, BOB = "0x" + "a" * 40, "0x" + "B" * 40


def given_order(host: Host, account: str, name: str, market: Market, side: Side, price: int, shares: int, **more: object) -> OrderFacts:  # noqa: PLR0917
    spec = OrderSpec(market_id=market.market_id, token=market.yes, side=side, price_pips=price, size_micro=shares * MICRO, **more)  # type: ignore[arg-type]
    return OrderFacts(order_id=name, account=account, maker_address=account, owner="key", spec=spec, created_ns=host.now_ns())


def given_two(**settings: Any) -> tuple[Site, Market, str, str]:  # noqa: ANN401 (what HostSettings takes)
    site = Site(**settings)
    market = site.lists()
    alice, bob = site.host.open_wallet(ALICE), site.host.open_wallet(BOB)
    assert site.host.exchange.split(bob, market.market_id, 100 * MICRO) is None
    return site, market, alice, bob


def test_a_wallet_is_one_account_in_any_case_and_gets_its_grant_once() -> None:
    site = Site()
    assert site.host.open_wallet(BOB) == site.host.open_wallet(BOB.lower()) == BOB.lower()
    assert site.host.exchange.account(BOB.lower()).cash.available_micro == 10_000 * MICRO


def test_without_a_grant_a_wallet_stays_unknown_to_the_exchange() -> None:
    site = Site(grant_micro=0)
    assert site.host.open_wallet(BOB) not in site.host.exchange.clearing.accounts


def test_listeners_hear_public_facts_first_then_orders_and_trades_as_they_were() -> None:
    site, market, alice, bob = given_two()
    ear = Ear(site.host)
    site.host.submit(given_order(site.host, bob, "0x1", market, Side.SELL, 5_000, 10))
    assert ear.told() == ["LevelsChanged", "LevelsChanged", "PLACEMENT LIVE 0"]
    site.host.submit(given_order(site.host, alice, "0x2", market, Side.BUY, 5_000, 15))
    assert ear.told() == [
        "Traded", "LevelsChanged", "LevelsChanged", "PLACEMENT LIVE 0", "trade MATCHED 10 at 5000 with 1", "UPDATE MATCHED 10", "UPDATE LIVE 10",
    ]  # fmt: skip


def test_a_trade_is_mined_and_confirmed_when_it_is_due() -> None:
    site, market, alice, bob = given_two(mined_ns=NS_PER_SECOND, confirmed_ns=3 * NS_PER_SECOND)
    site.host.submit(given_order(site.host, bob, "0x1", market, Side.SELL, 5_000, 10))
    site.host.submit(given_order(site.host, alice, "0x2", market, Side.BUY, 5_000, 10))
    ear = Ear(site.host)
    assert site.host.next_due_ns() == NOON_NS + NS_PER_SECOND
    site.passes(1)
    assert ear.told() == ["trade MINED 10 at 5000 with 1"]
    assert site.host.exchange.account(alice).tokens[market.yes].available_micro == 0
    site.passes(5)
    assert ear.told() == ["trade CONFIRMED 10 at 5000 with 1"]
    assert site.host.exchange.account(alice).tokens[market.yes].available_micro == 10 * MICRO
    assert site.host.next_due_ns() is None


def test_a_trade_that_fails_is_retried_first_and_then_undone() -> None:
    site, market, alice, bob = given_two(failed_ppm=1_000_000)
    site.host.submit(given_order(site.host, bob, "0x1", market, Side.SELL, 5_000, 10))
    site.host.submit(given_order(site.host, alice, "0x2", market, Side.BUY, 5_000, 10))
    ear = Ear(site.host)
    site.passes(10)
    assert ear.told() == ["trade RETRYING 10 at 5000 with 1", "trade FAILED 10 at 5000 with 1"]
    assert site.host.exchange.account(alice).cash.available_micro == 10_000 * MICRO
    assert site.host.exchange.audit() is None


def test_which_trades_fail_the_seed_decides() -> None:
    def run(seed: int) -> list[str]:
        site, market, alice, bob = given_two(failed_ppm=500_000, seed=seed)
        for number in range(20):
            site.host.submit(given_order(site.host, bob, f"0xb{number}", market, Side.SELL, 5_000, 5))
            site.host.submit(given_order(site.host, alice, f"0xa{number}", market, Side.BUY, 5_000, 5))
        site.passes(10)
        return [trade.stage.value for trade in site.host.book.trades.values()]

    assert run(1) == run(1) != run(2)
    assert {"CONFIRMED", "FAILED"} == {*run(1)}


def test_a_gtd_order_ends_at_its_time() -> None:
    site, market, alice, _ = given_two()
    order = given_order(site.host, alice, "0x1", market, Side.BUY, 5_000, 10, lifetime=Lifetime.GTD, expires_ns=NOON_NS + 9 * NS_PER_SECOND)
    site.host.submit(order)
    ear = Ear(site.host)
    site.passes(8)
    assert order.rests
    site.passes(1)
    assert ear.told() == ["LevelsChanged", "LevelsChanged", "CANCELLATION CANCELED_EXPIRED_ORDER 0"]
    assert site.host.exchange.account(alice).cash.frozen_micro == 0


def test_what_was_due_happens_before_what_is_done_now_and_at_its_own_time() -> None:
    site, market, alice, bob = given_two()
    site.host.submit(given_order(site.host, bob, "0x1", market, Side.SELL, 5_000, 10))
    site.host.submit(given_order(site.host, alice, "0x2", market, Side.BUY, 5_000, 10))
    site.at_ns += 60 * NS_PER_SECOND
    site.host.submit(given_order(site.host, alice, "0x3", market, Side.SELL, 6_000, 10))
    trade = next(iter(site.host.book.trades.values()))
    assert trade.updated_ns == NOON_NS + 5 * NS_PER_SECOND
    assert site.host.book.orders["0x3"].rests


def test_time_never_goes_back() -> None:
    site = Site()
    first = site.host.now_ns()
    site.at_ns -= NS_PER_SECOND
    assert site.host.now_ns() == first


def test_a_market_closes_at_its_end_and_pays_as_the_resolver_says() -> None:
    site = Site(resolver=lambda _market_id, _at_ns: Payout(yes_ppm=1_000_000, no_ppm=0))
    market = site.lists(end_ns=NOON_NS + 60 * NS_PER_SECOND)
    alice = site.host.open_wallet(ALICE)
    assert site.host.exchange.split(alice, market.market_id, 7 * MICRO) is None
    order = given_order(site.host, alice, "0x1", market, Side.SELL, 6_000, 7)
    site.host.submit(order)
    site.passes(60)
    assert (site.host.state(market.market_id), order.status) == (MarketState.CLOSED, "CANCELED_MARKET_RESOLVED")
    site.passes(10)
    assert site.host.state(market.market_id) is MarketState.RESOLVED
    assert site.host.exchange.cash_total(alice) == 10_000 * MICRO
    assert site.host.payouts[market.market_id] == Payout(yes_ppm=1_000_000, no_ppm=0)


def test_a_market_whose_outcome_nobody_knows_waits_for_an_admin() -> None:
    site = Site()
    market = site.lists(end_ns=NOON_NS + NS_PER_SECOND)
    site.passes(3_600)
    assert site.host.state(market.market_id) is MarketState.CLOSED
    site.host.void(market.market_id)
    assert site.host.payouts[market.market_id] == Payout(yes_ppm=500_000, no_ppm=500_000)
    with pytest.raises(NotPossible):
        site.host.resolve(market.market_id, Payout(yes_ppm=0, no_ppm=1_000_000))


def test_the_last_trade_is_remembered_in_yes_terms() -> None:
    site, market, alice, bob = given_two()
    no_bid = OrderSpec(market_id=market.market_id, token=market.no, side=Side.BUY, price_pips=4_000, size_micro=10 * MICRO)
    site.host.submit(OrderFacts(order_id="0x1", account=alice, maker_address=alice, owner="", spec=no_bid))
    spec = OrderSpec(market_id=market.market_id, token=market.no, side=Side.SELL, price_pips=4_000, size_micro=10 * MICRO)
    site.host.submit(OrderFacts(order_id="0x2", account=bob, maker_address=bob, owner="", spec=spec))
    assert site.host.last_trades[market.market_id] == (6_000, Side.SELL)


@pytest.mark.parametrize(
    "wrong",
    [
        {"generation": "v2"}, {"generation": "v3"}, {"market_id": "0x12"}, {"market_id": "0x" + "A" * 64}, {"yes": "1x"}, {"tick_pips": 77},
    ],
)  # fmt: skip
def test_a_market_that_no_client_could_trade_is_not_listed(wrong: dict[str, object]) -> None:
    site = Site()
    with pytest.raises(NotPossible):
        site.host.list_market(replace(new_market("x"), **wrong))
    assert not site.host.listed
    assert not site.host.by_token


def test_a_v2_market_must_have_the_positions_of_its_condition() -> None:
    market, other = new_market("x", generation="v2"), new_market("y", generation="v2")
    with pytest.raises(NotPossible, match="positions are not outcomes 0 and 1"):
        Site().host.list_market(replace(market, no=other.no))


def test_a_market_is_listed_once() -> None:
    site = Site()
    market = site.lists()
    with pytest.raises(NotPossible, match="in use"):
        site.host.list_market(market)
    assert list(site.host.listed) == [market.market_id]


def test_in_an_instant_time_stands_still_and_what_was_due_before_is_done_before() -> None:
    site = Site()
    done: list[int] = []
    site.host.timers.set(NOON_NS + 5, done.append)
    site.at_ns = NOON_NS + 7
    with site.host.instant() as at_ns:
        assert (at_ns, done) == (NOON_NS + 7, [NOON_NS + 5])
        site.at_ns = NOON_NS + 9
        assert site.host.now_ns() == NOON_NS + 7
    assert site.host.now_ns() == NOON_NS + 9


def test_an_instant_of_the_past_is_lived_at_its_own_time() -> None:
    site = Site()
    site.at_ns = NOON_NS + 100 * NS_PER_SECOND
    done: list[int] = []
    for after_s in (1, 3):
        site.host.timers.set(NOON_NS + after_s * NS_PER_SECOND, done.append)
    with site.host.instant(NOON_NS + 2 * NS_PER_SECOND):
        assert site.host.now_ns() == NOON_NS + 2 * NS_PER_SECOND
    assert done == [NOON_NS + NS_PER_SECOND]
    assert site.host.now_ns() == site.at_ns
    assert len(done) == 2
