"""`doctor`: looks at everything `live` needs, in the order in which one would mend it. It sends no order and changes nothing.

What stands on this machine is judged here, what the venue and the chain say in connectors/polymarket/doctor.py. As `live` does, it logs in with the
signer, which makes the wallet's first API key where there is none yet.
"""

import asyncio
import os
import shutil
import stat
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from config.assembly.account import CLOCK_OFF_MAX_NS, Account, open_account, signer_of
from config.assembly.latch import Latch
from config.assembly.live import KILL_NAME, LATCH_NAME
from config.assembly.lock import is_locked
from config.assembly.market_ends import warnings
from config.assembly.outside import Chosen, Services, VenueSaidNo, choose, is_ended, services
from config.outside import LiveSection
from config.settings import BadSettings, Settings
from connectors.polymarket.answers import Balance, read_balance
from connectors.polymarket.chain import NoAnswer, OnChain, look
from connectors.polymarket.doctor import (
    Check,
    Mark,
    bad,
    cash_check,
    clock_check,
    contracts_of,
    fine,
    left_open,
    reach_check,
    region_check,
    shares_check,
    standing_check,
    wallet_check,
    why_not,
)
from connectors.polymarket.signing import SignatureType
from connectors.signer_config import BadConfig, SignerConfig, read_config
from connectors.signer_lasting import LastingSigner
from connectors.transport.http import Http, Request
from connectors.transport.knock import knock
from oms.values.market import Market

FREE_BYTES_MIN: Final = 1024 * 1024 * 1024
"""A busy journal grows by some hundred megabytes a day, and a full disk ends the bot."""
GEOBLOCK: Final = "/api/geoblock"
STANDING: Final = "/auth/ban-status/closed-only"
LOOK_AGAIN: Final = "/balance-allowance/update"
"""Makes the venue read the chain anew: it remembers balances and allowances (polymarket.md §8.2)."""
_ROOT: Final = Path(__file__).resolve().parents[2]
"""Where the signer is started, so that its relative paths begin there."""
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_SHOWN_MAX: Final = 3


class Doctor:
    """One examination. `path`: of the settings; `is_hosted`: the venue is where `--host` says."""

    def __init__(self, settings: Settings, path: Path, *, is_hosted: bool) -> None:
        self._settings = settings
        self._path = path
        self._is_hosted = is_hosted

    async def look(self) -> list[Check]:
        """Every line, in the order in which one would mend what is bad."""
        settings, checks = self._settings, [fine("configuration", str(self._path))]
        if not settings.live.live:
            checks.append(left_open("first switch", "live.live is false: nothing is sent until you set it to true"))
        async with services(settings.venue) as venue:
            checks += await self._reached(venue)
            checks += state_checks(settings.live, self._path)
            is_there = not any(check.mark is Mark.BAD for check in checks if check.name in {"CLOB", "Gamma"})
            chosen, told = await self._chosen(venue, is_there=is_there)
            checks += self._signer_files()
            if any(check.mark is Mark.BAD for check in checks if check.name in {"signer", "key file", "CLOB", "clock"}):
                checks.append(left_open("account", "not looked at: what is above comes first"))
            elif is_locked(settings.live.folder):
                checks.append(left_open("account", "not looked at: the bot that runs here has the signer"))
            else:
                checks += await self._account(venue, chosen)
        return [*checks, told]

    # The venue as everybody finds it.

    async def _reached(self, venue: Services) -> list[Check]:
        section = self._settings.venue
        async with Http(section.geoblock) as site:
            clob, gamma, stream, region = await asyncio.gather(
                venue.clob.ask(Request(method="GET", path="/time")),
                venue.gamma.ask(Request(method="GET", path="/markets/keyset", query=(("limit", "1"),))),
                knock(f"{section.stream}/market"),
                site.ask(Request(method="GET", path=GEOBLOCK)),
            )
        return [
            reach_check("CLOB", section.clob, why_not(clob)),
            reach_check("Gamma", section.gamma, why_not(gamma)),
            reach_check("stream", section.stream, stream),
            region_check(region, section.geoblock + GEOBLOCK),
            clock_check(venue.clob.clock, CLOCK_OFF_MAX_NS),
        ]

    async def _chosen(self, venue: Services, *, is_there: bool) -> tuple[Chosen | None, Check]:
        if not is_there:
            return None, left_open("markets", "not looked at: the venue does not answer")
        try:
            chosen = await choose(self._settings.markets, venue.catalog(), all_of_them=self._is_hosted)
        except BadSettings as error:
            return None, bad("markets", str(error), f"name them in [markets] of {self._path}, or with --slug or --event")
        except VenueSaidNo as error:
            return None, bad("markets", str(error), "choose markets that are open: the last part of a market's address is its slug")
        now_ns = time.time_ns()
        tradeable = [listing.slug for listing in chosen.listings if not is_ended(listing.market, now_ns)]
        ends = "; ".join(warnings(chosen.listings, chosen.wanted.ends, chosen.wanted.events, now_ns)[:_SHOWN_MAX])
        if chosen.listings and not tradeable:
            return chosen, bad("markets", ends, "set a later end in [markets.ends] where you know one, or choose other markets")
        slugs = ", ".join(tradeable[:_SHOWN_MAX])
        more = "" if len(tradeable) <= _SHOWN_MAX else f" and {len(tradeable) - _SHOWN_MAX} more"
        left_out = f"; left out: {'; '.join(chosen.refused[:_SHOWN_MAX])}" if chosen.refused else ""
        return chosen, fine("markets", f"tradeable: {slugs}{more}{left_out}{ends and f'; {ends}'}")

    # The signer and the account.

    def _signer_files(self) -> list[Check]:
        live = self._settings.live
        if live.signer_socket:
            return [_socket_check(Path(live.signer_socket))]
        if not live.signer:
            step = f"write its settings (docs/signer.md) and name them as live.signer in {self._path}"
            return [bad("signer", "none is named, and orders need one", step)]
        path = self._path.resolve().parent / live.signer
        try:
            config = read_config(path)
        except BadConfig as error:
            return [bad("signer", str(error), "mend that; docs/signer.md has a whole file to begin with")]
        return [fine("signer", f"{path}, with caps of its own"), key_check(config)]

    async def _account(self, venue: Services, chosen: Chosen | None) -> list[Check]:
        live, folder = self._settings.live, self._path.resolve().parent
        try:
            async with signer_of(live, folder) as signer:
                return await self._opened(venue, signer, chosen)
        except VenueSaidNo as error:
            return [bad("account", str(error), "mend what the signer says above; docs/signer.md tells how it is started")]

    async def _opened(self, venue: Services, signer: LastingSigner, chosen: Chosen | None) -> list[Check]:
        wallet = await signer.wallet()
        checks = [wallet_check(wallet, await self._on_chain(wallet.funder))]
        try:
            account = await open_account(venue, signer)
        except VenueSaidNo as error:
            step = "is this key's wallet known to the venue? Sign in at https://polymarket.com with it once, then look again"
            return [*checks, bad("API key", str(error), step)]
        checks.append(fine("API key", "the venue knows it"))
        checks.append(standing_check(await venue.clob.ask(account.question(STANDING))))
        markets = [] if chosen is None else [listing.market for listing in chosen.listings]
        return checks + await _money_checks(account, markets)

    async def _on_chain(self, address: str) -> OnChain | NoAnswer | None:
        url = self._settings.venue.rpc
        if not url:
            return None
        async with Http(url) as node:
            told = await look(node, address)
        return NoAnswer(f"the node at {urlsplit(url).hostname}: {told.why}") if isinstance(told, NoAnswer) else told


async def _money_checks(account: Account, markets: Sequence[Market]) -> list[Check]:
    """Collateral and shares, and who may move them, for the markets' generations."""
    wallet, kind = account.wallet, account.wallet.signature_type
    await account.parts.carrier.ask(account.question(LOOK_AGAIN, ("asset_type", "COLLATERAL"), ("signature_type", str(int(kind)))))
    cash = await _balance(account, "COLLATERAL", kind)
    elsewhere: dict[SignatureType, int] = {}
    if cash is not None and not cash.held_micro:
        for other in SignatureType:
            held = None if other is kind else await _balance(account, "COLLATERAL", other)
            elsewhere[other] = 0 if held is None else held.held_micro
    contracts = contracts_of(markets, wallet.chain_id)
    checks = [cash_check(wallet, cash, elsewhere, contracts)]
    for generation in contracts:
        token = next(market.yes for market in markets if market.generation == generation)
        shares = await _balance(account, "CONDITIONAL-V2" if generation == "v2" else "CONDITIONAL", kind, token)
        checks.append(shares_check(wallet, generation, shares, contracts))
    return checks


async def _balance(account: Account, asset_type: str, kind: SignatureType, token: str = "") -> Balance | None:
    return read_balance(await account.parts.carrier.ask(account.parts.calls.balance(asset_type, int(kind), token)))


# What stands on this machine.


def state_checks(live: LiveSection, path: Path) -> list[Check]:
    """The state folder: can it be written, is there room, is trading halted, does a bot run there."""
    folder = live.folder
    there = next(one for one in (folder, *folder.parents) if one.exists())
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        step = f"give it to this user (sudo chown $USER {there}), or name another as live.state in {path}"
        return [bad("state folder", f"{there} cannot be written by this user", step)]
    free = shutil.disk_usage(there).free
    if free < FREE_BYTES_MIN:
        return [bad("disk", f"{free // 1024**2} MiB are free where {folder} is; the journal needs room", "make room, at least 1 GiB")]
    checks = [fine("state folder", f"{folder}, {free // 1024**3} GiB free")]
    halt = Latch(folder / LATCH_NAME).halt()
    if halt is not None or (folder / KILL_NAME).exists():
        why = "the kill file is there" if halt is None else halt.why
        checks.append(bad("latch", f"trading is halted: {why}", f"look at the venue and the journal, then: run_bot.py resume --config {path}"))
    else:
        checks.append(fine("latch", "not set"))
    if is_locked(folder):
        checks.append(left_open("process", "a bot trades from this folder now"))
    return checks


def key_check(config: SignerConfig) -> Check:
    """Are the key and its passphrase there, and nobody else's to read?"""
    key = config.key
    names = [name for name in (key.credential, key.passphrase_credential) if name]
    if names and not os.environ.get("CREDENTIALS_DIRECTORY"):
        text = f"{names[0]} is a credential of systemd, and there are none here"
        return bad("key file", text, "run `doctor` in the unit that has it (docs/signer.md)")
    for told in (key.keystore, key.passphrase_file):
        if not told:
            continue
        path = _ROOT / told
        try:
            mode = path.stat().st_mode
        except OSError as error:
            return bad("key file", f"{path}: {error.strerror}", f"make one: python -m connectors.signer --new-keystore {path}")
        if mode & _OTHERS:
            return bad("key file", f"others may use {path} (mode {stat.S_IMODE(mode):04o})", f"chmod 600 {path}, and think about who has read it")
    return fine("key file", f"{key.keystore or key.credential}, readable by nobody else")


def _socket_check(path: Path) -> Check:
    try:
        mode = path.stat().st_mode
    except OSError as error:
        return bad("signer", f"{path}: {error.strerror}", "start the signer that listens there (docs/signer.md)")
    if not stat.S_ISSOCK(mode):
        return bad("signer", f"{path} is no socket", "name as live.signer_socket what the signer's settings name as listen")
    if mode & _OTHERS:
        return bad("signer", f"others may talk to the signer at {path} (mode {stat.S_IMODE(mode):04o})", f"chmod 600 {path}")
    return fine("signer", f"listens at {path}")
