"""Exchange, crowd, markets and engine together, as `demo` runs them: conserved, repeatable, through an outage, bounded."""

import gc
import os
import subprocess
import sys
from pathlib import Path

import pytest

from config.assembly.demo import START_NS, Demo
from config.settings import AccountSettings, DemoSection, Settings
from oms.values.events import CancelDone, ContinuityLost, Event, Filled, MarketResolved
from oms.values.orders import Side
from oms.values.snapshot import Health
from oms.values.units import NS_PER_SECOND, Nanos
from sim.market_series import VOID_EVERY
from sim.traders import Crowd
from sim.world import MARKET

ROOT = Path(__file__).resolve().parents[2]
SECONDS, OUTAGE_S, MARKETS, WINDOW_S = 480, 20, 3, 120
SETTINGS = Settings(account=AccountSettings(cash_usd=1_000), demo=DemoSection(markets=MARKETS, window_s=WINDOW_S, outage_s=OUTAGE_S))


class Watched:
    """One demo with eyes on it."""

    def __init__(self) -> None:
        self.demo = Demo(SETTINGS, seed=11, seconds=SECONDS)
        self.heard: list[tuple[Nanos, Event]] = []
        self.open_orders: list[tuple[int, int]] = []
        self.books: list[tuple[int, list[Health]]] = []
        self.kept: list[tuple[int, int, int]] = []
        self.demo.joined.watchers.append(lambda event, at_ns: self.heard.append((at_ns, event)))
        for second in range(5, SECONDS, 5):
            self.demo.world.at(START_NS + second * NS_PER_SECOND, MARKET, self._look)
        self.report = self.demo.run()

    def _look(self, at_ns: Nanos) -> None:
        state, venue = self.demo.joined.engine.state, self.demo.venue
        second = (at_ns - START_NS) // NS_PER_SECOND
        self.open_orders.append((second, state.blotter.open_count))
        open_desks = [desk for desk in state.desks.values() if not desk.closed]
        self.books.append((second, [book.health for desk in open_desks for book in (desk.yes, desk.no)]))
        if second % 60:
            return
        gc.collect()
        crowds = sum(isinstance(one, Crowd) and one._venue is venue for one in gc.get_objects())
        self.kept.append((len(venue._open_markets), len(venue._shares), crowds))

    def during(self, first_s: int, last_s: int, *kinds: type) -> list[Event]:
        return [event for at_ns, event in self.heard if first_s <= (at_ns - START_NS) / NS_PER_SECOND < last_s and isinstance(event, kinds)]


@pytest.fixture(scope="module")
def watched() -> Watched:
    return Watched()


def test_money_is_conserved_movement_by_movement(watched: Watched) -> None:  # ruling 0.8, 2.13
    assert watched.report["conserved"] is True
    told = sum(isinstance(event, Filled | MarketResolved) for _, event in watched.heard)
    assert watched.report["conservation"]["statements_compared"] == told + 1, "each movement of money, and the deposit"
    assert not watched.report["oddities"]


def test_orders_are_placed_filled_on_both_sides_and_cancelled(watched: Watched) -> None:  # req 2.57, 2.58
    orders = watched.report["orders"]
    assert min(orders["placed"], orders["filled"], orders["cancelled"]) > 0
    parts = ("filled", "cancelled", "expired", "rejected", "failed", "resting", "unknown")
    assert orders["placed"] == sum(orders[part] for part in parts)
    assert all(watched.demo.joined.engine.state.fills_by[outcome, side.value] for outcome in ("YES", "NO") for side in Side)
    assert orders["resting"] == orders["unknown"] == 0, "after the end nothing stands"


def test_an_outage_makes_books_stale_cancels_orders_and_trading_goes_on_after_it(watched: Watched) -> None:  # ruling 2.8
    begin, end = SECONDS // 2, SECONDS // 2 + OUTAGE_S
    assert len(watched.during(begin, begin + 1, ContinuityLost)) == 1
    assert dict(watched.books)[begin + 10] == [Health.STALE] * (2 * MARKETS)
    assert dict(watched.open_orders)[begin - 5] > 0
    assert dict(watched.open_orders)[begin + 10] == 0
    assert watched.during(begin, begin + 5, CancelDone)
    assert dict(watched.books)[end + 5] == [Health.LIVE] * (2 * MARKETS)
    assert dict(watched.open_orders)[end + 10] > 0
    assert watched.during(end, SECONDS, Filled)
    assert watched.demo.venue.frames_lost > 0


def test_every_market_pays_by_its_truth_and_a_voided_one_pays_half(watched: Watched) -> None:
    series = watched.demo.series
    resolved = [event for _, event in watched.heard if isinstance(event, MarketResolved)]
    voided = [event.market_id for event in resolved if event.payout.yes_ppm == 500_000]
    assert voided == [f"demo-{VOID_EVERY * (number + 1)}" for number in range(series.voided)]
    assert voided
    assert {event.payout.yes_ppm for event in resolved} == {0, 500_000, 1_000_000}
    assert series.paid == len(resolved)
    assert len({event.market_id for event in resolved}) == len(resolved)


def test_what_is_kept_of_markets_does_not_grow_with_time(watched: Watched) -> None:  # req 2.57
    for open_markets, tokens, crowds in watched.kept:
        assert open_markets <= 2 * MARKETS, "open, and closed ones that wait for their payout"
        assert tokens <= 4 * MARKETS
        assert crowds <= 2 * MARKETS
    assert not watched.demo.venue.statements


def _told(seed: int, hash_seed: str) -> str:
    code = (
        "import json\n"
        "from config.assembly.demo import Demo\n"
        "from config.settings import DemoSection, Settings\n"
        f"report = Demo(Settings(demo=DemoSection(window_s=120)), seed={seed}, seconds=90).run()\n"
        "print(json.dumps([report[key] for key in ('commands_hash', 'commands', 'events', 'turns', 'cash')]))"
    )
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=True)
    return done.stdout


def test_a_seed_decides_everything_in_any_interpreter() -> None:  # ruling 0.7
    first = _told(5, "1")
    assert first == _told(5, "4242")
    assert first != _told(6, "1")
