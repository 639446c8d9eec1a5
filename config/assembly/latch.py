"""The halt latch: a file beside the journal that says "stay off", so that a damaged journal, a restart or a new process cannot mean "go on".

It is set before anything else is done about a halt, and only a person takes it away (`resume`).
"""

import json
import os
import time
from pathlib import Path
from typing import Final

import msgspec

from config.refusals import SaidNo
from oms.values.units import Nanos

LATCH_NAME: Final = "halted.json"
"""In the state folder."""
KILL_NAME: Final = "KILL"
"""A file of this name in the state folder kills the bot: the route that needs nothing but a shell."""


class LatchFailed(SaidNo):
    """The latch could not be written or taken away; the message names the file and the way out."""


class Halt(msgspec.Struct, frozen=True, kw_only=True):
    """Why trading is halted, and since when."""

    why: str
    at_ns: Nanos
    verified: bool | None = None
    """Nothing of ours stood at the venue any more when it was looked at last; None: nobody has looked yet."""


class Latch:
    """One latch. What cannot be read counts as set: somebody wanted it there."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def halt(self) -> Halt | None:
        """Why it is set; None: it is not."""
        try:
            text = self.path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            return Halt(why=f"the latch {self.path} cannot be read ({error.strerror})", at_ns=0)
        try:
            return msgspec.json.decode(text, type=Halt)
        except msgspec.DecodeError:
            return Halt(why=f"the latch {self.path} is there, but says nothing readable", at_ns=0)

    def set(self, why: str, *, verified: bool | None = None) -> None:
        """Set it durably, or say more about it: the first reason stays. Raises LatchFailed."""
        before = self.halt()
        halt = Halt(why=before.why if before else why, at_ns=before.at_ns if before else time.time_ns(), verified=verified)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            fresh = self.path.with_suffix(self.path.suffix + ".new")
            with fresh.open("wb") as file:
                file.write(json.dumps(msgspec.to_builtins(halt), indent=1).encode() + b"\n")
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self.path)
            folder = os.open(self.path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as error:
            raise LatchFailed(f"{self.path}: the latch could not be written ({error.strerror}); stop the service before it starts again") from None

    def clear(self) -> Halt | None:
        """Take it away; what it said. Raises LatchFailed."""
        before = self.halt()
        try:
            self.path.unlink(missing_ok=True)
        except OSError as error:
            raise LatchFailed(f"{self.path}: the latch could not be taken away ({error.strerror})") from None
        return before
