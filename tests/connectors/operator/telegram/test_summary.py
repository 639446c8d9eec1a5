"""The daily summary: when, and what it counts."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from connectors.operator.telegram.markup import SIGNS_MAX, signs
from connectors.operator.telegram.summary import Pictures, next_due_ns, summary
from oms.values.panels import Arbitrage, Health, Inventory, Topic
from oms.values.units import MICRO, NS_PER_DAY, NS_PER_SECOND
from tests.connectors.operator.telegram.words_telegram import AT_NS, TITLE, overview, pictures


@given(st.integers(0, 10**19), st.integers(0, 23))
def test_it_is_due_at_the_next_full_hour_of_that_name(after_ns: int, hour: int) -> None:
    due = next_due_ns(after_ns, hour)
    assert after_ns < due <= after_ns + NS_PER_DAY
    assert due % NS_PER_DAY == hour * 3_600 * NS_PER_SECOND


def all_pictures(title: str = TITLE) -> Pictures:
    shown = pictures(title)
    health, inventory, arbitrage = shown[Topic.HEALTH], shown[Topic.INVENTORY], shown[Topic.ARBITRAGE]
    assert isinstance(health, Health)
    assert isinstance(inventory, Inventory)
    assert isinstance(arbitrage, Arbitrage)
    return Pictures(overview(), health, inventory, arbitrage)


def test_the_first_counts_from_the_daemons_start_and_names_everything() -> None:  # req 4.19
    told = summary(all_pictures(), None)
    for words in (
        "counted since the daemon's start at 2026-09-21 13:11:40 UTC",
        "result +$2.30 since 00:00 UTC, +$12.30 since money was paid in; equity $1,012.30",
        "orders placed 120, fills 55, fees $1.23",
        "settlements failed 2, open 0",
        "worst case from here: equity $950.00",
        "books 58 live, 0 suspect, 2 stale in 30 markets",
        "<b>Near misses</b> 1",
        "feeds closed: <code>market 1</code>",
        "DIFFERS from the venue",
    ):
        assert words in told


def test_the_next_counts_from_the_one_before() -> None:
    before = overview(at_ns=AT_NS - NS_PER_DAY, fills=50, placed=100, fees_micro=MICRO, alerts=7)
    told = summary(Pictures(overview(equity_mark_micro=1_010 * MICRO)), replace(before, since_ns=overview().since_ns))
    assert "counted since the summary of 2026-09-20 14:13:20 UTC" in told
    assert "orders placed 20, fills 5, fees $0.23" in told
    assert "alerts 0" in told
    assert "result <b>-$2.30</b>, $0.00 since 00:00 UTC, +$10.00 since money was paid in" in told


def test_a_daemon_that_was_started_anew_counts_from_its_start() -> None:
    told = summary(Pictures(overview()), overview(since_ns=1, fills=1_000))
    assert "counted since the daemon's start" in told
    assert "fills 55" in told


def test_what_could_not_be_asked_and_what_nobody_knows_is_said() -> None:
    told = summary(Pictures(overview(equity_mark_micro=None, conserved="cash <5>")), None)
    assert "result unknown" in told
    assert "positions: not answered" in told
    assert "health: not answered" in told
    assert "DO NOT FIT THE VENUE'S</b>: <code>cash &lt;5&gt;</code>" in told


def test_hostile_titles_fit_into_one_message_and_leave_the_figures_in_it() -> None:
    told = summary(all_pictures("<&>" * 10_000), None)
    assert signs(told) <= SIGNS_MAX
    assert "orders placed 120" in told
