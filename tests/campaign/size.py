"""How much the campaign does: in full, or as little as shows that every part works."""

from collections.abc import Callable
from typing import Final

import msgspec

DAY_SECONDS: Final = 86_400
SEED: Final = 7

Say = Callable[[str], None]
"""Shows how far it is."""


class Size(msgspec.Struct, frozen=True, kw_only=True):
    """How much is done of each part."""

    day_seconds: int = DAY_SECONDS
    orders_seconds: int = DAY_SECONDS
    soak_seconds: int = 3 * DAY_SECONDS
    look_seconds: int = 3_600
    """From one look at the memory of a soak to the next."""
    turn_p99_max_us: int = 5_000
    """Decisions fresher than this at p99 (design §8), on a machine that does nothing else."""
    kept_seconds: int = 600
    """Of a soak that keeps a journal."""
    ledger_events: int = 1_000_000
    lifecycle_trials: int = 300_000
    book_seeds: int = 200
    book_messages: int = 2_000
    games: int = 20
    """Seeds for each game of hypothesis."""
    examples: int = 200
    """Stories a seed."""
    kill_points: int = 200
    """Random facts at which a run dies, for a demo and a replay each."""
    kill_tries: int = 50
    """Of each route, with 500 open orders,"""
    kill_within_s: float = 2.0
    """of which 99 of 100 must be over and verified after so long."""
    dashboards: int = 100
    """Killed while a run goes on,"""
    watched_seconds: int = 1_800
    """of so many virtual seconds,"""
    watched_speed: float = 30.0
    """which pass so fast."""
    onlooker_window_s: float = 20.0
    """A paper daemon is looked at by nobody and by somebody in turn, so long each,"""
    onlooker_settle_s: float = 2.0
    """so long after they came or went,"""
    onlooker_markets: int = 50
    """with so many markets"""
    onlooker_rate: int = 1_000
    """and messages a second."""
    onlooker_screens: int = 100
    """So many of the screens, and as many at once."""
    onlooker_max_percent: float = 2.0
    """More than this of its processor time nobody who looks may cost."""
    socket_kills: int = 100
    """kill −9 of the bot, and as many of the exchange."""
    socket_patience: bool = True
    """Wait at the end until every order is decided, which takes half a minute."""
    three_seconds: int = 600
    """So long two bots and the official client trade with each other."""
    three_rate_min: float = 50.0
    """Orders a second of all three,"""
    three_client_rate: float = 20.0
    """of which the client sends so many."""
    coarse: bool = False
    """Small events on a grid that takes a second, not minutes."""
    random_events: int = 5_000
    """Of the part `arbitrage`."""
    arbitrage_runs: int = 10_000
    """Seeded runs of arbitrage against rivals."""
    arbitrage_seconds: int = 45
    """Virtual, of one of them."""
    flows: int = 100_000
    """Stories of market making and arbitrage on one wallet."""
    recorded: bool = True
    """All recordings, not the shipped sample alone."""
    jobs: int = 2
    """Interpreters at once."""


QUICK: Final = Size(
    day_seconds=120,
    orders_seconds=600,
    soak_seconds=600,
    look_seconds=120,
    turn_p99_max_us=1_000_000,
    kept_seconds=60,
    ledger_events=2_000,
    lifecycle_trials=500,
    book_seeds=2,
    book_messages=300,
    games=1,
    examples=5,
    kill_points=2,
    kill_tries=1,
    kill_within_s=30.0,
    dashboards=3,
    watched_seconds=150,
    watched_speed=15.0,
    onlooker_window_s=1.5,
    onlooker_settle_s=0.3,
    onlooker_markets=3,
    onlooker_rate=100,
    onlooker_screens=1,
    onlooker_max_percent=1_000.0,
    socket_kills=2,
    socket_patience=False,
    three_seconds=6,
    three_rate_min=5.0,
    three_client_rate=5.0,
    coarse=True,
    random_events=100,
    arbitrage_runs=6,
    flows=80,
    recorded=False,
)
"""Also on a machine that does other things at the same time."""
