"""What an engine is told once: its strategies, limits, patience, and what its source shows."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from oms.machines.guard import GuardLimits
from oms.machines.ladder import VIEW_DEPTH
from oms.machines.risk import Limits
from oms.values.bundles import EventSnapshot, Look
from oms.values.decisions import Decision
from oms.values.levels import BookDigest
from oms.values.snapshot import Snapshot
from oms.values.units import NS_PER_SECOND, Nanos

OVER_KEPT: Final = 100
"""Markets that closed and are kept in memory at least: hours of late facts, about 1 MB. When an older one goes is said in forgetting.py."""


class StrategyLine(msgspec.Struct, frozen=True, kw_only=True):
    """One strategy at work: a pure function and its parameters."""

    name: str
    evaluate: Callable[[Snapshot, Any], Decision]
    params: Any
    levels: int = VIEW_DEPTH
    """How deep into a book the strategy looks: changes below that do not ask it again. 0: only at the prices of the touch, not at its sizes."""
    remake: "Callable[[Mapping[str, object]], StrategyLine] | None" = None
    """The same strategy with these parameters changed; raises ValueError in words. None: they cannot be changed."""


class EventLine(msgspec.Struct, frozen=True, kw_only=True):
    """One strategy at work that looks at whole events: a pure function and its parameters."""

    name: str
    evaluate: Callable[[EventSnapshot, Any], Look]
    params: Any
    near_pips: int = 200
    """An event to which no more is missing is a near miss."""
    remake: "Callable[[Mapping[str, object]], EventLine] | None" = None
    """As in StrategyLine."""


class EngineSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What the engine is told once."""

    strategies: tuple[StrategyLine, ...] = ()
    event_strategies: tuple[EventLine, ...] = ()
    limits: Limits = Limits()
    guards: GuardLimits = GuardLimits()
    order_prefix: str = "0-"
    """Ids are prefix + counter: the seed, so that two runs of one seed agree."""
    place: str = "polymarket"
    digest: BookDigest | None = None
    hash_every: int = 64
    silence_ns: Nanos = 30 * NS_PER_SECOND
    """A book of which neither the stream nor a second witness said anything for this long is STALE. 0 = never."""
    reply_timeout_ns: Nanos = 5 * NS_PER_SECOND
    """After this long without an answer an order is UNKNOWN and asked about."""
    ask_again_ns: Nanos = 2 * NS_PER_SECOND
    audit_ns: Nanos = 0
    """The venue is asked for everything that stands and for our trades this often; 0: only when we are (back) in touch."""
    own_orders_in_book: bool = False
    """The source's books show our own resting orders (live, and the built-in exchange), so snapshots must leave them out."""
    evaluations_max: int = 500
    """Markets decided a turn; the rest waits for the next, so that a burst cannot starve fills."""
    over_kept: int = OVER_KEPT
    """Closed markets that stay in memory at least."""
