"""The opportunity log: when an arbitrage opened, how good it was, when it closed, and whether it was taken or why not.

A window is open from the first look at which the best prices pay after fees until the first at which they do not, or at which nothing can be said.
How long it lasted is as exact as the turns are frequent. One that is open is kept here; one that closed becomes a note in the journal, a count, and
a part of its UTC day's sum.
"""

from collections import Counter
from typing import Final

import msgspec

from oms.machines.buckets import Buckets
from oms.values.bundles import Look, Shape
from oms.values.commands import WindowClosed
from oms.values.market import EventId
from oms.values.units import NS_PER_MS, NS_PER_SECOND, CashMicro, Nanos, SharesMicro

DAYS_MAX: Final = 400
DAY_NS: Final = 86_400 * NS_PER_SECOND


class Window(msgspec.Struct):
    """One that is open."""

    shape: Shape
    opened_ns: Nanos
    edge_pips: int
    worst_micro: CashMicro = 0
    sets_micro: SharesMicro = 0
    bundle_id: str = ""
    why: str = ""


class Day(msgspec.Struct):
    """The windows that closed in one UTC day."""

    taken: int = 0
    missed: int = 0
    taken_micro: CashMicro = 0
    """The best proven results of those taken,"""
    missed_micro: CashMicro = 0
    """and of those missed: what could have been had, if the books were true and nobody was faster."""


class Windows:
    """Those that are open, and how many there were."""

    def __init__(self) -> None:
        self.open: dict[tuple[EventId, str], Window] = {}
        self.seen = 0
        self.taken = 0
        self.missed: Counter[str] = Counter()
        """By the name of the reason."""
        self.lifetimes_ms = Buckets()
        self.edges_pips = Buckets()
        self.days: dict[int, Day] = {}
        """By the number of the UTC day since 1970; the last DAYS_MAX."""

    def see(self, event_id: EventId, strategy: str, look: Look, at_ns: Nanos) -> WindowClosed | None:
        """The event was looked at. What closed by that, if anything did."""
        key = (event_id, strategy)
        window = self.open.get(key)
        pays = look.edge_pips is not None and look.edge_pips > 0 and look.shape is not None
        closed = None
        if window is not None and (not pays or look.shape is not window.shape):
            closed = self._close(key, at_ns)
            window = None
        if pays:
            assert look.shape is not None
            assert look.edge_pips is not None
            if window is None:
                self.seen += 1
                window = self.open[key] = Window(look.shape, at_ns, look.edge_pips)
            window.edge_pips = max(window.edge_pips, look.edge_pips)
            if look.bundle is not None and look.bundle.worst_micro > window.worst_micro:
                window.worst_micro, window.sets_micro = look.bundle.worst_micro, look.bundle.sets_micro
            if not window.bundle_id:
                window.why = look.why
        return closed

    def took(self, event_id: EventId, strategy: str, bundle_id: str) -> None:
        """A bundle was opened on what is seen there."""
        window = self.open.get((event_id, strategy))
        if window is not None and not window.bundle_id:
            window.bundle_id, window.why = bundle_id, "taken"

    def missed_for(self, event_id: EventId, strategy: str, why: str) -> None:
        """A bundle was found and not allowed: by whom, in words that begin with a name."""
        window = self.open.get((event_id, strategy))
        if window is not None and not window.bundle_id:
            window.why = why

    def hear(self, closed: WindowClosed, at_ns: Nanos) -> None:
        """Count one from a journal."""
        self.seen += 1
        self._count(closed, at_ns)

    def _close(self, key: tuple[EventId, str], at_ns: Nanos) -> WindowClosed:
        window = self.open.pop(key)
        closed = WindowClosed(
            event_id=key[0],
            strategy=key[1],
            shape=window.shape,
            opened_ns=window.opened_ns,
            edge_pips=window.edge_pips,
            worst_micro=window.worst_micro,
            sets_micro=window.sets_micro,
            bundle_id=window.bundle_id,
            why=window.why,
        )
        self._count(closed, at_ns)
        return closed

    def _count(self, closed: WindowClosed, at_ns: Nanos) -> None:
        self.lifetimes_ms.add(max(0, at_ns - closed.opened_ns) // NS_PER_MS)
        self.edges_pips.add(max(0, closed.edge_pips))
        day = self.days.setdefault(at_ns // DAY_NS, Day())
        if len(self.days) > DAYS_MAX:
            del self.days[next(iter(self.days))]
        if closed.bundle_id:
            self.taken += 1
            day.taken += 1
            day.taken_micro += closed.worst_micro
        else:
            self.missed[closed.why.partition(":")[0]] += 1
            day.missed += 1
            day.missed_micro += closed.worst_micro
