import pytest

from oms.values.market import Market
from oms.values.orders import Lifetime, OrderSpec, Side
from oms.values.units import MICRO
from sim.gateway import venue_trades
from sim.gateway.records import OrderFacts
from sim.gateway.venue_trades import address_of
from tests.sim.gateway.words_gateway import Ear, Site

ALICE, BOB, CAROL = ("0x" + digit * 40 for digit in "abc")


def given_site() -> tuple[Site, Market]:
    site = Site()
    market = site.lists()
    for address in (ALICE, BOB, CAROL):
        site.host.open_wallet(address)
    return site, market


def send(  # noqa: PLR0917
    site: Site, market: Market, who: str, name: str, what: str, price: int, size: float, lifetime: Lifetime = Lifetime.GTC
) -> OrderFacts:
    side, token = what.split()
    spec = OrderSpec(
        market_id=market.market_id, token=market.yes if token == "YES" else market.no, side=Side[side], price_pips=price,
        size_micro=round(size * MICRO), lifetime=lifetime,
    )  # fmt: skip
    order = OrderFacts(order_id=name, account=who, maker_address=who, owner=f"key of {who}", spec=spec, created_ns=site.at_ns)
    site.host.submit(order)
    return order


def test_matches_at_one_price_are_one_trade_and_its_numbers_are_exact() -> None:
    site, market = given_site()
    first = send(site, market, BOB, "0x1", "BUY NO", 4_000, 10)
    second = send(site, market, CAROL, "0x2", "BUY NO", 4_000, 10)
    third = send(site, market, CAROL, "0x3", "BUY NO", 3_000, 10)
    taker = send(site, market, ALICE, "0x4", "BUY YES", 7_000, 25)
    trades = list(site.host.book.trades.values())
    assert [(trade.price_pips, trade.shares_micro, len(trade.makers), trade.bucket_index) for trade in trades] == [
        (6_000, 20 * MICRO, 2, 0), (7_000, 5 * MICRO, 1, 1),
    ]  # fmt: skip
    assert taker.paid_micro == 12 * MICRO + 3_500_000
    assert taker.trade_ids == [trade.trade_id for trade in trades]
    assert (first.trade_ids, second.trade_ids, third.trade_ids) == ([trades[0].trade_id], [trades[0].trade_id], [trades[1].trade_id])
    assert list(site.host.book.trades_of[CAROL]) == trades
    assert list(site.host.book.trades_of[BOB]) == trades[:1]


def test_a_trade_of_many_makers_settles_as_a_whole_and_is_told_once_a_step() -> None:
    site, market = given_site()
    for number in range(3):
        send(site, market, BOB, f"0x{number}", "BUY NO", 4_000, 10)
    send(site, market, ALICE, "0x9", "BUY YES", 6_000, 30)
    ear = Ear(site.host)
    site.passes(10)
    assert ear.told() == ["trade MINED 30 at 6000 with 3", "trade CONFIRMED 30 at 6000 with 3"]
    assert site.host.exchange.account(ALICE).tokens[market.yes].available_micro == 30 * MICRO


def test_a_resolution_confirms_what_was_open_and_says_so() -> None:
    site, market = given_site()
    send(site, market, BOB, "0x1", "BUY NO", 4_000, 10)
    send(site, market, ALICE, "0x2", "BUY YES", 6_000, 10)
    ear = Ear(site.host)
    site.host.void(market.market_id)
    assert "trade CONFIRMED 10 at 6000 with 1" in ear.told()
    site.passes(10)
    assert not ear.told()


def test_the_rest_of_an_immediate_order_is_cancelled_by_word() -> None:
    site, market = given_site()
    send(site, market, BOB, "0x1", "BUY NO", 4_000, 5)
    ear = Ear(site.host)
    order = send(site, market, ALICE, "0x2", "BUY YES", 6_000, 6, Lifetime.FAK)
    assert ear.told()[-1] == "CANCELLATION CANCELED 5"
    assert (order.status, order.rests) == ("CANCELED", False)


def test_a_trader_inside_the_process_needs_no_record_of_his_own() -> None:
    site, market = given_site()
    site.host.deposit("maker", 1_000 * MICRO)
    spec = OrderSpec(market_id=market.market_id, token=market.no, side=Side.BUY, price_pips=4_000, size_micro=10 * MICRO)
    site.host.act(lambda exchange, at_ns: exchange.submit("maker", "q1", spec, at_ns))
    send(site, market, ALICE, "0x2", "BUY YES", 6_000, 10)
    maker, _ = next(iter(site.host.book.trades.values())).makers[0]
    assert len(maker.order_id) == 66
    assert (maker.owner, maker.maker_address, maker.status) == ("", address_of("maker"), "MATCHED")
    assert site.host.book.orders[maker.order_id] is maker


def test_a_refused_order_leaves_nothing_behind_and_may_be_sent_again() -> None:
    site, market = given_site()
    order = send(site, market, ALICE, "0x1", "SELL YES", 6_000, 10)
    assert "0x1" not in site.host.book.orders
    assert site.host.exchange.split(ALICE, market.market_id, 10 * MICRO) is None
    site.host.submit(order)
    assert site.host.book.orders["0x1"].rests


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(venue_trades, "REMEMBERED_MAX", 3)
    site, market = given_site()
    for number in range(8):
        send(site, market, BOB, f"0xb{number}", "BUY NO", 4_000, 5)
        send(site, market, ALICE, f"0xa{number}", "BUY YES", 6_000, 5)
        site.passes(10)
    assert len(site.host.book.trades) == 3
    assert len(site.host.book.orders) == 3
    assert "0xa7" in site.host.book.orders
