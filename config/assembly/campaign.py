"""Many seeds of misfortune side by side: run each in a worker, add up what became of them, shrink the schedule of one that failed."""

import hashlib
import re
import signal
import sqlite3
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import msgspec

# The auditor that `Chaos` brings along lives in tests/ on purpose: it must share no code with the OMS that it judges, the import contracts keep the
# product from leaning on it, and the suite turns it against OMS variants that are wrong. So this file is imported only when `chaos` is chosen.
from config.assembly.chaos import Chaos, Outcome
from config.assembly.shrink import Patience, Schedule, Shrunk, shrink
from config.assembly.workers import Lost, Workers, WorkersFailed
from config.settings import Settings
from oms.engine import Engine
from oms.machines.lifecycle import IllegalTransition
from oms.machines.settlement import IllegalSettlement
from oms.state import EngineSettings
from sim.faults import KINDS, Faults, Strike
from sim.settle import Reverted

CPU_MAX_S: Final = 120.0
"""A seed takes half a second; one that computes for so long turns in a circle."""
JUDGED_FROM: Final = 20
"""Whether trading goes on is judged over at least so many seeds …"""
IDLE_MAX_PART: Final = 20
"""… of which at most one in so many may place nothing after the faults: a bot whose limits are used up, or whose markets end, may rightly not."""
_WHEN: Final = re.compile(r"^at [\d.]+ s(, after the faults)?: ")


class EndlessRun(RuntimeError):
    """A run computes and does not come to its end."""


MISTAKES: Final = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    IllegalSettlement,
    IllegalTransition,
    LookupError,
    MemoryError,
    NameError,
    OSError,
    Reverted,
    RuntimeError,
    TypeError,
    ValueError,
    sqlite3.Error,
)
"""What a mistake in the code raises. A run that ends so is a violation: whatever happens, the bot goes on."""


class Job(msgspec.Struct, frozen=True):
    """One run."""

    seed: int
    only: Schedule | None = None
    """Exactly these strikes; None: those that the seed decides."""


class Result(msgspec.Struct, frozen=True):
    """What became of a job."""

    outcome: Outcome
    """Of a clean run without its schedule, which is long."""
    digest: str
    """SHA-256 over everything that the auditor was told and found: two runs with one digest were equal."""
    cpu_s: float = 0.0


Campaign = Workers[Job, Result]


def workers(settings: Settings, count: int) -> Campaign:
    """Processes that run jobs under these settings."""
    return Workers(count, partial(run_job, settings))


def run_job(settings: Settings, job: Job, make: Callable[[EngineSettings], Engine] = Engine) -> Result:
    """One run from beginning to end, also when it is our own code that breaks."""
    before_s = time.process_time()
    faults = Faults(job.seed, only=None if job.only is None else frozenset(job.only))
    with tempfile.TemporaryDirectory(prefix="steelyard-chaos-") as folder:
        chaos = Chaos(settings, faults, Path(folder), make=make)
        signal.signal(signal.SIGPROF, _too_long)
        signal.setitimer(signal.ITIMER_PROF, CPU_MAX_S)
        try:
            outcome = chaos.run()
        except MISTAKES as error:
            outcome = _broken(chaos, error)
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
    book = chaos.auditor.book
    told = msgspec.json.encode((outcome, book.placed, list(book.fills.values()), book.payouts), order="deterministic")
    if not outcome.violations:
        outcome = msgspec.structs.replace(outcome, struck=())
    return Result(outcome, hashlib.sha256(told).hexdigest(), time.process_time() - before_s)


def results(campaign: Campaign, jobs: Iterator[Job]) -> Iterator[Result]:
    """The results as they come; a worker that died of itself is a violation of its seed. Raises WorkersFailed when somebody else ended it."""
    for job, answer in campaign.answers(jobs):
        if isinstance(answer, Lost):
            _blame_nobody_else(job, answer)
            why = f"the process that ran this seed ended by itself (exit code {answer.exit_code}); its schedule is not known"
            yield Result(_outcome(job.seed, (why,), Faults(job.seed)), "")
        else:
            yield answer


class Tally:
    """What many seeds came to."""

    def __init__(self) -> None:
        self.struck: Counter[str] = Counter()
        self.seeds_struck: Counter[str] = Counter()
        self.totals: Counter[str] = Counter()
        self.bundles: Counter[str] = Counter()
        """How the bundles ended."""
        self.runs: dict[int, dict[str, Any]] = {}
        """Figures of each seed."""
        self.failed: dict[int, Outcome] = {}
        self.cpu_s = 0.0

    def add(self, result: Result) -> None:
        """One more seed."""
        outcome = result.outcome
        figures = {"deaths": outcome.deaths, "checks": outcome.checks, "orders": outcome.orders, "fills": outcome.fills}
        figures |= {"faults": sum(outcome.faults.values()), "placed_after": outcome.placed_after}
        figures |= {"bundles": sum(outcome.bundles.values()), "transfers": outcome.transfers}
        self.bundles.update(outcome.bundles)
        self.struck.update(outcome.faults)
        self.seeds_struck.update(outcome.faults.keys())
        self.totals.update(figures)
        self.runs[outcome.seed] = {**figures, "digest": result.digest}
        self.cpu_s += result.cpu_s
        if outcome.violations:
            self.failed[outcome.seed] = outcome

    def idle(self) -> list[int]:
        """Seeds that came to their end and in which nothing was placed after the faults."""
        return sorted(seed for seed, figures in self.runs.items() if not figures["placed_after"] and seed not in self.failed)

    def trading_goes_on(self) -> bool:
        """Judged over many seeds, as one alone may rightly place nothing."""
        return len(self.runs) < JUDGED_FROM or len(self.idle()) * IDLE_MAX_PART <= len(self.runs)

    def failures(self) -> list[Outcome]:
        """The failing seeds, the smallest first."""
        return [self.failed[seed] for seed in sorted(self.failed)]

    def is_clean(self) -> bool:
        """Nothing was found."""
        return not self.failed and self.trading_goes_on()

    def report(self) -> dict[str, Any]:
        """As JSON knows it; the same for the same commit and settings, whatever machine counted."""
        return {
            "totals": {"seeds": len(self.runs), **self.totals, "failed_seeds": len(self.failed), "seeds_without_orders_after": len(self.idle())},
            "faults": {kind: {"words": words, "struck": self.struck[kind], "seeds": self.seeds_struck[kind]} for kind, words in KINDS.items()},
            "trading_goes_on": self.trading_goes_on(),
            "violations": {str(outcome.seed): list(outcome.violations) for outcome in self.failures()},
            "seeds": {str(seed): self.runs[seed] for seed in sorted(self.runs)},
        }


def shrink_failure(campaign: Campaign, failed: Outcome, runs_max: int, is_over: Callable[[], bool]) -> Shrunk | None:
    """The shortest part of the failing schedule that still fails, and in the same way; None: not even all of it fails when it is told as a list."""
    how = kinds_of_failure(failed.violations)

    def first_failing(candidates: Sequence[Schedule]) -> int | None:
        jobs = [Job(failed.seed, candidate) for candidate in candidates]
        found = []
        for job, answer in campaign.answers(jobs):
            if isinstance(answer, Lost):
                _blame_nobody_else(job, answer)
            elif how & kinds_of_failure(answer.outcome.violations):
                found.append(jobs.index(job))
        return min(found, default=None)

    if first_failing([failed.struck]) is None:
        return None
    return shrink(failed.struck, first_failing, Patience(runs_max, batch=campaign.count, is_over=is_over))


def _blame_nobody_else(job: Job, lost: Lost) -> None:
    """A run whose process was ended from outside says nothing about the bot. Raises WorkersFailed."""
    if lost.is_from_outside and lost.exit_code is not None:
        raise WorkersFailed(
            f"the process that ran seed {job.seed} was ended from outside (signal {-lost.exit_code}), so nothing is said of it; where memory ran out,"
            " let fewer run side by side with --jobs"
        )


def kinds_of_failure(violations: Sequence[str]) -> frozenset[str]:
    """`at 12.5 s: money: the bot's …` → money, whenever it was."""
    return frozenset(_WHEN.sub("", violation).split(" ", 1)[0] for violation in violations)


def written(strikes: Sequence[Strike]) -> str:
    """A schedule as one types it: `kill:3; place lost:2,14`; empty for none."""
    numbers: dict[str, list[int]] = {}
    for strike in strikes:
        numbers.setdefault(strike.kind, []).append(strike.number)
    return "; ".join(f"{kind}:{','.join(map(str, sorted(numbers[kind])))}" for kind in KINDS if kind in numbers)


def read(text: str) -> Schedule:
    """What `written` wrote. Raises ValueError: not so written, or a kind that there is not."""
    strikes = []
    for part in filter(None, (part.strip() for part in text.split(";"))):
        kind, _, numbers = part.partition(":")
        if kind not in KINDS:
            raise ValueError(f"there is no fault named {kind!r}; `chaos` lists them")
        for number in numbers.split(","):
            if not number.strip().isdecimal() or not 1 <= int(number) <= 10**9:
                raise ValueError(f"{part!r}: write the fault, a colon, and which of its occasions, such as 'kill:3; place lost:2,14'")
            strikes.append(Strike(kind, int(number)))
    return tuple(strikes)


def _broken(chaos: Chaos, error: BaseException) -> Outcome:
    """The run ended with an error."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    why = f"ended with {type(error).__name__}: {str(error)[:300]} ({Path(place.filename).name}:{place.lineno})"
    return _outcome(chaos.faults.seed, (*chaos.auditor.violations, why), chaos.faults, deaths=chaos.deaths, checks=chaos.auditor.checks)


def _outcome(seed: int, violations: tuple[str, ...], faults: Faults, *, deaths: int = 0, checks: int = 0) -> Outcome:
    """Of a run that did not come to its end."""
    return Outcome(
        seed=seed,
        violations=violations,
        faults=faults.counts(),
        struck=tuple(faults.struck),
        deaths=deaths,
        checks=checks,
        orders=0,
        fills=0,
        placed_after=0,
    )


def _too_long(_number: int, _frame: object) -> None:
    raise EndlessRun(f"{CPU_MAX_S:.0f} s of computing and no end")
