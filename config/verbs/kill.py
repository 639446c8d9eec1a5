"""`kill`: halt for good. Tells the running bot (over its socket, else by signal and file), and waits until it has verified that nothing is open.

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

from config.assembly.latch import KILL_NAME, LATCH_NAME, Latch, LatchFailed
from config.assembly.lock import AnotherRuns, FolderUnusable, is_locked, locked, pid_in
from config.console import folded
from config.daemon_call import NAME, calling, said
from config.refusals import HALTED
from config.settings import FOLDER, Settings, load
from config.verbs.chosen_outside import outside_of
from connectors.operator.control.client import ControlError, one_shot
from connectors.operator.control.protocol import SOCKET_NAME, Answer, Do, Kill

NOT_VERIFIED: Final = 3
_SEEN: Final = {True: "everything is cancelled, and two looks at the venue saw nothing open", False: "it could NOT verify that nothing is open"}
_LOOK_S: Final = 0.1
_LONGER_S: Final = 5.0
"""So much longer than it allows itself the bot is waited for, before it is taken to hang."""
SOCKET_S: Final = 0.5
"""A bot that does not answer over its socket for so long is told in the other ways as well."""


def run(chosen: argparse.Namespace) -> int:
    """42: halted and verified; 3: halted, but nobody could verify that nothing is open."""
    path: Path = chosen.config or FOLDER / "live.toml"
    settings = outside_of(load(path), chosen)
    if chosen.socket is not None:
        return _there(chosen.socket, chosen.why, settings.live.kill_within_s + _LONGER_S)
    folder, latch = settings.live.folder, Latch(settings.live.folder / LATCH_NAME)
    try:
        latch.set(f"`run_bot.py kill` was typed{f': {chosen.why}' if chosen.why else ''}")
    except LatchFailed as error:
        print(folded(f"kill: {error}; everything is cancelled all the same"), flush=True)
    try:
        with locked(folder):
            return _by_ourselves(settings, latch, path)
    except AnotherRuns:
        code = _through_the_bot(settings, latch, chosen.why)
    except FolderUnusable:
        code = None
    if code is None:
        _end_the_bot(folder)
        code = _by_ourselves(settings, latch, path)
    return code


def _there(path: Path, why: str, within_s: float) -> int:
    """A daemon that was named by its socket, such as a demo: it has no account that anybody else could look at. Raises DaemonSaidNo."""
    with calling(path) as call:
        said("kill", call.do(Kill(why=why)).text)
        ended = call.ended(within_s)
    if ended is None:
        print(folded(f"kill: process {call.welcome.pid} did not say within {within_s:g} s what became of it; look at it"))
        return NOT_VERIFIED
    said("kill", ended.text)
    return HALTED if ended.code == HALTED else NOT_VERIFIED


def _through_the_bot(settings: Settings, latch: Latch, why: str) -> int | None:
    """It is told over its socket, else in two other ways, and waited for. None: it did not say what became of it."""
    folder = settings.live.folder
    pid = pid_in(folder)
    told = _over_the_socket(folder / SOCKET_NAME, why)
    if not told:
        with suppress(OSError):
            (folder / KILL_NAME).touch()
        if pid is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGUSR1)
    how = "over its socket" if told else "by signal and file"
    print(folded(f"kill: the bot (process {pid or 'unknown'}) is told {how} to cancel everything and look"), flush=True)
    end_s = time.monotonic() + settings.live.kill_within_s + _LONGER_S
    while time.monotonic() < end_s and is_locked(folder):
        halt = latch.halt()
        if halt is not None and halt.verified is not None:
            print(folded(f"kill: {_SEEN[halt.verified]}"))
            return HALTED if halt.verified else NOT_VERIFIED
        time.sleep(_LOOK_S)
    halt = latch.halt()  # it may have ended between two looks
    if halt is not None and halt.verified:
        print(folded(f"kill: {_SEEN[True]}"))
        return HALTED
    return None


def _over_the_socket(path: Path, why: str) -> bool:
    """Did it say that it halts?"""
    try:
        answer = one_shot(path, Do(id=0, what=Kill(why=why)), SOCKET_S, NAME)
    except ControlError:
        return False
    return isinstance(answer, Answer) and answer.ok


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
    if not (settings.live.signer or settings.live.signer_socket):
        print(folded("kill: no bot runs here, and these settings name no signer: a paper bot leaves nothing at the venue. Halted until `resume`"))
        return HALTED
    print(folded("kill: no bot runs here; what stands at the venue is cancelled from here"), flush=True)
    from config.assembly.kill import in_words  # noqa: PLC0415
    from config.assembly.kill_alone import kill_alone  # noqa: PLC0415 (takes a second, in which a running bot would trade on)
    from config.assembly.outside import VenueSaidNo  # noqa: PLC0415

    try:
        killed = asyncio.run(kill_alone(settings, latch, path.resolve().parent))
    except VenueSaidNo as error:
        print(folded(f"kill: halted, but the account could not be reached: {error}; cancel everything at the venue by hand"))
        return NOT_VERIFIED
    print(folded(f"kill: {in_words(killed)}"))
    return HALTED if killed.verified else NOT_VERIFIED
