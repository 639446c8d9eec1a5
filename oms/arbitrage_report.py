"""What became of arbitrage in a run: windows taken and missed, bundles by their ends, how often legs filled. Parts add up by construction."""

from typing import Any, Final

import msgspec

from oms.machines.buckets import Buckets
from oms.state import State
from oms.values.bundles import BundleEnd
from oms.values.orders import Lifetime

NEAR_MAX: Final = 10
"""Near misses that are told."""


def arbitrage(state: State) -> dict[str, Any] | None:
    """The section of the run report; None: nobody looked for any (ruling 2.16)."""
    bundles, windows = state.bundles, state.windows
    if not state.settings.event_strategies and not bundles.count and not windows.seen:
        return None
    return {
        "windows": {
            "seen": windows.seen,
            "taken": windows.taken,
            "missed": dict(sorted(windows.missed.items())),
            "open": len(windows.open),
            "lifetime_ms": _spread(windows.lifetimes_ms),
            "edge_pips": _spread(windows.edges_pips),
            "days": [{"utc_day": number, **msgspec.to_builtins(day)} for number, day in windows.days.items()],
        },
        "bundles": {
            "opened": bundles.count,
            **{end.name.lower(): bundles.ends[end] for end in BundleEnd},
            "in_flight": len(bundles.in_flight),
        },
        "result_micro": bundles.result_micro,
        "result_by_end_micro": {end.name.lower(): bundles.results[end] for end in BundleEnd},
        "worst_micro": bundles.worst_micro,
        "legs": {
            lifetime.name.lower(): {"sent": sent, "filled_whole": whole, "filled_in_part": part}
            for lifetime, (sent, whole, part) in ((lifetime, bundles.legs[lifetime]) for lifetime in (Lifetime.FOK, Lifetime.FAK))
        },
        "near_misses": [
            {
                "event_id": near.event_id,
                "strategy": near.strategy,
                "shape": near.shape.name,
                "edge_pips": near.edge_pips,
                "raw_pips": near.raw_pips,
                "why": near.why,
            }
            for near, _ in zip(state.watch.nearest(), range(NEAR_MAX), strict=False)
        ],
    }


def _spread(of: Buckets) -> dict[str, int | None]:
    """None: no window has closed."""
    return {"p50": of.percentile(50), "p90": of.percentile(90), "most": of.most if of.count else None}
