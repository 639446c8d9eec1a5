"""The log level is honoured, whichever way it is set, in every verb that runs something (text 2: a level that was ignored)."""

import re
from pathlib import Path

import pytest

from config.settings import FOLDER
from tests.config.words_runs import Run, assert_refused, report_of, run_bot, run_here

VERBS = {"demo": ("--seconds", "10"), "replay": (), "chaos": ("--seeds", "1")}
FEW_ORDERS = "[limits]\nmarket_orders_max = 3\n"
"""So that some are placed and some refused: there is something to warn of."""


def given_file(folder: Path, verb: str, level: str | None) -> Path:
    path = folder / f"{verb}-{level}.toml"
    text = (FOLDER / f"{verb}.toml").read_text(encoding="utf-8")
    text = text.replace("[limits]\n", FEW_ORDERS) if "[limits]\n" in text else text + FEW_ORDERS
    path.write_text(text + (f'[log]\nlevel = "{level}"\n' if level else ""))
    return path


def levels_told(verb: str, config: Path, *, words: str | None = None, environment: str | None = None) -> set[str]:
    """The levels of the lines on stderr, each of which must be a line of the log."""
    env = {"STEELYARD__LOG__LEVEL": f'"{environment}"'} if environment else {}
    return levels_of(run_here(verb, *VERBS[verb], "--config", config, *(["--log-level", words] if words else []), env=env))


def levels_of(run: Run) -> set[str]:
    assert run.code == 0, run.err
    found = [re.match(r"(?:time=\S+|<\d>)\s?(?:level=)(\w+) room=\w+ what=", line) for line in run.err.splitlines()]
    assert all(found), run.err
    return {match[1] for match in found if match}


TRADES = {"debug": {"debug", "info", "warning"}, "info": {"info", "warning"}, "warning": {"warning"}, "error": set[str]()}
EXPECTED = {
    "demo": TRADES,
    "replay": TRADES,
    "chaos": {"debug": {"debug", "info"}, "info": {"info"}, "warning": set[str](), "error": set[str]()},
}
"""What is there to be told at each level; a chaos run that finds nothing warns of nothing."""


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("level", ["debug", "info", "warning", "error"])
def test_the_words_set_the_level(tmp_path: Path, verb: str, level: str) -> None:  # req 2.59
    config = given_file(tmp_path, verb, None)
    assert levels_of(run_bot(verb, *VERBS[verb], "--config", config, "--log-level", level)) == EXPECTED[verb][level]


@pytest.mark.parametrize("verb", VERBS)
def test_words_win_over_the_environment_and_that_over_the_file(tmp_path: Path, verb: str) -> None:  # req 2.59
    quiet, loud = given_file(tmp_path, verb, "error"), given_file(tmp_path, verb, "info")
    assert levels_told(verb, quiet) == set()
    assert "info" in levels_told(verb, loud)
    assert "info" in levels_told(verb, quiet, environment="info")
    assert levels_told(verb, loud, environment="error") == set()
    assert levels_told(verb, loud, environment="info", words="error") == set()
    assert "info" in levels_told(verb, quiet, environment="error", words="info")


def test_unless_told_otherwise_warnings_are_told(tmp_path: Path) -> None:
    assert levels_told("demo", given_file(tmp_path, "demo", None)) == {"warning"}


@pytest.mark.parametrize("verb", VERBS)
def test_an_unknown_level_is_refused_whichever_way_it_comes(tmp_path: Path, verb: str) -> None:
    wrong = given_file(tmp_path, verb, "loud")
    assert_refused(run_here(verb, "--config", wrong), 2, str(wrong), "log.level: ", "'loud'")
    assert_refused(run_here(verb, env={"STEELYARD__LOG__LEVEL": '"loud"'}), 2, "STEELYARD__", "log.level: ", "'loud'")
    assert_refused(run_here(verb, env={"STEELYARD__LOG__LEVEL": "info"}), 2, "STEELYARD__LOG__LEVEL", "is not a TOML value; quote text")
    run = run_here(verb, "--log-level", "loud")
    assert run.code == 2
    assert run.err.splitlines()[-1].endswith("argument --log-level: invalid choice: 'loud' (choose from 'debug', 'info', 'warning', 'error')")


def test_a_journal_is_gone_on_with_whatever_the_level(tmp_path: Path) -> None:
    journal = tmp_path / "j"
    words = ("demo", "--seconds", "10", "--journal", journal, "--report", tmp_path / "r.json")
    assert run_bot(*words).code == 0
    first = report_of(tmp_path / "r.json")
    again = run_bot(*words, "--resume", env={"STEELYARD__LOG__LEVEL": '"debug"'})
    assert again.code == 0, again.err
    assert (report_of(tmp_path / "r.json")["commands_hash"], report_of(tmp_path / "r.json")["config_hash"]) == (
        first["commands_hash"],
        first["config_hash"],
    )
