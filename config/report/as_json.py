"""The report as JSON: the run report's own keys at the top (report: 1), so that readers of that one read this, and the history beside them."""

import json
from typing import Any

import msgspec

from oms.values.history import History


def as_json(history: History) -> str:
    """JSON text, the same for the same history. Letters that could turn the reading direction are written by number."""
    told: dict[str, Any] = msgspec.to_builtins(history)
    series = {name: told.pop(name) for name in ("equity", "health", "lenses", "markets")}
    totals = told.pop("totals")
    run = {name: told.pop(name) for name in ("run_id", "status", "schema", "first_ns", "last_ns")}
    return json.dumps({**totals, "run": run, **told, "series": series}, indent=1) + "\n"
