"""`paper`: live public data, simulated fills, the same engine. No key; orders stay here."""

import argparse
import asyncio
import signal
import sys
import time
from pathlib import Path
from typing import Any, Final

from config.assembly.kill import Killed, in_words
from config.assembly.latch import LATCH_NAME, Latch
from config.assembly.lock import locked
from config.assembly.market_ends import warnings
from config.assembly.operator.side import served
from config.assembly.outside import Chosen, choose, services
from config.assembly.paper import PAPER, Paper
from config.assembly.paper_journals import drop_older, new_journal
from config.console import Progress, folded, lens_lines, note, summary
from config.settings import FOLDER, BadSettings, Settings, load
from config.verbs.chosen_outside import outside_of as outside_of
from config.verbs.ending import HALTED, check_report, conclude, keep_of, logged, stoppable
from connectors.operator.control.bridge import Last
from connectors.operator.control.protocol import SOCKET_NAME
from connectors.systemd import Notifier
from oms.report import progress
from oms.values.texts import one_line
from oms.values.units import NS_PER_SECOND

REFUSED_SHOWN_MAX: Final = 5


def run(chosen: argparse.Namespace) -> int:
    """Trade on paper until stopped, and say what became of it."""
    check_report(chosen.report, chosen.config, chosen.journal)
    if chosen.resume:
        raise BadSettings("--resume: a paper run cannot be done again, the market has moved on; begin a new journal")
    settings = outside_of(load(chosen.config or FOLDER / "paper.toml"), chosen)
    path = chosen.config or FOLDER / "paper.toml"
    if is_halted("paper", settings, path):
        return HALTED
    with locked(settings.live.folder), logged(chosen, settings) as told:
        chosen.journal = chosen.journal or _default_journal(settings)
        paper, report = asyncio.run(_run(chosen, told))
    print(folded(summary(report, "paper: what became of it")))
    print(folded(lens_lines(report)))
    print(folded(note(PAPER)))
    print(folded(f"  journal    {one_line(str(chosen.journal))}"))
    if paper.tape.words():
        print(folded(f"  tape       {one_line(paper.tape.words())}"))
    code = conclude(chosen.report, report)
    if paper.killed is not None:
        print(folded(f"paper: {told_of(paper.killed)}"))
        return HALTED
    return code


def _default_journal(settings: Settings) -> Path:
    """In the state folder, where the latest runs have theirs."""
    folder = settings.live.folder
    drop_older(folder, settings.journal.paper_kept - 1)
    return new_journal(folder, time.time_ns())


def told_of(killed: Killed) -> str:
    """What came of a kill on paper: here the venue is ours, and one look is certain."""
    if not killed.verified:
        return in_words(killed)
    latch = f". NOT LATCHED, so a restart would trade again: {killed.not_latched}" if killed.not_latched else ""
    return f"halted: everything is cancelled, and nothing is open{latch}"


def is_halted(verb: str, settings: Settings, path: Path) -> bool:
    """Is there a latch? Then it is said, with the way out."""
    halt = Latch(settings.live.folder / LATCH_NAME).halt()
    if halt is None:
        return False
    print(folded(f"{verb}: halted: {halt.why}. Look at the venue and the journal; then `run_bot.py resume --config {path}` allows a start again"))
    return True


async def _run(chosen: argparse.Namespace, settings: Settings) -> tuple[Paper, dict[str, Any]]:
    chosen.seed = 0
    async with services(settings.venue) as venue:
        found = await choose(settings.markets, venue.catalog(), all_of_them=chosen.host is not None)
        keep = keep_of(chosen, f"paper at {settings.venue.clob}")
        paper = Paper(settings, found, venue, keep=keep, notifier=Notifier.from_environment())
        for line in begins("paper", found, settings):
            print(folded(line))
        print(folded("      nothing is sent to the venue but questions; Ctrl-C ends it with a summary"), flush=True)
        joined = paper.joined
        shown = Progress(
            paper.start_ns, chosen.seconds, lambda at_ns: progress(joined.engine.state, at_ns, joined.turner.event_count), out=sys.stderr
        )
        end_ns = None if chosen.seconds is None else time.time_ns() + chosen.seconds * NS_PER_SECOND
        kills = asyncio.get_running_loop()
        kills.add_signal_handler(signal.SIGUSR1, paper.halt, "SIGUSR1 was sent")
        with (
            stoppable(shown),
            served(paper.keeper.steward, "paper", settings.live.folder / SOCKET_NAME, settings, None if keep is None else keep.path) as side,
        ):
            try:
                report = await paper.run(lambda at_ns: shown(at_ns) and (end_ns is None or at_ns < end_ns))
            finally:
                shown.end()
            side.last = Last(0, "ended in order") if paper.killed is None else Last(HALTED, told_of(paper.killed))
            return paper, report


def begins(verb: str, found: Chosen, settings: Settings) -> list[str]:
    """The first lines: how many markets, where, and what is left out and why."""
    count = len(found.listings)
    lines = [f"{verb}: {count} {'market' if count == 1 else 'markets'} at {settings.venue.clob}, strategies: {', '.join(settings.strategy)}"]
    lines += [f"      left out: {text}" for text in found.refused[:REFUSED_SHOWN_MAX]]
    if len(found.refused) > REFUSED_SHOWN_MAX:
        lines.append(f"      left out: {len(found.refused) - REFUSED_SHOWN_MAX} more")
    ends = warnings(found.listings, found.wanted.ends, found.wanted.events, time.time_ns())
    lines += [f"      {text}" for text in ends[:REFUSED_SHOWN_MAX]]
    if len(ends) > REFUSED_SHOWN_MAX:
        lines.append(f"      {len(ends) - REFUSED_SHOWN_MAX} more markets have no end, or one that has passed")
    return [one_line(line) for line in lines]
