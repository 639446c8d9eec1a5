"""An event of outcomes that exclude each other, against itself: all YES bought, NO of several bought and converted or held, sets split and sold.

At most one outcome wins, so NO of k outcomes is worth k − 1 dollars at least, whatever else may happen and whoever is not on the list: this
needs no complete list. That YES of all outcomes is worth a dollar needs an event that is exclusive **and** exhaustive with every outcome traded (trap
T10): an augmented event is refused, and so is one with a hole in its list. Arithmetic and sources: polymarket.md §9.
"""

from typing import Final, Literal

from oms.values.bundles import EventSnapshot, Look, Shape
from oms.values.market import MarketId
from oms.values.orders import Side
from strategies.arbitrage import Settings, Sight, look_at, sight_of, touch_of

ShapeName = Literal["BUY_ALL_YES", "BUY_NO_CONVERT", "BUY_NO_HOLD", "SPLIT_SELL_YES"]
_OUTCOMES_MIN: Final = 2
_GAPS_MAX: Final = 300
_CONVERTED_GENERATION: Final = "v1"
"""v2 converts outcome by outcome and merges a whole event at once (polymarket.md §9.2); that is not built."""


class Params(Settings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may be set."""

    shapes: tuple[ShapeName, ...] = ("BUY_ALL_YES", "BUY_NO_CONVERT", "BUY_NO_HOLD", "SPLIT_SELL_YES")
    """Which are looked for. NO that can be converted is held to the end only where BUY_NO_CONVERT is left out."""


def levels(params: Params) -> int:
    """How deep into a book `evaluate` looks."""
    return params.levels


def evaluate(event: EventSnapshot, params: Params) -> Look:
    """All shapes at best prices, and those that pay there level by level; the best bundle, or the nearest shape."""
    refusal = _refusal(event)
    if refusal:
        return Look(why=refusal)
    stopped = dict(event.stopped)
    sights: list[Sight] = []
    refusals: list[str] = []
    if "BUY_ALL_YES" in params.shapes:
        hole = _hole(event, stopped)
        if hole:
            refusals.append(hole)
        else:
            touches = [touch_of(view, view.yes, Side.BUY, params, stopped) for view in event.markets]
            sights.append(sight_of(Shape.BUY_ALL_YES, touches, Side.BUY))
    unconverted = _why_not_converted(event)
    fee_bps = event.group.conversion_fee_bps or 0
    if unconverted and not {"BUY_NO_CONVERT", "SPLIT_SELL_YES"}.isdisjoint(params.shapes):
        refusals.append(unconverted)
    if "BUY_NO_CONVERT" in params.shapes and not unconverted:
        touches = [touch_of(view, view.no, Side.BUY, params, stopped) for view in event.markets]
        sights.append(sight_of(Shape.BUY_NO_CONVERT, touches, Side.BUY, fee_bps))
    elif "BUY_NO_HOLD" in params.shapes:
        touches = [touch_of(view, view.no, Side.BUY, params, stopped) for view in event.markets]
        sights.append(sight_of(Shape.BUY_NO_HOLD, touches, Side.BUY))
    if "SPLIT_SELL_YES" in params.shapes and not unconverted:
        touches = [touch_of(view, view.yes, Side.SELL, params, stopped) for view in event.markets]
        sights.append(sight_of(Shape.SPLIT_SELL_YES, touches, Side.SELL, fee_bps))
    return look_at(sights, refusals, event, params)


def _refusal(event: EventSnapshot) -> str:
    """Why nothing can be looked for in this event; empty when something can."""
    group = event.group
    if len(group.market_ids) < _OUTCOMES_MIN:
        return "ONE_OUTCOME: there is nothing beside it"
    if not group.exclusive:
        return "NOT_EXCLUSIVE: several of its outcomes may come true, or none, and nobody promised otherwise"
    if not event.markets:
        return "LEG_MISSING: none of its markets is listed"
    generation = event.markets[0].market.generation
    for view in event.markets:
        if view.market.generation != generation:
            return f"MIXED_GENERATIONS: its outcomes are on two ledgers, {generation} and {view.market.generation}"
    return ""


def _hole(event: EventSnapshot, stopped: dict[MarketId, str]) -> str:
    """Why YES of all that is listed may not be worth a dollar, or cannot be had; empty when neither."""
    group = event.group
    if group.augmented:
        return "AUGMENTED: an outcome without a name yet may win"
    if not group.exhaustive:
        return f"NOT_EXHAUSTIVE: {'; '.join(group.gaps)[:_GAPS_MAX] or 'nobody promised that one of its outcomes comes true'}"
    if len(event.markets) < len(group.market_ids):
        there = {view.market.market_id for view in event.markets}
        missing = next(market_id for market_id in group.market_ids if market_id not in there)
        return f"LEG_STOPPED: {missing}: {stopped[missing]}" if missing in stopped else f"LEG_MISSING: {missing} is not listed"
    return ""


def _why_not_converted(event: EventSnapshot) -> str:
    """Why NO shares of this event cannot be converted; empty when they can."""
    if event.group.conversion_fee_bps is None:
        return "NOT_CONVERTIBLE: the venue converts no NO shares of this event"
    if event.markets[0].market.generation != _CONVERTED_GENERATION:
        return "NOT_CONVERTIBLE: on this ledger NO is converted outcome by outcome, which is not built"
    return ""
