"""The thread that talks: the control server, and what else looks at its pictures, in an event loop of their own beside the trading thread.

Nothing that goes wrong in it reaches trading: it is logged, and at worst nobody can look any more. The kill file and the signal work without it.
"""

import asyncio
import logging
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, Final

from connectors.operator.control.bridge import Last
from connectors.operator.control.server import ControlServer
from connectors.operator.control.switchboard import Log, Service

START_S: Final = 10.0
STOP_S: Final = 3.0
"""So long the end of trading may wait for last words."""


class OperatorThread:
    """One daemon's. `start` and `stop` are called from the trading thread."""

    def __init__(self, server: ControlServer, services: Sequence[Service] = (), log: Log = lambda *_, **__: None) -> None:
        self._server = server
        self._services = services
        self._log = log
        self._begun: Future[None] = Future()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._last = Last(code=0, text="the daemon has ended")
        self._ending = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="operator", daemon=True)
        for service in services:
            server.add(service)

    def start(self) -> None:
        """Returns when it listens. Raises NoSocket, or TimeoutError when it cannot be said whether it does."""
        self._thread.start()
        self._begun.result(START_S)

    def stop(self, last: Last) -> None:
        """Tell the last words, hang up, take the socket away; at most STOP_S. Harmless when it has ended, or never began."""
        if self._loop is None or not self._thread.is_alive():
            return
        self._last = last
        with suppress(RuntimeError):  # the loop has ended in this very moment
            self._loop.call_soon_threadsafe(self._ending.set)
        self._thread.join(STOP_S)
        if self._thread.is_alive():
            self._log(logging.WARNING, "operator thread hangs", why=f"it did not end within {STOP_S:g} s and is left alone")

    def _run(self) -> None:
        with asyncio.Runner() as runner:
            runner.get_loop().set_exception_handler(self._complain)
            runner.run(self._supervised())

    async def _supervised(self) -> None:
        """Whatever ends it unforeseen ends here."""
        living = asyncio.get_running_loop().create_task(self._live())
        await asyncio.wait([living])
        error = living.exception()
        if error is None:
            return
        if not self._begun.done():
            self._begun.set_exception(error)
        else:
            self._log(logging.ERROR, "operator thread ended", why=f"{type(error).__name__}: {error}")

    async def _live(self) -> None:
        loop = asyncio.get_running_loop()
        await self._server.start()
        self._loop = loop
        self._begun.set_result(None)
        running = [loop.create_task(self._one(service)) for service in self._services]
        try:
            await self._ending.wait()
        finally:
            for task in running:
                task.cancel()
            await self._server.end(self._last)
            if running:
                await asyncio.wait(running)

    async def _one(self, service: Service) -> None:
        """One service; when it fails, the others go on."""
        living = asyncio.get_running_loop().create_task(service.run())
        try:
            await asyncio.wait([living])
        finally:
            living.cancel()
        error = living.exception()
        if error is not None:
            self._log(logging.ERROR, "operator service ended", service=type(service).__name__, why=f"{type(error).__name__}: {error}")

    def _complain(self, _loop: asyncio.AbstractEventLoop, context: Mapping[str, Any]) -> None:
        """What failed in a callback or in a task that nobody waits for."""
        error = context.get("exception")
        self._log(logging.ERROR, "operator thread", why=f"{context.get('message', '')} ({type(error).__name__}: {error})")
