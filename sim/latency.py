"""How long things take, drawn from a seed: our order to the venue, the venue's word back, market data to us, settlement after a match.

Never zero: a command cannot act at its own instant (ruling 2.6). The defaults are the 100–300 ms between data and confirmation that a bot far from
the matching engine sees (requirement 4.14), and the few seconds a Polygon settlement takes.
"""

import random

import msgspec

from oms.values.units import NS_PER_MS, Nanos


class LatencySettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Ranges in milliseconds, each drawn uniformly."""

    order_ms: tuple[int, int] = (60, 180)
    """Decision → the venue acts."""
    reply_ms: tuple[int, int] = (40, 120)
    """The venue acts → we know."""
    market_data_ms: tuple[int, int] = (5, 40)
    """The venue's book moves → we know (built-in exchange only; a recording has its own times)."""
    mined_ms: tuple[int, int] = (1_500, 4_000)
    """Match → mined."""
    confirmed_ms: tuple[int, int] = (2_000, 6_000)
    """Mined → confirmed."""

    def __post_init__(self) -> None:
        for name in self.__struct_fields__:
            low, high = getattr(self, name)
            if not 1 <= low <= high <= 600_000:
                raise ValueError(f"{name} must be two numbers from 1 to 600000, the smaller first, not [{low}, {high}]")


class Latency:
    """Draws; every kind from a generator of its own, so that one more order does not change how long a settlement takes."""

    def __init__(self, settings: LatencySettings, seed: int) -> None:
        self._settings = settings
        self._generators = {name: random.Random(f"{seed} latency {name}") for name in settings.__struct_fields__}

    def draw_ns(self, kind: str) -> Nanos:
        """A delay of this kind (a field name of LatencySettings), above zero."""
        low, high = getattr(self._settings, kind)
        return self._generators[kind].randint(low * NS_PER_MS, high * NS_PER_MS)
