#!/usr/bin/env python3
"""Steelyard: trade prediction markets, in simulation and on recorded data. `run_bot.py --help` lists the verbs; no verb means `demo`.

This file only parses and calls: each verb is a file in config/verbs, imported when it is chosen.
"""

import argparse
import importlib
import io
import sys
from pathlib import Path
from typing import Any, NoReturn

from oms.values.texts import one_line

SEED_MAX = 2**63 - 1
SEEDS_MAX = 10**7
LOG_LEVELS = ("debug", "info", "warning", "error")
OPERATOR_VERBS = ("dashboard", "status", "pause", "cancel", "set", "order", "telegram", "install_service")
"""Those that speak to a running daemon, or stand beside one."""
ABOUT = """\
Steelyard trades prediction markets: on a built-in exchange, on recorded and on live order books, and, after two switches, for real.
Every verb but `live` leaves real money alone."""
CODES = """\
exit codes: 0 done, 2 wrong usage or configuration, 3 a file, a process or the venue said no, 4 the exchange's books and ours do not agree or the
auditor found something, 42 halted by a person or a guard (do not restart), 130 stopped at once, or before all seeds of `chaos` were run"""


def main(arguments: list[str] | None = None) -> int:
    """Do what the words say; Ctrl-C ends it at any time, also while the first file is still being imported."""
    try:
        return _chosen(arguments)
    except KeyboardInterrupt:
        return _say("stopped before or after the run", 130)


def _chosen(arguments: list[str] | None) -> int:
    """Parse, choose the verb, turn its refusals into one line and a code."""
    words = sys.argv[1:] if arguments is None else arguments
    if not words or (words[0].startswith("-") and words[0] not in {"-h", "--help"}):
        words = ["demo", *words]
    chosen = _parser().parse_args(words)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal that cannot show a letter gets its number, not our end
    from config.refusals import SaidNo  # noqa: PLC0415
    from config.settings import BadSettings  # noqa: PLC0415 - after parsing, so that --help is instant
    from connectors.chunks import TapeError  # noqa: PLC0415
    from oms.ports import JournalFailed  # noqa: PLC0415

    try:
        code: int = importlib.import_module(f"config.verbs.{chosen.verb.replace('-', '_')}").run(chosen)
    except BadSettings as error:
        return _say(str(error), 2)
    except (TapeError, JournalFailed, SaidNo) as error:
        return _say(str(error), 3)
    except BrokenPipeError:
        sys.stderr.close()  # whoever read our output has gone; there is nobody to tell
        return 0
    except OSError as error:  # what no file of ours foresaw, such as a name that is too long for any
        return _say(f"{error.filename or 'a file'}: {error.strerror or error}; name another one, or see to its rights", 3)
    return code


class _Parser(argparse.ArgumentParser):
    """Its refusals quote what was typed, so they are made fit to be shown."""

    def error(self, message: str) -> NoReturn:
        super().error(one_line(message))


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="run_bot.py", description=ABOUT, epilog=CODES)
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", dest="verb", required=True)
    demo = verbs.add_parser("demo", help="trade on the built-in exchange with seeded counterparties (the default verb)")
    demo.add_argument("--seconds", type=_seconds, help="virtual seconds to trade (default: until stopped on a terminal, else 3600)")
    demo.add_argument("--speed", type=_speed, help="virtual seconds a second; 0 = as fast as it goes (default: 30 on a terminal, else 0)")
    demo.add_argument("--seed", type=_seed, default=7, help="decides everything that is left to chance (default: 7)")
    demo.add_argument("--dashboard", action=argparse.BooleanOptionalAction, help="open the dashboard in front of it (default: on a terminal)")
    demo.add_argument("--socket", type=Path, metavar="PATH", help="serve the control socket there, for dashboard, status, pause, kill, …")
    replay = verbs.add_parser("replay", help="replay recorded tapes through the same engine, fills judged by three lenses")
    replay.add_argument("tapes", nargs="*", type=Path, metavar="TAPE", help="recordings; several merge by time (default: the sample that ships)")
    replay.add_argument("--each", action="store_true", help="replay each tape on its own and add the results up")
    replay.add_argument("--record", type=Path, metavar="FILE", help="write the tape anew in our own format, with the boundaries of turns")
    replay.add_argument("--seed", type=_seed, default=0, help="decides the latencies (default: 0)")
    why = verbs.add_parser("why", help="tell why an order existed and what became of it, from a journal")
    why.add_argument("order", metavar="ORDER", help="our id of the order, as in the journal")
    why.add_argument("--journal", type=Path, metavar="FILE", required=True, help="the journal of the run")
    report = verbs.add_parser("report", help="tell what a run amounts to, from its journal; also while it runs, and after it was killed")
    report.add_argument("journal", type=_file, metavar="JOURNAL", help="the journal of the run")
    report.add_argument("--html", type=Path, metavar="FILE", help="write one self-contained page with pictures")
    report.add_argument("--json", type=Path, metavar="FILE", help="write everything as JSON")
    chaos = verbs.add_parser("chaos", help="let everything go wrong that may, seed by seed, while an auditor looks on; shrink what fails")
    _add_chaos(chaos)
    paper, live = _add_outside(verbs)
    for verb in (demo, replay, chaos, paper, live):
        verb.add_argument("--log-level", choices=LOG_LEVELS, help="what is told on stderr while it runs (default: as [log] level says, else warning)")
    for verb in (demo, replay, paper, live):
        verb.add_argument("--config", type=Path, metavar="FILE", help="settings (default: the verb's own file in config/)")
        verb.add_argument("--report", type=Path, metavar="FILE", help="write the report as JSON as well")
    for verb in (demo, replay, paper):
        verb.add_argument("--journal", type=Path, metavar="FILE", help="keep the journal in this new file")
        verb.add_argument(
            "--resume", action="store_true", help="go on with the interrupted run whose --journal this is, by doing it again up to there"
        )
    return parser


def _add_outside(verbs: Any) -> tuple[argparse.ArgumentParser, argparse.ArgumentParser]:  # noqa: ANN401 - argparse's own type is private
    """The verbs that reach outside: the exchange that is served, and those that trade where a venue is."""
    exchange = verbs.add_parser("exchange", help="serve the simulated exchange over Polymarket's own wire; official clients trade on it")
    exchange.add_argument("--port", type=_port, default=8080, help="0 takes a free one (default: 8080)")
    exchange.add_argument("--address", default="127.0.0.1", help="where to listen (default: 127.0.0.1, this machine only)")
    exchange.add_argument("--seed", type=_seed, default=7, help="decides everything that is left to chance (default: 7)")
    exchange.add_argument("--grant", type=_dollars, default=10_000, metavar="USD", help="play money of a new wallet (default: 10000)")
    exchange.add_argument("--traders", action=argparse.BooleanOptionalAction, default=True, help="a crowd keeps the markets alive (default: yes)")
    exchange.add_argument("--admin", type=Path, metavar="FILE", dest="token_file", help="serve the admin's side too; its token goes to this file")
    exchange.add_argument("--journal", type=Path, metavar="FILE", help="survive kill -9: keep every request here, and do what it holds again")
    exchange.add_argument("--config", type=Path, metavar="FILE", help="settings, of which [demo] is used (default: config/demo.toml)")
    from config.verbs import record  # noqa: PLC0415 - light: what it needs to run is imported when it runs

    record.add_words(verbs.add_parser("record", help="record every frame of chosen markets, and reference prices, on a tape that `replay` reads"))
    paper: argparse.ArgumentParser = verbs.add_parser("paper", help="live public books, simulated fills: no key, nothing is sent but questions")
    paper.add_argument("--seconds", type=_seconds, help="end after so many seconds (default: when stopped)")
    live: argparse.ArgumentParser = verbs.add_parser("live", help="real orders; needs live = true in the file, --live here, and a signer")
    live.add_argument("--live", action="store_true", help="the second of the two switches")
    doctor = verbs.add_parser("doctor", help="look at everything `live` needs, and say the one thing to do next; sends no order")
    kill = verbs.add_parser("kill", help="halt for good: cancel everything, look that nothing is open, stay off until `resume`")
    kill.add_argument("--why", default="", help="for whoever reads the halt later")
    resume = verbs.add_parser("resume", help="take a halt away, so that the bot may be started again")
    for verb in (paper, live, kill, doctor):
        verb.add_argument("--host", metavar="URL", help="the venue is there, such as http://127.0.0.1:8080 (default: as [venue] says: Polymarket)")
        verb.add_argument("--slug", action="append", default=[], metavar="SLUG", help="this market as well, by its slug; may be repeated")
        verb.add_argument("--event", action="append", default=[], metavar="SLUG", help="all markets of this event as well; may be repeated")
        verb.add_argument("--series", action="append", default=[], metavar="NUMBER", help="all windows of this series at Gamma; may be repeated")
    from config import daemon_words  # noqa: PLC0415 - light, as the verbs below are until they run

    daemon_words.add_socket(kill)
    daemon_words.add_to_resume(resume)
    for name in OPERATOR_VERBS:
        importlib.import_module(f"config.verbs.{name}").add_words(verbs)
    for verb in (kill, resume, doctor):
        verb.add_argument("--config", type=Path, metavar="FILE", help="settings (default: config/live.toml)")
    return paper, live


def _add_chaos(chaos: argparse.ArgumentParser) -> None:
    chaos.add_argument("--seeds", type=_seeds, default=range(1, 101), metavar="A..B", help="these seeds, or one (default: 1..100)")
    chaos.add_argument("--jobs", type=_jobs, metavar="N", help="runs side by side (default: one for each processor)")
    chaos.add_argument("--only", metavar="STRIKES", help="one seed with these strikes and no other, such as 'kill:3; place lost:2,14'; '' for none")
    chaos.add_argument("--config", type=Path, metavar="FILE", help="settings (default: config/chaos.toml)")
    chaos.add_argument("--report", type=Path, metavar="FILE", help="write what became of every seed as JSON")


def _file(text: str) -> Path:
    if not Path(text).name:
        raise argparse.ArgumentTypeError(f"{text!r} names no file")
    return Path(text)


def _seeds(text: str) -> range:
    first, dots, last = text.partition("..")
    low = _seed(first)
    high = _seed(last) if dots else low
    if not 0 <= high - low < SEEDS_MAX:
        raise argparse.ArgumentTypeError(f"{text!r}: write the first and the last seed, such as 1..100, at most {SEEDS_MAX:,} of them")
    return range(low, high + 1)


def _jobs(text: str) -> int:
    return int(_number(text, 1, 256, whole=True))


def _port(text: str) -> int:
    return int(_number(text, 0, 65_535, whole=True))


def _dollars(text: str) -> int:
    return int(_number(text, 0, 10**9, whole=True))


def _seconds(text: str) -> int:
    return int(_number(text, 1, 10**9, whole=True))


def _speed(text: str) -> float:
    return _number(text, 0, 10**6, whole=False)


def _seed(text: str) -> int:
    return int(_number(text, 0, SEED_MAX, whole=True))


def _number(text: str, least: int, most: int, *, whole: bool) -> float:
    try:
        value = int(text) if whole else float(text)
    except ValueError:
        value = -1
    if not least <= value <= most:
        raise argparse.ArgumentTypeError(f"{text!r} is not a {'whole ' if whole else ''}number from {least} to {most}")
    return value


def _say(text: str, code: int) -> int:
    print("run_bot.py: " + one_line(text), file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
