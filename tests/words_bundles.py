"""Bundles for tests: two outcomes of one event, each a dollar's half, with numbers that can be added up by heart."""

from msgspec.structs import replace

from oms.values.bundles import NOBODY, Bundle, End, Leg, Shape, Transfer, TransferKind
from oms.values.market import EventGroup, Market
from oms.values.orders import Side
from oms.values.units import MICRO, CashMicro, Pips, SharesMicro
from tests.words import given_market

EVENT = "the election"


def given_outcome(name: str, **changes: object) -> Market:
    """One market of the event."""
    return replace(given_market(), market_id=name, title=name, yes=f"{name}:YES", no=f"{name}:NO", event_id=EVENT, neg_risk=True, **changes)


def given_group(*names: str, exhaustive: bool = True, fee_bps: int | None = 0) -> EventGroup:
    """Outcomes that exclude each other."""
    return EventGroup(event_id=EVENT, market_ids=names, exclusive=True, exhaustive=exhaustive, questions=len(names), conversion_fee_bps=fee_bps)


def given_leg(token: str, price_pips: Pips, shares: int = 20, side: Side = Side.BUY, fee_micro: CashMicro = 0) -> Leg:
    """A leg of whole shares at a price of whole cents."""
    shares_micro = shares * MICRO
    return Leg(
        market_id=token.partition(":")[0],
        token=token,
        side=side,
        price_pips=price_pips,
        shares_micro=shares_micro,
        cash_micro=shares_micro * price_pips // 10_000,
        fee_micro=fee_micro,
    )


def given_bundle(*names: str, prices: tuple[Pips, ...] = (4_000, 5_000), shares: int = 20) -> Bundle:
    """All YES of these outcomes, one of which wins."""
    legs = tuple([given_leg(f"{name}:YES", price, shares) for name, price in zip(names, prices, strict=True)])
    cost = sum(leg.cash_micro for leg in legs)
    sets: SharesMicro = shares * MICRO
    return Bundle(
        shape=Shape.BUY_ALL_YES,
        event_id=EVENT,
        sets_micro=sets,
        legs=legs,
        ends=tuple([End(winner=name, result_micro=sets - cost) for name in names]),
        capital_micro=cost,
        free_ns=None,
        why="the asks add up to less than a dollar",
    )


def given_no_bundle(*names: str, prices: tuple[Pips, ...] = (5_500, 4_000), shares: int = 20, others: tuple[str, ...] = ()) -> Bundle:
    """NO of these outcomes, converted: all but one dollar a set comes back, and YES of the others, one of which pays if none of these does."""
    legs = tuple([given_leg(f"{name}:NO", price, shares) for name, price in zip(names, prices, strict=True)])
    cost, sets = sum(leg.cash_micro for leg in legs), shares * MICRO
    back = (len(names) - 1) * sets
    return Bundle(
        shape=Shape.BUY_NO_CONVERT,
        event_id=EVENT,
        sets_micro=sets,
        legs=legs,
        after=(Transfer(kind=TransferKind.CONVERT, market_ids=names, shares_micro=sets),),
        ends=(
            *[End(winner=name, result_micro=back - cost) for name in names],
            *[End(winner=name, result_micro=back + sets - cost) for name in others],
            End(winner=NOBODY, result_micro=back - cost),
        ),
        capital_micro=cost,
        free_ns=None,
        why="the NO cost less than all but one dollar",
    )


def given_split_bundle(name: str = "a", price_yes: Pips = 5_500, price_no: Pips = 5_000, shares: int = 20) -> Bundle:
    """Sets of one outcome, split and sold: YES at 0.55 and NO at 0.50 unless told otherwise."""
    legs = (given_leg(f"{name}:YES", price_yes, shares, Side.SELL), given_leg(f"{name}:NO", price_no, shares, Side.SELL))
    left = sum(leg.cash_micro for leg in legs) - shares * MICRO
    return Bundle(
        shape=Shape.SPLIT_SELL_BOTH,
        event_id=EVENT,
        sets_micro=shares * MICRO,
        before=(Transfer(kind=TransferKind.SPLIT, market_ids=(name,), shares_micro=shares * MICRO),),
        legs=legs,
        ends=(End(winner=name, result_micro=left), End(winner=NOBODY, result_micro=left)),
        capital_micro=shares * MICRO,
        free_ns=None,
        why="the bids add up to more than a dollar",
    )
