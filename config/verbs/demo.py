"""`demo`: at a watchable speed until stopped on a terminal, a virtual hour as fast as it goes elsewhere."""

import argparse
import sys

from config.assembly.demo import START_NS, SYNTHETIC, Demo
from config.console import Progress, folded, note, summary
from config.settings import FOLDER, Settings, load
from config.verbs.ending import check_report, conclude, keep_of, logged, until_stopped
from oms.report import progress

WATCHABLE_SPEED = 30.0
"""Virtual seconds a second for a demo that somebody looks at."""
UNWATCHED_SECONDS = 3_600


def run(chosen: argparse.Namespace) -> int:
    """Trade on the built-in exchange and say what became of it."""
    check_report(chosen.report, chosen.config, chosen.journal)
    with logged(chosen, load(chosen.config or FOLDER / "demo.toml")) as settings:
        return _trade(chosen, settings)


def _what(settings: Settings) -> str:
    """What is traded, on what."""
    trades = " and ".join(name.replace("_", " ") for name in settings.strategy) or "nobody of ours"
    events = f"{settings.demo.event_count} events" if settings.demo.event_count else ""
    open_ones = " and ".join(part for part in (f"{settings.demo.markets} markets" if settings.demo.markets else "", events) if part)
    return f"{trades} on the built-in exchange, {open_ones} at a time"


def _trade(chosen: argparse.Namespace, settings: Settings) -> int:
    is_watched = sys.stderr.isatty()
    seconds = chosen.seconds if chosen.seconds is not None or is_watched else UNWATCHED_SECONDS
    speed = chosen.speed if chosen.speed is not None else (WATCHABLE_SPEED if is_watched else 0.0)
    demo = Demo(settings, seed=chosen.seed, seconds=seconds, keep=keep_of(chosen, "demo"))
    joined = demo.joined
    length = f"{seconds:,} virtual seconds" if seconds is not None else "until you stop it with Ctrl-C"
    pace = f"{speed:g} virtual seconds a second" if speed else "as fast as it goes"
    begins = f"demo: {_what(settings)}, seed {chosen.seed}; {length}, {pace}"
    print(folded(begins))
    if settings.demo.outage_s:
        when = "in the middle" if seconds is not None else "after ten virtual minutes"
        print(folded(f"      the market-data stream breaks off for {settings.demo.outage_s} s {when}; no key, no network, no real money"))
    sys.stdout.flush()
    shown = Progress(START_NS, seconds, lambda at_ns: progress(joined.engine.state, at_ns, joined.turner.event_count), speed=speed)
    report = until_stopped(shown, demo.run)
    print(folded(summary(report, "demo: what became of it")))
    print(folded(note(SYNTHETIC)))
    return conclude(chosen.report, report)
