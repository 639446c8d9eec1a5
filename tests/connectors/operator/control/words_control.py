"""Test words of the control socket: a daemon whose trading side is a few lines, and a client that may say anything."""

import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from connectors.operator.control.bridge import Bridge, Last, Order, Question, Reply, Wanted
from connectors.operator.control.protocol import PROTOCOL, Hello, Message, Told, Welcome, line, told_decoder
from connectors.operator.control.server import ControlServer, Service
from connectors.operator.thread import OperatorThread
from oms.values import panels as v
from oms.values.panels import Topic, View

WAIT_S: Final = 10.0
WELCOME: Final = Welcome(protocol=PROTOCOL, verb="demo", version="1.2", pid=77)
MARKET: Final = v.MarketRow(market_id="m1", title="Will it rain?")
ORDER: Final = v.OrderRow(order_id="1-1", market_id="m1", title="Will it rain?", outcome="YES", side="BUY", price_pips=4_500, size_micro=20_000_000)


def given_view(topic: Topic, subject: str = "", at_ns: int = 1) -> View | None:
    """A picture of each kind; of the ladder of m1 and the story of 1-1 alone."""
    table: dict[Topic, Callable[[], View | None]] = {
        Topic.OVERVIEW: lambda: v.Overview(at_ns=at_ns, verb="demo", phase="trading", events=at_ns),
        Topic.CURVE: lambda: v.Curve(at_ns=at_ns),
        Topic.MARKETS: lambda: v.Markets(at_ns=at_ns, rows=(MARKET,)),
        Topic.LADDER: lambda: v.Ladder(at_ns=at_ns, market=MARKET) if subject == "m1" else None,
        Topic.ORDERS: lambda: v.Orders(at_ns=at_ns, open=(ORDER,)),
        Topic.FILLS: lambda: v.Fills(at_ns=at_ns),
        Topic.INVENTORY: lambda: v.Inventory(at_ns=at_ns),
        Topic.ARBITRAGE: lambda: v.Arbitrage(at_ns=at_ns),
        Topic.HEALTH: lambda: v.Health(at_ns=at_ns),
        Topic.ALERTS: lambda: v.Alerts(at_ns=at_ns),
        Topic.STRATEGIES: lambda: v.Strategies(at_ns=at_ns),
        Topic.STORY: lambda: v.Story(at_ns=at_ns, order=ORDER, lines=("as the engine tells it",)) if subject == "1-1" else None,
    }
    return table[topic]()


def obeyed(order: Order) -> Reply:
    """Says what it was told."""
    return Reply(order.ticket, ok=True, text=f"{order.client}: {order.instruction}")


class Daemon:
    """A daemon with a trading side in a thread of its own, which looks at the bridge a thousand times a second."""

    def __init__(self, path: Path, teller: Callable[[str], tuple[str, ...]] | None = None, services: tuple[Service, ...] = ()) -> None:
        self.path = path
        self.bridge = Bridge()
        self.logged: list[tuple[int, str, dict[str, object]]] = []
        self.heard: list[Order] = []
        self.answer: Callable[[Order], Reply] = obeyed
        self.view: Callable[[Topic, str, int], View | None] = given_view
        self.hangs = False
        """The trading side looks at nothing."""
        self.server = ControlServer(path, self.bridge, WELCOME, teller, self.log)
        self.thread = OperatorThread(self.server, services, self.log)
        self._ended = threading.Event()
        self._trading = threading.Thread(target=self._trade)

    def log(self, level: int, what: str, **pairs: object) -> None:
        self.logged.append((level, what, pairs))

    def __enter__(self) -> Self:
        self.thread.start()
        self._trading.start()
        return self

    def __exit__(self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None) -> None:
        self._ended.set()
        self._trading.join()
        self.thread.stop(Last(0, "done"))

    def logs(self, what: str) -> list[dict[str, object]]:
        return [pairs for _, said, pairs in list(self.logged) if said == what]

    def _trade(self) -> None:
        at_ns = 0
        shown: dict[Wanted, int] = {}
        while not self._ended.wait(0.001):
            if self.hangs:
                continue
            at_ns += 1
            for waiting in self.bridge.take():
                self.bridge.reply(self._replied(waiting, at_ns))
            for wanted in self.bridge.watched:
                now_ns = time.monotonic_ns()
                if now_ns - shown.get(wanted, 0) < self.bridge.every_ns:
                    continue
                shown[wanted] = now_ns
                view = self.view(wanted.topic, wanted.subject, at_ns)
                if view is not None:
                    self.bridge.show(wanted, view)

    def _replied(self, waiting: Question | Order, at_ns: int) -> Reply:
        if isinstance(waiting, Order):
            self.heard.append(waiting)
            return self.answer(waiting)
        view = self.view(waiting.wanted.topic, waiting.wanted.subject, at_ns)
        return Reply(waiting.ticket, ok=view is not None, text="" if view else f"there is no {waiting.wanted.topic.value}", view=view)


class Raw:
    """A client of which every byte is chosen by the test."""

    def __init__(self, path: Path) -> None:
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(WAIT_S)
        self.socket.connect(str(path))
        self._file = self.socket.makefile("rb")

    def say(self, *messages: Message | bytes) -> Self:
        try:
            for message in messages:
                self.socket.sendall(message if isinstance(message, bytes) else line(message))  # type: ignore[arg-type]
        except (BrokenPipeError, ConnectionResetError):
            pass  # it has been refused in the middle: what it was told can still be read
        return self

    def hear(self) -> Told | None:
        """What comes next; None: the daemon hung up."""
        try:
            text = self._file.readline()
        except ConnectionResetError:
            return None
        return told_decoder.decode(text) if text else None

    def greeted(self, name: str = "raw") -> Self:
        assert self.say(Hello(protocol=PROTOCOL, client=name)).hear() == WELCOME
        return self

    def close(self) -> None:
        self._file.close()
        self.socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None) -> None:
        self.close()


def until(is_so: Callable[[], object]) -> None:
    """Wait for other threads; at most WAIT_S."""
    end_s = time.monotonic() + WAIT_S
    while not is_so():
        assert time.monotonic() < end_s, "it did not come so"
        time.sleep(0.002)
