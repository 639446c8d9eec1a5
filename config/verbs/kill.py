"""`kill`: halt for good. Tells the running bot, and waits until it has verified that nothing is open.

Without a bot it does so itself; and with one that hangs it does so after ending it.
"""

import argparse
import asyncio
import os
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from config.assembly.account import open_account, signer_of
from config.assembly.kill import Killed, in_words, kill
from config.assembly.latch import Latch, LatchFailed
from config.assembly.live import KILL_NAME, LATCH_NAME
from config.assembly.lock import AnotherRuns, FolderUnusable, is_locked, locked, pid_in
from config.assembly.outside import VenueSaidNo, services
from config.console import folded
from config.settings import FOLDER, Settings, load
from config.verbs.live import HALTED
from config.verbs.paper import outside_of
from connectors.polymarket.venue import PolymarketVenue

NOT_VERIFIED: Final = 3
_SEEN: Final = {True: "everything is cancelled, and two looks at the venue saw nothing open", False: "it could NOT verify that nothing is open"}
_LOOK_S: Final = 0.1
_LONGER_S: Final = 5.0
"""So much longer than it allows itself the bot is waited for, before it is taken to hang."""


def run(chosen: argparse.Namespace) -> int:
    """42: halted and verified; 3: halted, but nobody could verify that nothing is open."""
    path: Path = chosen.config or FOLDER / "live.toml"
    settings = outside_of(load(path), chosen)
    folder, latch = settings.live.folder, Latch(settings.live.folder / LATCH_NAME)
    try:
        latch.set(f"`run_bot.py kill` was typed{f': {chosen.why}' if chosen.why else ''}")
    except LatchFailed as error:
        print(folded(f"kill: {error}; everything is cancelled all the same"), flush=True)
    try:
        with locked(folder):
            return _by_ourselves(settings, latch, path)
    except AnotherRuns:
        code = _through_the_bot(settings, latch)
    except FolderUnusable:
        code = None
    if code is None:
        _end_the_bot(folder)
        code = _by_ourselves(settings, latch, path)
    return code


def _through_the_bot(settings: Settings, latch: Latch) -> int | None:
    """It is told in two ways, and waited for. None: it did not say what became of it."""
    folder = settings.live.folder
    with suppress(OSError):
        (folder / KILL_NAME).touch()
    pid = pid_in(folder)
    if pid is not None:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGUSR1)
    print(folded(f"kill: the bot (process {pid or 'unknown'}) is told to cancel everything and look"), flush=True)
    end_s = time.monotonic() + settings.live.kill_within_s + _LONGER_S
    while time.monotonic() < end_s and is_locked(folder):
        halt = latch.halt()
        if halt is not None and halt.verified is not None:
            print(folded(f"kill: {_SEEN[halt.verified]}"))
            return HALTED if halt.verified else NOT_VERIFIED
        time.sleep(_LOOK_S)
    return None


def _end_the_bot(folder: Path) -> None:
    """A bot that hangs cannot cancel, and holds the signer: it is ended at once. What it had open is known to its journal and to the venue."""
    pid = pid_in(folder)
    if pid is None or not is_locked(folder):
        return
    print(folded(f"kill: the bot (process {pid}) did not say what became of it; it is ended"), flush=True)
    with suppress(ProcessLookupError, PermissionError):
        os.kill(pid, signal.SIGKILL)
    end_s = time.monotonic() + _LONGER_S
    while time.monotonic() < end_s and is_locked(folder):
        time.sleep(_LOOK_S)


def _by_ourselves(settings: Settings, latch: Latch, path: Path) -> int:
    """No bot runs, or none that answers: what it left behind is cancelled from here."""
    print(folded("kill: no bot runs here; what stands at the venue is cancelled from here"), flush=True)
    try:
        killed = asyncio.run(_killed(settings, latch, path.resolve().parent))
    except VenueSaidNo as error:
        print(folded(f"kill: halted, but the account could not be reached: {error}; cancel everything at the venue by hand"))
        return NOT_VERIFIED
    print(folded(f"kill: {in_words(killed)}"))
    return HALTED if killed.verified else NOT_VERIFIED


async def _killed(settings: Settings, latch: Latch, folder: Path) -> Killed:
    async with services(settings.venue) as venue, signer_of(settings.live, folder) as signer:
        account = await open_account(venue, signer)
        door = PolymarketVenue(account.parts, lambda _facts: None, lambda _alert: None)
        try:
            return await kill(latch, "", door, settings.live.kill_within_s)
        finally:
            await door.close()
