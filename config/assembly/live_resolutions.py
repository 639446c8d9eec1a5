"""Payouts that the stream did not tell: of markets that were resolved while no process of ours listened, or about which it stayed silent.

What a market pays is a fact like any other: without it the books go on holding shares that are money by now.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from connectors.polymarket.resolutions import Resolutions
from oms.state import Desk, State
from oms.values.events import Event, MarketResolved
from oms.values.market import Market
from oms.values.snapshot import Health
from oms.values.units import Nanos

LOOK_S: Final = 20.0
"""From one look to the next; the stream, when it tells, is seconds behind the venue itself."""


class ResolutionWatch:
    """Asks about markets that may be over. `run` it as a task; cancel the task to end it."""

    def __init__(self, state: State, resolutions: Resolutions, tell: Callable[[Sequence[Event]], None], now: Callable[[], Nanos]) -> None:
        self._state = state
        self._resolutions = resolutions
        self._tell = tell
        self._now = now

    async def run(self) -> None:
        """For ever."""
        while True:
            await asyncio.sleep(LOOK_S)  # first, too: by then the stream has told of every market that lives
            for market in self.in_question():
                payout = await self._resolutions.payout(market)
                if payout is not None:
                    self._tell([MarketResolved(market_id=market.market_id, payout=payout)])

    def in_question(self) -> list[Market]:
        """Markets in which we have, or had, something, which may be over: nobody tells of their books, or their time has come."""
        return [desk.market for desk in self._state.desks.values() if desk.payout is None and self._is_quiet(desk) and self._concerns_us(desk)]

    def _is_quiet(self, desk: Desk) -> bool:
        end_ns = desk.market.end_ns
        return desk.closed or desk.yes.health is Health.STALE or (end_ns is not None and end_ns <= self._now())

    def _concerns_us(self, desk: Desk) -> bool:
        market, ledger = desk.market, self._state.ledger
        return any(ledger.total(token) for token in (market.yes, market.no)) or self._state.blotter.remembers(market.market_id)
