"""Jobs for the workers of a campaign, to be found by name in another process."""

from config.assembly.campaign import Job, Result, run_job
from config.settings import FOLDER, load
from tests.simulation import wrong


def run_wrong(job: Job) -> Result:
    """A run of an OMS that never undoes a trade whose settlement failed."""
    return run_job(load(FOLDER / "chaos.toml", {}), job, make=wrong.NeverUndoesFailures)
