"""One question in two places: YES bought here and NO there, for less than a dollar net of both fee curves; one of the two pays.

That two markets resolve the same is a statement of a person who has read both rules (`Equivalent`), never a guess from titles: two venues may settle
by other sources, at other hours, or void what the other pays, and then both legs may lose. Money is counted where it is: each leg is paid from
the cash of its own place. Pure, and not in the register: the executor knows one place, and its gate refuses legs outside of the event at hand.
"""

from typing import Final

import msgspec

from oms.values.bundles import Leg, Shape
from oms.values.market import MarketId
from oms.values.orders import Side
from oms.values.snapshot import Snapshot
from oms.values.units import MICRO, PRICE_ONE_PIPS, CashMicro, SharesMicro, micro_text
from strategies.arbitrage import Settings, Touch, touch_of
from strategies.basket import Basket
from strategies.sizing import Bounds, best_size
from strategies.stairs import CENT_MICRO, PICO, PIP_PICO, Stairs, stairs_of

_SHAPE: Final = Shape.BUY_BOTH_MERGE
"""The same sum (strategies/basket.py): all legs, a dollar a set. What was bought is held, as sets in two places cannot be merged."""


class Equivalent(msgspec.Struct, frozen=True, kw_only=True):
    """Two markets that resolve the same, by the word of a person."""

    here: MarketId
    there: MarketId
    why: str
    """Which rules were read and compared; never empty."""


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """One of the two: where it is, what is seen there, and the cash that is there."""

    name: str
    view: Snapshot
    cash_micro: CashMicro


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """The better of the two directions."""

    yes_at: str = ""
    no_at: str = ""
    """Names of the places."""
    edge_pips: int | None = None
    """Net of both fees, of a set at the best prices; below zero so much is missing. None: nothing can be said."""
    raw_pips: int | None = None
    """Both asks together."""
    sets_micro: SharesMicro = 0
    legs: tuple[Leg, ...] = ()
    capital_micro: tuple[tuple[str, CashMicro], ...] = ()
    """What is paid out at most, by place."""
    worst_micro: CashMicro = 0
    """What is left at least, whichever of the two outcomes comes true in both places."""
    why: str


def evaluate(here: Place, there: Place, told: Equivalent, settings: Settings) -> Pair:
    """Both directions; the one that leaves most, or the nearest and why it does not pay. Refusals begin with a name (docs/arbitrage.md)."""
    if (told.here, told.there) != (here.view.market.market_id, there.view.market.market_id) or not told.why:
        return Pair(why="NOT_EQUIVALENT: nobody has said that these two resolve the same")
    looks = [_look(yes, no, settings) for yes, no in ((here, there), (there, here))]
    return max(looks, key=lambda look: (look.worst_micro, -PRICE_ONE_PIPS if look.edge_pips is None else look.edge_pips))


def _look(yes: Place, no: Place, settings: Settings) -> Pair:
    """YES at the first, NO at the second."""
    touches = (_touch(yes, settings, is_yes=True), _touch(no, settings, is_yes=False))
    doubt = next((touch.doubt for touch in touches if touch.doubt), "")
    if not all(touch.price_pips for touch in touches):
        return Pair(yes_at=yes.name, no_at=no.name, why=doubt)
    edge_pips = (PICO + sum(touch.net_pico for touch in touches)) // PIP_PICO
    raw_pips = sum(touch.price_pips for touch in touches)
    if doubt or edge_pips < settings.min_edge_pips:
        why = doubt or (f"NO_GAP: {-edge_pips} pips a set are missing" if edge_pips < 0 else f"UNDER_MIN_EDGE: {edge_pips} pips a set")
        return Pair(yes_at=yes.name, no_at=no.name, edge_pips=edge_pips, raw_pips=raw_pips, why=why)
    stairs = tuple(stairs_of(touch.view.market, touch.book, Side.BUY, settings.levels) for touch in touches)
    return _sized(
        Pair(yes_at=yes.name, no_at=no.name, edge_pips=edge_pips, raw_pips=raw_pips, why=""), stairs, (yes.cash_micro, no.cash_micro), settings
    )


def _touch(place: Place, settings: Settings, *, is_yes: bool) -> Touch:
    view = place.view
    return touch_of(view, view.yes if is_yes else view.no, Side.BUY, settings, {})


def _sized(look: Pair, stairs: tuple[Stairs, ...], cash: tuple[CashMicro, ...], settings: Settings) -> Pair:
    """The best number of sets that each place can pay for."""
    bounds = Bounds(
        sets_max=min(settings.sets_max, *map(_sets_paid, stairs, cash)),
        capital_micro=settings.capital_max_usd * MICRO,
        broken_micro=settings.broken_loss_max_usd * MICRO,
        edge_pico=settings.min_edge_pips * PIP_PICO,
    )
    sized = best_size(Basket(shape=_SHAPE, stairs=stairs), bounds) if bounds.sets_max else None
    if sized is None or sized.worst_micro < settings.min_profit_cents * CENT_MICRO:
        return msgspec.structs.replace(look, why="CAPPED: no size pays that is displayed, and that the cash of both places and the bounds allow")
    flows = [leg.flow(sized.sets_micro) or 0 for leg in stairs]
    return msgspec.structs.replace(
        look,
        sets_micro=sized.sets_micro,
        legs=tuple([leg for one in stairs for leg in one.legs(sized.sets_micro)]),
        capital_micro=((look.yes_at, -flows[0]), (look.no_at, -flows[1])),
        worst_micro=sized.worst_micro,
        why=f"{sized.sets_micro // MICRO} sets leave at least {micro_text(sized.worst_micro)} USD, if both places settle the same",
    )


def _sets_paid(stairs: Stairs, cash_micro: CashMicro) -> int:
    """The most whole sets of which this cash pays the leg. What more cost is never less, so the end is found by halving."""
    paid, beyond = 0, stairs.reach_micro // MICRO + 1
    while beyond - paid > 1:
        middle = (paid + beyond) // 2
        flow = stairs.flow(middle * MICRO)
        if flow is None or -flow <= cash_micro:
            paid = middle
        else:
            beyond = middle
    return paid
