"""The door to a bundle: whole or not at all. What it lets pass, the gate for single orders lets pass leg by leg."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from oms.machines.bundle_gate import asset_of, own_cross, pledges, spec_of
from oms.machines.proof import leg_fee
from oms.machines.risk import Limits, Reason
from oms.values import events as e
from oms.values.bundles import Bundle
from oms.values.market import FeeCurve
from oms.values.orders import Lifetime, OrderSpec, Side
from oms.values.snapshot import Doubt
from oms.values.units import MICRO
from tests.oms.words_event import EventFloor
from tests.words_bundles import EVENT, given_bundle, given_leg, given_no_bundle, given_outcome, given_split_bundle

ALL_YES = given_bundle("a", "b", prices=(4_000, 4_000))
FEE = FeeCurve(rate_bps=700)


def with_fee(bundle: Bundle, curve: FeeCurve) -> Bundle:
    legs = tuple([replace(leg, fee_micro=leg_fee(curve, leg)) for leg in bundle.legs])
    fees = sum(leg.fee_micro for leg in legs)
    ends = tuple([replace(end, result_micro=end.result_micro - fees) for end in bundle.ends])
    return replace(bundle, legs=legs, ends=ends, capital_micro=bundle.capital_micro + fees)


def test_a_leg_is_an_order_for_cash_or_for_shares_that_never_rests() -> None:  # req 4.8, ruling 2.10
    bought = spec_of(given_leg("a:YES", 4_000))
    assert (bought.size_micro, bought.lifetime, bought.post_only, asset_of(bought)) == (8 * MICRO, Lifetime.FOK, False, "cash")
    sold = spec_of(given_leg("a:YES", 4_000, side=Side.SELL))
    assert (sold.size_micro, asset_of(sold)) == (20 * MICRO, "a:YES")


def spec(token: str, side: Side, price_pips: int) -> OrderSpec:
    return OrderSpec(market_id="a", token=token, side=side, price_pips=price_pips, size_micro=8 * MICRO, lifetime=Lifetime.FAK)


@pytest.mark.parametrize(
    ("order", "standing", "meets"),
    [
        (spec("a:YES", Side.BUY, 4_000), (False, 4_000), True),  # our offer of YES at 0.40, or our bid for NO at 0.60
        (spec("a:YES", Side.BUY, 4_000), (False, 4_100), False),
        (spec("a:YES", Side.BUY, 4_000), (True, 4_000), False),
        (spec("a:NO", Side.BUY, 6_000), (True, 4_000), True),  # through a mint
        (spec("a:NO", Side.BUY, 5_900), (True, 4_000), False),
        (spec("a:NO", Side.SELL, 6_000), (False, 4_000), True),  # through a merge
        (spec("a:YES", Side.SELL, 4_000), (True, 4_100), True),
    ],
)
def test_an_order_may_meet_none_of_ours_in_the_one_pool_of_its_market(order: OrderSpec, standing: tuple[bool, int], *, meets: bool) -> None:
    assert own_cross(order, given_outcome("a"), [standing]) is (Reason.OWN_CROSS if meets else None)
    assert own_cross(order, given_outcome("a"), []) is None


def refused(floor: EventFloor, bundle: Bundle) -> dict[Reason, int]:
    """What the gate said; nothing of the bundle left."""
    assert floor.opens(bundle) == []
    assert floor.state.bundles.count == 0
    return dict(floor.state.refusals)


def test_what_is_set_aside_for_a_leg_counts_and_not_its_bare_price() -> None:
    bundle = with_fee(ALL_YES, FEE)
    cap = 8 * MICRO + FEE.worst_fee_for_cash(8 * MICRO)
    assert refused(EventFloor(fee=FEE, limits=Limits(order_max_micro=cap - 1)), bundle) == {Reason.ORDER_CAP: 1}
    assert refused(EventFloor(fee=FEE, limits=Limits(market_loss_max_micro=cap - 1)), bundle) == {Reason.MARKET_LOSS_CAP: 1}
    assert len(EventFloor(fee=FEE, limits=Limits(order_max_micro=cap, market_loss_max_micro=cap)).opens(bundle)) == 2


def test_cash_for_all_legs_and_all_sets_must_be_there_at_once() -> None:
    assert refused(EventFloor(), given_bundle("a", "b", prices=(4_000, 4_000), shares=2_000)) == {Reason.BUNDLE_LOSS_CAP: 1}
    rich = Limits(bundle_loss_max_micro=10**12, order_max_micro=10**12, market_loss_max_micro=10**12, event_loss_max_micro=10**12)
    assert refused(EventFloor(limits=rich), given_bundle("a", "b", prices=(4_000, 4_000), shares=2_000)) == {Reason.NOT_ENOUGH_CASH: 1}
    assert refused(EventFloor(limits=rich), given_split_bundle(shares=1_001)) == {Reason.NOT_ENOUGH_CASH: 1}


def test_legs_count_against_the_orders_of_their_market() -> None:
    both = (given_leg("a:YES", 4_000, 10), given_leg("a:YES", 4_000, 10), *given_bundle("a", "b", prices=(4_000, 4_000)).legs[1:])
    bundle = replace(ALL_YES, legs=both)
    assert refused(EventFloor(limits=Limits(market_orders_max=1)), bundle) == {Reason.MARKET_ORDERS_CAP: 1}
    assert len(EventFloor(limits=Limits(market_orders_max=2)).opens(bundle)) == 3


def test_a_leg_in_a_book_that_is_not_believed_is_refused_though_its_twins_book_is() -> None:
    floor = EventFloor()
    floor.state.desks["b"].no.doubt(Doubt.CONTINUITY)
    nos = replace(
        given_bundle("a", "b", prices=(4_000, 4_000)), legs=(given_leg("a:NO", 4_000), given_leg("b:NO", 4_000)), after=(), ends=ALL_YES.ends
    )
    assert refused(floor, nos) == {Reason.BOOK_NOT_LIVE: 1}


@pytest.mark.parametrize(
    ("fact", "reason"),
    [
        (e.Paused(why="lunch"), Reason.SESSION),
        (e.VenueReady(post_only=True), Reason.POST_ONLY_ONLY),
        (e.MarketClosed(market_id="b"), Reason.MARKET_CLOSED),
        (e.TickChanged(token="b:YES", tick_pips=1_000, exchange_ns=1), None),
    ],
)
def test_every_leg_must_be_allowed_by_itself(fact: e.Event, reason: Reason | None) -> None:
    floor = EventFloor()
    floor.tell(fact)
    legs = floor.opens(ALL_YES)
    assert floor.state.refusals == ({reason: 1} if reason else {})
    assert len(legs) == (0 if reason else 2)


@pytest.mark.parametrize(("total", "reason"), [(21, None), (20, Reason.TOTAL_LOSS_CAP)])
def test_beyond_the_total_limit_what_makes_the_event_worse_is_refused_though_no_market_gets_worse(total: int, reason: Reason | None) -> None:
    """Sets of both, bought for 20 each, whose NO was converted: each may lose 10, together nothing; 11 and a pledge of 10 are added."""
    floor = EventFloor(limits=Limits(total_loss_max_micro=total * MICRO))
    inventory = floor.state.inventory
    for name in floor.names:
        inventory.filled(f"{name}:YES", 20 * MICRO, -20 * MICRO, floor.now_ns)
        inventory.confirmed(f"{name}:YES", 20 * MICRO, -20 * MICRO)
        inventory.arrived(f"{name}:NO", 20 * MICRO)
    both = floor.names
    inventory.converted(
        e.Converted(
            event_id=EVENT, market_ids=both, shares_micro=20 * MICRO, cash_micro=20 * MICRO, yes_market_ids=(), yes_micro=20 * MICRO, command_id="c"
        )
    )
    assert (inventory.total_worst_micro, inventory.event_worst(floor.state.groups[EVENT])) == (-20 * MICRO, 0)
    legs = floor.opens(given_no_bundle("a", "b"))
    assert (len(legs), dict(floor.state.refusals)) == ((0, {reason: 1}) if reason else (2, {}))


CAPS = st.integers(5 * MICRO, 20 * MICRO)


@settings(max_examples=80, deadline=None)
@given(
    prices=st.tuples(*[st.integers(20, 48).map(lambda cents: cents * 100)] * 2),
    rate_bps=st.sampled_from((0, 100)),
    split=st.booleans(),
    caps=st.tuples(CAPS, CAPS, CAPS, CAPS, CAPS),
)
def test_what_passes_is_let_pass_by_the_gate_order_by_order(
    prices: tuple[int, int], rate_bps: int, *, split: bool, caps: tuple[int, int, int, int, int]
) -> None:
    order, market, event, day, total = caps
    limits = Limits(
        order_max_micro=order, market_loss_max_micro=market, event_loss_max_micro=event, day_spend_max_micro=day, total_loss_max_micro=total
    )
    fee = FeeCurve(rate_bps=rate_bps)
    floor = EventFloor(limits=limits, fee=fee)
    bundle = with_fee(given_bundle("a", "b", prices=prices), fee)
    if split:
        bundle = replace(bundle, legs=tuple([half for leg in bundle.legs for half in halves(leg.token, leg.price_pips, fee)]))
        paid = sum(leg.cash_micro + leg.fee_micro for leg in bundle.legs)
        bundle = replace(bundle, capital_micro=paid, ends=tuple([replace(end, result_micro=20 * MICRO - paid) for end in bundle.ends]))
    legs = floor.opens(bundle)
    opened = floor.state.bundles.count
    assert len(legs) == opened * len(bundle.legs)
    assert sum(floor.state.refusals.values()) == 1 - opened
    floor.assert_sound()


def halves(token: str, price_pips: int, fee: FeeCurve) -> list[object]:
    """The same leg in two."""
    leg = given_leg(token, price_pips, 10)
    return [replace(leg, fee_micro=leg_fee(fee, leg))] * 2


@pytest.mark.parametrize("fee_bps", [0, 100, 2_500])
@pytest.mark.parametrize("count", [2, 3, 5])
@pytest.mark.parametrize("price_pips", [100, 5_000, 5_800, 9_900])
def test_what_a_bundle_pledges_covers_every_way_it_may_go_from_every_point_on(fee_bps: int, count: int, price_pips: int) -> None:
    """In one market, if NO wins: nothing filled yet, filled, converted with any number of others. Later is never worse than what counts now."""
    names = tuple("abcde"[:count])
    bundle = given_no_bundle(*names, prices=(price_pips,) * count)
    (turned,) = bundle.after
    bundle = replace(bundle, after=(replace(turned, fee_bps=fee_bps),))
    told = pledges(bundle)
    assert list(told) == list(names)
    shares, cost = bundle.sets_micro, bundle.legs[0].cash_micro
    kept = shares - shares * fee_bps // 10_000
    converted = [kept * (others - 1) // others - cost for others in range(2, count + 1)]
    stages = [[0], [min(0, shares - cost), shares - cost], converted]
    for number, now in enumerate(stages[:-1]):
        later = [worth for stage in stages[number + 1 :] for worth in stage]
        assert max(now) - told["a"] <= min(later)


def test_only_what_converts_pledges() -> None:
    assert pledges(ALL_YES) == pledges(given_split_bundle()) == {}
