"""The bot as a user runs it: verbs, reports, signals, journals, a terminal; everything in a process of its own."""

import os
import pty
import re
import select
import signal
import subprocess
import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from oms.engine import Engine
from oms.entries import read_journal
from oms.machines.ledger import CASH
from oms.replay import recorded_commands, recover
from oms.report import order_parts
from oms.state import EngineSettings
from oms.values.commands import Cancel, CommandsHash, Convert, Merge, Place, Prepared, Split
from tests.config.words_runs import (
    BOT,
    PARTS,
    SAMPLE,
    Run,
    assert_adds_up,
    assert_refused,
    environment,
    report_of,
    run_bot,
    run_bot_and_stop,
    unexpected,
    without_machine,
)

EFFECTS = (Place, Cancel, Split, Merge, Convert)
SHORT = ("demo", "--seconds", "120", "--speed", "0", "--seed", "7")
FIELDS = {
    "report": (),
    "orders": ("placed", *PARTS),
    "fills": ("count", "shares_micro", "by_outcome_side"),
    "cash": ("start_micro", "free_micro", "pending_micro", "fees_micro", "equity_worst_micro", "equity_mark_micro"),
    "conserved": (),
    "lenses": (),
    "markouts": (),
    "arbitrage": (),
    "latency_us": ("age_at_decision",),
    "events": (),
    "seed": (),
    "commit": (),
    "config_hash": (),
    "commands_hash": (),
    "machine": ("wall_s", "events_per_s", "latency_us"),
}
"""design.md §12; wall-clock figures moved under `machine` (ruling 2.12)."""


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, dict[str, Any], Path]:
    """One short demo with report and journal."""
    folder = tmp_path_factory.mktemp("demo")
    run = run_bot(*SHORT, "--report", folder / "a.json", "--journal", folder / "a.journal", env={"PYTHONHASHSEED": "1"})
    assert run.code == 0, run
    return run, report_of(folder / "a.json"), folder


def test_a_short_demo_says_in_words_what_became_of_it(demo: tuple[Run, dict[str, Any], Path]) -> None:  # req 0.3, 2.4, 2.58
    run, report, _ = demo
    assert unexpected(run.err) == ""
    assert "conserved  yes: money is conserved" in run.out
    assert f"orders     {report['orders']['placed']:,} placed = {report['orders']['filled']:,} filled + " in run.out
    assert "The flow is synthetic" in run.out
    orders, by = report["orders"], report["fills"]["by_outcome_side"]
    assert orders["placed"] > 0
    assert orders["filled"] > 0
    assert orders["cancelled"] > 0
    assert all(by[outcome][side] > 0 for outcome in ("YES", "NO") for side in ("BUY", "SELL"))


def test_the_report_has_every_field_and_what_does_not_exist_is_null(demo: tuple[Run, dict[str, Any], Path]) -> None:  # req 2.58
    _, report, _ = demo
    assert [f"{field}.{inner}" for field, inners in FIELDS.items() for inner in inners if inner not in report[field]] == []
    assert [field for field in FIELDS if field not in report] == []
    assert report["report"] == 1
    assert report["seed"] == 7
    assert_adds_up(report)
    assert (report["lenses"], report["books"]["hash_agreement"]) == (None, None)
    assert set(report["latency_us"]) == {"age_at_decision"}, "the age is in virtual time; what a turn took belongs to the machine"
    for latency in (report["latency_us"]["age_at_decision"], report["machine"]["latency_us"]["turn"]):
        assert 0 < latency["p50"] <= latency["p99"] <= latency["max"]
    assert re.fullmatch(r"[0-9a-f]{40}\+?|unknown", report["commit"])
    assert re.fullmatch(r"[0-9a-f]{64}", report["commands_hash"])


def test_a_second_run_is_equal_but_for_the_machine(demo: tuple[Run, dict[str, Any], Path], tmp_path: Path) -> None:  # req 0.4
    _, report, _ = demo
    run_bot(*SHORT, "--report", tmp_path / "b.json", env={"PYTHONHASHSEED": "2"})
    assert without_machine(report_of(tmp_path / "b.json")) == without_machine(report)


def test_another_seed_is_another_run(demo: tuple[Run, dict[str, Any], Path], tmp_path: Path) -> None:
    run_bot(*SHORT[:-1], "8", "--report", tmp_path / "c.json")
    other = report_of(tmp_path / "c.json")
    assert other["commands_hash"] != demo[1]["commands_hash"]
    assert_adds_up(other)


def test_the_journal_of_a_run_holds_its_commands_and_recovers_its_orders_and_money(demo: tuple[Run, dict[str, Any], Path]) -> None:  # req 0.18, 1.26
    _, report, folder = demo
    row, entries = read_journal(folder / "a.journal")
    kept = list(entries)
    assert (row.seed, row.config_hash) == (7, report["config_hash"])
    bodies = [entry.body for entry in kept]
    effects = [body.command for body in bodies if isinstance(body, Prepared) and isinstance(body.command, EFFECTS)]
    digest = CommandsHash()
    for command in effects:
        digest.add(command)
    assert (digest.count, digest.hexdigest()) == (report["commands"], report["commands_hash"])
    assert len(list(recorded_commands(kept))) == report["commands"]
    engine = Engine(EngineSettings(order_prefix="7-"))
    assert recover(engine, kept) == kept[-1].at_ns
    parts = order_parts(engine.state.blotter)
    assert parts == report["orders"]
    ledger = engine.state.ledger
    assert (ledger.free(CASH), ledger.pending(CASH)) == (report["cash"]["free_micro"], report["cash"]["pending_micro"])
    assert ledger.audit() == ""


def test_a_journal_belongs_to_one_run(demo: tuple[Run, dict[str, Any], Path]) -> None:
    path = demo[2] / "a.journal"
    before = path.read_bytes()
    assert_refused(run_bot(*SHORT, "--journal", path), 3, str(path), "exists already", "name another file")
    assert path.read_bytes() == before


def test_without_a_verb_the_demo_runs_until_it_is_stopped() -> None:
    run = run_bot_and_stop(after_s=1.0)
    assert (run.code, unexpected(run.err)) == (0, "")
    assert run.out.startswith("demo: market making, negrisk arbitrage and binary arbitrage on the built-in exchange, 2 markets and 1 event at a time")
    assert "seed 7; 3,600 virtual seconds, as fast as it goes" in run.out
    assert "demo: what became of it" in run.out


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_slow_demo_in_order(tmp_path: Path, number: int) -> None:
    report_file = tmp_path / "stopped.json"
    run = run_bot_and_stop("--seconds", "100000", "--speed", "5", "--report", report_file, after_s=1.0, number=number)
    assert (run.code, unexpected(run.err)) == (0, "")
    assert "conserved  yes: money is conserved" in run.out
    report = report_of(report_file)
    assert_adds_up(report)
    assert (report["orders"]["resting"], report["orders"]["unknown"], report["cash"]["pending_micro"]) == (0, 0, 0)
    assert 0 < report["virtual_s"] < 100


def test_replay_without_a_tape_replays_the_sample_that_ships(tmp_path: Path) -> None:  # req 2.27, 2.60
    run = run_bot("replay", "--report", tmp_path / "r.json")
    assert (run.code, run.err) == (0, "")
    report = report_of(tmp_path / "r.json")
    assert [tape["name"] for tape in report["tapes"]] == [SAMPLE.name.split(".")[0]]
    assert_adds_up(report)
    assert "no simulated fill rate here" in run.out
    for tape in report["tapes"]:
        for sentence in tape["assumptions"]:
            assert f"  assumed    {sentence}" in run.out
    named = run_bot("replay", SAMPLE, "--report", tmp_path / "named.json")
    assert named.code == 0
    assert without_machine(report_of(tmp_path / "named.json")) == without_machine(report)


def test_each_adds_up_runs_and_several_tapes_are_one_wallet(tmp_path: Path) -> None:
    other = tmp_path / "copy.jsonl.gz"
    other.write_bytes(SAMPLE.read_bytes())
    each = run_bot("replay", SAMPLE, other, "--each", "--report", tmp_path / "each.json")
    merged = run_bot("replay", SAMPLE, other, "--report", tmp_path / "merged.json")
    assert (each.code, merged.code) == (0, 0)
    assert "2 tapes, each on its own" in each.out
    assert "2 tapes, one wallet, merged by time" in merged.out
    added, one = report_of(tmp_path / "each.json"), report_of(tmp_path / "merged.json")
    assert len(added["runs"]) == 2
    assert added["cash"]["start_micro"] == 2 * one["cash"]["start_micro"]
    assert added["orders"]["placed"] == sum(run["orders"]["placed"] for run in added["runs"])
    for report in (added, one, *added["runs"]):
        assert_adds_up(report)
    assert [tape["name"] for tape in one["tapes"]] == [tape["name"] for tape in added["tapes"]]


def test_wrong_words_are_refused_with_usage_and_code_2() -> None:
    for words in (
        ("dem",),
        ("demo", "--seconds", "0"),
        ("demo", "--speed", "nan"),
        ("demo", "--seed", "-1"),
        ("--nonsense",),
        ("replay", "--speed", "3"),
    ):
        run = run_bot(*words)
        assert run.code == 2
        assert run.err.startswith("usage: run_bot.py")
        assert "Traceback" not in run.err


def test_files_that_cannot_be_are_refused_in_one_line(tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere" / "x"
    tape = tmp_path / "tape.jsonl"
    tape.write_text("no tape\n")
    assert_refused(run_bot("demo", "--report", nowhere), 2, f"--report {nowhere}")
    assert_refused(run_bot("demo", "--journal", nowhere), 3, str(nowhere))
    assert_refused(run_bot("replay", "--each", "--journal", tmp_path / "j"), 2, "--journal")
    assert_refused(run_bot("replay", tape), 3, str(tape), "is no recording we know")
    assert_refused(run_bot("replay", "two\nlines.jsonl"), 3, "two lines.jsonl")
    assert_refused(run_bot("replay", tape, "--report", tape), 2, "reads or writes this very file")
    assert tape.read_text() == "no tape\n"


def test_a_reader_that_has_gone_and_an_output_without_our_letters_end_nothing_in_a_traceback() -> None:
    gone = subprocess.run(f"{BOT[0]} {BOT[1]} demo --seconds 5 | true", shell=True, capture_output=True, text=True, check=False, timeout=60)  # noqa: S602
    assert "Traceback" not in gone.stderr
    plain = run_bot("demo", "--seconds", "5", env={"PYTHONIOENCODING": "latin-1"})
    assert (plain.code, plain.err) == (0, "")


def read_terminal(terminal: int, until: str, within_s: float) -> str:
    """What the terminal shows until it shows `until`, or is closed."""
    shown, deadline = "", time.monotonic() + within_s
    while until not in shown and (left := deadline - time.monotonic()) > 0:
        if select.select([terminal], [], [], left)[0]:
            try:
                piece = os.read(terminal, 65536)
            except OSError:  # the other side was closed
                break
            if not piece:
                break
            shown += piece.decode(errors="replace")
    return shown


def test_on_a_terminal_the_demo_is_watchable_and_stops_on_ctrl_c_with_a_summary() -> None:
    ours, theirs = pty.openpty()
    take_terminal = partial(os.login_tty, theirs)
    with subprocess.Popen([*BOT, "demo", "--no-dashboard"], env=environment({"COLUMNS": "200"}), preexec_fn=take_terminal) as bot:  # noqa: PLW1509 (no threads here)
        os.close(theirs)
        shown = read_terminal(ours, "books 14 LIVE", 20)
        os.write(ours, b"\x03")
        end = read_terminal(ours, "about real markets", 20)
        assert bot.wait(20) == 0
    os.close(ours)
    assert "until you stop it with Ctrl-C, 30 virtual seconds a second" in shown
    assert re.search(r"\r0:00:\d\d \| orders [\d,]+ placed \d+ open \| [\d,]+ fills \| books 14 LIVE \| equity ", shown), shown
    assert "demo: what became of it" in end
    assert "conserved  yes: money is conserved" in end


@pytest.mark.parametrize("module", ["config.settings", "config.verbs.demo", "oms.engine"])
def test_ctrl_c_while_files_are_still_being_imported_is_one_line_and_no_traceback(module: str, tmp_path: Path) -> None:
    # The signal comes in the middle of an import, whatever the speed of the machine: the import itself sends it.
    (tmp_path / "sitecustomize.py").write_text(
        f"""
import os, signal, sys
class Pressed:
    def find_spec(self, name, *_):
        if name == {module!r}:
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Pressed())
"""
    )
    assert_refused(run_bot("demo", "--seconds", "5", env={"PYTHONPATH": str(tmp_path)}), 130, "stopped before or after the run")


def test_what_a_terminal_would_obey_is_shown_and_not_sent() -> None:
    run = run_bot("demo", "--\x1b[31mred")
    assert (run.code, run.err.splitlines()[-1]) == (2, "run_bot.py: error: unrecognized arguments: --\\x1b[31mred")
    assert_refused(run_bot("replay", "no\x1b[31mwhere"), 3, "no\\x1b[31mwhere: cannot be read")


@pytest.mark.parametrize("words", [("demo", "--report"), ("report", "x", "--json"), ("chaos", "--report"), ("why", "1", "--journal"), ("replay",)])
def test_a_name_that_is_too_long_for_any_file_is_refused_in_one_line(words: tuple[str, ...]) -> None:
    assert_refused(run_bot(*words, "x" * 300), 3, "x" * 300)


@pytest.mark.parametrize("nothing", ["", ".", "/"])
def test_a_report_of_what_is_no_file_is_refused(nothing: str) -> None:
    run = run_bot("report", nothing)
    assert (run.code, run.err.splitlines()[-1]) == (2, f"run_bot.py report: error: argument JOURNAL: {nothing!r} names no file")
