"""What is traded in a run of misfortune, and by which strategies: the seed decides.

Seeds that leave 2 when divided by 3 trade arbitrage, with market making on the same wallet, in exclusive events beside the markets. What kind
of events these are, what is looked for in them, and whether the legs of a bundle leave at once or the thinnest first, is drawn from the seed too.

All other seeds are the runs that they were before there was arbitrage here, to the last micro-dollar, so seeds that were written down keep their
meaning: nothing of an event is there, no dice are thrown for one, the kinds of faults that came with it stand behind those that were there (a seed
picks the kinds one by one), and they strike at transfers alone. The seeds that failed before (tests/simulation/seeds.txt, 22 to 367) are all such.
Seeds of the arbitrage kind are other runs than before; none of them had failed then. A seed and a commit repeat a run either way.
"""

import random
from typing import Final

import msgspec

from config.assembly.demo import START_NS
from config.assembly.engines import engine_settings
from config.settings import Settings
from oms.engine_settings import EngineSettings
from oms.values.units import NS_PER_SECOND
from sim.event_crowd import CrowdSettings
from sim.event_series import EventSeries, EventSeriesSettings
from sim.event_series import fund as fund_event_people
from sim.market_series import MarketSeries, SeriesSettings
from sim.rivals import RivalSettings
from sim.traders import fund
from sim.venue import SimVenue
from sim.world import World
from strategies import Scope, lookup

AUDIT_NS: Final = 3 * NS_PER_SECOND
"""How often the bot asks for what stands and what it traded: often, so that much is asked within a run."""
EVENT_S: Final = (40, 60, 120)
"""How long an event lasts."""
EVENT_FEES_BPS: Final = (0, 0, 300)
DEPTH_PERCENT: Final = (100, 100, 300)
"""Displayed beyond what is wanted, from which on all legs leave at once: with more than is there the thinnest goes first."""
CROWD: Final = CrowdSettings(news_s=2.0, left_ms=(100, 1_500))
"""Livelier than the demo's: in two minutes there must be windows, and some must close too early."""


SHAPES: Final = (
    ("BUY_ALL_YES", "BUY_NO_CONVERT", "BUY_NO_HOLD", "SPLIT_SELL_YES"),
    ("BUY_ALL_YES", "BUY_NO_HOLD"),
    ("BUY_NO_CONVERT",),
    ("SPLIT_SELL_YES",),
)
"""What is looked for in an event: a shape that is often best would hide the others."""
EVENTS: Final = 2
"""Open at the same time."""
MARKETS: Final = 2
"""Beside the events: with more of them market making would leave no room in the limits, with fewer there would be times at which it rests."""


class Kind(msgspec.Struct, frozen=True):
    """What the seed picks of an arbitrage run."""

    event_s: int
    fee_rate_bps: int
    depth_percent: int
    shapes: tuple[str, ...]


def kind_of(settings: Settings, seed: int) -> Kind | None:
    """Which arbitrage this seed trades; None: none."""
    if seed % 3 != 2 or not any(lookup(name).scope is Scope.EVENT for name in settings.strategy):
        return None
    dice = random.Random(f"{seed} arbitrage")  # noqa: S311 (a run repeats from its seed)
    return Kind(dice.choice(EVENT_S), dice.choice(EVENT_FEES_BPS), dice.choice(DEPTH_PERCENT), dice.choice(SHAPES))


def engine_of(settings: Settings, seed: int) -> EngineSettings:
    """What the engine is told in the run of this seed."""
    kind = kind_of(settings, seed)
    strategies = {}
    for name, given in settings.strategy.items():
        if lookup(name).scope is Scope.MARKET:
            strategies[name] = given
        elif kind is not None:
            picked = {"depth_percent": kind.depth_percent} | ({"shapes": kind.shapes} if name == "negrisk_arbitrage" else {})
            strategies[name] = {**picked, **given}
    told = engine_settings(msgspec.structs.replace(settings, strategy=strategies), f"{seed}-", digest=None, own_orders_in_book=True)
    return msgspec.structs.replace(told, audit_ns=AUDIT_NS)


def open_world(world: World, venue: SimVenue, settings: Settings, seed: int) -> None:
    """People with money, our account, the first markets, and in an arbitrage run the first events."""
    demo, kind = settings.demo, kind_of(settings, seed)
    fund(venue.exchange)
    venue.open_account(settings.account.cash_usd * 1_000_000, START_NS)
    window_ns = demo.window_s * NS_PER_SECOND
    count = demo.markets if kind is None else MARKETS
    markets = SeriesSettings(markets=count, window_ns=window_ns, fee_rate_bps=demo.fee_rate_bps, tick_pips=demo.tick_pips, seed=seed)
    MarketSeries(world, venue, markets).begin(START_NS)
    if kind is None:
        return
    fund_event_people(venue.exchange, demo.rivals)
    events = EventSeriesSettings(
        seed=seed,
        events=EVENTS,
        outcomes=demo.outcomes,
        window_ns=kind.event_s * NS_PER_SECOND,
        fee_rate_bps=kind.fee_rate_bps,
        crowd=CROWD,
        rivals=RivalSettings(count=demo.rivals),
    )
    EventSeries(world, venue, events).begin(START_NS)
