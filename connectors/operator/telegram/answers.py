"""The daemon's pictures in words, as HTML for a chat: one function a picture. Nothing here asks, decides or knows the time."""

from collections.abc import Iterable
from typing import Final

from connectors.operator.telegram.markup import SAID_SIGNS_MAX, change, fit, foreign, hour, moment, own, price, shares, span, usd
from oms.values.panel_rows import AlertRow, FillRow, HoldingRow, NearRow, OrderRow
from oms.values.panels import Alerts, Arbitrage, Fills, Health, Inventory, Orders, Overview
from oms.values.units import micro_text

ROWS_MAX: Final = 25
"""Of one kind: more is no longer read on a telephone, and the dashboard has all of them."""
_NAMED_MAX: Final = 8
"""Refusals and oddities by name; the rest is summed."""
_HALF_PIP_MICRO: Final = 50


def phase_words(view: Overview) -> str:
    """The one word that matters most, and why."""
    return f"<b>{own(view.phase.upper())}</b>" + (f": {foreign(view.why, SAID_SIGNS_MAX)}" if view.why else "")


def status(view: Overview) -> str:
    """May we trade, what are we worth, is anything wrong."""
    lines = [
        f"{phase_words(view)} ({own(view.verb)}, up {span(view.at_ns - view.since_ns)})",
        f"equity {usd(view.equity_mark_micro)} at the mark, {usd(view.equity_worst_micro)} at worst",
        *_results(view),
        f"cash {usd(view.cash_free_micro)} free, {usd(view.cash_pending_micro)} set aside",
        f"orders {view.placed:,} placed, {view.filled:,} filled, {view.cancelled:,} cancelled, {view.resting:,} resting, {view.unknown:,} unknown",
        f"fills {view.fills:,}, settlements {view.settlements_open:,} open, {view.settlements_failed:,} failed",
        f"books {view.books_live:,} live, {view.books_suspect:,} suspect, {view.books_stale:,} stale in {view.markets:,} markets",
        f"near misses {view.near:,}, bundles in flight {view.bundles:,}, alerts {view.alerts:,}",
        *_differ(view),
        f"as of {moment(view.at_ns)}, version {own(view.version or '?')} {own(view.commit[:12])}",
    ]
    return fit(lines)


def result(view: Overview) -> str:
    """What it has brought so far."""
    lines = [
        f"<b>Result</b> ({own(view.verb)}), as of {moment(view.at_ns)}",
        *_results(view),
        f"equity {usd(view.equity_mark_micro)} at the mark, {usd(view.equity_worst_micro)} if everything goes against us",
        f"paid in {usd(view.start_micro)}, fees {usd(view.fees_micro)}, {view.fills:,} fills",
        *_fallen(view),
        *_differ(view),
    ]
    return fit(lines)


def positions(view: Inventory) -> str:
    """Everything held, and the worst case."""
    held = [row for row in view.rows if row.confirmed_micro or row.provisional_micro or row.resting_sell_micro or row.resting_buy_micro]
    lines = [
        f"<b>Positions</b> {len(held):,}, as of {moment(view.at_ns)}",
        f"cash {usd(view.cash_free_micro)} free, {usd(view.cash_pending_micro)} set aside; worst case {usd(view.worst_micro)}",
        f"spent today {usd(view.day_spent_micro)}",
        *[f"DIFFERS from the venue: {foreign(text, SAID_SIGNS_MAX)}" for text in view.differences],
        *[_holding(row) for row in held[:ROWS_MAX]],
        *_more(len(held) - ROWS_MAX),
    ]
    return fit(lines)


def orders(view: Orders) -> str:
    """What stands."""
    count = len(view.open) + view.left_out
    lines = [f"<b>Open orders</b> {count:,}, as of {moment(view.at_ns)}", *[_order(row) for row in view.open[:ROWS_MAX]]]
    return fit([*lines, *_more(count - min(len(view.open), ROWS_MAX))])


def fills(view: Fills) -> str:
    """The latest trades."""
    head = f"<b>Recent fills</b>, {view.count:,} in all for {shares(view.shares_micro)} shares, as of {moment(view.at_ns)}"
    return fit([head, *[f"{hour(row.at_ns)} {fill_words(row)}" for row in view.rows[:ROWS_MAX]]])


def fill_words(row: FillRow) -> str:
    """One trade."""
    role = "maker" if row.is_maker else "taker"
    stage = f", {own(row.stage)}" if row.stage else ""
    traded = f"{own(row.side)} {own(row.outcome)} {shares(row.shares_micro)} at {price(row.price_pips)}"
    return f"{traded} for {usd(row.cash_micro)} ({role}, fee {usd(row.fee_micro)}{stage}) {foreign(row.title)}"


def near(view: Arbitrage) -> str:
    """What nearly paid, and what became of what did."""
    missed = ", ".join([f"{foreign(why)} {count:,}" for why, count in view.missed.items()])
    lines = [
        f"<b>Near misses</b> {len(view.near):,}, as of {moment(view.at_ns)}",
        f"opportunities {view.seen:,} seen, {view.taken:,} taken{f'; missed: {missed}' if missed else ''}",
        f"bundles {len(view.in_flight):,} in flight; result of those that ended {change(view.result_micro)}",
        *[_near(row) for row in view.near[:ROWS_MAX]],
        *_more(len(view.near) - ROWS_MAX),
    ]
    return fit(lines)


def health(view: Health) -> str:
    """How the daemon itself does."""
    lines = [
        f"<b>Health</b>, as of {moment(view.at_ns)}",
        f"loop late by {_figure(view.lag_ms, 'ms')}, clock off by {_figure(view.clock_off_ms, 'ms')}",
        f"{view.turns:,} turns, the last {span(view.at_ns - view.last_turn_ns)} ago",
        *_quantiles("turn", view.turn_us),
        *_quantiles("books' age at decisions", view.age_us),
        *_quantiles("commit", view.commit_us),
        f"memory {_bytes(view.memory_bytes)}, journal {_bytes(view.journal_bytes)}, disk free {_bytes(view.disk_free_bytes)}",
        f"hashes {view.hash_agreed:,} of {view.hash_checked:,} agree, mirrors {view.mirror_agreed:,} of {view.mirror_judged:,}",
        f"settlements {view.settlements_done:,} done, {view.settlements_failed:,} failed",
        *[_feed(row.name, is_open=row.is_open, heard=view.at_ns - row.heard_ns if row.heard_ns else None, trouble=row.trouble) for row in view.feeds],
        *_counted("refused by our own gate", view.refusals),
        *_counted("oddities", view.oddities),
        *[f"guard {own(name)}: {foreign(far)}" for name, far in view.guards.items()],
    ]
    return fit(lines)


def alerts(view: Alerts) -> str:
    """What a person must know, newest first."""
    rows = view.rows[:ROWS_MAX]
    head = f"<b>Alerts</b>, the latest {len(rows):,}, as of {moment(view.at_ns)}"
    return fit([head, *[f"{moment(row.at_ns)} {_alert(row)}" for row in rows]])


def _alert(row: AlertRow) -> str:
    return f"{own(row.kind)}{f' {row.count:,}×' if row.count > 1 else ''}: {foreign(row.text, SAID_SIGNS_MAX)}"


def _more(count: int) -> Iterable[str]:
    return [f"and {count:,} more"] if count > 0 else []


def _results(view: Overview) -> Iterable[str]:
    if view.equity_mark_micro is None:
        return ["result unknown: a holding has no honest price"]
    since_start = change(view.equity_mark_micro - view.start_micro)
    today = "" if view.day_start_micro is None else f", {change(view.equity_mark_micro - view.day_start_micro)} since 00:00 UTC"
    return [f"result {since_start} since the start{today}"]


def _fallen(view: Overview) -> Iterable[str]:
    if view.equity_mark_micro is None or view.peak_micro is None:
        return []
    return [f"{usd(max(0, view.peak_micro - view.equity_mark_micro))} below its peak of {usd(view.peak_micro)}"]


def _differ(view: Overview) -> Iterable[str]:
    return [f"<b>OUR BOOKS DO NOT FIT THE VENUE'S</b>: {foreign(view.conserved, SAID_SIGNS_MAX)}"] if view.conserved else []


def _holding(row: HoldingRow) -> str:
    mark = "no price" if row.mark_half_pips is None else f"marked {micro_text(row.mark_half_pips * _HALF_PIP_MICRO)}"
    pending = f" and {shares(row.provisional_micro)} not settled" if row.provisional_micro else ""
    asked = [f"buying {shares(row.resting_buy_micro)}"] if row.resting_buy_micro else []
    asked += [f"selling {shares(row.resting_sell_micro)}"] if row.resting_sell_micro else []
    worst = f"worst {change(row.market_worst_micro)}"
    return f"{own(row.outcome)} {shares(row.confirmed_micro)}{pending}, {', '.join([mark, *asked, worst])} {foreign(row.title)}"


def _order(row: OrderRow) -> str:
    size = usd(row.size_micro) if row.in_cash else shares(row.size_micro)
    filled = f", {shares(row.filled_micro)} filled" if row.filled_micro else ""
    return f"{own(row.side)} {own(row.outcome)} {size} at {price(row.price_pips)} ({own(row.status)}{filled}) {foreign(row.title)}"


def _near(row: NearRow) -> str:
    edge = f"${price(row.edge_pips)} a set" if row.edge_pips >= 0 else f"${price(-row.edge_pips)} a set is missing"
    why = f", {foreign(row.why)}" if row.why else ""
    return f"{edge} for {shares(row.sets_micro)} sets ({own(row.shape)}{why}) {foreign(row.title)}"


def _figure(value: float | None, unit: str) -> str:
    return "unknown" if value is None else f"{value:,.1f} {unit}"


def _bytes(count: int | None) -> str:
    return "unknown" if count is None else f"{count / 2**20:,.0f} MiB"


def _quantiles(what: str, told: dict[str, float] | None) -> Iterable[str]:
    return [f"{what}: {', '.join([f'{own(name)} {value:,.0f} µs' for name, value in told.items()])}"] if told else []


def _feed(name: str, *, is_open: bool, heard: int | None, trouble: str) -> str:
    last = "nothing yet" if heard is None else f"heard {span(heard)} ago"
    return f"feed {foreign(name)} {'open' if is_open else '<b>CLOSED</b>'}, {last}{f', {foreign(trouble, SAID_SIGNS_MAX)}' if trouble else ''}"


def _counted(what: str, counts: dict[str, int]) -> Iterable[str]:
    """The most frequent by name, the others summed."""
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    if not ordered:
        return []
    rest = sum([count for _, count in ordered[_NAMED_MAX:]])
    named = ", ".join([f"{foreign(name)} {count:,}" for name, count in ordered[:_NAMED_MAX]])
    return [f"{what}: {named}{f', others {rest:,}' if rest else ''}"]
