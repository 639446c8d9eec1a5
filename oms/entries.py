"""The rows of a journal: what they hold, and how they are read back, in every schema there ever was.

Schema 3 (now): as schema 2, but what each step of a bundle saw is told, too, and long bodies are packed, which leaves 5 bytes of 9 (decisions repeat
the same long ids again and again); checksums are of what was packed, so that they do not depend on who packs. Schema 2: decisions without the market
and with the gate's verdicts, pictures, a checksum that chains every entry to the one before, what the run was about, and its conclusion. Schema 1 is
read as if it had been written so, with what it does not tell left empty.
"""

import sqlite3
import zlib
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any, Final

import msgspec

from oms.ports import JournalFailed
from oms.values.commands import Prepared
from oms.values.decisions import Decision
from oms.values.events import Event
from oms.values.nesting import check_nesting
from oms.values.record import BundleBody, BundleMade, DecisionBody, Made, body_of
from oms.values.snapshot import Snapshot
from oms.values.texts import one_line
from oms.values.units import Nanos
from oms.values.views import Picture

SCHEMA: Final = 3
READABLE: Final = (1, 2, 3)
CONTINUABLE: Final = (2, 3)
"""Schemas in which a new process can go on; it writes as the first one did."""
PACKED_FROM_BYTES: Final = 512
"""A body as long as this is packed: below it there is little to win, and a person can read it with sqlite3."""
UNPACKED_BYTES_MAX: Final = 64 * 1024 * 1024
"""What pretends to be longer is damage."""
_PACKED: Final = b"x"
"""How zlib begins, and no JSON object does."""
RUNNING: Final = "running"
"""The status of a run that goes on, or was killed."""
APPLICATION_ID: Final = 0x57EE1
# The check is spelt out: for IN (…) SQLite builds a table of its own for every row it inserts, 2 µs each.
TABLES: Final = """
CREATE TABLE run (run_id TEXT PRIMARY KEY, schema INTEGER, commit_id TEXT, config_hash TEXT, seed INTEGER, started_ns INTEGER, status TEXT,
                  about TEXT, conclusion TEXT, seal INTEGER) STRICT;
CREATE TABLE entry (seq INTEGER PRIMARY KEY, turn INTEGER, at_ns INTEGER,
                    flow TEXT CHECK (flow = 'fact' OR flow = 'decision' OR flow = 'command' OR flow = 'picture'),
                    kind TEXT, order_id TEXT, cause_seq INTEGER, body BLOB, crc INTEGER) STRICT;
CREATE INDEX entry_by_order ON entry (order_id) WHERE order_id IS NOT NULL;
"""
OF_BUNDLE: Final = BundleMade.__name__
"""The kind of a decision that is about a bundle."""
Row = tuple[int, int, Nanos, str, str, str | None, int | None, bytes, int]
"""The columns of `entry`."""
_UNREADABLE: Final = (sqlite3.Error, msgspec.MsgspecError, UnicodeError, TypeError, RecursionError, zlib.error)
"""What reading a file that somebody or something else has written to can raise."""
_Columns = tuple[int, int, Nanos, str, str | None, str | None, int | None, bytes]
"""Those of a row that is read: in a table that is not ours a column may hold anything."""
_AS_STORED: Final = (bytes,)
"""Not to be made of text."""
_NONE: Final = type(None)
_USUAL: Final = frozenset(product((int,), (int,), (int,), (str,), (str, _NONE), (str, _NONE), (int, _NONE), (bytes,)))
"""The types of a row as it should be: one look, where converting it would take an eighth of all reading."""


class RunRow(msgspec.Struct, frozen=True, kw_only=True):
    """Which run a journal belongs to."""

    run_id: str
    commit_id: str
    config_hash: str
    seed: int
    started_ns: Nanos
    about: dict[str, Any] = {}
    """What a reader of its report should know: tapes, assumptions, strategies and their parameters, notes. JSON."""


class Ending(msgspec.Struct, frozen=True, kw_only=True):
    """How far a run got."""

    schema: int
    status: str
    """running (also of one that was killed), finished, interrupted."""
    conclusion: dict[str, Any] | None
    """The run's own report at its end, without what depends on the machine; None: it did not get there, or its schema has none."""
    seal: int | None = None
    """The checksum over all of it (`sealed`); None: the run did not end, or its schema has none."""


Body = Event | Prepared | DecisionBody | BundleBody | Picture


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One row, decoded."""

    seq: int
    turn: int
    at_ns: Nanos
    body: Body
    cause_seq: int | None


class _DecisionBody1(msgspec.Struct, frozen=True, kw_only=True):
    """What a decision entry held in schema 1."""

    strategy: str
    snapshot: Snapshot
    decision: Decision
    frames: tuple[int, int] | None

    def as_now(self) -> DecisionBody:
        made = Made(strategy=self.strategy, snapshot=self.snapshot, decision=self.decision, verdicts=(), first=0, last=0)
        return body_of(made, self.frames)


encode: Final = msgspec.json.Encoder(order="deterministic").encode
_decode_fact: Final[msgspec.json.Decoder[Event]] = msgspec.json.Decoder(Event)
_decode_command: Final = msgspec.json.Decoder(Prepared)
_decode_decision: Final = msgspec.json.Decoder(DecisionBody)
_decode_bundle: Final = msgspec.json.Decoder(BundleBody)
_decode_decision_1: Final = msgspec.json.Decoder(_DecisionBody1)
_decode_picture: Final = msgspec.json.Decoder(Picture)


def begun(run: RunRow, schema: int = SCHEMA) -> int:
    """The checksum of how a run began, to which that of its first entry is chained; since schema 3 it covers the schema."""
    return zlib.crc32(encode((schema, run) if schema > 2 else run))


def sealed(crc: int, status: str, conclusion: dict[str, Any] | None) -> int:
    """The checksum over a journal that ended: `crc` is that of its last entry."""
    return zlib.crc32(encode((status, conclusion)), crc)


def chained(crc: int, row: tuple[int, Nanos, str, str, str | None, int | None], body: bytes) -> int:
    """The checksum of an entry after one whose checksum was `crc` (`begun`: the first): one changed bit anywhere, or a lost row, shows."""
    return zlib.crc32(body, zlib.crc32(repr(row).encode(), crc))


def packed(body: bytes) -> bytes:
    """A body as it is stored."""
    return zlib.compress(body, 1) if len(body) >= PACKED_FROM_BYTES else body


def unpacked(stored: bytes) -> bytes:
    """A stored body as it was written. Raises zlib.error: it is spoilt."""
    if not stored.startswith(_PACKED):
        return stored
    stream = zlib.decompressobj()
    body = stream.decompress(stored, UNPACKED_BYTES_MAX)
    if not stream.eof or stream.unused_data:
        raise zlib.error("a packed body does not end where it should")
    return body


def read_journal(path: Path) -> tuple[RunRow, Iterator[Entry]]:
    """The run and its entries in order; a journal that is being written is read up to its last commit.

    Raises:
        JournalFailed: not there, not ours, of a schema we do not know, or damaged (also later, from the iterator).
    """
    connection = _open(path)
    try:
        run, ending = _head(path, connection)
    except JournalFailed:
        connection.close()
        raise
    return run, _entries(path, connection, run, ending)


def read_head(path: Path) -> tuple[RunRow, Ending]:
    """Which run it is and how far it got. Raises JournalFailed as `read_journal`."""
    connection = _open(path)
    try:
        return _head(path, connection)
    finally:
        connection.close()


def _open(path: Path) -> sqlite3.Connection:
    try:
        if not path.is_file():
            raise JournalFailed(f"{path}: there is no such journal")
        return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    except (sqlite3.Error, OSError) as error:
        raise JournalFailed(f"{path} cannot be read as a journal ({error})") from error


def _head(path: Path, connection: sqlite3.Connection) -> tuple[RunRow, Ending]:
    try:
        found = connection.execute("PRAGMA application_id").fetchone()
        if found != (APPLICATION_ID,):
            raise JournalFailed(f"{path} is a database, but not a journal of Steelyard")
        row = connection.execute("SELECT run_id, schema, commit_id, config_hash, seed, started_ns, status FROM run").fetchone()
        if row is None or row[1] not in READABLE:
            raise JournalFailed(
                f"{path} has schema {one_line(str(row[1])) if row else 'none'}; this version reads schemas {', '.join(map(str, READABLE))}"
            )
        about, conclusion, seal = ("{}", None, None) if row[1] == 1 else connection.execute("SELECT about, conclusion, seal FROM run").fetchone()
        run = msgspec.convert(
            {
                "run_id": row[0],
                "commit_id": row[2],
                "config_hash": row[3],
                "seed": row[4],
                "started_ns": row[5],
                "about": _json(about or "{}"),
            },
            RunRow,
        )
        concluded = None if conclusion is None else _json(conclusion)
        return run, msgspec.convert({"schema": row[1], "status": row[6], "conclusion": concluded, "seal": seal}, Ending)
    except _UNREADABLE as error:
        raise JournalFailed(f"{path} cannot be read as a journal ({one_line(str(error))})") from error


def _json(column: str | bytes) -> dict[str, Any]:
    """A column that holds a JSON object; one changed bit makes bytes of a text."""
    told = column.encode() if isinstance(column, str) else column
    check_nesting(told)
    return msgspec.json.decode(told, type=dict[str, Any])


def _entries(path: Path, connection: sqlite3.Connection, run: RunRow, ending: Ending) -> Iterator[Entry]:
    schema = ending.schema
    crc_column = "0" if schema == 1 else "crc"
    expected = 1
    try:
        if schema == 1 and connection.execute("SELECT 1 FROM pragma_table_info('entry') WHERE name = 'crc'").fetchone():
            raise JournalFailed(f"{path} is damaged (its schema is one without checksums, but it has them)")
        crc = begun(run, schema)
        for *columns, told in connection.execute(
            f"SELECT seq, turn, at_ns, flow, kind, order_id, cause_seq, body, {crc_column} FROM entry ORDER BY seq"  # noqa: S608 (two constants)
        ):
            usual = tuple(map(type, columns)) in _USUAL
            seq, turn, at_ns, flow, kind, order_id, cause_seq, body = (
                columns if usual else msgspec.convert(columns, _Columns, builtin_types=_AS_STORED)
            )
            body = unpacked(body) if schema > 2 else body
            if seq != expected:
                raise JournalFailed(f"{path} is damaged (entry {seq} follows entry {expected - 1}: something between them is missing)")
            if schema > 1:
                crc = chained(crc, (turn, at_ns, flow, kind, order_id, cause_seq), body)
                if crc != told:
                    raise JournalFailed(f"{path} is damaged (entry {seq} is not as it was written: its checksum does not fit)")
            expected += 1
            yield Entry(seq=seq, turn=turn, at_ns=at_ns, body=_decode(schema, flow, kind, body), cause_seq=cause_seq)
        if ending.seal != (None if schema == 1 or ending.status == RUNNING else sealed(crc, ending.status, ending.conclusion)):
            raise JournalFailed(f"{path} is damaged (its end or its conclusion is not as it was written: the seal over all of it does not fit)")
    except _UNREADABLE as error:
        raise JournalFailed(f"{path} is damaged ({one_line(str(error))})") from error
    finally:
        connection.close()


def _decode(schema: int, flow: str, kind: str | None, body: bytes) -> Body:
    check_nesting(body)
    if flow == "fact":
        return _decode_fact.decode(body)
    if flow == "command":
        return _decode_command.decode(body)
    if flow == "picture":
        return _decode_picture.decode(body)
    if flow != "decision":
        raise msgspec.ValidationError(f"an entry of the kind {flow[:40]!r}, which there is not")
    if kind == OF_BUNDLE:
        return _decode_bundle.decode(body)
    return _decode_decision.decode(body) if schema > 1 else _decode_decision_1.decode(body).as_now()
