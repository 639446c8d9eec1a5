"""What lasts: one transaction a turn, facts and commands in one sequence, read back in the same order (entries.py).

A turn of market facts alone commits nothing here (its boundary belongs to the tape) but a picture, when one is due. A turn that commands keeps
the facts about ourselves, what each strategy saw and wanted and what the gate said, and the commands with the venue's ids for them. `cause_seq` of
a command is its decision.

Durability: `synchronous=FULL` where money is real (survives a power cut, about 0.2 ms a turn), NORMAL otherwise (survives kill −9): decision 0007.

A turn that cannot be written is the last: by then the engine knows more than the journal does, so nothing is appended any more, and nothing sent.
What was committed before stays whole, and the run goes on from there when the disk takes something again.
"""

import sqlite3
import zlib
from collections import deque
from contextlib import ExitStack, suppress
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final

from oms.entries import (
    APPLICATION_ID,
    CONTINUABLE,
    OF_BUNDLE,
    RUNNING,
    SCHEMA,
    TABLES,
    Row,
    RunRow,
    begun,
    chained,
    encode,
    packed,
    read_head,
    sealed,
    unpacked,
)
from oms.ports import JournalFailed, Turned
from oms.values.commands import CommandsHash
from oms.values.events import IN_JOURNAL
from oms.values.record import BundleMade, Made, body_of, bundle_body_of

_NO_ROOM: Final = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR)
"""What SQLite says on a full disk, and where files have a bound or nothing can be written for another reason."""
_INSERT: Final = "INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"


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

    _packs = True
    """Long bodies are packed."""

    def __init__(self, path: Path, run: RunRow, *, money_is_real: bool) -> None:
        """Create the journal. Raises JournalFailed when the file exists, or cannot be written."""
        super().__init__()
        self.path = path
        self._seq, self._crc, self._broke = 0, begun(run), ""
        try:
            if path.exists():
                raise JournalFailed(f"{path} exists already: a journal belongs to one run; name another file, or move this one away")
            self._connection = sqlite3.connect(path, isolation_level=None)
            with ExitStack() as undo:
                undo.callback(self._uncreate)
                self._create(run, money_is_real=money_is_real)
                undo.pop_all()
        except (sqlite3.Error, OSError) as error:
            cure = "make room on its disk" if _is_about_room(error) else "is the folder there and writable?"
            raise JournalFailed(f"{path}: cannot be created ({error}); {cure}") from error

    def commit(self, record: Turned) -> None:
        """One transaction; a turn that is only about markets writes nothing. After one that failed none is taken any more."""
        rows = self._rows(record)
        if rows:
            if self._broke:
                raise JournalFailed(f"{self.path}: turn {record.number} was not written, as one before it could not be ({self._broke})")
            try:
                self._connection.execute("BEGIN")
                self._connection.executemany(_INSERT, [(*row[:7], packed(row[7]), row[8]) for row in rows] if self._packs else rows)
                self._connection.execute("COMMIT")
            except sqlite3.Error as error:
                self._broke = str(error)
                with suppress(sqlite3.Error):  # where SQLite has not rolled back itself
                    self._connection.execute("ROLLBACK")
                cure = "make room on its disk" if _is_about_room(error) else "mend that"
                raise JournalFailed(
                    f"{self.path}: turn {record.number} could not be written ({error}); nothing of it was sent; {cure}, then go on with --resume"
                ) from error
            self._seq, self._crc = rows[-1][0], rows[-1][-1]
        super().commit(record)

    def close(self, status: str = "finished", conclusion: dict[str, Any] | None = None) -> None:
        """Write how the run ended, and its own report of it, and let go of the file."""
        if self._broke:
            raise JournalFailed(f"{self.path}: could not be closed, as a turn could not be written ({self._broke})")
        concluded = None if conclusion is None else encode(conclusion).decode()
        seal = None if status == RUNNING else sealed(self._crc, status, conclusion)
        try:
            self._connection.execute("UPDATE run SET status = ?, conclusion = ?, seal = ?", (status, concluded, seal))
            # One file again, which can be read where nothing can be written; while somebody reads it, it stays as it is.
            with suppress(sqlite3.OperationalError):
                self._connection.execute("PRAGMA journal_mode=DELETE")
            self._connection.close()
        except sqlite3.Error as error:
            cure = "make room on its disk, then end it with --resume" if _is_about_room(error) else "end it with --resume"
            raise JournalFailed(f"{self.path}: could not be closed ({error}); every turn is in it; {cure}") from error

    def abandon(self) -> None:
        """Let go of the file without a word, as a process that dies does."""
        self._connection.close()

    def _create(self, run: RunRow, *, money_is_real: bool) -> None:
        """What a journal begins with."""
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute(f"PRAGMA synchronous={'FULL' if money_is_real else 'NORMAL'}")
        self._connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
        self._connection.executescript(TABLES)
        self._connection.execute(
            "INSERT INTO run VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL)",
            (run.run_id, SCHEMA, run.commit_id, run.config_hash, run.seed, run.started_ns, RUNNING, encode(run.about).decode()),
        )

    def _uncreate(self) -> None:
        """Half a beginning is no journal, and would be in the way of the next attempt."""
        self._connection.close()
        for suffix in ("", "-wal", "-shm", "-journal"):
            self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)

    def _rows(self, record: Turned) -> list[Row]:
        """What this turn leaves, in order: facts, decisions, commands, and a picture if one was due."""
        rows: list[Row] = []
        seq, crc, number, at_ns = self._seq, self._crc, record.number, record.at_ns

        def row(flow: str, kind: str, order_id: str | None, cause: int | None, body: bytes) -> int:
            nonlocal seq, crc
            seq += 1
            crc = chained(crc, (number, at_ns, flow, kind, order_id, cause), body)
            rows.append((seq, number, at_ns, flow, kind, order_id, cause, body, crc))
            return seq

        for event in record.batch:
            if type(event) in IN_JOURNAL:
                row("fact", type(event).__name__, getattr(event, "order_id", None), None, encode(event))
        causes: dict[int, int] = {}
        for made in record.decisions:
            causes.update(dict.fromkeys(range(made.first, made.last), row("decision", *_decision(made, record.frames))))
        for number_in_turn, prepared in enumerate(record.ready):
            command = prepared.command
            row("command", type(command).__name__, getattr(command, "order_id", None), causes.get(number_in_turn), encode(prepared))
        if record.picture is not None:
            row("picture", "Picture", None, None, encode(record.picture))
        return rows


class ContinuedJournal(SqliteJournal):
    """The journal of a process that died, gone on with by the next one: appended to after its last entry. What it holds is for recovery to fold."""

    last_turn: int

    def __init__(self, path: Path, *, money_is_real: bool) -> None:
        """Open for appending, after recovery has read it. Raises JournalFailed when it is no journal, or one of an earlier schema."""
        MemoryJournal.__init__(self)
        self.path = path
        run, ending = read_head(path)
        if ending.schema not in CONTINUABLE:
            raise JournalFailed(f"{path} is of an earlier schema: `report` and `why` read it, but a run cannot go on in it; begin a new journal")
        if ending.status != RUNNING:
            raise JournalFailed(f"{path}: its run has {ending.status}; begin a new journal")
        try:
            self._connection = sqlite3.connect(path, isolation_level=None)
            self._connection.execute(f"PRAGMA synchronous={'FULL' if money_is_real else 'NORMAL'}")
            last = self._connection.execute("SELECT seq, crc, turn FROM entry ORDER BY seq DESC LIMIT 1").fetchone()
        except sqlite3.Error as error:
            raise JournalFailed(_damaged(path, error)) from error
        self._broke, self._packs = "", ending.schema > 2
        self._seq, self._crc, self.last_turn = last or (0, begun(run, ending.schema), 0)


class ResumedJournal(SqliteJournal):
    """An interrupted run's journal, gone on with by doing the run again from its beginning (ruling 1.7).

    As long as the journal holds entries, each repeated turn must be the recorded one byte for byte: facts, decisions and commands. After its last
    entry turns are appended. A journal of a finished run is thereby audited.
    """

    def __init__(self, path: Path, run: RunRow) -> None:
        """Open for going on. Raises JournalFailed when it is no journal, or one of another seed or other settings."""
        MemoryJournal.__init__(self)
        self.path = path
        there, ending = read_head(path)
        self._seq, self._crc, self._broke, self._ended = 0, begun(there), "", ending.status != RUNNING
        if ending.schema != SCHEMA:
            raise JournalFailed(f"{path} is of an earlier schema: `report` and `why` read it, but a run cannot go on in it; begin a new journal")
        if (there.run_id, there.seed, there.config_hash) != (run.run_id, run.seed, run.config_hash):
            raise JournalFailed(
                f"{path} is the journal of {there.run_id} with other settings or another tape; resume it with the words it was made with"
            )
        try:
            self._connection = sqlite3.connect(path, isolation_level=None)
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=NORMAL")
            self.recorded = int(self._connection.execute("SELECT count(*) FROM entry").fetchone()[0])
            self._rest = self._connection.execute("SELECT * FROM entry ORDER BY seq")
        except sqlite3.Error as error:
            raise JournalFailed(_damaged(path, error)) from error
        self.repeated_turns = 0

    @property
    def is_repeating(self) -> bool:
        """The run is being done again: what it does is compared, and nobody may speak to it yet."""
        return bool(self._seq < self.recorded)

    def commit(self, record: Turned) -> None:
        """Compare while there is something to compare with, append after it; to a run that ended nothing is appended."""
        if not self.is_repeating and not self._ended:
            super().commit(record)
            return
        if rows := self._rows(record):
            try:
                recorded = self._rest.fetchmany(len(rows))
            except sqlite3.Error as error:
                raise JournalFailed(_damaged(self.path, error)) from error
            self._hold_against(rows, recorded, record)
            self._seq, self._crc = rows[-1][0], rows[-1][-1]
            self.repeated_turns += 1
        MemoryJournal.commit(self, record)

    def close(self, status: str = "finished", conclusion: dict[str, Any] | None = None) -> None:
        """As SqliteJournal.close. Raises JournalFailed when the journal holds more than the run did again, or another conclusion."""
        if self._seq < self.recorded:
            raise JournalFailed(f"{self.path} holds {self.recorded} entries, but the run ended after {self._seq} of them: made with other words")
        there = read_head(self.path)[1].conclusion
        if there is not None and conclusion is not None and encode(there) != encode(conclusion):
            other = ", ".join(key for key in sorted({*there, *conclusion}) if there.get(key) != conclusion.get(key))
            raise JournalFailed(f"{self.path}: the run was repeated to its end, but comes to another conclusion about: {other}")
        super().close(status, conclusion)

    def _hold_against(self, rows: list[Row], recorded: list[tuple[object, ...]], record: Turned) -> None:
        """Raises JournalFailed when a repeated turn is not the recorded one, byte for byte."""
        for ours, stored in zip_longest(rows, recorded):
            theirs = None if stored is None else _written(stored)
            if ours != theirs:
                raise JournalFailed(
                    f"{self.path}: turn {record.number} does not repeat what the journal holds ({_row_words(theirs)}; now {_row_words(ours)});"
                    " it was made with other settings, another seed or tape, or another version"
                )


def _decision(made: Made | BundleMade, frames: tuple[int, int] | None) -> tuple[str, None, None, bytes]:
    """Kind, no order, no cause, body."""
    if isinstance(made, BundleMade):
        return OF_BUNDLE, None, None, encode(bundle_body_of(made, frames))
    return type(made.decision).__name__, None, None, encode(body_of(made, frames))


def _is_about_room(error: Exception) -> bool:
    """Did the disk refuse to take more?"""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _NO_ROOM


def _damaged(path: Path, error: sqlite3.Error) -> str:
    """A journal that cannot be gone on with, in words: on a full disk it is not the journal that is at fault."""
    return f"{path} cannot be gone on with ({error}); make room on its disk" if _is_about_room(error) else f"{path} is damaged ({error})"


def _written(stored: tuple[object, ...]) -> tuple[object, ...]:
    """A stored row as it was before its body was packed; one that is spoilt stays as it is, and so is not what was expected."""
    body = stored[7]
    with suppress(zlib.error):
        body = unpacked(body) if isinstance(body, bytes) else body
    return (*stored[:7], body, *stored[8:])


def _row_words(row: tuple[object, ...] | None) -> str:
    """An entry in a few words, for an error."""
    if row is None:
        return "nothing"
    return f"turn {row[1]}: {row[4]} {row[7].decode(errors='replace')[:120] if isinstance(row[7], bytes) else row[7]!r}"
