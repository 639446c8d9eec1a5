"""The part of the report about arbitrage: sums that add up, and nothing said where nobody looked."""

import re
from typing import Any

from config.report.arbitrage import near_lines, section
from config.report.markup import joined
from config.report.page import page
from config.report.text import told
from oms.values.units import MICRO
from tests.config.report.words_history import given_history, given_totals

NEAR = {
    "event_id": "e<1>",
    "strategy": "negrisk_arbitrage",
    "shape": "BUY_NO_CONVERT",
    "edge_pips": -50,
    "raw_pips": 10_020,
    "why": "NO_GAP: 50 pips",
}


def given_arbitrage(**other: Any) -> dict[str, Any]:  # noqa: ANN401
    """What a run says of it."""
    return {
        "windows": {
            "seen": 9,
            "taken": 3,
            "missed": {"OWN_CROSS": 4, "TOO_THIN": 1},
            "open": 1,
            "lifetime_ms": {"p50": 120, "p90": 480, "most": 2_000},
            "edge_pips": {"p50": 40, "p90": 90, "most": 95},
            "days": [{"utc_day": 20_454, "taken": 3, "missed": 5, "taken_micro": 4 * MICRO, "missed_micro": 7 * MICRO}],
        },
        "bundles": {"opened": 4, "complete": 2, "missed": 1, "unwound": 0, "exposed": 1, "in_flight": 0},
        "result_micro": -2 * MICRO,
        "result_by_end_micro": {"complete": 3 * MICRO, "missed": 0, "unwound": 0, "exposed": -5 * MICRO},
        "worst_micro": -5 * MICRO,
        "legs": {
            "fok": {"sent": 8, "filled_whole": 6, "filled_in_part": 0},
            "fak": {"sent": 0, "filled_whole": 0, "filled_in_part": 0},
        },
        "near_misses": [NEAR],
        **other,
    }


def words_of(markup: object) -> str:
    return re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", str(markup)))


def test_windows_seen_are_those_taken_missed_by_name_and_open() -> None:  # req 4.22
    said = words_of(joined(*section(given_arbitrage())))
    assert "taken 3 33.3% OWN_CROSS 4 44.4% TOO_THIN 1 11.1% still open at the end 1 11.1% seen 9 100.0%" in said
    assert "complete 2 50.0% $3.00 missed 1 25.0% $0.00 unwound 0 0.0% $0.00 exposed 1 25.0% -$5.00 in flight 0 0.0% – opened 4 100.0% -$2.00" in said
    assert "open for, ms 120 480 2,000 paid a set, pips 40 90 95" in said
    assert "2026-01-01 3 $4.00 5 $7.00" in said
    assert "FOK 8 6 0 75.0%" in said
    assert "FAK 0 0 0 n/a" in said
    assert "-$2.00 in sum, the worst of them -$5.00" in said


def test_a_near_miss_is_told_net_of_fees_and_raw_and_its_event_steers_nothing() -> None:
    assert "buy NO convert 0.0050 missing (raw 1.0020) NO_GAP: 50 pips" in words_of(joined(*section(given_arbitrage())))
    assert "e<1>" not in str(joined(*section(given_arbitrage())))
    (line,) = near_lines(given_arbitrage(near_misses=[{**NEAR, "edge_pips": 7, "raw_pips": None}]))
    assert line == "  near miss  e<1>, buy NO convert: 0.0007 left; NO_GAP: 50 pips"


def test_what_a_journal_without_an_end_cannot_know_is_said() -> None:
    windows = {**given_arbitrage()["windows"], "open": None}
    said = words_of(joined(*section(given_arbitrage(windows=windows, near_misses=None))))
    assert "still open" not in said
    assert "seen 8 100.0%" in said
    assert "only a run that ended can tell" in said
    assert "Nothing nearly paid" in words_of(joined(*section(given_arbitrage(near_misses=[]))))
    assert list(near_lines(given_arbitrage(near_misses=None))) == []


def test_page_and_terminal_have_it_where_somebody_looked_and_only_there() -> None:
    looked = given_history(totals=given_totals(arbitrage=given_arbitrage()))
    assert 'href="#arbitrage"' in page(looked)
    assert "Windows in which something paid after fees" in page(looked)
    assert "  near miss  e<1>" in told(looked, 100)
    assert "9 windows seen, 3 taken" in told(looked, 100)
    assert "rbitrage" not in page(given_history())
    assert "near miss" not in told(given_history(), 100)
