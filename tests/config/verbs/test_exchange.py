"""`exchange` as a person runs it: a port, an admin's token that only its owner may read, an end by signal."""

import json
import re
import signal
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

import run_bot
from config.settings import BadSettings
from config.verbs.exchange import TOKEN_VARIABLE, _token
from tests.config.words_runs import BOT, environment


class Served:
    """A running exchange and its first lines."""

    def __init__(self, process: "subprocess.Popen[str]", lines: list[str]) -> None:
        self.process = process
        self.lines = lines
        found = re.search(r"http://127\.0\.0\.1:\d+", lines[0])
        assert found
        self.url = found[0]

    def told(self, path: str, body: dict[str, Any] | None = None, **headers: str) -> Any:  # noqa: ANN401 (JSON)
        data = None if body is None else json.dumps(body).encode()
        asked = urllib.request.Request(self.url + path, data=data, headers=headers)  # noqa: S310 (loopback)
        with urllib.request.urlopen(asked, timeout=10) as answer:  # noqa: S310
            return json.loads(answer.read())


@contextmanager
def served(*words: str | Path, lines: int = 3, **more: str) -> Iterator[Served]:
    process = subprocess.Popen(
        [*BOT, "exchange", "--port", "0", *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment(more)
    )
    assert process.stdout is not None
    try:
        yield Served(process, [process.stdout.readline() for _ in range(lines)])
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_markets_on_a_free_port_until_a_signal_ends_it_in_order(number: int) -> None:
    with served("--seed", "5", "--grant", "250") as exchange:
        assert "a simulated Polymarket at" in exchange.lines[0]
        assert "play money, seed 5" in exchange.lines[0]
        assert "kept alive by a crowd" in exchange.lines[1]
        assert "250 pUSD" in exchange.lines[2]
        markets = exchange.told("/markets")["data"]
        assert len(markets) == 2
        exchange.process.send_signal(number)
        assert exchange.process.wait(timeout=20) == 0


def test_the_admins_token_is_made_up_into_a_file_for_its_owner_only_and_opens_the_admins_side(tmp_path: Path) -> None:
    token_file = tmp_path / "token"
    token_file.write_text("an old one")
    token_file.chmod(0o644)
    with served("--no-traders", "--admin", token_file, lines=4) as exchange:
        assert f"the token in {token_file}" in exchange.lines[3]
        assert "kept alive" not in exchange.lines[1]
        token = token_file.read_text().strip()
        assert token_file.stat().st_mode & 0o777 == 0o600
        assert (len(token) >= 32, token in "".join(exchange.lines)) == (True, False)
        assert exchange.told("/admin/state", Authorization=f"Bearer {token}")["audit"] == "balanced"
        with pytest.raises(urllib.error.HTTPError, match="401"):
            exchange.told("/admin/state", Authorization="Bearer sesame")
        assert token.encode() not in Path(f"/proc/{exchange.process.pid}/cmdline").read_bytes()


def test_without_a_token_there_is_no_admin_and_one_from_the_environment_is_taken_and_taken_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(TOKEN_VARIABLE, raising=False)
    assert _token(None) == ""
    monkeypatch.setenv(TOKEN_VARIABLE, "from the environment")
    assert _token(None) == "from the environment"
    assert _token(None) == ""


def test_a_token_that_cannot_be_written_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match=r"--admin .*: the token cannot be written there .*; name another file"):
        _token(tmp_path / "nosuch" / "token")


def test_a_port_that_is_taken_or_no_port_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert run_bot.main(["exchange", "--port", str(port)]) == 2
    assert f"--port {port}: cannot be served at 127.0.0.1" in capsys.readouterr().err
    with pytest.raises(SystemExit, match="2"):
        run_bot.main(["exchange", "--port", "70000"])
    assert "is not a whole number from 0 to 65535" in capsys.readouterr().err
