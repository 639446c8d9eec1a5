from oms.values.orders import Lifetime, OrderSpec, Side
from oms.values.units import MICRO
from sim.gateway.records import OrderFacts
from tests.sim.gateway.words_gateway import Site, User


def test_an_order_in_cash_has_the_size_it_buys_at_its_limit() -> None:
    spec = OrderSpec(market_id="m", token="t", side=Side.BUY, price_pips=4_000, size_micro=2 * MICRO, lifetime=Lifetime.FAK)
    assert OrderFacts(order_id="0x1", account="a", maker_address="a", owner="k", spec=spec).original_micro == 5 * MICRO


def test_a_trade_is_told_in_its_takers_terms() -> None:
    site = Site()
    market, alice, bob = site.lists(), User(site, "1"), User(site, "2")
    alice.rests(market, "BUY YES", 4_000, 10 * MICRO)
    bob.sends(market, "BUY NO", 6_500, 10 * MICRO)
    trade = next(iter(site.host.book.trades.values()))
    assert (trade.token, trade.price_pips, trade.shares_micro) == (market.no, 6_000, 10 * MICRO)
    assert trade.exchange_ids == ["t1"]
