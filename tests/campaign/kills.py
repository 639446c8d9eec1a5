"""Runs that die in the middle and are gone on with: for a few points in the tests, for many in `make campaign`."""

import random
from pathlib import Path
from typing import Final

from config.assembly.demo import Demo
from config.assembly.joined import Keep
from config.assembly.replay import Replay, open_tapes
from config.settings import FOLDER, Settings, load
from oms.entries import read_journal
from oms.history import history_of
from oms.values.commands import Place, Prepared
from oms.values.events import Event
from oms.why import story

SECONDS: Final = {"demo": 60, "arbitrage": 120}
"""Of a demo with the settings of that name: so long that several bundles come to each of their ends."""
KINDS: Final = (*SECONDS, "replay")
SAMPLES = sorted((FOLDER / "samples").glob("*.jsonl.gz"))


class Killed(Exception):
    """The process died here."""


def given_run(kind: str, keep: Keep | None, *, seed: int = 5, settings: Settings | None = None) -> Demo | Replay:
    if kind in SECONDS:
        return Demo(settings or load(FOLDER / f"{kind}.toml", {}), seed=seed, seconds=SECONDS[kind], keep=keep)
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


def tells_its_run(path: Path) -> None:
    """`report` and `why` work on what a kill left: sums add up, and the first, the middle and the last order have their story."""
    told = history_of(path)
    orders, fills = told.totals["orders"], told.totals["fills"]
    assert told.status == "running"
    assert orders["placed"] == sum(orders[part] for part in ("filled", "cancelled", "expired", "rejected", "failed", "resting", "unknown"))
    assert fills["count"] == sum(sum(sides.values()) for sides in fills["by_outcome_side"].values()) == sum(len(m.fills) for m in told.markets)
    commands = [entry.body.command for entry in read_journal(path)[1] if isinstance(entry.body, Prepared)]
    placed = [command.order_id for command in commands if isinstance(command, Place)]
    assert len(placed) == orders["placed"]
    for order_id in placed[:: max(1, (len(placed) + 1) // 2)]:
        assert story(read_journal(path)[1], order_id)


def survives_kills(kind: str, points: int, folder: Path, facts: int, digest: str) -> int:
    """Kill and go on at so many points, the first and the last fact among them; each must end with `digest`. Returns how many did."""
    chance = random.Random(f"{kind} kills")
    done = 0
    for point in (1, facts, *(chance.randrange(2, facts) for _ in range(points - 2))):
        path = folder / f"{kind}-{done}.sqlite"
        killed_at(kind, path, point)
        tells_its_run(path)
        report = given_run(kind, Keep(path=path, run_id=kind, resume=True)).run()
        assert (report["commands_hash"], report["conserved"]) == (digest, True), f"{kind} killed at fact {point} of {facts}"
        told = history_of(path)
        assert (told.status, told.run_id, told.disagreement, told.totals["commands_hash"]) == ("finished", kind, "", digest)
        path.unlink()
        done += 1
    return done
