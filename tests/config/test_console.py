"""What a person reads: the summary, also of what is not known, the lens lines, the progress line and its pace."""

import io
import json
import time
from typing import Any

import pytest

from config.console import Progress, folded, lens_lines, summary, usd
from oms.values.units import NS_PER_SECOND
from oms.values.views import ProgressView


def given_report(**other: object) -> dict[str, Any]:
    """A report with nothing special in it."""
    sides = {"BUY": 2, "SELL": 1}
    report = {
        "orders": {"placed": 1_234, "filled": 3, "cancelled": 1_231, "expired": 0, "rejected": 0, "failed": 0, "resting": 0, "unknown": 0}
        | {"of_which_part_filled": 1},
        "fills": {"count": 6, "shares_micro": 12_345_678, "by_outcome_side": {"YES": sides, "NO": sides}},
        "cash": {"start_micro": 10**9, "fees_micro": 5_000, "equity_worst_micro": -1_500_000, "equity_mark_micro": 2_500_000},
        "books": {"health": {"LIVE": 2, "SUSPECT": 0, "STALE": 1, "CLOSED": 0}, "hash_checked": 9, "hash_agreed": 8, "hash_agreement": 0.888889}
        | {"mirror_judged": 4, "mirror_agreed": 3, "mirror_agreement": 0.75},
        "refused_by_gate": {},
        "oddities": {},
        "arbitrage": None,
        "conserved": True,
        "conservation": {"statements_compared": 7, "full_recounts": 2},
        "events": 5_000,
        "turns": 1_000,
        "virtual_s": 3_723,
        "commands": 2_000,
        "commands_hash": "ab" * 32,
        "machine": {"wall_s": 1.25},
    }
    return {**report, **other}


def given_lens(**other: object) -> dict[str, Any]:
    return {
        "fills": 1_000,
        "inferred": 10,
        "shares_micro": 1,
        "fees_micro": 0,
        "result_worst_micro": -2_000_000,
        "result_mark_micro": 1_000_000,
        **other,
    }


def given_tape(**other: object) -> dict[str, Any]:
    quiet = {"refused_frames": {}, "bad_lines": 0, "first_bad_line": None, "clamped_times": 0, "not_read": {}, "cut": None}
    return {"name": "game", "kind": "mlb", "frames": 1_500, "assumptions": ["the first token seen is YES"], **quiet, **other}


@pytest.mark.parametrize(
    ("cash_micro", "words"),
    [(0, "$0.00"), (1_000_000_000, "$1,000.00"), (-1_500_000, "-$1.50"), (5_000, "$0.01"), (4_999, "$0.00"), (-(10**15), "-$1,000,000,000.00")],
)
def test_money_is_written_with_the_sign_in_front(cash_micro: int, words: str) -> None:
    assert usd(cash_micro) == words


def test_the_summary_says_the_parts_the_money_and_that_it_is_conserved() -> None:  # req 2.58
    told = summary(given_report(), "a run")
    for words in (
        "\na run\n",
        "1,234 placed = 3 filled + 1,231 cancelled + 0 expired + 0 rejected + 0 failed + 0 resting + 0 unknown",
        "(1 of the cancelled were partly filled)",
        "6 for 12.35 shares: YES 2 bought 1 sold, NO 2 bought 1 sold",
        "$1,000.00 to begin with; now -$1.50 at worst, $2.50 at the mark; $0.01 paid in fees",
        "yes: money is conserved. The exchange's books and ours agreed after each of 7 movements and in 2 full recounts",
        "2 LIVE, 0 SUSPECT, 1 STALE, 0 CLOSED; hash agreed in 8 of 9; mirror agreed in 75.00% of 4",
        "5,000 facts in 1,000 turns, 1:02:03 of market time in 1.2 s; 2,000 commands, hash abababababababab…",
    ):
        assert words in told
    assert "refused" not in told
    assert "oddities" not in told


def test_what_is_not_known_is_said_and_never_shown_as_a_number() -> None:  # req 3.47
    report = given_report()
    report["cash"]["equity_mark_micro"] = None
    report["books"] |= {"hash_agreement": None, "mirror_agreement": None}
    told = summary(report, "a run")
    assert "n/a (a holding has no price) at the mark" in told
    assert "no hash to check; mirror not judged" in told
    assert "None" not in told


def test_without_a_counted_comparison_no_count_is_claimed() -> None:
    told = summary(given_report(conservation=None), "a run")
    assert "conserved  yes, as far as we can see: our ledger balances, and what the venue says we hold fits it" in told
    assert "movements" not in told


def test_a_violation_refusals_and_oddities_are_shown() -> None:
    told = summary(given_report(conserved="at 5: we hold 1, the venue 2", refused_by_gate={"ORDER_CAP": 1_000}, oddities={"late fill": 2}), "a run")
    assert "conserved  NO: at 5: we hold 1, the venue 2" in told
    assert "by our own gate: 1,000 ORDER_CAP" in told
    assert "oddities   2 late fill" in told


def test_lenses_tapes_and_assumptions_are_shown_and_a_sentence_said_twice_is_counted() -> None:
    lenses = {"touch": given_lens(), "queue": given_lens(result_mark_micro=None), "through": given_lens(), "note": "n"}
    trouble = given_tape(
        refused_frames={"bad_number": 3},
        bad_lines=2,
        first_bad_line="line 7: what",
        clamped_times=1,
        not_read={"binance": 9},
        cut="here",
        assumptions=[],
    )
    told = lens_lines({"lenses": lenses, "tapes": [given_tape(), given_tape(), trouble]})
    assert "touch     1,000 fills (10 rest on inferred trades), result worst -$2.00, at the mark $1.00" in told
    assert "queue     1,000 fills (10 rest on inferred trades), result worst -$2.00, at the mark n/a" in told
    assert "game (mlb): 1,500 frames\n" in told
    assert "frames; 3 refused as bad_number; 2 bad lines (line 7: what); 1 times went back; not read yet: 9 binance; cut off: here" in told
    assert "assumed    the first token seen is YES (2 tapes)" in told


class Terminal(io.StringIO):
    """An output that claims to be one."""

    def isatty(self) -> bool:
        return True


def given_view(at_ns: int, mark: int | None = 1_000_000_000) -> ProgressView:
    return ProgressView(
        at_ns=at_ns,
        events=50,
        placed=1_100,
        filled=7,
        cancelled=1,
        resting=12,
        cash_free_micro=1,
        equity_mark_micro=mark,
        equity_worst_micro=-5_000_000,
        books="6 LIVE",
    )


def test_on_a_terminal_one_line_is_shown_cut_to_its_width_and_written_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    out = Terminal()
    shown = Progress(0, 100.0, given_view, out=out)
    assert shown(25 * NS_PER_SECOND)
    assert shown(26 * NS_PER_SECOND), "within a quarter of a second nothing is written again"
    line = out.getvalue()
    assert line.startswith("\r[#####...............]  25% | 0:00:25 | 0:00:00 left | orders 1,100 placed 12 open | 7 fills | books 6 LIVE |")
    assert "equity $1,000.00 (worst -$5.00) | 50 facts (" in line
    assert line.count("\r") == 1
    monkeypatch.setenv("COLUMNS", "40")
    narrow = Terminal()
    Progress(0, None, lambda at_ns: given_view(at_ns, None), out=narrow)(5 * NS_PER_SECOND)
    assert len(narrow.getvalue()) == 40
    shown.end()
    assert out.getvalue().endswith("\n")


def test_without_a_terminal_nothing_is_shown() -> None:
    out = io.StringIO()
    shown = Progress(0, 100.0, given_view, out=out)
    assert shown(NS_PER_SECOND)
    shown.end()
    assert out.getvalue() == ""


def test_a_watchable_speed_holds_virtual_time_back_and_a_wish_to_stop_ends_the_wait() -> None:
    shown = Progress(0, None, given_view, speed=100.0, out=io.StringIO())
    began = time.monotonic()
    assert shown(10 * NS_PER_SECOND)
    assert time.monotonic() - began >= 0.09
    shown.stop = True
    assert not shown(10**6 * NS_PER_SECOND)
    assert time.monotonic() - began < 5


def test_a_report_of_a_run_can_be_shown_after_a_round_through_json() -> None:
    assert summary(json.loads(json.dumps(given_report())), "a run") == summary(given_report(), "a run")


def test_a_summary_is_folded_between_words_under_its_heading_and_loses_none() -> None:
    text = "\nheading\n  orders     " + "many words that go on " * 6 + "\n             and one below"
    lines = folded(text, 40).split("\n")
    assert max(len(line) for line in lines) <= 40
    assert " ".join(folded(text, 40).split()) == " ".join(text.split())
    assert all(line.startswith(" " * 13) for line in lines[3:])
    assert folded(text) == text, "nothing is folded where there is no terminal"
