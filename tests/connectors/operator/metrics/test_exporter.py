"""What Prometheus reads of the daemon: everything a view says, in base units, and nothing that nobody knows."""

import math

from msgspec.structs import replace

from connectors.operator.metrics.exporter import CONTENT_TYPE, OF_ITSELF, Exporter
from connectors.operator.metrics.figures import LABELS_MAX, figures_of
from oms.values.panels import Health, Overview, Topic
from tests.connectors.operator.metrics.words_metrics import AT_NS, KNOWN, USD, arbitrage, feed, health, overview, samples


def shown(*topics: tuple[Topic, Overview | Health]) -> dict[str, float]:
    exporter = Exporter(KNOWN, wall=lambda: 1_795_000_001.5, cpu=lambda: 12.25)
    for topic, view in topics:
        exporter.show(topic, view)
    return samples(exporter.text())


def test_before_anything_was_shown_only_the_daemon_itself_is_told() -> None:
    assert shown() == {'steelyard_build_info{commit="abc123+",verb="live",version="0.7"}': 1, "steelyard_cpu_seconds_total": 12.25}


def test_money_is_in_dollars_moments_in_seconds_and_durations_too() -> None:
    told = shown((Topic.OVERVIEW, overview()), (Topic.HEALTH, health()))
    assert told["steelyard_equity_mark_usd"] == 990
    assert told["steelyard_fees_usd"] == -2.5  # rebates: so it is no counter
    assert math.isclose(told["steelyard_drawdown_ratio"], 20 / 1_010)
    assert told["steelyard_picture_timestamp_seconds"] == 1_795_000_001.5
    assert told["steelyard_last_turn_timestamp_seconds"] == 1_794_999_999.5
    assert told['steelyard_commit_seconds{stat="p99"}'] == 0.0025
    assert told['steelyard_turn_seconds{stat="max"}'] == 0.005
    assert told["steelyard_loop_lag_seconds"] == 0.0015
    assert told["steelyard_clock_offset_seconds"] == -0.012
    assert told['steelyard_feed_last_message_timestamp_seconds{feed="user"}'] == AT_NS / 1e9 - 2


def test_a_figure_that_nobody_has_is_left_out_and_not_told_as_zero() -> None:
    told = shown((Topic.OVERVIEW, overview(equity_mark_micro=None)), (Topic.HEALTH, health(journal_bytes=None, feeds=(feed("user", heard_ns=0),))))
    for name in ("equity_mark_usd", "drawdown_ratio", "journal_bytes", 'feed_last_message_timestamp_seconds{feed="user"}'):
        assert f"steelyard_{name}" not in told
    assert not [name for name in told if name.startswith(("steelyard_guard_ratio", "steelyard_decision_age_seconds"))]
    assert told["steelyard_equity_worst_usd"] == 940
    assert all(math.isfinite(value) for value in told.values())


def test_every_known_value_of_a_label_is_there_also_while_it_is_zero() -> None:
    told = shown((Topic.OVERVIEW, overview()), (Topic.HEALTH, health(refusals={})))
    assert {name: value for name, value in told.items() if "phase" in name} == {
        f'steelyard_phase{{phase="{phase}"}}': phase == "trading" for phase in ("starting", "syncing", "trading", "post-only", "paused", "halted")
    }
    assert told['steelyard_refusals_total{reason="ORDER_CAP"}'] == 0
    assert told['steelyard_refusals_total{reason="EVENT_LOSS_CAP"}'] == 0
    assert told['steelyard_books{health="stale"}'] == 0
    exporter = Exporter(KNOWN)
    exporter.show(Topic.ARBITRAGE, arbitrage(ends={}))
    assert samples(exporter.text())['steelyard_bundles_ended_total{end="exposed"}'] == 0


def test_a_guard_is_told_as_how_far_it_is_on_its_way() -> None:
    told = shown((Topic.OVERVIEW, overview()))
    assert told['steelyard_guard_ratio{guard="drawdown"}'] == 20 / 50
    assert told['steelyard_guard_ratio{guard="day loss"}'] == 10 / 40
    unset = Exporter(replace(KNOWN, guards={"drawdown": 0, "unheard of": 5 * USD}))
    unset.show(Topic.OVERVIEW, overview())
    assert b"steelyard_guard_ratio{" not in unset.text()


def test_a_daemon_that_went_on_with_its_journal_does_not_look_as_if_all_of_it_had_just_happened() -> None:
    """Prometheus takes a counter that falls to 0 for a new beginning, and everything after it for new: seven old failures would alarm again."""
    before = Exporter(KNOWN)
    before.show(Topic.HEALTH, health(settlements_failed=7))
    assert samples(before.text())["steelyard_settlements_failed_total"] == 7
    restarted = Exporter(KNOWN)
    assert "steelyard_settlements_failed_total" not in samples(restarted.text())
    restarted.show(Topic.HEALTH, health(settlements_failed=7))
    assert samples(restarted.text())["steelyard_settlements_failed_total"] == 7


def test_labels_have_an_end() -> None:
    many = {f"reason {number}": 1 for number in range(1_000)}
    rows = tuple([feed(f"market {number}") for number in range(1_000)])
    told = shown((Topic.HEALTH, health(oddities=many, feeds=rows)))
    counted = {name: value for name, value in told.items() if name.startswith("steelyard_oddities_total{")}
    assert len(counted) == LABELS_MAX + 1
    assert sum(counted.values()) == 1_000
    assert counted['steelyard_oddities_total{kind="other"}'] == 1_000 - LABELS_MAX
    assert len([name for name in told if name.startswith("steelyard_feed_last_message_timestamp_seconds{")]) == LABELS_MAX


def test_what_a_label_holds_cannot_forge_a_line() -> None:
    evil = 'x"} 1\nsteelyard_forged 1\n# {'
    text = Exporter(KNOWN)
    text.show(Topic.HEALTH, health(oddities={evil: 3}))
    told = samples(text.text())
    assert "steelyard_forged" not in told
    assert [value for name, value in told.items() if name.startswith("steelyard_oddities_total")] == [3]


def test_views_without_figures_and_older_views_are_no_trouble() -> None:
    exporter = Exporter(KNOWN)
    exporter.show(Topic.ALERTS, overview())
    assert exporter.view(Topic.ALERTS) is None
    exporter.show(Topic.OVERVIEW, overview(placed=1))
    exporter.show(Topic.OVERVIEW, overview(placed=2))
    assert samples(exporter.text())["steelyard_orders_placed_total"] == 2


def test_all_names_that_are_told_are_known_beforehand() -> None:
    exporter = Exporter(KNOWN)
    for topic, view in ((Topic.OVERVIEW, overview()), (Topic.HEALTH, health(age_us={"p50": 1.0}, journal_bytes=1)), (Topic.ARBITRAGE, arbitrage())):
        exporter.show(topic, view)
    told = {name.partition("{")[0] for name in samples(exporter.text())}
    assert told == {*exporter.names()}
    assert {*OF_ITSELF} <= told
    assert sum(len(figures) for figures in figures_of((), {}).values()) + len(OF_ITSELF) == len(told)
    assert CONTENT_TYPE.startswith("text/plain; version=0.0.4")
