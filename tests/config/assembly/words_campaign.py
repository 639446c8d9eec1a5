"""Made-up results of runs, quick to have, for the workers of tests; to be found by name in another process."""

import os
import signal

from config.assembly.campaign import Job, Result
from config.assembly.chaos import Outcome
from sim.faults import Faults, Strike

FAILING, CLEAN, DEADLY, ENDED = 13, 1, 66, 77
"""A seed that fails, one that does not, one that ends its process, and one whose process somebody ends."""
SCHEDULE = tuple(Strike(kind, number) for number in range(1, 11) for kind in ("kill", "place lost"))
NEEDED = (Strike("place lost", 3), Strike("kill", 4))
"""Without both of them the failing seed does not fail."""


def given_outcome(seed: int, struck: tuple[Strike, ...] = (), *violations: str, placed_after: int = 3) -> Outcome:
    faults = Faults(seed)
    faults.struck = list(struck)
    return Outcome(
        seed=seed,
        violations=violations,
        faults=faults.counts(),
        struck=struck,
        deaths=2,
        checks=100,
        orders=10,
        fills=4,
        placed_after=placed_after,
    )


def made_up(job: Job) -> Result:
    """What became of a job that nobody ran."""
    if job.seed == DEADLY:
        os._exit(9)
    if job.seed == ENDED:
        os.kill(os.getpid(), signal.SIGKILL)
    struck = SCHEDULE if job.only is None else tuple(strike for strike in SCHEDULE if strike in job.only)
    found = [f"at 1767225603.877 s: money: {number} is wrong" for number in range(5)]
    fails = job.seed == FAILING and set(NEEDED) <= set(struck)
    return Result(given_outcome(job.seed, struck, *(found if fails else ())), f"digest of {job.seed}", 0.25)


def made_up_idle(job: Job) -> Result:
    """A bot that never places anything after the faults."""
    return Result(given_outcome(job.seed, placed_after=0), "")


def made_up_unrepeatable(job: Job) -> Result:
    """A failure that does not come again when its strikes are told one by one."""
    return Result(given_outcome(job.seed, SCHEDULE, *(["money: wrong"] if job.only is None else [])), "")
