"""What a run rests on."""

from msgspec.structs import replace

from config.report.sources import assumptions, tapes
from tests.config.report.words_history import given_history, given_market_history, given_totals
from tests.words import given_market

TAPE = {"name": "game", "kind": "mlb", "trade_rule": "", "markets": ["m"], "assumptions": ["the first token seen is YES"]}


def test_a_tape_is_told_by_name_kind_and_rule_as_far_as_the_run_began_with() -> None:
    assert tapes(given_history(about={"tapes": [TAPE, {**TAPE, "trade_rule": "vanish"}]})) == [
        "game (mlb)",
        "game (mlb, trades inferred by rule vanish)",
    ]


def test_what_was_wrong_with_a_tape_is_said_when_the_run_came_to_its_end() -> None:
    quiet = {"frames": 1_500, "refused_frames": {}, "bad_lines": 0, "first_bad_line": None, "clamped_times": 0, "not_read": {}, "cut": None}
    trouble = {
        "refused_frames": {"bad_number": 3},
        "bad_lines": 2,
        "first_bad_line": "line 7",
        "clamped_times": 1,
        "not_read": {"binance": 9},
        "cut": "here",
    }
    history = given_history(about={"tapes": [TAPE]}, totals=given_totals(tapes=[{**TAPE, **quiet}, {**TAPE, **quiet, **trouble}]))
    assert tapes(history) == [
        "game (mlb): 1,500 frames",
        "game (mlb): 1,500 frames; 3 refused as bad_number; 2 bad lines (line 7); 1 time went back; 9 binance not read; cut off: here",
    ]


def test_an_assumption_is_said_once_with_the_number_of_tapes_it_is_about() -> None:
    market = given_market_history()
    assumed = replace(market, market=replace(given_market(), assumptions=("the end is a day later",)))
    history = given_history(about={"tapes": [TAPE, TAPE]}, markets=(assumed, assumed))
    assert assumptions(history) == ["the first token seen is YES (2 tapes)", "the end is a day later"]
    assert assumptions(given_history(about={})) == []
