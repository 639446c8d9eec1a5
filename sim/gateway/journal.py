"""What users asked of the exchange, so that it survives kill −9: every request that changes something is kept before it is answered.

The exchange is a function of its seed, of what it was asked and when. So nothing else is kept: a restarted one does everything again, each request at
its own instant, and settlement, expiry and the crowd fall between them where they fell before. Then the wall clock goes on.

A request is kept as who asked (never a key, a passphrase or an HMAC), path and body; beside it stands a checksum of what the one before it was
answered, so that a version of this program that would do things differently says so instead of going on. Rows are chained by a checksum.

SQLite, one transaction a request, `synchronous=NORMAL`: it survives the end of the process, not a power cut (decision 0007; this is play money).
"""

import sqlite3
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import msgspec

from oms.values.units import Nanos
from sim.gateway.wire import Asked

SCHEMA: Final = 1
APPLICATION_ID: Final = 0x57EE2
_TABLES: Final = """
CREATE TABLE exchange (began_ns INTEGER NOT NULL, settings TEXT NOT NULL) STRICT;
CREATE TABLE request (seq INTEGER PRIMARY KEY, at_ns INTEGER NOT NULL, method TEXT NOT NULL, path TEXT NOT NULL, who TEXT NOT NULL,
                      answered INTEGER NOT NULL, body BLOB NOT NULL, crc INTEGER NOT NULL) STRICT;
"""
_INSERT: Final = "INSERT INTO request VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
_SELECT: Final = "SELECT seq, at_ns, method, path, who, answered, body, crc FROM request ORDER BY seq"
_Row = tuple[int, Nanos, str, str, str, int]
Settings = Mapping[str, int | str | bool]


class JournalRefused(Exception):
    """The file is not the journal of this exchange, or cannot be read or written; one line says what and how to mend it."""


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """One request, as it was kept."""

    at_ns: Nanos
    asked: Asked


class RequestJournal:
    """One exchange's requests. `repeat` all that is in it before the first `keep`."""

    def __init__(self, path: Path, began_ns: Nanos, settings: Settings) -> None:
        """Open the file, or begin it: an exchange with these `settings`, all of what it depends on but requests, that began then.

        Raises JournalRefused: foreign, damaged, of other settings, in use by another process, or it cannot be written.
        """
        self.path = path
        self.began_ns = began_ns
        """When the exchange began: as given, or as the file says."""
        self._seq = 0
        self._answered = 0
        try:
            self._connection = sqlite3.connect(path, isolation_level=None, timeout=0)
            with ExitStack() as undo:
                undo.callback(self._connection.close)
                self._open(settings)
                undo.pop_all()
        except sqlite3.Error as error:
            raise JournalRefused(_in_words(path, error)) from error

    def _open(self, settings: Settings) -> None:
        db = self._connection
        db.execute("PRAGMA locking_mode=EXCLUSIVE")
        db.execute("BEGIN IMMEDIATE")
        (is_new,) = db.execute("SELECT NOT EXISTS (SELECT 1 FROM sqlite_schema)").fetchone()
        told = msgspec.json.encode(dict(sorted(settings.items()))).decode()
        if is_new:
            db.execute(f"PRAGMA application_id={APPLICATION_ID}")
            db.execute(f"PRAGMA user_version={SCHEMA}")
            for statement in _TABLES.split(";")[:-1]:
                db.execute(statement)
            db.execute("INSERT INTO exchange VALUES (?, ?)", (self.began_ns, told))
        else:
            self._read_head(settings)
        db.execute("COMMIT")
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=NORMAL")
        self._crc = zlib.crc32(f"{self.began_ns} {told}".encode())

    def _read_head(self, settings: Settings) -> None:
        """When the exchange began. Raises JournalRefused."""
        db = self._connection
        (application_id,), (schema,) = (db.execute(f"PRAGMA {name}").fetchone() for name in ("application_id", "user_version"))
        if application_id != APPLICATION_ID:
            raise JournalRefused(f"{self.path} is a database, but no exchange's journal; name another file")
        if schema != SCHEMA:
            raise JournalRefused(f"{self.path} is of schema {schema}, and this version reads {SCHEMA}; begin a new one")
        heads = db.execute("SELECT began_ns, settings FROM exchange").fetchall()
        try:
            ((self.began_ns, text),) = heads
            there = msgspec.json.decode(text, type=dict[str, int | str | bool])
        except (ValueError, msgspec.DecodeError):
            raise JournalRefused(f"{self.path} is damaged: it does not say how the exchange began; begin a new one") from None
        for name in {**there, **settings}:
            then, now = there.get(name), settings.get(name)
            if then != now:
                raise JournalRefused(f"{self.path} belongs to an exchange whose {name} is {then}, not {now}; start it as it was started then")

    # As it goes on.

    def keep(self, at_ns: Nanos, asked: Asked) -> None:
        """Write down what is about to be done. Raises JournalRefused: it is not written, so it must not be done."""
        who = asked.who or ""
        body = asked.body if who else b""  # what nobody sends is not even read
        row: _Row = (self._seq + 1, at_ns, asked.method, asked.path, who, self._answered)
        crc = _chained(self._crc, row, body)
        try:
            self._connection.execute(_INSERT, (*row, body, crc))
        except sqlite3.Error as error:
            raise JournalRefused(_in_words(self.path, error)) from error
        self._seq, self._crc, self._answered = row[0], crc, 0

    def answered(self, status: int, body: bytes) -> None:
        """What the latest request was answered at once."""
        self._answered = zlib.crc32(body, status)

    # At the start.

    def repeat(self, do: Callable[[Kept], None]) -> int:
        """Do everything again, in order; returns how much that was. `do` says by `answered` what came of it.

        Raises JournalRefused: damaged, or something is answered differently now.
        """
        for row, body in self._rows():
            if row[5] != self._answered:
                raise JournalRefused(
                    f"{self.path}: request {self._seq} is answered differently now than it was then; it was made by another version: begin a new one"
                )
            self._seq, self._crc, self._answered = row[0], _chained(self._crc, row, body), 0
            do(Kept(at_ns=row[1], asked=Asked(method=row[2], path=row[3], who=row[4], body=body)))
        return self._seq

    def _rows(self) -> Iterator[tuple[_Row, bytes]]:
        try:
            for *columns, body, crc in self._connection.execute(_SELECT):
                row: _Row = tuple(columns)
                if row[0] != self._seq + 1 or _chained(self._crc, row, body) != crc:
                    raise JournalRefused(f"{self.path} is damaged: request {row[0]} does not follow the ones before it; begin a new one")
                yield row, body
        except sqlite3.Error as error:
            raise JournalRefused(_in_words(self.path, error)) from error

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()


def _chained(crc: int, row: _Row, body: bytes) -> int:
    """The checksum of a row after one whose checksum was `crc`."""
    return zlib.crc32(body, zlib.crc32(repr(row).encode(), crc))


def _in_words(path: Path, error: sqlite3.Error) -> str:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_BUSY:
        return f"{path} is in use by another process; name another file, or end that one"
    if code == sqlite3.SQLITE_NOTADB:
        return f"{path} is no exchange's journal; name another file"
    if code in {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}:
        return f"{path} cannot be written ({error}); make room on its disk"
    if code == sqlite3.SQLITE_CORRUPT:
        return f"{path} is damaged ({error}); begin a new one"
    return f"{path} cannot be used ({error}); is the folder there and writable?"
