#!/usr/bin/env python3
"""`make campaign`: the long checks. Every part runs even when an earlier one failed; the exit code is 1 if anything did.

* `make campaign`: everything but the long parts, about twenty minutes on two cores
* `make campaign ARGS="--part soak"`: three virtual days at ten orders a second, about half an hour; `--part orders-day`: one of them
* `make campaign ARGS="--part sockets --kills 100"`: exchange and bot as processes on loopback, killed so often each, about half an hour
* `make campaign ARGS="--part three --seconds 600"`: two bots and the official client on one exchange
* `make campaign ARGS="--part dashboards"`: a hundred dashboards killed while a run goes on, ten minutes; `--part onlookers`: what one costs, eleven
* `make campaign ARGS="--part tapes --part pool"`: some parts
* `make campaign ARGS=--quick`: seconds, to see that the campaign itself works
"""

import argparse
import sys
import time
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # called as a file: the root of the repository is not on the path

import msgspec

from tests.campaign.judge import Finding
from tests.campaign.parts import LONG, PARTS
from tests.campaign.size import QUICK, Size

_WIDTH = 110


class Screen:
    """One line that is written over on a terminal; elsewhere only what lasts."""

    def __init__(self) -> None:
        self._is_terminal = sys.stderr.isatty()
        self._began = time.monotonic()

    def progress(self, part: str, text: str) -> None:
        """How far it is."""
        if self._is_terminal:
            print(f"\r{f'{time.monotonic() - self._began:6.0f} s  {part}: {text}'[:_WIDTH]:<{_WIDTH}}", end="", file=sys.stderr, flush=True)

    def finding(self, part: str, finding: Finding) -> None:
        """One finding, as it is made."""
        self.clear()
        print(
            f"{time.monotonic() - self._began:6.0f} s  {part:<12}{'ok ' if finding.ok else 'BAD'}  {finding.what}: {finding.figures}",
            file=sys.stderr,
            flush=True,
        )

    def clear(self) -> None:
        """Make room for a line that lasts."""
        if self._is_terminal:
            print(f"\r{'':<{_WIDTH}}\r", end="", file=sys.stderr)


def campaign(names: list[str], size: Size) -> dict[str, tuple[list[Finding], float]]:
    """Run the parts. Returns findings and seconds of each."""
    screen = Screen()
    results: dict[str, tuple[list[Finding], float]] = {}
    for name in names:
        began = time.monotonic()
        findings: list[Finding] = []
        for finding in PARTS[name](size, partial(screen.progress, name)):
            findings.append(finding)
            screen.finding(name, finding)
        results[name] = findings, time.monotonic() - began
    screen.clear()
    return results


def table(results: dict[str, tuple[list[Finding], float]]) -> str:
    """The end of it, for people."""
    lines = [f"{'part':<12}{'checked':>9}{'failed':>8}{'seconds':>9}"]
    for name, (findings, seconds) in results.items():
        lines.append(f"{name:<12}{len(findings):>9}{sum(not one.ok for one in findings):>8}{seconds:>9.1f}")
    bad = [f"  {name}: {one.what}: {one.figures}" for name, (findings, _) in results.items() for one in findings if not one.ok]
    more = [f"\n{name}: {one.what}\n{one.table}" for name, (findings, _) in results.items() for one in findings if one.table]
    return "\n".join([*lines, *more, *(["FAILED:", *bad] if bad else ["everything held"])])


def main(words: list[str] | None = None) -> int:
    """Parse, run, say."""
    parser = argparse.ArgumentParser(prog="make campaign", description="Long checks: many seeds, a virtual day, every recording twice.")
    parser.add_argument("--part", action="append", choices=list(PARTS), help="only this part (may be repeated)")
    parser.add_argument("--quick", action="store_true", help="as little as shows that every part works")
    parser.add_argument("--kills", type=int, metavar="N", help="of the bot and of the exchange each, in the part `sockets` (default: 100)")
    parser.add_argument("--seconds", type=int, metavar="N", help="of trading in the part `three` (default: 600)")
    chosen = parser.parse_args(words)
    size = QUICK if chosen.quick else Size()
    size = size if chosen.kills is None else msgspec.structs.replace(size, socket_kills=chosen.kills)
    size = size if chosen.seconds is None else msgspec.structs.replace(size, three_seconds=chosen.seconds)
    results = campaign(chosen.part or [name for name in PARTS if name not in LONG], size)
    print(table(results))
    return 0 if all(one.ok for findings, _ in results.values() for one in findings) else 1


if __name__ == "__main__":
    sys.exit(main())
