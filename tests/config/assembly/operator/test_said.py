"""What people said is heard again by a run that is done again: killed, it ends as the one that was not, told the same at the same instants."""

import random
from pathlib import Path

import pytest

from config.assembly.demo import Demo
from config.assembly.joined import Keep
from config.assembly.operator.said import said_by_hand
from oms.entries import read_journal
from oms.history import history_of
from oms.journal import SqliteJournal
from oms.ports import JournalFailed, Turned
from oms.values import events as e
from oms.values.commands import Place, Prepared
from tests.config.assembly.operator.words_operator import Visitor, given_demo
from tests.oms.words_journal import RUN
from tests.oms.words_oms import given_spec


class Killed(Exception):
    """The process died here."""


def visited(kind: str, seed: int, keep: Keep | None, *, after_ns: int = -1, die_at: int = 0) -> tuple[Demo, Visitor, str]:
    """A demo to which somebody speaks, up to its end, or to its death at that fact; with the hash of its commands."""
    demo = given_demo(kind, keep=keep)
    visitor = Visitor(demo, seed, after_ns=after_ns)
    left = die_at

    def count_down(_event: e.Event, _at_ns: int) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            raise Killed

    demo.joined.watchers.append(count_down)
    try:
        report = demo.run(visitor.pace)
    except Killed:
        return demo, visitor, ""
    assert report["conserved"] is True
    return demo, visitor, report["commands_hash"]


@pytest.mark.parametrize(("kind", "seed"), [("plain", 0), ("plain", 1), ("demo", 2)])
def test_a_run_that_was_spoken_to_and_killed_ends_as_the_one_that_was_not(kind: str, seed: int, tmp_path: Path) -> None:  # req 0.18, 1.26
    whole, heard, digest = visited(kind, seed, Keep(path=tmp_path / "whole", run_id=kind))
    told = history_of(tmp_path / "whole")
    assert (told.disagreement, told.totals["commands_hash"]) == ("", digest)
    assert {reply.ok for reply in heard.replies} == {True, False}  # something was done, something refused
    die_at = random.Random(f"{kind}/{seed}").randrange(2, whole.joined.turner.event_count)
    path = tmp_path / "killed"
    visited(kind, seed, Keep(path=path, run_id=kind), die_at=die_at)
    said = said_by_hand(path)
    # Whoever spoke to the one that died speaks on where its journal ends.
    _, _, again = visited(kind, seed, Keep(path=path, run_id=kind, resume=True), after_ns=said[-1][0] if said else -1)
    assert again == digest, f"killed at fact {die_at}"
    assert said_by_hand(path) == said_by_hand(tmp_path / "whole")


def test_the_visitor_of_these_tests_makes_a_difference(tmp_path: Path) -> None:
    quiet = given_demo("plain").run()["commands_hash"]
    path = tmp_path / "spoken"
    _, _, digest = visited("plain", 0, Keep(path=path, run_id="plain"))
    assert digest != quiet
    kinds = {type(fact).__name__ for _, fact in said_by_hand(path)}
    assert {"Paused", "Resumed", "MarketPaused", "CancelAsked", "ParamsSet", "OrderAsked"} - kinds == set()
    commands = [entry.body.command for entry in read_journal(path)[1] if isinstance(entry.body, Prepared)]
    assert any(isinstance(command, Place) and command.strategy == "by hand" for command in commands)


def test_a_finished_run_that_was_spoken_to_is_audited_to_the_same_end(tmp_path: Path) -> None:
    path = tmp_path / "j"
    _, _, digest = visited("plain", 1, Keep(path=path, run_id="plain"))
    before = [(entry.seq, entry.body) for entry in read_journal(path)[1]]
    assert given_demo("plain", keep=Keep(path=path, run_id="plain", resume=True)).run()["commands_hash"] == digest
    assert [(entry.seq, entry.body) for entry in read_journal(path)[1]] == before


def test_what_is_said_while_a_run_is_still_being_done_again_is_no_part_of_it_and_is_found(tmp_path: Path) -> None:
    path = tmp_path / "j"
    visited("plain", 1, Keep(path=path, run_id="plain"))
    with pytest.raises(JournalFailed, match="does not repeat what the journal holds"):
        visited("plain", 2, Keep(path=path, run_id="plain", resume=True))


FACTS: list[e.Event] = [
    e.Paused(why="the run's own"),
    e.Paused(why="lunch", by="dashboard#1"),
    e.Resumed(why="the run's own"),
    e.Resumed(why="back", by="telegram#2"),
    e.MarketPaused(market_id="m", why=""),
    e.MarketResumed(market_id="m", why=""),
    e.CancelAsked(order_ids=("7-1",), why=""),
    e.OrderAsked(spec=given_spec(), why=""),
    e.ParamsSet(strategy="maker", values={}),
    e.ResultMarked(result_micro=1),
    e.Acked(order_id="7-1"),
    e.Deposited(cash_micro=1, deposit_id="d"),
]


def test_only_what_people_said_is_taken_from_a_journal_in_order_with_its_times(tmp_path: Path) -> None:
    journal = SqliteJournal(tmp_path / "j", RUN, money_is_real=False)
    for number, fact in enumerate(FACTS, 1):
        journal.commit(Turned(number=number, at_ns=100 * number, batch=[fact]))
    journal.abandon()
    assert said_by_hand(tmp_path / "j") == [(100 * (index + 1), FACTS[index]) for index in (1, 3, 4, 5, 6, 7, 8)]


@pytest.mark.parametrize("content", [None, b"", b"no journal", b"SQLite format 3\x00" + bytes(200)])
def test_where_there_is_no_journal_nothing_was_said_and_whoever_opens_it_tells(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "j"
    if content is not None:
        path.write_bytes(content)
    assert said_by_hand(path) == []


def test_of_a_damaged_journal_as_much_was_said_as_can_be_read(tmp_path: Path) -> None:
    import sqlite3  # noqa: PLC0415 - only the forger needs it

    journal = SqliteJournal(tmp_path / "j", RUN, money_is_real=False)
    for number in range(1, 9):
        journal.commit(Turned(number=number, at_ns=number, batch=[e.MarketPaused(market_id=f"m{number}", why="")]))
    journal.close()
    with sqlite3.connect(tmp_path / "j") as forger:
        forger.execute("UPDATE entry SET body = CAST('{}' AS BLOB) WHERE seq = 6")
    assert [at_ns for at_ns, _ in said_by_hand(tmp_path / "j")] == [1, 2, 3, 4, 5]
