"""Days without a pause, by config/soak.toml: does memory stay flat, does the machine keep up, and what does a journal weigh?

Every memory is bounded by a count that stands beside it in the code (`BOUNDS` holds them all against a run). Most are full within an hour, which is
why growth is asked about from then on. In virtual time no fact ever waits: an instant lasts as long as its turn does. What could fall behind in life
is the processor, so that is told: seconds of it a virtual second, and the longest turn.

A simulated run has facts and no frames, so it has no tape.
"""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from oms.engine_settings import OVER_KEPT
from oms.journal import MemoryJournal
from oms.machines.blotter import RETIRED_MAX
from oms.machines.past import FORGOTTEN_MAX
from sim import answers, desk, settlement
from sim.exchange import RESOLVED_KEPT
from tests.campaign.interpreters import Ended, Look, run_apart
from tests.campaign.judge import Finding, sound
from tests.campaign.size import DAY_SECONDS, SEED, Say, Size

SETTLED_HOURS: Final = 1.0
"""So long memories may take to fill."""
GROWTH_MIB_A_DAY: Final = 5.0
ORDERS_A_DAY: Final = 719_624
"""The published run (requirements 2.56, 2.57)."""
FASTER_MIN: Final = 10
"""Virtual seconds a second of wall-clock: far from falling behind."""
JOURNAL_BYTES_MAX: Final = 6_000
"""An order's part of the journal, with all that was seen, decided and heard of it. One run is one file and nothing shortens it."""
_OPEN: Final = 1_100
"""Beside what is remembered: what is open, under way or still looked at; far less in practice."""
BOUNDS: Final = {
    "orders": RETIRED_MAX + _OPEN,
    "markets": OVER_KEPT + 100,
    "transfers": 2 * RETIRED_MAX,
    "names": FORGOTTEN_MAX,
    "turns": MemoryJournal.TAIL,
    "venue orders": desk.REMEMBERED_MAX + _OPEN,
    "venue trades": settlement.REMEMBERED_MAX + _OPEN,
    "venue markets": RESOLVED_KEPT + 100,
    "venue answers": answers.REMEMBERED_MAX,
}
"""What is remembered (Look.kept) → how much of it at most."""


def soak(size: Size, say: Say) -> Iterator[Finding]:
    """Three days; memory at every hour; then a short stretch with a journal, weighed."""
    ended = run_apart(("soak", str(size.soak_seconds), str(SEED), str(size.look_seconds)), 1, say)
    what = f"soak of {size.soak_seconds / 3_600:g} virtual hours"
    yield sound(what, ended)
    if ended.error:
        return
    yield rate(ended, size.soak_seconds)
    yield remembered(ended.looks)
    if size.soak_seconds > 2 * SETTLED_HOURS * 3_600:
        yield growth(ended.looks)
    yield Finding(what="hour by hour", ok=bool(ended.looks), figures=f"{len(ended.looks)} looks", table=hours(ended.looks))
    yield journal(size, say)


def orders_day(size: Size, say: Say) -> Iterator[Finding]:
    """As many orders in one virtual day as the published run placed, or more."""
    ended = run_apart(("soak", str(size.orders_seconds), str(SEED), str(size.look_seconds)), 1, say)
    yield sound(f"orders for {size.orders_seconds:,} virtual seconds", ended)
    if not ended.error:
        yield rate(ended, size.orders_seconds)
        yield pace(ended, size)


def rate(ended: Ended, seconds: int) -> Finding:
    """As many orders as the published run had in the same time."""  # req 2.56, 2.57
    placed, asked = ended.outcome["orders"]["placed"], ORDERS_A_DAY * seconds // DAY_SECONDS
    return Finding(what="orders placed", ok=placed >= asked, figures=f"{placed:,}, {placed / seconds:.2f} a second; asked for {asked:,}")


def pace(ended: Ended, size: Size) -> Finding:
    """Does the machine keep up?"""
    machine, seconds = ended.machine, size.orders_seconds
    turn = machine["latency_us"]["turn"]
    faster = seconds / machine["wall_s"]
    figures = (
        f"{machine['wall_s']:,.0f} s of wall-clock, {faster:.0f} times faster than life, {machine['cpu_s'] / seconds * 1e3:.1f} ms of processor a"
        f" virtual second; turns p50 {turn['p50']:.0f}, p99 {turn['p99']:.0f}, longest {turn['max']:,.0f} µs, both sets of books recounted in them"
    )
    return Finding(what="the machine keeps up", ok=faster >= FASTER_MIN and turn["p99"] <= size.turn_p99_max_us, figures=figures)


def remembered(looks: tuple[Look, ...]) -> Finding:
    """Nothing is ever remembered beyond its bound."""
    most = {what: max((look.kept[what] for look in looks), default=0) for what in BOUNDS}
    beyond = [what for what, count in most.items() if count > BOUNDS[what]]
    lines = [f"{'':<16}{'most':>10}{'at most':>10}", *(f"{what:<16}{count:>10,}{BOUNDS[what]:>10,}" for what, count in most.items())]
    figures = f"beyond the bound: {', '.join(beyond)}" if beyond else f"{len(BOUNDS)} memories within their bounds"
    return Finding(what="what is remembered", ok=bool(looks) and not beyond, figures=figures, table="\n".join(lines))


def growth(looks: tuple[Look, ...]) -> Finding:
    """Memory added from the first settled look to the last, a virtual day."""
    settled = [look for look in looks if look.hours >= SETTLED_HOURS]
    if len(settled) < 2:
        return Finding(what="growth of memory", ok=False, figures=f"{len(settled)} looks after the first hour")
    first, last = settled[0], settled[-1]
    days = (last.hours - first.hours) / 24
    mib = (last.rss_mib - first.rss_mib) / days
    blocks = (last.blocks - first.blocks) / days
    figures = (
        f"{mib:+.2f} MiB a virtual day (at most {GROWTH_MIB_A_DAY:g}), {blocks:+,.0f} blocks:"
        f" {first.rss_mib:.1f} MiB after {first.hours:g} h, {last.rss_mib:.1f} after {last.hours:g} h"
    )
    return Finding(what="growth of memory", ok=mib < GROWTH_MIB_A_DAY, figures=figures)


def journal(size: Size, say: Say) -> Finding:
    """A short stretch on disk: what an order adds to the journal."""
    with TemporaryDirectory(prefix="steelyard-soak-") as folder:
        path = Path(folder) / "soak.sqlite"
        ended = run_apart(("soak", str(size.kept_seconds), str(SEED), str(size.look_seconds), str(path)), 1, say)
    if ended.error:
        return Finding(what="a journal", ok=False, figures=ended.error)
    placed = ended.outcome["orders"]["placed"]
    each = ended.machine["journal_bytes"] / max(1, placed)
    whole = f"{each * ORDERS_A_DAY / 1e9:.1f} GB for {ORDERS_A_DAY:,}"
    figures = f"{each:,.0f} bytes an order over {placed:,} orders (at most {JOURNAL_BYTES_MAX:,}): {whole}"
    return Finding(what="a journal", ok=each <= JOURNAL_BYTES_MAX, figures=figures)


def hours(looks: tuple[Look, ...]) -> str:
    """All looks, a line each."""
    lines = [f"{'hour':>6}{'orders':>12}{'fills':>9}{'markets':>9}{'MiB':>8}{'blocks':>12}{'cpu s':>9}"]
    lines += [
        f"{look.hours:>6g}{look.orders:>12,}{look.fills:>9,}{look.markets:>9,}{look.rss_mib:>8.1f}{look.blocks:>12,}{look.cpu_s:>9,.0f}"
        for look in looks
    ]
    return "\n".join(lines)
