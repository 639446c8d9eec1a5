"""What all simulated verbs share: watchers see every fact, a run ends with nothing open, a violation of conservation reaches the report."""

from pathlib import Path

import pytest

from config.assembly.demo import Demo
from config.assembly.joined import Keep
from config.settings import Settings
from oms.entries import read_journal
from oms.ports import JournalFailed
from oms.replay import recorded_commands
from oms.values.events import Deposited, Event, Paused
from tests.config.words_runs import assert_adds_up, without_machine


def given_demo(seconds: int = 20, journal: Path | None = None) -> Demo:
    return Demo(Settings(), seed=3, seconds=seconds, keep=None if journal is None else Keep(path=journal, run_id="a demo"))


def test_watchers_see_every_applied_fact_with_its_time() -> None:
    demo = given_demo()
    seen: list[tuple[Event, int]] = []
    demo.joined.watchers.append(lambda event, at_ns: seen.append((event, at_ns)))
    report = demo.run()
    assert len(seen) == report["events"]
    assert [at_ns for _, at_ns in seen] == sorted(at_ns for _, at_ns in seen)
    assert isinstance(seen[0][0], Deposited)


def test_a_run_ends_in_order_with_nothing_open_on_either_side() -> None:  # req 0.7
    demo = given_demo()
    report = demo.run()
    state = demo.joined.engine.state
    assert_adds_up(report)
    assert (state.blotter.open_count, state.settlements.open_count, demo.venue.is_quiet()) == (0, 0, True)
    assert (report["orders"]["resting"], report["orders"]["unknown"], report["cash"]["pending_micro"]) == (0, 0, 0)
    assert not state.session.may_quote


def test_money_that_appears_from_nowhere_is_reported_with_its_place() -> None:  # req 0.3
    demo = given_demo()
    demo.joined.live(until_ns=demo.world.now_ns() + 10**10)
    demo.joined.engine.apply(Deposited(cash_micro=1, deposit_id="forged"), demo.world.now_ns())
    demo.joined.wind_down("the test is over")
    told = demo.joined.report()["conserved"]
    assert told is not True
    assert "we hold" in told


def test_a_payment_the_venue_never_made_is_reported_when_it_is_told() -> None:
    demo = given_demo()
    demo.joined.live(until_ns=demo.world.now_ns() + 10**10)
    demo.world.tell(Deposited(cash_micro=1, deposit_id="forged"))
    demo.joined.wind_down("the test is over")
    assert "Deposited" in str(demo.joined.report()["conserved"])


def test_a_journal_on_disk_changes_nothing_and_holds_every_command(tmp_path: Path) -> None:  # req 1.26
    on_disk, in_memory = given_demo(journal=tmp_path / "j"), given_demo()
    report = on_disk.run()
    assert without_machine(report) == without_machine(in_memory.run())
    _, entries = read_journal(tmp_path / "j")
    kept = list(entries)
    assert len(list(recorded_commands(kept))) == report["commands"]
    assert any(isinstance(entry.body, Paused) for entry in kept)
    with pytest.raises(JournalFailed, match="exists already"):
        given_demo(journal=tmp_path / "j")


def test_how_old_the_books_were_is_noted_in_virtual_time() -> None:  # req 2.10
    first, second = given_demo(), given_demo()
    age = first.run()["latency_us"]["age_at_decision"]
    assert age == second.run()["latency_us"]["age_at_decision"]
    assert 0 < age["p50"] <= age["p99"] <= age["max"]
