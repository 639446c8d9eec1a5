"""What the campaign checks, part by part. Each part yields findings as it goes; a broken property is a finding too, so the others still run."""

import random
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from config.settings import FOLDER
from connectors.chunks import TapeError
from connectors.importers import open_tape
from tests.campaign.arbitrage import arbitrage
from tests.campaign.arbitrage_runs import rivals
from tests.campaign.book_model import book_against_dicts
from tests.campaign.dashboards import dashboards
from tests.campaign.flows import flows
from tests.campaign.followed import followed
from tests.campaign.interpreters import Ended, audited_under_another_hash_seed, run_apart
from tests.campaign.judge import Finding, equal, memory, sound
from tests.campaign.kill_routes import kill_routes
from tests.campaign.kills import KINDS, given_run, survives_kills
from tests.campaign.onlookers import onlookers
from tests.campaign.properties import ledger_against_arithmetic, lifecycle_permutations
from tests.campaign.size import SEED, Say, Size
from tests.campaign.soak import orders_day, soak
from tests.campaign.sockets import sockets
from tests.campaign.sockets_three import three
from tests.campaign.windows import windows
from tests.conftest import data_folder
from tests.sim.test_exchange_game import ExchangeKeepsItsBooks
from tests.sim.test_matching_game import PoolAgainstTheNaiveModel

_OTHER_SEED_SECONDS: Final = 3_600
LONG: Final = ("soak", "orders-day", "kill-routes", "dashboards", "onlookers", "sockets", "three", "rivals", "flows", "followed")
"""Parts that take long and are done only when they are named."""
Part = Callable[[Size, Say], Iterator[Finding]]


def virtual_day(size: Size, say: Say) -> Iterator[Finding]:
    """The demo twice with one seed, in two interpreters with different hash seeds, and a shorter stretch with another seed."""
    span = size.day_seconds
    other = min(span, _OTHER_SEED_SECONDS)
    runs = [("demo", str(span), str(SEED)), ("demo", str(span), str(SEED)), ("demo", str(other), str(SEED)), ("demo", str(other), str(SEED + 1))]
    first, second, short, another = _all_apart(runs, size.jobs, say)
    yield from equal(f"demo of {span} s, seed {SEED}", first, second)
    for which, run in (("first", first), ("second", second)):
        yield memory(f"memory of the {which} run", run)
    yield sound(f"demo of {other} s, seed {SEED + 1}", another)
    hashes = (short.outcome.get("commands_hash"), another.outcome.get("commands_hash"))
    yield Finding(what="another seed, another run", ok=hashes[0] != hashes[1] and None not in hashes, figures=" / ".join(str(h)[:12] for h in hashes))


def tapes(size: Size, say: Say) -> Iterator[Finding]:
    """Every recording we can read, twice each, in interpreters with different hash seeds."""
    folders = [FOLDER / "samples", *([data_folder()] if size.recorded else [])]
    if size.recorded and not data_folder().is_dir():
        yield Finding(what="recorded data", ok=False, figures=f"no folder {data_folder()}: set STEELYARD_DATA")
    paths = [path for folder in folders for path in sorted(folder.rglob("*.jsonl*")) if _is_recording(path)]
    runs = [("replay", str(path), "0") for path in paths for _ in range(2)]
    ended = _all_apart(runs, size.jobs, say)
    for path, first, second in zip(paths, ended[::2], ended[1::2], strict=True):
        yield from equal(path.name, first, second)
    yield Finding(what="recordings replayed", ok=bool(paths), figures=f"{len(paths)}, twice each")
    with TemporaryDirectory(prefix="steelyard-audit-") as folder, ThreadPoolExecutor(size.jobs) as workers:
        audited = list(workers.map(audited_under_another_hash_seed, paths, [Path(folder) / str(number) for number in range(len(paths))]))
    wrong = [f"{path.name}: {words}" for path, words in zip(paths, audited, strict=True) if words]
    yield Finding(what="their journals audited", ok=not wrong, figures="; ".join(wrong) or f"{len(paths)}, byte for byte under another hash seed")


def ledger(size: Size, say: Say) -> Iterator[Finding]:
    """The ledger against plain arithmetic."""
    seeds = 10
    for number in range(seeds):
        yield _property(f"ledger against arithmetic, seed {number}", partial(ledger_against_arithmetic, size.ledger_events // seeds, number))
        say(f"{number + 1}/{seeds}")


def lifecycle(size: Size, say: Say) -> Iterator[Finding]:
    """Stories of one order in any order of arrival."""
    seeds = 10
    for number in range(seeds):
        yield _property(f"stories of an order permuted, seed {number}", partial(lifecycle_permutations, size.lifecycle_trials // seeds, number))
        say(f"{number + 1}/{seeds}")


def book(size: Size, say: Say) -> Iterator[Finding]:
    """The book against dicts."""

    def all_seeds() -> int:
        done = 0
        for number in range(size.book_seeds):
            done += book_against_dicts(size.book_messages, number)
            say(f"seed {number + 1}/{size.book_seeds}")
        return done

    yield _property(f"book against dicts, {size.book_seeds} seeds", all_seeds)


def pool(size: Size, say: Say) -> Iterator[Finding]:
    """The matching pool against one sorted list."""
    yield from _games("pool against the naive model", PoolAgainstTheNaiveModel, size, say)


def exchange(size: Size, say: Say) -> Iterator[Finding]:
    """The exchange with clearing: whatever anybody does, its books add up."""
    yield from _games("exchange with a full audit after each step", ExchangeKeepsItsBooks, size, say)


def kills(size: Size, say: Say) -> Iterator[Finding]:
    """Runs killed at random facts and gone on with end like the run that was not."""
    for kind in KINDS:
        say(kind)
        whole = given_run(kind, None).run()
        with TemporaryDirectory() as folder:
            check = partial(survives_kills, kind, size.kill_points, Path(folder), whole["events"], whole["commands_hash"])
            yield _property(f"{kind} killed and resumed", check)


PARTS: Final[dict[str, Part]] = {
    "ledger": ledger,
    "lifecycle": lifecycle,
    "book": book,
    "pool": pool,
    "exchange": exchange,
    "arbitrage": arbitrage,
    "kills": kills,
    "tapes": tapes,
    "windows": windows,
    "day": virtual_day,
    "orders-day": orders_day,
    "soak": soak,
    "kill-routes": kill_routes,
    "dashboards": dashboards,
    "onlookers": onlookers,
    "sockets": sockets,
    "three": three,
    "rivals": rivals,
    "flows": flows,
    "followed": followed,
}
"""The quick ones first."""


def _property(what: str, holds: Callable[[], int]) -> Finding:
    try:
        return Finding(what=what, ok=True, figures=f"{holds():,} done")
    except AssertionError as error:
        return Finding(what=what, ok=False, figures=str(error) or "an assertion without words")


def _games(what: str, machine: type[RuleBasedStateMachine], size: Size, say: Say) -> Iterator[Finding]:
    """A game of hypothesis from many seeds; a failure prints the shortest story and names the seed that repeats it."""
    rules = settings(max_examples=size.examples, stateful_step_count=50, deadline=None, database=None, suppress_health_check=[*HealthCheck])
    failed: list[str] = []
    for number in range(size.games):
        # A class of its own for each seed: the decorator marks the class.
        seeded = seed(number)(type(f"{machine.__name__}Seed{number}", (machine,), {}))
        try:
            run_state_machine_as_test(seeded, settings=rules)
        except AssertionError as error:
            failed.append(f"seed={number}: {error}; {' '.join(getattr(error, '__notes__', []))[:300]}")
        say(f"seed {number + 1}/{size.games}")
    yield Finding(what=what, ok=not failed, figures=failed[0] if failed else f"{size.games} seeds of {size.examples} stories")


def _all_apart(runs: Sequence[tuple[str, ...]], jobs: int, say: Say) -> list[Ended]:
    """All runs, `jobs` at once, each in its own interpreter with its own hash seed; results in the order given."""
    dice = random.Random(SEED)
    hash_seeds = dice.sample(range(1, 4_000_000_000), len(runs))
    done = 0

    def one(words: tuple[str, ...], hash_seed: int) -> Ended:
        nonlocal done
        ended = run_apart(words, hash_seed, lambda text: say(f"{done}/{len(runs)} done; {words[0]} {Path(words[1]).name} {text}"))
        done += 1
        say(f"{done}/{len(runs)} done")
        return ended

    with ThreadPoolExecutor(jobs) as workers:
        return list(workers.map(one, runs, hash_seeds))


def _is_recording(path: Path) -> bool:
    try:
        open_tape(path)
    except TapeError:
        return False
    return True
