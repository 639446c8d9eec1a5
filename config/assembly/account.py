"""Our account at the venue, opened: the signer, the API key, the user channel and the venue's socket, joined but not yet running.

Shared by `live`, `kill` without a bot, and `doctor`. The private key is in the signer's process; what is here can cancel and look, and ask for
signatures within the signer's caps.
"""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

import msgspec

from config.assembly.outside import Services, VenueSaidNo
from config.logs import SECRETS
from config.outside import LiveSection
from config.settings import BadSettings
from connectors.polymarket.authentication import Credentials
from connectors.polymarket.credentials import NoApiKey, credentials_of, log_in
from connectors.polymarket.names import Names
from connectors.polymarket.presence import Presence
from connectors.polymarket.rest import Calls
from connectors.polymarket.signing import OrderForm, Wallet
from connectors.polymarket.user_stream import PART as USER_CHANNEL
from connectors.polymarket.user_stream import Login
from connectors.polymarket.venue_mode import PART as EXCHANGE
from connectors.polymarket.venue_parts import SIGNER_PART, Parts
from connectors.signer_client import connect, start
from connectors.signer_lasting import LastingSigner, lasting
from connectors.signer_protocol import Signer, SignerGone, SignRefused
from connectors.transport.http import Found, Request
from oms.values.units import NS_PER_SECOND, Nanos

CLOCK_OFF_MAX_NS = 5 * NS_PER_SECOND
"""A clock that is farther off is refused: orders would expire, and turns be dated, at the wrong time. Requests are dated by the venue's clock."""


class Introduced(Signer, Protocol):
    """A signer that says whose orders it signs."""

    async def wallet(self) -> Wallet:
        """The wallet. Raises SignRefused or SignerGone."""
        ...


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """An opened account."""

    wallet: Wallet
    login: Login
    parts: Parts
    credentials: Credentials
    server_s: Callable[[], int]
    """Unix seconds by the venue's clock."""

    def question(self, path: str, *query: tuple[str, str]) -> Request:
        """A private read that the venue's own socket does not know: for `doctor`."""
        return Request(method="GET", path=path, query=query, headers=self.credentials.headers("GET", path, b"", self.server_s()))


@asynccontextmanager
async def signer_of(live: LiveSection, folder: Path) -> AsyncIterator[LastingSigner]:
    """The signer that the settings name, started if it is ours, and opened again when it is gone.

    Args:
        live: names its settings or its socket.
        folder: of the bot's settings file, absolute.

    Raises:
        BadSettings: none is named.
        VenueSaidNo: it does not come up.
    """
    if not (live.signer or live.signer_socket):
        raise BadSettings("live.signer: orders need a signer; write its settings file (docs/signer.md) and name it there, or live.signer_socket")
    try:
        signer = await lasting(lambda: connect(Path(live.signer_socket)) if live.signer_socket else start(folder / live.signer))
    except SignerGone as error:
        raise VenueSaidNo(f"live.signer: {error}") from None
    try:
        yield signer
    finally:
        await signer.close()


async def open_account(services: Services, signer: Introduced, *, now_ns: Callable[[], Nanos] = time.time_ns) -> Account:
    """Log in. Raises VenueSaidNo: no answer, a clock that is wrong, or no API key."""
    if not isinstance(await services.clob.ask(Request(method="GET", path="/time")), Found):
        raise VenueSaidNo(f"{services.clob.base_url} does not answer; is it reachable from here? `run_bot.py doctor` looks closer")
    clock = services.clob.clock
    if abs(clock.offset_ns) > CLOCK_OFF_MAX_NS:
        off_s = clock.offset_ns / NS_PER_SECOND
        raise VenueSaidNo(f"our clock is {abs(off_s):.1f} s {'behind' if off_s > 0 else 'ahead of'} the venue's; set it (timedatectl set-ntp true)")

    def server_s() -> int:
        return clock.server_ns(now_ns()) // NS_PER_SECOND

    try:
        wallet = await signer.wallet()
        login = await log_in(signer, services.clob, server_s)
        credentials = credentials_of(login, wallet.owner)
    except (NoApiKey, SignRefused, SignerGone) as error:
        raise VenueSaidNo(str(error)) from None
    try:
        for secret in (login.secret, login.passphrase):
            SECRETS.register(secret)
    except ValueError as error:
        raise VenueSaidNo(f"the venue's API key cannot be used: {error}") from None
    parts = Parts(
        form=OrderForm(wallet, login.api_key),
        signer=signer,
        calls=Calls(credentials, server_s),
        carrier=services.clob,
        budget=services.budget,
        names=Names(),
        presence=Presence(USER_CHANNEL, EXCHANGE, SIGNER_PART),
    )
    return Account(wallet=wallet, login=login, parts=parts, credentials=credentials, server_s=server_s)
