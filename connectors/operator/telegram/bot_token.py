"""Where the bot's token is read from: the systemd credential `telegram.token`, else the file that the settings name, else nowhere.

Never argv and never the environment, which others can read. A file that others may use is refused: by then it is no secret any more. (A credential
of systemd may carry its group's bit: with DynamicUser its access list shows up there.)
"""

import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Final

CREDENTIAL: Final = "telegram.token"
_BYTES_MAX: Final = 4_096
_TOKEN: Final = re.compile(r"[0-9]{1,20}:[A-Za-z0-9_-]{2,200}", re.ASCII)
_MEND: Final = "BotFather in Telegram tells it; write it into a file that only you can read (chmod 600)"


class NoToken(RuntimeError):
    """The token cannot be had; the message says what, where and how to mend it, and never what is in any file."""


def read_token(token_file: str, environment: Mapping[str, str]) -> str:
    """The token.

    Args:
        token_file: the path in the settings; may be empty.
        environment: of which only CREDENTIALS_DIRECTORY is used.

    Raises:
        NoToken: neither a credential nor a file, not readable, readable by others, or not a token.
    """
    folder = environment.get("CREDENTIALS_DIRECTORY", "")
    credential = Path(folder) / CREDENTIAL
    if folder and credential.exists():
        return _checked(credential, stat.S_IRWXO)
    if token_file:
        return _checked(Path(token_file).expanduser(), stat.S_IRWXG | stat.S_IRWXO)
    raise NoToken(f"no token: add LoadCredential={CREDENTIAL}:FILE to the unit, or name a file as telegram.token_file; {_MEND}")


def _checked(path: Path, forbidden: int) -> str:
    """What the file says, if it is a token that nobody else can read. Its mode is looked at on the open file, so it cannot be swapped between."""
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as opened:  # a pipe would be waited for
            mode = os.fstat(opened.fileno()).st_mode
            if not stat.S_ISREG(mode):
                raise NoToken(f"{path} is not a plain file; {_MEND}")
            if mode & forbidden:
                raise NoToken(f"others may use {path} (mode {stat.S_IMODE(mode):04o}): chmod 600 it, and ask BotFather for a new token")
            found = opened.read(_BYTES_MAX).decode(errors="replace").strip()
    except OSError as error:
        raise NoToken(f"cannot read {path}: {error.strerror}; {_MEND}") from None
    if not _TOKEN.fullmatch(found):
        raise NoToken(f"{path} holds no bot token, which is digits, a colon and letters; {_MEND}")
    return found
