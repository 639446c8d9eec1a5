"""One market against itself: both tokens bought for less than a dollar and merged, or a dollar split and both sold for more.

The two tokens of a market are one pool at Polymarket (a bid for NO at p is an offer of YES at 1 − p), so a consistent pair of books shows no gap: one
that is seen is a torn view, which makes the book SUSPECT and is refused, or a window of milliseconds (polymarket.md §9.4).
"""

from typing import Final, Literal

from oms.values.bundles import EventSnapshot, Look, Shape
from oms.values.market import MarketId
from oms.values.orders import Side
from oms.values.snapshot import Snapshot
from strategies.arbitrage import Settings, Sight, look_at, sight_of, touch_of
from strategies.basket import terms
from strategies.stairs import PICO, PIP_PICO, net_pico

ShapeName = Literal["BUY_BOTH_MERGE", "SPLIT_SELL_BOTH"]
_SIDES: Final = ((Shape.BUY_BOTH_MERGE, Side.BUY), (Shape.SPLIT_SELL_BOTH, Side.SELL))
_FAR_PICO: Final = 10 * PICO
"""No set is so far from paying."""


class Params(Settings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may be set."""

    shapes: tuple[ShapeName, ...] = ("BUY_BOTH_MERGE", "SPLIT_SELL_BOTH")
    """Which are looked for."""


def levels(params: Params) -> int:
    """How deep into a book `evaluate` looks."""
    return params.levels


def evaluate(event: EventSnapshot, params: Params) -> Look:
    """Every market of the event for itself; the best of them."""
    if not event.markets:
        return Look(why="LEG_MISSING: no market of the event is listed")
    stopped = dict(event.stopped)
    pays_pico = params.min_edge_pips * PIP_PICO
    sights: list[Sight] = []
    nearest_pico = -_FAR_PICO
    wanted = [pair for pair in _SIDES if pair[0].name in params.shapes]
    for shape, side in wanted:
        base_pico, _ = terms(shape, PICO, PICO)
        for view in event.markets:
            yes, no = (view.yes.asks, view.no.asks) if side is Side.BUY else (view.yes.bids, view.no.bids)
            if not yes or not no:
                continue
            fee = view.market.fee
            edge_pico = base_pico + net_pico(fee, side, yes[0][0]) + net_pico(fee, side, no[0][0])
            if edge_pico >= pays_pico or edge_pico > nearest_pico:
                nearest_pico = max(nearest_pico, edge_pico)
                sights.append(_sight(shape, side, view, params, stopped))
    if not sights:
        sights += [_sight(shape, side, event.markets[0], params, stopped) for shape, side in wanted]
    return look_at(sights, (), event, params)


def _sight(shape: Shape, side: Side, view: Snapshot, params: Params, stopped: dict[MarketId, str]) -> Sight:
    return sight_of(shape, [touch_of(view, book, side, params, stopped) for book in (view.yes, view.no)], side)
