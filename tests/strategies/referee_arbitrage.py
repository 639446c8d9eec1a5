"""Two judges of the arbitrage strategies that share nothing with them but the values.

`replayed` does what a bundle says, share by share and cent by cent, and counts what is there when each winner is known. `best` tries every shape,
every choice of outcomes and every number of sets, and says the most that any of them leaves under its worst winner. Slow and plain.
"""

from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from itertools import combinations
from math import ceil, floor

from oms.values.bundles import NOBODY, Bundle, EventSnapshot, Shape, TransferKind
from oms.values.market import EventGroup
from oms.values.orders import Side
from oms.values.snapshot import BookView, Snapshot

MICRO = 1_000_000
CENT = Fraction(1, 100)
Levels = tuple[tuple[int, int], ...]
Terms = tuple[int, int, int]
"""(fee rate in bps, smallest order in micro-shares, tick in pips)."""
Leg = tuple[Fraction, Fraction, Fraction, Fraction]
"""(limit, shares, cash before the fee, fee), in dollars and shares."""


def winners(group: EventGroup) -> tuple[str, ...]:
    """Who may win: one of the group; nobody too, unless one must."""
    return group.market_ids if group.exhaustive and not group.augmented and len(group.market_ids) > 1 else (*group.market_ids, NOBODY)


def replayed(bundle: Bundle, event: EventSnapshot) -> dict[str, int]:
    """What a bundle leaves under each winner, in micro-dollars: every transfer and leg is done, then what is held pays."""
    cash = 0
    held: dict[tuple[str, str], int] = {}
    name = {token: (view.market.market_id, which) for view in event.markets for token, which in ((view.market.yes, "YES"), (view.market.no, "NO"))}

    def add(place: tuple[str, str], shares: int) -> None:
        held[place] = held.get(place, 0) + shares

    def transfer(kind: TransferKind, ids: tuple[str, ...], shares: int, bps: int) -> None:
        nonlocal cash
        if kind is TransferKind.CONVERT:
            kept = shares - floor(Fraction(shares * bps, 10_000))
            cash += (len(ids) - 1) * kept
            for market_id in event.group.market_ids:
                add((market_id, "NO"), -shares) if market_id in ids else add((market_id, "YES"), kept)
        else:
            way = 1 if kind is TransferKind.SPLIT else -1
            cash -= way * shares
            for which in ("YES", "NO"):
                add((ids[0], which), way * shares)

    for one in bundle.before:
        transfer(one.kind, one.market_ids, one.shares_micro, one.fee_bps)
    for leg in bundle.legs:
        way = 1 if leg.side is Side.BUY else -1
        cash -= way * leg.cash_micro + leg.fee_micro
        add(name[leg.token], way * leg.shares_micro)
    for one in bundle.after:
        transfer(one.kind, one.market_ids, one.shares_micro, one.fee_bps)
    assert min(held.values()) >= 0, f"something was given that is not there: {held}"
    return {
        winner: cash + sum(shares for (market_id, which), shares in held.items() if (market_id == winner) is (which == "YES"))
        for winner in winners(event.group)
    }


@cache
def walk(levels: Levels, sets: int, side: Side, terms: Terms) -> tuple[Leg, ...] | None:
    """The legs for so many shares of one token, by the rules of strategies/stairs.py; None: not to be had."""
    rate, smallest, tick = Fraction(terms[0], 10_000), Fraction(terms[1], MICRO), terms[2]
    joined: list[tuple[Fraction, Fraction, list[Fraction]]] = []  # (limit, what it is worth in dollars or shares, prices in it)
    carried: list[tuple[int, int]] = []
    for price, size in levels:
        carried.append((price, size))
        limit = Fraction((ceil if side is Side.BUY else floor)(Fraction(price, tick)) * tick, 10_000)
        worth, room = _worth(carried, limit, side)
        if _is_large(room, limit, side, smallest) or (carried and (price, size) == levels[-1] and joined):
            joined.append((limit, worth, [Fraction(p, 10_000) for p, _ in carried]))
            carried = []
    legs: list[tuple[Fraction, Fraction, Fraction, list[Fraction]]] = []  # (limit, shares, worth, prices)
    rest = Fraction(sets)
    for limit, worth, prices in joined:
        room = floor(worth / limit * MICRO) * Fraction(1, MICRO) if side is Side.BUY else worth
        if rest > 0:
            legs.append((limit, min(room, rest), worth, prices))
            rest -= legs[-1][1]
    if rest > 0 or not legs:
        return None
    if not _is_large(legs[-1][1], legs[-1][0], side, smallest):
        if len(legs) == 1:
            return None
        limit, shares, worth, prices = legs.pop()
        _, before, worth_before, prices_before = legs.pop()
        legs.append((limit, shares + before, worth + worth_before, prices_before + prices))
    done = []
    for limit, shares, worth, prices in legs:
        cash = ceil(shares * limit / CENT) * CENT if side is Side.BUY else floor(shares * limit * MICRO) * Fraction(1, MICRO)
        if side is Side.BUY and cash > worth:
            return None
        done.append((limit, shares, cash, _fee(rate, side, limit, (shares, cash, prices))))
    return tuple(done)


def _worth(levels: list[tuple[int, int]], limit: Fraction, side: Side) -> tuple[Fraction, Fraction]:
    """What is displayed: whole cents for a BUY, hundredths of a share for a SELL; and how many shares that is at the limit."""
    if side is Side.SELL:
        shares = floor(sum(Fraction(size, MICRO) for _, size in levels) * 100) * Fraction(1, 100)
        return shares, shares
    dollars = floor(sum(Fraction(price, 10_000) * Fraction(size, MICRO) for price, size in levels) / CENT) * CENT
    return dollars, floor(dollars / limit * MICRO) * Fraction(1, MICRO)


def _is_large(shares: Fraction, limit: Fraction, side: Side, smallest: Fraction) -> bool:
    return shares >= smallest and (side is Side.SELL or ceil(shares * limit / CENT) * CENT >= 1)


def _fee(rate: Fraction, side: Side, limit: Fraction, leg: tuple[Fraction, Fraction, list[Fraction]]) -> Fraction:
    if not rate:
        return Fraction(0)
    shares, cash, prices = leg
    step = Fraction(1, 100_000)
    fees = [shares * rate * limit * (1 - limit)]
    if side is Side.BUY:
        fees = [ceil(cash / price * MICRO) * Fraction(1, MICRO) * rate * price * (1 - price) for price in [limit, *prices]]
    return max(ceil(fee / step) * step for fee in fees) + 64 * step


@cache
def _flow(levels: Levels, sets: int, side: Side, terms: Terms) -> int | None:
    """What these legs move, in micro-dollars."""
    legs = walk(levels, sets, side, terms)
    if legs is None:
        return None
    flow = sum(((-cash if side is Side.BUY else cash) - fee for _, _, cash, fee in legs), Fraction(0)) * MICRO
    assert flow.denominator == 1
    return int(flow)


@cache
def _last_price(levels: Levels, sets: int, side: Side, terms: Terms) -> Fraction:
    """What the last share moves by the level it comes from, fee included."""
    rate, tick = Fraction(terms[0], 10_000), terms[2]
    smallest = Fraction(terms[1], MICRO)
    reached, carried = Fraction(0), list[tuple[int, int]]()
    net = Fraction(0)
    for number, (price, size) in enumerate(levels):
        carried.append((price, size))
        limit = Fraction((ceil if side is Side.BUY else floor)(Fraction(price, tick)) * tick, 10_000)
        room = _worth(carried, limit, side)[1]
        if _is_large(room, limit, side, smallest) or number == len(levels) - 1:
            net = (-limit if side is Side.BUY else limit) - rate * limit * (1 - limit)
            reached += room
            carried = []
            if reached >= sets:
                break
    return net


def _side(view: Snapshot, shape: Shape) -> tuple[BookView, Side]:
    if shape is Shape.BUY_ALL_YES:
        return view.yes, Side.BUY
    return (view.yes, Side.SELL) if shape is Shape.SPLIT_SELL_YES else (view.no, Side.BUY)


Offer = tuple[Levels, Side, Terms, str, str]
"""One token's side of its book, and whose it is: (…, market, YES or NO)."""


def _offer(view: Snapshot, book: BookView, side: Side) -> Offer:
    market = view.market
    levels = book.asks if side is Side.BUY else book.bids
    return levels, side, (market.fee.rate_bps, market.min_shares_micro, book.tick_pips), market.market_id, market.outcome(book.token)


def candidates(event: EventSnapshot) -> Iterator[tuple[Shape, list[Offer]]]:
    """Every shape with every choice of outcomes that the event allows."""
    group = event.group
    for view in event.markets:
        yield Shape.BUY_BOTH_MERGE, [_offer(view, book, Side.BUY) for book in (view.yes, view.no)]
        yield Shape.SPLIT_SELL_BOTH, [_offer(view, book, Side.SELL) for book in (view.yes, view.no)]
    if not group.exclusive or len(group.market_ids) < 2:
        return
    if group.exhaustive and not group.augmented and len(event.markets) == len(group.market_ids):
        yield Shape.BUY_ALL_YES, [_offer(view, *_side(view, Shape.BUY_ALL_YES)) for view in event.markets]
    shapes = (Shape.BUY_NO_HOLD,) if group.conversion_fee_bps is None else (Shape.BUY_NO_CONVERT, Shape.SPLIT_SELL_YES)
    for shape in shapes:
        for count in range(2, len(event.markets) + 1):
            for chosen in combinations(event.markets, count):
                yield shape, [_offer(view, *_side(view, shape)) for view in chosen]


def worst_of(shape: Shape, offers: list[Offer], sets: int, event: EventSnapshot) -> int | None:
    """What so many sets leave under the worst winner, in micro-dollars; None: a leg cannot be had."""
    flow = 0
    for levels, side, terms, _, _ in offers:
        moved = _flow(levels, sets, side, terms)
        if moved is None:
            return None
        flow += moved
    whole = sets * MICRO
    kept = whole - floor(Fraction(whole * (event.group.conversion_fee_bps or 0), 10_000))
    count = len(offers)
    if shape is Shape.BUY_BOTH_MERGE:
        return flow + whole
    if shape is Shape.SPLIT_SELL_BOTH:
        return flow - whole
    mine = {market_id for _, _, _, market_id, _ in offers}
    results = []
    for winner in winners(event.group):
        if shape is Shape.BUY_ALL_YES:
            results.append(flow + (whole if winner in mine else 0))
        elif shape is Shape.BUY_NO_HOLD:
            results.append(flow + whole * (count - (winner in mine)))
        else:
            others = kept if winner in event.group.market_ids and winner not in mine else 0
            results.append(flow + (count - 1) * kept + others - (whole * count if shape is Shape.SPLIT_SELL_YES else 0))
    return min(results)


def edge_of(shape: Shape, offers: list[Offer], sets: int, event: EventSnapshot) -> Fraction:
    """Of the last set, by its own levels."""
    net = sum((_last_price(levels, sets, side, terms) for levels, side, terms, _, _ in offers), Fraction(0))
    kept, count = 1 - Fraction(event.group.conversion_fee_bps or 0, 10_000), len(offers)
    return (
        net
        + {
            Shape.BUY_BOTH_MERGE: Fraction(1),
            Shape.BUY_ALL_YES: Fraction(1),
            Shape.SPLIT_SELL_BOTH: Fraction(-1),
            Shape.BUY_NO_HOLD: Fraction(count - 1),
            Shape.BUY_NO_CONVERT: (count - 1) * kept,
            Shape.SPLIT_SELL_YES: (count - 1) * kept - count,
        }[shape]
    )


def best(event: EventSnapshot, shapes: tuple[Shape, ...], *, min_edge_pips: int, sets_max: int) -> tuple[int, int]:
    """(the most that is left under the worst winner in micro-dollars, with how many sets); (0, 0): nothing pays."""
    found = (0, 0)
    for shape, offers in candidates(event):
        if shape not in shapes or not all(levels for levels, _, _, _, _ in offers):
            continue
        most = min(sum(size for _, size in levels) for levels, _, _, _, _ in offers) // MICRO + 1
        for sets in range(1, min(sets_max, most) + 1):
            worst = worst_of(shape, offers, sets, event)
            if worst is None or worst <= 0 or (worst, -sets) <= found:
                continue
            if edge_of(shape, offers, sets, event) >= Fraction(min_edge_pips, 10_000):
                found = (worst, -sets)
    return found[0], -found[1]
