"""Windows in figures: one row for each kind of recording, with and without fees, for people; the same by direction as JSON, a line each."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec

from oms.values.orders import Side
from oms.values.units import MICRO, NS_PER_MS
from tests.campaign.windows_verdict import LATENCIES_MS, Verdict, Window

TOGETHER: Final = "all"
_SAID: Final = {Side.BUY: "asks below a dollar", Side.SELL: "bids above a dollar"}
_SHORT: Final = {
    Verdict.HALF_TOLD: "half",
    Verdict.WITHIN_TURN: "turn",
    Verdict.UNPAIRED: "unpaired",
    Verdict.DISAGREED: "disagree",
    Verdict.CONSISTENT: "crossed",
    Verdict.OUTCOMES: "outcomes",
}
LEGEND: Final = "\n".join(
    [
        *(f"{word:<10}{verdict.value}" for verdict, word in _SHORT.items()),
        "seen      there when a turn was over; believed: and no book was doubted, so that a strategy could have acted on it",
        "alive     so many ms later still there with its size, by our clock; in brackets those that were believed",
        "heard     of those alive after the longest of these times: something was heard of the books in between",
    ]
)


class Sum(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of recording, with or without fees."""

    kind: str
    fees: str
    windows: tuple[Window, ...]

    def figures(self, side: Side | None = None) -> dict[str, Any]:
        """Everything there is to say, for one direction or both."""
        found = [window for window in self.windows if side in (None, window.side)]
        verdicts = Counter(window.verdict for window in found)
        return {
            "kind": self.kind,
            "fees": self.fees,
            "what": "both" if side is None else _SAID[side],
            "windows": len(found),
            "torn": sum(window.verdict.is_torn for window in found),
            "verdicts": {_SHORT[verdict]: verdicts[verdict] for verdict in _SHORT},
            "seen_by_a_turn": sum(window.at_turn for window in found),
            "believed": sum(window.believed for window in found),
            "cut": sum(window.cut for window in found),
            "life_ms": spread([window.life_ns / NS_PER_MS for window in found]),
            "exchange_life_ms": spread([window.exchange_life_ns / NS_PER_MS for window in found]),
            "believed_life_ms": spread([window.life_ns / NS_PER_MS for window in found if window.believed]),
            "edge_pips": spread([window.edge_pips for window in found]),
            "sets": spread([window.sets_micro / MICRO for window in found]),
            "alive": {str(ms): sum(window.survived[at] for window in found) for at, ms in enumerate(LATENCIES_MS)},
            "alive_and_believed": {str(ms): sum(window.survived[at] and window.believed for window in found) for at, ms in enumerate(LATENCIES_MS)},
            "alive_and_heard_of": {str(ms): sum(window.retold[at] for window in found) for at, ms in enumerate(LATENCIES_MS)},
        }


def spread(values: Iterable[float]) -> dict[str, float] | None:
    """Half of them are no more than p50, nine in ten no more than p90; None: there is nothing."""
    ordered = sorted(values)
    if not ordered:
        return None
    ranks = {name: -(-len(ordered) * percent // 100) - 1 for name, percent in (("p50", 50), ("p90", 90), ("max", 100))}
    return {name: round(ordered[rank], 3) for name, rank in ranks.items()}


def as_text(sums: Sequence[Sum]) -> str:
    """The table for people."""
    head = f"{'':<8}{'fees':<8}{'windows':>8}" + "".join(f"{word:>9}" for word in _SHORT.values())
    head += f"{'seen':>6}{'believed':>9}{'alive ' + '/'.join(map(str, LATENCIES_MS)) + ' ms':>30}{'heard':>6}"
    lives = f"{'':<8}{'fees':<8}{'life ms p50/p90/max':>28}{'by exchange time':>28}{'sets p50/p90/max':>26}{'edge in pips':>20}"
    rows = [one.figures() for one in sums]
    return "\n".join([head, *map(_counts, rows), "", lives, *(_spreads(row) for row in rows if row["windows"]), "", LEGEND])


def as_json(sums: Sequence[Sum]) -> str:
    """A line for each kind, fees and direction."""
    return "\n".join(json.dumps(one.figures(side)) for one in sums for side in Side)


def _counts(row: dict[str, Any]) -> str:
    verdicts = "".join(f"{count:>9,}" for count in row["verdicts"].values())
    alive = " / ".join(f"{count} ({believed})" for count, believed in zip(row["alive"].values(), row["alive_and_believed"].values(), strict=True))
    heard = row["alive_and_heard_of"][str(LATENCIES_MS[-1])]
    return f"{row['kind']:<8}{row['fees']:<8}{row['windows']:>8,}{verdicts}{row['seen_by_a_turn']:>6,}{row['believed']:>9,}{alive:>30}{heard:>6,}"


def _spreads(row: dict[str, Any]) -> str:
    told = (("life_ms", 28), ("exchange_life_ms", 28), ("sets", 26), ("edge_pips", 20))
    texts = [" / ".join(f"{value:g}" for value in row[name].values()).rjust(width) for name, width in told]
    return f"{row['kind']:<8}{row['fees']:<8}" + "".join(texts)
