"""The report as JSON."""

import json

from config.report.as_json import as_json
from tests.config.report.words_history import given_history, given_market_history, given_totals


def test_readers_of_the_run_report_find_its_keys_where_they_were() -> None:
    told = json.loads(as_json(given_history()))
    assert {key: told[key] for key in given_totals()} == given_totals()
    assert (told["report"], told["markets"]) == (1, {"known": 1, "resolved": 0})


def test_the_history_stands_beside_them_and_nothing_of_it_is_lost() -> None:
    told = json.loads(as_json(given_history()))
    assert told["run"] == {
        "run_id": "a test, seed 7",
        "status": "finished",
        "schema": 2,
        "first_ns": 1_750_000_000 * 10**9,
        "last_ns": 1_750_000_600 * 10**9,
    }
    assert told["verdict"].startswith("No verdict")
    assert (told["disagreement"], told["drawdown_mark_micro"], len(told["measures"])) == ("", 3_000_000, 2)
    assert {name: len(points) for name, points in told["series"].items()} == {"equity": 3, "health": 2, "lenses": 0, "markets": 1}
    assert told["series"]["markets"][0]["fills"][0]["side"] == "BUY"
    assert told["series"]["equity"][1]["mark_micro"] is None
    assert "about" in told


def test_signs_that_steer_a_terminal_or_a_reader_are_written_by_number() -> None:
    text = as_json(given_history(markets=(given_market_history("\u202e\x1b[2J"),)))
    assert text.isascii()
    assert "\\u202e\\u001b[2J" in text


def test_one_history_makes_the_same_text_each_time() -> None:
    assert as_json(given_history()) == as_json(given_history())
