"""The units, by systemd's own tool: nothing in them is unknown to it, and they are as closed as they can be."""

import asyncio
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import msgspec
import pytest

from config.assembly.live import LET_GO_S, WIND_DOWN_S
from config.settings import load
from config.unit_checks import judged
from config.units import DAEMON, SIGNER, SIGNER_SOCKET, STATE, TELEGRAM, Credential, Plan, is_plain, sysusers, units
from config.verbs.install_service import plan_of
from config.verbs.live import HALTED
from connectors.signer_client import connect
from tests.config.words_units import SOCKET, chosen, given_live
from tests.connectors.polymarket.words_signing import EOA, SECRET
from tests.connectors.words_signer import settings_text
from tests.house.tree import ROOT

PAPER = Plan(verb="paper", is_user=False, root=ROOT, python=Path(sys.executable), config=Path("/etc/steelyard/bot.toml"), stop_s=65)
LIVE = msgspec.structs.replace(
    PAPER,
    verb="live",
    signer=Path("/etc/steelyard/signer.toml"),
    signer_socket=Path(SOCKET),
    signer_credentials=(Credential(name="signer.key", path=Path("/etc/steelyard/signer.key.cred")),),
    with_telegram=True,
    telegram_credentials=(Credential(name="telegram.token", path=Path("/etc/steelyard/telegram.token")),),
)
CHILD = msgspec.structs.replace(LIVE, signer_socket=None, signer_credentials=(), credentials=LIVE.signer_credentials)


def values(text: str, key: str) -> list[str]:
    return [line.partition("=")[2] for line in text.splitlines() if line.partition("=")[0] == key]


def sections(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("[")]


@pytest.mark.parametrize(("plan", "is_user"), list(product([PAPER, LIVE, CHILD], [False, True])), ids=lambda given: getattr(given, "verb", given))
def test_systemd_has_nothing_to_say_against_any_of_them(plan: Plan, is_user: bool) -> None:  # noqa: FBT001
    plan = msgspec.structs.replace(plan, is_user=is_user, signer_socket=None if is_user else plan.signer_socket)
    opinion = judged(units(plan), is_user=is_user)
    assert opinion.wrong == ()
    assert opinion.asides == ()  # an unknown word is no error to systemd, only a line on stderr
    assert set(opinion.exposure) == {name for name in plan.names if name.endswith(".service")}


def test_services_of_the_system_are_closed_as_far_as_they_can_be() -> None:
    exposure = {name: float(told.split()[0]) for name, told in judged(units(LIVE), is_user=False).exposure.items()}
    assert exposure[DAEMON] <= 1.5
    assert exposure[TELEGRAM] <= 1.5
    assert exposure[SIGNER] <= 0.6  # no network


@pytest.mark.parametrize(
    ("was", "slip"),
    [
        ("WatchdogSec=30", "WatchdogSecs=30"),
        ("ProtectSystem=strict", "ProtectSystem=strickt"),
        ("[Service]", "[Servise]"),
        ("Type=notify", "Type=notfy"),
    ],
)
def test_a_slip_in_a_unit_does_not_go_unnoticed(was: str, slip: str) -> None:
    text = units(PAPER)[DAEMON]
    assert was in text
    assert judged({DAEMON: text.replace(was, slip)}, is_user=False).wrong


@pytest.mark.parametrize("plan", [PAPER, LIVE, CHILD, msgspec.structs.replace(CHILD, is_user=True)])
def test_no_word_of_a_template_is_left(plan: Plan) -> None:
    for text in units(plan).values():
        lines = [line for line in text.splitlines() if not line.startswith(("#", "SystemCallFilter=", "Documentation="))]
        assert [line for line in lines if "@" in line] == []
        assert [line for line in lines if line.endswith(("=None", " None"))] == []


def test_a_halted_bot_stays_off_and_one_that_fell_over_comes_back() -> None:  # req 4.16
    text = units(LIVE)[DAEMON]
    assert values(text, "Restart") == ["on-failure"]
    assert {"2", "4", str(HALTED)} == set(values(text, "RestartPreventExitStatus")[0].split())
    assert values(text, "Type") == ["notify"]
    assert values(text, "WatchdogSec") == ["30"]
    burst, interval, every = (int(values(text, key)[0]) for key in ("StartLimitBurst", "StartLimitIntervalSec", "RestartSec"))
    assert burst * every <= interval, "otherwise the burst is never reached, and it is tried for ever"
    assert burst * every >= 45 * 60, "an outage of the venue is outlived"


def test_a_stop_has_the_time_it_needs(tmp_path: Path) -> None:
    path = given_live(tmp_path)
    assert plan_of(chosen(path, service="live"), load(path), path).stop_s > WIND_DOWN_S + LET_GO_S
    path.write_text(path.read_text().replace("[live]", "[live]\nkill_within_s = 500"))
    plan = plan_of(chosen(path, service="live"), load(path), path)
    assert plan.stop_s > 500
    assert values(units(plan)[DAEMON], "TimeoutStopSec") == [str(plan.stop_s)]


def test_real_orders_need_both_switches_and_paper_never_has_the_second() -> None:  # req 2.55
    assert values(units(LIVE)[DAEMON], "ExecStart") == [f"{sys.executable} run_bot.py live --live --config /etc/steelyard/bot.toml"]
    assert values(units(PAPER)[DAEMON], "ExecStart") == [f"{sys.executable} run_bot.py paper --config /etc/steelyard/bot.toml"]
    assert set(units(PAPER)) == {DAEMON}


def test_the_key_is_the_signers_alone() -> None:
    drawn = units(LIVE)
    assert values(drawn[SIGNER], "LoadCredentialEncrypted") == ["signer.key:/etc/steelyard/signer.key.cred"]
    assert values(drawn[TELEGRAM], "LoadCredential") == ["telegram.token:/etc/steelyard/telegram.token"]
    assert "LoadCredential" not in drawn[DAEMON]
    assert (values(drawn[SIGNER], "User"), values(drawn[DAEMON], "User")) == (["steelyard-signer"], ["steelyard"])
    assert values(drawn[SIGNER], "PrivateNetwork") == ["yes"]
    assert values(drawn[SIGNER], "RestrictAddressFamilies") == ["AF_UNIX"]
    assert values(drawn[SIGNER_SOCKET], "SocketGroup") == values(drawn[DAEMON], "Group")
    assert values(drawn[SIGNER_SOCKET], "SocketMode") == ["0660"]
    assert values(drawn[TELEGRAM], "InaccessiblePaths") == [f"-{SOCKET}"]
    assert "LoadCredentialEncrypted=signer.key:" in units(CHILD)[DAEMON]  # a signer that the bot starts has what the bot was given


def test_no_core_is_dumped_and_nothing_is_for_other_eyes() -> None:
    for name, text in units(LIVE).items():
        if name.endswith(".service"):
            assert (values(text, "LimitCORE"), values(text, "UMask")) == (["0"], ["0077"])


def test_a_persons_services_have_nothing_that_only_root_may_set() -> None:
    text = units(msgspec.structs.replace(PAPER, is_user=True))[DAEMON]
    for key in ("User", "ProtectSystem", "StateDirectory", "CapabilityBoundingSet", "PrivateTmp"):
        assert values(text, key) == []
    assert values(text, "WantedBy") == ["default.target"]
    assert sections(text) == ["[Unit]", "[Service]", "[Install]"]


def test_the_users_are_what_systemd_would_make() -> None:
    done = subprocess.run(["systemd-sysusers", "--dry-run", "-"], input=sysusers(), capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert sysusers().count("\nu ") == 2
    assert f" {STATE}\n" in sysusers()


@pytest.mark.parametrize("path", ["/a b", "/a%h", "/$HOME/x", '/a"b', "/a\nb", "relative", "", "/ä", "/a'b", "/a\\b"])
def test_a_path_that_systemd_would_read_differently_is_not_plain(path: str) -> None:
    assert not is_plain(Path(path))
    assert is_plain(Path("/opt/steelyard-2/.venv/bin/python3.11"))


@pytest.fixture
def accepting(tmp_path: Path) -> Iterator[Path]:
    """What systemd does with Accept=yes: for each connection the command of the unit, with the connection as its standard input."""
    (tmp_path / "credentials").mkdir()
    (tmp_path / "credentials" / "signer.key").write_text(SECRET)
    (tmp_path / "credentials" / "signer.key").chmod(0o600)
    told = tmp_path / "signer.toml"
    told.write_text(settings_text(tmp_path))
    told.chmod(0o600)
    text = units(msgspec.structs.replace(LIVE, signer=told))[SIGNER]
    assert values(text, "StandardInput") == ["socket"]
    environment = {"CREDENTIALS_DIRECTORY": str(tmp_path / "credentials"), "PATH": os.environ["PATH"]}
    path = tmp_path / "s"
    started: list[subprocess.Popen[bytes]] = []
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen()

        def accept() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                command, place = values(text, "ExecStart")[0].split(), values(text, "WorkingDirectory")[0]
                with connection:
                    started.append(subprocess.Popen(command, stdin=connection.fileno(), stdout=subprocess.DEVNULL, cwd=place, env=environment))

        thread = threading.Thread(target=accept)
        thread.start()
        yield path
        listening.shutdown(socket.SHUT_RDWR)
        thread.join()
    assert [process.wait(timeout=60) for process in started] == [0] * len(started)  # each ended with its connection


def test_a_signer_that_systemd_starts_serves_the_connection_it_was_started_for(accepting: Path) -> None:
    async def story() -> list[str]:
        owners = []
        for _ in range(2):  # one after the other: the second finds the state of the caps free again
            signer = await connect(accepting)
            owners.append((await signer.wallet(timeout_s=30)).owner)
            await signer.close()
        return owners

    assert asyncio.run(story()) == [EOA, EOA]
