"""A journal's totals in the shape of the run report, and whether they agree with what the run itself concluded."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from oms.entries import Ending, Entry, RunRow
from oms.machines.ledger import CASH
from oms.report import evidence_parts, held_value_micro, run_report
from oms.state import State
from oms.values.commands import CommandsHash, Prepared
from oms.values.market import MarketId
from oms.values.record import BundleBody, DecisionBody
from oms.values.snapshot import Health
from oms.values.texts import one_line
from oms.values.units import NS_PER_SECOND, CashMicro, Nanos
from oms.values.views import LensView, MarketView, Picture

COMPARED: Final = (
    "orders", "fills", "cash", "marks", "books", "refused_by_gate", "oddities", "markets", "arbitrage", "conserved", "conservation",
    "events", "turns", "virtual_s", "seed", "config_hash", "commands", "commands_hash",
)  # fmt: skip
"""What a finished run concluded about itself and its journal must come to as well."""
_LENS_PARTS: Final = ("fills", "inferred", "result_worst_micro", "result_mark_micro")


class _Tape(msgspec.Struct):
    """What a run says of one tape, as far as a report reads it."""

    name: str | None = None
    kind: str | None = None
    trade_rule: str | None = None
    assumptions: list[str] | None = None
    frames: int = 0
    refused_frames: dict[str, int] | None = None
    bad_lines: int | None = None
    first_bad_line: str | None = None
    clamped_times: int | None = None
    not_read: dict[str, int] | None = None
    cut: str | None = None


class _Lens(msgspec.Struct):
    """What a run says of one lens, the same way."""

    fills: int
    inferred: int
    result_worst_micro: CashMicro
    result_mark_micro: CashMicro | None


class _Windows(msgspec.Struct):
    """What it says of windows that only it could know: those that were still open at its end, and all with them."""

    seen: int
    open: int


class _Bundles(msgspec.Struct):
    """What it says of bundles, the same way."""

    opened: int


class _Arbitrage(msgspec.Struct):
    """What it says of arbitrage, the same way."""

    windows: _Windows
    bundles: _Bundles
    near_misses: list[dict[str, Any]]


class _Said(msgspec.Struct):
    """What a run says of itself, as far as a report reads it: what it was about, and what it came to."""

    real: bool = False
    """Orders went to a venue that is not ours, so nobody simulated a fill."""
    notes: list[str] | None = None
    tapes: list[_Tape] | None = None
    strategies: dict[str, dict[str, Any]] | None = None
    limits: dict[str, Any] | None = None
    latency: dict[str, Any] | None = None
    lenses: dict[str, _Lens | str] | None = None
    arbitrage: _Arbitrage | None = None


class Tally:
    """What is counted while a journal is read, beside what the machines count."""

    def __init__(self, run: RunRow) -> None:
        self.run = run
        self.last_ns: Nanos = run.started_ns
        self.last_turn = 0
        self.entries = 0
        self.hash = CommandsHash()
        self.picture: Picture | None = None
        """The latest."""
        self.ages_ns: list[Nanos] = []
        """How old the books were at each decision that led to a command."""

    def hear(self, entry: Entry) -> None:
        """Take one entry in."""
        body = entry.body
        self.entries += 1
        self.last_ns, self.last_turn = entry.at_ns, entry.turn
        if isinstance(body, Prepared):
            self.hash.add(body.command)
        elif isinstance(body, Picture):
            self.picture = body
        elif isinstance(body, DecisionBody | BundleBody):
            self.ages_ns.append(entry.at_ns - body.oldest_ns)


def flaw_of_said(run: RunRow, ending: Ending) -> str:
    """Why no report can be made of what a run says of itself, in one line; empty when it can."""
    try:
        for said in (run.about, ending.conclusion or {}):
            msgspec.convert(said, _Said)
    except msgspec.ValidationError as error:
        return one_line(str(error))
    return ""


def totals(tally: Tally, state: State, views: Mapping[MarketId, MarketView], ending: Ending) -> dict[str, Any]:
    """The run report (report: 1) from the journal; what only the run itself could know comes from its conclusion, if it has one."""
    told = run_report(state)
    run, picture = tally.run, tally.picture
    told["cash"]["equity_mark_micro"] = equity_mark_micro(state, views)
    told["marks"] = _marks(state, views)
    told["books"] = {"health": _health(state, views), **_evidence(picture)}
    if picture is not None:
        told["refused_by_gate"] = picture.refusals
        told["oddities"] = picture.oddities
        told["conserved"] = picture.violation or True
        told["conservation"] = _conservation(picture)
    else:
        told["conserved"] = told["conservation"] = told["refused_by_gate"] = told["oddities"] = None
    told |= {
        "lenses": _lenses(picture.lenses) if picture is not None and picture.lenses else None,
        "latency_us": {"age_at_decision": _percentiles_us(tally.ages_ns)},
        "events": None if picture is None else picture.events,
        "turns": tally.last_turn if picture is None else picture.turns,
        "virtual_s": (tally.last_ns - run.started_ns) // NS_PER_SECOND,
        "seed": run.seed,
        "commit": run.commit_id,
        "config_hash": run.config_hash,
        "commands": tally.hash.count,
        "commands_hash": tally.hash.hexdigest(),
    }
    concluded = ending.conclusion or {}
    told["arbitrage"] = _arbitrage(told["arbitrage"], concluded.get("arbitrage"))
    told |= {key: part for key, part in concluded.items() if key not in told or (key == "lenses" and part is not None)}
    return told


def _arbitrage(folded: dict[str, Any] | None, concluded: dict[str, Any] | None) -> dict[str, Any] | None:
    """What bundles and closed windows come to. Windows that were open at the end and near misses are in no entry: the conclusion tells, or nobody."""
    if folded is None:  # a run that looked, and to which nothing happened, says so; its journal is silent
        return None if concluded is None or concluded["bundles"]["opened"] else concluded
    windows, near_misses = {**folded["windows"], "open": None}, None
    if concluded is not None:
        windows |= {key: concluded["windows"][key] for key in ("seen", "open")}
        near_misses = concluded["near_misses"]
    return {**folded, "windows": windows, "near_misses": near_misses}


def _conservation(picture: Picture) -> dict[str, int] | None:
    """How often two sets of books were held against each other; None: never, as in `live`, where the venue shows no books."""
    counts = {"statements_compared": picture.statements_compared, "full_recounts": picture.full_recounts}
    return counts if any(counts.values()) else None


def disagreement(told: Mapping[str, Any], concluded: Mapping[str, Any] | None) -> str:
    """The names of what the journal's sums and the run's own conclusion differ in, with both; empty when they agree or there is no conclusion."""
    if concluded is None:
        return ""
    differing = [key for key in COMPARED if told.get(key) != concluded.get(key)]
    found = [f"{key}: the journal comes to {told.get(key)}, the run said {concluded.get(key)}" for key in differing]
    return "; ".join(found)


def equity_mark_micro(state: State, views: Mapping[MarketId, MarketView]) -> CashMicro | None:
    """Cash, and holdings at the marks last seen; None as soon as one of them has none."""
    total = state.ledger.total(CASH)
    for market_id, desk in state.desks.items():
        if desk.payout is None:
            value = held_value_micro(state.inventory.held(desk.market.yes), state.inventory.held(desk.market.no), _mark(views.get(market_id)))
            if value is None:
                return None
            total += value
    return total


def _mark(view: MarketView | None) -> int | None:
    return None if view is None else view.mark_half_pips


def _marks(state: State, views: Mapping[MarketId, MarketView]) -> dict[str, int]:
    """As oms.report.marks, from pictures."""
    counts = {"live": 0, "old": 0, "none": 0}
    for market_id, desk in state.desks.items():
        view = views.get(market_id)
        if desk.payout is None and state.inventory.held(desk.market.yes) != state.inventory.held(desk.market.no):
            if view is None or view.mark_half_pips is None:
                counts["none"] += 1
            else:
                is_own = view.bid_pips < view.ask_pips and (view.bid_pips > 0 or view.ask_pips < 10_000)
                counts["live" if view.yes_health is Health.LIVE and is_own else "old"] += 1
    return counts


def _health(state: State, views: Mapping[MarketId, MarketView]) -> dict[str, int]:
    """As the run report has it: books of open markets by health, those of closed ones counted as such."""
    counts = {**{health.name: 0 for health in Health}, "CLOSED": 2 * state.past.markets}
    for market_id, desk in state.desks.items():
        view = views.get(market_id)
        if desk.closed or (view is not None and view.is_closed):
            counts["CLOSED"] += 2
        else:
            for health in (Health.STALE, Health.STALE) if view is None else (view.yes_health, view.no_health):
                counts[health.name] += 1
    return counts


def _evidence(picture: Picture | None) -> dict[str, Any]:
    if picture is None:
        return dict.fromkeys(evidence_parts(0, 0, 0, 0))
    return evidence_parts(picture.hash_checked, picture.hash_agreed, picture.mirror_judged, picture.mirror_agreed)


def _lenses(lenses: tuple[LensView, ...]) -> dict[str, Any]:
    return {lens.name: {part: getattr(lens, part) for part in _LENS_PARTS} for lens in lenses}


def _percentiles_us(ages_ns: list[Nanos]) -> dict[str, float] | None:
    if not ages_ns:
        return None
    ages = sorted(ages_ns)
    count = len(ages)
    return {
        "p50": round(ages[(count - 1) // 2] / 1e3, 1),
        "p99": round(ages[-(-count * 99 // 100) - 1] / 1e3, 1),  # the nearest rank, as the run itself counts: never the better neighbour
        "max": round(ages[-1] / 1e3, 1),
        "mean": round(sum(ages) / count / 1e3, 1),
    }
