"""The whole report as one HTML file: no script, no font, no image, no address; it says the same in ten years and without a network.

The same journal gives the same bytes: nothing here knows the time, the machine or the version of anything.
"""

from pathlib import Path
from typing import Final

from config.report import arbitrage, markets, pictures, sources, tables, words
from config.report.markup import Markup, Piece, el, seen
from config.report.shapes import definitions
from oms.values.history import History

_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
"""A browser that obeys it loads nothing and runs nothing, whatever a title may hold."""
_STYLE: Final = Path(__file__).with_name("page.css")
_SECTIONS: Final[tuple[tuple[str, str], ...]] = (
    ("money", "Money"),
    ("sure", "How sure"),
    ("orders", "Orders and fills"),
    ("arbitrage", "Arbitrage"),
    ("traded", "Markets"),
    ("judged", "Lenses"),
    ("books", "Books"),
    ("rests-on", "What this rests on"),
    ("which", "Which run"),
)


def page(history: History) -> str:
    """The report."""
    head = el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("meta", name="color-scheme", content="light dark"),
        el("title", f"{words.shortened(history.run_id, 72)}: run report"),
        el("style", Markup(_STYLE.read_text(encoding="utf-8"))),
    )
    body = el(
        "body",
        definitions(),
        el("header", *_top(history)),
        el("main", *_sections(history)),
        el(
            "footer",
            "Made by Steelyard from the run's journal. Money in US dollars, times in UTC; n/a means that it is not known.",
        ),
    )
    return f"<!DOCTYPE html>\n{el('html', head, body, lang='en')}\n"


def _top(history: History) -> list[Piece]:
    """What one must have seen: which run, what is wrong, the verdict with the result."""
    return [
        el("p", "Run report", class_="kind"),
        el("h1", seen(words.shortened(history.run_id, 72))),
        el("p", status(history), class_="status"),
        *_alarms(history),
        el("p", history.verdict, class_="verdict"),
        _figures(history),
        _conserved(history),
        el("nav", *[el("a", name, href=f"#{ident}") for ident, name in _shown(history)], aria_label="Parts of this report"),
    ]


def _shown(history: History) -> list[tuple[str, str]]:
    """The parts there are: of arbitrage nothing is said where nobody looked for any."""
    return [part for part in _SECTIONS if part[0] != "arbitrage" or history.totals.get("arbitrage")]


def status(history: History) -> str:
    """How the run ended, and of which time this tells."""
    span = f"{words.between(history.first_ns, history.last_ns)} ({words.lasting(history.last_ns - history.first_ns)} of market time)"
    if history.status == "finished":
        return f"Finished. {span}."
    if history.status == "running":
        return f"This run was interrupted or is still going: everything here is up to its last commit at {words.stamp(history.last_ns)}. {span}."
    return f"This run was {history.status}; everything here is up to its last commit at {words.stamp(history.last_ns)}. {span}."


def _alarms(history: History) -> list[Markup]:
    found = []
    if history.disagreement:
        found.append(("The journal and the run do not agree", history.disagreement))
    conserved = history.totals.get("conserved")
    if conserved is not True and conserved is not None:
        found.append(("Money is NOT conserved", str(conserved)))
    return [el("div", el("strong", f"Alarm: {what}. "), seen(why), class_="alarm", role="alert") for what, why in found]


def _figures(history: History) -> Markup:
    """The result and what it rests on, in large."""
    told = history.totals
    cash, start = told["cash"], told["cash"]["start_micro"]
    worst, mark = cash["equity_worst_micro"], cash["equity_mark_micro"]
    shown = (
        ("Result at worst", words.change(None if worst is None else worst - start), f"of {words.money(start)}"),
        ("Result at the mark", words.change(None if mark is None else mark - start), "holdings at their marks"),
        ("Deepest fall", words.money(history.drawdown_mark_micro), "at the mark, from a peak"),
        ("Fills", words.count(told["fills"]["count"]), _inferred(told["fills"]["inferred"])),
        ("Orders placed", words.count(told["orders"]["placed"]), f"{words.count(told['orders']['filled'])} filled whole"),
    )
    return el("dl", *[el("div", el("dt", name), el("dd", value), el("dd", note, class_="note")) for name, value, note in shown], class_="figures")


def _inferred(number: int) -> str:
    return f"{number:,} on inferred trades" if number else "none inferred"


def _conserved(history: History) -> Markup:
    conserved, counts = history.totals.get("conserved"), history.totals.get("conservation")
    if conserved is True and not counts:
        said = "Our ledger balances, and what the venue says we hold fits it."
        return el("p", el("strong", "Money is conserved, as far as we can see. "), said, class_="conserved")
    if conserved is True and counts:
        said = (
            f"The exchange's books and ours agreed after each of {words.count(counts.get('statements_compared'))} movements and in"
            f" {words.count(counts.get('full_recounts'))} full recounts, to the last millionth of a dollar."
        )
        return el("p", el("strong", "Money is conserved. "), said, class_="conserved")
    if conserved is None:
        return el("p", el("strong", "Whether money is conserved is not known. "), "This journal does not hold the comparison.", class_="conserved")
    return el("p", el("strong", "Money is NOT conserved. "), "Nothing below can be relied on: see the alarm.", class_="conserved broken")


def _sections(history: History) -> list[Markup]:
    told = history.totals
    books = told["books"]
    health = ", ".join(f"{number:,} {name}" for name, number in books["health"].items())
    contents: dict[str, tuple[Piece, ...]] = {
        "money": (pictures.equity(history), el("div", tables.worth(told["cash"]), tables.cash(told["cash"]), class_="pair")),
        "sure": (tables.measures(history.measures),),
        "orders": (
            el(
                "div",
                el("div", tables.orders(told["orders"]), el("p", _part_filled(told["orders"]), class_="note")),
                el("div", tables.fills(told["fills"]), el("p", _fill_words(told["fills"]), class_="note")),
                class_="pair",
            ),
            tables.named("Orders that our own gate refused", "reason", told["refused_by_gate"], "Our own gate refused no order."),
        ),
        "arbitrage": arbitrage.section(told["arbitrage"]) if told.get("arbitrage") else (),
        "traded": (*_market_table(history), markets.pictures(history.markets)),
        "judged": (pictures.lenses(history), tables.lenses(told.get("lenses"))),
        "books": (
            pictures.health(history),
            el("p", f"At the end: {health}."),
            el(
                "div",
                tables.evidence(books),
                tables.named("Oddities", "what was odd", told["oddities"], "Nothing odd was met."),
                class_="pair",
            ),
        ),
        "rests-on": tuple(_rests_on(history)),
        "which": (tables.identity(history),),
    }
    return [el("section", el("h2", name), *contents[ident], id=ident) for ident, name in _shown(history)]


def _market_table(history: History) -> tuple[Piece, ...]:
    if not history.markets:
        return ()
    note = "Cash so far leaves out what is still held where nothing was paid out yet, so its sum need not be the result above."
    is_held = any(market.payout is None for market in history.markets)
    return tables.markets(history.markets), el("p", note, class_="note") if is_held else None


def _part_filled(told: dict[str, int]) -> str:
    return f"Cancelled after a part of them was filled: {words.count(told['of_which_part_filled'])}."


def _fill_words(told: dict[str, int]) -> str:
    return (
        f"Resting on inferred trades: {words.count(told['inferred'])}. Failed in settlement: {words.count(told['settlements_failed'])}."
        f" Not settled yet: {words.count(told['settlements_open'])}."
    )


def _rests_on(history: History) -> list[Piece]:
    """Notes, tapes with their assumptions, strategies, limits."""
    about = history.about
    notes = [str(note) for note in about.get("notes") or ()]
    pieces: list[Piece] = [el("h3", "Notes"), _listed(notes)] if notes else [el("p", "The run left no note.", class_="empty")]
    said = sources.assumptions(history)
    pieces += [el("h3", "Assumed"), _listed(list(said))] if said else []
    tapes = sources.tapes(history)
    pieces += [el("h3", "Tapes"), _listed(tapes)] if tapes else []
    settings = [(f"Strategy {name.replace('_', ' ')}", given) for name, given in (about.get("strategies") or {}).items()]
    settings += [(name.capitalize(), about[name]) for name in ("limits", "latency") if about.get(name)]
    shown = [tables.settings(name, given) for name, given in settings if isinstance(given, dict)]
    pieces.append(el("div", *shown, class_="pair") if shown else None)
    return pieces


def _listed(sentences: list[str]) -> Markup:
    return el("ul", *[el("li", seen(sentence)) for sentence in sentences], class_="said many" if len(sentences) > 8 else "said")
