"""What became of arbitrage: windows and why they were missed, bundles by their ends, how often legs filled, and what nearly paid."""

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
        el("div", _windows(told["windows"]), _bundles(told["bundles"]), class_="pair"),
        el("p", note, class_="note"),
        el("div", _legs(told["legs"]), class_="pair"),
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


def _bundles(told: Mapping[str, int]) -> Markup:
    whole = sum(told[name] for name in ENDS)
    rows = [(name.replace("_", " "), words.count(told[name]), words.ratio(told[name], whole), bar(told[name], whole, "plain")) for name in ENDS]
    total = ("opened", words.count(whole), words.ratio(whole, whole), None)
    return drawn(Table(caption="Bundles by their ends", heads=("end", ">bundles", ">share", ""), rows=rows, total=total, kind="bars-in"))


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
