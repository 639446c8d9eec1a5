"""Journals: files as a disk spoils them, and rows as a stranger might forge them, through everything that reads a journal."""

import gzip
import sqlite3
import zlib
from collections.abc import Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any, Final

import msgspec

from config.report import text
from config.report.as_json import as_json
from config.report.page import page
from oms.entries import APPLICATION_ID, READABLE, RUNNING, SCHEMA, TABLES, Entry, RunRow, begun, chained, read_journal, sealed, unpacked
from oms.history import history_of
from oms.ports import JournalFailed
from oms.values.commands import Place, Prepared
from oms.values.history import History
from oms.values.orders import OrderId
from oms.why import UnknownOrder, story
from tests.conftest import ROOT
from tests.fuzz.engine import REFUSED, Target
from tests.fuzz.facts import assert_payout
from tests.oms.words_record import assert_adds_up, given_session

OLD_JOURNALS: Final = ROOT / "tests" / "replay" / "journals"
ROWS_MAX: Final = 300
PAGE_IN: Final = 8
"""One in so many inputs is also drawn as a page with pictures."""
LOOSE_TABLES: Final = TABLES.replace(" STRICT", "").replace("CHECK (flow = 'fact' OR flow = 'decision' OR flow = 'command' OR flow = 'picture')", "")
"""As a stranger would make them: any column may hold anything."""
NOT_BUILT: Final = f"{REFUSED}no journal to be made of it"
_HEAD: Final = "SELECT run_id, schema, commit_id, config_hash, seed, started_ns, status FROM run"
_ROWS: Final = "SELECT turn, at_ns, flow, kind, order_id, cause_seq, body FROM entry ORDER BY seq"
_NO_JSON: Final = (ValueError, TypeError, RecursionError, msgspec.MsgspecError)
_NULL: Final = msgspec.Raw(b"null")


def told_of(path: Path, *, drawn: bool) -> tuple[History, str]:
    """Everything that people are shown of a journal, without what breaks it. Raises JournalFailed."""
    history = history_of(path)
    assert_whole(history)
    assert text.told(history, 100, rising=text.SIGNS)
    assert as_json(history)
    if drawn:
        assert page(history).startswith("<!")
    run, entries = read_journal(path)
    read = list(entries)
    orders = [entry.body.command.order_id for entry in read if isinstance(entry.body, Prepared) and isinstance(entry.body.command, Place)]
    steps = sum(len(_story(read, order_id)) for order_id in dict.fromkeys([*orders[:1], *orders[-1:], "nobody's"]))
    assert run.run_id == history.run_id
    return history, f"{len(orders) > 0} {min(steps, 9)}"


def _story(read: Sequence[Entry], order_id: OrderId) -> Sequence[object]:
    try:
        return story(read, order_id)
    except UnknownOrder:
        return ()


def assert_whole(history: History) -> None:
    """Parts sum to wholes, and what a market paid is a dollar."""
    assert_adds_up(history)
    for market in history.markets:
        if market.payout is not None:
            assert_payout(market.payout)


def check_file(path: Path, truths: Sequence[tuple[RunRow, Sequence[Entry]]], data: bytes) -> str:
    """A spoilt file with checksums: refused, or told exactly as it was written, up to a commit where the run had not ended."""
    path.write_bytes(data)
    history, what = told_of(path, drawn=False)
    run, entries = read_journal(path)
    read = list(entries)
    is_prefix = history.status == RUNNING
    assert any(
        (run == true_run or not read) and (read == list(true[: len(read)]) if is_prefix else read == list(true)) for true_run, true in truths
    ), f"{len(read)} entries, and they are not what was written"
    return f"as written:{what} {history.status}"


def check_any_file(path: Path, data: bytes) -> str:
    """A spoilt file of schema 1, which has no checksums: refused, or told without breaking."""
    path.write_bytes(data)
    return f"told:{told_of(path, drawn=False)[1]}"


def check_rows(path: Path, data: bytes) -> str:
    """Forged rows with right checksums: refused, or told without breaking anything that reads them."""
    path.unlink(missing_ok=True)
    if not build(path, data):
        return NOT_BUILT
    history, what = told_of(path, drawn=zlib.crc32(data) % PAGE_IN == 0)
    return f"told:{what} {history.schema} {len(history.markets)} {bool(history.disagreement)} {sorted(history.totals['oddities'] or ())[:3]}"


def build(path: Path, data: bytes) -> bool:
    """A journal of these lines, whatever they hold, as far as a database takes it; its checksums fit. Lines that are no rows are left out."""
    try:
        first, *rest = data.split(b"\n")[:ROWS_MAX]
        *head, about, conclusion = _cells(first)
        run_id, schema, commit_id, config_hash, seed, started_ns, status = map(msgspec.json.decode, head)
        entries = [row for line in rest if (row := _row(line)) is not None]
        concluded = None if conclusion == b"null" else msgspec.json.decode(conclusion)
        run = RunRow(run_id=run_id, commit_id=commit_id, config_hash=config_hash, seed=seed, started_ns=started_ns, about=msgspec.json.decode(about))
        crc, numbered = begun(run, schema if isinstance(schema, int) else SCHEMA), []
        for number, (columns, body) in enumerate(entries, start=1):
            crc = chained(crc, columns, body)
            numbered.append((number, *columns, body, crc))
        seal = None if status == RUNNING or schema == 1 else sealed(crc, status, concluded)
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute("PRAGMA synchronous=OFF")
            connection.execute("PRAGMA journal_mode=OFF")
            connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
            connection.executescript(LOOSE_TABLES)
            told = None if concluded is None else conclusion.decode()
            columns_of_run = (run_id, schema, commit_id, config_hash, seed, started_ns, status, about.decode(), told, seal)
            connection.execute("INSERT INTO run VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", columns_of_run)
            connection.execute("BEGIN")
            connection.executemany("INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", numbered)
            connection.execute("COMMIT")
    except (*_NO_JSON, OverflowError, sqlite3.Error):
        return False
    return True


def _cells(line: bytes) -> list[bytes]:
    return [bytes(raw) for raw in msgspec.json.decode(line, type=list[msgspec.Raw])]


def _row(line: bytes) -> tuple[tuple[Any, ...], bytes] | None:
    """The columns before the body, and the body; None: that is no row."""
    try:
        *columns, body = _cells(line)
        return tuple([msgspec.json.decode(column) for column in columns]), body
    except _NO_JSON:
        return None


def lines_of(path: Path) -> bytes:
    """A journal as lines that `build` makes one of."""
    with closing(sqlite3.connect(path)) as connection:
        run = connection.execute(_HEAD).fetchone()
        about, conclusion = ("{}", None) if run[1] == 1 else connection.execute("SELECT about, conclusion FROM run").fetchone()
        head = [*run, _raw(about), _raw(conclusion)]
        rows = [[*row[:6], msgspec.Raw(unpacked(row[6]))] for row in connection.execute(_ROWS)]
    return b"\n".join(msgspec.json.encode(row) for row in (head, *rows))


def _raw(column: str | None) -> msgspec.Raw:
    return _NULL if column is None else msgspec.Raw(column.encode())


def seeds(folder: Path) -> dict[str, list[Path]]:
    """Small journals: ended and not, with everything that a venue may do in them; the first of a long one of each schema."""
    ended, running = [], []
    for seed, turns in ((2, 12), (5, 8), (11, 20)):
        path = folder / f"session-{seed}"
        session, recorded = given_session(path, seed)
        session.live(turns)
        recorded.end()
        running.append(path)
    for schema in READABLE:
        path = folder / f"schema{schema}"
        path.write_bytes(gzip.decompress((OLD_JOURNALS / f"schema{schema}.journal.gz").read_bytes()))
        ended.append(path)
    return {"running": running, "ended": ended}


def targets(folder: Path) -> list[Target]:
    """Those of this file; each writes below `folder`."""
    good = seeds(folder)
    first, *later = good["ended"]
    checked = [*good["running"], *later]
    truths = [(run, list(entries)) for run, entries in map(read_journal, checked)]
    refusals = (JournalFailed,)
    rows = [lines_of(path) for path in good["running"]] + [b"\n".join(lines_of(path).split(b"\n")[:60]) for path in good["ended"]]
    rows += [lines_of(good["running"][1]).replace(b'"running"', b'"finished"', 1)]
    return [
        Target(
            name="journal-file",
            about="a journal file as a disk spoils it: refused, or told as it was written",
            check=partial(check_file, folder / "file.journal", truths),
            seeds=[path.read_bytes() for path in checked],
            shape="pages",
            refusals=refusals,
            share=30,
        ),
        Target(
            name="journal-file-1",
            about="the same of schema 1, which has no checksums: nothing breaks",
            check=partial(check_any_file, folder / "old.journal"),
            seeds=[first.read_bytes()],
            shape="pages",
            refusals=refusals,
            share=5,
        ),
        Target(
            name="journal-rows",
            about="forged rows under right checksums, through report, page, JSON and why",
            check=partial(check_rows, folder / "rows.journal"),
            seeds=rows,
            shape="rows",
            refusals=refusals,
            share=20,
        ),
    ]
