"""Runs that die in the middle and are gone on with: for a few points in the tests, for many in `make campaign`."""

import random
from pathlib import Path

from config.assembly.demo import Demo
from config.assembly.joined import Keep
from config.assembly.replay import Replay, open_tapes
from config.settings import FOLDER, Settings, load
from oms.journal import read_journal
from oms.values.events import Event

SECONDS = 60
SAMPLES = sorted((FOLDER / "samples").glob("*.jsonl.gz"))


class Killed(Exception):
    """The process died here."""


def given_run(kind: str, keep: Keep | None, *, seed: int = 5, settings: Settings | None = None) -> Demo | Replay:
    if kind == "demo":
        return Demo(settings or load(FOLDER / "demo.toml", {}), seed=seed, seconds=SECONDS, keep=keep)
    settings = settings or load(FOLDER / "replay.toml", {})
    return Replay(settings, open_tapes(settings, SAMPLES), seed=seed, keep=keep)


def killed_at(kind: str, path: Path, facts: int) -> None:
    """Start the run and let it die in the middle of the turn with that fact; what was not committed is gone."""
    run = given_run(kind, Keep(path=path, run_id=kind))
    left = facts

    def count_down(_event: Event, _at_ns: int) -> None:
        nonlocal left
        left -= 1
        if left <= 0:
            raise Killed

    run.joined.watchers.append(count_down)
    try:
        run.run()
    except Killed:
        return
    raise AssertionError(f"the run ended before fact {facts}")


def survives_kills(kind: str, points: int, folder: Path, facts: int, digest: str) -> int:
    """Kill and go on at so many points, the first and the last fact among them; each must end with `digest`. Returns how many did."""
    chance = random.Random(f"{kind} kills")
    done = 0
    for point in (1, facts, *(chance.randrange(2, facts) for _ in range(points - 2))):
        path = folder / f"{kind}-{done}.sqlite"
        killed_at(kind, path, point)
        report = given_run(kind, Keep(path=path, run_id=kind, resume=True)).run()
        assert (report["commands_hash"], report["conserved"]) == (digest, True), f"{kind} killed at fact {point} of {facts}"
        run, entries = read_journal(path)
        seqs = [entry.seq for entry in entries]
        assert seqs == list(range(1, len(seqs) + 1)), "no entry is missing or doubled"
        assert run.run_id == kind
        path.unlink()
        done += 1
    return done
