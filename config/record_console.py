"""What a recording looks like on a terminal: one line that tells how it goes (on stderr, only on a terminal), a summary at the end."""

import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TextIO

from config.assembly.record import RecordView
from config.console import plain
from oms.values.units import NS_PER_SECOND

EVERY_S: Final = 1.0
_UNITS: Final = ("B", "KiB", "MiB", "GiB")
_STEP: Final = 1_024
_WHY_MAX: Final = 5


class StatusLine:
    """Shows how a recording goes, at most once a second."""

    def __init__(self, out: TextIO | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        """`out`: None is stderr."""
        self._out = sys.stderr if out is None else out
        self._clock = clock
        self._is_shown = self._out.isatty()
        self._began_s = self._at_s = clock()
        self._frames = 0
        self._width = 0

    def show(self, view: RecordView) -> None:
        """The recording is so now."""
        at_s = self._clock()
        passed_s = at_s - self._at_s
        if not self._is_shown or passed_s < EVERY_S:
            return
        rate = (view.frames - self._frames) / passed_s
        self._at_s, self._frames = at_s, view.frames
        line = status(view, at_s - self._began_s, rate)[: shutil.get_terminal_size().columns - 1]
        self._out.write("\r" + line.ljust(self._width))
        self._out.flush()
        self._width = len(line)

    def end(self) -> None:
        """Leave the line."""
        if self._width:
            self._out.write("\n")
            self._out.flush()


def status(view: RecordView, passed_s: float, rate: float) -> str:
    """One line: the most important first, because it is cut to the terminal."""
    whole = int(passed_s)
    age = "no frame yet" if view.last_ns is None else f"last {max(0, view.at_ns - view.last_ns) / NS_PER_SECOND:.1f} s ago"
    holes = f"{view.holes} {'hole' if view.holes == 1 else 'holes'}"
    parts = [
        f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}",
        f"{rate:,.0f} frames/s",
        f"{view.frames:,} frames",
        size_text(view.written_bytes),
        age,
        f"{view.markets} markets open",
        f"sockets {view.sockets_open} of {view.sockets}",
        holes,
        *view.latest,
    ]
    return plain(" | ".join(parts))


def size_text(size: int) -> str:
    """1.4 MiB."""
    amount, unit = float(size), 0
    while amount >= _STEP and unit < len(_UNITS) - 1:
        amount, unit = amount / _STEP, unit + 1
    return f"{amount:.1f} {_UNITS[unit]}" if unit else f"{size} B"


def told(summary: dict[str, Any], folder: Path) -> str:
    """The end of a recording in words."""
    frames = ", ".join(f"{count:,} {channel}" for channel, count in summary["frames"].items()) or "none: nothing arrived"
    segments = summary["segments"]
    lines = [
        "",
        "record: what became of it",
        f"  frames     {frames}",
        f"  tape       {size_text(summary['written_bytes'])} before packing, in {segments} {'segment' if segments == 1 else 'segments'} in {folder}",
    ]
    if summary["dropped_segments"]:
        lines.append(f"  dropped    {len(summary['dropped_segments'])} old segments made room, the last was {summary['dropped_segments'][-1]}")
    if summary["pack_failures"]:
        lines.append(f"  not packed {summary['pack_failures']} segments; they are whole, only larger")
    lines += [f"  hole       {count:,} times: {why}" for why, count in [*summary["holes"].items()][:_WHY_MAX]]
    if len(summary["holes"]) > _WHY_MAX:
        lines.append(f"  hole       and {len(summary['holes']) - _WHY_MAX} other reasons")
    lines += [f"  refused    {count:,} frames as {name}; they are on the tape as they came" for name, count in summary["refused"].items()]
    if summary["rest_failures"]:
        lines.append(f"  unanswered {summary['rest_failures']:,} questions about whole books")
    for price in summary["prices"]:
        source = f"{price['source']} {price['symbol']} {price['kind']}"
        lines.append(f"  price      {source} on {price['channel']}: {price['count']:,}, the latest {price['latest']}")
    lines += [f"  no price   {line}: nothing came on the latest socket" for line in summary["never_came"]]
    lines.append(f"  replay     run_bot.py replay {folder}/*.tape*")
    return "\n".join(plain(line) for line in lines)  # each stays one line, whatever a venue wrote into a reason
