"""A signer that is opened again when it is gone: a process that died, one that hangs, a socket whose service manager starts another.

What was asked and not answered is not asked again: the order is refused, and whoever wanted it wants it anew when the signer is back.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from connectors.polymarket.signing import NamedOrder, Wallet
from connectors.signer_client import RemoteSigner
from connectors.signer_protocol import SignerGone, SignRefused

WAIT_S: Final = (1, 60)
"""First wait before it is opened again, and the longest; it doubles. Each signer that starts may count a hundredth of a day's cap too much."""
_T = TypeVar("_T")
_log: Final = logging.getLogger("steelyard.signer")


class LastingSigner:
    """A signer for as long as the process lives. Made by `lasting`; `close` ends it."""

    def __init__(
        self, signer: RemoteSigner, wallet: Wallet, again: Callable[[], Awaitable[RemoteSigner]], sleep: Callable[[float], Awaitable[None]]
    ) -> None:
        self._signer = signer
        self._wallet = wallet
        self._again = again
        self._sleep = sleep
        self._opening: asyncio.Task[None] | None = None
        """While it is gone."""

    async def wallet(self) -> Wallet:
        """Whose orders it signs; always the same."""
        return self._wallet

    async def sign(self, named: NamedOrder) -> bytes:
        """See Signer."""
        return await self._asked(lambda signer: signer.sign(named))

    async def login(self, at_s: int, nonce: int = 0) -> dict[str, str]:
        """See Signer."""
        return await self._asked(lambda signer: signer.login(at_s, nonce))

    async def back(self) -> None:
        """See Signer."""
        if self._opening is not None:
            await asyncio.shield(self._opening)

    async def close(self) -> None:
        """Hang up, and open no other."""
        if self._opening is not None:
            self._opening.cancel()
            await asyncio.gather(self._opening, return_exceptions=True)
        await self._signer.close()

    async def _asked(self, ask: Callable[[RemoteSigner], Awaitable[_T]]) -> _T:
        signer = self._signer
        try:
            return await ask(signer)
        except SignerGone as error:
            if signer is self._signer and self._opening is None:
                _tell(logging.WARNING, "signer gone", why=str(error))
                self._opening = asyncio.create_task(self._open())
            raise

    async def _open(self) -> None:
        await self._signer.close()  # one that hangs holds the count of the caps, so the next one could not begin
        wait_s, longest = WAIT_S
        while True:
            await self._sleep(wait_s)
            try:
                self._signer = await self._opened()
                break
            except (SignerGone, OSError) as error:
                _tell(logging.ERROR, "signer does not come back", why=str(error), next_try_s=(wait_s := min(2 * wait_s, longest)))
        self._opening = None
        _tell(logging.WARNING, "signer back")

    async def _opened(self) -> RemoteSigner:
        signer = await self._again()
        try:
            wallet = await signer.wallet()
        except (SignerGone, SignRefused) as error:
            await signer.close()
            raise SignerGone(str(error)) from None
        if wallet != self._wallet:
            await signer.close()
            raise SignerGone(f"it signs for {wallet.owner} now, and this run trades for {self._wallet.owner}; restart the bot if that is meant")
        return signer


async def lasting(again: Callable[[], Awaitable[RemoteSigner]], *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> LastingSigner:
    """The first one opened, whose wallet all later ones must have. `again` opens one. Raises SignerGone: it does not come up."""
    signer = await again()
    try:
        return LastingSigner(signer, await signer.wallet(), again, sleep)
    except (SignerGone, SignRefused) as error:
        await signer.close()
        raise SignerGone(str(error)) from None


def _tell(level: int, what: str, **pairs: object) -> None:
    _log.log(level, what, extra={"pairs": pairs})
