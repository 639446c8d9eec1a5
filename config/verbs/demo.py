"""`demo`: at a watchable speed until stopped on a terminal, a virtual hour as fast as it goes elsewhere."""

import argparse
import os
import sys
from typing import Any

from config.assembly.demo import START_NS, SYNTHETIC, Demo
from config.assembly.operator.beside import with_dashboard
from config.assembly.operator.steward import About, Steward
from config.console import Progress, folded, note, summary
from config.measure import commit_id
from config.settings import FOLDER, Settings, load
from config.verbs.ending import HALTED, check_report, conclude, keep_of, logged, until_stopped
from config.version import VERSION
from connectors.operator.control.bridge import Bridge, Last
from oms.report import progress

WATCHABLE_SPEED = 30.0
"""Virtual seconds a second for a demo that somebody looks at."""
UNWATCHED_SECONDS = 3_600


def run(chosen: argparse.Namespace) -> int:
    """Trade on the built-in exchange and say what became of it."""
    check_report(chosen.report, chosen.config, chosen.journal)
    path = chosen.config or FOLDER / "demo.toml"
    if _opens_dashboard(chosen):
        from config.verbs.dashboard import show  # noqa: PLC0415 (Textual is imported where it is needed)

        load(path)  # what is wrong with it is better said before a screen opens
        return with_dashboard(_words(chosen), show)
    with logged(chosen, load(path)) as settings:
        return _trade(chosen, settings)


def _opens_dashboard(chosen: argparse.Namespace) -> bool:
    """On a terminal it opens by itself, unless somebody wants it otherwise, or looks from elsewhere."""
    if chosen.dashboard is not None:
        return bool(chosen.dashboard)
    return chosen.socket is None and sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"


def _words(chosen: argparse.Namespace) -> list[str]:
    """What was typed, for the run behind the dashboard."""
    words = ["demo", "--no-dashboard", f"--seed={chosen.seed}", f"--speed={WATCHABLE_SPEED if chosen.speed is None else chosen.speed:g}"]
    for name in ("seconds", "config", "report", "journal", "log_level"):
        value = getattr(chosen, name)
        if value is not None:
            words.append(f"--{name.replace('_', '-')}={value}")
    return [*words, "--resume"] if chosen.resume else words


def _what(settings: Settings) -> str:
    """What is traded, on what."""
    *names, last = (name.replace("_", " ") for name in settings.strategy or ("nobody_of_ours",))
    trades = f"{', '.join(names)} and {last}" if names else last
    counted = ((settings.demo.markets, "market"), (settings.demo.event_count, "event"))
    open_ones = " and ".join(f"{count} {name}{'' if count == 1 else 's'}" for count, name in counted if count)
    return f"{trades} on the built-in exchange, {open_ones} at a time"


def _trade(chosen: argparse.Namespace, settings: Settings) -> int:
    is_watched = sys.stderr.isatty() or chosen.socket is not None
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
    report = _watched(chosen, settings, demo, shown)
    print(folded(summary(report, "demo: what became of it")))
    print(folded(note(SYNTHETIC)))
    code = conclude(chosen.report, report)
    if joined.killed:
        left = joined.engine.state.blotter.open_count
        print(folded(f"demo: halted: {joined.killed}; {'nothing is open' if not left else f'{left} orders are still open'}"))
        return HALTED
    return code


def _watched(chosen: argparse.Namespace, settings: Settings, demo: Demo, shown: Progress) -> dict[str, Any]:
    """Run, with a socket for those who look and speak, if one was named."""
    if chosen.socket is None:
        return until_stopped(shown, demo.run)
    from config.assembly.operator.side import served  # noqa: PLC0415 (sockets and figures, which most demos do without)
    from config.assembly.operator.surroundings import machine  # noqa: PLC0415

    joined, bridge = demo.joined, Bridge()
    about = About(verb="demo", version=VERSION, commit=commit_id(), seed=chosen.seed, since_ns=START_NS)
    around = joined.around(lambda at_ns: machine(at_ns, chosen.journal))
    joined.steward = Steward(joined.engine.state, bridge, about, around, tell=demo.world.tell, kill=joined.halt)
    with served(joined.steward, "demo", chosen.socket, settings, chosen.journal) as side:
        report = until_stopped(shown, demo.run)
        side.last = Last(HALTED if joined.killed else 0, f"halted: {joined.killed}" if joined.killed else "the demo is over")
        return report
