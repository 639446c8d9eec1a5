"""`paper` as a person runs it: against an exchange, without a key, with a summary that says what it is worth."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

import run_bot
from sim.gateway.records import Series
from tests.config.words_live import Floor, open_floor, open_market
from tests.config.words_runs import assert_adds_up, report_of


@pytest.fixture(autouse=True)
def _a_home_of_its_own(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The state folder is in the home; a paper run locks it, and tests run side by side. A short name: a socket's has 107 bytes at most."""
    with TemporaryDirectory(prefix="home-") as home:
        monkeypatch.setenv("HOME", home)
        yield


@pytest.fixture(scope="module")
def floor() -> Iterator[Floor]:
    with open_floor(2) as opened:
        yield opened


def test_it_trades_on_paper_for_as_long_as_was_said_and_tells_what_became_of_it(
    floor: Floor, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:  # req 2.54
    report = tmp_path / "r.json"
    words = ["paper", "--host", floor.url, "--seconds", "2", "--report", str(report), "--journal", str(tmp_path / "j")]
    assert run_bot.main(words) == 0
    said = capsys.readouterr().out
    assert said.startswith(f"paper: 2 markets at {floor.url}, strategies: market_making\n")
    assert "nothing is sent to the venue but questions" in said
    assert "paper: what became of it" in said
    assert "conserved  yes: money is conserved" in said
    assert "Real trading would have earned less." in " ".join(said.split())
    told = report_of(report)
    assert_adds_up(told)
    assert told["orders"]["placed"] > 0
    assert told["virtual_s"] >= 2
    assert run_bot.main(["report", str(tmp_path / "j")]) == 0


def test_without_a_word_the_journal_and_the_tape_are_in_the_state_folder_and_the_latest_journals_stay(
    floor: Floor, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    state = tmp_path / "state"
    path = tmp_path / "paper.toml"
    path.write_text(f"[live]\nstate = {json.dumps(str(state))}\n[journal]\npaper_kept = 2\n[strategy.market_making]\n")
    journals: list[Path] = []
    for _ in range(3):
        assert run_bot.main(["paper", "--host", floor.url, "--seconds", "1", "--config", str(path)]) == 0
        said = capsys.readouterr().out
        journals.append(Path(said.partition("  journal    ")[2].partition("\n")[0]))
        assert f"  tape       {state}/tape, " in said
    assert sorted(state.glob("paper-*.journal")) == sorted(journals[1:])
    assert [journal.parent for journal in journals] == [state] * 3
    assert run_bot.main(["report", str(journals[-1])]) == 0
    assert len(list((state / "tape").glob("*.tape*"))) == 3


def test_chosen_markets_come_from_the_file_and_the_words_and_what_is_left_out_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with open_floor(2) as floor:  # one of its own: a market is closed
        path = tmp_path / "paper.toml"
        path.write_text(f"[markets]\nslugs = {json.dumps(['market-0'])}\nconditions = {json.dumps([floor.markets[1].market_id])}\n")
        words = ["paper", "--host", floor.url, "--seconds", "1", "--config", str(path)]
        assert run_bot.main(words) == 0
        assert "paper: 2 markets" in capsys.readouterr().out
        floor.do(lambda: floor.host.close(floor.markets[1].market_id))
        assert run_bot.main([*words, "--slug", "market-1"]) == 0
        said = capsys.readouterr().out
        assert "paper: 1 market at" in said
        assert "left out: market-1" in said or "left out: 0x" in said


def test_a_market_whose_end_nobody_knows_is_bought_when_the_person_says_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # ruling 2.9: no new buys without a configured end
    with open_floor(0) as floor:
        floor.do(lambda: open_market(floor, "rain", left_s=None))
        path, report = tmp_path / "paper.toml", tmp_path / "r.json"
        words = ["paper", "--host", floor.url, "--seconds", "2", "--config", str(path), "--report", str(report), "--slug", "rain"]
        path.write_text("[strategy.market_making]\n")
        assert run_bot.main(words) == 0
        assert 'rain: nobody says when it ends, so nothing is bought there; [markets.ends] "rain" = …Z sets an end' in capsys.readouterr().out
        assert report_of(report)["orders"]["placed"] == 0
        for end, is_traded in (("2099-01-01", True), ("2020-01-01", False)):
            path.write_text(f"[strategy.market_making]\n[markets.ends]\nrain = {end}T00:00:00Z\n")
            assert run_bot.main(words) == 0
            assert ("rain: its end has passed (2020-01-01T00:00:00.000Z)" in capsys.readouterr().out) is not is_traded
            assert bool(report_of(report)["orders"]["placed"]) is is_traded


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["--seconds", "1"], 2, "which markets?"),
        (["--host", "http://127.0.0.1:9"], 3, "none of the chosen markets can be traded"),
        (["--host", "ftp://x"], 2, "--host"),
        (["--host", "http://example.org"], 2, "in the clear"),
        (["--slug", "a b"], 2, "is not a slug"),
        (["--resume", "--journal", "x"], 2, "a paper run cannot be done again"),
        (["--report", "/nosuch/r.json"], 2, "--report"),
    ],
)
def test_what_cannot_be_done_is_refused_in_one_line(words: list[str], code: int, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_bot.main(["paper", *words]) == code
    said = capsys.readouterr()
    assert told in said.err
    assert (said.out, len(said.err.splitlines())) == ("", 1)


def test_a_series_that_is_typed_is_followed_from_window_to_window(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with open_floor(2) as floor:  # its own, as it opens more markets
        series = Series(number="10684", title="Five minutes", recurrence="5m")
        floor.do(lambda: open_market(floor, "first window", series=series))
        later = threading.Timer(1.5, lambda: floor.do(lambda: open_market(floor, "second window", series=series)))
        path, report = tmp_path / "paper.toml", tmp_path / "r.json"
        path.write_text("[markets]\nfollow_s = 1\n[strategy.market_making]\n")
        later.start()
        try:
            assert (
                run_bot.main(["paper", "--host", floor.url, "--seconds", "5", "--config", str(path), "--series", "10684", "--report", str(report)])
                == 0
            )
        finally:
            later.join()
        assert capsys.readouterr().out.startswith(f"paper: 1 market at {floor.url}")
        assert report_of(report)["markets"]["known"] == 2


def test_a_series_that_is_no_number_is_refused_in_one_line(floor: Floor, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_bot.main(["paper", "--host", floor.url, "--series", "btc-updown-5m"]) == 2
    assert "'btc-updown-5m' is not the number of a series at Gamma, such as 10684" in capsys.readouterr().err
