#!/usr/bin/env python3
"""Steelyard: trade prediction markets, in simulation and on recorded data. `run_bot.py --help` lists the verbs; no verb means `demo`.

Exit codes: 0 done, 2 wrong usage or configuration, 3 a file said no, 4 the run was done but its books do not agree.
"""

import argparse
import json
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent
WATCHABLE_SPEED = 30.0
"""Virtual seconds a second for a demo that somebody looks at."""
UNWATCHED_SECONDS = 3_600


def main(arguments: list[str] | None = None) -> int:
    """Parse, choose the builder, say what became of it."""
    words = sys.argv[1:] if arguments is None else arguments
    if not words or words[0].startswith("-") and words[0] not in {"-h", "--help"}:
        words = ["demo", *words]
    chosen = _parser().parse_args(words)
    from config.settings import BadSettings  # noqa: PLC0415 - imported when needed, so that --help is instant
    from connectors.chunks import TapeError  # noqa: PLC0415
    from oms.ports import JournalFailed  # noqa: PLC0415

    run: Callable[[argparse.Namespace], int] = chosen.run
    try:
        return run(chosen)
    except BadSettings as error:
        return _say(str(error), 2)
    except (TapeError, JournalFailed) as error:
        return _say(str(error), 3)
    except BrokenPipeError:
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="run_bot.py",
        description="Steelyard trades prediction markets: market making on a built-in exchange and on recorded order books. Nothing here touches real money.",
        epilog="exit codes: 0 done, 2 wrong usage or configuration, 3 a file said no, 4 the two sets of books do not agree",
    )
    verbs = parser.add_subparsers(title="verbs", metavar="VERB")
    demo = verbs.add_parser("demo", help="trade on the built-in exchange with seeded counterparties (the default verb)")
    demo.add_argument("--seconds", type=_whole, help="virtual seconds to trade (default: until stopped on a terminal, else 3600)")
    demo.add_argument("--speed", type=_speed, help="virtual seconds a second; 0 = as fast as it goes (default: 30 on a terminal, else 0)")
    demo.add_argument("--seed", type=int, default=7, help="decides everything that is left to chance (default: 7)")
    demo.set_defaults(run=_demo)
    replay = verbs.add_parser("replay", help="replay recorded tapes through the same engine, fills judged by three lenses")
    replay.add_argument("tapes", nargs="*", type=Path, metavar="TAPE", help="recordings; several merge by time (default: the sample that ships)")
    replay.add_argument("--each", action="store_true", help="replay each tape on its own and add the results up")
    replay.add_argument("--seed", type=int, default=0, help="decides the latencies (default: 0)")
    replay.set_defaults(run=_replay)
    for verb in (demo, replay):
        verb.add_argument("--config", type=Path, help="settings (default: config/<verb>.toml)")
        verb.add_argument("--report", type=Path, metavar="FILE", help="write the report as JSON as well")
        verb.add_argument("--journal", type=Path, metavar="FILE", help="keep the journal in this (new) file")
    return parser


def _demo(chosen: argparse.Namespace) -> int:
    from config.assembly.demo import START_NS, Demo  # noqa: PLC0415 - one builder a verb
    from config.console import SYNTHETIC_SAYS, Progress, summary  # noqa: PLC0415
    from config.settings import load  # noqa: PLC0415
    from oms.report import progress  # noqa: PLC0415

    is_watched = sys.stderr.isatty()
    seconds = chosen.seconds if chosen.seconds is not None or is_watched else UNWATCHED_SECONDS
    speed = chosen.speed if chosen.speed is not None else (WATCHABLE_SPEED if is_watched else 0.0)
    _check_report(chosen.report)
    settings = load(chosen.config or ROOT / "config" / "demo.toml")
    demo = Demo(settings, seed=chosen.seed, seconds=seconds, journal_path=chosen.journal)
    joined = demo.joined
    length = f"{seconds:,} virtual seconds" if seconds is not None else "until you stop it with Ctrl-C"
    pace = f"{speed:g} virtual seconds a second" if speed else "as fast as it goes"
    print(
        f"demo: market making on the built-in exchange, {settings.demo.markets} markets at a time, seed {chosen.seed}; {length}, {pace};"
        f" a stream outage of {settings.demo.outage_s} s comes in the middle",
        flush=True,
    )
    shown = Progress(START_NS, seconds, lambda at_ns: progress(joined.engine.state, at_ns, joined.turner.event_count), speed=speed)
    report = _until_stopped(shown, demo.run)
    print(summary(report, "demo: what became of it"))
    print(SYNTHETIC_SAYS)
    return _conclude(chosen, report)


def _replay(chosen: argparse.Namespace) -> int:
    from config.assembly.replay import Replay, Tape, add_up, open_tapes  # noqa: PLC0415 - one builder a verb
    from config.console import REPLAY_SAYS, Progress, lens_lines, summary  # noqa: PLC0415
    from config.settings import load  # noqa: PLC0415
    from oms.report import progress  # noqa: PLC0415

    _check_report(chosen.report)
    settings = load(chosen.config or ROOT / "config" / "replay.toml")
    paths = chosen.tapes or sorted((ROOT / "config" / "samples").glob("*.jsonl.gz"))
    if chosen.each and chosen.journal:
        return _say("--journal: a journal belongs to one run, and --each makes several; leave one of them out", 2)

    def run(tapes: list[Tape]) -> dict[str, Any]:
        one = Replay(settings, tapes, seed=chosen.seed, journal_path=chosen.journal)
        joined = one.joined
        shown = Progress(one.first_ns, one.length_s, lambda at_ns: progress(joined.engine.state, at_ns, joined.turner.event_count))
        return _until_stopped(shown, one.run)

    tapes = open_tapes(settings, paths)
    print(
        f"replay: {len(tapes)} {'tape' if len(tapes) == 1 else 'tapes'}, {'each on its own' if chosen.each else 'one wallet, merged by time'}",
        flush=True,
    )
    report = add_up([run([tape]) for tape in tapes]) if chosen.each else run(tapes)
    print(summary(report, "replay: what became of it"))
    print(lens_lines(report))
    print(REPLAY_SAYS)
    return _conclude(chosen, report)


def _until_stopped(shown: Any, run: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
    """Run; the first Ctrl-C or SIGTERM ends it in order, with a summary; the second one at once."""

    def stop(_number: int, _frame: object) -> None:
        if shown.stop:
            sys.exit(130)
        shown.stop = True

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        return run(shown)
    finally:
        shown.end()
        for number, handler in before.items():
            signal.signal(number, handler)


def _check_report(path: Path | None) -> None:
    """Better to hear it before the run than after it."""
    from config.settings import BadSettings  # noqa: PLC0415

    if path is not None and (path.is_dir() or not path.resolve().parent.is_dir()):
        raise BadSettings(f"--report {path}: is a folder, or in a folder that does not exist; name a file in a folder that does")


def _conclude(chosen: argparse.Namespace, report: dict[str, Any]) -> int:
    if chosen.report is not None:
        try:
            chosen.report.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
        except OSError as error:
            return _say(f"{chosen.report}: the report could not be written ({error.strerror}); name another file with --report", 3)
        print(f"  report     {chosen.report}")
    return 0 if report["conserved"] is True else 4


def _whole(text: str) -> int:
    value = int(text)
    if not 1 <= value <= 10**9:
        raise argparse.ArgumentTypeError(f"{text} is not a number of seconds from 1 to 1000000000")
    return value


def _speed(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 10**6:
        raise argparse.ArgumentTypeError(f"{text} is not a speed from 0 to 1000000")
    return value


def _say(text: str, code: int) -> int:
    print(f"run_bot.py: {text}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
