"""Long polling: what people say, fetched for ever; what is done when Telegram does not answer, wants us to wait, or knows our token no more."""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Final, NoReturn, Protocol

import msgspec

from connectors.operator.telegram.alerts import Item
from connectors.operator.telegram.api import Api, Heard, Kind, Trouble
from connectors.operator.telegram.console import COMMANDS
from connectors.operator.telegram.markup import span
from oms.values.units import NS_PER_SECOND, Nanos

POLL_S: Final = 25
"""How long Telegram holds a question open when nobody says anything."""
LONG_NS: Final = 60 * NS_PER_SECOND
"""Telegram was away so long that people should hear of it."""
AGAIN_MAX_S: Final = 30
_KIND: Final = "telegram"
_log: Final = logging.getLogger("steelyard.telegram")


class TokenRefused(RuntimeError):
    """Telegram does not take our token: there is nothing to wait for. One line."""


class Clock(msgspec.Struct, frozen=True):
    """Two clocks; tests bring their own."""

    now_ns: Callable[[], Nanos] = time.monotonic_ns
    """Only ever grows."""
    wall_ns: Callable[[], Nanos] = time.time_ns
    """What people read, and Telegram dates with."""


class Hearer(Protocol):
    """Who is told; must not block."""

    def hear(self, heard: Heard) -> None:
        """A message, or a press of a button."""
        ...

    def answered(self) -> None:
        """Telegram answered."""
        ...

    def waits(self, until_ns: Nanos) -> None:
        """Telegram wants us to be quiet until then."""
        ...

    def tell(self, item: Item) -> None:
        """People should hear of this."""
        ...


class Poller:
    """One bot's."""

    def __init__(self, api: Api, clock: Clock, poll_s: int, hearer: Hearer) -> None:
        self.name = ""
        """Our user name; empty: not known yet."""
        self._api = api
        self._clock = clock
        self._poll_s = poll_s
        self._hearer = hearer
        self._since_ns: Nanos | None = None
        """Since when nobody answers."""
        self._tries = 0

    async def run(self) -> NoReturn:
        """Until cancelled. Raises TokenRefused."""
        is_ready = False
        while True:
            try:
                if not is_ready:
                    self.name = await self._api.name()
                    await self._api.begin(COMMANDS)
                    is_ready = True
                    say(logging.INFO, "console is ready", bot=self.name)
                heard = await self._api.poll(self._poll_s)
            except Trouble as trouble:
                await self._wait_after(trouble)
                continue
            self._hearer.answered()
            self._is_back()
            for one in heard:
                self._hearer.hear(one)

    async def _wait_after(self, trouble: Trouble) -> None:
        """As long as it says, or longer each time."""
        if trouble.kind is Kind.TOKEN:
            raise token_refused(trouble)
        now_ns = self._clock.now_ns()
        if self._since_ns is None:
            self._since_ns = now_ns
        level = logging.WARNING if self._tries in {0, 5} or self._tries % 60 == 0 else logging.DEBUG
        say(level, "Telegram does not answer", kind=trouble.kind, tries=self._tries + 1, why=trouble)
        if trouble.kind is Kind.CONFLICT:
            text = "another process polls with our token, and commands may go to it: end it, or ask BotFather for a new token"
            self._hearer.tell(Item(_KIND, text))
        if trouble.wait_ns:
            self._hearer.waits(now_ns + trouble.wait_ns)
        again_s = min(1 << min(self._tries, 10), AGAIN_MAX_S)
        self._tries += 1
        await asyncio.sleep(trouble.wait_ns / NS_PER_SECOND if trouble.wait_ns else again_s)

    def _is_back(self) -> None:
        since_ns, self._since_ns, self._tries = self._since_ns, None, 0
        if since_ns is None:
            return
        away_ns = self._clock.now_ns() - since_ns
        say(logging.WARNING, "Telegram answers again", away=span(away_ns))
        if away_ns >= LONG_NS:
            text = f"Telegram did not answer this console for {span(away_ns)}; commands of that time may not have been carried out"
            self._hearer.tell(Item(_KIND, text))


def token_refused(trouble: Trouble) -> TokenRefused:
    """The end, in words."""
    return TokenRefused(f"Telegram does not know this token ({trouble}): ask BotFather for it, or mend telegram.api")


def say(level: int, what: str, **pairs: object) -> None:
    """One entry of the log; config/logs.py writes it, and hides the token wherever it turned up."""
    if _log.isEnabledFor(level):
        _log.log(level, what, extra={"pairs": pairs})
