"""Is the daemon well? One verdict over the latest views, for /health: ok, degraded or dead, with the reasons.

Dead means: whoever restarts things should. The trading side has shown nothing for DEAD_S (it hangs; we are told by the thread beside it), or never
did for START_S. Degraded means: a person should look; restarting would not help.
"""

from typing import Final, Literal

import msgspec

from oms.values.panels import Health, Overview
from oms.values.units import NS_PER_SECOND

DEAD_S: Final = 15.0
START_S: Final = 1_800.0
"""So long a start may take before the first view: a journal of weeks is folded. As TimeoutStartSec of the unit."""
FEED_SILENT_S: Final = 60.0
_TRADES: Final = ("trading", "post-only")
_HTTP: Final = {"ok": 200, "degraded": 200, "dead": 503}


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What /health says, as JSON."""

    status: Literal["ok", "degraded", "dead"]
    why: tuple[str, ...]
    version: str
    commit: str
    verb: str
    phase: str
    picture_age_s: float | None
    """Since the trading side last showed anything; None: it never did."""
    turn_age_s: float | None
    """Since its latest turn; None: there was none, or it is not known."""

    @property
    def code(self) -> int:
        """The HTTP status."""
        return _HTTP[self.status]


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What was shown so far."""

    overview: Overview | None
    health: Health | None
    age_s: float
    """Since the latest of them, or, without any, since we listen. Seconds of a clock that does not jump."""


def judge(seen: Seen, version: str, commit: str, verb: str) -> Verdict:
    """The verdict."""
    overview, health = seen.overview, seen.health
    has_shown = overview is not None or health is not None
    dead = f"the trading side has shown nothing for {seen.age_s:.0f} s" if seen.age_s > (DEAD_S if has_shown else START_S) else ""
    why = [dead] if dead else [*_of_overview(overview), *_of_health(health)]
    return Verdict(
        status="dead" if dead else "degraded" if why else "ok",
        why=tuple(why),
        version=version,
        commit=commit,
        verb=verb,
        phase="starting" if overview is None else overview.phase,
        picture_age_s=round(seen.age_s, 3) if has_shown else None,
        turn_age_s=_turn_age_s(health, seen.age_s),
    )


def _turn_age_s(health: Health | None, age_s: float) -> float | None:
    """By the run's own clock up to the view (it may be virtual), by ours since then."""
    if health is None or not health.last_turn_ns:
        return None
    return round(max(0, health.at_ns - health.last_turn_ns) / NS_PER_SECOND + age_s, 3)


def _of_overview(view: Overview | None) -> list[str]:
    if view is None:
        return ["starting"]
    why = [] if view.phase in _TRADES else [f"{view.phase}{f': {view.why}' if view.why else ''}"]
    if view.conserved:
        why.append(f"books disagree: {view.conserved}")
    if view.unknown:
        why.append(f"{view.unknown} orders are unknown")
    if view.markets and not view.books_live:
        why.append("no book is live")
    return why


def _of_health(view: Health | None) -> list[str]:
    """Sockets. What a venue wrote is not repeated: /health may be read by anything."""
    why = []
    for row in view.feeds if view is not None else ():
        if not row.is_open:
            why.append(f"feed {row.name} is closed")
        elif view is not None and row.heard_ns and view.at_ns - row.heard_ns > FEED_SILENT_S * NS_PER_SECOND:
            why.append(f"feed {row.name} is silent for {(view.at_ns - row.heard_ns) / NS_PER_SECOND:.0f} s")
    return why
