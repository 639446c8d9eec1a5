"""The simulated exchange behind its gateway, on a free port and in a thread of its own, for tests of what connects to it."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from config.assembly.exchange import Bazaar, Truths
from oms.values.units import NS_PER_SECOND
from sim.gateway.host import Host
from sim.gateway.records import HostSettings
from sim.gateway.server import Gateway, start
from sim.market_series import SeriesSettings

T = TypeVar("T")


class OpenVenue:
    """A venue that is served."""

    def __init__(self, gateway: Gateway, bazaar: Bazaar, loop: asyncio.AbstractEventLoop, port: int) -> None:
        self.gateway = gateway
        self.bazaar = bazaar
        self.url = f"http://127.0.0.1:{port}"
        self._loop = loop

    def do(self, action: Callable[[], T]) -> T:
        """In the venue's own thread."""

        async def done() -> T:
            return action()

        return asyncio.run_coroutine_threadsafe(done(), self._loop).result(timeout=10)


@contextmanager
def open_venue(*, markets: int = 3, window_s: int = 900) -> Iterator[OpenVenue]:
    """With a crowd that keeps `markets` markets of both generations alive, each for `window_s` at most."""
    ready, stop = threading.Event(), asyncio.Event()
    made: list[OpenVenue] = []

    async def serve() -> None:
        truths = Truths()
        host = Host(time.time_ns, HostSettings(seed=7), resolver=truths.payout)
        settings = SeriesSettings(markets=markets, window_ns=window_s * NS_PER_SECOND, fee_rate_bps=700, tick_pips=100, seed=7)
        bazaar = Bazaar(host, truths, settings, traders=True)
        bazaar.begin()
        gateway = Gateway(host)
        runner, port = await start(gateway)
        made.append(OpenVenue(gateway, bazaar, asyncio.get_running_loop(), port))
        ready.set()
        await stop.wait()
        await runner.cleanup()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    assert ready.wait(timeout=20), "the exchange did not open"
    try:
        yield made[0]
    finally:
        made[0].do(stop.set)
        thread.join(timeout=20)
        assert not thread.is_alive(), "the exchange did not close"
