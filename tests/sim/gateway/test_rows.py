from oms.values.units import MICRO
from sim.gateway.records import Terms
from sim.gateway.rows import order_row, outcome_of, trade_row
from tests.sim.gateway.words_gateway import Site, User


def test_every_number_of_an_order_or_a_trade_is_a_text_and_nothing_is_null() -> None:
    site = Site()
    market, alice, bob = site.lists(terms=Terms(outcomes=("Up", "Down"))), User(site, "1"), User(site, "2")
    alice.rests(market, "BUY YES", 4_000, 12_340_000)
    bob.sends(market, "BUY NO", 6_000, 10 * MICRO)
    order = next(iter(site.host.book.orders.values()))
    trade = next(iter(site.host.book.trades.values()))
    row = order_row(site.host, order)
    told = trade_row(site.host, trade, is_taker=True)
    makers = told["maker_orders"]
    assert isinstance(makers, list)
    for one in (row, told, makers[0]):
        assert None not in one.values()
        assert {name for name, value in one.items() if isinstance(value, int)} <= {"created_at", "bucket_index"}
    assert (row["original_size"], row["size_matched"], row["outcome"]) == ("12.34", "10", "Up")
    assert (told["outcome"], makers[0]["outcome"]) == ("Down", "Up")
    assert outcome_of(site.host, market, market.no) == "Down"
