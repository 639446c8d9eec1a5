"""What a journal that survives a power cut (FULL) or kill −9 (NORMAL) can take, against the ways in which others make a fact last."""

import os
import sqlite3
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from itertools import count
from pathlib import Path
from typing import Final

from oms.entries import RunRow, encode
from oms.journal import MemoryJournal, SqliteJournal
from oms.ports import Turned
from oms.values.events import Filled
from oms.values.units import MICRO
from tests.bench.frames import START_NS
from tests.bench.rounds import Aim, Line, compared, elapsed, in_turn, significant
from tests.bench.turn import commanding_turn

BATCH: Final = 100
"""Own facts in a turn when the journal is saturated."""
_RUN: Final = RunRow(run_id="bench", commit_id="bench", config_hash="bench", seed=1, started_ns=START_NS)


def lines(turns: int, rounds: int) -> list[Line]:
    """Saturated with our own facts; and one turn of a few commands at a time, for each durability."""
    with tempfile.TemporaryDirectory(prefix="steelyard-bench-") as folder:
        names = (Path(folder) / str(number) for number in count())
        return [_saturated(turns, rounds, lambda: next(names)), *_commands(turns, rounds, lambda: next(names))]


def _saturated(turns: int, rounds: int, new_path: Callable[[], Path]) -> Line:
    """Facts a second. The others write the same facts, encoded the same way; they are shown fewer, as they need a sync for each."""
    facts, few = _fills(turns // 10 * BATCH), _fills(turns // 2)
    contestants = {
        "ours": lambda: len(facts) / _ours(new_path(), _turns_of(facts), money_is_real=True),
        "SQLite WAL FULL per event": lambda: len(few) / _plain_sqlite(new_path(), few, ("journal_mode=WAL", "synchronous=FULL")),
        "SQLite default per event": lambda: len(few) / _plain_sqlite(new_path(), few, ()),
        f"file, {BATCH} a fdatasync": lambda: len(facts) / _file(new_path(), facts),
    }
    return compared(
        f"journal FULL, turns of {BATCH} own facts",
        "facts/s",
        in_turn(contestants, rounds),
        aims=(Aim("SQLite WAL FULL per event", 45, 110),),
    )


def _commands(turns: int, rounds: int, new_path: Callable[[], Path]) -> list[Line]:
    """The turn that is written is a real one, with its facts, its decision and its commands; against one plain row, and against memory."""
    record = commanding_turn()
    rows, plain = len(record.batch) + len(record.ready) + len(record.decisions), _fills(turns)
    full = ("journal_mode=WAL", "synchronous=FULL")
    contestants = {
        "FULL": lambda: turns / _ours(new_path(), [record] * turns, money_is_real=True),
        "NORMAL": lambda: turns / _ours(new_path(), [record] * turns, money_is_real=False),
        "one row, SQLite WAL FULL": lambda: turns / _plain_sqlite(new_path(), plain, full),
        "memory": lambda: turns / elapsed(partial(_commit, MemoryJournal(), [record] * turns)),
    }
    found = in_turn(contestants, rounds)
    return [
        compared(
            f"journal {name}, commands a turn: {len(record.ready)}",
            "turns/s",
            {"ours": found[name], **{other: found[other] for other in others}},
            more={"rows_at_most": significant(rows)},
        )
        for name, others in (("FULL", ("one row, SQLite WAL FULL", "memory")), ("NORMAL", ("memory",)))
    ]


def _fills(number: int) -> list[Filled]:
    return [
        Filled(
            order_id=f"1-{n}",
            trade_id=f"trade-{n}",
            price_pips=4_200,
            shares_micro=20 * MICRO,
            cash_micro=8_400_000,
            fee_cash_micro=0,
            is_maker=True,
            exchange_ns=START_NS + n,
        )
        for n in range(number)
    ]


def _turns_of(facts: Sequence[Filled]) -> list[Turned]:
    return [
        Turned(number=number, at_ns=START_NS + number, batch=facts[first : first + BATCH])
        for number, first in enumerate(range(0, len(facts), BATCH), start=1)
    ]


def _commit(journal: MemoryJournal, records: Sequence[Turned]) -> None:
    for record in records:
        journal.commit(record)


def _ours(path: Path, records: Sequence[Turned], *, money_is_real: bool) -> float:
    journal = SqliteJournal(path, _RUN, money_is_real=money_is_real)
    seconds = elapsed(partial(_commit, journal, records))
    journal.close()
    return seconds


def _plain_sqlite(path: Path, facts: Sequence[Filled], pragmas: Sequence[str]) -> float:
    """One transaction an event, one row in it."""
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in pragmas:
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("CREATE TABLE entry (seq INTEGER PRIMARY KEY, body BLOB)")

    def work() -> None:
        for number, fact in enumerate(facts):
            connection.execute("INSERT INTO entry VALUES (?, ?)", (number, encode(fact)))

    seconds = elapsed(work)
    connection.close()
    return seconds


def _file(path: Path, facts: Sequence[Filled]) -> float:
    """Lines appended, made durable a batch at a time."""
    with path.open("ab", buffering=0) as file:

        def work() -> None:
            for first in range(0, len(facts), BATCH):
                file.write(b"".join(encode(fact) + b"\n" for fact in facts[first : first + BATCH]))
                os.fdatasync(file.fileno())

        return elapsed(work)
