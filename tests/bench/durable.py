"""Journal commits a second, surviving kill −9 (NORMAL) and surviving a power cut (FULL), against counting in memory."""

import tempfile
from collections.abc import Callable
from itertools import count
from pathlib import Path
from statistics import median

from oms.entries import RunRow
from oms.journal import MemoryJournal, SqliteJournal
from oms.ports import Turned
from tests.bench.frames import START_NS
from tests.bench.rounds import Line, in_turn, median_ratio, significant, timed
from tests.bench.turn import commanding_turn

_RUN = RunRow(run_id="bench", commit_id="bench", config_hash="bench", seed=1, started_ns=START_NS)


def commits(turns: int, rounds: int) -> list[Line]:
    """One line for each durability; the turn that is written is a real one, with its facts, its decision and its commands."""
    record = commanding_turn()
    entries = len(record.ready) + len(record.decisions)
    with tempfile.TemporaryDirectory(prefix="steelyard-bench-") as folder:
        numbers = count()

        def on_disk(*, money_is_real: bool) -> float:
            journal = SqliteJournal(Path(folder) / f"{next(numbers)}.sqlite", _RUN, money_is_real=money_is_real)
            seconds = timed(_many(journal, record, turns))
            journal.close()
            return turns / seconds

        contestants: dict[str, Callable[[], float]] = {
            "NORMAL": lambda: on_disk(money_is_real=False),
            "FULL": lambda: on_disk(money_is_real=True),
            "memory": lambda: turns / timed(_many(MemoryJournal(), record, turns)),
        }
        rates = in_turn(contestants, rounds)
    return [
        Line(
            bench=f"journal, {name}, commands a commit: {len(record.ready)}",
            value=round(median(rates[name])),
            unit="commits/s",
            rounds=rounds,
            ratio_to={"memory": median_ratio(rates[name], rates["memory"])},
            more={"rows_a_second": significant(median(rates[name]) * entries)},
        )
        for name in ("NORMAL", "FULL")
    ]


def _many(journal: MemoryJournal, record: Turned, turns: int) -> Callable[[], None]:
    def work() -> None:
        for _ in range(turns):
            journal.commit(record)

    return work
