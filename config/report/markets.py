"""The pictures of markets: our quotes against the book with our fills, what we held under it; and how many markets there are beside those drawn."""

from collections.abc import Callable, Iterable
from typing import Final

from msgspec.structs import replace

from config.report import words
from config.report.charts import Area, Block, Figure, Key, Line, Mark, Panel, draw, legend
from config.report.markup import Markup, el, joined, seen
from config.report.scale import Scale, price_word, scale_of, shares_word
from config.report.shapes import shape, shape_of
from config.report.spans import shown_until, span_words
from oms.values.history import FillPoint, MarketHistory, MarketPoint
from oms.values.market import PAYOUT_ONE_PPM
from oms.values.orders import Side
from oms.values.snapshot import Health
from oms.values.units import MICRO, PRICE_ONE_PIPS, Nanos

DRAWN_MAX: Final = 12
_MARKS_MAX: Final = 120
"""Markers in one picture; fills closer together than they allow share one."""


def by_trade(markets: Iterable[MarketHistory]) -> list[MarketHistory]:
    """The most traded first, by shares, then by orders; as they were listed where these are equal."""
    return sorted(markets, key=lambda market: (-sum(fill.shares_micro for fill in market.fills), -market.orders))


def pictures(markets: tuple[MarketHistory, ...]) -> Markup:
    """Those drawn, and the others in words."""
    if not markets:
        return el("p", "We had no order and no complete set in any market, so there is none to show.", class_="empty")
    first, others = by_trade(markets)[:DRAWN_MAX], by_trade(markets)[DRAWN_MAX:]
    drawn = [_picture(market, number) for number, market in enumerate(first, 1)]
    return joined(legend(_keys(first), "shared"), el("div", *drawn, class_="pair"), el("p", _others(others)) if others else None)


def _others(others: list[MarketHistory]) -> str:
    orders, fills = sum(market.orders for market in others), sum(len(market.fills) for market in others)
    cash = sum(market.cash_micro for market in others)
    return (
        f"Not drawn: {words.counted(len(others), 'market')} with less trading, together {words.counted(orders, 'order')},"
        f" {words.counted(fills, 'fill')} and {words.change(cash)} in cash."
    )


def _picture(market: MarketHistory, number: int) -> Markup:
    times = [*(point.at_ns for point in market.points), *(fill.at_ns for fill in market.fills)]
    title = joined(f"{number}. ", seen(market.market.title or market.market.market_id))
    if not times:
        return el("div", el("h3", title), el("p", _words(market)), class_="empty")
    first, last = min(times), max(times)
    shown = shown_until(_looks(market), first, last)
    points = tuple(point for point in market.points if point.at_ns <= shown)
    if shown < last and points:
        points = (*points, replace(points[-1], at_ns=shown))  # as quiet as what follows and is not drawn
    return draw(
        Figure(
            ident=f"market-{number}",
            title=title,
            words=f"{_words(market)} {span_words(first, shown, last)}",
            first_ns=first,
            last_ns=shown,
            keys=(),
            panels=(_prices(points, market.fills, Scale(first, max(shown, first + 1))), _holdings(points)),
        )
    )


def _looks(market: MarketHistory) -> list[tuple[Nanos, object]]:
    """What makes its picture worth drawing, in order of time: the book, what we held, fills. Not our quotes: a run that ends takes them back."""
    looks: list[tuple[Nanos, object]] = [(point.at_ns, (point.bid_pips, point.ask_pips, point.yes_micro, point.no_micro)) for point in market.points]
    return sorted([*looks, *((fill.at_ns, fill) for fill in market.fills)], key=lambda look: look[0])


def _words(market: MarketHistory) -> str:
    inferred = sum(fill.inferred for fill in market.fills)
    told = (
        f"{words.counted(market.orders, 'order')}, {words.counted(len(market.fills), 'fill')} for"
        f" {words.shares(sum(fill.shares_micro for fill in market.fills))} shares"
    )
    told += f" ({_kinds(market.fills)}{f'; {inferred:,} on inferred trades' if inferred else ''})" if market.fills else ""
    if market.payout is None:
        return f"{told}. Not paid out yet; cash so far {words.change(market.cash_micro)}, without what is still held."
    yes = market.payout.yes_ppm
    paid = {PAYOUT_ONE_PPM: "YES was right", 0: "NO was right"}.get(yes, f"{words.money(yes)} for YES, {words.money(PAYOUT_ONE_PPM - yes)} for NO")
    return f"{told}. Paid out: {paid}; result {words.change(market.cash_micro)}."


def _kinds(fills: tuple[FillPoint, ...]) -> str:
    told = []
    for outcome in ("YES", "NO"):
        for side, verb in ((Side.BUY, "bought"), (Side.SELL, "sold")):
            number = sum(fill.outcome == outcome and fill.side is side for fill in fills)
            told += [f"{number:,} {outcome} {verb}"] if number else []
    return ", ".join(told)


def _keys(markets: list[MarketHistory]) -> Iterable[Key]:
    """One legend for all these pictures."""
    yield from (Key("block", "book", "the book, best bid to best ask"), Key("line", "our-bid", "our bid"), Key("line", "our-ask", "our ask"))
    fills = {shape_of(fill) for market in markets for fill in market.fills}
    for outcome in ("YES", "NO"):
        for side, verb in ((Side.BUY, "bought"), (Side.SELL, "sold")):
            yield Key("mark", shape(side, outcome, inferred=False), f"{verb} {outcome}")
    if any(kind.endswith("inferred") for kind in fills):
        yield Key("mark", shape(Side.BUY, "YES", inferred=True), "with a bar at the tip: rests on an inferred trade")
    found = {point.health for market in markets for point in market.points}
    if Health.SUSPECT in found:
        yield Key("block", "suspect", "book doubted")
    if Health.STALE in found:
        yield Key("block", "stale", "book stale")
    yield from (Key("block", "yes", "YES held, above zero"), Key("block", "no", "NO held, below zero"), Key("line", "net", "YES − NO"))


def _prices(points: tuple[MarketPoint, ...], fills: tuple[FillPoint, ...], time: Scale) -> Panel:
    """Book, quotes and fills, in YES terms."""
    bid, ask = _line(points, lambda point: point.bid_pips or None), _line(points, lambda point: _price(point.ask_pips))
    our_bid, our_ask = _line(points, lambda point: point.our_bid_pips or None), _line(points, lambda point: _price(point.our_ask_pips))
    values = [value for line in (bid, ask, our_bid, our_ask) for _, value in line]
    scale = scale_of([*values, *(fill.yes_price_pips for fill in fills)], least=200)
    return Panel(
        unit="price of YES, USD",
        scale=scale,
        word=price_word,
        height=224,
        blocks=tuple(_trouble(points, time.high)),
        areas=(Area("book", tuple((at_ns, low, high) for (at_ns, low), (_, high) in zip(bid, ask, strict=True))),),
        lines=(Line("bid", bid), Line("ask", ask), Line("our-bid", our_bid), Line("our-ask", our_ask)),
        marks=tuple(_marks(fills, time)),
    )


def _price(ask_pips: int) -> int | None:
    return ask_pips if ask_pips < PRICE_ONE_PIPS else None


def _line(points: tuple[MarketPoint, ...], value: Callable[[MarketPoint], int | None]) -> tuple[tuple[Nanos, int | None], ...]:
    return tuple([(point.at_ns, value(point)) for point in points])


def _trouble(points: tuple[MarketPoint, ...], end_ns: Nanos) -> Iterable[Block]:
    """Stretches in which one of the books was not live."""
    looks = {Health.SUSPECT: "suspect", Health.STALE: "stale"}
    began, now = 0, Health.LIVE
    for point in points:
        if point.health is not now:
            if now is not Health.LIVE:
                yield Block(looks[now], began, point.at_ns)
            began, now = point.at_ns, point.health
    if now is not Health.LIVE:
        yield Block(looks[now], began, end_ns)


def _marks(fills: tuple[FillPoint, ...], time: Scale) -> Iterable[Mark]:
    """A marker for each fill; where there are too many, fills of one kind and nearly one time and price share one."""
    columns, rows = 800, 200
    bunches = _bunches(fills, time, columns, rows)
    while len(bunches) > _MARKS_MAX:
        columns, rows = columns // 2 or 1, rows // 2 or 1
        bunches = _bunches(fills, time, columns, rows)
    for bunch in bunches:
        first = bunch[0]
        yield Mark(shape_of(first), first.at_ns, first.yes_price_pips, _told(bunch))


def _bunches(fills: tuple[FillPoint, ...], time: Scale, columns: int, rows: int) -> list[list[FillPoint]]:
    found: dict[tuple[str, int, int], list[FillPoint]] = {}
    for fill in fills:
        place = (shape_of(fill), int(time.part(fill.at_ns) * columns), fill.yes_price_pips * rows // PRICE_ONE_PIPS)
        found.setdefault(place, []).append(fill)
    return list(found.values())


def _told(bunch: list[FillPoint]) -> str:
    """What a pointer on a marker is told."""
    first = bunch[0]
    verb = "bought" if first.side is Side.BUY else "sold"
    size = words.shares(sum(fill.shares_micro for fill in bunch))
    if len(bunch) == 1:
        role = "resting" if first.is_maker else "taking"
        note = ", rests on an inferred trade" if first.inferred else ""
        return f"{words.clock(first.at_ns)} {verb} {size} {first.outcome} at {words.price(first.price_pips)} ({role}{note}), order {first.order_id}"
    prices = [fill.price_pips for fill in bunch]
    least, most = words.price(min(prices)), words.price(max(prices))
    return f"{words.clock(first.at_ns)} {len(bunch):,} fills: {verb} {size} {first.outcome} at {least if least == most else f'{least} to {most}'}"


def _holdings(points: tuple[MarketPoint, ...]) -> Panel:
    """What we held, filled; settled or not. YES upwards, NO downwards, so that complete sets balance."""
    net = _line(points, lambda point: point.yes_micro - point.no_micro)
    values = [value for point in points for value in (point.yes_micro, -point.no_micro)]
    return Panel(
        unit="shares held: YES above zero, NO below",
        scale=scale_of([*values, *(value for _, value in net)], least=10 * MICRO, holds=(0,)),
        word=shares_word,
        height=112,
        areas=(
            Area("yes", tuple((point.at_ns, 0, point.yes_micro) for point in points)),
            Area("no", tuple((point.at_ns, -point.no_micro, 0) for point in points)),
        ),
        rules=(("zero", 0),),
        lines=(Line("net", net),),
    )
