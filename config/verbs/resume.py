"""`resume`: a person has looked, and allows the bot to start again after a halt."""

import argparse
import datetime as dt
from pathlib import Path
from typing import Final

from config.assembly.latch import Latch
from config.assembly.live import KILL_NAME, LATCH_NAME
from config.console import folded
from config.settings import FOLDER, load
from config.verbs.ending import FileSaidNo
from oms.values.units import NS_PER_SECOND

_SEEN: Final = {
    True: "nothing was open then",
    False: "it could NOT be verified that nothing was open",
    None: "nobody had looked whether anything was open",
}


def run(chosen: argparse.Namespace) -> int:
    """Take the latch away, and say what it said."""
    path: Path = chosen.config or FOLDER / "live.toml"
    folder = load(path).live.folder
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
    print(folded("      the bot may be started again; this does not start it"))
    return 0
