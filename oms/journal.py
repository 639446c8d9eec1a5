"""What lasts: one transaction a turn, facts and commands in one sequence, read back in the same order.

A turn of market facts alone commits nothing here (its boundary belongs to the tape). A turn that commands keeps the facts about ourselves, the
snapshot each strategy saw with what it wanted and why, and the commands with the venue's ids for them. `cause_seq` of a command is its decision.

Durability: `synchronous=FULL` where money is real (survives a power cut, about 0.2 ms a turn), NORMAL otherwise (survives kill −9): decision 0007.
"""

import sqlite3
from collections import deque
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Final

import msgspec

from oms.ports import JournalFailed, Turned
from oms.values.commands import Cancel, Command, CommandsHash, Place, Prepared
from oms.values.decisions import Decision
from oms.values.events import IN_JOURNAL, Event
from oms.values.snapshot import Snapshot
from oms.values.units import Nanos

SCHEMA: Final = 1
_APPLICATION_ID: Final = 0x57EE1
_TABLES: Final = """
CREATE TABLE run (run_id TEXT PRIMARY KEY, schema INTEGER, commit_id TEXT, config_hash TEXT, seed INTEGER, started_ns INTEGER, status TEXT) STRICT;
CREATE TABLE entry (seq INTEGER PRIMARY KEY, turn INTEGER, at_ns INTEGER, flow TEXT CHECK (flow IN ('fact', 'decision', 'command')),
                    kind TEXT, order_id TEXT, cause_seq INTEGER, body BLOB) STRICT;
CREATE INDEX entry_by_order ON entry (order_id) WHERE order_id IS NOT NULL;
"""


class RunRow(msgspec.Struct, frozen=True, kw_only=True):
    """Which run a journal belongs to."""

    run_id: str
    commit_id: str
    config_hash: str
    seed: int
    started_ns: Nanos


class DecisionBody(msgspec.Struct, frozen=True, kw_only=True):
    """What a decision entry holds."""

    strategy: str
    snapshot: Snapshot
    decision: Decision
    frames: tuple[int, int] | None


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One row, decoded."""

    seq: int
    turn: int
    at_ns: Nanos
    body: Event | Prepared | DecisionBody
    cause_seq: int | None


_encode = msgspec.json.Encoder(order="deterministic").encode
_decode_fact: Final[msgspec.json.Decoder[Event]] = msgspec.json.Decoder(Event)
_decode_command: Final = msgspec.json.Decoder(Prepared)
_decode_decision: Final = msgspec.json.Decoder(DecisionBody)


class MemoryJournal:
    """Keeps counters, the hash of all effects and a bounded tail of the last turns: what a simulation or a replay needs (ruling 2.16)."""

    TAIL: Final = 200

    def __init__(self) -> None:
        self.hash = CommandsHash()
        self.turns = 0
        self.commanding_turns = 0
        self.tail: deque[Turned] = deque(maxlen=self.TAIL)
        """The last turns that commanded."""

    def commit(self, record: Turned) -> None:
        """Count, hash, keep the tail."""
        self.turns += 1
        if record.ready:
            self.commanding_turns += 1
            for prepared in record.ready:
                self.hash.add(prepared.command)
            self.tail.append(record)


class SqliteJournal(MemoryJournal):
    """The same, on disk."""

    def __init__(self, path: Path, run: RunRow, *, money_is_real: bool) -> None:
        """Create the journal. Raises JournalFailed when the file exists, or cannot be written."""
        super().__init__()
        self.path = path
        self._seq = 0
        try:
            if path.exists():
                raise JournalFailed(f"{path} exists already: a journal belongs to one run; name another file, or move this one away")
            self._connection = sqlite3.connect(path, isolation_level=None)
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute(f"PRAGMA synchronous={'FULL' if money_is_real else 'NORMAL'}")
            self._connection.execute(f"PRAGMA application_id={_APPLICATION_ID}")
            self._connection.executescript(_TABLES)
            self._connection.execute(
                "INSERT INTO run VALUES (?, ?, ?, ?, ?, ?, 'running')",
                (run.run_id, SCHEMA, run.commit_id, run.config_hash, run.seed, run.started_ns),
            )
        except (sqlite3.Error, OSError) as error:
            raise JournalFailed(f"{path}: cannot be created ({error}); is the folder there and writable?") from error

    def commit(self, record: Turned) -> None:
        """One transaction; a turn that is only about markets writes nothing."""
        rows = self._rows(record)
        if rows:
            try:
                self._connection.execute("BEGIN")
                self._connection.executemany("INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
                self._connection.execute("COMMIT")
            except sqlite3.Error as error:
                raise JournalFailed(f"{self.path}: turn {record.number} could not be written ({error}); nothing of it was sent") from error
            self._seq += len(rows)
        super().commit(record)

    def close(self, status: str = "finished") -> None:
        """Mark how the run ended and let go of the file."""
        try:
            self._connection.execute("UPDATE run SET status = ?", (status,))
            self._connection.close()
        except sqlite3.Error as error:
            raise JournalFailed(f"{self.path}: could not be closed ({error})") from error

    def _rows(self, record: Turned) -> list[tuple[object, ...]]:
        seq = self._seq
        rows: list[tuple[object, ...]] = []

        def row(flow: str, kind: str, order_id: str | None, cause: int | None, body: bytes) -> int:
            rows.append((seq + len(rows) + 1, record.number, record.at_ns, flow, kind, order_id, cause, body))
            return seq + len(rows)

        for event in record.batch:
            if type(event) in IN_JOURNAL:
                row("fact", type(event).__name__, getattr(event, "order_id", None), None, _encode(event))
        causes: Causes = {}
        for strategy, snapshot, decision in record.decisions:
            body = DecisionBody(strategy=strategy, snapshot=snapshot, decision=decision, frames=record.frames)
            seq_of_decision = row("decision", type(decision).__name__, None, None, _encode(body))
            causes[strategy, snapshot.market.market_id] = (seq_of_decision, decision.why)
        for prepared in record.ready:
            command = prepared.command
            row("command", type(command).__name__, getattr(command, "order_id", None), _cause(command, causes), _encode(prepared))
        return rows


class ResumedJournal(SqliteJournal):
    """An interrupted run's journal, gone on with by doing the run again from its beginning (ruling 1.7).

    As long as the journal holds entries, each repeated turn must be the recorded one byte for byte: facts, decisions and commands. After its last
    entry turns are appended. A journal of a finished run is thereby audited.
    """

    def __init__(self, path: Path, run: RunRow) -> None:
        """Open for going on. Raises JournalFailed when it is no journal, or one of another seed or other settings."""
        MemoryJournal.__init__(self)
        self.path = path
        self._seq = 0
        there, _ = read_journal(path)
        if (there.run_id, there.seed, there.config_hash) != (run.run_id, run.seed, run.config_hash):
            raise JournalFailed(
                f"{path} is the journal of {there.run_id} with other settings or another tape; resume it with the words it was made with"
            )
        try:
            self._connection = sqlite3.connect(path, isolation_level=None)
            (self.recorded,) = self._connection.execute("SELECT count(*) FROM entry").fetchone()
            self._rest = self._connection.execute("SELECT seq, turn, at_ns, flow, kind, order_id, cause_seq, body FROM entry ORDER BY seq")
        except sqlite3.Error as error:
            raise JournalFailed(f"{path} is damaged ({error})") from error
        self.repeated_turns = 0

    def commit(self, record: Turned) -> None:
        """Compare while there is something to compare with, append after it."""
        if self._seq >= self.recorded:
            super().commit(record)
            return
        rows = self._rows(record)
        if rows:
            try:
                recorded = self._rest.fetchmany(len(rows))
            except sqlite3.Error as error:
                raise JournalFailed(f"{self.path} is damaged ({error})") from error
            self._hold_against(rows, recorded, record)
            self._seq += len(rows)
            self.repeated_turns += 1
        MemoryJournal.commit(self, record)

    def close(self, status: str = "finished") -> None:
        """As SqliteJournal.close. Raises JournalFailed when the journal holds more than the run did again."""
        if self._seq < self.recorded:
            raise JournalFailed(
                f"{self.path} holds {self.recorded} entries, but the run ended after {self._seq} of them; it was made with other words"
            )
        super().close(status)

    def _hold_against(self, rows: list[tuple[object, ...]], recorded: list[tuple[object, ...]], record: Turned) -> None:
        """Raises JournalFailed when a repeated turn is not the recorded one, byte for byte."""
        for ours, theirs in zip_longest(rows, recorded):
            if ours != theirs:
                raise JournalFailed(
                    f"{self.path}: turn {record.number} does not repeat what the journal holds ({_row_words(theirs)}; now {_row_words(ours)});"
                    " it was made with other settings, another seed or tape, or another version"
                )


def _row_words(row: tuple[object, ...] | None) -> str:
    """An entry in a few words, for an error."""
    if row is None:
        return "nothing"
    body = row[7]
    return f"turn {row[1]}: {row[4]} {body.decode(errors='replace')[:120] if isinstance(body, bytes) else body!r}"


Causes = dict[tuple[str, str], tuple[int, str]]
"""(strategy, market) → (entry of the decision, its reason)."""


def _cause(command: Command, causes: Causes) -> int | None:
    """The decision a command follows from: exact for a Place, for a Cancel the only one of its turn with that reason, else unknown."""
    if isinstance(command, Place):
        cause = causes.get((command.strategy, command.spec.market_id))
        return None if cause is None else cause[0]
    if isinstance(command, Cancel):
        same = [seq for seq, why in causes.values() if why == command.why]
        return same[0] if len(same) == 1 else None
    return None


def read_journal(path: Path) -> tuple[RunRow, Iterator[Entry]]:
    """The run and its entries in order.

    Raises:
        JournalFailed: not there, not ours, of another schema, or damaged (also later, from the iterator).
    """
    try:
        if not path.is_file():
            raise JournalFailed(f"{path}: there is no such journal")
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    except (sqlite3.Error, OSError) as error:
        raise JournalFailed(f"{path} cannot be read as a journal ({error})") from error
    try:
        return _run_row(path, connection), _entries(path, connection)
    except JournalFailed:
        connection.close()
        raise


def _run_row(path: Path, connection: sqlite3.Connection) -> RunRow:
    try:
        found = connection.execute("PRAGMA application_id").fetchone()
        if found != (_APPLICATION_ID,):
            raise JournalFailed(f"{path} is a database, but not a journal of Steelyard")
        row = connection.execute("SELECT run_id, schema, commit_id, config_hash, seed, started_ns FROM run").fetchone()
    except sqlite3.Error as error:
        raise JournalFailed(f"{path} cannot be read as a journal ({error})") from error
    if row is None or row[1] != SCHEMA:
        raise JournalFailed(f"{path} has schema {row[1] if row else 'none'}; this version reads schema {SCHEMA}")
    return RunRow(run_id=row[0], commit_id=row[2], config_hash=row[3], seed=row[4], started_ns=row[5])


def _entries(path: Path, connection: sqlite3.Connection) -> Iterator[Entry]:
    try:
        for seq, turn, at_ns, flow, cause_seq, body in connection.execute("SELECT seq, turn, at_ns, flow, cause_seq, body FROM entry ORDER BY seq"):
            yield Entry(seq=seq, turn=turn, at_ns=at_ns, body=_decode(flow, body), cause_seq=cause_seq)
    except (sqlite3.Error, msgspec.MsgspecError, UnicodeDecodeError, TypeError) as error:
        raise JournalFailed(f"{path} is damaged ({error})") from error
    finally:
        connection.close()


def _decode(flow: str, body: bytes) -> Event | Prepared | DecisionBody:
    if flow == "fact":
        return _decode_fact.decode(body)
    return _decode_command.decode(body) if flow == "command" else _decode_decision.decode(body)
