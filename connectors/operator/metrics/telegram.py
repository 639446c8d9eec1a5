"""The Telegram console's own figures. It is a process of its own, so it has a port of its own, and `alerts.yml` hears of it when it falls silent."""

import time
from collections.abc import Callable, Iterable
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from connectors.operator.metrics.exporter import CONTENT_TYPE
from connectors.operator.metrics.figures import PREFIX
from connectors.operator.metrics.server import Pages

LAST_SUCCESS: Final = f"{PREFIX}telegram_last_success_timestamp_seconds"
MESSAGES: Final = f"{PREFIX}telegram_messages_total"
REJECTED: Final = f"{PREFIX}telegram_rejected_senders_total"


class TelegramFigures(Collector):
    """Counted by the console as it goes. `wall` gives Unix seconds."""

    def __init__(self, *, wall: Callable[[], float] = time.time) -> None:
        self.registry = CollectorRegistry()
        self._wall = wall
        self._succeeded_s = wall()
        """Not 0 at the start: a console that never reaches Telegram is silent since it began, not since 1970."""
        self._sent = 0
        self._rejected = 0
        self.registry.register(self)

    def succeeded(self) -> None:
        """Telegram answered."""
        self._succeeded_s = self._wall()

    def sent(self) -> None:
        """A message went out."""
        self._sent += 1

    def rejected(self) -> None:
        """Somebody else wrote to us."""
        self._rejected += 1

    def describe(self) -> Iterable[Metric]:
        """Nothing is collected when we are registered (Collector)."""
        return []

    def collect(self) -> Iterable[Metric]:
        """Everything, as it is now (Collector)."""
        yield GaugeMetricFamily(LAST_SUCCESS, "When Telegram last answered.", value=self._succeeded_s)
        yield CounterMetricFamily(MESSAGES, "Messages sent.", value=self._sent)
        yield CounterMetricFamily(REJECTED, "Messages of people who may not give orders.", value=self._rejected)

    def text(self) -> bytes:
        """The exposition, in CONTENT_TYPE."""
        return generate_latest(self.registry)

    def pages(self, address: str, port: int) -> Pages:
        """Served at /metrics: `await pages.begin()` in the console's loop, `await pages.end()` at its end."""
        return Pages(address, port, {"/metrics": lambda: (200, CONTENT_TYPE, self.text())})
