"""`kill`: through the bot, without one, and with one that hangs; what it says and returns; and that a restart waits for `resume`."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

import run_bot
from config.assembly.latch import Latch
from config.assembly.live import KILL_NAME, LATCH_NAME
from config.verbs import kill as module
from sim.gateway.wire import WireError
from tests.config.verbs.words_process import Process
from tests.config.words_live import Floor, Trader, open_floor


@pytest.fixture(scope="module")
def floor() -> Iterator[Floor]:
    with open_floor() as opened:
        yield opened


@pytest.fixture
def trader(tmp_path: Path) -> Trader:
    return Trader(tmp_path)


def kills(floor: Floor, path: Path, *more: str) -> int:
    return run_bot.main(["kill", "--host", floor.url, "--config", str(path), *more])


def assert_latched(trader: Trader, *, verified: bool, why: str = "`run_bot.py kill` was typed") -> None:
    halt = Latch(trader.state / LATCH_NAME).halt()
    assert halt is not None
    assert (halt.why, halt.verified) == (why, verified)


def test_the_bot_is_told_ends_with_42_and_may_not_start_again_until_resume(floor: Floor, trader: Trader, capsys: pytest.CaptureFixture[str]) -> None:
    # ruling 0.10
    path = trader.files()
    process = Process(floor, path)
    process.until(lambda: len(floor.standing(trader.address)) == 8)
    floor.rests(trader.address, 500)
    assert kills(floor, path, "--why", "the market went mad") == 42
    assert process.process.wait(timeout=20) == 42
    assert floor.standing(trader.address) == []
    said = capsys.readouterr().out
    assert f"the bot (process {process.process.pid}) is told" in said
    assert "two looks at the venue saw nothing open" in said
    assert_latched(trader, verified=True, why="`run_bot.py kill` was typed: the market went mad")
    assert not (trader.state / KILL_NAME).exists()
    start = ["live", "--live", "--host", floor.url, "--config", str(path)]
    assert run_bot.main(start) == 42
    assert "the market went mad" in capsys.readouterr().out
    assert run_bot.main(["resume", "--config", str(path)]) == 0
    assert Latch(trader.state / LATCH_NAME).halt() is None


def test_without_a_bot_everything_that_was_left_behind_is_cancelled_from_here(
    floor: Floor, trader: Trader, capsys: pytest.CaptureFixture[str]
) -> None:
    path = trader.files()
    floor.do(lambda: floor.host.open_wallet(trader.address))
    floor.rests(trader.address, 500)
    assert kills(floor, path) == 42
    assert floor.standing(trader.address) == []
    said = capsys.readouterr().out
    assert "no bot runs here" in said
    assert "two looks at the venue saw nothing open" in said
    assert_latched(trader, verified=True)


def test_a_bot_that_hangs_is_ended_and_its_orders_are_cancelled_from_here(
    floor: Floor, trader: Trader, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_LONGER_S", 0.5)
    path = trader.files(kill_within_s=1)
    process = Process(floor, path)
    process.until(lambda: len(floor.standing(trader.address)) == 8)
    os.kill(process.process.pid, signal.SIGSTOP)
    assert kills(floor, path) == 42
    assert process.process.wait(timeout=20) == -signal.SIGKILL
    assert floor.standing(trader.address) == []
    assert f"the bot (process {process.process.pid}) did not say what became of it; it is ended" in capsys.readouterr().out
    assert_latched(trader, verified=True)


def test_a_venue_that_does_not_answer_leaves_a_latch_and_code_3(trader: Trader, capsys: pytest.CaptureFixture[str]) -> None:
    path = trader.files(kill_within_s=1)
    assert run_bot.main(["kill", "--host", "http://127.0.0.1:9", "--config", str(path)]) == 3
    assert "the account could not be reached" in capsys.readouterr().out
    halt = Latch(trader.state / LATCH_NAME).halt()
    assert halt is not None
    assert halt.verified is None


def test_orders_that_stay_are_told_with_code_3(floor: Floor, trader: Trader, capsys: pytest.CaptureFixture[str]) -> None:
    path = trader.files(kill_within_s=1)
    floor.do(lambda: floor.host.open_wallet(trader.address))
    floor.rests(trader.address, 2)
    with floor.answers("/cancel-all", WireError(503, "Trading is currently disabled")):
        assert kills(floor, path) == 3
    assert "halted, but 2 orders were still open" in capsys.readouterr().out
    assert_latched(trader, verified=False)
    assert kills(floor, path) == 42
    assert_latched(trader, verified=True)


def test_a_state_folder_that_cannot_be_used_holds_no_kill_up(floor: Floor, trader: Trader, capsys: pytest.CaptureFixture[str]) -> None:
    (trader.folder / "file").write_text("")
    path = trader.files(state=str(trader.folder / "file" / "state"))
    floor.do(lambda: floor.host.open_wallet(trader.address))
    floor.rests(trader.address, 2)
    assert kills(floor, path) == 42
    assert floor.standing(trader.address) == []
    said = capsys.readouterr().out
    assert "everything is cancelled all the same" in said
    assert "NOT LATCHED" in said


def test_settings_that_cannot_be_read_are_refused_and_nothing_is_latched(trader: Trader, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_bot.main(["kill", "--config", str(tmp_path / "nosuch.toml")]) == 2
    assert "nosuch.toml" in capsys.readouterr().err
    assert not trader.state.exists()
