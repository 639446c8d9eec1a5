"""What a share is shown to be worth."""

from oms.values.market import Payout
from sim.gateway.marks import price_micro
from tests.sim.gateway.words_streams import Venue


def test_the_middle_of_the_book_then_the_last_trade_then_a_half_and_at_the_end_what_it_paid() -> None:
    venue = Venue("alice", "bob")
    market = venue.lists()

    def both() -> tuple[int, int]:
        yes, no = (price_micro(venue.host, market.market_id, token) for token in (market.yes, market.no))
        return yes, no

    assert both() == (500_000, 500_000)
    venue.sends("alice", market, "BUY YES", 4_000, 10)
    assert both() == (500_000, 500_000)
    venue.sends("bob", market, "BUY NO", 5_900, 10)
    assert both() == (405_000, 595_000)
    venue.sends("bob", market, "BUY NO", 6_000, 10)
    assert both() == (400_000, 600_000)
    venue.host.resolve(market.market_id, Payout(yes_ppm=250_000, no_ppm=750_000))
    assert both() == (250_000, 750_000)
