"""The exchange and the bot as processes of their own on loopback, which may be killed at any moment and started again."""

import http.client
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from eth_account import Account

from tests.house.tree import ROOT

START_S: Final = 60.0
"""A process that is not there by then on this machine is broken."""
_LOOK_S: Final = 0.05
_CAPS: Final = """
[caps]
price_min = "0.01"
price_max = "0.99"
buy = { order = "100", day = "50000000", total = "500000000" }
sell = { order = "1000", day = "100000000", total = "1000000000" }
"""
LIVE: Final = """
[live]
live = true
signer = "signer.toml"
[engine]
audit_s = 2
reply_timeout_ms = 2000
ask_again_ms = 500
[limits]
order_max_usd = 1000
market_loss_max_usd = 100000
event_loss_max_usd = 100000
total_loss_max_usd = 100000
day_spend_max_usd = 100000000
"""


class Process:
    """One of our programs. Its words go to `<name>.log` in the folder."""

    def __init__(self, name: str, folder: Path, words: Sequence[str], environment: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self.log = folder / f"{name}.log"
        self._words = words
        self._environment = {**os.environ, **(environment or {})}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; `is_alive` until it ends."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, str(ROOT / "run_bot.py"), *self._words],
                cwd=ROOT,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    @property
    def is_alive(self) -> bool:
        """It runs."""
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """kill −9, now."""
        assert self._process is not None, "it was never started"
        self._process.kill()
        self._process.wait()

    def end(self, number: int = signal.SIGINT, within_s: float = 60.0) -> int:
        """Ask it to end; its exit code."""
        assert self._process is not None, "it was never started"
        if self.is_alive:
            self._process.send_signal(number)
        return self._process.wait(within_s)

    def signal(self, number: int) -> None:
        """Send it this signal."""
        assert self._process is not None, "it was never started"
        self._process.send_signal(number)

    def last_words(self) -> str:
        """The end of what it said."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines() if self.log.exists() else []
        return " | ".join(lines[-5:])


class ExchangeProcess(Process):
    """`run_bot.py exchange` with a journal and an admin."""

    def __init__(self, folder: Path, *words: str, markets: int = 2) -> None:
        """`words`: more for the command line."""
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.journal = folder / "exchange.journal"
        self._token = secrets.token_urlsafe(16)
        config = folder / "exchange.toml"
        config.write_text(f"[demo]\nmarkets = {markets}\nwindow_s = 86400\n")
        named = ["exchange", "--port", str(self.port), "--journal", str(self.journal), "--config", str(config), "--no-traders", *words]
        super().__init__("exchange", folder, named, {"STEELYARD_ADMIN_TOKEN": self._token})

    def start(self) -> None:
        """Start it, and wait until it answers."""
        super().start()
        wait_for(lambda: ask("GET", f"{self.url}/ok") is not None, self, "the exchange does not answer")

    def admin(self, word: str, **body: Any) -> Any:  # noqa: ANN401 - JSON
        """An admin's deed. Raises RuntimeError when it is refused, or not answered."""
        return self._answered("POST", word, json.dumps(body).encode())

    def account(self, address: str) -> dict[str, Any]:
        """A wallet as the exchange has it."""
        told: dict[str, Any] = self._answered("GET", f"account/{address}", b"")
        return told

    def audit(self) -> str:
        """What is wrong with its books; empty when they balance."""
        told = str(self._answered("GET", "state", b"")["audit"])
        return "" if told == "balanced" else told

    def _answered(self, method: str, word: str, body: bytes) -> Any:  # noqa: ANN401 - JSON
        found = ask(method, f"{self.url}/admin/{word}", body, {"Authorization": f"Bearer {self._token}"})
        if found is None or found[0] != 200:
            raise RuntimeError(f"the exchange's admin was told {word}: {found}")
        return found[1]

    def heals(self) -> dict[str, int]:
        """Nothing goes wrong any more; how often which mishap of a request struck since the last time."""
        struck: dict[str, int] = self.admin("faults")["struck"]
        self.admin("faults", rates={})
        self.admin("conditions", mode="open", is_limited=False, restart_s=0, post_only_s=0, geoblocked=False)
        for channel in ("market", "user"):
            self.admin("streams", channel=channel)
        return struck


class BotProcess(Process):
    """`run_bot.py live` with a wallet of its own."""

    def __init__(self, folder: Path, url: str, strategy: str, *, heartbeat_s: int = 5) -> None:
        """`strategy`: the section of the settings that names it."""
        folder.mkdir(parents=True, exist_ok=True)
        account = Account.create()
        self.address = str(account.address)
        self.state = folder / "state"
        self.journal = self.state / "live.journal"
        passphrase = secrets.token_urlsafe(12)
        keystore = json.dumps(Account.encrypt(account.key, passphrase, kdf="pbkdf2", iterations=1_000))
        signer = f'state = "{folder}/signed.json"\n[wallet]\nowner = "{self.address}"\nfunder = "{self.address}"\nsignature_type = 0\n'
        signer += f'[key]\nkeystore = "{folder}/key.json"\npassphrase_file = "{folder}/passphrase"\n{_CAPS}'
        live = LIVE.replace("[engine]", f'state = "{self.state}"\nheartbeat_s = {heartbeat_s}\n[engine]')
        for name, text in (("key.json", keystore), ("passphrase", passphrase), ("signer.toml", signer), ("live.toml", live + strategy)):
            path = folder / name
            path.touch(0o600)
            path.write_text(text)
        super().__init__("bot", folder, ["live", "--live", "--host", url, "--config", str(folder / "live.toml"), "--log-level", "info"])


def free_port() -> int:
    """A port of loopback that nobody uses now."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def ask(method: str, url: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> tuple[int, Any] | None:
    """(status, JSON) of one request; None: no whole answer came."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)
    try:
        connection.request(method, f"{parts.path}?{parts.query}" if parts.query else parts.path, body, dict(headers or {}))
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read() or b"null")
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()


def wait_for(is_so: Callable[[], bool], process: Process, otherwise: str, within_s: float = START_S) -> None:
    """Until it is so. Raises RuntimeError: the process has ended, or it takes too long."""
    end_s = time.monotonic() + within_s
    while not is_so():
        if not process.is_alive or time.monotonic() > end_s:
            raise RuntimeError(f"{otherwise}; its last words: {process.last_words()}")
        time.sleep(_LOOK_S)
