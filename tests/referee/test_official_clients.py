"""Polymarket's own clients, unmodified, trade on `run_bot.py exchange`: every call and every refusal is as they know it from the real venue.

Each runs in an environment of its own (`make referees`), as a process, against a served exchange with its crowd; it trades in markets of its own.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.conftest import ROOT
from tests.referee.operating import Operator, operator_of

REFEREE, SDK = ".venv-referee", ".venv-sdk"
HERE = Path("tests") / "referee"
PATIENCE_S = 50
"""For one client; it takes five to ten seconds."""
GRID = [f"{kind} {side} {outcome}" for kind in ("GTC", "GTD", "FOK", "FAK", "post-only") for side in ("BUY", "SELL") for outcome in ("YES", "NO")]
MARKETS = 3
"""v1, v2, and v1 of a negRisk event: the grid is traded in each."""
CANCELS = ["cancel one", "cancel some", "cancel token", "cancel market", "cancel all"]


class Venue(NamedTuple):
    host: str
    token_file: Path


@contextmanager
def exchange(folder: Path, *words: str) -> Iterator[Venue]:
    """`run_bot.py exchange` on a free port."""
    token_file = folder / "admin-token"
    command = [sys.executable, str(ROOT / "run_bot.py"), "exchange", "--port", "0", "--admin", str(token_file), *words]
    env = {name: text for name, text in os.environ.items() if name != "STEELYARD_ADMIN_TOKEN"}
    with subprocess.Popen(command, cwd=folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            assert process.stdout is not None
            first = process.stdout.readline()
            found = re.search(r"http://[\d.]+:\d+", first)
            assert found is not None, f"the exchange does not say where it is: {first + process.stdout.read()}"
            yield Venue(found[0], token_file)
        finally:
            process.terminate()
            process.communicate(timeout=20)


@pytest.fixture(scope="module")
def venue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Venue]:
    with exchange(tmp_path_factory.mktemp("exchange")) as served:
        operator_of(["test", served.host, str(served.token_file)]).hurry()
        yield served


def python_of(environment: str, root: Path = ROOT) -> Path:
    """The interpreter of a referee's environment; where there is none the test fails, and says how to make it."""
    python = root / environment / "bin" / "python"
    if not (root / environment / ".installed").is_file() or not python.exists():
        pytest.fail(f"the official client's environment {environment} is not there: make it with `make referees`", pytrace=False)
    return python


def run(environment: str, script: str, venue: Venue) -> tuple[int, list[dict[str, Any]], str]:
    """What the script ended with, its lines, and what it said on stderr."""
    command = [str(python_of(environment)), str(HERE / script), venue.host, str(venue.token_file)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=PATIENCE_S)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def assert_told(rows: Sequence[dict[str, Any]], steps: Sequence[str], status: int | None = None) -> None:
    """Each step was made, and always fitted; a refusal came with its status."""
    for step in steps:
        answers = [row for row in rows if row.get("step") == step]
        assert answers, f"the step {step!r} was not made"
        assert all(row["fits"] for row in answers), answers
        assert status is None or [row["answer"][0] for row in answers] == [status] * len(answers), answers


def test_the_official_client_trades_on_our_exchange_as_on_the_venue(venue: Venue) -> None:  # req 2.29
    code, rows, said = run(REFEREE, "official_trades.py", venue)
    assert (code, [row for row in rows if row.get("fits") is False], rows[-1:]) == (0, [], [{"surprises": 0}]), said
    assert_told(rows, ["create key", "derive key", "list keys", "delete key"])
    assert_told(
        rows, ["book", "book hash", "books", "price is the book's side", "prices", "midpoint", "spread", "tick size", "fee rate", "last trade"]
    )
    assert_told(rows, ["fee of v1", "fee of v2", "fee of negRisk"])
    assert [sum(row.get("step") == step for row in rows) for step in GRID] == [MARKETS] * len(GRID)
    assert_told(rows, GRID)
    assert_told(rows, ["batch", *CANCELS])
    assert_told(rows, ["order", "open orders", "taker's trade", "maker's trade", "confirmed", "balance", "shares"])
    assert_told(rows, ["heartbeat", "next heartbeat"])
    refused = ["bad signature", "wrong owner", "too much", "naked sell", "off tick", "too small", "resting crosses", "fok too big", "fak too low"]
    assert_told(rows, [*refused, "expired", "twice", "another's key", "old heartbeat"], status=400)


def test_the_official_sdk_trades_on_our_exchange_as_on_the_venue(venue: Venue) -> None:  # req 2.29
    code, rows, said = run(SDK, "official_sdk_trades.py", venue)
    assert (code, [row for row in rows if row.get("fits") is False], rows[-1:]) == (0, [], [{"surprises": 0}]), said
    assert_told(rows, ["book", "books", "price", "midpoint", "last trade", "tick and fee"])
    assert [sum(row.get("step") == step for row in rows) for step in GRID] == [MARKETS] * len(GRID)
    assert_told(rows, GRID)
    assert_told(rows, ["batch", *CANCELS, "order", "open orders", "maker's trade", "settled", "shares", "streams", "old heartbeat"])
    refused = ["bad signature", "another's key", "wrong owner", "expired", "too small", "too much", "twice"]
    assert_told(rows, [*refused, "crossing post-only", "crossing post-only on the other token", "unfillable fok", "unfillable fak"], status=400)


def test_the_official_sdk_hears_both_channels_of_our_exchange_and_reads_its_catalogues(venue: Venue) -> None:
    code, rows, said = run(SDK, "sdk_streams.py", venue)
    assert (code, [row for row in rows if row.get("is_as_expected") is False], rows[-1:]) == (0, [], [{"looked_at": "all", "surprises": []}]), said
    looked_at = [row["looked_at"] for row in rows]
    for generation in ("v1", "v2"):
        heard = ["opening book", "price change", "last trade", "best bid and ask", "PLACEMENT", "UPDATE", "CANCELLATION"]
        settled = [f"{stage} as {side}" for stage in ("MATCHED", "MINED", "CONFIRMED") for side in ("taker", "maker")]
        assert [word for word in (*heard, *settled) if f"{generation} {word}" not in looked_at] == []
    operators = ["tick change", "new market", "resolution", "the venue's cancel"]
    assert [word for word in (*operators, "markets", "negRisk event", "position", "trades", "activity") if word not in looked_at] == []


def test_a_venue_that_is_otherwise_is_a_surprise_and_ends_with_one(tmp_path: Path) -> None:
    with exchange(tmp_path, "--grant", "5", "--no-traders") as poor:
        code, rows, _ = run(REFEREE, "official_trades.py", poor)
    assert code == 1
    assert next(row["step"] for row in rows if not row["fits"]) == "balance"


def test_an_environment_that_is_missing_fails_with_the_command_that_makes_it(tmp_path: Path) -> None:
    with pytest.raises(pytest.fail.Exception, match="make referees"):
        python_of(REFEREE, tmp_path)


def test_the_referees_say_how_they_are_called() -> None:
    with pytest.raises(SystemExit, match=r"usage: official_trades\.py http://HOST:PORT TOKEN_FILE"):
        operator_of(["tests/referee/official_trades.py"])
    assert Operator("http://127.0.0.1:1", "t").run != Operator("http://127.0.0.1:1", "t").run
