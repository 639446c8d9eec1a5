"""What a run rests on, in words: its tapes with what was wrong with them, and what was assumed."""

from collections.abc import Mapping
from typing import Any

from config.report import words
from oms.values.history import History


def tapes(history: History) -> list[str]:
    """A sentence a tape: name, kind, rule for trades; and, when the run came to its end, how much of it was read and what was not."""
    told = history.totals.get("tapes") or history.about.get("tapes") or ()
    return [_tape(tape) for tape in told]


def _tape(tape: Mapping[str, Any]) -> str:
    rule = f", trades inferred by rule {tape['trade_rule']}" if tape.get("trade_rule") else ""
    frames = f": {words.counted(tape['frames'], 'frame')}" if "frames" in tape else ""
    return f"{tape.get('name')} ({tape.get('kind')}{rule}){frames}{''.join(f'; {trouble}' for trouble in _troubles(tape))}"


def _troubles(tape: Mapping[str, Any]) -> list[str]:
    found = [f"{count:,} refused as {name}" for name, count in (tape.get("refused_frames") or {}).items()]
    if tape.get("bad_lines"):
        found.append(f"{words.counted(tape['bad_lines'], 'bad line')} ({tape.get('first_bad_line')})")
    if tape.get("clamped_times"):
        found.append(f"{words.counted(tape['clamped_times'], 'time')} went back")
    found += [f"{count:,} {name} not read" for name, count in (tape.get("not_read") or {}).items()]
    return [*found, f"cut off: {tape['cut']}"] if tape.get("cut") else found


def assumptions(history: History) -> list[str]:
    """What was assumed about tapes and markets, each sentence once, with how many tapes it is about."""
    counts: dict[str, int] = {}
    for tape in history.about.get("tapes") or ():
        for sentence in tape.get("assumptions") or ():
            counts[sentence] = counts.get(sentence, 0) + 1
    for market in history.markets:
        for sentence in market.market.assumptions:
            counts.setdefault(sentence, 0)
    return [f"{sentence} ({count:,} tapes)" if count > 1 else sentence for sentence, count in counts.items()]
