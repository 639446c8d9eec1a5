"""The verb `chaos` as a user meets it; where only its words matter, the runs are made up."""

import os
import re
import shlex
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from glob import glob
from pathlib import Path

import pytest

import run_bot as bot
from config.assembly.campaign import Job, Result
from config.assembly.workers import Workers
from config.settings import Settings
from config.verbs import chaos
from sim.faults import KINDS
from tests.config.assembly.words_campaign import CLEAN, DEADLY, ENDED, FAILING, NEEDED, made_up, made_up_idle, made_up_unrepeatable
from tests.config.words_runs import BOT, Run, assert_refused, environment, report_of, run_bot, run_here, without_machine


def given_runs(monkeypatch: pytest.MonkeyPatch, serve: Callable[[Job], Result] = made_up) -> None:
    """Runs are made up from now on."""

    def hired(_settings: Settings, count: int) -> Workers[Job, Result]:
        return Workers(count, serve)

    monkeypatch.setattr(chaos, "workers", hired)


def test_a_short_campaign_is_clean_says_so_and_can_be_had_again(tmp_path: Path) -> None:
    one = run_bot("chaos", "--seeds", "3..5", "--jobs", "2", "--report", tmp_path / "a.json", env={"PYTHONHASHSEED": "1"})
    assert (one.code, one.err) == (0, "")
    for words in ("3 seeds (3..5), 2 at a time, commit ", "  seeds      3 of 3; deaths", "  verdict    0 violations\n"):
        assert words in one.out
    assert [kind for kind in KINDS if not re.search(rf"^  {kind} +[\d,]+ +\d   {re.escape(KINDS[kind])}$", one.out, re.MULTILINE)] == []
    report = report_of(tmp_path / "a.json")
    assert (report["what"], report["command"]) == ("chaos", "python run_bot.py chaos --seeds 3..5")
    assert re.fullmatch(r"[0-9a-f]{40}\+?|unknown", report["commit"])
    assert all(re.fullmatch(r"[0-9a-f]{64}", figures["digest"]) for figures in report["seeds"].values())
    assert report["totals"]["orders"] == sum(figures["orders"] for figures in report["seeds"].values()) > 0
    traded = re.search(r"^  arbitrage  (\d+) bundles \((.*)\), (\d+) splits, merges and conversions", one.out, re.MULTILINE)  # of seed 5
    assert traded is not None
    assert int(traded[1]) == sum(int(count) for count in re.findall(r"(\d+) [a-z]+", traded[2])) == report["totals"]["bundles"] > 0
    assert int(traded[3]) == report["totals"]["transfers"]
    again = run_bot("chaos", "--seeds", "3..5", "--jobs", "1", "--report", tmp_path / "b.json", env={"PYTHONHASHSEED": "2"})
    assert again.code == 0
    assert without_machine(report_of(tmp_path / "b.json")) == without_machine(report)


def test_a_failing_seed_is_named_with_its_command_and_its_shortest_schedule(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    given_runs(monkeypatch)
    assert bot.main(["chaos", "--seeds", "11..14", "--jobs", "2", "--report", str(tmp_path / "r.json")]) == 4
    told = capsys.readouterr().out
    assert f"  VIOLATED   seed={FAILING} commit={report_of(tmp_path / 'r.json')['commit']}\n" in told
    assert "money: 2 is wrong\n" in told
    assert "money: 3 is wrong\n" not in told
    assert "and 2 more; --report FILE has them" in told
    assert len(report_of(tmp_path / "r.json")["violations"][str(FAILING)]) == 5
    assert re.search(r"shrunk from 20 strikes to 2 strikes in \d+ runs \(none can be left out\):", told)
    assert "verdict    FAILED: 5 violations in 1 seeds" in told
    commands = [line.strip() for line in told.splitlines() if line.strip().startswith("python run_bot.py")]
    assert commands == ["python run_bot.py chaos --seeds 13", "python run_bot.py chaos --seeds 13 --only 'place lost:3; kill:4'"]
    for command in commands:
        assert bot.main(shlex.split(command)[2:]) == 4, "the command repeats it"
    assert f"shrunk from {len(NEEDED)} strikes to {len(NEEDED)} strikes" in capsys.readouterr().out


def test_the_command_brings_its_settings_along(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    given_runs(monkeypatch)
    mine = tmp_path / "my own.toml"
    mine.write_text("[demo]\nmarkets = 1\n")
    monkeypatch.setenv("STEELYARD__DEMO__TICK_PIPS", "10")
    assert bot.main(["chaos", "--seeds", str(FAILING), "--only", "kill:4;place lost:3", "--config", str(mine)]) == 4
    expected = f"STEELYARD__DEMO__TICK_PIPS=10 python run_bot.py chaos --seeds 13 --config '{mine}' --only 'place lost:3; kill:4'"
    assert expected in capsys.readouterr().out


def test_only_so_many_failing_seeds_are_shrunk_and_all_are_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    given_runs(monkeypatch, made_up_unrepeatable)
    assert bot.main(["chaos", "--seeds", "1..5"]) == 4
    told = capsys.readouterr().out
    assert [f"seed={seed} " in told for seed in range(1, 6)] == [True] * 5
    assert told.count("not shrunk: the same strikes, told one by one, do not fail again") == chaos.SHRUNK_MAX
    assert told.count(f"not shrunk, as only the first {chaos.SHRUNK_MAX} are; repeat it, and it will be:") == 5 - chaos.SHRUNK_MAX


def test_a_seed_whose_process_died_fails_and_the_others_are_still_run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    given_runs(monkeypatch)
    assert bot.main(["chaos", "--seeds", f"{DEADLY - 2}..{DEADLY + 1}"]) == 4
    told = capsys.readouterr().out
    assert "the process that ran this seed ended by itself (exit code 9)" in told
    assert "  seeds      4 of 4" in told


def test_a_campaign_whose_worker_was_ended_tells_what_it_knows_and_ends_with_code_3(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    given_runs(monkeypatch)
    report = tmp_path / "r.json"
    assert bot.main(["chaos", "--seeds", f"{ENDED - 2}..{ENDED + 2}", "--jobs", "1", "--report", str(report)]) == 3
    told = capsys.readouterr()
    assert "  seeds      2 of 5" in told.out
    assert "before the other 3 seeds: nothing is said of them" in told.out
    assert report_of(report)["totals"]["seeds"] == 2
    assert told.err.startswith(f"run_bot.py: the process that ran seed {ENDED} was ended from outside (signal 9)")
    assert len(told.err.splitlines()) == 1


def workers_of(pid: int) -> list[int]:
    """The processes it has running seeds, by their ids."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in children if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]


def test_a_worker_killed_in_the_middle_ends_the_campaign_with_code_3() -> None:
    words = [*BOT, "chaos", "--seeds", "1..100000", "--jobs", "2", "--log-level", "debug"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(), start_new_session=True) as running:
        assert running.stderr is not None
        while "seed survived" not in (line := running.stderr.readline()):
            assert line, "it ended before a single seed was run"
        victim, other = workers_of(running.pid)
        os.kill(victim, signal.SIGKILL)
        out, err = running.communicate(timeout=60)
    assert_refused(Run(running.returncode, out, err.splitlines()[-1]), 3, "was ended from outside (signal 9)", "--jobs")
    assert re.search(r"before the other [\d,]+ seeds: nothing is said of them", out)
    assert not Path(f"/proc/{other}").exists(), "nobody is left behind"


def test_an_interpreter_that_is_gone_ends_it_at_once_with_code_3(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("config.assembly.workers.spawn.get_executable", lambda: b"/gone/python")
    assert bot.main(["chaos", "--seeds", "1..100000"]) == 3
    told = capsys.readouterr()
    assert told.err == "run_bot.py: no worker can begin: /gone/python is not there or cannot be executed; install Python again, then begin anew\n"
    assert "verdict" not in told.out


def test_one_seed_may_place_nothing_after_the_faults_and_many_may_not(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    given_runs(monkeypatch, made_up_idle)
    assert bot.main(["chaos", "--seeds", str(CLEAN)]) == 0
    told = capsys.readouterr().out
    assert "1 placed nothing then (seed 1), which is right where limits are used up or markets end, and is not judged one by one" in told
    assert bot.main(["chaos", "--seeds", "1..20"]) == 4
    told = capsys.readouterr().out
    assert "VIOLATED   trading goes on" in told
    assert "verdict    FAILED" in told


@pytest.mark.parametrize("seeds", ["", "x", "5..1", "1..", "..3", "1...3", "-1", "1..99999999999", "1,2"])
def test_seeds_that_mean_nothing_are_refused(seeds: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        bot.main(["chaos", f"--seeds={seeds}"])
    assert ended.value.code == 2
    assert "error: argument --seeds: " in capsys.readouterr().err.splitlines()[-1]


def test_what_cannot_work_is_refused_in_one_line_before_anything_runs(tmp_path: Path) -> None:
    assert_refused(run_here("chaos", "--report", tmp_path), 2, "--report", "is a folder")
    assert_refused(run_here("chaos", "--config", tmp_path / "none"), 2, "cannot be read")
    assert_refused(run_here("chaos", "--seeds", "1", env={"STEELYARD__DEMO__MARKETS": "0"}), 2, "demo.markets must be from 1 to 50")
    assert_refused(run_here("chaos", "--seeds", "1", "--only", "fire:1"), 2, "--only: there is no fault named 'fire'")
    assert_refused(run_here("chaos", "--seeds", "1..2", "--only", "kill:1"), 2, "--only: a schedule belongs to one seed")


def ended(running: "subprocess.Popen[str]") -> None:
    """A campaign that a failing test left behind would take both cores from all tests after it."""
    with suppress(ProcessLookupError):
        os.killpg(running.pid, signal.SIGKILL)
    running.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_campaign_in_order_and_nothing_is_claimed_of_the_rest(number: int, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    words = [*BOT, "chaos", "--seeds", "1..100000", "--jobs", "2", "--report", str(tmp_path / "r.json")]
    here = environment() | {"TMPDIR": str(tmp_path)}
    running = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=here, start_new_session=True)
    assert running.stdout is not None
    request.addfinalizer(lambda: ended(running))
    running.stdout.readline()
    end_s = time.monotonic() + 60
    # Two at a time: two are done by then. Not Path.glob, which fails when a seed ends, and takes its folder along, while it looks.
    while not glob(f"{tmp_path}/steelyard-chaos-*/chaos-[4-9].sqlite") and time.monotonic() < end_s:  # noqa: PTH207
        time.sleep(0.02)
    os.killpg(running.pid, number)  # as a terminal does: everything in the foreground hears it
    out, err = running.communicate(timeout=60)
    assert (running.returncode, err) == (chaos.STOPPED, "")
    done = report_of(tmp_path / "r.json")["totals"]["seeds"]
    assert 0 < done < 1000
    assert f"  seeds      {done} of 100,000" in out
    assert f"before the other {100_000 - done:,} seeds: nothing is said of them" in out
