"""Test words of services: settings of a paper and of a live bot with its signer, in a folder; what is asked of systemd."""

import argparse
from pathlib import Path

import pytest

from config import unit_checks
from tests.connectors.words_signer import settings_text
from tests.house.tree import ROOT

SOCKET = "/run/steelyard-signer.sock"
TELEGRAM = "[telegram]\nchats = [1]\noperators = [2]\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder as /etc/steelyard would be; here it is in /tmp, and a checkout or a Python may be in root's home, all of which would be refused."""
    monkeypatch.setattr(unit_checks, "HIDDEN", ("/home/somebody",))
    monkeypatch.setattr(unit_checks, "ANYBODY_READS", 0)
    monkeypatch.setattr(unit_checks, "ANYBODY_ENTERS", 0)
    made = tmp_path / "etc-steelyard"
    made.mkdir()
    return made


def given_settings(folder: Path, live: str = "", rest: str = "") -> Path:
    """Settings of a bot whose service could run."""
    path = folder / "bot.toml"
    path.write_text(f'[live]\nstate = "/var/lib/steelyard"\n{live}\n[markets]\nslugs = ["btc"]\n{rest}', encoding="utf-8")
    return path


def given_live(folder: Path, rest: str = "") -> Path:
    """The same for real orders, with a signer of its own whose key systemd decrypts."""
    given_signer(folder)
    return given_settings(folder, f'live = true\nsigner = ""\nsigner_socket = "{SOCKET}"', rest)


def given_signer(folder: Path, *, state: str = "/var/lib/steelyard-signer", key: str = 'credential = "signer.key"', listen: str = "") -> Path:
    path = folder / "signer.toml"
    path.write_text(settings_text(Path(state), key=key, listen=listen), encoding="utf-8")
    path.chmod(0o644)
    (folder / "signer.key.cred").write_text("encrypted", encoding="utf-8")
    return path


def chosen(config: Path, *, service: str = "paper", user: bool = False, signer: Path | None = None) -> argparse.Namespace:
    """What was typed."""
    return argparse.Namespace(service=service, user=user, config=config, signer=signer, prefix=ROOT / "nowhere", dry_run=True)
