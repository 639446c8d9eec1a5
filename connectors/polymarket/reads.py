"""Reads that keep to the rate budget: one question, or all pages of one. A read waits for its turn; it never raises, and never repeats itself.

A long answer comes in pages. What could be read of it is handed back together with what could not, so that nobody takes half an answer for a
whole one.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Final, Protocol

import msgspec

from connectors.polymarket.catalog_wire import BadRow, page_of
from connectors.polymarket.venue_mode import too_many_s
from connectors.transport.budget import Budget, Granted, Later
from connectors.transport.http import Absent, Answer, Failed, Found, Request
from oms.values.texts import one_line
from oms.values.units import NS_PER_SECOND, Nanos

PAGES_MAX: Final = 1_000
"""100,000 rows; a cursor that never ends is a fault of the other side."""
WAIT_MAX_NS: Final = 30 * NS_PER_SECOND
"""A read that would have to wait longer for its turn fails instead: whoever asked will ask again."""
_SAID_MAX: Final = 160


class Pages(msgspec.Struct, frozen=True):
    """All rows that came, still as bytes, and why there may be more."""

    rows: Sequence[bytes]
    missing: Sequence[str]
    """What could not be read, one line each; empty: this is all there is."""


class Carrier(Protocol):
    """What carries requests: connectors/transport/http.py, or a script in tests."""

    async def ask(self, request: Request) -> Answer:
        """A read, once."""
        ...

    async def act(self, request: Request) -> Answer:
        """An effect, once."""
        ...


class Reads:
    """Asks one server within the account's budget."""

    def __init__(
        self,
        http: Carrier,
        budget: Budget,
        *,
        now_ns: Callable[[], Nanos] = time.time_ns,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._http = http
        self._budget = budget
        self._now_ns = now_ns
        self._sleep = sleep

    async def ask(self, route: str, make: Callable[[], Request]) -> Answer:
        """One read. `make` is called when it is its turn, so that what it signs is not old by then."""
        waited_ns = 0
        while not isinstance(verdict := self._budget.ask(route, now_ns := self._now_ns()), Granted):
            if not isinstance(verdict, Later) or (waited_ns := waited_ns + verdict.at_ns - now_ns) > WAIT_MAX_NS:
                return Failed(f"{route}: the rate limit {verdict.limit} is used up", maybe_took_effect=False)
            await self._sleep((verdict.at_ns - now_ns) / NS_PER_SECOND)
        answer = await self._http.ask(make())
        heed(self._budget, route, answer, self._now_ns())
        return answer

    async def pages(self, route: str, make: Callable[[str], Request], begin: str = "") -> Pages:
        """Every page, from the cursor `begin` on, to the last or to the first that cannot be had."""
        rows: list[bytes] = []
        cursor = begin
        seen: dict[str, None] = {}
        for number in range(1, PAGES_MAX + 1):
            seen[cursor] = None
            answer = await self.ask(route, partial(make, cursor))
            if not isinstance(answer, Found):
                return Pages(rows, [f"page {number}: {_said(answer)}"])
            try:
                page = page_of(answer.body)
            except BadRow as error:
                return Pages(rows, [f"page {number}: {error}"[:_SAID_MAX]])
            rows += page.rows
            cursor = page.next_cursor
            if not cursor:
                return Pages(rows, [])
            if cursor in seen:
                return Pages(rows, [f"page {number}: it leads back to page {list(seen).index(cursor) + 1}"])
        return Pages(rows, [f"more than {PAGES_MAX} pages"])


def heed(budget: Budget, route: str, answer: Answer, now_ns: Nanos) -> None:
    """After a 429 no read of this route leaves for as long as the venue asks."""
    pause_s = too_many_s(answer)
    if pause_s is not None:
        budget.shut(route, now_ns + pause_s * NS_PER_SECOND)


def _said(answer: Absent | Failed) -> str:
    said = answer.why if isinstance(answer, Failed) else f"HTTP {answer.status} {answer.text}"
    return one_line(said, _SAID_MAX)
