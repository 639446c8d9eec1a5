"""Views of a daemon in the middle of its day, and what an exposition says."""

from collections.abc import Mapping

from msgspec.structs import replace
from prometheus_client.parser import text_string_to_metric_families

from connectors.operator.control.bridge import Wanted
from connectors.operator.metrics.exporter import Known
from oms.values.panels import Arbitrage, FeedRow, Health, Overview, Topic, View

AT_NS = 1_795_000_000_000_000_000
USD = 1_000_000
KNOWN = Known(
    verb="live",
    version="0.7",
    commit="abc123+",
    reasons=("ORDER_CAP", "EVENT_LOSS_CAP"),
    guards={"drawdown": 50 * USD, "day loss": 40 * USD},
)


def overview(**changes: object) -> Overview:
    view = Overview(
        at_ns=AT_NS,
        verb="live",
        phase="trading",
        since_ns=AT_NS - 3_600_000_000_000,
        cash_free_micro=900 * USD,
        cash_pending_micro=60 * USD,
        fees_micro=-2_500_000,
        start_micro=1_000 * USD,
        equity_mark_micro=990 * USD,
        equity_worst_micro=940 * USD,
        peak_micro=1_010 * USD,
        day_start_micro=1_000 * USD,
        placed=120,
        filled=10,
        cancelled=100,
        resting=9,
        unknown=0,
        fills=14,
        settlements_open=2,
        settlements_failed=1,
        markets=3,
        books_live=5,
        books_suspect=1,
        alerts=4,
        near=2,
        bundles=1,
        events=123_456,
    )
    return replace(view, **changes)


def feed(name: str, **changes: object) -> FeedRow:
    return replace(FeedRow(name=name, is_open=True, heard_ns=AT_NS - 2_000_000_000, frames=1_000, reconnects=1), **changes)


def health(**changes: object) -> Health:
    view = Health(
        at_ns=AT_NS,
        lag_ms=1.5,
        turn_us={"p50": 100.0, "p99": 900.0, "max": 5_000.0, "mean": 120.0},
        commit_us={"p50": 200.0, "p99": 2_500.0, "max": 9_000.0, "mean": 300.0},
        last_turn_ns=AT_NS - 500_000_000,
        turns=4_000,
        memory_bytes=90_000_000,
        disk_free_bytes=5_000_000_000,
        feeds=(feed("market 1"), feed("user")),
        budgets={"orders": 60},
        clock_off_ms=-12.0,
        hash_checked=50,
        hash_agreed=50,
        settlements_done=11,
        settlements_failed=1,
        refusals={"ORDER_CAP": 7},
        oddities={"late fill": 1},
    )
    return replace(view, **changes)


def arbitrage(**changes: object) -> Arbitrage:
    view = Arbitrage(at_ns=AT_NS, seen=8, taken=3, missed={"NO_DEPTH": 5}, ends={"complete": 2, "missed": 1}, result_micro=1_250_000)
    return replace(view, **changes)


def views(*told: View) -> dict[Wanted, View]:
    topics: Mapping[type, Topic] = {Overview: Topic.OVERVIEW, Health: Topic.HEALTH, Arbitrage: Topic.ARBITRAGE}
    return {Wanted(topics[type(view)]): view for view in told}


def samples(text: bytes) -> dict[str, float]:
    """name{label="value"} → value, as Prometheus reads it."""
    found: dict[str, float] = {}
    for family in text_string_to_metric_families(text.decode()):
        for sample in family.samples:
            labels = ",".join([f'{key}="{value}"' for key, value in sorted(sample.labels.items())])
            name = f"{sample.name}{{{labels}}}" if labels else sample.name
            assert name not in found, name
            found[name] = sample.value
    return found
