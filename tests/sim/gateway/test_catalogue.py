"""Names and numbers of markets and events."""

from msgspec.structs import replace

from sim.gateway.catalogue import Catalogue, neg_risk_market_id, question_id, slug_of
from sim.gateway.ids import new_market
from sim.gateway.records import Listed, Terms
from tests.sim.gateway.words_streams import Venue


def test_numbers_are_counted_in_the_order_of_listing_whenever_one_asks() -> None:
    venue = Venue()
    early, late = Catalogue(venue.host), Catalogue(venue.host)
    markets = [venue.lists("a")]
    first = early.number(markets[0].market_id)
    markets += [venue.lists("b"), venue.lists("c")]
    assert [early.number(market.market_id) for market in markets] == [late.number(market.market_id) for market in markets]
    assert len({first, *(early.number(market.market_id) for market in markets)}) == 3


def test_markets_of_one_event_are_one_event_and_others_are_their_own() -> None:
    venue = Venue()
    alone = venue.lists("alone", Terms(slug="by-itself"))
    legs = [replace(new_market(name, neg_risk=True), event_id="Who wins?") for name in ("Anna", "Bert")]
    for leg in legs:
        venue.host.list_market(leg)
    own, group = venue.catalogue.events()
    assert (own.market_ids, group.market_ids) == ([alone.market_id], [leg.market_id for leg in legs])
    assert (venue.catalogue.event_slug(own), venue.catalogue.event_title(own)) == ("by-itself", "alone")
    assert (venue.catalogue.event_slug(group), venue.catalogue.event_title(group)) == ("who-wins", "Who wins?")
    assert venue.catalogue.event_of(legs[1]) is group


def test_a_slug_is_made_of_the_title() -> None:
    assert slug_of("Bitcoin Up or Down - March 12, 5:20AM?") == "bitcoin-up-or-down-march-12-5-20am"
    assert len(slug_of("word " * 100)) == 120


def test_the_questions_of_a_negrisk_event_share_its_id_up_to_the_index() -> None:
    leg = replace(new_market("Anna", neg_risk=True), event_id="Who wins?")
    shared = neg_risk_market_id("Who wins?")
    assert (len(shared), shared[-2:]) == (66, "00")
    assert question_id(Listed(market=leg, terms=Terms()), 5) == f"{shared[:-2]}05"
    assert question_id(Listed(market=leg, terms=Terms(question_id="0x12")), 5) == "0x12"
    assert len(question_id(Listed(market=new_market("alone"), terms=Terms()), 0)) == 66
