"""`install-service` as it is typed: it writes what is checked, says what to type next, and starts nothing."""

import argparse
from pathlib import Path

import pytest

from config.refusals import SaidNo
from config.settings import BadSettings
from config.units import DAEMON, SIGNER, SIGNER_SOCKET, TELEGRAM
from config.verbs import install_service
from tests.config.words_units import TELEGRAM as TALKS
from tests.config.words_units import folder, given_live, given_settings

__all__ = ["folder"]


def typed(*words: str | Path) -> int:
    parser = argparse.ArgumentParser()
    install_service.add_words(parser.add_subparsers(dest="verb", required=True))
    chosen = parser.parse_args(["install-service", *map(str, words)])
    assert chosen.verb == "install_service"  # the file of the verb
    return install_service.run(chosen)


def files(prefix: Path) -> list[str]:
    return sorted(str(path.relative_to(prefix)) for path in prefix.rglob("*") if path.is_file())


def test_paper_is_what_is_installed_when_nothing_else_is_said(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = given_settings(folder)
    prefix = tmp_path / "prefix"
    assert typed("--config", path, "--prefix", prefix) == 0
    assert files(prefix) == [f"etc/systemd/system/{DAEMON}", "etc/sysusers.d/steelyard.conf"]
    text = (prefix / "etc/systemd/system" / DAEMON).read_text()
    assert f"run_bot.py paper --config {path}\n" in text
    assert "--live" not in text
    said = capsys.readouterr().out
    assert f"install-service: wrote {prefix}/etc/systemd/system/{DAEMON}" in said
    assert f"exposure of {DAEMON}: 1.4 OK" in said
    steps = said.partition("next:\n")[2].splitlines()
    assert [step.split()[:3] for step in steps][:4] == [
        ["sudo", "systemd-sysusers"],
        ["sudo", "chgrp", "steelyard"],
        ["sudo", "systemctl", "daemon-reload"],
        ["sudo", "systemctl", "enable"],
    ]
    assert steps[-1].endswith(f"run_bot.py status --config {path}")


def test_a_live_bot_has_a_signer_and_a_console_beside_it(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "telegram.token").write_text("1:secret-token", encoding="utf-8")
    path = given_live(folder, TALKS)
    assert typed("--live", "--config", path, "--prefix", tmp_path / "p") == 0
    units = [f"etc/systemd/system/{name}" for name in sorted([DAEMON, SIGNER, SIGNER_SOCKET, TELEGRAM])]
    assert files(tmp_path / "p") == [*units, "etc/sysusers.d/steelyard.conf"]
    said = capsys.readouterr().out
    assert f"enable --now {SIGNER_SOCKET} {DAEMON} {TELEGRAM}" in said
    assert f"chgrp steelyard-signer {folder}/signer.toml" in said
    everything = said + "".join((tmp_path / "p" / name).read_text() for name in files(tmp_path / "p"))
    assert "secret-token" not in everything
    assert "encrypted" not in everything  # what is in signer.key.cred


def test_a_dry_run_shows_everything_and_writes_nothing(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("--config", given_settings(folder), "--prefix", tmp_path / "p", "--dry-run") == 0
    assert not (tmp_path / "p").exists()
    said = capsys.readouterr().out
    assert f"# {tmp_path}/p/etc/systemd/system/{DAEMON}\n" in said
    assert "Type=notify" in said
    assert "next:" in said


def test_a_person_installs_their_own(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    assert typed("--user", "--config", given_settings(folder)) == 0
    assert files(tmp_path / "home") == [f".config/systemd/user/{DAEMON}"]
    said = capsys.readouterr().out
    assert "sudo" not in said
    assert "loginctl enable-linger" in said


def test_what_is_missing_is_said_at_once_and_nothing_is_written(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = folder / "bot.toml"
    path.write_text('[live]\nstate = "/srv"\n')
    assert typed("--live", "--config", path, "--prefix", tmp_path / "p") == 3
    assert not (tmp_path / "p").exists()
    told = capsys.readouterr()
    assert told.out == ""
    lines = told.err.splitlines()
    assert lines[0] == "install-service: something is missing, so nothing was written:"
    assert len(lines) == 5  # the state, the markets, the switch, the signer
    assert all(line.startswith(f"  {path}: ") for line in lines[1:])


def test_settings_that_are_wrong_are_the_usual_refusal(tmp_path: Path) -> None:
    path = tmp_path / "bot.toml"
    path.write_text("[live]\nstat = 1\n")
    with pytest.raises(BadSettings, match=r"unknown setting live\.stat"):
        typed("--config", path)


def test_units_that_systemd_would_not_take_are_not_written(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("config.units.units", lambda _plan: {DAEMON: "[Service]\nExecStart=/usr/bin/true\nWatchdogSecs=30\n"})
    assert typed("--config", given_settings(folder), "--prefix", tmp_path / "p") == 3
    assert not (tmp_path / "p").exists()
    assert "'WatchdogSecs'" in capsys.readouterr().err


def test_a_second_time_replaces_the_first_whole(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, prefix = given_settings(folder), tmp_path / "p"
    typed("--config", path, "--prefix", prefix)
    unit = prefix / "etc/systemd/system" / DAEMON
    first = unit.read_text()
    unit.write_text("damaged")
    typed("--config", path, "--prefix", prefix)
    assert unit.read_text() == first
    assert not unit.with_name(unit.name + ".new").exists()
    assert unit.stat().st_mode & 0o777 == 0o644
    assert capsys.readouterr().err == ""


def test_a_folder_that_takes_nothing_is_named_with_the_ways_out(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "p").write_text("a file")
    with pytest.raises(SaidNo, match=r"cannot be written \(Not a directory\); use sudo, --user, or --prefix DIR"):
        typed("--config", given_settings(folder), "--prefix", tmp_path / "p")


def test_paper_and_live_cannot_both_be_meant(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        typed("--paper", "--live")
    assert ended.value.code == 2
    assert "not allowed with argument" in capsys.readouterr().err
