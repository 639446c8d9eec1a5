"""Test words of runs of misfortune: one market-making bot under tight limits, and a run that ends at the first thing the auditor finds."""

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from config.assembly.chaos import Chaos
from config.settings import FOLDER, Settings, load
from oms.engine import Engine
from oms.state import EngineSettings
from sim.faults import Faults, Strike

Make = Callable[[EngineSettings], Engine]


def given_settings(loss_max_usd: int = 60) -> Settings:
    """Market making in markets of two minutes, and limits that the bot comes close to: so much in each market, twice as much in all."""
    limits = {"MARKET": loss_max_usd, "EVENT": loss_max_usd, "TOTAL": 2 * loss_max_usd}
    words = {f"STEELYARD__LIMITS__{name}_LOSS_MAX_USD": str(usd) for name, usd in limits.items()}
    return quoting_alone(load(FOLDER / "chaos.toml", words))


def quoting_alone(settings: Settings) -> Settings:
    """No arbitrage, whatever the seed."""
    return msgspec.structs.replace(settings, strategy={"market_making": settings.strategy["market_making"]})


class Caught(Exception):
    """The auditor found something."""


class Watched(Chaos):
    """A run that ends at the first violation."""

    def look(self, at_ns: int) -> None:
        """The auditor looks."""
        super().look(at_ns)
        if self.auditor.violations:
            raise Caught


def first_violation(chaos: Chaos) -> str:
    """What the auditor found first; empty when the run came to its end and all was well."""
    try:
        found = chaos.run().violations
    except Caught:
        chaos._bot.disk.abandon()
        found = tuple(chaos.auditor.violations)
    return found[0] if found else ""


def given_chaos(
    folder: Path,
    seed: int,
    *,
    rates: Mapping[str, float] | None = None,
    only: frozenset[Strike] | None = None,
    seconds: int = 50,
    make: Make = Engine,
    settings: Settings | None = None,
    kind: type[Watched] | None = None,
) -> Watched:
    """One seed, for as many seconds of faults; a journal of its own in `folder`."""
    faults, own_folder = Faults(seed, rates=rates, only=only), Path(tempfile.mkdtemp(dir=folder))
    return (kind or Watched)(settings or given_settings(), faults, own_folder, seconds=seconds, make=make)
