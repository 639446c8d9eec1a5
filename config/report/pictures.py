"""The pictures of the run as a whole: equity, lenses, the health of the books."""

from collections.abc import Iterable
from typing import Final

from config.report import words
from config.report.charts import Area, Block, Figure, Key, Line, Mark, Panel, draw
from config.report.markup import Markup, el, joined
from config.report.scale import Scale, cash_word, count_word, scale_of
from config.report.spans import shown_until, span_words
from oms.values.history import EquityPoint, HealthPoint, History, LensPoint
from oms.values.units import MICRO, CashMicro, Nanos

LENSES: Final = {
    "touch": "filled as soon as the other side, or a trade, reaches our price: flattering",
    "queue": "the one we traded by: a trade at our price first eats what stood there before us",
    "through": "filled only when a trade or the other side's best price goes through our price: harsh",
}
"""Name → what it judges by (sim/paper_fills.py)."""


_SHADOWS: Final = "All three judge the same orders; touch and through are shadows of them, not what one would have quoted by those rules."


def in_order(names: Iterable[str]) -> list[str]:
    """Each name once, the lenses we know from flattering to harsh, then others."""
    found = dict.fromkeys(names)
    return [name for name in LENSES if name in found] + [name for name in found if name not in LENSES]


def nothing(title: str, why: str) -> Markup:
    """In place of a picture of which there is nothing to draw."""
    return el("div", el("h3", title), el("p", why), class_="empty")


def equity(history: History) -> Markup:
    """What the account was worth, at the mark and at the worst, against what it began with."""
    title, points = "What the account was worth", history.equity
    start: CashMicro = history.totals["cash"]["start_micro"]
    if not points:
        return nothing(title, "There is no point in time at which the journal tells what the account was worth.")
    fall = _deepest_fall(points)
    shown_ns = shown_until(((point.at_ns, (point.mark_micro, point.worst_micro)) for point in points), history.first_ns, history.last_ns)
    values = [value for point in points for value in (point.mark_micro, point.worst_micro)]
    keys = [
        Key("line", "mark", "with holdings at their marks"),
        Key("line", "worst", "if every outcome goes against us"),
        Key("line", "start", f"what it began with, {words.money(start)}"),
    ]
    keys += [Key("mark", "ring", "peak and low of the deepest fall")] if fall else []
    panel = Panel(
        unit="USD",
        scale=scale_of(values, least=MICRO, holds=(start,)),
        word=cash_word,
        height=264,
        areas=(Area("risk", tuple((point.at_ns, point.worst_micro, point.mark_micro) for point in points)),),
        rules=(("start", start),),
        lines=(
            Line("worst", tuple((point.at_ns, point.worst_micro) for point in points)),
            Line("mark", tuple((point.at_ns, point.mark_micro) for point in points)),
        ),
        marks=fall,
    )
    return draw(
        Figure(
            ident="equity",
            title=title,
            words=joined(_equity_words(history, points), span_words(history.first_ns, shown_ns, history.last_ns)),
            first_ns=history.first_ns,
            last_ns=shown_ns,
            keys=tuple(keys),
            panels=(panel,),
        )
    )


def _deepest_fall(points: Iterable[EquityPoint]) -> tuple[Mark, ...]:
    """Its peak and its low at the mark, as far as the points tell; nothing when it never fell."""
    marks = [(point.at_ns, point.mark_micro) for point in points if point.mark_micro is not None]
    if not marks:
        return ()
    peak = found_peak = found_low = marks[0]
    for mark in marks:
        peak = mark if mark[1] > peak[1] else peak
        if peak[1] - mark[1] > found_peak[1] - found_low[1]:
            found_peak, found_low = peak, mark
    if found_peak == found_low:
        return ()
    return tuple(Mark("ring", at_ns, value, f"{words.clock(at_ns)} {words.money(value)}") for at_ns, value in (found_peak, found_low))


def _equity_words(history: History, points: tuple[EquityPoint, ...]) -> str:
    known = [point.mark_micro for point in points if point.mark_micro is not None]
    worst = [point.worst_micro for point in points]
    said = f"At the points drawn it was worth between {words.money(min(worst))} and {words.money(max(worst))} at worst"
    if known:
        said += f", and between {words.money(min(known))} and {words.money(max(known))} at the mark"
    said += ". "
    if history.drawdown_mark_micro is not None:
        said += f"The deepest fall at the mark from a peak before, over the whole run, was {words.money(history.drawdown_mark_micro)}. "
    missing = len(points) - len(known)
    if missing:
        said += f"At {words.counted(missing, 'point')} of {len(points):,} a holding had no honest price: there the line at the mark has a gap. "
    return said


def lenses(history: History) -> Markup:
    """What each way of judging paper fills made of the same orders."""
    title, points = "What three ways of judging paper fills make of the same orders", history.lenses
    names = in_order(lens.name for point in points for lens in point.lenses)
    if not names:
        return el("p", "There are none: lenses judge fills against recorded books, and here fills were told by the venue itself.", class_="empty")
    worst = [_lens_line(points, name, at_mark=False) for name in names]
    mark = [_lens_line(points, name, at_mark=True) for name in names]
    scale = scale_of([value for line in (*worst, *mark) for _, value in line.points], least=MICRO, holds=(0,))
    shown_ns = shown_until(((point.at_ns, point.lenses) for point in points), history.first_ns, history.last_ns)

    def panel(unit: str, lines: list[Line]) -> Panel:
        return Panel(unit=unit, scale=scale, word=cash_word, height=168, rules=(("start", 0),), lines=tuple(lines))

    return draw(
        Figure(
            ident="lenses",
            title=title,
            words=f"{_SHADOWS} {span_words(history.first_ns, shown_ns, history.last_ns)}",
            first_ns=history.first_ns,
            last_ns=shown_ns,
            keys=tuple(Key("line", f"lens-{name}", name) for name in names),
            panels=(panel("result at worst, USD", worst), panel("result at the mark, USD", mark)),
        )
    )


def _lens_line(points: tuple[LensPoint, ...], name: str, *, at_mark: bool) -> Line:
    found = [(point.at_ns, lens) for point in points for lens in point.lenses if lens.name == name]
    return Line(f"lens-{name}", tuple((at_ns, lens.result_mark_micro if at_mark else lens.result_worst_micro) for at_ns, lens in found))


def health(history: History) -> Markup:
    """How many markets' books could be believed."""
    title, points = "Could the books be believed?", history.health
    if not points:
        return nothing(title, "The journal does not tell how the books were.")
    highest = max(point.live + point.suspect + point.stale for point in points)
    panel = Panel(
        unit="open markets",
        scale=Scale(0, max(1, highest)),
        word=count_word,
        height=112,
        blocks=tuple(_levels(points, history.last_ns)),
    )
    return draw(
        Figure(
            ident="health",
            title=title,
            words=f"{_health_words(points, history.last_ns)} {span_words(history.first_ns, history.last_ns, history.last_ns)}",
            first_ns=history.first_ns,
            last_ns=history.last_ns,
            keys=(
                Key("block", "live", "both books live"),
                Key("block", "suspect", "one of them doubted"),
                Key("block", "stale", "one of them stale: we do not trade there"),
            ),
            panels=(panel,),
        )
    )


def _levels(points: tuple[HealthPoint, ...], last_ns: Nanos) -> Iterable[Block]:
    """Stacked: live at the bottom, then suspect, then stale; each stretch without change is one block."""
    for look, levels in (
        ("live", [(point.at_ns, 0, point.live) for point in points]),
        ("suspect", [(point.at_ns, point.live, point.live + point.suspect) for point in points]),
        ("stale", [(point.at_ns, point.live + point.suspect, point.live + point.suspect + point.stale) for point in points]),
    ):
        began, low, high = levels[0]
        for at_ns, new_low, new_high in [*levels[1:], (last_ns, -1, -1)]:
            if (new_low, new_high) != (low, high):
                if high > low:
                    yield Block(look, began, at_ns, low, high)
                began, low, high = at_ns, new_low, new_high


def _health_words(points: tuple[HealthPoint, ...], last_ns: Nanos) -> str:
    """Shares of market time."""
    live = suspect = stale = 0
    ends = [*(point.at_ns for point in points[1:]), last_ns]
    for point, end in zip(points, ends, strict=True):
        span = max(0, end - point.at_ns)
        live, suspect, stale = live + point.live * span, suspect + point.suspect * span, stale + point.stale * span
    whole = live + suspect + stale
    if not whole:
        return "No market was open at any point in time that the journal tells of."
    return (
        f"Of all time in open markets both books were live for {words.ratio(live, whole)}, one was doubted for {words.ratio(suspect, whole)}"
        f" and one was stale for {words.ratio(stale, whole)}."
    )
