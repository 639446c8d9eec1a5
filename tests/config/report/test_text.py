"""The report on a terminal."""

from hypothesis import given, settings
from msgspec.structs import replace

from config.report.text import BLOCKS, SIGNS, told
from oms.values.history import EquityPoint, History
from oms.values.units import MICRO
from tests.config.report.words_history import FIRST, LAST, given_history, given_totals, histories


def line_of(text: str, head: str) -> str:
    return next(line for line in text.splitlines() if line.startswith(f"  {head}"))


def test_the_verdict_stands_before_the_money_and_the_measures_with_their_intervals_after() -> None:
    text = told(given_history(), 100)
    heads = [line.split()[0] for line in text.splitlines() if line.startswith("  ") and line[2] != " "]
    assert heads == ["status", "verdict", "orders", "fills", "money", "conserved", "books", "refused", "run", "measure", "measure", "worth", "note"]
    assert "a share: 25.00% (95 % between 12.50% and 50.00%; 8 orders that ended)" in text
    assert "a result: n/a (too few for an interval; 0 markets)" in text
    assert "5,000 facts, 20 commands, hash abababababababab…, seed 7" in text
    assert "machine" not in text
    assert " in 0.0 s" not in text


def test_parts_of_orders_sum_to_those_placed() -> None:  # req 2.58
    line = line_of(told(given_history(), 100), "orders")
    whole, parts = line.removeprefix("  orders").split("=")
    assert int(whole.split()[0]) == sum(int(part.split()[0]) for part in parts.split("+"))


def test_an_alarm_stands_above_the_verdict() -> None:
    text = told(given_history(disagreement="cash: 1, the run said 2"), 100)
    assert text.index("ALARM") < text.index("verdict")
    assert "ALARM" not in told(given_history(), 100)


def test_what_is_not_known_is_said() -> None:
    text = told(given_history(totals=given_totals(conserved=None, conservation=None, events=None, turns=None), equity=(), about={}), 100)
    assert "conserved  not known" in text
    assert "worth      at the mark never known" in text
    assert "n/a facts" in text
    assert "None" not in text


def test_a_run_at_a_venue_that_shows_no_books_is_conserved_as_far_as_we_can_see() -> None:
    line = line_of(told(given_history(totals=given_totals(conservation=None)), 100), "conserved")
    assert line == "  conserved  yes, as far as we can see: our ledger balances, and what the venue says we hold fits it"


def test_money_that_leaks_is_said() -> None:
    assert "conserved  NO: at 5: 1, not 2" in told(given_history(totals=given_totals(conserved="at 5: 1, not 2")), 100)


def test_worth_is_drawn_from_low_to_high_with_a_blank_where_it_is_not_known() -> None:
    marks = (10, None, 20)
    points = [
        EquityPoint(at_ns=FIRST + (LAST - FIRST) * number // 3, cash_free_micro=0, worst_micro=0, mark_micro=mark)
        for number, mark in enumerate(marks)
    ]
    history = given_history(equity=tuple(points))
    assert line_of(told(history, 16), "worth") == "  worth      ▁ █"
    assert line_of(told(history, 22), "worth") == "  worth      ▁▁▁   █"  # it goes on until the next point
    assert line_of(told(history, 16, rising=SIGNS), "worth") == "  worth      _ @"
    assert len(BLOCKS) == len(SIGNS)


def test_lenses_tapes_and_assumptions_are_told() -> None:
    lens = {"fills": 5, "inferred": 2, "result_worst_micro": -MICRO, "result_mark_micro": None}
    tapes = [{"name": "game", "kind": "mlb", "assumptions": ["the first is YES"]}]
    text = told(given_history(totals=given_totals(lenses={"through": lens, "touch": lens}), about={"tapes": tapes}), 100)
    assert "touch         5 fills (2 rest on inferred trades), result worst -$1.00, at the mark n/a" in text
    assert text.index("    touch") < text.index("    through")
    assert "tape       game (mlb)" in text
    assert "assumed    the first is YES" in text


@settings(max_examples=40)
@given(histories())
def test_whatever_a_history_holds_the_terminal_is_not_steered(history: History) -> None:
    text = told(replace(history, about={"notes": ["\x1b[2J\u202e"]}), 80)
    assert all(sign.isprintable() or sign == "\n" for sign in text)
    assert "\\x1b[2J\\x202e" in text
