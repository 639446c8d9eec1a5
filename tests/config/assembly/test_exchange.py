"""The bazaar: markets of both generations side by side, each followed by a new one, alive as long as a crowd is wanted."""

import pytest

from config.assembly.exchange import FIRST_SERIES, GENERATIONS, Bazaar, Truths, series_of
from oms.values.market import Payout
from oms.values.units import MICRO, NS_PER_SECOND, Nanos
from sim.gateway.host import Host
from sim.gateway.records import HostSettings
from sim.listing import MarketState
from sim.market_series import SeriesSettings
from tests.words import NOON_NS

WINDOW_S = 600


class Site:
    """A bazaar with a clock we hold."""

    def __init__(self, *, traders: bool = True, seed: int = 7, markets: int = 3) -> None:
        self.at_ns: Nanos = NOON_NS
        self.truths = Truths()
        self.host = Host(lambda: self.at_ns, HostSettings(seed=seed), resolver=self.truths.payout)
        settings = SeriesSettings(markets=markets, window_ns=WINDOW_S * NS_PER_SECOND, fee_rate_bps=700, tick_pips=100, seed=seed)
        self.bazaar = Bazaar(self.host, self.truths, settings, traders=traders)
        self.bazaar.begin()

    def passes(self, seconds: int) -> None:
        for _ in range(seconds):
            self.at_ns += NS_PER_SECOND
            self.host.run_due(self.at_ns)


def test_both_generations_are_open_at_once_and_end_spread_over_one_window() -> None:
    site = Site()
    markets = site.bazaar.open_markets()
    assert [market.generation for market in markets] == [*GENERATIONS, GENERATIONS[0]]
    assert [(market.end_ns or 0) - NOON_NS for market in markets] == [WINDOW_S * NS_PER_SECOND * part // 3 for part in (1, 2, 3)]
    assert len({market.fee for market in markets}) == 1
    assert markets[0].fee.rate_bps == 700


def test_each_market_is_followed_by_another_and_pays_what_its_hidden_walk_says_once() -> None:
    site = Site(traders=False, markets=2)
    first = site.bazaar.open_markets()[0]
    site.passes(WINDOW_S // 2 + 60)
    markets = site.bazaar.open_markets()
    assert (len(markets), first in markets) == (2, False)
    assert site.host.state(first.market_id) is MarketState.RESOLVED
    payout = site.host.payouts[first.market_id]
    assert payout in (Payout(yes_ppm=1_000_000, no_ppm=0), Payout(yes_ppm=0, no_ppm=1_000_000))
    assert site.truths.payout(first.market_id, site.at_ns) is None
    newest = markets[-1]
    assert newest.generation == first.generation
    assert newest.end_ns == (first.end_ns or 0) + WINDOW_S * NS_PER_SECOND


def test_the_markets_of_a_line_are_windows_of_one_series() -> None:
    site = Site(traders=False, markets=2)
    site.passes(WINDOW_S + 1)
    numbers = [listed.terms.series.number for listed in site.host.listed.values() if listed.terms.series is not None]
    assert numbers == [str(FIRST_SERIES + line) for line in (0, 1, 0, 1)]


@pytest.mark.parametrize(("window_s", "name"), [(30, "30s"), (90, "90s"), (300, "5m"), (3_600, "hourly"), (86_400, "daily")])
def test_a_series_says_how_long_its_windows_are(window_s: int, name: str) -> None:
    settings = SeriesSettings(markets=1, window_ns=window_s * NS_PER_SECOND, fee_rate_bps=0, tick_pips=100, seed=7)
    assert series_of(0, settings).recurrence == name


def test_a_crowd_makes_books_prices_and_trades_and_without_one_nothing_moves() -> None:
    alive, quiet = Site(), Site(traders=False)
    for site in (alive, quiet):
        site.passes(30)
    assert alive.host.last_trades
    assert all(alive.host.exchange.listings[market.market_id].standing for market in alive.bazaar.open_markets())
    assert quiet.host.last_trades == {}
    assert not any(quiet.host.exchange.listings[market.market_id].standing for market in quiet.bazaar.open_markets())
    assert alive.host.exchange.audit() is None


def test_one_seed_is_one_bazaar_and_another_is_another() -> None:
    prices = []
    for seed in (7, 7, 8):
        site = Site(seed=seed)
        site.passes(30)
        prices.append([*site.host.last_trades.values()])
    assert prices[0] == prices[1] != prices[2]


def test_a_newcomers_money_is_not_the_crowds() -> None:
    site = Site()
    account = site.host.open_wallet("0x" + "19" * 20)
    assert site.host.exchange.account(account).cash.available_micro == 10_000 * MICRO
    site.passes(20)
    assert site.host.exchange.account(account).cash.available_micro == 10_000 * MICRO
