"""From the daemon's pictures to what must be told: what is new in them against those before. Pure; it asks nobody.

The daemon keeps the latest alerts and fills; pictures may leave some out when much happens at once. What a count says that no row shows is told as a
count. What was already there when we first looked is told as one line, so that a restart of the console repeats nothing.
"""

from typing import Final

from connectors.operator.control.protocol import Ended, Shown, Welcome
from connectors.operator.telegram.alerts import Degree, Item
from connectors.operator.telegram.answers import fill_words, phase_words
from connectors.operator.telegram.markup import SAID_SIGNS_MAX, foreign, own
from oms.values.panels import Alerts, Fills, Overview, Topic, View
from oms.values.units import NS_PER_SECOND, Nanos

TOPICS: Final = (Topic.OVERVIEW, Topic.ALERTS, Topic.FILLS)
"""What has to be watched."""
EVERY_MS: Final = 1_000
"""How often at most."""
DAEMON: Final = "daemon"
PHASE: Final = "phase"
BOOKS: Final = "books"
TRADE: Final = "trade"
OLD_ALERTS: Final = "alerts before"
SILENT_NS: Final = 30 * NS_PER_SECOND
HALT_CODE: Final = 42
"""Exit code of a halt; whoever started the daemon must not start it again by itself."""


class News:
    """One daemon's, over its restarts."""

    def __init__(self) -> None:
        self._is_there: bool | None = None
        """None: not known yet."""
        self._pid: int | None = None
        self._has_ended = False
        self._seen_ns: Nanos = 0
        self._is_silent = False
        self._phase = ""
        self._conserved = ""
        self._alerts: dict[tuple[str, str], int] | None = None
        self._fills: int | None = None

    def joined(self, welcome: Welcome, now_ns: Nanos) -> list[Item]:
        """The daemon is there. Another process has raised its alerts anew."""
        self._seen_ns = now_ns
        is_new, is_same = self._pid is None, self._pid == welcome.pid
        self._is_there, self._has_ended, self._pid = True, False, welcome.pid
        if not is_new and not is_same:
            self._phase, self._conserved, self._alerts = "", "", {}
        how = "is there" if is_new else "is back" if is_same else "was started anew"
        return [Item(DAEMON, f"the daemon {how}: {own(welcome.verb)}, version {own(welcome.version)}, process {welcome.pid}", Degree.URGENT)]

    def lost(self, why: str) -> list[Item]:
        """There is no connection. Why it stays away, and that it went as it said it would, is no news."""
        was, self._is_there, self._is_silent = self._is_there, False, False
        if was is False or self._has_ended:
            return []
        return [Item(DAEMON, f"<b>the daemon cannot be reached</b>: {foreign(why, SAID_SIGNS_MAX)}", Degree.URGENT)]

    def ended(self, ended: Ended) -> list[Item]:
        """Its last words."""
        self._has_ended = True
        how = "<b>HALTED</b> and stays off until it is resumed on its machine" if ended.code == HALT_CODE else "ended"
        return [Item(DAEMON, f"the daemon {how} (exit code {ended.code}): {foreign(ended.text, SAID_SIGNS_MAX)}", Degree.URGENT)]

    def silence(self, now_ns: Nanos) -> list[Item]:
        """Time went by. A daemon that is connected renews its pictures every few seconds; one that does not may hang."""
        if not self._is_there or self._is_silent or now_ns - self._seen_ns < SILENT_NS:
            return []
        self._is_silent = True
        seconds = SILENT_NS // NS_PER_SECOND
        words = (
            f"<b>the daemon is connected but has shown nothing for {seconds} s</b>: it may hang; <code>run_bot.py kill</code> on its machine halts it"
        )
        return [Item(DAEMON, words, Degree.URGENT)]

    def shown(self, shown: Shown, now_ns: Nanos) -> list[Item]:
        """One picture."""
        view: View = shown.view
        self._seen_ns = now_ns
        woken = [Item(DAEMON, "the daemon shows itself again", Degree.URGENT)] if self._is_silent else []
        self._is_silent = False
        if isinstance(view, Overview):
            return [*woken, *self._overview(view)]
        if isinstance(view, Alerts):
            return [*woken, *self._raised(view)]
        return [*woken, *self._traded(view)] if isinstance(view, Fills) else woken

    def _overview(self, view: Overview) -> list[Item]:
        found: list[Item] = []
        if view.phase != self._phase:
            before = f"{own(self._phase.upper())} → " if self._phase else ""
            degree = Degree.URGENT if {view.phase, self._phase} & _GRAVE else Degree.PLAIN
            found.append(Item(PHASE, f"{before}{phase_words(view)}", degree))
            self._phase = view.phase
        if view.conserved and view.conserved != self._conserved:
            text = f"<b>our books do not fit the venue's</b>: {foreign(view.conserved, SAID_SIGNS_MAX)}"
            found.append(Item(BOOKS, text, Degree.URGENT))
        self._conserved = view.conserved
        return found

    def _raised(self, view: Alerts) -> list[Item]:
        counts = {(row.kind, row.text): row.count for row in reversed(view.rows)}
        before, self._alerts = self._alerts, counts
        if before is None:
            words = f"{sum(counts.values()):,} alerts stood when this console began: /alerts shows the latest"
            return [Item(OLD_ALERTS, words)] if counts else []
        found = []
        for row in reversed(view.rows):
            known = before.get((row.kind, row.text), 0)
            fresh = row.count - known if row.count >= known else row.count
            if fresh:
                found.append(Item(row.kind, foreign(row.text, SAID_SIGNS_MAX), Degree.PLAIN, fresh))
        return found

    def _traded(self, view: Fills) -> list[Item]:
        before, self._fills = self._fills, view.count
        if before is None:
            return []
        fresh = view.count - before if view.count >= before else view.count  # fewer: another process, which counts from nothing
        if not fresh:
            return []
        rows = view.rows[:fresh]
        if not rows:
            return [Item(TRADE, "trades that the daemon shows no more", Degree.CALM, fresh)]
        first = Item(TRADE, fill_words(rows[-1]), Degree.CALM, fresh - len(rows) + 1)
        return [first, *[Item(TRADE, fill_words(row), Degree.CALM) for row in reversed(rows[:-1])]]


_GRAVE: Final = frozenset({"halted", "paused"})
"""Going there or coming back is told at once."""
