"""What the recordings show of arbitrage: every tape that can be replayed, through the engine's own books, with both arbitrage strategies at work.

Each tape is replayed twice: without fees, with the finder looking on (windows_finder.py), which counts gaps raw and net of what takers paid in 2026;
and with those fees, to see what the strategies make of it. A count of nothing is a result; what fails here is money that does not add up, a tape on
which no pair of books was ever seen, or that cannot be replayed.
"""

import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from config.assembly.replay import Replay, open_tapes
from config.settings import FOLDER, Settings, load
from connectors.chunks import TapeError
from oms.values.units import micro_text
from tests.campaign.judge import Finding
from tests.campaign.size import Say, Size
from tests.campaign.windows_finder import Finder
from tests.campaign.windows_table import TOGETHER, Sum, as_json, as_text
from tests.campaign.windows_verdict import Window
from tests.conftest import data_folder

RATES_BPS: Final = {"mlb": 500, "l2": 700, "updown": 700}
"""Kind of recording → what takers paid in markets of its category in 2026 (polymarket.md §7.1): sports, crypto. Tapes of ours tell it themselves."""
STRATEGIES: Final[dict[str, dict[str, Any]]] = {"binary_arbitrage": {}, "negrisk_arbitrage": {}}
_FEES: Final = {False: "none", True: "2026"}


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """What the strategies made of one tape, on paper."""

    seen: int
    """Windows, by what they look for."""
    bundles: dict[str, int]
    """How many were opened, and how they ended."""
    result_micro: int
    sound: str
    """Empty: the money added up."""


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What one tape showed."""

    name: str
    kind: str
    markets: int
    events: int
    """Whole exclusive events on it."""
    views: int
    judged: int
    disagreed: int
    windows: tuple[Window, ...]
    free: Tried
    charged: Tried


def windows(size: Size, say: Say) -> Iterator[Finding]:
    """The gaps of all recordings, or of the sample."""
    folder = data_folder() if size.recorded else FOLDER / "samples"
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file() and is_recording(path)]
    if not paths:
        yield Finding(what="recordings", ok=False, figures=f"none in {folder}: set STEELYARD_DATA")
        return
    told = list(_all_told(paths, size.jobs, say))
    yield from findings(told)


def look_at(path: Path) -> Told:
    """Replay one tape twice."""
    settings = replace(load(FOLDER / "replay.toml", {}), strategy=STRATEGIES)
    rate_bps = RATES_BPS.get(open_tapes(settings, [path])[0].recording.kind)
    run = _given_run(settings, path, 0)
    finder = watched(run, rate_bps)
    free = _tried(run)
    finder.finish()
    recording = run.tapes[0].recording
    return Told(
        name=recording.name,
        kind=recording.kind,
        markets=len(recording.markets),
        events=finder.events,
        views=finder.views,
        judged=finder.judged,
        disagreed=finder.disagreed,
        windows=tuple(finder.windows),
        free=free,
        charged=_tried(_given_run(settings, path, rate_bps)),
    )


def watched(run: Replay, rate_bps: int | None) -> Finder:
    """A finder that looks on at the run."""
    finder = Finder(run.joined.engine.state, rate_bps)
    run.joined.watchers.append(finder.fact)
    run.joined.turner.camera = finder.turn
    return finder


def is_recording(path: Path) -> bool:
    """Can it be replayed?"""
    try:
        open_tapes(Settings(), [path])
    except TapeError:
        return False
    return True


def findings(told: Sequence[Told]) -> Iterator[Finding]:
    """What to say of all tapes together."""
    unsound = [f"{one.name}: {tried.sound}" for one in told for tried in (one.free, one.charged) if tried.sound]
    blind = [one.name for one in told if not one.views]
    views, judged, disagreed = (sum(getattr(one, name) for one in told) for name in ("views", "judged", "disagreed"))
    figures = f"{len(told)} tapes, {sum(one.markets for one in told)} markets; {views:,} times a pair of books that was not history"
    yield Finding(what="recordings replayed twice", ok=not unsound and not blind, figures="; ".join([figures, *unsound, *blind]))
    yield Finding(what="ends of an exchange time", ok=judged > 0, figures=f"{judged:,} judged; at {disagreed:,} the two tokens of a market disagreed")
    whole = [one.name for one in told if one.events]
    yield Finding(what="tapes with a whole exclusive event", ok=True, figures=f"{len(whole)} of {len(told)}" + "".join(f"; {name}" for name in whole))
    sums = summed(told)
    for one in sums[-2:]:
        row = one.figures()
        figures = f"{row['windows']:,}, of which {row['torn']:,} torn views; {row['believed']:,} could have been acted on; alive {row['alive']}"
        yield Finding(what=f"windows, fees {one.fees}", ok=row["windows"] == sum(row["verdicts"].values()), figures=figures)
    yield Finding(what="windows by kind of recording", ok=True, figures=f"{len(sums)} rows", table=f"{as_text(sums)}\n\n{as_json(sums)}")
    for fees, tried in (("none", [one.free for one in told]), ("2026", [one.charged for one in told])):
        yield Finding(what=f"the strategies on paper, fees {fees}", ok=True, figures=_made_of_it(tried))


def summed(told: Sequence[Told]) -> list[Sum]:
    """Without and with fees: each kind of recording, then all together."""
    kinds = list(dict.fromkeys(one.kind for one in told))
    sums: list[Sum] = []
    for kind in [*kinds, TOGETHER]:
        found = [window for one in told if kind in (TOGETHER, one.kind) for window in one.windows]
        sums += [Sum(kind=kind, fees=_FEES[charged], windows=tuple(w for w in found if w.charged is charged)) for charged in (False, True)]
    return sums


def _made_of_it(tried: Sequence[Tried]) -> str:
    bundles = {name: sum(one.bundles[name] for one in tried) for name in tried[0].bundles}
    ends = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in bundles.items())
    return f"{sum(one.seen for one in tried):,} windows seen; bundles: {ends}; {micro_text(sum(one.result_micro for one in tried))} USD"


def _given_run(settings: Settings, path: Path, rate_bps: int | None) -> Replay:
    """`rate_bps` None: as the tape says."""
    with_fees = replace(settings, assume=replace(settings.assume, fee_rate_bps=rate_bps))
    return Replay(with_fees, open_tapes(with_fees, [path]))


def _tried(run: Replay) -> Tried:
    report: dict[str, Any] = run.run()
    arbitrage = report["arbitrage"]
    conserved = report["conserved"]
    return Tried(
        seen=arbitrage["windows"]["seen"],
        bundles=arbitrage["bundles"],
        result_micro=arbitrage["result_micro"],
        sound="" if conserved is True else str(conserved),
    )


def _all_told(paths: Sequence[Path], jobs: int, say: Say) -> Iterator[Told]:
    if len(paths) == 1:
        yield look_at(paths[0])
        return
    with ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("spawn")) as workers:
        for number, told in enumerate(workers.map(look_at, paths), start=1):
            say(f"{number}/{len(paths)}: {told.name}")
            yield told
