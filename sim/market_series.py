"""Markets that come and go on the built-in exchange: each opens, is traded by a crowd, closes at its end, and pays a while later by its hidden truth.

Several run side by side, their ends staggered; each is followed by a new one. Every `VOID_EVERY`th is voided, which pays half a dollar a share, so
that every way a market can end is part of every long run.
"""

from typing import Final

import msgspec

from oms.values.market import FeeCurve, Market, Payout
from oms.values.units import MICRO, NS_PER_SECOND, Nanos, Pips
from sim.latent import Latent
from sim.traders import Crowd
from sim.venue import SimVenue
from sim.world import MARKET, World

VOID_EVERY: Final = 9
PAYS_AFTER_NS: Final = 60 * NS_PER_SECOND


class SeriesSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What kind of markets, and how many at a time."""

    markets: int
    window_ns: Nanos
    fee_rate_bps: int
    tick_pips: Pips
    seed: int


class MarketSeries:
    """Opens the next market of each line when the one before it closes."""

    def __init__(self, world: World, venue: SimVenue, settings: SeriesSettings) -> None:
        self._world = world
        self._venue = venue
        self._settings = settings
        self._count = 0
        self._stopped = False
        self.voided = 0
        self.paid = 0

    def stop(self) -> None:
        """Open no further markets; those that are open go on to their ends."""
        self._stopped = True

    def begin(self, at_ns: Nanos) -> None:
        """Open the first market of each line; their first ends are spread over one window."""
        settings = self._settings
        for line in range(settings.markets):
            self._open(at_ns, at_ns + settings.window_ns * (line + 1) // settings.markets)

    def _open(self, at_ns: Nanos, end_ns: Nanos) -> None:
        self._count += 1
        number, settings = self._count, self._settings
        name = f"demo-{number}"
        market = Market(
            market_id=name,
            title=f"Demo market {number}: will the hidden walk end above zero?",
            yes=f"{name}:YES",
            no=f"{name}:NO",
            tick_pips=settings.tick_pips,
            min_shares_micro=5 * MICRO,
            fee=FeeCurve(rate_bps=settings.fee_rate_bps),
            end_ns=end_ns,
        )
        seed = f"{settings.seed} {name}"
        latent = Latent(seed, at_ns, end_ns)
        self._venue.list_market(market, at_ns)
        Crowd(self._world, self._venue, market, latent, seed).open(at_ns)
        self._world.at(end_ns, MARKET, lambda now_ns: self._close(market, latent, number, now_ns))

    def _close(self, market: Market, latent: Latent, number: int, at_ns: Nanos) -> None:
        self._venue.act(lambda exchange: exchange.close(market.market_id, at_ns), at_ns)
        self._world.at(at_ns + PAYS_AFTER_NS, MARKET, lambda now_ns: self._pay(market, latent, number, now_ns))
        if not self._stopped:
            self._open(at_ns, at_ns + self._settings.window_ns)

    def _pay(self, market: Market, latent: Latent, number: int, at_ns: Nanos) -> None:
        self.paid += 1
        if number % VOID_EVERY == 0:
            self.voided += 1
            self._venue.act(lambda exchange: exchange.void(market.market_id, at_ns), at_ns)
            return
        yes_ppm = 1_000_000 if latent.outcome_is_yes() else 0
        payout = Payout(yes_ppm=yes_ppm, no_ppm=1_000_000 - yes_ppm)
        self._venue.act(lambda exchange: exchange.resolve(market.market_id, payout, at_ns), at_ns)
