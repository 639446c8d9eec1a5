"""Test words of the arbitrage strategies: events whose books are said in pips and whole shares."""

from collections.abc import Sequence

from oms.values.bundles import EventSnapshot
from oms.values.market import EventGroup, FeeCurve, Market
from oms.values.snapshot import BookView, Doubt, Health, Snapshot, TokenHolding
from oms.values.units import MICRO, NS_PER_SECOND
from tests.words import NO_DOUBT, NOON_NS, Ladder

EVENT = "event"
DAY_S = 86_400


def given_outcome(
    number: int = 0,
    *,
    yes_asks: Ladder = (),
    yes_bids: Ladder = (),
    no_asks: Ladder = (),
    no_bids: Ladder = (),
    rate_bps: int = 0,
    min_shares: int = 5,
    tick_pips: int = 100,
    left_s: int | None = DAY_S,
    health: Health = Health.LIVE,
    doubts: Doubt = NO_DOUBT,
    age_ms: int = 0,
    generation: str = "v1",
) -> Snapshot:
    """One market of an event, `left_s` before its end (None: unknown); health and age are those of both books."""

    def book(token: str, bids: Ladder, asks: Ladder) -> BookView:
        return BookView(
            token=token,
            bids=tuple((price, shares * MICRO) for price, shares in bids),
            asks=tuple((price, shares * MICRO) for price, shares in asks),
            health=health,
            doubts=doubts,
            epoch=1,
            changed_ns=NOON_NS - age_ms * 1_000_000,
            tick_pips=tick_pips,
        )

    market = Market(
        market_id=f"m{number}",
        title=f"Outcome {number}",
        yes=f"y{number}",
        no=f"n{number}",
        event_id=EVENT,
        tick_pips=tick_pips,
        min_shares_micro=min_shares * MICRO,
        fee=FeeCurve(rate_bps=rate_bps),
        end_ns=None if left_s is None else NOON_NS + left_s * NS_PER_SECOND,
        neg_risk=True,
        generation=generation,
    )
    return Snapshot(
        market=market,
        at_ns=NOON_NS,
        yes=book(market.yes, yes_bids, yes_asks),
        no=book(market.no, no_bids, no_asks),
        yes_holding=TokenHolding(),
        no_holding=TokenHolding(),
    )


def given_event(
    outcomes: Sequence[Snapshot],
    *,
    exclusive: bool = True,
    exhaustive: bool = True,
    augmented: bool = False,
    fee_bps: int | None = 0,
    gaps: Sequence[str] = (),
    unseen: Sequence[str] = (),
    stopped: Sequence[tuple[str, str]] = (),
    cash: int = 1_000_000,
) -> EventSnapshot:
    """An event of these outcomes; `unseen` are markets of its group that are not listed with us. Cash in whole dollars."""
    group = EventGroup(
        event_id=EVENT,
        market_ids=(*(view.market.market_id for view in outcomes), *unseen),
        exclusive=exclusive,
        exhaustive=exhaustive,
        augmented=augmented,
        conversion_fee_bps=fee_bps,
        gaps=tuple(gaps),
    )
    return EventSnapshot(group=group, at_ns=NOON_NS, markets=tuple(outcomes), stopped=tuple(stopped), cash_free_micro=cash * MICRO)


def given_alone(outcome: Snapshot, *, cash: int = 1_000_000) -> EventSnapshot:
    """A market that is its own event."""
    group = EventGroup(event_id=outcome.market.market_id, market_ids=(outcome.market.market_id,), exclusive=True, exhaustive=False)
    return EventSnapshot(group=group, at_ns=NOON_NS, markets=(outcome,), cash_free_micro=cash * MICRO)
