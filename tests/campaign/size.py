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
    recorded: bool = True
    """All recordings, not the shipped sample alone."""
    jobs: int = 2
    """Interpreters at once."""


QUICK: Final = Size(
    day_seconds=120, orders_seconds=600, soak_seconds=600, look_seconds=120, kept_seconds=60, ledger_events=2_000, lifecycle_trials=500,
    book_seeds=2, book_messages=300, games=1, examples=5, kill_points=3, recorded=False,
)  # fmt: skip
