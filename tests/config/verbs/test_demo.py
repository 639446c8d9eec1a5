"""The verb `demo`, called as run_bot.py calls it."""

from pathlib import Path

import pytest

import run_bot
from tests.config.words_runs import report_of


def test_it_says_what_it_does_before_and_what_became_of_it_after(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_bot.main(["--seconds", "10", "--seed", "11", "--report", str(tmp_path / "a.json")]) == 0
    told = capsys.readouterr().out
    assert told.startswith("demo: market making, negrisk arbitrage and binary arbitrage on the built-in exchange, 2 markets and 1 event at a time, ")
    assert "seed 11; 10 virtual seconds, as fast as it goes\n" in told
    assert "the market-data stream breaks off for 30 s in the middle; no key, no network, no real money" in told
    assert "demo: what became of it" in told
    assert report_of(tmp_path / "a.json")["seed"] == 11


def test_its_settings_come_from_the_file_named_and_the_environment(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.toml").write_text("[demo]\nmarkets = 1\n")
    monkeypatch.setenv("STEELYARD__DEMO__OUTAGE_S", "0")
    assert run_bot.main(["demo", "--seconds", "5", "--config", str(tmp_path / "mine.toml")]) == 0
    told = capsys.readouterr().out
    assert "demo: market making on the built-in exchange, 1 market at a time" in told
    assert "breaks off" not in told


@pytest.mark.parametrize("words", [["--report", "."], ["--config", "gone.toml"], ["--report", "j", "--journal", "j"]])
def test_what_cannot_work_is_refused_before_anything_runs(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run_bot.main(["demo", *words]) == 2
    told = capsys.readouterr()
    assert (told.out, len(told.err.splitlines())) == ("", 1)
