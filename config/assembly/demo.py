"""`demo`: the built-in exchange with seeded counterparties, market making, and a stream outage in the middle. No key, no network."""

import zlib
from functools import partial
from typing import Any, Final

from config.assembly.joined import Joined, Keep, Pace, Sight, told
from config.settings import Settings
from oms.values.orders import TradeId
from oms.values.units import NS_PER_SECOND, Nanos
from sim.event_series import EventSeries, EventSeriesSettings
from sim.event_series import fund as fund_event_people
from sim.exchange import Exchange
from sim.latency import Latency
from sim.market_series import MarketSeries, SeriesSettings
from sim.messenger import Messenger
from sim.rivals import RivalSettings
from sim.traders import fund
from sim.venue import QUIET_NS, SimVenue
from sim.world import MARKET, World

START_NS: Final[Nanos] = 1_767_225_600 * NS_PER_SECOND
"""Virtual time begins on 2026-01-01 00:00 UTC, whatever the clock says: a seed alone decides a demo."""


SYNTHETIC: Final = (
    "The flow is synthetic: noise, makers and an informed trader that we wrote ourselves. It can show that orders, fills, settlement and money are"
    " handled right; it cannot show that a strategy earns anything. The result means nothing about real markets."
)


def _fails(seed: int, failing_ppm: int, trade_id: TradeId) -> bool:
    """Whether this trade will not settle: decided by the seed and its name alone."""
    return zlib.crc32(f"{seed}/{trade_id}".encode()) * 1_000_000 < failing_ppm << 32


class Demo:
    """One demo run."""

    def __init__(self, settings: Settings, *, seed: int, seconds: int | None, keep: Keep | None = None) -> None:
        self.seconds = seconds
        self.world = World(START_NS)
        fails = partial(_fails, seed, settings.demo.failing_ppm)
        self.venue = SimVenue(self.world, Messenger(self.world, Latency(settings.latency, seed)), Exchange(), fails)
        self.joined = Joined(
            settings,
            seed,
            self.world,
            self.venue,
            Sight(digest=None, own_orders_in_book=True),
            keep=keep and told(keep, settings, notes=(SYNTHETIC,)),
        )
        fund(self.venue.exchange)
        self.venue.open_account(settings.account.cash_usd * 1_000_000, START_NS)
        demo = settings.demo
        self.series = MarketSeries(
            self.world,
            self.venue,
            SeriesSettings(
                markets=demo.markets,
                window_ns=demo.window_s * NS_PER_SECOND,
                fee_rate_bps=demo.fee_rate_bps,
                tick_pips=demo.tick_pips,
                seed=seed,
            ),
        )
        self.events = EventSeries(
            self.world,
            self.venue,
            EventSeriesSettings(
                seed=seed,
                events=demo.event_count,
                outcomes=demo.outcomes,
                window_ns=demo.window_s * NS_PER_SECOND,
                fee_rate_bps=demo.fee_rate_bps,
                rivals=RivalSettings(count=demo.rivals),
            ),
        )
        self.series.begin(START_NS)
        if demo.event_count:
            fund_event_people(self.venue.exchange, demo.rivals)
            self.events.begin(START_NS)
        if demo.outage_s:
            self._plan_outage(demo.outage_s)
        self._ask_witness(START_NS)

    def run(self, pace: Pace | None = None) -> dict[str, Any]:
        """Trade until the time is over or `pace` ends it, wind down, report."""
        self.joined.log.begins("demo", seed=self.joined.seed, seconds=self.seconds, config_hash=self.joined.settings.hash())
        until_ns = None if self.seconds is None else START_NS + self.seconds * NS_PER_SECOND
        self.joined.live(until_ns=until_ns, pace=pace)
        self.series.stop()
        self.events.stop()
        self.joined.wind_down("the demo is over")
        return self.joined.conclude(self.report())

    def report(self) -> dict[str, Any]:
        """The run report with what only the demo knows. The lenses judge recorded books; here fills are the exchange's own."""
        return {
            **self.joined.report(),
            "lenses": None,
            "demo": {"markets_paid": self.series.paid, "of_which_voided": self.series.voided, "market_facts_lost_in_outage": self.venue.frames_lost},
        }

    def _ask_witness(self, at_ns: Nanos) -> None:
        """Again and again: which quiet books are as they were told last? `paper` and `live` ask REST so."""
        self.venue.confirm_quiet(at_ns)
        self.world.at(at_ns + QUIET_NS, MARKET, self._ask_witness)

    def _plan_outage(self, outage_s: int) -> None:
        """In the middle of the run; without an end, after ten minutes."""
        middle_ns = START_NS + (self.seconds // 2 if self.seconds is not None else 600) * NS_PER_SECOND
        self.world.at(middle_ns, MARKET, lambda _now: self.venue.begin_outage(f"the demo's stream outage of {outage_s} s"))
        self.world.at(middle_ns + outage_s * NS_PER_SECOND, MARKET, lambda _now: self.venue.end_outage())
