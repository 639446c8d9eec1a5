"""From a size to a bundle: legs, transfers, and for every winner what is left, so that anybody can add it up again."""

from collections.abc import Sequence

from oms.values.bundles import NOBODY, Bundle, End, Leg, Shape, Transfer, TransferKind
from oms.values.market import EventGroup, MarketId
from oms.values.units import Nanos
from strategies.basket import Basket
from strategies.sizing import Sized

HELD: tuple[Shape, ...] = (Shape.BUY_ALL_YES, Shape.BUY_NO_HOLD)
"""Shapes whose capital comes back when the event is decided, and not before."""
_OF_ONE_MARKET = (Shape.BUY_BOTH_MERGE, Shape.SPLIT_SELL_BOTH)


def bundle_of(basket: Basket, sized: Sized, group: EventGroup, why: str) -> Bundle:
    """The whole of it."""
    market_ids = tuple(dict.fromkeys(stairs.market_id for stairs in sized.legs))
    legs: list[Leg] = []
    for stairs in sized.legs:
        legs += stairs.legs(sized.sets_micro)
    before, after = _transfers(basket, sized, market_ids)
    return Bundle(
        shape=basket.shape,
        event_id=group.event_id,
        sets_micro=sized.sets_micro,
        before=before,
        legs=tuple(legs),
        after=after,
        ends=ends_of(basket, sized, market_ids, winners_of(group, market_ids)),
        capital_micro=basket.use(sized.sets_micro, sized.legs).capital_micro,
        free_ns=free_ns(basket.shape, sized),
        why=why,
    )


def is_whole(group: EventGroup) -> bool:
    """Exactly one of its markets comes true, and no outcome is missing (trap T10)."""
    return group.exclusive and group.exhaustive and not group.augmented and len(group.market_ids) > 1


def winners_of(group: EventGroup, market_ids: Sequence[MarketId]) -> tuple[MarketId, ...]:
    """Whose win is told of: everybody's in the group, traded or not, and nobody's unless one must.

    Of markets that do not exclude each other a bundle takes one, and tells of that one.
    """
    if is_whole(group):
        return group.market_ids
    return (*(group.market_ids if group.exclusive else market_ids), NOBODY)


def ends_of(basket: Basket, sized: Sized, market_ids: Sequence[MarketId], winners: Sequence[MarketId]) -> tuple[End, ...]:
    """What is left under each winner: the worst, and more where NO of every leg pays, or the YES that a conversion gave."""
    sets_micro = sized.sets_micro
    kept_micro = basket.kept(sets_micro)
    ends: list[End] = []
    for winner in winners:
        more_micro = 0
        if winner not in market_ids:
            if basket.shape is Shape.BUY_NO_HOLD:
                more_micro = sets_micro
            elif basket.shape in (Shape.BUY_NO_CONVERT, Shape.SPLIT_SELL_YES) and winner != NOBODY:
                # An outcome that is not in the group may win too, and we would hold its YES: but one that is added later gives none (§9.2).
                more_micro = kept_micro
        ends.append(End(winner=winner, result_micro=sized.worst_micro + more_micro))
    return tuple(ends)


def free_ns(shape: Shape, sized: Sized) -> Nanos | None:
    """When capital is expected back; None: as soon as the legs are settled."""
    if shape not in HELD:
        return None
    return max(stairs.market.end_ns or 0 for stairs in sized.legs)


def _transfers(basket: Basket, sized: Sized, market_ids: tuple[MarketId, ...]) -> tuple[tuple[Transfer, ...], tuple[Transfer, ...]]:
    """Before the legs, and after them."""
    sets_micro = sized.sets_micro
    before: tuple[Transfer, ...] = ()
    if basket.shape in (Shape.SPLIT_SELL_YES, Shape.SPLIT_SELL_BOTH):
        before = tuple(Transfer(kind=TransferKind.SPLIT, market_ids=(market_id,), shares_micro=sets_micro) for market_id in market_ids)
    if basket.shape is Shape.BUY_BOTH_MERGE:
        return before, (Transfer(kind=TransferKind.MERGE, market_ids=market_ids, shares_micro=sets_micro),)
    if basket.shape in (Shape.BUY_NO_CONVERT, Shape.SPLIT_SELL_YES):
        return before, (Transfer(kind=TransferKind.CONVERT, market_ids=market_ids, shares_micro=sets_micro, fee_bps=basket.fee_bps),)
    return before, ()
