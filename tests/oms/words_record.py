"""Test vocabulary of the record: runs that keep a journal, what they truly came to after each turn, and journals that are cut or changed later."""

import shutil
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from config.assembly.demo import Demo
from config.assembly.joined import Keep
from config.assembly.replay import Replay, open_tapes
from config.settings import FOLDER, load
from oms.camera import Camera
from oms.journal import SqliteJournal
from oms.ports import Turned
from oms.report import run_report
from oms.turn import Turner
from oms.values.events import Event
from oms.values.history import History
from oms.values.units import NS_PER_SECOND, Nanos
from oms.values.views import Picture
from tests.config.words_runs import PARTS
from tests.oms.sessions import Session
from tests.oms.words_engine import Floor, given_floor
from tests.oms.words_journal import RUN

SAMPLES = sorted((FOLDER / "samples").glob("*.jsonl.gz"))
SHORT_WINDOWS = {"STEELYARD__DEMO__WINDOW_S": "120"}
"""Markets of a demo that live two minutes, so that some are paid out in a short run."""
EVERY_5_S = 5 * NS_PER_SECOND
FROM_FACTS = ("orders", "fills", "markets")
"""Parts of the run report that facts and commands alone come to; cash too, but for the mark."""
FROM_PICTURES = ("marks", "books", "refused_by_gate", "oddities")

Report = dict[str, Any]


def given_demo(
    path: Path | None, *, seed: int = 3, seconds: int = 30, env: Mapping[str, str] | None = None, resume: bool = False, config: str = "demo.toml"
) -> Demo:
    """The demo as it ships, with a journal at `path`; None: without. `config`: another one of the files that ship."""
    keep = None if path is None else Keep(path=path, run_id=f"demo, seed {seed}", resume=resume)
    return Demo(load(FOLDER / config, env or {}), seed=seed, seconds=seconds, keep=keep)


def given_replay(path: Path | None, tapes: Sequence[Path] = (), *, env: Mapping[str, str] | None = None) -> Replay:
    """A replay of these tapes, or of the sample that ships, with a journal at `path`."""
    settings = load(FOLDER / "replay.toml", env or {})
    return Replay(settings, open_tapes(settings, tapes or SAMPLES), keep=None if path is None else Keep(path=path, run_id="replay"))


def reports_by_turn(turner: Turner) -> dict[int, Report]:
    """From now on: what the engine itself reports after each turn."""
    found: dict[int, Report] = {}
    turn = turner.turn

    def watched(batch: Sequence[Event], at_ns: Nanos, frames: tuple[int, int] | None = None) -> None:
        turn(batch, at_ns, frames)
        found[turner.count] = run_report(turner.engine.state)

    turner.turn = watched  # type: ignore[method-assign]
    return found


def unmarked(cash: Mapping[str, int | None]) -> dict[str, int | None]:
    """Money without what depends on the books of the moment."""
    return {name: amount for name, amount in cash.items() if name != "equity_mark_micro"}


class RecordedFloor:
    """A floor whose journal holds pictures, as that of a run does."""

    def __init__(self, path: Path, floor: Floor, journal: SqliteJournal, every_ns: Nanos = EVERY_5_S) -> None:
        self.path, self.floor, self.journal = path, floor, journal
        self.camera = Camera(floor.state, every_ns, lambda: Picture(turns=floor.turner.count, events=floor.turner.event_count))
        floor.turner.camera = self.camera

    def end(self) -> Report:
        """A last picture; the journal is closed, as of a run that was killed. Returns what the engine itself reports."""
        turner = self.floor.turner
        self.journal.commit(Turned(number=turner.count + 1, at_ns=self.floor.now_ns, batch=(), picture=self.camera.take()))
        self.journal.close("running")
        return run_report(self.floor.state)


def given_recorded(path: Path, *, every_ns: Nanos = EVERY_5_S, **knobs: Any) -> RecordedFloor:  # noqa: ANN401 (as given_floor)
    """A floor that trades, and its journal."""
    journal = SqliteJournal(path, RUN, money_is_real=False)
    return RecordedFloor(path, given_floor(journal=journal, **knobs), journal, every_ns)


def given_session(path: Path, seed: int) -> tuple[Session, RecordedFloor]:
    """A seeded session in which a venue does all that a venue may do, not lived yet."""
    journal = SqliteJournal(path, RUN, money_is_real=False)
    session = Session(seed, journal)
    return session, RecordedFloor(path, session.floor, journal)


def committed_turns(path: Path) -> list[int]:
    """The turns that left entries."""
    with closing(sqlite3.connect(path)) as connection:
        return [turn for (turn,) in connection.execute("SELECT DISTINCT turn FROM entry ORDER BY turn")]


def cut_at_each_commit(path: Path, to: Path) -> Iterator[int]:
    """Make of the finished journal, at `to`, what a kill after each commit would have left, the latest first. Yields the turn it reaches to."""
    shutil.copy(path, to)
    turns = committed_turns(path)
    with closing(sqlite3.connect(to, isolation_level=None)) as connection:
        connection.execute("UPDATE run SET status = 'running', conclusion = NULL, seal = NULL")
        for turn in reversed(turns):
            connection.execute("DELETE FROM entry WHERE turn > ?", (turn,))
            yield turn


def change(path: Path, *statements: str) -> None:
    """What somebody with sqlite3 could do to it."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


def assert_adds_up(told: History, ledger_cash_micro: int | None = None) -> None:
    """Parts sum to wholes by construction: orders by status, fills by outcome and side, and every dollar by the market that brought or cost it."""
    orders, fills, cash = told.totals["orders"], told.totals["fills"], told.totals["cash"]
    assert sum(orders[part] for part in PARTS) == orders["placed"] == sum(market.orders for market in told.markets)
    assert fills["count"] == sum(count for sides in fills["by_outcome_side"].values() for count in sides.values())
    for outcome, sides in fills["by_outcome_side"].items():
        for side, count in sides.items():
            found = [fill for market in told.markets for fill in market.fills if (fill.outcome, fill.side.value) == (outcome, side)]
            assert len(found) == count
            assert sum(fill.shares_micro for fill in found) == fills["shares_micro_by_outcome_side"][outcome][side]
    owned = cash["free_micro"] + cash["pending_micro"]
    assert cash["start_micro"] + sum(market.cash_micro for market in told.markets) == owned
    assert ledger_cash_micro in {None, owned}
