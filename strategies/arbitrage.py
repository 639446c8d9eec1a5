"""What both arbitrage strategies share: settings, which legs may be believed, how near a shape is to paying, the way to a bundle or a refusal.

The pass that runs on every change of a book looks at best prices alone: net of fees, for one set, in 10⁻¹² dollars. Only a shape whose touch
pays is walked level by level. Refusals begin with a name in capitals; those are

    NO_GAP UNDER_MIN_EDGE UNDER_MIN_PROFIT UNDER_CAPITAL_DAY TOO_THIN CAPPED NO_CASH
    LEG_MISSING LEG_STOPPED LEG_SUSPECT LEG_STALE LEG_TORN LEG_EMPTY END_UNKNOWN
    AUGMENTED NOT_EXHAUSTIVE NOT_EXCLUSIVE NOT_CONVERTIBLE ONE_OUTCOME MIXED_GENERATIONS NOT_ALLOWED
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from oms.values.bundles import EventSnapshot, Look, Shape, Terms
from oms.values.market import MarketId
from oms.values.orders import Side
from oms.values.snapshot import BookView, Doubt, Health, Snapshot
from oms.values.units import MICRO, NS_PER_DAY, NS_PER_MS, PRICE_ONE_PIPS, Nanos, Pips, micro_text
from strategies.basket import ALL_OR_NOTHING, Basket, terms
from strategies.bundling import bundle_of, free_ns
from strategies.sizing import Bounds, Sized, best_size
from strategies.stairs import CENT_MICRO, PICO, PIP_PICO, net_pico, stairs_of

_BPS: Final = 10_000
_TITLE_MAX: Final = 40
_HOUR_NS: Final = NS_PER_DAY // 24
_UNBOUND: Final = 10**24
_RANGES: Final = {
    "min_edge_pips": (1, 5_000),
    "min_profit_cents": (0, 1_000_000),
    "sets_max": (1, 1_000_000),
    "capital_max_usd": (1, 10_000_000),
    "broken_loss_max_usd": (1, 10_000_000),
    "min_edge_per_capital_day_bps": (0, 100_000),
    "near_miss_pips": (0, 5_000),
    "depth_percent": (100, 10_000),
    "book_age_max_ms": (1, 86_400_000),
    "levels": (1, 20),
}


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may be set for either. Prices in pips (10⁻⁴ USD a share), money in whole dollars or cents."""

    min_edge_pips: int = 10
    """Least net edge, after every fee, of the last set that is taken."""
    min_profit_cents: int = 5
    """Least that the whole bundle leaves under the worst winner. Gas, where a transfer costs any, has to come out of it."""
    sets_max: int = 1_000
    """Most sets of a bundle."""
    capital_max_usd: int = 500
    """Most cash out before any comes back."""
    broken_loss_max_usd: int = 100
    """The most that a bundle may cost of which only some legs filled, whichever they are and whoever wins."""
    min_edge_per_capital_day_bps: int = 0
    """Least profit on the capital for each day it is tied up, an hour at least; 0: any."""
    near_miss_pips: int = 200
    """So much a set may be missing, net of fees, and the event is still watched closely: without fees 200 is a raw sum of 1.02."""
    depth_percent: int = 100
    """All legs leave at once where each displays so much of its size within its limit; else the thinnest goes first, and the others follow as far as
    it filled."""
    book_age_max_ms: int = 600_000
    """No leg in a book about which nothing was heard for longer. A book that is quiet on a live line is true, so this is minutes."""
    levels: int = 5
    """How deep into a book to go."""

    def __post_init__(self) -> None:
        for name, (least, most) in _RANGES.items():
            value = getattr(self, name)
            if not least <= value <= most:
                raise ValueError(f"{name} must be from {least} to {most}, not {value}")


class Touch(msgspec.Struct, frozen=True, gc=False):
    """The best price of one leg to be."""

    view: Snapshot
    book: BookView
    price_pips: Pips
    """0: there is none."""
    net_pico: int
    doubt: str
    """Why it may not be a leg now; empty when it may."""


class Sight(msgspec.Struct, frozen=True, kw_only=True):
    """One shape at best prices."""

    shape: Shape
    edge_pico: int | None = None
    raw_pips: int | None = None
    doubt: str = ""
    touches: tuple[Touch, ...] = ()
    side: Side = Side.BUY
    fee_bps: int = 0


def touch_of(view: Snapshot, book: BookView, side: Side, settings: Settings, stopped: dict[MarketId, str]) -> Touch:
    """What a taker meets first on that side of the book, and whether it may be believed."""
    levels = book.asks if side is Side.BUY else book.bids
    if not levels:
        return Touch(view, book, 0, 0, f"LEG_EMPTY: nobody {'offers' if side is Side.BUY else 'bids for'} {_name(view, book)}")
    price_pips = levels[0][0]
    market = view.market
    doubt = ""
    if (
        stopped
        or book.exchange_ns < (view.no if book is view.yes else view.yes).exchange_ns
        or book.health is not Health.LIVE
        or view.at_ns - book.changed_ns > settings.book_age_max_ms * NS_PER_MS
        or market.end_ns is None
        or market.end_ns <= view.at_ns
    ):
        doubt = _doubt(view, book, side, settings, stopped)
    return Touch(view, book, price_pips, net_pico(market.fee, side, price_pips), doubt)


def _doubt(view: Snapshot, book: BookView, side: Side, settings: Settings, stopped: dict[MarketId, str]) -> str:
    market = view.market
    if market.market_id in stopped:
        return f"LEG_STOPPED: {_name(view, book)}: {stopped[market.market_id]}"
    if market.end_ns is not None and market.end_ns <= view.at_ns:
        return f"LEG_STOPPED: {_name(view, book)}: its trading has ended"
    if book.health is not Health.LIVE:
        doubts = ", ".join(doubt.name or "" for doubt in Doubt if doubt in book.doubts)
        name = "LEG_STALE" if book.health is Health.STALE else "LEG_SUSPECT"
        return f"{name}: the book of {_name(view, book)}: {doubts or 'no reason told'}"
    if book.exchange_ns < (view.no if book is view.yes else view.yes).exchange_ns:
        return f"LEG_TORN: the book of {_name(view, book)} is of an earlier moment than its twin: what it shows may be gone already"
    age_ms = (view.at_ns - book.changed_ns) // NS_PER_MS
    if age_ms > settings.book_age_max_ms:
        return f"LEG_STALE: the book of {_name(view, book)} is {age_ms} ms old, more than {settings.book_age_max_ms}"
    if market.end_ns is None and side is Side.BUY:
        return f"END_UNKNOWN: nobody knows when {market.title[:_TITLE_MAX]} ends"
    return ""


def _name(view: Snapshot, book: BookView) -> str:
    return f"{view.market.outcome(book.token)} of {view.market.title[:_TITLE_MAX]}"


def sight_of(shape: Shape, touches: Sequence[Touch], side: Side, fee_bps: int = 0) -> Sight:
    """How near a shape is at best prices; with the best choice of legs where some may be left out."""
    base, adds = terms(shape, PICO, PICO - PICO * fee_bps // _BPS)
    doubt = next((touch.doubt for touch in touches if touch.doubt), "")
    if shape in ALL_OR_NOTHING:
        used = list(touches)
        if any(not touch.price_pips for touch in touches):
            return Sight(shape=shape, doubt=doubt)
    else:
        used = [touch for touch in touches if not touch.doubt]
        if len(used) > 1:
            doubt = ""
        else:
            used = [touch for touch in touches if touch.price_pips]
        if len(used) < 2:
            return Sight(shape=shape, doubt=doubt)
        gaining = [touch for touch in used if touch.net_pico + adds > 0]
        used = gaining if len(gaining) > 1 else sorted(used, key=lambda touch: -touch.net_pico)[:2]
    edge_pico = base
    raw_base, raw_adds = terms(shape, PRICE_ONE_PIPS, PRICE_ONE_PIPS)
    gap_pips = raw_base
    sign = -1 if side is Side.BUY else 1
    for touch in used:
        edge_pico += touch.net_pico + adds
        gap_pips += sign * touch.price_pips + raw_adds
    return Sight(
        shape=shape, edge_pico=edge_pico, raw_pips=PRICE_ONE_PIPS - gap_pips, doubt=doubt, touches=tuple(touches), side=side, fee_bps=fee_bps
    )


def look_at(sights: Sequence[Sight], refusals: Sequence[str], event: EventSnapshot, settings: Settings) -> Look:
    """The bundle that leaves most, or of the shapes that can be told of the nearest one, and why it does not pay."""
    best: Look | None = None
    nearest: Sight | None = None
    place = -1
    refused: dict[int, Look] = {}
    for number, sight in enumerate(sights):
        if sight.edge_pico is None:
            continue
        if nearest is None or nearest.edge_pico is None or sight.edge_pico > nearest.edge_pico:
            nearest, place = sight, number
        if not sight.doubt and sight.edge_pico >= settings.min_edge_pips * PIP_PICO:
            look = _sized_look(sight, event, settings)
            if look.bundle is None:
                refused[number] = look
            elif best is None or best.bundle is None or look.bundle.worst_micro > best.bundle.worst_micro:
                best = look
    if best is not None:
        return best
    if nearest is None:
        said = [*refusals, *(sight.doubt or "TOO_THIN: fewer than two legs have a price" for sight in sights)]
        return Look(why=said[0] if said else "NOT_ALLOWED: no shape that is set applies here")
    return refused.get(place) or _far(nearest, settings)


def _far(sight: Sight, settings: Settings) -> Look:
    """A shape that does not pay at the touch, or whose legs may not be believed."""
    edge_pips = (sight.edge_pico or 0) // PIP_PICO
    if edge_pips < 0:
        why = f"NO_GAP: {-edge_pips} pips a set are missing to {sight.shape.value}"
    else:
        why = sight.doubt or f"UNDER_MIN_EDGE: {edge_pips} pips a set, less than {settings.min_edge_pips}"
    return Look(shape=sight.shape, edge_pips=edge_pips, raw_pips=sight.raw_pips, why=why)


def _sized_look(sight: Sight, event: EventSnapshot, settings: Settings) -> Look:
    """The best size of a shape that pays at the touch."""
    edge_pips = (sight.edge_pico or 0) // PIP_PICO
    stairs = tuple(stairs_of(touch.view.market, touch.book, sight.side, settings.levels) for touch in sight.touches if not touch.doubt)
    basket = Basket(shape=sight.shape, stairs=stairs, fee_bps=sight.fee_bps)
    bounds = Bounds(
        sets_max=settings.sets_max,
        capital_micro=min(settings.capital_max_usd * MICRO, event.cash_free_micro),
        broken_micro=settings.broken_loss_max_usd * MICRO,
        edge_pico=settings.min_edge_pips * PIP_PICO,
    )
    sized = best_size(basket, bounds)
    if sized is None:
        return Look(shape=sight.shape, edge_pips=edge_pips, raw_pips=sight.raw_pips, why=_why_no_size(basket, bounds, event, settings))
    why = _under(basket, sized, event.at_ns, settings)
    held = _held_by(basket, sized.sets_micro + MICRO, event, settings)
    if why:
        return Look(shape=sight.shape, edge_pips=edge_pips, raw_pips=sight.raw_pips, why=why + (f", held by {held}" if held else ""))
    why = f"{edge_pips} pips a set at the touch: {sized.sets_micro // MICRO} sets leave at least {micro_text(sized.worst_micro)} USD"
    bundle = bundle_of(basket, sized, event.group, why + (f", held by {held}" if held else ""))
    if any(100 * one.depth_micro(sized.sets_micro) < settings.depth_percent * sized.sets_micro for one in sized.legs):
        bundle = msgspec.structs.replace(bundle, terms=Terms(at_once=False))
    return Look(shape=sight.shape, edge_pips=edge_pips, raw_pips=sight.raw_pips, bundle=bundle, why=bundle.why)


def _under(basket: Basket, sized: Sized, at_ns: Nanos, settings: Settings) -> str:
    """Which threshold on the whole is missed; empty: none."""
    least_micro = settings.min_profit_cents * CENT_MICRO
    if sized.worst_micro < least_micro:
        return f"UNDER_MIN_PROFIT: {micro_text(sized.worst_micro)} USD at most, less than {micro_text(least_micro)}"
    capital_micro = basket.use(sized.sets_micro, sized.legs).capital_micro
    tied_ns = max((free_ns(basket.shape, sized) or at_ns) - at_ns, _HOUR_NS)
    if sized.worst_micro * _BPS * NS_PER_DAY < settings.min_edge_per_capital_day_bps * capital_micro * tied_ns:
        earned_bps = sized.worst_micro * _BPS * NS_PER_DAY // (capital_micro * tied_ns)
        return f"UNDER_CAPITAL_DAY: {earned_bps} bps a day on the capital, less than {settings.min_edge_per_capital_day_bps}"
    return ""


def _why_no_size(basket: Basket, bounds: Bounds, event: EventSnapshot, settings: Settings) -> str:
    """Is it the bounds, or what is displayed?"""
    free = Bounds(sets_max=_UNBOUND, capital_micro=_UNBOUND, broken_micro=_UNBOUND, edge_pico=bounds.edge_pico)
    sized = best_size(basket, free)
    if sized is None:
        return "TOO_THIN: no number of whole sets leaves anything in legs of the venue's minimum, with cents and fees rounded up"
    held = _held_by(basket, sized.sets_micro, event, settings)
    name = "NO_CASH" if held.startswith("cash") else "CAPPED"
    return f"{name}: {held} allows no size that pays; {sized.sets_micro // MICRO} sets would leave {micro_text(sized.worst_micro)} USD"


def _held_by(basket: Basket, sets_micro: int, event: EventSnapshot, settings: Settings) -> str:
    """Which bound so many sets would break; empty: none."""
    if sets_micro > settings.sets_max * MICRO:
        return f"sets_max of {settings.sets_max}"
    found = basket.choice(sets_micro)
    if found is None:
        return ""
    use = basket.use(sets_micro, found[1])
    if use.capital_micro > event.cash_free_micro:
        return f"cash of {micro_text(event.cash_free_micro)} USD"
    if use.capital_micro > settings.capital_max_usd * MICRO:
        return f"capital_max_usd of {settings.capital_max_usd}"
    return f"broken_loss_max_usd of {settings.broken_loss_max_usd}" if use.broken_micro > settings.broken_loss_max_usd * MICRO else ""
