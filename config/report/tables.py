"""The tables of the page. Parts stand above their sum, and the sum is added up here from the parts shown, not copied."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from config.report import words
from config.report.markets import DRAWN_MAX, by_trade
from config.report.markup import Markup, Piece, el, joined, seen
from config.report.pictures import LENSES, in_order
from config.report.shapes import shape
from oms.values.history import History, MarketHistory, Measure
from oms.values.orders import Side

ORDER_PARTS: Final = ("filled", "cancelled", "expired", "rejected", "failed", "resting", "unknown")


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """Rows under heads; columns whose head begins with > hold numbers and are set to the right.

    A table that `stacks` has a long first column: on a narrow page each row becomes a small block of its own, with the heads beside the values.
    """

    caption: str
    heads: tuple[str, ...]
    rows: Sequence[Sequence[Piece]]
    total: Sequence[Piece] | None = None
    kind: str = ""
    """`stacks`: as above. `bars-in`: the first column is never folded."""


def drawn(table: Table) -> Markup:
    """The table. Were a page too narrow even so, it could be moved sideways inside its own frame."""
    classes = ["number" if head.startswith(">") else None for head in table.heads]
    names = [head.lstrip(">") for head in table.heads]

    def row(cells: Sequence[Piece]) -> Markup:
        first, *rest = cells
        found = [
            el("td", cell, class_=kind, data_head=name or None, role=role("cell"))
            for cell, kind, name in zip(rest, classes[1:], names[1:], strict=True)
        ]
        return el("tr", el("th", first, scope="row", role=role("rowheader")), *found, role=role("row"))

    def role(name: str) -> str | None:
        return name if table.kind == "stacks" else None  # a stacked table is laid out as blocks, and some readers then forget what it is

    heads = [el("th", name, scope="col", class_=kind, role=role("columnheader")) for name, kind in zip(names, classes, strict=True)]
    return el(
        "div",
        el(
            "table",
            el("caption", table.caption),
            el("thead", el("tr", *heads, role=role("row")), role=role("rowgroup")) if any(names) else None,
            el("tbody", *[row(cells) for cells in table.rows], role=role("rowgroup")),
            el("tfoot", row(table.total), role=role("rowgroup")) if table.total is not None else None,
            role=role("table"),
        ),
        class_=f"table {table.kind}".strip(),
    )


def bar(part: int, whole: int, look: str) -> Markup:
    """A bar as long as the part is of the whole."""
    length = round(100 * part / whole, 2) if whole else 0
    inner = el("rect", width=f"{length:g}%", height="100%", class_=f"bar {look}") if length else None
    return el("svg", inner, class_="bars", aria_hidden="true", height=10)


def orders(told: Mapping[str, int]) -> Markup:
    """What became of the orders."""
    parts = [(name, told[name]) for name in ORDER_PARTS]
    whole = sum(number for _, number in parts)
    rows = [(name, words.count(number), words.ratio(number, whole), bar(number, whole, "plain")) for name, number in parts]
    return drawn(
        Table(
            caption="Orders by what became of them",
            heads=("status", ">orders", ">share", ""),
            rows=rows,
            total=("placed", words.count(whole), words.ratio(whole, whole), None),
            kind="bars-in",
        )
    )


def fills(told: Mapping[str, Any]) -> Markup:
    """Fills by outcome and side: numbers and bars."""
    if not told["count"]:
        return el("p", "Nothing was filled.", class_="empty")
    counts, sizes = told["by_outcome_side"], told["shares_micro_by_outcome_side"]
    cells = [(outcome, side) for outcome in ("YES", "NO") for side in (Side.BUY, Side.SELL)]
    whole = sum(counts[outcome][side.value] for outcome, side in cells)
    size = sum(sizes[outcome][side.value] for outcome, side in cells)
    rows = []
    for outcome, side in cells:
        number = counts[outcome][side.value]
        name = joined(_shape(shape(side, outcome, inferred=False)), f" {outcome} {'bought' if side is Side.BUY else 'sold'}")
        look = f"{outcome.lower()} {side.value.lower()}"
        rows.append((name, words.count(number), words.ratio(number, whole), words.shares(sizes[outcome][side.value]), bar(number, whole, look)))
    return drawn(
        Table(
            caption="Fills by outcome and side",
            heads=("", ">fills", ">share", ">shares", ""),
            rows=rows,
            total=("all", words.count(whole), words.ratio(whole, whole), words.shares(size), None),
            kind="bars-in",
        )
    )


def _shape(ident: str) -> Markup:
    return el("svg", el("use", href=f"#{ident}", x=7, y=6), class_="key mark", width=14, height=12, aria_hidden="true")


def cash(told: Mapping[str, int | None]) -> Markup:
    """Where the money is."""
    rows = (
        ("to begin with", words.money(told["start_micro"])),
        ("free cash", words.money(told["free_micro"])),
        ("cash reserved for orders", words.money(told["pending_micro"])),
        ("fees paid, in all results", words.money(told["fees_micro"])),
    )
    return drawn(Table(caption="Where the money is", heads=("", ">USD"), rows=rows))


def worth(told: Mapping[str, int | None]) -> Markup:
    """What the account is worth and what came of it."""
    start = told["start_micro"] or 0
    rows = []
    for name, value in (
        ("if every outcome goes against us", told["equity_worst_micro"]),
        ("with holdings at their marks", told["equity_mark_micro"]),
    ):
        rows.append((name, words.money(value), words.change(None if value is None else value - start)))
    return drawn(Table(caption="What it is worth", heads=("", ">worth, USD", ">result, USD"), rows=rows))


def measures(told: Iterable[Measure]) -> Markup:
    """Results with how sure they are."""
    rows = [
        (
            measure.name,
            words.measured(measure.value, measure.unit),
            words.measured(measure.low, measure.unit),
            words.measured(measure.high, measure.unit),
            f"{words.count(measure.count)} {measure.of}{'; too few for an interval' if measure.low is None else ''}",
        )
        for measure in told
    ]
    if not rows:
        return el("p", "There are no measures.", class_="empty")
    return drawn(
        Table(caption="Results with their intervals at 95 %", heads=("measure", ">value", ">from", ">to", "rests on"), rows=rows, kind="stacks")
    )


def lenses(told: Mapping[str, Any] | None) -> Markup | None:
    """The lenses beside each other at the end."""
    found = [(name, told[name]) for name in in_order(told or {}) if told and isinstance(told[name], dict)]
    if not found:
        return None
    rows = [
        (
            joined(name),
            LENSES.get(name, ""),
            words.count(lens["fills"]),
            words.count(lens["inferred"]),
            words.change(lens["result_worst_micro"]),
            words.change(lens["result_mark_micro"]),
        )
        for name, lens in found
    ]
    heads = ("lens", "what it judges by", ">fills", ">of them inferred", ">result at worst", ">result at the mark")
    return drawn(Table(caption="The lenses at the end", heads=heads, rows=rows, kind="stacks"))


def evidence(books: Mapping[str, Any]) -> Markup:
    """What speaks for the rebuilt books."""
    return drawn(
        Table(
            caption="What speaks for the books we rebuilt",
            heads=("", ">checked", ">agreed", ">share"),
            rows=(
                ("hash told by the venue", words.count(books["hash_checked"]), words.count(books["hash_agreed"]), _agreement(books, "hash")),
                ("YES and NO as mirrors", words.count(books["mirror_judged"]), words.count(books["mirror_agreed"]), _agreement(books, "mirror")),
            ),
        )
    )


def _agreement(books: Mapping[str, Any], name: str) -> str:
    return words.percent(books[f"{name}_agreement"], 2)


def named(caption: str, head: str, told: Mapping[str, int] | None, none: str) -> Markup:
    """Counts by name with their sum; `none` where there are none."""
    if told is None:
        return el("p", f"{caption}: not known, this journal is too old to tell.", class_="empty")
    if not told:
        return el("p", none, class_="empty")
    rows = [(seen(str(name)), words.count(number)) for name, number in told.items()]
    return drawn(Table(caption=caption, heads=(head, ">times"), rows=rows, total=("all", words.count(sum(told.values())))))


def markets(told: tuple[MarketHistory, ...]) -> Markup:
    """Each market that is drawn, the others together, and their sum."""
    ranked = by_trade(told)
    rows: list[Sequence[Piece]] = []
    for number, market in enumerate(ranked[:DRAWN_MAX], 1):
        title = joined(f"{number}. ", seen(market.market.title or market.market.market_id))
        rows.append((title, *_sums([market]), "not yet" if market.payout is None else words.money(market.payout.yes_ppm)))
    others = ranked[DRAWN_MAX:]
    if others:
        rows.append((f"{words.counted(len(others), 'market')} with less trading", *_sums(others), None))
    heads = ("market", ">orders", ">fills", ">shares", ">cash so far", ">YES paid")
    return drawn(
        Table(
            caption="Markets in which we had orders or complete sets, the most traded first",
            heads=heads,
            rows=rows,
            total=("all", *_sums(ranked), None),
            kind="stacks",
        )
    )


def _sums(of: Sequence[MarketHistory]) -> tuple[str, str, str, str]:
    traded = sum(fill.shares_micro for market in of for fill in market.fills)
    return (
        words.count(sum(market.orders for market in of)),
        words.count(sum(len(market.fills) for market in of)),
        words.shares(traded),
        words.change(sum(market.cash_micro for market in of)),
    )


def identity(history: History) -> Markup:
    """Which run this is, so that somebody else can repeat it."""
    totals = history.totals
    rows: list[tuple[str, Piece]] = [
        ("run", seen(history.run_id)),
        ("status", history.status),
        ("journal schema", str(history.schema)),
        ("seed", _code(totals.get("seed"))),
        ("commit", _code(totals.get("commit") or None)),
        ("settings (hash)", _code(totals.get("config_hash"))),
        ("commands", words.count(totals.get("commands"))),
        ("commands (hash)", _code(totals.get("commands_hash"))),
        ("facts", words.count(totals.get("events"))),
        ("turns", words.count(totals.get("turns"))),
        ("market time", words.between(history.first_ns, history.last_ns)),
        ("lasting", words.lasting(history.last_ns - history.first_ns)),
    ]
    return drawn(Table(caption="With these it can be done again and recognised", heads=("", ""), rows=rows))


def _code(value: object) -> Markup | str:
    return words.NOT_KNOWN if value is None else el("code", str(value))


def settings(caption: str, told: Mapping[str, Any]) -> Markup:
    """Names and values as they were set."""
    return drawn(Table(caption=caption, heads=("setting", ">value"), rows=[(seen(str(name)), seen(_plainly(value))) for name, value in told.items()]))


def _plainly(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list) and len(value) == 2:
        return f"{_plainly(value[0])} to {_plainly(value[1])}"
    return f"{value:,}" if isinstance(value, int) else str(value)
