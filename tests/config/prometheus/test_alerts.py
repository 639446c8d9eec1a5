"""The alert rules, by Prometheus' own tool: each fires when it should, none on a healthy day, and each says what to do."""

import json
import re
from pathlib import Path

import pytest

from connectors.operator.metrics.exporter import Exporter
from connectors.operator.metrics.telegram import TelegramFigures
from oms.values.panels import Topic
from tests.config.prometheus.words_promtool import names_told, promtool
from tests.connectors.operator.metrics.words_metrics import KNOWN, arbitrage, health, overview
from tests.house.tree import ROOT

FOLDER = ROOT / "config" / "prometheus"
RULES = FOLDER / "alerts.yml"
ALERTS = re.findall(r"^      - alert: (\w+)$", RULES.read_text(encoding="utf-8"), re.MULTILINE)
MINUTES = 80
"""Of a day that is tried; a sample each."""
NOW = f"0+60x{MINUTES}"
"""A moment that is always now."""
GROWS = f"0+1x{MINUTES}"


def always(value: float) -> str:
    return f"{float(value):.6f}+0x{MINUTES}"


HEALTHY = {
    'steelyard_build_info{verb="live",version="1",commit="c"}': always(1),
    "steelyard_picture_timestamp_seconds": NOW,
    "steelyard_start_timestamp_seconds": always(5),
    **{f'steelyard_phase{{phase="{phase}"}}': always(phase == "trading") for phase in ("starting", "syncing", "trading", "paused", "halted")},
    'steelyard_feed_open{feed="user"}': always(1),
    'steelyard_feed_last_message_timestamp_seconds{feed="user"}': NOW,
    'steelyard_feed_reconnects_total{feed="user"}': always(2),
    'steelyard_books{health="live"}': always(9),
    'steelyard_books{health="suspect"}': always(0),
    'steelyard_books{health="stale"}': always(1),
    "steelyard_markets_open": always(5),
    "steelyard_books_agree": always(1),
    "steelyard_drawdown_ratio": always(0.02),
    'steelyard_guard_ratio{guard="drawdown"}': always(0.3),
    'steelyard_orders{state="unknown"}': always(0),
    'steelyard_orders{state="resting"}': always(10),
    "steelyard_settlements_failed_total": always(3),
    "steelyard_settlements_done_total": GROWS,
    "steelyard_alerts_total": always(4),
    "steelyard_loop_lag_seconds": always(0.001),
    'steelyard_commit_seconds{stat="p99"}': always(0.004),
    "steelyard_disk_free_bytes": always(50e9),
    "steelyard_clock_offset_seconds": always(-0.02),
    "steelyard_telegram_last_success_timestamp_seconds": NOW,
    'up{job="steelyard-telegram"}': always(1),
}
STANDS = always(1_000)
"""A moment that has passed, and does not come again."""
TROUBLE: dict[str, dict[str, str]] = {
    "SteelyardGone": {'steelyard_build_info{verb="live",version="1",commit="c"}': "_"},
    "SteelyardHangs": {"steelyard_picture_timestamp_seconds": STANDS},
    "SteelyardHalted": {'steelyard_phase{phase="halted"}': always(1)},
    "SteelyardDoesNotTrade": {'steelyard_phase{phase="syncing"}': always(1)},
    "SteelyardPaused": {'steelyard_phase{phase="paused"}': always(1)},
    "SteelyardRestarts": {"steelyard_start_timestamp_seconds": GROWS},
    "SteelyardFeedClosed": {'steelyard_feed_open{feed="user"}': always(0)},
    "SteelyardFeedSilent": {'steelyard_feed_last_message_timestamp_seconds{feed="user"}': STANDS},
    "SteelyardFeedFlaps": {'steelyard_feed_reconnects_total{feed="user"}': GROWS},
    "SteelyardBooksStale": {'steelyard_books{health="stale"}': always(5)},
    "SteelyardNoBookLive": {'steelyard_books{health="live"}': always(0), 'steelyard_books{health="suspect"}': always(9)},
    "SteelyardBooksDisagree": {"steelyard_books_agree": always(0)},
    "SteelyardDrawdown": {"steelyard_drawdown_ratio": always(0.11)},
    "SteelyardGuardNear": {'steelyard_guard_ratio{guard="drawdown"}': always(0.85)},
    "SteelyardOrdersUnknown": {'steelyard_orders{state="unknown"}': always(2)},
    "SteelyardSettlementFails": {"steelyard_settlements_failed_total": "3+0x72 4+0x6"},
    "SteelyardSettlementsFail": {"steelyard_settlements_failed_total": f"0+0.2x{MINUTES}"},
    "SteelyardTellsSomething": {"steelyard_alerts_total": "4+0x72 5+0x6"},
    "SteelyardLag": {"steelyard_loop_lag_seconds": always(0.3)},
    "SteelyardCommitSlow": {'steelyard_commit_seconds{stat="p99"}': always(0.08)},
    "SteelyardDisk": {"steelyard_disk_free_bytes": always(1e9)},
    "SteelyardDiskFills": {"steelyard_disk_free_bytes": f"50e9-40000000x{MINUTES}"},
    "SteelyardClock": {"steelyard_clock_offset_seconds": always(-1.5)},
    "SteelyardTelegramSilent": {"steelyard_telegram_last_success_timestamp_seconds": STANDS},
}
ALSO = {"SteelyardSettlementsFail": ["SteelyardSettlementFails"]}
"""What else must fire then: the smaller of two alarms about one thing."""


def tried(folder: Path, changed: dict[str, str], fires: list[str]) -> None:
    """Let a day with these series pass, and hold what fires then against what should."""
    series = [{"series": name, "values": values} for name, values in (HEALTHY | changed).items() if values != "_"]
    expected = [{"labels": f'{{alertname="{name}"}}', "value": 1} for name in sorted(fires)]
    expression = {"expr": 'count by (alertname) (ALERTS{alertstate="firing"})', "eval_time": "78m", "exp_samples": expected}
    day = {"interval": "60s", "input_series": series, "promql_expr_test": [expression]}
    path = folder / "day.yml"  # JSON is YAML
    path.write_text(json.dumps({"rule_files": [str(RULES)], "evaluation_interval": "60s", "tests": [day]}), encoding="utf-8")
    promtool("test", "rules", path)


def test_rules_and_the_sample_of_a_prometheus_are_what_prometheus_takes() -> None:
    assert f"{len(ALERTS)} rules found" in promtool("check", "rules", RULES)
    promtool("check", "config", FOLDER / "prometheus.yml")


def test_prometheus_finds_no_fault_with_what_the_daemon_tells() -> None:
    exporter = Exporter(KNOWN)
    for topic, view in ((Topic.OVERVIEW, overview()), (Topic.HEALTH, health(age_us={"p50": 1.0}, journal_bytes=1)), (Topic.ARBITRAGE, arbitrage())):
        exporter.show(topic, view)
    promtool("check", "metrics", told=exporter.text().decode())
    promtool("check", "metrics", told=TelegramFigures().text().decode())


def test_nothing_fires_on_a_healthy_day(tmp_path: Path) -> None:
    tried(tmp_path, {}, [])


@pytest.mark.parametrize("alert", ALERTS)
def test_each_alarm_fires_on_its_own_trouble_and_no_other_does(alert: str, tmp_path: Path) -> None:
    assert set(TROUBLE) == set(ALERTS)
    tried(tmp_path, TROUBLE[alert], [alert, *ALSO.get(alert, [])])


def test_the_silence_of_a_telegram_console_that_is_gone_is_heard_too(tmp_path: Path) -> None:
    tried(
        tmp_path, {"steelyard_telegram_last_success_timestamp_seconds": "_", 'up{job="steelyard-telegram"}': always(0)}, ["SteelyardTelegramSilent"]
    )


def test_who_runs_no_telegram_console_is_not_told_that_it_is_silent(tmp_path: Path) -> None:
    tried(tmp_path, {"steelyard_telegram_last_success_timestamp_seconds": "_", 'up{job="steelyard-telegram"}': "_"}, [])


def test_a_figure_that_is_not_known_fires_nothing(tmp_path: Path) -> None:
    unknown = ("drawdown_ratio", 'guard_ratio{guard="drawdown"}', "loop_lag_seconds", "disk_free_bytes", "clock_offset_seconds")
    tried(tmp_path, dict.fromkeys([f"steelyard_{name}" for name in unknown], "_"), [])


def test_a_restart_that_goes_on_with_its_journal_is_no_row_of_failures(tmp_path: Path) -> None:
    """Between the two processes there are no samples, and the count goes on where it was."""
    tried(tmp_path, {"steelyard_settlements_failed_total": "7+0x68 _x4 7+0x7", "steelyard_alerts_total": "4+0x68 _x4 0+0x7"}, [])


def test_every_name_in_a_rule_is_told_by_something_of_ours() -> None:
    names = re.findall(r"\bsteelyard_[a-z_]+", RULES.read_text(encoding="utf-8"))
    assert names
    assert [name for name in names if name not in names_told()] == []


def test_every_alarm_says_how_urgent_it_is_what_happened_and_what_to_do() -> None:
    for text in RULES.read_text(encoding="utf-8").split("- alert: ")[1:]:
        name = text.split("\n", 1)[0]
        assert re.search(r"labels: \{severity: (page|warning)\}", text), name
        assert re.search(r"\n          summary: \S", text), name
        assert re.search(r'\n          do: "?\S', text), name
