"""What `record` does with markets that come and go while it records."""

import logging
from collections.abc import Mapping, Sequence
from typing import Protocol

from config.assembly.roster import Standing
from config.assembly.run_log import STREAM
from config.logs import say
from oms.values.commands import Alert
from oms.values.events import Event, EventListed, MarketListed
from oms.values.market import Market, MarketId


class Recording(Protocol):
    """What is used of a recording (config/assembly/record.py)."""

    def is_resolved(self, market_id: MarketId) -> bool:
        """Was it told to be paid out?"""
        ...

    def listed(self, fact: MarketListed | EventListed) -> None:
        """Put a listing onto the tape, and record that market from now on."""
        ...

    def let_go(self, market: Market) -> None:
        """Record it no longer."""
        ...


class RecordParty:
    """A recording as a party that follows (following.py). It goes on with a market as long as anything comes of it, whatever its end."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording

    def standing(self, market: Market) -> Standing:
        """Open until it is paid out."""
        return Standing.OVER if self._recording.is_resolved(market.market_id) else Standing.OPEN

    def is_known(self, market_id: MarketId) -> bool:  # noqa: ARG002 (the shape of a party)
        """A tape knows all that it ever told."""
        return True

    async def before(self, markets: Sequence[Market]) -> Mapping[MarketId, Sequence[Event]]:
        """Nothing: nothing of it can be ours."""
        return {market.market_id: () for market in markets}

    def take_up(self, facts: Sequence[Event]) -> None:
        """Onto the tape first: what comes of a market that is not listed yet cannot be replayed."""
        for fact in facts:
            if isinstance(fact, MarketListed | EventListed):
                self._recording.listed(fact)

    def reopen(self, market: Market) -> None:
        """It was never closed here."""

    def let_go(self, market: Market) -> None:
        """Its frames are wanted no more."""
        self._recording.let_go(market)

    def tidy(self, followed: Mapping[MarketId, object]) -> None:
        """Nothing is kept of what went."""

    def alarm(self, alert: Alert) -> None:
        """Into the log: a recording has no other place."""
        say(STREAM, logging.WARNING, "alarm", kind=alert.kind, text=alert.text)
