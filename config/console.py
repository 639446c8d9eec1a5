"""What a run looks like on a terminal: a progress line while it lasts (on stderr, only on a terminal), a summary for people at the end."""

import shutil
import sys
import textwrap
import time
from collections.abc import Callable
from typing import Any, Final, TextIO

from oms.values.units import MICRO, NS_PER_SECOND, Nanos
from oms.values.views import ProgressView

_EVERY_S: Final = 0.25
_HANGING: Final = 13
"""Where the words of a summary begin, behind their heading."""
_NOTE_WIDTH: Final = 132


class Progress:
    """Shows how far a run is, at most four times a second, and paces it when it should be watchable.

    Called before each instant of the world; returns False when somebody asked to stop.
    """

    def __init__(
        self,
        start_ns: Nanos,
        total_s: float | None,
        look: Callable[[Nanos], ProgressView],
        *,
        speed: float = 0.0,
        out: TextIO = sys.stderr,
    ) -> None:
        self.stop = False
        """Set by a signal: the run ends in order at the next instant."""
        self._start_ns = start_ns
        self._total_s = total_s
        self._look = look
        self._speed = speed
        self._out = out
        self._is_shown = out.isatty()
        self._began = time.monotonic()
        self._shown = 0.0
        self._width = 0

    def __call__(self, at_ns: Nanos) -> bool:
        """One instant begins."""
        if self.stop:
            return False
        if self._speed:
            self._wait(at_ns)
        if self._is_shown:
            now = time.monotonic()
            if now - self._shown >= _EVERY_S:
                self._shown = now
                self._show(at_ns, now)
        return not self.stop

    def end(self) -> None:
        """Leave the line."""
        if self._width:
            self._out.write("\n")
            self._out.flush()

    def _wait(self, at_ns: Nanos) -> None:
        """Virtual time may not run ahead of `speed` × wall time."""
        due = self._began + (at_ns - self._start_ns) / NS_PER_SECOND / self._speed
        while not self.stop and (left := due - time.monotonic()) > 0:
            time.sleep(min(left, 0.1))

    def _show(self, at_ns: Nanos, now: float) -> None:
        done_s = (at_ns - self._start_ns) / NS_PER_SECOND
        view = self._look(at_ns)
        parts = [_clock(done_s)]
        if self._total_s:
            part = min(1.0, max(0.0, done_s / self._total_s))
            filled = int(part * 20)
            left_s = (now - self._began) * (1 - part) / part if part > 0 else 0.0
            parts = [f"[{'#' * filled}{'.' * (20 - filled)}] {part:4.0%}", _clock(done_s), f"{_clock(left_s)} left"]
        rate = view.events / max(now - self._began, 1e-9)
        mark = "n/a" if view.equity_mark_micro is None else usd(view.equity_mark_micro)
        parts += [
            f"orders {view.placed:,} placed {view.resting} open",
            f"{view.filled:,} fills",
            f"books {view.books}",
            f"equity {mark} (worst {usd(view.equity_worst_micro)})",
            f"{view.events:,} facts ({rate:,.0f}/s)",
        ]
        # A line that wraps cannot be overwritten, so it is cut to the terminal; the most important parts stand first.
        line = " | ".join(parts)[: shutil.get_terminal_size().columns - 1]
        self._out.write("\r" + line.ljust(self._width))
        self._out.flush()
        self._width = len(line)


def usd(cash_micro: int) -> str:
    """Money for people: dollars and cents, the sign in front."""
    sign = "-" if cash_micro < 0 else ""
    return f"{sign}${abs(cash_micro) / MICRO:,.2f}"


def folded(text: str, width: int | None = None) -> str:
    """The text with its lines folded between words to `width` columns; None: to the terminal's, and not at all where there is none."""
    if width is None:
        if not sys.stdout.isatty():
            return text
        width = shutil.get_terminal_size().columns
    lines: list[str] = []
    for line in text.split("\n"):
        indent = line[: len(line) - len(line.lstrip())]
        hanging = indent if len(indent) > _HANGING else " " * min(_HANGING, width // 2)
        lines += textwrap.wrap(line, width, subsequent_indent=hanging, break_on_hyphens=False, drop_whitespace=True) or [""]
    return "\n".join(lines)


def summary(report: dict[str, Any], heading: str) -> str:
    """The end of a run in words."""
    orders, fills, cash = report["orders"], report["fills"], report["cash"]
    by = fills["by_outcome_side"]
    mark = "n/a (a holding has no price)" if cash["equity_mark_micro"] is None else usd(cash["equity_mark_micro"])
    start, worst, fees = usd(cash["start_micro"]), usd(cash["equity_worst_micro"]), usd(cash["fees_micro"])
    parts = ("filled", "cancelled", "expired", "rejected", "failed", "resting", "unknown")
    lines = [
        f"\n{heading}",
        f"  orders     {orders['placed']:,} placed = {' + '.join(f'{orders[part]:,} {part}' for part in parts)}",
        f"             ({orders['of_which_part_filled']:,} of the cancelled were partly filled)",
        f"  fills      {fills['count']:,} for {fills['shares_micro'] / MICRO:,.2f} shares: {_by_side('YES', by)}, {_by_side('NO', by)}",
        f"  money      {start} to begin with; now {worst} at worst, {mark} at the mark; {fees} paid in fees",
        _conserved(report),
        f"  books      {', '.join(f'{count} {name}' for name, count in report['books']['health'].items())}; {_evidence(report['books'])}",
    ]
    if report["arbitrage"] is not None:
        lines += _arbitrage(report["arbitrage"])
    if report["refused_by_gate"]:
        lines.append(f"  refused    by our own gate: {', '.join(f'{count:,} {name}' for name, count in report['refused_by_gate'].items())}")
    if report["oddities"]:
        lines.append(f"  oddities   {', '.join(f'{count:,} {name}' for name, count in report['oddities'].items())}")
    lines.append(
        f"  run        {report['events']:,} facts in {report['turns']:,} turns, {_clock(report['virtual_s'])} of market time in"
        f" {report['machine']['wall_s']:.1f} s; {report['commands']:,} commands, hash {report['commands_hash'][:16]}…"
    )
    return "\n".join(lines)


def _arbitrage(told: dict[str, Any]) -> list[str]:
    """Windows and bundles."""
    windows, bundles, legs = told["windows"], told["bundles"], told["legs"]["fok"]
    missed = ", ".join(f"{count:,} {name}" for name, count in windows["missed"].items())
    ends = ", ".join(f"{bundles[name]:,} {name}" for name in ("complete", "missed", "unwound", "exposed"))
    left = f"{usd(told['result_micro'])} left of them at worst, the worst {usd(told['worst_micro'])}"
    return [
        f"  arbitrage  {windows['seen']:,} windows seen, {windows['taken']:,} taken" + (f"; missed: {missed}" if missed else ""),
        f"             {bundles['opened']:,} bundles: {ends}, {bundles['in_flight']:,} under way; {left}",
        f"             {legs['filled_whole']:,} of {legs['sent']:,} FOK legs filled{_lives(windows)}",
    ]


def _lives(windows: dict[str, Any]) -> str:
    """How long windows stayed, where that is told."""
    lives = windows.get("lifetime_ms")
    if not lives or lives["p50"] is None:
        return ""
    return f"; half of the windows were open for {lives['p50']:,} ms at most, nine of ten for {lives['p90']:,}"


def _by_side(outcome: str, by: dict[str, dict[str, int]]) -> str:
    return f"{outcome} {by[outcome]['BUY']:,} bought {by[outcome]['SELL']:,} sold"


def _conserved(report: dict[str, Any]) -> str:
    if report["conserved"] is True:
        counts = report["conservation"]
        if counts is None:
            return "  conserved  yes, as far as we can see: our ledger balances, and what the venue says we hold fits it"
        return (
            f"  conserved  yes: money is conserved. The exchange's books and ours agreed after each of {counts['statements_compared']:,}"
            f" movements and in {counts['full_recounts']:,} full recounts, to the last 10^-6 dollar"
        )
    return f"  conserved  NO: {report['conserved']}"


def _evidence(books: dict[str, Any]) -> str:
    hashes = "no hash to check" if books["hash_agreement"] is None else f"hash agreed in {books['hash_agreed']:,} of {books['hash_checked']:,}"
    mirror = (
        "mirror not judged"
        if books["mirror_agreement"] is None
        else f"mirror agreed in {books['mirror_agreement']:.2%} of {books['mirror_judged']:,}"
    )
    return f"{hashes}; {mirror}"


def lens_lines(report: dict[str, Any]) -> str:
    """The three lenses beside each other, and what was assumed."""
    lenses = report["lenses"]
    lines = ["  lenses     (fills we would have had; queue is the one we traded by)"]
    for name in ("touch", "queue", "through"):
        lens = lenses[name]
        mark = "n/a" if lens["result_mark_micro"] is None else usd(lens["result_mark_micro"])
        lines.append(
            f"    {name:8} {lens['fills']:6,} fills ({lens['inferred']:,} rest on inferred trades),"
            f" result worst {usd(lens['result_worst_micro'])}, at the mark {mark}"
        )
    for tape in report.get("tapes", ()):
        lines.append(f"  tape       {tape['name']} ({tape['kind']}): {tape['frames']:,} frames{_trouble(tape)}")
        lines += [
            plain(f"    price    {price['channel']} {price['symbol']} {price['kind']}: {price['count']:,}, latest {price['latest']}")
            for price in tape.get("reference_prices", {}).get("told", ())
        ]
    said: dict[str, int] = {}
    for tape in report.get("tapes", ()):
        for sentence in tape["assumptions"]:
            said[sentence] = said.get(sentence, 0) + 1
    lines += [f"  assumed    {sentence}{f' ({count} tapes)' if count > 1 else ''}" for sentence, count in said.items()]
    return "\n".join(lines)


def _trouble(tape: dict[str, Any]) -> str:
    parts = [f"{count:,} refused as {name}" for name, count in tape["refused_frames"].items()]
    parts += [f"{tape['bad_lines']:,} bad lines ({tape['first_bad_line']})"] if tape["bad_lines"] else []
    parts += [f"{tape['clamped_times']:,} times went back"] if tape["clamped_times"] else []
    parts += [f"not read yet: {', '.join(f'{count:,} {name}' for name, count in tape['not_read'].items())}"] if tape["not_read"] else []
    parts += [f"cut off: {tape['cut']}"] if tape["cut"] else []
    return "".join(f"; {part}" for part in parts)


def _clock(seconds: float) -> str:
    """1:02:03."""
    whole = int(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"


def note(text: str) -> str:
    """A warning that belongs to every result of its kind."""
    return textwrap.fill(text, _NOTE_WIDTH, initial_indent="  note       ", subsequent_indent=" " * _HANGING, break_on_hyphens=False)


def plain(text: str) -> str:
    """A title from a venue may hold anything: what a terminal would obey is shown, not sent."""
    return "".join(sign if sign.isprintable() else f"\\x{ord(sign):02x}" for sign in text)
