"""`exchange`: serve the simulated exchange over Polymarket's own wire; a client or a bot trades there by changing only the host."""

import argparse
import asyncio
import os
import secrets
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from config.assembly.exchange import Bazaar, ExchangeSettings, Served
from config.console import folded
from config.settings import FOLDER, BadSettings, load
from oms.values.units import MICRO, NS_PER_SECOND
from sim.gateway.server import Gateway, start
from sim.market_series import SeriesSettings

TOKEN_VARIABLE: Final = "STEELYARD_ADMIN_TOKEN"


def run(chosen: argparse.Namespace) -> int:
    """Serve until a signal."""
    demo = load(chosen.config or FOLDER / "demo.toml").demo
    series = SeriesSettings(
        markets=demo.markets,
        window_ns=demo.window_s * NS_PER_SECOND,
        fee_rate_bps=demo.fee_rate_bps,
        tick_pips=demo.tick_pips,
        seed=chosen.seed,
    )
    settings = ExchangeSettings(series=series, grant_micro=chosen.grant * MICRO, traders=chosen.traders)
    if chosen.journal is not None and chosen.journal.exists():
        print(folded(f"exchange: doing again what {chosen.journal} holds; an hour of the crowd takes a few seconds"), flush=True)
    began_s = time.monotonic()
    served = Served(settings, admin_token=_token(chosen.token_file), journal=chosen.journal)
    if served.repeated:
        again_s = time.monotonic() - began_s
        print(folded(f"exchange: {served.repeated:,} requests of {chosen.journal} were done again in {again_s:.1f} s; it goes on from there"))
    try:
        with suppress(KeyboardInterrupt):
            asyncio.run(_serve(chosen, served.gateway, served.bazaar))
    finally:
        served.close()
    return 0


async def _serve(chosen: argparse.Namespace, gateway: Gateway, bazaar: Bazaar) -> None:
    try:
        runner, port = await start(gateway, address=chosen.address, port=chosen.port)
    except OSError as error:
        raise BadSettings(f"--port {chosen.port}: cannot be served at {chosen.address} ({error.strerror}); choose another with --port") from None
    base = f"http://{chosen.address}:{port}"
    print(folded(f"exchange: a simulated Polymarket at {base}, streams at ws{base.removeprefix('http')}/ws; play money, seed {chosen.seed}"))
    print(
        folded(
            f"      {len(bazaar.open_markets())} markets of both generations{', kept alive by a crowd' if chosen.traders else ''}: GET {base}/markets"
        )
    )
    granted = f"{chosen.grant:,} pUSD and every allowance" if chosen.grant else "nothing"
    print(folded(f"      a wallet that derives its first API key has {granted}; Ctrl-C ends it"), flush=True)
    if chosen.token_file is not None:
        print(folded(f"      admin: POST {base}/admin/… with the token in {chosen.token_file}"), flush=True)
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    await ended.wait()
    await runner.cleanup()


def _token(path: Path | None) -> str:
    """The admin's token: from the environment, or made up and written to a file that only we may read. Empty: there is no admin."""
    given = os.environ.pop(TOKEN_VARIABLE, "")
    if given or path is None:
        return given
    token = secrets.token_urlsafe(24)
    try:
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(token + "\n")
    except OSError as error:
        raise BadSettings(f"--admin {path}: the token cannot be written there ({error.strerror}); name another file") from None
    return token
