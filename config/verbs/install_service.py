"""`install-service`: write systemd's units for the bot, once they are checked; start nothing.

What it needs is imported when it runs, because `add_words` is called for every verb.
"""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from config.settings import Settings
    from config.unit_checks import Judged
    from config.units import Plan

NOT_READY: Final = 3
_STOP_MARGIN_S: Final = 30
"""Of a stop, beyond what the bot allows itself: the summary, a slow disk, the signer's end."""


def add_words(verbs: Any) -> None:  # noqa: ANN401 (argparse's own type is private)
    """The words of this verb."""
    parser = verbs.add_parser("install-service", help="write systemd's units for the bot, checked and hardened; starts nothing")
    parser.set_defaults(verb="install_service")  # the file's name
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--paper", dest="service", action="store_const", const="paper", default="paper", help="live books, simulated fills (default)")
    kind.add_argument("--live", dest="service", action="store_const", const="live", help="real orders; the settings must say so as well")
    parser.add_argument("--user", action="store_true", help="services of this person (systemctl --user) instead of the system's")
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings of the service (default: config/paper.toml or config/live.toml)")
    parser.add_argument(
        "--signer", type=Path, metavar="FILE", help="the signer's settings, with live.signer_socket (default: signer.toml beside them)"
    )
    parser.add_argument("--prefix", type=Path, metavar="DIR", default=Path("/"), help="put everything below this folder (default: /)")
    parser.add_argument("--dry-run", action="store_true", help="check and show everything, write nothing")


def run(chosen: argparse.Namespace) -> int:
    """0: written, or, with --dry-run, could be; 3: something is missing, and nothing was written."""
    from config.settings import FOLDER, load  # noqa: PLC0415 (the docstring says why)
    from config.unit_checks import judged, problems  # noqa: PLC0415
    from config.units import sysusers, units  # noqa: PLC0415

    path: Path = chosen.config or FOLDER / f"{chosen.service}.toml"
    settings = load(path)
    plan = plan_of(chosen, settings, path)
    missing = list(problems(plan, settings))
    if missing:
        return _refused("something is missing, so nothing was written", missing)
    texts = units(plan)
    opinion = judged(texts, is_user=plan.is_user)
    if opinion.wrong:
        return _refused("systemd would not take the units, so nothing was written", opinion.wrong)
    files = {unit_folder(chosen.prefix, is_user=plan.is_user) / name: text for name, text in texts.items()}
    if not plan.is_user:
        files[chosen.prefix / "etc" / "sysusers.d" / "steelyard.conf"] = sysusers()
    for place, text in files.items():
        if chosen.dry_run:
            print(f"# {place}\n{text}")
        else:
            written(place, text)
            print(f"install-service: wrote {place}")
    _told(opinion, next_steps(plan))
    return 0


def plan_of(chosen: argparse.Namespace, settings: "Settings", path: Path) -> "Plan":
    """What is to be installed, as far as it can be known; what is missing is said by `problems`."""
    from config.assembly.live import LET_GO_S, WIND_DOWN_S  # noqa: PLC0415
    from config.settings import FOLDER  # noqa: PLC0415
    from config.unit_checks import TELEGRAM_TOKEN, credential, credentials_of  # noqa: PLC0415
    from config.units import Plan  # noqa: PLC0415
    from connectors.signer_config import BadConfig, read_config  # noqa: PLC0415

    config = path.absolute()
    live, folder = settings.live, config.parent
    signer: Path | None = None
    if chosen.service == "live" and (live.signer or live.signer_socket):
        signer = folder / (live.signer or chosen.signer or "signer.toml")
    try:
        found = credentials_of(read_config(signer), signer.parent)[1] if signer is not None else []
    except BadConfig:
        found = []
    token = credential(folder, TELEGRAM_TOKEN)
    return Plan(
        verb=chosen.service,
        is_user=chosen.user,
        root=FOLDER.parent,
        python=Path(sys.executable),
        config=config,
        stop_s=max(WIND_DOWN_S + LET_GO_S, live.kill_within_s) + _STOP_MARGIN_S,
        credentials=() if live.signer_socket else tuple(found),
        signer=signer,
        signer_socket=Path(live.signer_socket) if live.signer_socket and signer is not None else None,
        signer_credentials=tuple(found) if live.signer_socket else (),
        with_telegram=bool(settings.telegram.chats),
        telegram_credentials=() if token is None else (token,),
    )


def unit_folder(prefix: Path, *, is_user: bool) -> Path:
    """Where units of an administrator, or of a person, are."""
    below = Path.home() / ".config" / "systemd" / "user" if is_user else Path("/etc/systemd/system")
    return prefix / below.relative_to("/")


def written(path: Path, text: str) -> None:
    """Put it there, whole or not at all. Raises SaidNo."""
    from config.refusals import SaidNo  # noqa: PLC0415

    fresh = path.with_name(path.name + ".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh.write_text(text, encoding="utf-8")
        fresh.chmod(0o644)
        fresh.replace(path)
    except OSError as error:
        raise SaidNo(f"{path}: cannot be written ({error.strerror}); use sudo, --user, or --prefix DIR") from None


def next_steps(plan: "Plan") -> list[str]:
    """What a person types now, in order."""
    from config.units import DAEMON, SIGNER, SIGNER_SOCKET  # noqa: PLC0415

    manage, word = ("systemctl --user", "") if plan.is_user else ("sudo systemctl", "sudo -u steelyard ")
    steps: list[str] = []
    if not plan.is_user:
        steps += ["sudo systemd-sysusers", f"sudo chgrp steelyard {plan.config} && sudo chmod 640 {plan.config}"]
    if plan.has_socket:
        steps += [
            f"sudo chgrp steelyard-signer {plan.signer} && sudo chmod 640 {plan.signer}    # and its keystore, if it has one: its owner's alone"
        ]
    starts = [name for name in plan.names if name not in {SIGNER, SIGNER_SOCKET}]
    steps.append(f"{manage} daemon-reload")
    steps.append(f"{manage} enable --now {' '.join([*([SIGNER_SOCKET] if plan.has_socket else []), *starts])}")
    if plan.is_user:
        steps.append("loginctl enable-linger    # it goes on when you log out, and starts with the machine")
    steps.append(f"journalctl {'--user ' if plan.is_user else ''}-u {DAEMON} -f")
    steps.append(f"cd {plan.root} && {word}{plan.python} run_bot.py status --config {plan.config}")
    return steps


def _told(opinion: "Judged", steps: list[str]) -> None:
    for line in opinion.asides:
        print(f"install-service: systemd says of units of others: {line}")
    for name, exposure in opinion.exposure.items():
        print(f"install-service: exposure of {name}: {exposure} (0 is none, 10 is all; systemd-analyze security)")
    print("\n".join(["next:", *[f"  {step}" for step in steps]]))


def _refused(why: str, lines: "list[str] | tuple[str, ...]") -> int:
    print(f"install-service: {why}:", file=sys.stderr)
    for line in lines:
        print(f"  {line}", file=sys.stderr)
    return NOT_READY
