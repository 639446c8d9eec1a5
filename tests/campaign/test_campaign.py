"""The campaign works: its quick version holds, and what is broken is found, named and counted in the exit code."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from oms.machines import ladder
from tests.campaign.book_model import book_against_dicts
from tests.campaign.interpreters import Ended, run_apart
from tests.campaign.judge import GROWTH_MIB, Finding, equal, memory
from tests.campaign.parts import PARTS
from tests.campaign.run import main
from tests.campaign.size import Say, Size

ORDERS = {"placed": 2, "filled": 1, "cancelled": 1, "expired": 0, "rejected": 0, "failed": 0, "resting": 0, "unknown": 0}


def given_ended(*, commands_hash: str = "ab", conserved: object = True, parts_sum: bool = True, resting: int = 0) -> Ended:
    orders = {**ORDERS, "resting": resting}
    told = {"commands_hash": commands_hash, "conserved": conserved, "parts_sum": parts_sum, "orders": orders, "fills": {"count": 1}, "events": 9}
    return Ended(outcome=told, wall_s=1.0)


@pytest.mark.parametrize("part", list(PARTS))
def test_the_quick_campaign_holds(part: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--quick", "--part", part]) == 0
    assert "everything held" in capsys.readouterr().out


def test_one_broken_property_fails_the_campaign_and_the_other_parts_still_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(_size: Size, _say: Say) -> Iterator[Finding]:
        yield Finding(what="two and two", ok=False, figures="seed=5: five")

    monkeypatch.setitem(PARTS, "ledger", broken)
    assert main(["--quick", "--part", "ledger", "--part", "lifecycle"]) == 1
    said = capsys.readouterr().out
    assert "ledger: two and two: seed=5: five" in said
    assert "lifecycle" in said


@pytest.mark.parametrize(
    ("second", "words"),
    [
        (given_ended(commands_hash="cd"), "differ in commands_hash"),
        (given_ended(conserved="100 micro are gone"), "100 micro are gone"),
        (given_ended(parts_sum=False), "orders"),
        (given_ended(resting=1), "'resting': 1"),
        (Ended(error="exit code 1"), "exit code 1"),
    ],
)
def test_two_runs_must_be_sound_and_equal(second: Ended, words: str) -> None:
    (finding,) = equal("a run", given_ended(), second)
    assert not finding.ok
    assert words in finding.figures
    (good,) = equal("a run", given_ended(), given_ended())
    assert good.ok


def test_memory_that_grows_to_the_end_is_not_flat() -> None:
    flat, growing = {0.25: 50.0, 0.5: 90.0, 0.75: 100.0, 1.0: 101.0}, {0.25: 50.0, 0.5: 75.0, 0.75: 100.0, 1.0: 101.0 + GROWTH_MIB}
    assert memory("flat", Ended(rss_mib=flat)).ok
    assert not memory("growing", Ended(rss_mib=growing)).ok
    assert not memory("not told", Ended(rss_mib={1.0: 100.0})).ok


def test_a_run_that_breaks_says_its_last_words(tmp_path: Path) -> None:
    nothing = tmp_path / "no-tape.jsonl"
    ended = run_apart(("replay", str(nothing), "0"), 1, lambda _text: None)
    assert "no-tape.jsonl" in ended.error
    assert ended.outcome == {}


def test_a_ladder_that_loses_its_way_is_found_with_its_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    find = ladder._next_rung
    monkeypatch.setattr(ladder, "_next_rung", lambda sizes, rung: len(sizes) - 1 if rung else find(sizes, rung))
    with pytest.raises(AssertionError, match="seed=3 message="):
        book_against_dicts(2_000, 3)
