"""Frozen views → what Prometheus reads. Keeps the latest view of each topic and no figure of its own.

Until a topic was shown nothing of it is told: what only grows goes on from the journal, and a 0 before that would look like a jump. From then on
every known value of a label is there, and shows 0 until something happens. A figure that nobody has is left out, because 0 would be a statement.

A view is read when somebody asks, in the thread that asks; it is frozen, so nothing can change under it.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Final

import msgspec
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector

from connectors.operator.metrics.figures import LABELS_MAX, OTHER, PREFIX, TOPICS, Figure, Values, figures_of
from oms.values.panels import Topic, View

CONTENT_TYPE: Final = CONTENT_TYPE_PLAIN_0_0_4
"""The text format that every Prometheus reads."""
BUILD_INFO: Final = f"{PREFIX}build_info"
PICTURE: Final = f"{PREFIX}picture_timestamp_seconds"
CPU: Final = f"{PREFIX}cpu_seconds_total"
OF_ITSELF: Final[Mapping[str, tuple[str, ...]]] = {BUILD_INFO: ("verb", "version", "commit"), PICTURE: (), CPU: ()}
"""What is told without any view → its labels."""
Family = CounterMetricFamily | GaugeMetricFamily


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the daemon before it has shown anything."""

    verb: str
    version: str
    commit: str
    reasons: tuple[str, ...] = ()
    """Names of the gate's refusals."""
    guards: Mapping[str, int] = msgspec.field(default_factory=dict)
    """Guard → what it allows, in micro-dollars: `drawdown`, `day loss`."""


class Exporter(Collector):
    """The daemon's figures. `wall` gives Unix seconds, `cpu` seconds of processor time of this process."""

    def __init__(self, known: Known, *, wall: Callable[[], float] = time.time, cpu: Callable[[], float] = time.process_time) -> None:
        self.registry = CollectorRegistry()
        self._known = known
        self._figures = figures_of(known.reasons, known.guards)
        self._views: dict[Topic, View] = {}
        self._seen_s: float | None = None
        self._wall = wall
        self._cpu = cpu
        self.registry.register(self)

    def show(self, topic: Topic, view: View) -> None:
        """A newer view of one topic; topics without figures are passed over."""
        if topic in TOPICS:
            self._views[topic] = view
            self._seen_s = self._wall()

    def view(self, topic: Topic) -> View | None:
        """The latest of a topic."""
        return self._views.get(topic)

    def text(self) -> bytes:
        """The exposition, in CONTENT_TYPE."""
        return generate_latest(self.registry)

    def names(self) -> dict[str, tuple[str, ...]]:
        """Every name → its labels: what boards and rules may ask for."""
        told = {figure.name: (figure.label,) if figure.label else () for figures in self._figures.values() for figure in figures}
        return {**OF_ITSELF, **told}

    def describe(self) -> Iterable[Family]:
        """Nothing is collected when we are registered (Collector)."""
        return []

    def collect(self) -> Iterable[Family]:
        """Everything, as it is now (Collector)."""
        known = self._known
        about = GaugeMetricFamily(BUILD_INFO, "Which daemon this is.", labels=OF_ITSELF[BUILD_INFO])
        about.add_metric([known.verb, known.version, known.commit], 1)
        yield about
        yield GaugeMetricFamily(PICTURE, "When the trading side last showed anything.", value=self._seen_s)
        yield CounterMetricFamily(CPU, "Processor time of the daemon.", value=self._cpu())
        for topic, figures in self._figures.items():
            for figure in figures:
                yield family_of(figure, self._views.get(topic))


def family_of(figure: Figure, view: View | None) -> Family:
    """One name with its values; without a view it has none."""
    kind = CounterMetricFamily if figure.is_counter else GaugeMetricFamily
    family: Family = kind(figure.name, figure.words, labels=[figure.label] if figure.label else [])
    if view is None:
        return family
    values: dict[str, float | None] = dict.fromkeys(figure.always, 0)
    told = figure.of(view)
    values |= told if isinstance(told, Mapping) else {"": told}
    for name, value in _bounded(values, figure).items():
        if value is not None:
            family.add_metric([name] if figure.label else [], float(value))
    return family


def _bounded(values: Values, figure: Figure) -> Values:
    """The first LABELS_MAX; what was counted beyond them is added up, gauges beyond them are left out: a sum of ages says nothing."""
    if len(values) <= LABELS_MAX:
        return values
    names = list(values)
    kept = {name: values[name] for name in names[:LABELS_MAX]}
    if figure.is_counter:
        kept[OTHER] = (kept.get(OTHER) or 0) + sum([values[name] or 0 for name in names[LABELS_MAX:]])
    return kept
