"""`chaos`: many seeds of misfortune side by side, an auditor in each; a table of what was survived, or the shortest schedule that was not."""

import argparse
import json
import logging
import os
import shlex
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from config.assembly.campaign import IDLE_MAX_PART, JUDGED_FROM, Campaign, Job, Result, Tally, read, results, shrink_failure, workers, written
from config.assembly.chaos import CALM_S, Outcome
from config.assembly.shrink import Schedule
from config.assembly.workers import WorkersFailed
from config.console import folded
from config.logs import room, say
from config.measure import commit_id
from config.settings import FOLDER, BadSettings, Settings, load
from config.verbs.ending import BOOKS_DISAGREE, DONE, FileSaidNo, check_report, logged, stoppable
from config.verbs.ending import STOPPED as STOPPED
from sim.faults import KINDS

SHRUNK_MAX: Final = 3
"""So many failing seeds are shrunk; the rest are named with the command that repeats them."""
SHRINK_RUNS_MAX: Final = 300
"""Runs for shrinking one."""
SHOWN_MAX: Final = 3
"""Violations of a seed that are shown; the report has all."""
_EVERY_S: Final = 0.25
_RUN: Final = room("run")


def run(chosen: argparse.Namespace) -> int:
    """Run the seeds and say what became of them: 0 nothing found, 4 something, 130 stopped before all were run.

    Raises FileSaidNo when a worker cannot begin or was ended from outside, or the report cannot be written.
    """
    settings, only = _prepared(chosen)
    with logged(chosen, settings) as told:
        return _run(chosen, told, only)


def _run(chosen: argparse.Namespace, settings: Settings, only: Schedule | None) -> int:
    seeds: range = chosen.seeds
    count, commit = min(chosen.jobs or len(os.sched_getaffinity(0)), len(seeds)), commit_id()
    begins = f"chaos: everything goes wrong that may, and an auditor looks on; {_in_words(seeds)}, {count} at a time, commit {commit}"
    print(folded(begins), flush=True)
    say(_RUN, logging.INFO, "run begins", run="chaos", first=seeds[0], last=seeds[-1], jobs=count, commit=commit, config_hash=settings.hash())
    began, tally, shrunk, lost = time.monotonic(), Tally(), dict[int, list[str]](), ""
    try:
        with watching(len(seeds)) as watch, workers(settings, count) as campaign:
            for result in results(campaign, _until_stopped(watch, (Job(seed, only) for seed in seeds))):
                tally.add(result)
                _tell(result)
                watch.show(tally)
            shrunk = {failed.seed: _shrunk(chosen, failed, campaign, watch) for failed in tally.failures()[:SHRUNK_MAX]}
    except WorkersFailed as error:
        lost = str(error)
        if not tally.runs:
            raise FileSaidNo(lost) from None
    found = [_found(chosen, commit, failed, shrunk.get(failed.seed)) for failed in tally.failures()]
    report = {
        "report": 1,
        "what": "chaos",
        "commit": commit,
        "config_hash": settings.hash(),
        "command": _command(chosen, seeds, only),
        **tally.report(),
        "machine": {"jobs": count, "wall_s": round(time.monotonic() - began, 3), "cpu_s": round(tally.cpu_s, 3)},
    }
    print("\n".join([_table(tally), *found, folded(_sums(tally, len(seeds), report["machine"]))]))
    if chosen.report is not None:
        _write(chosen.report, report)
    say(_RUN, logging.INFO, "run ends", seeds=len(tally.runs), failed=len(tally.failed))
    if lost:
        raise FileSaidNo(lost)
    if not tally.is_clean():
        return BOOKS_DISAGREE
    return DONE if len(tally.runs) == len(seeds) else STOPPED


def _tell(result: Result) -> None:
    outcome = result.outcome
    if outcome.violations:
        say(_RUN, logging.WARNING, "seed failed", seed=outcome.seed, violations=len(outcome.violations), first=outcome.violations[0])
    else:
        say(_RUN, logging.DEBUG, "seed survived", seed=outcome.seed, faults=sum(outcome.faults.values()), deaths=outcome.deaths)


class Watch:
    """The progress line on a terminal, and whether somebody asked to stop."""

    def __init__(self, total: int) -> None:
        self.stop = False
        self._total = total
        self._began = time.monotonic()
        self._shown = 0.0
        self._width = 0

    def end(self) -> None:
        """Wipe the line."""
        if self._width:
            sys.stderr.write("\r" + " " * self._width + "\r")
            sys.stderr.flush()

    def show(self, tally: Tally) -> None:
        """How far it is."""
        done, seconds = len(tally.runs), time.monotonic() - self._began
        rate = done / max(seconds, 1e-9)
        left_s = int((self._total - done) / max(rate, 1e-9))
        parts = [f"{done:,} of {self._total:,} seeds", f"{rate:.1f} a second", f"{left_s // 60}:{left_s % 60:02} left"]
        self.say(" | ".join([*parts, f"{tally.totals['faults']:,} faults", f"{len(tally.failed):,} seeds failed"]), is_last=done == self._total)

    def say(self, text: str, *, is_last: bool = True) -> None:
        """Write the line over, where there is a terminal; at most four times a second."""
        now = time.monotonic()
        if not sys.stderr.isatty() or (now - self._shown < _EVERY_S and not is_last):
            return
        line = text[: shutil.get_terminal_size().columns - 1]
        sys.stderr.write("\r" + line.ljust(self._width))
        sys.stderr.flush()
        self._shown, self._width = now, max(len(line), self._width)


@contextmanager
def watching(total: int) -> Iterator[Watch]:
    """A watch that hears signals, for the length of a campaign."""
    watch = Watch(total)
    with stoppable(watch):
        try:
            yield watch
        finally:
            watch.end()


def _prepared(chosen: argparse.Namespace) -> tuple[Settings, Schedule | None]:
    """What can be refused, refused before anything runs. Raises BadSettings."""
    check_report(chosen.report, chosen.config)
    if chosen.only is None:
        return load(chosen.config or FOLDER / "chaos.toml"), None
    if len(chosen.seeds) != 1:
        raise BadSettings("--only: a schedule belongs to one seed, which decides how long each fault lasts; name it with --seeds")
    try:
        only = read(chosen.only)
    except ValueError as error:
        raise BadSettings(f"--only: {error}") from None
    return load(chosen.config or FOLDER / "chaos.toml"), only


def _until_stopped(watch: Watch, jobs: Iterator[Job]) -> Iterator[Job]:
    """The jobs, as long as nobody asked to stop."""
    for job in jobs:
        if watch.stop:
            return
        yield job


def _shrunk(chosen: argparse.Namespace, failed: Outcome, campaign: Campaign, watch: Watch) -> list[str]:
    """The shortest schedule that still fails, with the command that repeats it, in lines."""
    if watch.stop or not failed.struck:
        return []
    watch.say(f"seed {failed.seed} failed: shrinking its schedule of {_strikes(failed.struck)}")
    shrunk = shrink_failure(campaign, failed, SHRINK_RUNS_MAX, lambda: watch.stop)
    if shrunk is None:
        return ["not shrunk: the same strikes, told one by one, do not fail again; whether a run fails must not depend on that"]
    how = "none can be left out" if shrunk.is_shortest else f"not tried to the end, as that takes more than {SHRINK_RUNS_MAX} runs or was stopped"
    how = how if shrunk.strikes else "it fails without any"
    return [
        f"shrunk from {_strikes(failed.struck)} to {_strikes(shrunk.strikes)} in {shrunk.runs:,} runs ({how}):",
        _command(chosen, range(failed.seed, failed.seed + 1), shrunk.strikes),
    ]


def _found(chosen: argparse.Namespace, commit: str, failed: Outcome, shrunk: list[str] | None) -> str:
    """One failing seed in words; commands stand on lines of their own, to be copied. `shrunk` None: it was not tried any more."""
    shown = failed.violations[: SHOWN_MAX if shrunk is not None else 1]
    more, only = len(failed.violations) - len(shown), None if chosen.only is None else read(chosen.only)
    lines = [*shown, f"and {more:,} more; --report FILE has them"] if more else [*shown]
    lines += ["repeat it:" if shrunk is not None else f"not shrunk, as only the first {SHRUNK_MAX} are; repeat it, and it will be:"]
    lines += [_command(chosen, range(failed.seed, failed.seed + 1), only), *(shrunk or [])]
    return "\n".join([f"  VIOLATED   seed={failed.seed} commit={commit}", *(f"             {line}" for line in lines), ""])


def _strikes(strikes: Schedule) -> str:
    return f"{len(strikes):,} {'strike' if len(strikes) == 1 else 'strikes'}"


def _command(chosen: argparse.Namespace, seeds: range, only: Schedule | None) -> str:
    """The one line that does it again, settings from the environment included."""
    words = [f"{name}={shlex.quote(value)}" for name, value in sorted(os.environ.items()) if name.startswith("STEELYARD__")]
    words += ["python", "run_bot.py", "chaos", "--seeds", f"{seeds[0]}..{seeds[-1]}" if len(seeds) > 1 else str(seeds[0])]
    words += ["--config", shlex.quote(str(chosen.config))] if chosen.config else []
    words += [] if only is None else ["--only", shlex.quote(written(only))]
    return " ".join(words)


def _table(tally: Tally) -> str:
    """Each kind of fault: how often it struck, in how many seeds, and what it is."""
    lines = ["", f"  {'fault':<22}{'struck':>10}{'in seeds':>10}   what happens"]
    lines += [f"  {kind:<22}{tally.struck[kind]:>10,}{tally.seeds_struck[kind]:>10,}   {words}" for kind, words in KINDS.items()]
    return "\n".join([*lines, f"  {'together':<22}{tally.totals['faults']:>10,}{len(tally.runs):>10,}", ""])


def _sums(tally: Tally, asked: int, machine: dict[str, Any]) -> str:
    """The end of a campaign in words."""
    totals, done, idle = tally.totals, len(tally.runs), tally.idle()
    violations = sum(len(outcome.violations) for outcome in tally.failed.values())
    lines = [
        f"  seeds      {done:,} of {asked:,}; deaths of the bot's process: {totals['deaths']:,}",
        f"  audited    {totals['checks']:,} turns, {totals['orders']:,} orders and {totals['fills']:,} fills against the exchange's own books",
        f"  trading    went on within {CALM_S} s after the faults in {done - len(idle):,} seeds, with {totals['placed_after']:,} orders{_idle(idle)}",
        f"  run        {machine['wall_s']:.1f} s, {machine['cpu_s']:.1f} s of computing",
    ]
    if tally.bundles:
        ends = ", ".join(f"{count:,} {end.lower()}" for end, count in sorted(tally.bundles.items()))
        lines.insert(2, f"  arbitrage  {totals['bundles']:,} bundles ({ends}), {totals['transfers']:,} splits, merges and conversions, the same way")
    if done < asked:
        lines.append(f"  stopped    before the other {asked - done:,} seeds: nothing is said of them")
    if not tally.trading_goes_on():
        lines.append(
            f"  VIOLATED   trading goes on: over {JUDGED_FROM} or more seeds at most one in {IDLE_MAX_PART} may place nothing after the faults"
        )
    if tally.is_clean():
        lines.append("  verdict    0 violations")
    else:
        lines.append(f"  verdict    FAILED: {violations:,} violations in {len(tally.failed):,} seeds")
    return "\n".join(lines)


def _idle(idle: list[int]) -> str:
    """A single run may rightly place nothing, so it is told and not judged."""
    if not idle:
        return ""
    which = ", ".join(map(str, idle[:10])) + (", …" if len(idle) > 10 else "")
    return f"; {len(idle):,} placed nothing then (seed {which}), which is right where limits are used up or markets end, and is not judged one by one"


def _in_words(seeds: range) -> str:
    return f"seed {seeds[0]}" if len(seeds) == 1 else f"{len(seeds):,} seeds ({seeds[0]}..{seeds[-1]})"


def _write(path: Path, report: dict[str, Any]) -> None:
    try:
        path.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise FileSaidNo(f"{path}: the report could not be written ({error.strerror}); name another file with --report") from None
    print(f"  report     {path}")
