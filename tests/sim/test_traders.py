"""The crowd: both sides quoted, both outcomes traded, from a seed, within its money, and gone when the market is over."""

import gc
from collections import Counter

from oms.values.events import LevelsChanged, Traded
from oms.values.market import FeeCurve
from oms.values.units import NS_PER_SECOND
from sim.exchange import Exchange
from sim.latency import Latency, LatencySettings
from sim.latent import Latent
from sim.messenger import Messenger
from sim.traders import INFORMED, MAKERS, NOISE, Crowd, fund
from sim.venue import SimVenue
from sim.world import World
from tests.sim.words_sim import Ears
from tests.words import MARKET, NO, NOON_NS, YES, given_market

END_NS = NOON_NS + 120 * NS_PER_SECOND


def lived(seed: str) -> tuple[SimVenue, Ears]:
    """Two minutes of one market with nobody but the crowd."""
    world = World(NOON_NS)
    venue = SimVenue(world, Messenger(world, Latency(LatencySettings(), 1)), Exchange())
    fund(venue.exchange)
    venue.open_account(1, NOON_NS)
    market = given_market(left_s=120, fee=FeeCurve(rate_bps=700))
    venue.list_market(market, NOON_NS)
    Crowd(world, venue, market, Latent(seed, NOON_NS, END_NS), seed).open(NOON_NS)
    ears = Ears(venue)
    world.run(ears)
    return venue, ears


def test_the_crowd_quotes_both_sides_trades_both_outcomes_and_stops_at_the_end() -> None:  # req 2.60, 2.61
    venue, ears = lived("1")
    sides = {side for _, event in ears.heard if isinstance(event, LevelsChanged) and event.token == YES for side, _, size in event.levels if size}
    assert len(sides) == 2
    assert {event.token for _, event in ears.heard if isinstance(event, Traded)} == {YES, NO}
    kinds = Counter(record.trade.kind.name for record in venue.exchange.trades())
    assert len(kinds) > 1, "sets are made or merged, not only handed on"
    traders = {leg.account for record in venue.exchange.trades() for leg in (record.trade.taker, record.trade.maker)}
    assert traders >= {NOISE, INFORMED}
    assert traders & set(MAKERS)
    assert max(record.trade.at_ns for record in venue.exchange.trades()) < END_NS
    assert venue.audit() == ""


def test_makers_only_make_and_the_others_only_take() -> None:
    venue, _ = lived("2")
    for record in venue.exchange.trades():
        assert record.trade.maker.account in MAKERS
        assert record.trade.taker.account in (NOISE, INFORMED)


def test_a_maker_keeps_no_more_than_its_ladder() -> None:
    venue, _ = lived("3")
    assert all(len(venue.exchange.open_orders(name)) <= 8 for name in MAKERS)
    assert not venue.exchange.open_orders(NOISE)


def test_the_same_seed_gives_the_same_crowd_and_another_another() -> None:
    def told(seed: str) -> list[object]:
        return [event for _, event in lived(seed)[1].heard]

    assert told("1") == told("1") != told("2")


def test_a_crowd_is_gone_with_its_market() -> None:  # req 2.57
    venue, _ = lived("4")
    gc.collect()
    assert not [one for one in gc.get_objects() if isinstance(one, Crowd)]
    assert venue.exchange.listings[MARKET].market.market_id == MARKET
