"""Everything that would keep a service from running is said before it is written, each in one line that names the way out."""

from pathlib import Path

import msgspec
import pytest

from config import unit_checks
from config.settings import Settings, load
from config.unit_checks import NoTool, credential, judged, problems
from config.units import DAEMON, Plan, units
from config.verbs.install_service import plan_of
from tests.config.words_units import SOCKET, TELEGRAM, chosen, folder, given_live, given_settings, given_signer
from tests.house.tree import ROOT

__all__ = ["folder"]


def planned(path: Path, *, service: str = "paper", user: bool = False) -> tuple[Plan, Settings]:
    settings = load(path, {})
    return plan_of(chosen(path, service=service, user=user), settings, path), settings


def missing(path: Path, *, service: str = "paper", user: bool = False) -> list[str]:
    found = list(problems(*planned(path, service=service, user=user)))
    assert all("\n" not in line for line in found)
    return found


def test_nothing_is_missing_where_all_is_there(folder: Path) -> None:
    assert missing(given_settings(folder)) == []
    assert missing(given_live(folder, TELEGRAM), service="live") == [
        f"{folder / 'telegram.token'}: [telegram] names chats, and there is no token; put it there (mode 600), or telegram.token.cred"
    ]
    (folder / "telegram.token.cred").touch()
    plan, settings = planned(given_live(folder, TELEGRAM), service="live")
    assert list(problems(plan, settings)) == []
    assert [one.line for one in plan.signer_credentials] == [f"LoadCredentialEncrypted=signer.key:{folder / 'signer.key.cred'}"]
    assert plan.credentials == ()
    assert [one.name for one in plan.telegram_credentials] == ["telegram.token"]


def test_a_token_in_a_file_of_its_own_is_enough(folder: Path) -> None:
    assert missing(given_settings(folder, rest=f'{TELEGRAM}token_file = "token"\n')) == []


def test_settings_without_markets_and_a_state_that_the_service_may_not_write_are_named(folder: Path) -> None:
    path = folder / "bot.toml"
    path.write_text('[live]\nstate = "/srv/bot"\n')
    assert missing(path) == [
        f'{path}: live.state is /srv/bot, and the service may write below /var/lib/steelyard only; set state = "/var/lib/steelyard"',
        f"{path}: no market is chosen; name some in [markets]",
    ]
    for state in ("/var/lib/steelyard/../other", "/var/lib/steelyard-signer", "relative"):
        path.write_text(f'[live]\nstate = "{state}"\n[markets]\nslugs = ["a"]\n')
        assert len(missing(path)) == 1, state
        assert missing(path, user=True) == []
    for state in ("~", "~/.local/state/steelyard", "/var/lib/steelyard/live"):  # the home of the service's user is there
        path.write_text(f'[live]\nstate = "{state}"\n[markets]\nslugs = ["a"]\n')
        assert missing(path) == []


def test_real_orders_need_the_switch_and_a_signer(folder: Path) -> None:
    found = missing(given_settings(folder), service="live")
    assert len(found) == 2
    assert "live.live is false, so no order would be sent" in found[0]
    assert "no signer; write its settings (docs/signer.md)" in found[1]


def test_a_signer_that_cannot_run_as_a_service_is_named(folder: Path) -> None:
    path = given_live(folder)
    given_signer(folder, listen="/run/x.sock", state="/var/lib/steelyard")
    (folder / "signer.key.cred").unlink()
    found = missing(path, service="live")
    assert [line.partition(": ")[2].split(";")[0] for line in found] == [
        f"listen = … must go: systemd listens on {SOCKET} and hands each connection over",
        'state = "/var/lib/steelyard/signer.json" is not below /var/lib/steelyard-signer, the only folder its service may write',
        "no such credential",
    ]
    given_signer(folder, key=f'keystore = "{folder}/key.json"')
    assert "would be asked at a terminal, and a service has none" in missing(path, service="live")[0]
    (folder / "signer.toml").chmod(0o666)
    assert "others may write" in missing(path, service="live")[0]
    (folder / "signer.toml").unlink()
    assert "cannot read the signer's settings" in missing(path, service="live")[0]


def test_a_signer_that_the_bot_starts_writes_where_the_bot_does_and_has_its_credentials(folder: Path) -> None:
    given_signer(folder, state="/var/lib/steelyard")
    path = given_settings(folder, 'live = true\nsigner = "signer.toml"')
    plan, settings = planned(path, service="live")
    assert list(problems(plan, settings)) == []
    assert [one.name for one in plan.credentials] == ["signer.key"]
    assert not plan.has_socket
    given_signer(folder, state="/var/lib/steelyard", listen="/run/x.sock")
    assert "must go: the bot starts this signer" in missing(path, service="live")[0]


def test_a_person_has_no_signer_behind_a_socket(folder: Path) -> None:
    given_signer(folder)
    path = given_settings(folder, f'live = true\nsigner = ""\nsigner_socket = "{SOCKET}"')
    assert "is for services of the system; with --user the bot starts its signer" in missing(path, service="live", user=True)[0]
    path = given_settings(folder, 'live = true\nsigner = ""\nsigner_socket = "here"')
    assert "must be a whole path" in missing(path, service="live")[0]


def test_what_services_of_the_system_do_not_see_is_refused_with_the_way_out(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = given_settings(folder)
    monkeypatch.undo()
    assert any(line.endswith("is below /tmp, unseen by services of the system; put it elsewhere (/opt/steelyard, /etc/steelyard), or use --user")
               for line in (text.partition(": ")[2] for text in _all_in_tmp(path)))  # fmt: skip
    assert {"/home", "/root", "/tmp"} <= set(unit_checks.HIDDEN)  # noqa: S108
    assert missing(path, user=True) == []


def _all_in_tmp(path: Path) -> list[str]:
    plan, settings = planned(path)
    return list(problems(msgspec.structs.replace(plan, config=Path("/tmp/bot.toml")), settings))  # noqa: S108


def test_a_link_into_a_home_is_seen_through(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "bot.toml").write_text(given_settings(folder).read_text())
    (folder / "link.toml").symlink_to(home / "bot.toml")
    monkeypatch.setattr(unit_checks, "HIDDEN", (str(home),))
    assert f"is below {home}, unseen by services of the system" in missing(folder / "link.toml")[0]


def test_a_name_that_systemd_would_read_differently_is_refused(folder: Path) -> None:
    odd = folder / "my bot.toml"
    odd.write_text(given_settings(folder).read_text())
    assert "systemd would read its name differently" in missing(odd)[0]


def test_a_checkout_that_the_services_user_cannot_read_is_named(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan, settings = planned(given_settings(folder))
    monkeypatch.undo()
    shut = tmp_path / "shut" / "checkout"
    shut.mkdir(parents=True)
    (shut / "run_bot.py").touch(0o600)
    (shut / "run_bot.py").chmod(0o600)
    tmp_path.chmod(0o755)
    (tmp_path / "shut").chmod(0o700)
    found = list(problems(msgspec.structs.replace(plan, root=shut), settings))
    assert f"{shut / 'run_bot.py'}: the service's user may not read it; chmod o+r it" in found
    assert f"{tmp_path / 'shut'}: the service's user may not enter it; chmod o+x it" in found
    gone = list(problems(msgspec.structs.replace(plan, root=tmp_path / "gone"), settings))
    assert any(f"{tmp_path / 'gone' / 'run_bot.py'}: cannot be looked at" in line for line in gone)


def test_an_encrypted_credential_goes_before_a_plain_one(tmp_path: Path) -> None:
    assert credential(tmp_path, "signer.key") is None
    (tmp_path / "signer.key").touch()
    plain = credential(tmp_path, "signer.key")
    assert plain is not None
    assert plain.line == f"LoadCredential=signer.key:{tmp_path / 'signer.key'}"
    (tmp_path / "signer.key.cred").touch()
    encrypted = credential(tmp_path, "signer.key")
    assert encrypted is not None
    assert encrypted.line == f"LoadCredentialEncrypted=signer.key:{tmp_path / 'signer.key.cred'}"


def test_where_there_is_no_systemd_it_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoTool, match="systemd-analyze: is not here"):
        judged({}, is_user=False)


def test_what_systemd_says_of_other_units_is_an_aside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fake = tmp_path / "systemd-analyze"
    fake.write_text('#!/bin/sh\ncase "$*" in *verify*) echo "/lib/systemd/system/old.service:3: a warning" >&2;; esac\n')
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    opinion = judged({DAEMON: "[Service]\n"}, is_user=False)
    assert opinion.wrong == ()
    assert opinion.asides == ("/lib/systemd/system/old.service:3: a warning",)
    assert opinion.exposure == {DAEMON: "not told"}
    fake.write_text("#!/bin/sh\nexit 1\n")
    assert judged({DAEMON: "[Service]\n"}, is_user=False).wrong == (f"{DAEMON}: systemd-analyze verify ended with 1 and no word",)
    fake.write_text("#!/bin/sh\nexec sleep 60\n")
    monkeypatch.setattr(unit_checks, "_TOOL_S", 0.2)
    with pytest.raises(NoTool, match="said nothing"):
        judged({DAEMON: ""}, is_user=False)


def test_a_program_that_is_not_there_is_systemds_complaint(folder: Path) -> None:
    plan, _ = planned(given_settings(folder))
    gone = msgspec.structs.replace(plan, python=ROOT / "no-such-python")
    wrong = judged(units(gone), is_user=False).wrong
    assert any("is not executable" in line for line in wrong)
