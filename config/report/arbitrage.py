"""What became of arbitrage: windows and why they were missed, bundles by their ends, how often legs filled, and what nearly paid."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from config.report import words
from config.report.markup import Markup, Piece, el, seen
from config.report.tables import Table, bar, drawn

ENDS: Final = ("complete", "missed", "unwound", "exposed", "in_flight")
_LEGS: Final = (("fok", "FOK"), ("fak", "FAK"))
_SHOWN_MAX: Final = 90


def section(told: Mapping[str, Any]) -> tuple[Piece, ...]:
    """All of it, of one run that looked for arbitrage."""
    result, worst = words.money(told["result_micro"]), words.money(told["worst_micro"])
    note = f"What bundles that ended leave at least, whoever wins: {result} in sum, the worst of them {worst}. What is held pays when its markets do."
    return (
        el("div", _windows(told["windows"]), _bundles(told["bundles"], told.get("result_by_end_micro")), class_="pair"),
        el("p", note, class_="note"),
        el("div", _legs(told["legs"]), _lives(told["windows"]), class_="pair"),
        _days(told["windows"].get("days") or ()),
        _near(told["near_misses"]),
    )


def near_lines(told: Mapping[str, Any]) -> Iterator[str]:
    """What nearly paid, a line each, for a terminal."""
    for near in told["near_misses"] or ():
        yield f"  near miss  {near['event_id']}, {_shape(near)}: {_gap(near)}; {words.shortened(near['why'], _SHOWN_MAX)}"


def _windows(told: Mapping[str, Any]) -> Markup:
    """Seen is taken, missed by name, and open."""
    parts = [("taken", told["taken"]), *told["missed"].items()]
    if told["open"] is not None:
        parts.append(("still open at the end", told["open"]))
    whole = sum(number for _, number in parts)
    rows = [(seen(name), words.count(number), words.ratio(number, whole), bar(number, whole, "plain")) for name, number in parts]
    heads = ("taken, or missed because", ">windows", ">share", "")
    total = ("seen", words.count(whole), words.ratio(whole, whole), None)
    return drawn(Table(caption="Windows in which something paid after fees", heads=heads, rows=rows, total=total, kind="bars-in"))


def _lives(told: Mapping[str, Any]) -> Markup:
    """How long windows were open and what they paid at best; journals of older versions do not tell."""
    rows = [
        (name, *(words.count(of[part]) if of[part] is not None else "n/a" for part in ("p50", "p90", "most")))
        for name, of in (("open for, ms", told.get("lifetime_ms")), ("paid a set, pips", told.get("edge_pips")))
        if of
    ]
    return drawn(Table(caption="How long windows stayed, and what they paid after fees", heads=("", ">half", ">nine of ten", ">at most"), rows=rows))


def _days(told: Sequence[Mapping[str, Any]]) -> Piece:
    """The daily sum: what was taken, and what could have been had if the books were true and nobody was faster."""
    if not told:
        return el("p", "No window has closed.", class_="empty")
    rows = [
        (
            _date(day["utc_day"]),
            words.count(day["taken"]),
            words.money(day["taken_micro"]),
            words.count(day["missed"]),
            words.money(day["missed_micro"]),
        )
        for day in told
    ]
    heads = ("UTC day", ">taken", ">proven", ">missed", ">proven, had nobody been faster")
    return drawn(Table(caption="Windows by day", heads=heads, rows=rows, kind="stacks"))


def _date(number: int) -> str:
    """The UTC day, as people write it; one that no calendar has, as it is counted since 1970."""
    try:
        return (dt.date(1970, 1, 1) + dt.timedelta(days=number)).isoformat()
    except OverflowError:
        return f"day {number}"


def _bundles(told: Mapping[str, int], results: Mapping[str, int] | None) -> Markup:
    whole = sum(told[name] for name in ENDS)
    rows = [
        (
            name.replace("_", " "),
            words.count(told[name]),
            words.ratio(told[name], whole),
            words.money(results[name]) if results and name in results else "–",
            bar(told[name], whole, "plain"),
        )
        for name in ENDS
    ]
    total = ("opened", words.count(whole), words.ratio(whole, whole), words.money(sum(results.values())) if results else "–", None)
    heads = ("end", ">bundles", ">share", ">left at least", "")
    return drawn(Table(caption="Bundles by their ends", heads=heads, rows=rows, total=total, kind="bars-in"))


def _legs(told: Mapping[str, Mapping[str, int]]) -> Markup:
    """How often immediate orders of bundles filled."""
    rows = []
    for name, title in _LEGS:
        sent, whole, part = told[name]["sent"], told[name]["filled_whole"], told[name]["filled_in_part"]
        rows.append((title, words.count(sent), words.count(whole), words.count(part), words.ratio(whole, sent)))
    heads = ("", ">sent", ">whole", ">in part", ">whole, share")
    return drawn(Table(caption="Orders of bundles that ended: how they filled", heads=heads, rows=rows))


def _near(told: Sequence[Mapping[str, Any]] | None) -> Markup:
    if told is None:
        return el("p", "What nearly paid at the end only a run that ended can tell.", class_="empty")
    if not told:
        return el("p", "Nothing nearly paid at the end.", class_="empty")
    rows = [(seen(near["event_id"]), _shape(near), _gap(near), seen(words.shortened(near["why"], _SHOWN_MAX))) for near in told]
    heads = ("event", "what would be done", ">a set, after fees", "why not")
    return drawn(Table(caption="What nearly paid at the end, the nearest first", heads=heads, rows=rows, kind="stacks"))


def _shape(near: Mapping[str, Any]) -> str:
    return str(near["shape"]).lower().replace("_", " ").replace("yes", "YES").replace(" no ", " NO ")


def _gap(near: Mapping[str, Any]) -> str:
    """What a set leaves or lacks, and the raw sum as people quote it."""
    edge, raw = near["edge_pips"], near.get("raw_pips")
    told = f"{words.price(abs(edge))} {'left' if edge >= 0 else 'missing'}"
    return told if raw is None else f"{told} (raw {raw / 10_000:.4f})"
