"""Screen 6: how the daemon itself does."""

from collections import deque
from typing import ClassVar, Final

from textual.app import ComposeResult

from connectors.operator.terminal.flow import Block, Flow, Pair
from connectors.operator.terminal.ink import Ink
from connectors.operator.terminal.panels.panel import Panel
from connectors.operator.terminal.words import NOT_KNOWN, count, harmless, micros, millis, share_of, since, size, sparkline
from oms.values.panels import FeedRow, Health, Topic, View
from oms.values.units import Nanos

_KEPT: Final = 120
_STEPS: Final = 20
_QUANTILES: Final = ("p50", "p99", "max")
_NOTHING: Final = (Pair("", "none", "dim"),)


def figures(measured: dict[str, float] | None) -> str:
    """The three that matter, under each other's heads."""
    if not measured:
        return NOT_KNOWN
    return " ".join([f"{micros(measured.get(name)):>8}" for name in _QUANTILES])


def _feed(row: FeedRow, now_ns: Nanos) -> list[Pair]:
    back = f" · {count(row.reconnects)}×" if row.reconnects else ""
    text = f"{'' if row.is_open else 'CLOSED · '}{since(row.heard_ns, now_ns)} · {count(row.frames)}{back}"
    pairs = [Pair(harmless(row.name, 24), text, "text" if row.is_open else "alarm")]
    return [*pairs, Pair("", f"  {harmless(row.trouble)}", "warn")] if row.trouble else pairs


def _tally(counts: dict[str, int]) -> tuple[Pair, ...]:
    return tuple([Pair(harmless(name, 40), count(many)) for name, many in sorted(counts.items(), key=lambda item: -item[1])])


def _agreed(agreed: int, judged: int) -> Pair:
    ink: Ink = "dim" if not judged else "good" if agreed == judged else "warn"
    return Pair("", f"{share_of(agreed, judged)} of {count(judged)}", ink)


def blocks(view: Health, now_ns: Nanos, lags: tuple[float, ...]) -> list[Block]:
    """What matters most first: is it quick, does it hear, is it near any limit."""
    return [
        Block(
            "LATENCY",
            (
                Pair("so far", " ".join([f"{name:>8}" for name in _QUANTILES]), "dim"),
                *[
                    Pair(name, figures(measured))
                    for name, measured in (("a turn", view.turn_us), ("book age", view.age_us), ("commit", view.commit_us))
                ],
                Pair("loop is late", millis(view.lag_ms)),
                Pair("lately", sparkline(lags, _STEPS) if lags else NOT_KNOWN, "accent"),
                Pair("last turn", f"{since(view.last_turn_ns, now_ns)} ago" if view.last_turn_ns else NOT_KNOWN),
                Pair("turns", count(view.turns)),
            ),
        ),
        Block("FEEDS: heard · frames · came back", tuple([pair for row in view.feeds for pair in _feed(row, now_ns)]) or _NOTHING),
        Block("GUARDS", tuple([Pair(harmless(name, 24), harmless(text)) for name, text in view.guards.items()]) or _NOTHING),
        Block(
            "EVIDENCE",
            (
                _agreed(view.hash_agreed, view.hash_checked)._replace(label="book hash"),
                _agreed(view.mirror_agreed, view.mirror_judged)._replace(label="YES/NO mirror"),
                Pair("settled", count(view.settlements_done)),
                Pair("settlement failures", count(view.settlements_failed), "warn" if view.settlements_failed else "dim"),
                Pair("our clock − venue's", millis(view.clock_off_ms)),
            ),
        ),
        Block(
            "RATE BUDGETS: left",
            tuple([Pair(harmless(name, 30), count(left), "text" if left > 0 else "warn") for name, left in view.budgets.items()]) or _NOTHING,
        ),
        Block(
            "MACHINE",
            (
                Pair("memory", size(view.memory_bytes)),
                Pair("journal", size(view.journal_bytes)),
                Pair("disk free", size(view.disk_free_bytes)),
            ),
        ),
        Block("REFUSED BY OUR GATE", _tally(view.refusals) or _NOTHING),
        Block("ODDITIES", _tally(view.oddities) or _NOTHING),
    ]


class HealthPanel(Panel):
    """Screen 6."""

    TOPICS: ClassVar[tuple[Topic, ...]] = (Topic.HEALTH,)

    def __init__(self) -> None:
        super().__init__(id="health")
        self._lags: deque[float] = deque(maxlen=_KEPT)
        self._latest: Health | None = None

    def compose(self) -> ComposeResult:
        """Blocks in as many columns as there is room for."""
        yield Flow(id="health-blocks", least=36)

    def show(self, view: View, now_ns: Nanos) -> None:
        """All of it."""
        if isinstance(view, Health):
            if view.lag_ms is not None and view is not self._latest:
                self._lags.append(view.lag_ms)
            self._latest = view
            self.query_one("#health-blocks", Flow).fill(blocks(view, now_ns, tuple(self._lags)))
