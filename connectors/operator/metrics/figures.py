"""Every figure the daemon tells Prometheus, as data: its name, what it says, and where it is in a view.

Names follow prometheus.io/docs/practices/naming: our prefix, base units (seconds, bytes, usd, ratio), `_total` on what only grows,
`_timestamp_seconds` on moments. What can fall (money, fees with rebates) is a gauge. No label holds an order, a market or anything else without end:
a few sockets, reasons and states, at most LABELS_MAX of a kind. config/prometheus/alerts.yml and config/grafana/steelyard.json use these names, and a
test holds them together.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from oms.values.bundles import BundleEnd
from oms.values.panels import Arbitrage, Health, Overview, Topic
from oms.values.units import MICRO, NS_PER_SECOND

PREFIX: Final = "steelyard_"
LABELS_MAX: Final = 64
"""No label has more values than this: a series lives in Prometheus for weeks."""
OTHER: Final = "other"
PHASES: Final = ("starting", "syncing", "trading", "post-only", "paused", "halted")
ORDER_STATES: Final = ("resting", "unknown", "filled", "cancelled")
BUNDLE_ENDS: Final = tuple(end.name.lower() for end in BundleEnd)
_US_PER_SECOND: Final = 1_000_000
_MS_PER_SECOND: Final = 1_000

Values = Mapping[str, float | None]


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One name. `of` gives its value, or its values by label; None is not known."""

    name: str
    words: str
    of: Callable[[Any], float | Values | None]
    """Of the view of its topic."""
    is_counter: bool = False
    label: str = ""
    """Empty: it has no label."""
    always: tuple[str, ...] = ()
    """Values of the label that are there also while they are 0."""


def counter(name: str, words: str, of: Callable[[Any], float | None]) -> Figure:
    """What only grows, without a label."""
    return Figure(name=f"{PREFIX}{name}", words=words, of=of, is_counter=True)


def gauge(name: str, words: str, of: Callable[[Any], float | None]) -> Figure:
    """What goes up and down, without a label."""
    return Figure(name=f"{PREFIX}{name}", words=words, of=of)


def by(label: str, figure: Figure, of: Callable[[Any], Values], always: tuple[str, ...] = ()) -> Figure:
    """The same by label."""
    return msgspec.structs.replace(figure, label=label, of=of, always=always)


def usd(micro: int | None) -> float | None:
    """Dollars. Floats are what Prometheus takes; nothing is decided on them here."""
    return None if micro is None else micro / MICRO


def seconds(at_ns: int) -> float | None:
    """A moment in Unix seconds; 0 ns: it has not come."""
    return at_ns / NS_PER_SECOND if at_ns else None


def drawdown(view: Overview) -> float | None:
    """How far equity at the mark is below its peak, as a part of the peak."""
    if view.equity_mark_micro is None or view.peak_micro is None or view.peak_micro <= 0:
        return None
    return max(0.0, 1 - view.equity_mark_micro / view.peak_micro)


def stats(told: Mapping[str, float] | None) -> Values:
    """Microseconds → seconds."""
    return {name: None if told is None or name not in told else told[name] / _US_PER_SECOND for name in STATS}


def _none(_view: object) -> None:
    """Replaced in `by`."""


STATS: Final = ("p50", "p99", "max")
"""What is told of a duration. The label is not `quantile`, which belongs to summaries: these are since the process began."""

OVERVIEW: Final = (
    gauge("start_timestamp_seconds", "When this process began.", lambda v: seconds(v.since_ns)),
    by("phase", gauge("phase", "1 for the phase the session is in.", _none), lambda v: dict.fromkeys(PHASES, 0) | {v.phase: 1}, PHASES),
    counter("facts_total", "Facts taken in.", lambda v: v.events),
    counter("alerts_total", "Alerts raised for a person.", lambda v: v.alerts),
    gauge("books_agree", "1: our books fit the venue's; 0: they do not.", lambda v: 0 if v.conserved else 1),
    gauge("cash_free_usd", "Cash that may be spent.", lambda v: usd(v.cash_free_micro)),
    gauge("cash_pending_usd", "Cash set aside for orders under way.", lambda v: usd(v.cash_pending_micro)),
    gauge("paid_in_usd", "What was paid in.", lambda v: usd(v.start_micro)),
    gauge("fees_usd", "Fees paid, rebates taken off.", lambda v: usd(v.fees_micro)),
    gauge("equity_mark_usd", "Equity at the mark.", lambda v: usd(v.equity_mark_micro)),
    gauge("equity_worst_usd", "Equity if everything goes against us.", lambda v: usd(v.equity_worst_micro)),
    gauge("equity_peak_usd", "The highest equity at the mark.", lambda v: usd(v.peak_micro)),
    gauge("equity_day_start_usd", "Equity at the mark when this UTC day began.", lambda v: usd(v.day_start_micro)),
    gauge("drawdown_ratio", "How far equity at the mark is below its peak.", drawdown),
    counter("orders_placed_total", "Orders placed.", lambda v: v.placed),
    by(
        "state",
        gauge("orders", "Orders by what became of them; a late fill moves one from cancelled to filled, so none of them only grows.", _none),
        lambda v: {name: getattr(v, name) for name in ORDER_STATES},
        ORDER_STATES,
    ),
    counter("fills_total", "Fills.", lambda v: v.fills),
    gauge("settlements_open", "Trades that have not settled for good.", lambda v: v.settlements_open),
    gauge("markets_open", "Markets that are not over.", lambda v: v.markets),
    by(
        "health",
        gauge("books", "Books by what they may be used for.", _none),
        lambda v: {"live": v.books_live, "suspect": v.books_suspect, "stale": v.books_stale},
        ("live", "suspect", "stale"),
    ),
    gauge("near_misses", "Events that nearly pay.", lambda v: v.near),
    gauge("bundles_open", "Bundles in flight.", lambda v: v.bundles),
)

ARBITRAGE: Final = (
    counter("windows_seen_total", "Opportunities that were seen.", lambda v: v.seen),
    counter("windows_taken_total", "Opportunities that were taken.", lambda v: v.taken),
    by("reason", counter("windows_missed_total", "Opportunities that were not taken.", _none), lambda v: v.missed),
    by("end", counter("bundles_ended_total", "Bundles that ended.", _none), lambda v: v.ends, BUNDLE_ENDS),
    gauge("arbitrage_result_usd", "What ended bundles brought.", lambda v: usd(v.result_micro)),
)

HEALTH: Final = (
    gauge("loop_lag_seconds", "How late the latest round of the loop began.", lambda v: None if v.lag_ms is None else v.lag_ms / _MS_PER_SECOND),
    gauge("last_turn_timestamp_seconds", "When the latest turn was (of the run's own clock).", lambda v: seconds(v.last_turn_ns)),
    counter("turns_total", "Turns.", lambda v: v.turns),
    by("stat", gauge("turn_seconds", "A turn, since the start.", _none), lambda v: stats(v.turn_us), STATS),
    by(
        "stat",
        gauge("decision_age_seconds", "How old books were at decisions, since the start.", _none),
        lambda v: stats(v.age_us),
        STATS,
    ),
    by("stat", gauge("commit_seconds", "A commit of the journal, since the start.", _none), lambda v: stats(v.commit_us), STATS),
    gauge("memory_bytes", "Resident memory.", lambda v: v.memory_bytes),
    gauge("journal_bytes", "The journal's files.", lambda v: v.journal_bytes),
    gauge("disk_free_bytes", "Free where the journal is.", lambda v: v.disk_free_bytes),
    gauge("clock_offset_seconds", "Our clock less the venue's.", lambda v: None if v.clock_off_ms is None else v.clock_off_ms / _MS_PER_SECOND),
    by("feed", gauge("feed_open", "1: the socket is open.", _none), lambda v: {row.name: int(row.is_open) for row in v.feeds}),
    by(
        "feed",
        gauge("feed_last_message_timestamp_seconds", "When its last frame came.", _none),
        lambda v: {row.name: seconds(row.heard_ns) for row in v.feeds},
    ),
    by("feed", counter("feed_frames_total", "Frames.", _none), lambda v: {row.name: row.frames for row in v.feeds}),
    by("feed", counter("feed_reconnects_total", "Times it was opened again.", _none), lambda v: {row.name: row.reconnects for row in v.feeds}),
    by("budget", gauge("rate_budget_left", "What is left of a rate budget, in units of its limit.", _none), lambda v: v.budgets),
    counter("book_hashes_checked_total", "Book hashes that were checked.", lambda v: v.hash_checked),
    counter("book_hashes_agreed_total", "Book hashes that agreed.", lambda v: v.hash_agreed),
    counter("mirror_judged_total", "Times the two tokens of a market were compared.", lambda v: v.mirror_judged),
    counter("mirror_agreed_total", "Times they agreed.", lambda v: v.mirror_agreed),
    counter("settlements_done_total", "Trades that settled for good.", lambda v: v.settlements_done),
    counter("settlements_failed_total", "Trades that failed to settle.", lambda v: v.settlements_failed),
    by("kind", counter("oddities_total", "Things that should not happen, and were lived through.", _none), lambda v: v.oddities),
)


def figures_of(reasons: tuple[str, ...], guards: Mapping[str, int]) -> Mapping[Topic, tuple[Figure, ...]]:
    """All of them, by the topic whose view they are read from.

    Args:
        reasons: names of the gate's refusals, there also while they are 0.
        guards: guard → what it allows, in micro-dollars, of `drawdown` and `day loss`; 0 or missing: it is not set, and not told.
    """
    refusals = by("reason", counter("refusals_total", "Orders refused by our own gate.", _none), lambda v: v.refusals, reasons)
    names = tuple(name for name in ("drawdown", "day loss") if guards.get(name, 0) > 0)
    guard = by("guard", gauge("guard_ratio", "How far a guard is on its way: it halts at 1.", _none), lambda v: _guarded(v, guards, names))
    return {Topic.OVERVIEW: (*OVERVIEW, guard), Topic.ARBITRAGE: ARBITRAGE, Topic.HEALTH: (*HEALTH, refusals)}


def _guarded(view: Overview, guards: Mapping[str, int], names: tuple[str, ...]) -> Values:
    """Both judge the mark, so without an honest mark neither is known."""
    now, since = view.equity_mark_micro, {"drawdown": view.peak_micro, "day loss": view.day_start_micro}
    return {name: None if now is None or (before := since[name]) is None else max(0, before - now) / guards[name] for name in names}


TOPICS: Final = (Topic.OVERVIEW, Topic.ARBITRAGE, Topic.HEALTH)
KINDS: Final[Mapping[Topic, type]] = {Topic.OVERVIEW: Overview, Topic.ARBITRAGE: Arbitrage, Topic.HEALTH: Health}
"""The view of a topic."""
