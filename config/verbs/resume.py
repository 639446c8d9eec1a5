"""`resume`: after a halt, a person has looked and allows the bot to start again; after a pause, the running daemon trades again."""

import argparse
import datetime as dt
from pathlib import Path
from typing import Final

from config.assembly.latch import Latch
from config.assembly.live import KILL_NAME, LATCH_NAME
from config.console import folded
from config.daemon_call import Call, DaemonAway, DaemonSaidNo, calling, said, tell
from config.settings import FOLDER, load
from config.verbs.ending import FileSaidNo
from connectors.operator.control.protocol import SOCKET_NAME, Resume, ResumeMarket
from oms.values.units import NS_PER_SECOND

_SEEN: Final = {
    True: "nothing was open then",
    False: "it could NOT be verified that nothing was open",
    None: "nobody had looked whether anything was open",
}


def run(chosen: argparse.Namespace) -> int:
    """Tell a running daemon; without one, take the latch away, and say what it said. Raises DaemonSaidNo, FileSaidNo, LatchFailed, BadSettings."""
    resume = Resume() if chosen.market is None else ResumeMarket(market_id=chosen.market)
    if chosen.socket is not None:
        return tell(chosen, resume)
    path: Path = chosen.config or FOLDER / "live.toml"
    folder = load(path).live.folder
    try:
        with calling(folder / SOCKET_NAME) as call:
            return _running(call, resume, folder)
    except DaemonAway:
        if chosen.market is not None:
            raise
    return _taken_away(folder, "the bot may be started again; this does not start it")


def _running(call: Call, resume: Resume | ResumeMarket, folder: Path) -> int:
    """Resume the daemon that answers. Only one that trades on may lose its latch: one that is halting would set it again."""
    answer = call.done(resume)
    if not answer.ok:
        raise DaemonSaidNo(f"resume: {answer.text}; nothing was changed (process {call.welcome.pid} still runs)")
    said("resume", answer.text)
    if isinstance(resume, Resume) and Latch(folder / LATCH_NAME).halt() is not None:
        _taken_away(folder, f"process {call.welcome.pid} had gone on all the same, and goes on")
    return 0


def _taken_away(folder: Path, and_now: str) -> int:
    """The latch."""
    try:
        halt = Latch(folder / LATCH_NAME).clear()
        (folder / KILL_NAME).unlink(missing_ok=True)
    except OSError as error:
        raise FileSaidNo(f"{folder / KILL_NAME}: the kill file could not be taken away ({error.strerror})") from None
    if halt is None:
        print(folded("resume: there was no halt; nothing was changed"))
        return 0
    when = dt.datetime.fromtimestamp(halt.at_ns // NS_PER_SECOND, dt.UTC).isoformat(sep=" ")
    print(folded(f"resume: the halt of {when} is taken away ({halt.why}; {_SEEN[halt.verified]})"))
    print(folded(f"      {and_now}"))
    return 0
