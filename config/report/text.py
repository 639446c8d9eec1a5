"""The report on a terminal: the verdict, the summary that the run itself ends with, how sure it is, and a line of what the account was worth."""

from collections.abc import Iterator
from typing import Any, Final

from config.console import note, plain, summary
from config.report import arbitrage, sources, words
from config.report.page import status
from config.report.pictures import in_order
from oms.values.history import EquityPoint, History, Measure
from oms.values.units import CashMicro

BLOCKS: Final = "▁▂▃▄▅▆▇█"
SIGNS: Final = "_.-=+*#@"
"""From low to high on a terminal that cannot show blocks."""
_INDENT: Final = 13
_DRAWN_MAX: Final = 120


def told(history: History, width: int, *, rising: str = BLOCKS) -> str:
    """Everything, each line safe for a terminal of `width` columns. `rising`: signs from low to high."""
    lines = [f"report on {history.run_id}", f"  status     {status(history)}"]
    if history.disagreement:
        lines.append(f"  ALARM      the journal and the run do not agree: {history.disagreement}")
    lines.append(f"  verdict    {history.verdict}")
    lines += _summary(history.totals)
    lines += arbitrage.near_lines(history.totals.get("arbitrage") or {"near_misses": ()})
    lines += _measures(history.measures)
    lines += _equity(history, min(_DRAWN_MAX, width - _INDENT), rising)
    lines += _lenses(history.totals.get("lenses") or {})
    lines += [f"  tape       {tape}" for tape in sources.tapes(history)]
    lines += [f"  assumed    {sentence}" for sentence in sources.assumptions(history)]
    notes = [note(plain(str(sentence))) for sentence in history.about.get("notes") or ()]
    return "\n".join([*(plain(line) for line in lines), *notes])


def _summary(totals: dict[str, Any]) -> Iterator[str]:
    """The lines that a run ends with. The one about facts and time is another here: a journal does not know how long the machine took."""
    lines = summary({**totals, "machine": {"wall_s": 0.0}, "events": 0, "turns": 0}, "").splitlines()
    for line in lines:
        if line.startswith("  conserved") and totals["conserved"] is None:
            yield "  conserved  not known: this journal does not hold the comparison"
        elif line and not line.startswith("  run  "):
            yield line
    facts, commands = words.count(totals["events"]), words.count(totals["commands"])
    yield f"  run        {facts} facts, {commands} commands, hash {totals['commands_hash'][:16]}…, seed {totals['seed']}"


def _measures(measures: tuple[Measure, ...]) -> Iterator[str]:
    for measure in measures:
        between = "too few for an interval"
        if measure.low is not None:
            between = f"95 % between {words.measured(measure.low, measure.unit)} and {words.measured(measure.high, measure.unit)}"
        yield f"  measure    {measure.name}: {words.measured(measure.value, measure.unit)} ({between}; {words.count(measure.count)} {measure.of})"


def _equity(history: History, width: int, rising: str) -> Iterator[str]:
    """What the account was worth at the mark, as a row of signs: each as high as the last value in its stretch of time; a blank is not known."""
    values = _columns(history.equity, history.first_ns, history.last_ns, max(1, width))
    known = [value for value in values if value is not None]
    if not known:
        yield "  worth      at the mark never known"
        return
    low, high = min(known), max(known)
    step = max(1, high - low)
    drawn = "".join(" " if value is None else rising[(value - low) * (len(rising) - 1) // step] for value in values)
    fall = words.money(history.drawdown_mark_micro)
    yield f"  worth      {drawn}"
    yield f"             at the mark over time, between {words.money(low)} and {words.money(high)}; deepest fall {fall}"


def _columns(points: tuple[EquityPoint, ...], first_ns: int, last_ns: int, width: int) -> list[CashMicro | None]:
    """The last value known in each of `width` equal stretches; a stretch without a point goes on with the one before."""
    span = max(1, last_ns - first_ns)
    columns: list[CashMicro | None] = []
    for point in points:
        column = min(width - 1, max(0, (point.at_ns - first_ns) * width // span))
        before = columns[-1] if columns else None
        columns += [before] * (column - len(columns))
        columns[column:] = [point.mark_micro]
    return columns


def _lenses(lenses: dict[str, Any]) -> Iterator[str]:
    names = [name for name in in_order(lenses) if isinstance(lenses[name], dict)]
    if names:
        yield "  lenses     (fills we would have had; queue is the one we traded by)"
    for name in names:
        lens = lenses[name]
        worst, mark = words.money(lens["result_worst_micro"]), words.money(lens["result_mark_micro"])
        inferred = f"{lens['inferred']:,} rest on inferred trades"
        yield f"    {name:8} {lens['fills']:6,} fills ({inferred}), result worst {worst}, at the mark {mark}"
