"""`live` as a person runs it: two switches, one process a folder, ends and deaths; and nothing secret anywhere it writes or shows."""

import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

import run_bot
from config.assembly.latch import Latch
from config.assembly.live import LATCH_NAME
from config.assembly.lock import AnotherRuns, locked
from connectors.polymarket.authentication import Credentials
from oms.entries import read_journal
from oms.values.commands import Place, Prepared
from tests.config.verbs.words_process import Process
from tests.config.words_live import PASSPHRASE, Floor, Trader, open_floor
from tests.config.words_runs import report_of


@pytest.fixture(scope="module")
def floor() -> Iterator[Floor]:
    with open_floor() as opened:
        yield opened


@pytest.fixture
def trader(tmp_path: Path) -> Trader:
    return Trader(tmp_path)


def words(floor: Floor, path: Path, *more: str) -> list[str]:
    return ["live", "--host", floor.url, "--config", str(path), *more]


def placed_ids(trader: Trader) -> list[str]:
    bodies = [entry.body for entry in read_journal(trader.state / "live.journal")[1]]
    return [body.venue_order_id for body in bodies if isinstance(body, Prepared) and isinstance(body.command, Place)]


# What is refused before anything begins.


@pytest.mark.parametrize(
    ("in_file", "typed", "told"),
    [(False, True, "live.live is false, so no order is sent"), (True, False, "--live: the file says live"), (False, False, "live.live is false")],
)
def test_each_missing_switch_is_refused_in_words_with_code_2(
    floor: Floor, trader: Trader, capsys: pytest.CaptureFixture[str], in_file: bool, typed: bool, told: str  # noqa: FBT001 (a table)
) -> None:  # req 2.55  # fmt: skip
    path = trader.files(live=in_file)
    assert run_bot.main(words(floor, path, *["--live"] * typed)) == 2
    said = capsys.readouterr()
    assert (said.out, len(said.err.splitlines())) == ("", 1)
    assert told in said.err
    assert not trader.state.exists()


def test_without_credentials_both_switches_are_not_enough(floor: Floor, trader: Trader, capsys: pytest.CaptureFixture[str]) -> None:  # req 2.55
    assert run_bot.main(words(floor, trader.files(signer=""), "--live")) == 2
    assert "live.signer: orders need a signer" in capsys.readouterr().err


def test_a_latch_refuses_the_start_with_42_and_says_how_to_go_on(floor: Floor, trader: Trader, capsys: pytest.CaptureFixture[str]) -> None:
    path = trader.files()
    Latch(trader.state / LATCH_NAME).set("somebody pulled it", verified=True)
    assert run_bot.main(words(floor, path, "--live")) == 42
    said = capsys.readouterr().out
    assert "halted: somebody pulled it" in said
    assert f"resume --config {path}" in said


def test_a_second_process_of_one_folder_is_refused_with_the_number_of_the_first(
    floor: Floor, trader: Trader, capsys: pytest.CaptureFixture[str]
) -> None:
    path = trader.files()
    with locked(trader.state):
        assert run_bot.main(words(floor, path, "--live")) == 3
    assert f"another process trades from this folder ({os.getpid()})" in capsys.readouterr().err


def test_the_lock_of_a_folder_is_an_error_of_its_own(tmp_path: Path) -> None:
    with locked(tmp_path), pytest.raises(AnotherRuns), locked(tmp_path):
        raise AssertionError("held twice")


# A life.


def secrets_of(floor: Floor, trader: Trader) -> dict[str, str]:
    """Everything that must never be seen."""
    key = floor.do(lambda: floor.gateway.keyring.issue(trader.address, 0))
    return {"key": trader.secret, "words": PASSPHRASE, "API secret": key.secret, "API passphrase": key.passphrase}


def assert_nothing_secret(told: dict[str, str], places: dict[str, bytes]) -> None:
    found = [f"{name} in {place}" for name, secret in told.items() for place, text in places.items() if secret.lower().encode() in text.lower()]
    assert found == []


def shown_by(pid: int) -> bytes:
    """What anybody may see of a process, and its environment."""
    return Path(f"/proc/{pid}/cmdline").read_bytes() + Path(f"/proc/{pid}/environ").read_bytes() if Path(f"/proc/{pid}").exists() else b""


def test_killed_at_once_recovered_ended_and_killed_for_good_and_nothing_secret_is_seen_anywhere(floor: Floor, trader: Trader) -> None:
    # req 0.18, 1.17, 1.26; ruling 0.10
    path = trader.files()
    first = Process(floor, path)
    first.until(lambda: len(floor.standing(trader.address)) == 8)
    family = first.family()
    assert len(family) == 2
    seen = {f"process {pid}": shown_by(pid) for pid in family}
    assert (seen[f"process {family[0]}"].split(b"\0")[2], seen[f"process {family[1]}"].split(b"\0")[2]) == (b"live", b"connectors.signer")
    assert first.ends(signal.SIGKILL) == -signal.SIGKILL
    before = placed_ids(trader)
    assert {order.order_id for order in floor.standing(trader.address)} == {*before}

    by_hand = [order.order_id for order in floor.rests(trader.address, 2)]
    report = path.with_name("report.json")
    second = Process(floor, path, "--report", str(report))
    second.until(lambda: "restarted" in second.said() and len(floor.standing(trader.address)) == 10)
    assert second.ends(signal.SIGTERM) == 0, second.said()
    after = placed_ids(trader)
    assert (after[: len(before)], len({*after})) == (before, len(after))
    assert {order.order_id for order in floor.orders_of(trader.address)} == {*after, *by_hand}
    assert [order.order_id for order in floor.standing(trader.address)] == by_hand
    told = report_of(report)
    assert (told["conserved"], told["left_open"], told["orders"]["unknown"]) == (True, 0, 0)

    third = Process(floor, path)
    third.until(lambda: len(floor.standing(trader.address)) == 10)
    assert third.ends(signal.SIGUSR1) == 42, third.said()
    assert floor.standing(trader.address) == []
    assert "two looks at the venue saw nothing open" in third.said()

    places = {**seen, "the log": third.log.read_bytes(), "the report": report.read_bytes(), "the latch": (trader.state / LATCH_NAME).read_bytes()}
    places |= {str(file): file.read_bytes() for file in trader.state.rglob("*") if file.is_file()}
    assert b"level=debug" in places["the log"] or b"level=info" in places["the log"]
    assert_nothing_secret(secrets_of(floor, trader), places)


def test_the_search_for_secrets_would_find_one(floor: Floor, trader: Trader) -> None:
    with pytest.raises(AssertionError, match="words in a place"):
        assert_nothing_secret(secrets_of(floor, trader), {"a place": f"it was {PASSPHRASE.upper()}!".encode()})


def test_errors_of_an_account_hold_nothing_secret(floor: Floor, trader: Trader, capfd: pytest.CaptureFixture[str]) -> None:
    path = trader.files()
    told = secrets_of(floor, trader)
    for name, text in (("words", "other\n"), ("key.json", trader.secret)):
        (trader.folder / name).write_text(text)
        assert run_bot.main(words(floor, path, "--live")) == 3
    said = capfd.readouterr()
    assert_nothing_secret(told, {"what was said": (said.out + said.err).encode()})
    credentials = Credentials(trader.address, "k", told["API secret"], told["API passphrase"])
    assert_nothing_secret(told, {"a repr": repr(credentials).encode()})


def test_report_and_why_tell_of_a_journal_that_is_being_written(
    floor: Floor, trader: Trader, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = trader.files()
    process = Process(floor, path)
    try:
        process.until(lambda: len(floor.standing(trader.address)) == 8)
        process.until(lambda: placed_ids(trader))
        journal = trader.state / "live.journal"
        assert run_bot.main(["report", str(journal), "--json", str(tmp_path / "r.json"), "--html", str(tmp_path / "r.html")]) == 0
        told: dict[str, Any] = msgspec.json.decode((tmp_path / "r.json").read_bytes())
        assert told["orders"]["placed"] >= 8
        assert told["conservation"] is None
        said = capsys.readouterr().out
        assert "orders     " in said
        assert "conserved  yes, as far as we can see" in said
        order_id = next(
            entry.body.command.order_id
            for entry in read_journal(journal)[1]
            if isinstance(entry.body, Prepared) and isinstance(entry.body.command, Place)
        )
        assert run_bot.main(["why", order_id, "--journal", str(journal)]) == 0
        story = capsys.readouterr().out
        assert story.startswith(f"order {order_id} of live, wallet {trader.address} at {floor.url}, times in UTC")
        assert re.search("placed|sent", story)
    finally:
        assert process.ends(signal.SIGTERM) == 0, process.said()
