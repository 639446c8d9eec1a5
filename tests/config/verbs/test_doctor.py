"""`doctor`: a short list, exactly one next step, 0 when ready and 3 when not."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import run_bot
from tests.config.words_live import Floor, Trader, open_floor


@pytest.fixture(scope="module")
def floor() -> Iterator[Floor]:
    with open_floor(1) as opened:
        yield opened


@pytest.fixture
def trader(tmp_path: Path) -> Trader:
    return Trader(tmp_path)


def examined(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, list[str]]:
    code = run_bot.main(["doctor", *words])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "doctor: is everything ready for `live`?"
    assert all(line.startswith(("  ✓ ", "  ✗ ", "  – ")) for line in lines[1:-1])
    assert lines[-1].startswith("next: ")
    assert sum(line.startswith("next: ") for line in lines) == 1
    assert code == (3 if any(line.startswith("  ✗") for line in lines) else 0)
    return code, lines


def test_ready_is_0_and_the_next_step_is_the_command_that_starts(floor: Floor, trader: Trader, capsys: pytest.CaptureFixture[str]) -> None:
    path = trader.files()
    code, lines = examined(capsys, "--host", floor.url, "--config", str(path))
    assert (code, lines[-1]) == (0, f"next: ready; run_bot.py live --live --config {path} --host {floor.url}")
    assert len(lines) <= 20


def test_with_the_first_switch_off_it_is_ready_and_says_so(floor: Floor, trader: Trader, capsys: pytest.CaptureFixture[str]) -> None:
    code, lines = examined(capsys, "--host", floor.url, "--config", str(trader.files(live=False)))
    assert code == 0
    assert "set live = true in" in lines[-1]
    assert any(line.startswith("  – first switch") for line in lines)


def test_what_is_not_ready_is_3_and_only_the_first_step_is_said(floor: Floor, trader: Trader, capsys: pytest.CaptureFixture[str]) -> None:
    path = trader.files()
    (trader.folder / "key.json").chmod(0o644)
    code, lines = examined(capsys, "--host", floor.url, "--config", str(path), "--slug", "nobody-knows-it")
    assert code == 3
    assert sum(line.startswith("  ✗") for line in lines) == 2
    assert lines[-1] == f"next: chmod 600 {trader.folder}/key.json, and think about who has read it"


def test_settings_that_cannot_be_used_are_the_only_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "live.toml"
    path.write_text("[live]\nliv = true\n")
    code, lines = examined(capsys, "--config", str(path))
    assert code == 3
    assert lines[1:] == [
        f"  ✗ configuration  {path}: unknown setting live.liv; docs/generated/settings.md lists the known ones; mend or remove it",
        f"next: mend {path}",
    ]


def test_a_host_that_is_no_address_is_wrong_usage(trader: Trader, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_bot.main(["doctor", "--host", "nonsense", "--config", str(trader.files())]) == 2
    assert "--host" in capsys.readouterr().err


def test_what_a_stranger_wrote_is_shown_and_not_obeyed(floor: Floor, trader: Trader, capsys: pytest.CaptureFixture[str]) -> None:
    with floor.answers("/api/geoblock", {"blocked": True, "country": "\x1b[2J", "region": "x\ny"}):
        _, lines = examined(capsys, "--host", floor.url, "--config", str(trader.files()))
    assert any("\\x1b[2J" in line for line in lines)
    assert not any("\x1b" in line for line in lines)
