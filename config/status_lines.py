"""What `status` prints: the daemon's views as a few lines for people, or as one JSON object for programs."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Final

import msgspec

from config.console import plain, usd
from config.daemon_call import NoPicture
from config.report.words import NOT_KNOWN, count, counted, money, price, shares
from connectors.operator.control.protocol import Welcome
from oms.values.panels import AlertRow, Alerts, FeedRow, Health, OrderRow, Orders, Overview, Topic, View
from oms.values.units import NS_PER_SECOND, Nanos

ORDERS_MAX: Final = 10
ALERTS_MAX: Final = 5
_NAME_WIDTH: Final = 10
_MIB: Final = 1024 * 1024
_GIB: Final = 1024 * _MIB


def lines(welcome: Welcome, ask: Callable[[Topic], View]) -> list[str]:
    """For people; what a venue wrote is made harmless."""
    overview, health, orders, alerts = ask(Topic.OVERVIEW), ask(Topic.HEALTH), ask(Topic.ORDERS), ask(Topic.ALERTS)
    assert isinstance(overview, Overview)
    assert isinstance(health, Health)
    assert isinstance(orders, Orders)
    assert isinstance(alerts, Alerts)
    now = overview.at_ns
    head = f"status: {overview.verb}, {overview.phase}{f' ({overview.why})' if overview.why else ''}"
    told = [
        (head, f"process {welcome.pid}, version {overview.version or welcome.version}, running for {age(overview.since_ns, now)}"),
        *_money(overview),
        ("orders", _orders(overview)),
        ("books", _books(overview, health)),
        ("loop", _loop(health, now)),
        *((_first("feeds", at), _feed(feed, now)) for at, feed in enumerate(health.feeds)),
        *((_first("guards", at), f"{name}: {words}") for at, (name, words) in enumerate(health.guards.items())),
        *((_first("open", at), _order(order, now)) for at, order in enumerate(orders.open[:ORDERS_MAX])),
        *_more(orders),
        ("alerts", f"{count(overview.alerts)} since the start"),
        *(("", _alert(row, now)) for row in alerts.rows[:ALERTS_MAX]),
    ]
    (first, rest), *others = told
    return [plain(f"{first}; {rest}"), *(plain(f"  {name:{_NAME_WIDTH}} {text}") for name, text in others)]


def all_views(ask: Callable[[Topic], View]) -> dict[str, View]:
    """Everything that is not about one thing; what this daemon does not have is left out."""
    views: dict[str, View] = {}
    for topic in Topic:
        if topic not in {Topic.LADDER, Topic.STORY}:
            with suppress(NoPicture):
                views[topic.value] = ask(topic)
    return views


def as_json(views: Mapping[str, View]) -> str:
    """Everything, fields at their defaults included: a program need not know those."""
    return msgspec.json.format(msgspec.json.encode({name: _whole(view) for name, view in views.items()}), indent=1).decode()


def _whole(value: object) -> Any:  # noqa: ANN401 (what JSON holds)
    if isinstance(value, msgspec.Struct):
        return {name: _whole(getattr(value, name)) for name in value.__struct_fields__}
    if isinstance(value, tuple):
        return [_whole(one) for one in value]
    return value


def age(then_ns: Nanos, now_ns: Nanos) -> str:
    """How long ago: 0.3 s, 5 min, 2 h 03 min, 4 d 2 h; n/a for never."""
    if not then_ns:
        return NOT_KNOWN
    tenths = max(0, now_ns - then_ns) * 10 // NS_PER_SECOND
    seconds = tenths // 10
    if seconds < 60:
        return f"{seconds}.{tenths % 10} s"
    if seconds < 3_600:
        return f"{seconds // 60} min"
    if seconds < 86_400:
        return f"{seconds // 3_600} h {seconds // 60 % 60:02} min"
    return f"{seconds // 86_400} d {seconds // 3_600 % 24} h"


def _first(name: str, at: int) -> str:
    return "" if at else name


def _money(overview: Overview) -> list[tuple[str, str]]:
    mark, peak, day = overview.equity_mark_micro, overview.peak_micro, overview.day_start_micro
    told = [
        ("money", f"{money(mark)} at the mark, {usd(overview.equity_worst_micro)} at worst; {usd(overview.start_micro)} paid in"),
        ("", f"{usd(overview.cash_free_micro)} free, {usd(overview.cash_pending_micro)} set aside, {usd(overview.fees_micro)} paid in fees"),
        ("", f"highest {money(peak)}; the day began with {money(day)}"),
    ]
    return told if not overview.conserved else [*told, ("CONSERVED", f"NO: {overview.conserved}")]


def _orders(overview: Overview) -> str:
    unknown = f", {counted(overview.unknown, 'is', 'are')} UNKNOWN" if overview.unknown else ""
    failed = f", {count(overview.settlements_failed)} FAILED" if overview.settlements_failed else ""
    return (
        f"{count(overview.resting)} rest{unknown}; {count(overview.placed)} placed, {count(overview.filled)} filled,"
        f" {count(overview.cancelled)} cancelled; {counted(overview.fills, 'fill')}, {count(overview.settlements_open)} settling{failed}"
    )


def _books(overview: Overview, health: Health) -> str:
    doubted = "".join(f", {number} {word}" for number, word in ((overview.books_suspect, "SUSPECT"), (overview.books_stale, "STALE")) if number)
    hashes = f"hash agreed in {count(health.hash_agreed)} of {count(health.hash_checked)}" if health.hash_checked else "no hash checked"
    return f"{count(overview.books_live)} live{doubted}, of {counted(overview.markets, 'market')}; {hashes}"


def _loop(health: Health, now: Nanos) -> str:
    parts = [f"last turn {age(health.last_turn_ns, now)} ago" if health.last_turn_ns else "no turn yet", f"{counted(health.turns, 'turn')}"]
    if health.turn_us:
        parts.append(f"a turn takes {health.turn_us.get('p50', 0):,.0f} µs, p99 {health.turn_us.get('p99', 0):,.0f} µs")
    if health.lag_ms is not None:
        parts.append(f"late by {health.lag_ms:,.1f} ms")
    for name, size, unit, word in (
        ("memory", health.memory_bytes, _MIB, "MiB"),
        ("journal", health.journal_bytes, _MIB, "MiB"),
        ("disk free", health.disk_free_bytes, _GIB, "GiB"),
    ):
        if size is not None:
            parts.append(f"{name} {size / unit:,.1f} {word}")
    return ", ".join(parts)


def _feed(feed: FeedRow, now: Nanos) -> str:
    state = "open" if feed.is_open else "CLOSED"
    trouble = f"; {feed.trouble}" if feed.trouble else ""
    heard = f"heard {age(feed.heard_ns, now)} ago" if feed.heard_ns else "never heard"
    return f"{feed.name}: {state}, {heard}, {counted(feed.frames, 'frame')}, came back {counted(feed.reconnects, 'time')}{trouble}"


def _order(order: OrderRow, now: Nanos) -> str:
    size = usd(order.size_micro) if order.in_cash else shares(order.size_micro)
    done = f", {shares(order.filled_micro)} filled" if order.filled_micro else ""
    return (
        f"{order.order_id}  {order.side} {size} {order.outcome} at {price(order.price_pips)}{done}, {order.state},"
        f" for {age(order.opened_ns, now)}, {order.strategy}  {order.title}"
    )


def _alert(row: AlertRow, now: Nanos) -> str:
    return f"{age(row.at_ns, now)} ago  {row.kind}: {row.text}{f' ({row.count} times)' if row.count > 1 else ''}"


def _more(orders: Orders) -> list[tuple[str, str]]:
    beyond = len(orders.open) - ORDERS_MAX + orders.left_out
    return [("", f"and {counted(beyond, 'more order')}")] if beyond > 0 else []
