"""/health: ok, degraded or dead, and why."""

from connectors.operator.metrics.health import DEAD_S, START_S, Seen, Verdict, judge
from oms.values.panels import Health, Overview
from tests.connectors.operator.metrics.words_metrics import AT_NS, feed, health, overview


def verdict(told: Overview | None, how: Health | None, age_s: float = 0.2) -> Verdict:
    return judge(Seen(overview=told, health=how, age_s=age_s), "0.7", "abc123", "live")


def test_a_daemon_that_trades_is_well_and_says_which_it_is() -> None:  # req 3.2, 4.17
    found = verdict(overview(), health())
    assert (found.status, found.code, found.why) == ("ok", 200, ())
    assert (found.version, found.commit, found.verb, found.phase) == ("0.7", "abc123", "live", "trading")
    assert found.turn_age_s == 0.7
    assert found.picture_age_s == 0.2


def test_a_trading_side_that_shows_nothing_is_dead_whatever_it_showed_last() -> None:
    assert verdict(overview(), health(), DEAD_S).status == "ok"
    hung = verdict(overview(), health(), DEAD_S + 1)
    assert (hung.status, hung.code) == ("dead", 503)
    assert hung.why == (f"the trading side has shown nothing for {DEAD_S + 1:.0f} s",)
    assert hung.turn_age_s == DEAD_S + 1.5


def test_a_start_may_take_its_time_but_not_for_ever() -> None:
    starting = verdict(None, None, DEAD_S + 1)
    assert (starting.status, starting.why, starting.phase, starting.picture_age_s) == ("degraded", ("starting",), "starting", None)
    assert verdict(None, None, START_S + 1).code == 503


def test_what_a_person_should_look_at_is_named_and_restarts_nothing() -> None:
    found = verdict(
        overview(phase="paused", why="typed", conserved="cash differs", unknown=2, books_live=0),
        health(feeds=(feed("user", is_open=False), feed("market 1", heard_ns=AT_NS - 90_000_000_000), feed("fresh", heard_ns=0))),
    )
    assert (found.status, found.code) == ("degraded", 200)
    assert found.why == (
        "paused: typed",
        "books disagree: cash differs",
        "2 orders are unknown",
        "no book is live",
        "feed user is closed",
        "feed market 1 is silent for 90 s",
    )


def test_a_daemon_without_markets_or_turns_yet_is_no_trouble() -> None:
    found = verdict(overview(markets=0, books_live=0), health(last_turn_ns=0, feeds=()))
    assert (found.status, found.turn_age_s) == ("ok", None)
    assert verdict(overview(phase="post-only"), None).status == "ok"


def test_a_virtual_clock_gives_an_age_too() -> None:
    assert verdict(overview(), health(at_ns=5_000_000_000, last_turn_ns=4_000_000_000, feeds=()), 1.0).turn_age_s == 2.0
