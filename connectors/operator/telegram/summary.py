"""The daily summary: when it is due, and what it says. Pure: it is told the time and the pictures.

A day is from one summary to the next. The daemon's counters run on, so the picture of the summary before is kept and subtracted; without one, or when
the daemon was started anew since, they count from its start, and the summary says so.
"""

from typing import Final

import msgspec

from connectors.operator.telegram.answers import near as near_words
from connectors.operator.telegram.answers import phase_words
from connectors.operator.telegram.markup import SAID_SIGNS_MAX, change, fit, foreign, moment, own, usd
from oms.values.panels import Arbitrage, Health, Inventory, Overview
from oms.values.units import NS_PER_DAY, NS_PER_SECOND, Nanos

_HOUR_NS: Final = 3_600 * NS_PER_SECOND
_NOTHING: Final = Overview(at_ns=0, verb="", phase="")
"""Where all counters begin."""
_NEAR_SIGNS: Final = 1_200
"""Of the near misses: the best few."""


class Pictures(msgspec.Struct, frozen=True):
    """What a summary is made of; what could not be had is None."""

    overview: Overview
    health: Health | None = None
    inventory: Inventory | None = None
    arbitrage: Arbitrage | None = None


def next_due_ns(after_ns: Nanos, hour_utc: int) -> Nanos:
    """The next time, strictly after, that the clock shows this full hour (UTC)."""
    today = after_ns // NS_PER_DAY * NS_PER_DAY + hour_utc * _HOUR_NS
    return today if today > after_ns else today + NS_PER_DAY


def summary(now: Pictures, before: Overview | None) -> str:
    """The day in words, as HTML."""
    view = now.overview
    base = before if before is not None and before.since_ns == view.since_ns else None
    since = f"the summary of {moment(base.at_ns)}" if base is not None else f"the daemon's start at {moment(view.since_ns)}"
    zero = base if base is not None else _NOTHING
    lines = [
        f"<b>Daily summary</b> ({own(view.verb)}), {moment(view.at_ns)}",
        f"now {phase_words(view)}",
        f"counted since {since}:",
        *_result(view, base),
        f"orders placed {view.placed - zero.placed:,}, fills {view.fills - zero.fills:,}, fees {usd(view.fees_micro - zero.fees_micro)}",
        f"settlements failed {view.settlements_failed - zero.settlements_failed:,}, open {view.settlements_open:,}",
        f"alerts {view.alerts - zero.alerts:,}",
        f"worst case from here: equity {usd(view.equity_worst_micro)}, paid in {usd(view.start_micro)}",
        f"books {view.books_live:,} live, {view.books_suspect:,} suspect, {view.books_stale:,} stale in {view.markets:,} markets",
        *([f"<b>OUR BOOKS DO NOT FIT THE VENUE'S</b>: {foreign(view.conserved, SAID_SIGNS_MAX)}"] if view.conserved else []),
        *_differences(now.inventory),
        *_hashes(now.health),
    ]
    if now.arbitrage is not None:
        lines += ["", fit(near_words(now.arbitrage).split("\n"), _NEAR_SIGNS)]
    return fit(lines)


def _result(view: Overview, base: Overview | None) -> list[str]:
    if view.equity_mark_micro is None:
        return [f"result unknown: a holding has no honest price; at worst equity is {usd(view.equity_worst_micro)}"]
    known = [f"{change(view.equity_mark_micro - view.start_micro)} since money was paid in"]
    if view.day_start_micro is not None:
        known = [f"{change(view.equity_mark_micro - view.day_start_micro)} since 00:00 UTC", *known]
    if base is not None and base.equity_mark_micro is not None:
        known = [f"<b>{change(view.equity_mark_micro - base.equity_mark_micro)}</b>", *known]
    return [f"result {', '.join(known)}; equity {usd(view.equity_mark_micro)}"]


def _differences(inventory: Inventory | None) -> list[str]:
    if inventory is None:
        return ["positions: not answered"]
    held = sum([1 for row in inventory.rows if row.confirmed_micro or row.provisional_micro])
    differing = [f"DIFFERS from the venue: {foreign(text, SAID_SIGNS_MAX)}" for text in inventory.differences[:5]]
    return [f"positions {held:,}, spent today {usd(inventory.day_spent_micro)}", *differing]


def _hashes(health: Health | None) -> list[str]:
    if health is None:
        return ["health: not answered"]
    closed = [foreign(row.name) for row in health.feeds if not row.is_open]
    return [
        f"book hashes {health.hash_agreed:,} of {health.hash_checked:,} agree, own gate refused {sum(health.refusals.values()):,}",
        *([f"feeds closed: {', '.join(closed[:10])}"] if closed else []),
    ]
