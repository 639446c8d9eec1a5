"""Replays that are watched: after every fact the books, after the run what must hold of any tape, whatever it holds."""

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from config.assembly.replay import Replay, open_tapes
from config.settings import FOLDER, Settings, load
from connectors.polymarket.book_hash import digest
from oms.machines.book import Book
from oms.values.decisions import Decision
from oms.values.events import BookReset, Event, Filled, LevelsChanged
from oms.values.snapshot import BookView, Health, Snapshot
from oms.values.units import Nanos
from strategies import Strategy, lookup
from tests.config.words_runs import assert_adds_up

SETTINGS = load(FOLDER / "replay.toml", {})


def assuming(**assumptions: object) -> Settings:
    """The settings that ship, with other assumptions."""
    return msgspec.structs.replace(SETTINGS, assume=msgspec.structs.replace(SETTINGS.assume, **assumptions))


def assert_believable(view: BookView) -> None:
    """A snapshot never shows a crossed book as LIVE."""
    if view.health is Health.LIVE and view.bids and view.asks:
        assert view.bids[0][0] < view.asks[0][0], view


class Watched:
    """A replay with an eye on every fact and every snapshot."""

    def __init__(self, paths: Sequence[Path], settings: Settings = SETTINGS) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("config.assembly.engines.lookup", self._watched_strategy)
            self.replay = Replay(settings, open_tapes(settings, paths))
        self.state = self.replay.joined.engine.state
        self.replay.joined.watchers.append(self._watch)
        self.seen: Counter[str] = Counter()
        """Hashes checked and agreed, of whole books and of changes; snapshots."""
        self.filled: Counter[str] = Counter()
        """Shares by order, as we were told."""
        self.fees = 0
        self._hashes: dict[str, tuple[int, int]] = {}

    def run(self) -> dict[str, Any]:
        """To the end; then what must always hold."""
        report = self.replay.run()
        assert_adds_up(report)
        self._assert_lenses(report)
        assert (report["orders"]["resting"], report["orders"]["unknown"], report["cash"]["pending_micro"]) == (0, 0, 0)
        assert report["oddities"] == {}
        return report

    def _watched_strategy(self, name: str) -> Strategy:
        line = lookup(name)
        evaluate: Callable[[Snapshot, Any], Decision] = line.evaluate

        def look(view: Snapshot, params: object) -> Decision:
            self.seen["snapshots"] += 1
            assert_believable(view.yes)
            assert_believable(view.no)
            return evaluate(view, params)

        return msgspec.structs.replace(line, evaluate=look)

    def _watch(self, event: Event, _at_ns: Nanos) -> None:
        if isinstance(event, BookReset | LevelsChanged):
            entry = self.state.by_token.get(event.token)
            if entry is not None:
                self._look_at(entry[1], event)
        elif isinstance(event, Filled):
            self.filled[event.order_id] += event.shares_micro
            self.fees += event.fee_cash_micro

    def _look_at(self, book: Book, event: BookReset | LevelsChanged) -> None:
        is_crossed = book.best_bid >= book.best_ask
        self.seen["crossed"] += is_crossed
        assert not (is_crossed and book.health is Health.LIVE), f"{book.token} is crossed and LIVE after {event}"
        before = self._hashes.get(book.token, (0, 0))
        self._hashes[book.token] = now = (book.hash_checked, book.hash_agreed)
        kind = "book" if isinstance(event, BookReset) else "change"
        self.seen[f"{kind} hashes checked"] += now[0] - before[0]
        self.seen[f"{kind} hashes agreed"] += now[1] - before[1]
        if isinstance(event, BookReset) and event.hash and event.context is not None and not event.from_rest:
            told = digest(event.context, event.token, event.exchange_ns, sorted(event.bids), sorted(event.asks, reverse=True))
            self.seen["books that contradict their own hash"] += told != event.hash

    def _assert_lenses(self, report: dict[str, Any]) -> None:
        """The queue lens is what happened to us: its fills, shares, fees and money are the OMS's; the others stand on either side of it."""
        lenses, fills, cash = report["lenses"], report["fills"], report["cash"]
        queue = lenses["queue"]
        assert (queue["fills"], queue["shares_micro"], queue["inferred"]) == (fills["count"], fills["shares_micro"], fills["inferred"])
        assert (sum(self.filled.values()), self.fees) == (queue["shares_micro"], queue["fees_micro"])
        assert cash["fees_micro"] == queue["fees_micro"]
        assert cash["start_micro"] + queue["result_worst_micro"] == cash["equity_worst_micro"]
        marked = queue["result_mark_micro"]
        assert (None if marked is None else cash["start_micro"] + marked) == cash["equity_mark_micro"]
        assert lenses["touch"]["shares_micro"] >= queue["shares_micro"] >= lenses["through"]["shares_micro"]
        blotter = self.state.blotter
        known = {order_id: order.filled_micro for order_id in self.filled if (order := blotter.find(order_id)) is not None}
        assert {order_id: self.filled[order_id] for order_id in known} == known
