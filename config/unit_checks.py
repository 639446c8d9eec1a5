"""What is missing before a service could run, found before anything is written; and systemd's own opinion of the units."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import msgspec

from config.outside import LiveSection
from config.refusals import SaidNo
from config.settings import Settings
from config.units import SIGNER_STATE, STATE, Credential, Plan, is_plain
from connectors.signer_config import BadConfig, SignerConfig, read_config

TOOL: Final = "systemd-analyze"
TELEGRAM_TOKEN: Final = "telegram.token"
HIDDEN: Final = ("/home", "/root", "/run/user", "/tmp", "/var/tmp")  # noqa: S108 (they are named to be refused)
"""Services of the system do not see these (ProtectHome, PrivateTmp)."""
_TOOL_S: Final = 60
ANYBODY_READS: Final = 0o004
ANYBODY_ENTERS: Final = 0o001


class NoTool(SaidNo):
    """systemd's tool is not here, or hangs."""


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """What systemd says of the units."""

    wrong: tuple[str, ...]
    """Lines about units of ours; empty: they are right."""
    asides: tuple[str, ...]
    """Lines about units of others, which ours pull in."""
    exposure: Mapping[str, str]
    """Service → how much it could do if it were taken over, in systemd's words: `1.4 OK`."""


def credential(folder: Path, name: str) -> Credential | None:
    """A secret beside the settings, encrypted by systemd-creds or plain; None: there is neither."""
    found = next((path for path in (folder / f"{name}.cred", folder / name) if path.is_file()), None)
    return None if found is None else Credential(name=name, path=found)


def credentials_of(config: SignerConfig, folder: Path) -> tuple[list[str], list[Credential]]:
    """What a signer reads by systemd's hand: (names that are nowhere, what was found)."""
    names = [name for name in (config.key.credential, config.key.passphrase_credential) if name]
    found = [(name, credential(folder, name)) for name in names]
    return [name for name, one in found if one is None], [one for _, one in found if one is not None]


def signer_problems(path: Path, live: LiveSection, *, is_user: bool) -> Iterator[str]:
    """What keeps the signer from running as a service."""
    try:
        told = read_config(path)
    except BadConfig as error:
        yield str(error)
        return
    state = SIGNER_STATE if live.signer_socket else STATE
    if live.signer_socket and told.listen is not None:
        yield f"{path}: listen = … must go: systemd listens on {live.signer_socket} and hands each connection over"
    if not live.signer_socket and told.listen is not None:
        yield f"{path}: listen = … must go: the bot starts this signer (live.signer) and talks over a socket of their own"
    if not is_user and not told.state.is_relative_to(state):
        yield f'{path}: state = "{told.state}" is not below {state}, the only folder its service may write; set state = "{state / "signer.json"}"'
    if told.key.keystore and not (told.key.passphrase_file or told.key.passphrase_credential):
        yield f"{path}: the passphrase would be asked at a terminal, and a service has none; name a passphrase_credential"
    for name in credentials_of(told, path.parent)[0]:
        yield f"{path.parent / name}: no such credential; make {name}.cred with systemd-creds encrypt (docs/signer.md), or put {name} there"


def problems(plan: Plan, settings: Settings) -> Iterator[str]:
    """Everything that is missing or in the way, a line each."""
    for path in (plan.root, plan.python, plan.config, *((plan.signer,) if plan.signer else ())):
        if not is_plain(path):
            yield f"{path}: systemd would read its name differently; choose one without blanks, quotes, % and $"
        elif not plan.is_user and (folder := _hidden_in(path)):
            yield f"{path}: is below {folder}, unseen by services of the system; put it elsewhere (/opt/steelyard, /etc/steelyard), or use --user"
    if not plan.is_user:
        yield from _unreadable(plan)
        if not _kept(settings.live.state):
            yield f'{plan.config}: live.state is {settings.live.state}, and the service may write below {STATE} only; set state = "{STATE}"'
    if settings.markets.is_empty:
        yield f"{plan.config}: no market is chosen; name some in [markets]"
    if plan.verb == "live":
        yield from _live_problems(plan, settings.live)
    if plan.with_telegram and not (plan.telegram_credentials or settings.telegram.token_file):
        yield (
            f"{plan.config.parent / TELEGRAM_TOKEN}: [telegram] names chats, and there is no token; put it there (mode 600), or {TELEGRAM_TOKEN}.cred"
        )


def _live_problems(plan: Plan, live: LiveSection) -> Iterator[str]:
    if not live.live:
        yield f"{plan.config}: live.live is false, so no order would be sent; set it to true when you mean it, or install --paper"
    if plan.signer is None:
        yield f"{plan.config}: no signer; write its settings (docs/signer.md), and name live.signer_socket (a service of its own) or live.signer"
        return
    if plan.is_user and live.signer_socket:
        yield f"{plan.config}: live.signer_socket is for services of the system; with --user the bot starts its signer: name it as live.signer"
    if live.signer_socket and not is_plain(Path(live.signer_socket)):
        yield f"{plan.config}: live.signer_socket must be a whole path such as /run/steelyard-signer.sock"
    yield from signer_problems(plan.signer, live, is_user=plan.is_user)


def _hidden_in(path: Path) -> str:
    """The hidden folder it is in, also behind links; empty: none."""
    places = (path, path.resolve())
    return next((folder for folder in HIDDEN for place in places if place.is_relative_to(folder)), "")


def _kept(state: str) -> bool:
    """Is the state where the service may write? `~` is its user's home."""
    return state == "~" or state.startswith("~/") or Path(os.path.normpath(state)).is_relative_to(STATE)


def _unreadable(plan: Plan) -> Iterator[str]:
    """Files of ours that other users cannot read."""
    for path in (plan.root / "run_bot.py", plan.python.resolve()):
        for place in (path, *path.parents):
            try:
                mode = place.stat().st_mode
            except OSError as error:
                yield f"{place}: cannot be looked at ({error.strerror})"
                break
            if ~mode & (ANYBODY_READS if place == path else ANYBODY_ENTERS):
                yield f"{place}: the service's user may not {'read' if place == path else 'enter'} it; chmod o+{'r' if place == path else 'x'} it"


def judged(units: Mapping[str, str], *, is_user: bool) -> Judged:
    """systemd's opinion of units that are not installed yet. Raises NoTool."""
    if shutil.which(TOOL) is None:
        raise NoTool(f"{TOOL}: is not here, so there is no systemd to install a service for; run the bot by hand, or install systemd")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for unit, text in units.items():
            (folder / unit).write_text(text, encoding="utf-8")
        wrong: dict[str, None] = {}
        asides: dict[str, None] = {}
        exposure: dict[str, str] = {}
        for unit in units:
            done = _ask(folder, ["verify", "--man=no", str(folder / unit)], is_user=is_user)
            for line in [line.replace(f"{folder}/", "") for line in done.stderr.splitlines() if line.strip()]:
                is_ours = done.returncode or any(ours.partition("@")[0] in line for ours in units)
                (wrong if is_ours else asides)[line] = None
            if done.returncode and not done.stderr.strip():
                wrong[f"{unit}: {TOOL} verify ended with {done.returncode} and no word"] = None
            if unit.endswith(".service"):
                exposure[unit] = _exposure(_ask(folder, ["security", "--offline=yes", str(folder / unit)], is_user=is_user).stdout)
    return Judged(wrong=tuple(wrong), asides=tuple(asides), exposure=exposure)


def _ask(folder: Path, words: list[str], *, is_user: bool) -> subprocess.CompletedProcess[str]:
    """A person's manager wants to know its runtime folder, which ssh and cron do not always make."""
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "SYSTEMD_COLORS": "0"}
    if is_user:
        environment.setdefault("XDG_RUNTIME_DIR", str(folder))
    try:
        return subprocess.run(
            [TOOL, *(["--user"] if is_user else []), *words], capture_output=True, text=True, check=False, timeout=_TOOL_S, env=environment
        )
    except subprocess.TimeoutExpired:
        raise NoTool(f"{TOOL} {words[0]}: said nothing for {_TOOL_S} s; try again") from None


def _exposure(told: str) -> str:
    """`1.4 OK` from the last line of its table."""
    line = next((line for line in reversed(told.splitlines()) if "exposure level" in line), "")
    words = line.rpartition(": ")[2].split()
    return " ".join(words[:2]) if words else "not told"
