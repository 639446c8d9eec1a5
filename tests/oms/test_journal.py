import signal
import sqlite3
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from oms.entries import read_journal
from oms.journal import MemoryJournal
from oms.ports import Turned
from oms.values import events as e
from oms.values.commands import BundleOpened, Cancel, Command, CommandsHash, Heartbeat, Place, Prepared
from oms.values.decisions import Decision, Quotes, StandAside
from oms.values.market import Market
from oms.values.orders import Side
from oms.values.record import BundleMade, DecisionBody, Made, Verdict, body_of, bundle_body_of
from oms.values.snapshot import Doubt, Health
from tests.conftest import ROOT
from tests.oms.words_engine import acked, buy, given_floor
from tests.oms.words_journal import COMMANDS, FACTS, MARKET_ONLY, RUN, entries_of, given_journal, turned
from tests.oms.words_oms import given_spec
from tests.words import given_book_view, given_resting, given_snapshot
from tests.words_bundles import given_bundle


def test_the_lists_here_hold_every_fact_and_every_command() -> None:
    assert {type(fact) for fact in FACTS} == e.IN_JOURNAL
    assert {type(fact) for fact in (*FACTS, *MARKET_ONLY)} == set(get_args(e.Event))
    assert {type(command).__name__ for command in COMMANDS} | {"Alert"} == {kind.__name__ for kind in get_args(Command)}


@pytest.mark.parametrize("money_is_real", [False, True])
def test_every_fact_and_command_comes_back_as_it_was_and_in_order(tmp_path: Path, *, money_is_real: bool) -> None:  # req 1.26
    journal = given_journal(tmp_path, money_is_real=money_is_real)
    ready = [Prepared(command=command, venue_order_id=f"0x{number}") for number, command in enumerate(COMMANDS)]
    journal.commit(Turned(number=3, at_ns=77, batch=[*MARKET_ONLY, *FACTS], ready=ready))
    journal.close()
    run, entries = read_journal(journal.path)
    read = list(entries)
    assert run == RUN
    assert [entry.body for entry in read] == [*FACTS, *ready]
    assert [entry.seq for entry in read] == list(range(1, len(read) + 1))
    assert {(entry.turn, entry.at_ns) for entry in read} == {(3, 77)}


DECISIONS: list[Decision] = [
    StandAside(why="stale"),
    Quotes(quotes=(buy(),), why="both", patience_pips=3, look_again_ns=9),
]


@pytest.mark.parametrize("decision", DECISIONS)
def test_a_decision_comes_back_with_what_it_saw_and_its_commands_point_to_it(tmp_path: Path, decision: Decision) -> None:
    journal = given_journal(tmp_path)
    snapshot = given_snapshot(resting=[given_resting("o1", Side.BUY, 4_000, 9)])
    place = Place(order_id="o1", spec=given_spec(), strategy="maker", why="bid")
    other = msgspec.structs.replace(place, order_id="o2", strategy="other")
    again = Cancel(order_id="o8", why=decision.why)  # repeated after silence: the same words, but no decision of this turn
    commands: list[Command] = [again, Cancel(order_id="o9", why=decision.why), place, other]
    ready = [Prepared(command=command) for command in commands]
    verdict = Verdict(side=Side.BUY, price_pips=4_000, shares_micro=9, order_id="o1", reserve_micro=5)
    made = Made(strategy="maker", snapshot=snapshot, decision=decision, verdicts=(verdict,), first=1, last=3)
    journal.commit(Turned(number=1, at_ns=2, batch=[acked("o9")], decisions=(made,), ready=ready, frames=(5, 8)))
    journal.close()
    _, decided, *sent = entries_of(journal.path)
    assert decided.body == body_of(made, (5, 8))
    assert isinstance(decided.body, DecisionBody)
    assert (decided.body.verdicts, decided.body.decision, decided.body.resting) == ((verdict,), decision, (("o1", 9_000_000),))
    assert [entry.cause_seq for entry in sent] == [None, decided.seq, decided.seq, None]


def test_what_a_step_of_a_bundle_saw_comes_back_and_its_commands_point_to_it(tmp_path: Path) -> None:  # ruling 0.1
    journal = given_journal(tmp_path)
    made = BundleMade(strategy="arbitrage", bundle_id="7-b1", snapshots=(given_snapshot(cash=77), given_snapshot()), first=1, last=3)
    opened = BundleOpened(bundle_id="7-b1", strategy="arbitrage", bundle=given_bundle("a", "b"))
    place = Place(order_id="o1", spec=given_spec(), strategy="arbitrage", why="all legs at once", bundle="7-b1/1")
    ready = [Prepared(command=command) for command in (Cancel(order_id="o9", why="w"), opened, place)]
    journal.commit(Turned(number=1, at_ns=2, batch=[acked("o9")], decisions=(made,), ready=ready, frames=(5, 8)))
    journal.close()
    _, decided, *sent = entries_of(journal.path)
    assert decided.body == bundle_body_of(made, (5, 8))
    assert [entry.cause_seq for entry in sent] == [None, decided.seq, decided.seq]


def test_every_combination_of_doubts_is_read_by_an_interpreter_that_never_saw_it(tmp_path: Path) -> None:
    journal = given_journal(tmp_path)
    combinations = range(256)
    for number in combinations:
        book = given_book_view(doubts=Doubt(number), health=Health.SUSPECT)
        saw = given_snapshot(yes=book)
        made = Made(strategy="m", snapshot=saw, decision=StandAside(why="w"), verdicts=(), first=0, last=1)
        journal.commit(Turned(number=number, at_ns=1, batch=[], decisions=(made,), ready=[Prepared(command=Heartbeat())]))
    journal.close()
    code = f"""
        from pathlib import Path
        from oms.entries import read_journal
        from oms.values.record import DecisionBody
        from oms.values.snapshot import Doubt
        bodies = [entry.body for entry in read_journal(Path({str(journal.path)!r}))[1] if isinstance(entry.body, DecisionBody)]
        assert all(type(body.yes.doubts) is Doubt for body in bodies)
        print(*(int(body.yes.doubts) for body in bodies))
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert done.stderr == ""
    assert done.stdout.split() == [str(number) for number in combinations]


@pytest.mark.parametrize(("money_is_real", "level"), [(True, 2), (False, 1)])
def test_every_turn_reaches_the_disk_where_money_is_real_and_the_system_elsewhere(tmp_path: Path, *, money_is_real: bool, level: int) -> None:
    journal = given_journal(tmp_path, money_is_real=money_is_real)  # decision 0007
    assert journal._connection.execute("PRAGMA synchronous").fetchone() == (level,)
    assert journal._connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_column_takes_nothing_that_is_not_of_its_type(tmp_path: Path) -> None:
    journal = given_journal(tmp_path)
    journal.close()
    connection = sqlite3.connect(journal.path)
    for statement in ("UPDATE run SET seed = 'seven'", "INSERT INTO entry (turn) VALUES ('one')", "INSERT INTO entry (body) VALUES ('text')"):
        with pytest.raises(sqlite3.IntegrityError, match="cannot store TEXT value"):
            connection.execute(statement)
    with pytest.raises(sqlite3.IntegrityError, match="CHECK constraint failed"):
        connection.execute("INSERT INTO entry (flow) VALUES ('rumour')")
    connection.close()


def test_a_turn_that_is_only_about_markets_writes_nothing(tmp_path: Path) -> None:  # ruling 0.1
    journal = given_journal(tmp_path)
    journal.commit(turned(1, batch=MARKET_ONLY))
    journal.commit(turned(2))
    journal.commit(turned(3, batch=[acked("o1")]))
    journal.close()
    assert [(entry.seq, entry.turn) for entry in entries_of(journal.path)] == [(1, 3)]
    assert (journal.turns, journal.commanding_turns) == (3, 0)


def test_a_run_is_marked_with_how_it_ended(tmp_path: Path) -> None:
    journal = given_journal(tmp_path)
    statuses = "SELECT status FROM run"
    with sqlite3.connect(journal.path) as other:
        assert other.execute(statuses).fetchall() == [("running",)]
        journal.close("interrupted")
        assert other.execute(statuses).fetchall() == [("interrupted",)]
    other.close()


def test_an_order_is_found_by_its_id_without_reading_everything(tmp_path: Path) -> None:  # req 2.36
    journal = given_journal(tmp_path)
    journal.commit(turned(1, batch=[acked("o1"), acked("o2")], commands=[Cancel(order_id="o1", why="w"), Heartbeat()]))
    journal.close()
    connection = sqlite3.connect(journal.path)
    assert connection.execute("SELECT seq, kind FROM entry WHERE order_id = 'o1' ORDER BY seq").fetchall() == [(1, "Acked"), (3, "Cancel")]
    assert "entry_by_order" in str(connection.execute("EXPLAIN QUERY PLAN SELECT seq FROM entry WHERE order_id = 'o1'").fetchall())
    connection.close()


KILLED = """
    import os, signal, sys
    from pathlib import Path
    from oms.entries import RunRow
    from oms.journal import SqliteJournal
    from oms.ports import Turned
    from oms.values.events import Acked
    journal = SqliteJournal(Path(sys.argv[1]), RunRow(run_id="r", commit_id="", config_hash="", seed=1, started_ns=0), money_is_real=False)
    for number in range(1, 10_000):
        journal.commit(Turned(number=number, at_ns=number, batch=[Acked(order_id=f"o{number}"), Acked(order_id=f"p{number}")]))
        print(number, flush=True)
        if number == 137:
            journal._connection.execute("BEGIN")
            journal._connection.execute("INSERT INTO entry VALUES (9999, 9999, 0, 'fact', 'Acked', NULL, NULL, x'7b', 0)")
            os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_run_can_be_read_up_to_its_last_commit(tmp_path: Path) -> None:  # req 0.18
    path = tmp_path / "killed.journal"
    code = textwrap.dedent(KILLED)
    done = subprocess.run([sys.executable, "-c", code, str(path)], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL, done.stderr
    committed = int(done.stdout.split()[-1])
    read = entries_of(path)
    assert (committed, read[-1].turn, len(read)) == (137, 137, 2 * 137)


def test_a_journal_in_memory_keeps_counters_the_hash_and_a_bounded_tail() -> None:  # ruling 2.16
    journal, expected = MemoryJournal(), CommandsHash()
    for number in range(1, 1_001):
        commands: list[Command] = [Cancel(order_id=f"o{number}", why="w"), Heartbeat()] if number % 2 else []
        journal.commit(turned(number, batch=[acked("o")], commands=commands))
        for command in commands:
            expected.add(command)
    assert (journal.turns, journal.commanding_turns, journal.hash.count) == (1_000, 500, 500)
    assert journal.hash.hexdigest() == expected.hexdigest()
    assert [record.number for record in journal.tail] == list(range(999 - 2 * 199, 1_000, 2))


def test_what_an_engine_committed_comes_back(tmp_path: Path) -> None:
    journal = given_journal(tmp_path)
    floor = given_floor(journal=journal)
    floor.rest(buy())
    floor.tell(acked(), floor.stir())
    journal.close()
    kinds = [type(entry.body).__name__ for entry in entries_of(journal.path)]
    assert kinds == [
        *("MarketListed", "Deposited", "VenueReady", "OpenOrdersReported", "TradesReported"), *("DecisionBody", "Prepared", "Acked")
    ]  # fmt: skip
    listed = entries_of(journal.path)[0].body
    assert isinstance(listed, e.MarketListed)
    assert type(listed.market) is Market
