#!/usr/bin/env python3
"""`make services`, as root: the units that `install-service` writes, under a systemd that runs, on a machine of their own (services_machine.py).

Paper and then live, with the signer behind its socket and an encrypted credential, against the exchange on that machine. Each dies, hangs, is stopped
and is killed; what systemd makes of it is looked at. About a minute.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # called as a file: the root of the repository is not on the path

from eth_account import Account

from tests.campaign.services_machine import PYTHON, Machine, NoMachine

WITHIN_S: Final = 40.0
PORT: Final = 8090
WORDS: Final = "no words that anybody else would use"
FAST: Final = "[Service]\nRestartSec=1\nWatchdogSec=6\n"
"""So that a test need not wait half a minute for each restart."""
_TRADING: Final = """
[limits]
order_max_usd = 50
market_loss_max_usd = 100
event_loss_max_usd = 200
total_loss_max_usd = 400
day_spend_max_usd = 50000
[strategy.market_making]
half_spread_pips = 150
size_shares = 20
"""


class Trial:
    """One machine, and what was found on it."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.bad = 0
        self._began_s = time.monotonic()

    def finds(self, what: str, ok: object, figures: str = "") -> None:
        """Say it."""
        self.bad += not ok
        print(f"{time.monotonic() - self._began_s:6.1f} s  {'ok ' if ok else 'BAD'}  {what}{': ' if figures else ''}{figures}", flush=True)

    def shown(self, *names: str) -> dict[str, str]:
        """Properties of the daemon's unit."""
        lines = self.machine.run("systemctl", "show", "steelyard", *[f"-p{name}" for name in names]).splitlines()
        return dict(line.split("=", 1) for line in lines)

    @property
    def status(self) -> str:
        """Its line of status, while it is active."""
        told = self.shown("ActiveState", "StatusText")
        return told["StatusText"] if told["ActiveState"] == "active" else told["ActiveState"]

    @property
    def pid(self) -> int:
        return int(self.shown("MainPID")["MainPID"])

    def comes(self, is_so: Callable[[], object]) -> float | None:
        """Seconds until it is so; None: it never was."""
        began_s = time.monotonic()
        while time.monotonic() < began_s + WITHIN_S:
            if is_so():
                return time.monotonic() - began_s
            time.sleep(0.1)
        return None

    def finds_that(self, what: str, is_so: Callable[[], object]) -> None:
        """It becomes so in time."""
        took_s = self.comes(is_so)
        self.finds(what, took_s is not None, f"after {took_s:.1f} s" if took_s is not None else self._why())

    def _why(self) -> str:
        said = self.machine.run("journalctl", "-u", "steelyard", "-n3", "-ocat")
        return f"{self.shown('ActiveState', 'Result', 'StatusText', 'NRestarts')}; {said[-300:]}"

    def bot(self, config: str, *words: str) -> str:
        """A verb, typed by the user of the service."""
        return self.machine.run(PYTHON, "run_bot.py", *words, "--config", config, check=False, user="steelyard")

    def is_trading(self, than: int = 0) -> bool:
        """It is, in another process than that."""
        told = self.shown("ActiveState", "StatusText", "MainPID")
        return told["ActiveState"] == "active" and told["StatusText"].startswith("trading") and int(told["MainPID"]) not in {0, than}


def _exchange(machine: Machine) -> str:
    """The exchange on that machine; the settings of its venue and markets."""
    machine.write("/opt/exchange.toml", "[demo]\nmarkets = 6\nwindow_s = 86400\n")
    line = [PYTHON, "run_bot.py", "exchange", "--port", str(PORT), "--config", "/opt/exchange.toml"]
    machine.run("systemd-run", "-q", "--unit=venue", "--working-directory=/opt/steelyard", *line)
    ask = f"import json, urllib.request as u; print(json.dumps([m['market_slug'] for m in json.load(u.urlopen('http://127.0.0.1:{PORT}/markets'))['data']]))"
    slugs = ""
    for _ in range(100):
        slugs = machine.run(PYTHON, "-c", ask, check=False)
        if slugs.startswith("["):
            break
        time.sleep(0.2)
    host = f"127.0.0.1:{PORT}"
    return f'[venue]\nclob = "http://{host}"\ngamma = "http://{host}"\nstream = "ws://{host}/ws"\n[markets]\nslugs = {slugs}'


def _installed(trial: Trial, config: str, *words: str) -> None:
    machine = trial.machine
    said = machine.run(PYTHON, "run_bot.py", "install-service", *words, "--config", config)
    exposed = [line.removeprefix("install-service: ").partition(" (")[0] for line in said.splitlines() if "exposure" in line]
    trial.finds(f"install-service {words[0]}", "next:" in said, "; ".join(exposed))
    machine.write("/run/systemd/system/steelyard.service.d/fast.conf", FAST)
    machine.run("systemd-sysusers")
    machine.run("chgrp", "steelyard", config)
    machine.run("chmod", "640", config)
    machine.run("systemctl", "daemon-reload")


def _dies_and_returns(trial: Trial, config: str) -> None:
    """What either daemon must survive, and a kill, which it must not."""
    machine = trial.machine
    trial.finds_that("trades, and says so to systemd", trial.is_trading)
    pid = trial.pid
    machine.run("kill", "-9", str(pid))
    trial.finds_that("kill -9: systemd starts another", lambda: trial.is_trading(pid))
    pid = trial.pid
    machine.run("kill", "-STOP", str(pid))
    trial.finds_that("a loop that hangs: the watchdog ends it, another trades", lambda: trial.is_trading(pid))
    began_s = time.monotonic()
    machine.run("systemctl", "stop", "steelyard")
    trial.finds("stops in order", trial.shown("Result")["Result"] == "success", f"{time.monotonic() - began_s:.1f} s")
    machine.run("systemctl", "start", "steelyard")
    trial.finds_that("starts again", trial.is_trading)
    said = trial.bot(config, "kill")
    trial.finds("kill", "nothing open" in said, said.strip().splitlines()[-1].removeprefix("kill: "))
    time.sleep(3)
    told = trial.shown("ActiveState", "ExecMainStatus", "NRestarts")
    trial.finds("is not started again", told["ActiveState"] == "failed" and told["ExecMainStatus"] == "42", str(told))
    machine.run("systemctl", "start", "steelyard", check=False)
    trial.finds("a start is refused until `resume`", trial.shown("ExecMainStatus")["ExecMainStatus"] == "42")
    trial.bot(config, "resume")
    machine.run("systemctl", "reset-failed", "steelyard")
    machine.run("systemctl", "start", "steelyard")
    trial.finds_that("starts after `resume`", trial.is_trading)


def paper(trial: Trial, venue: str) -> None:
    """The paper bot as a service."""
    config = "/etc/steelyard/paper.toml"
    trial.machine.write(config, f'[live]\nstate = "/var/lib/steelyard"\n{venue}{_TRADING}')
    _installed(trial, config, "--paper")
    trial.machine.run("systemctl", "enable", "--now", "steelyard.service")
    _dies_and_returns(trial, config)
    trial.machine.run("systemctl", "stop", "steelyard")


def live(trial: Trial, venue: str) -> None:
    """The live bot, and the signer that is another user behind a socket."""
    machine, config, signer = trial.machine, "/etc/steelyard/live.toml", "/etc/steelyard/signer.toml"
    account = Account.create()
    machine.write("/tmp/words", WORDS)  # noqa: S108 (that machine's own)
    machine.run("systemd-creds", "encrypt", "--name=signer.words", "/tmp/words", "/etc/steelyard/signer.words.cred")  # noqa: S108 (as above)
    make = f"import json; from eth_account import Account; print(json.dumps(Account.encrypt({account.key.hex()!r}, {WORDS!r}, iterations=1024)))"
    machine.write("/etc/steelyard/key.json", machine.run(PYTHON, "-c", make))
    caps = 'order = "1000", day = "1000000", total = "10000000"'
    machine.write(
        signer,
        f'state = "/var/lib/steelyard-signer/signer.json"\n[wallet]\nowner = "{account.address}"\nfunder = "{account.address}"\nsignature_type = 0\n'
        f'[key]\nkeystore = "/etc/steelyard/key.json"\npassphrase_credential = "signer.words"\n'
        f'[caps]\nprice_min = "0.01"\nprice_max = "0.99"\nbuy = {{ {caps} }}\nsell = {{ {caps} }}\n',
    )
    socket = 'live = true\nsigner_socket = "/run/steelyard/signer.sock"\nheartbeat_s = 5\n'
    machine.write(config, f'[live]\nstate = "/var/lib/steelyard"\n{socket}{venue}{_TRADING}')
    _installed(trial, config, "--live", "--signer", signer)
    machine.run("chgrp", "steelyard-signer", signer)
    machine.run("chmod", "640", signer)
    machine.run("chown", "steelyard-signer", "/etc/steelyard/key.json")
    machine.run("chmod", "600", "/etc/steelyard/key.json")
    machine.run("systemctl", "enable", "--now", "steelyard-signer.socket", "steelyard.service")
    _dies_and_returns(trial, config)
    machine.run("pkill", "-9", "-f", "connectors.signer")
    trial.finds_that("the signer is killed: the bot takes its quotes away", lambda: trial.status.startswith("syncing"))
    trial.finds_that("…and trades again with the next one", trial.is_trading)


def main() -> int:
    """Run all of it. Exit code 1 if anything was not as it should be, 2 if it cannot be tried here."""
    with TemporaryDirectory(prefix="steelyard-services-") as folder:
        try:
            machine = Machine(Path(folder))
        except NoMachine as error:
            print(f"services: {error}", file=sys.stderr)
            return 2
        try:
            trial = Trial(machine)
            machine.furnish()
            venue = _exchange(machine)
            for part in (paper, live):
                print(part.__name__)
                part(trial, venue)
        finally:
            machine.close()
    print("everything held" if not trial.bad else f"{trial.bad} were not as they should be")
    return 1 if trial.bad else 0


if __name__ == "__main__":
    sys.exit(main())
