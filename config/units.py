"""systemd's units, drawn from the templates in config/systemd: what runs where, as whom, with which credentials. Pure; install_service writes them.

A template is a unit with words like @ROOT@ in it. A line that begins with @SYSTEM@, @USER@ or @SOCKET@ is kept where that is so, and left out
elsewhere; a line that is only @…CREDENTIALS@ becomes as many LoadCredential lines as there are.
"""

import re
from pathlib import Path
from typing import Final

import msgspec

TEMPLATES: Final = Path(__file__).resolve().parent / "systemd"
DAEMON: Final = "steelyard.service"
TELEGRAM: Final = "steelyard-telegram.service"
SIGNER: Final = "steelyard-signer@.service"
SIGNER_SOCKET: Final = "steelyard-signer.socket"
SYSUSERS: Final = "sysusers.conf"
STATE: Final = Path("/var/lib/steelyard")
"""The daemon's, as a service of the system, and the home of its user."""
SIGNER_STATE: Final = Path("/var/lib/steelyard-signer")
_PLAIN: Final = re.compile(r"/[A-Za-z0-9/._@+,:=~-]*")
_WORD: Final = re.compile("@([A-Z_]+)@")


class Credential(msgspec.Struct, frozen=True, kw_only=True):
    """A secret that systemd hands over in a file of its own."""

    name: str
    path: Path
    """`.cred`: encrypted by systemd-creds."""

    @property
    def line(self) -> str:
        """As in a unit."""
        return f"LoadCredential{'Encrypted' if self.path.suffix == '.cred' else ''}={self.name}:{self.path}"


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be installed."""

    verb: str
    """paper or live."""
    is_user: bool
    """Services of a person instead of the system's."""
    root: Path
    """Of the checkout."""
    python: Path
    config: Path
    stop_s: int
    """A stop may take so long before it is cut short."""
    credentials: tuple[Credential, ...] = ()
    """Of the daemon, for a signer that it starts itself."""
    signer: Path | None = None
    """Settings of a signer that systemd starts; None: there is none."""
    signer_socket: Path | None = None
    signer_credentials: tuple[Credential, ...] = ()
    with_telegram: bool = False
    telegram_credentials: tuple[Credential, ...] = ()

    @property
    def has_socket(self) -> bool:
        """The signer is a service too."""
        return self.signer is not None and self.signer_socket is not None

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the units, in the order in which they are started."""
        return (*((SIGNER_SOCKET, SIGNER) if self.has_socket else ()), DAEMON, *((TELEGRAM,) if self.with_telegram else ()))


def is_plain(path: Path) -> bool:
    """Can it stand in a unit without being taken for something else? systemd reads blanks, %, $ and quotes in its own way."""
    return _PLAIN.fullmatch(str(path)) is not None


def units(plan: Plan) -> dict[str, str]:
    """Name → text."""
    return {name: _drawn((TEMPLATES / name).read_text(encoding="utf-8"), plan) for name in plan.names}


def sysusers() -> str:
    """The users that services of the system run as."""
    return (TEMPLATES / SYSUSERS).read_text(encoding="utf-8")


def _drawn(template: str, plan: Plan) -> str:
    kept = {"SYSTEM": not plan.is_user, "USER": plan.is_user, "SOCKET": plan.has_socket}
    lists = {"CREDENTIALS": plan.credentials, "SIGNER_CREDENTIALS": plan.signer_credentials, "TELEGRAM_CREDENTIALS": plan.telegram_credentials}
    words = {
        "VERB": plan.verb,
        "SWITCH": "--live " if plan.verb == "live" else "",
        "ROOT": str(plan.root),
        "PYTHON": str(plan.python),
        "CONFIG": str(plan.config),
        "STOP_S": str(plan.stop_s),
        "SIGNER": str(plan.signer),
        "SOCKET_PATH": str(plan.signer_socket),
        "WANTED_BY": "default.target" if plan.is_user else "multi-user.target",
    }
    lines: list[str] = []
    for line in template.splitlines():
        mark = _WORD.match(line)
        if mark is not None and mark[1] in lists:
            lines += [credential.line for credential in lists[mark[1]]]
        elif mark is None or mark[1] not in kept or kept[mark[1]]:
            text = line if mark is None or mark[1] not in kept else line[mark.end() :]
            lines.append(_WORD.sub(lambda found: words[found[1]], text))
    return "\n".join(lines) + "\n"
