"""Bundles in the engine: opened when they pay and may be, all legs or as few as can be helped, each ending in one of four ways."""

import pytest
from msgspec.structs import replace

from oms.machines.risk import Limits, Reason
from oms.values import events as e
from oms.values.bundles import Bundle, BundleEnd, End, Leg, Shape, Terms, Transfer, TransferKind
from oms.values.commands import AskTransfer, BundleOpened, Convert, Merge, Place, Split, WindowClosed
from oms.values.orders import Lifetime, Side
from oms.values.units import MICRO, NS_PER_SECOND
from tests.oms.words_engine import STAGES, alerts, of_kind
from tests.oms.words_event import STRATEGY, EventFloor
from tests.words_bundles import given_bundle, given_leg, given_no_bundle

ALL_YES = given_bundle("a", "b", prices=(4_000, 4_000))
"""Twenty sets for 16 dollars."""
LEAD = replace(ALL_YES, terms=Terms(at_once=False))


def given_split_bundle(price_yes: int = 5_500, price_no: int = 5_000) -> Bundle:
    """Twenty sets of a, split and sold: YES at 0.55 and NO at 0.50 unless told otherwise."""
    legs: tuple[Leg, ...] = (given_leg("a:YES", price_yes, side=Side.SELL), given_leg("a:NO", price_no, side=Side.SELL))
    left = sum(leg.cash_micro for leg in legs) - 20 * MICRO
    return Bundle(
        shape=Shape.SPLIT_SELL_BOTH,
        event_id="the election",
        sets_micro=20 * MICRO,
        before=(Transfer(kind=TransferKind.SPLIT, market_ids=("a",), shares_micro=20 * MICRO),),
        legs=legs,
        ends=(End(winner="a", result_micro=left), End(winner="", result_micro=left)),
        capital_micro=20 * MICRO,
        free_ns=None,
        why="the bids add up to more than a dollar",
    )


def test_all_legs_leave_at_once_as_fok_and_a_bundle_that_filled_is_complete() -> None:  # req 4.2, 4.8, 4.9
    floor = EventFloor()
    legs = floor.opens(ALL_YES)
    assert [(leg.spec.token, leg.spec.side, leg.spec.lifetime, leg.spec.size_micro, leg.bundle) for leg in legs] == [
        ("a:YES", Side.BUY, Lifetime.FOK, 8 * MICRO, "7-b1/1"),
        ("b:YES", Side.BUY, Lifetime.FOK, 8 * MICRO, "7-b1/1"),
    ]
    assert [(note.bundle_id, note.strategy) for note in of_kind(floor.venue.last, BundleOpened)] == [("7-b1", STRATEGY)]
    floor.fills(legs[0])
    floor.fills(legs[1], settled=False)
    assert floor.ended() == [], "matched is not settled"
    floor.settles(legs[1])
    assert floor.ended() == [(BundleEnd.COMPLETE, 4 * MICRO)]
    assert floor.state.inventory.sellable("a:YES") == 0, "what belongs to a bundle is nobody's to sell"
    floor.assert_sound()


def test_a_bundle_of_which_nothing_filled_is_missed_and_its_event_rests() -> None:
    floor = EventFloor()
    legs = floor.opens(ALL_YES)
    floor.fills(legs[0], 0)
    floor.tell(e.Rejected(order_id=legs[1].order_id, why="could not be filled completely"))
    assert floor.ended() == [(BundleEnd.MISSED, 0)]
    assert floor.opens(ALL_YES) == []
    floor.tell(e.Tick(), after_ms=1_500)
    assert len(floor.opens(ALL_YES)) == 2
    floor.assert_sound()


def test_a_missed_leg_is_chased_as_long_as_the_whole_does_not_lose() -> None:
    floor = EventFloor()
    first, second = floor.opens(ALL_YES)
    floor.book("b:YES", ((3_500, 100),), ((5_900, 100),))
    floor.fills(first)
    (chase,) = of_kind(floor.fills(second, 0), Place)
    assert (chase.spec.token, chase.spec.price_pips, chase.spec.lifetime, chase.bundle) == ("b:YES", 5_900, Lifetime.FAK, "7-b1/2")
    assert chase.spec.shares_micro == 20 * MICRO
    floor.fills(chase)
    assert floor.ended() == [(BundleEnd.COMPLETE, 200_000)]
    floor.assert_sound()


def test_beyond_break_even_what_filled_is_sold_again_once_it_is_settled() -> None:
    floor = EventFloor()
    first, second = floor.opens(ALL_YES)
    floor.book("b:YES", ((3_500, 100),), ((6_100, 100),))
    floor.fills(second, 0)
    assert of_kind(floor.fills(first, settled=False), Place) == []
    (back,) = of_kind(floor.settles(first), Place)
    assert (back.spec.token, back.spec.side, back.spec.price_pips, back.spec.size_micro) == ("a:YES", Side.SELL, 3_600, 20 * MICRO)
    floor.fills(back)
    assert floor.ended() == [(BundleEnd.UNWOUND, -800_000)]
    floor.assert_sound()


def test_what_finds_no_price_within_its_bound_is_held_as_it_is_and_said_so() -> None:
    floor = EventFloor()
    first, second = floor.opens(ALL_YES)
    floor.book("b:YES", ((3_500, 100),), ((6_100, 100),))
    floor.book("a:YES", ((3_400, 5), (2_000, 100)), ((4_000, 100),))
    floor.fills(second, 0)
    assert of_kind(floor.fills(first), Place) == [], "20 are not wanted above 0.35"
    sent = floor.tell(e.Tick(), after_ms=6_000)
    assert floor.ended() == [(BundleEnd.EXPOSED, -8 * MICRO)]
    assert alerts(sent) == ["bundle exposed"]
    floor.assert_sound()


def test_the_thinnest_leg_goes_first_and_the_others_are_sized_to_what_it_filled() -> None:
    floor = EventFloor()
    floor.book("b:YES", ((3_500, 100),), ((4_000, 20),))
    (lead,) = floor.opens(LEAD)
    assert (lead.spec.token, lead.spec.lifetime) == ("b:YES", Lifetime.FAK)
    (other,) = of_kind(floor.fills(lead, 12), Place)
    assert (other.spec.token, other.spec.lifetime, other.spec.size_micro, other.bundle) == ("a:YES", Lifetime.FOK, 4_800_000, "7-b1/2")
    floor.fills(other)
    assert floor.ended() == [(BundleEnd.COMPLETE, 2_400_000)]
    floor.assert_sound()


def test_a_leading_leg_that_missed_costs_nothing() -> None:
    floor = EventFloor()
    (lead,) = floor.opens(LEAD)
    floor.fills(lead, 0)
    assert floor.ended() == [(BundleEnd.MISSED, 0)]


def test_no_of_several_outcomes_is_converted_when_it_is_settled() -> None:
    floor = EventFloor("a", "b", "c")
    legs = floor.opens(given_no_bundle("a", "b", prices=(5_500, 4_000), others=("c",)))
    floor.fills(legs[0])
    (convert,) = of_kind(floor.fills(legs[1]), Convert)
    assert (convert.command_id, convert.market_ids, convert.shares_micro) == ("7-b1/t1", ("a", "b"), 20 * MICRO)
    fact = e.Converted(
        event_id="the election",
        market_ids=("a", "b"),
        shares_micro=20 * MICRO,
        cash_micro=20 * MICRO,
        yes_market_ids=("c",),
        yes_micro=20 * MICRO,
        command_id="7-b1/t1",
    )
    floor.tell(fact)
    floor.tell(fact)
    assert floor.ended() == [(BundleEnd.COMPLETE, MICRO)]
    assert floor.state.ledger.total("cash") == 1_001 * MICRO
    assert [floor.state.inventory.held(token) for token in ("a:NO", "b:NO", "c:YES", "a:YES")] == [0, 0, 20 * MICRO, 0]
    floor.assert_sound()


def test_a_conversion_that_is_refused_leaves_shares_that_pay_the_same_later() -> None:
    floor = EventFloor("a", "b", "c")
    legs = floor.opens(given_no_bundle("a", "b", prices=(5_500, 4_000), others=("c",)))
    floor.fills(legs[0])
    floor.fills(legs[1])
    floor.tell(e.TransferRefused(command_id="7-b1/t1", why="paused"))
    assert floor.ended() == [(BundleEnd.COMPLETE, MICRO)]
    assert [floor.state.inventory.held(token) for token in ("a:NO", "b:NO")] == [20 * MICRO, 20 * MICRO]


def test_two_of_three_no_legs_are_a_smaller_bundle_when_that_does_not_lose_either() -> None:
    floor = EventFloor("a", "b", "c")
    legs = floor.opens(given_no_bundle("a", "b", "c", prices=(5_500, 4_000, 5_500)))
    floor.book("c:NO", ((1_000, 100),), ())
    floor.fills(legs[0])
    floor.fills(legs[2], 0)
    (convert,) = of_kind(floor.fills(legs[1]), Convert)
    assert convert.market_ids == ("a", "b")


def test_a_leg_whose_settlement_fails_is_missing_again() -> None:
    floor = EventFloor()
    first, second = floor.opens(ALL_YES)
    floor.fills(first, settled=False)
    floor.fills(second)
    (chase,) = of_kind(floor.settles(first, STAGES.FAILED), Place)
    assert (chase.spec.token, chase.spec.shares_micro) == ("a:YES", 20 * MICRO)
    floor.fills(chase)
    assert floor.ended() == [(BundleEnd.COMPLETE, 4 * MICRO)]
    floor.assert_sound()


def test_sets_are_split_first_and_sold_when_they_are_there() -> None:
    floor = EventFloor()
    floor.book("a:NO", ((5_000, 100),), ((5_500, 100),))
    bundle = given_split_bundle()
    assert floor.opens(bundle) == []
    assert [split.shares_micro for split in of_kind(floor.venue.last, Split)] == [20 * MICRO]
    assert floor.state.ledger.free("cash") == 980 * MICRO
    floor.book("a:YES", ((5_500, 100),), ((6_000, 100),))
    legs = of_kind(floor.tell(e.SetsChanged(market_id="a", shares_micro=20 * MICRO, command_id="7-b1/t1")), Place)
    assert [(leg.spec.token, leg.spec.side, leg.spec.lifetime) for leg in legs] == [
        ("a:YES", Side.SELL, Lifetime.FOK),
        ("a:NO", Side.SELL, Lifetime.FOK),
    ]
    for leg in legs:
        floor.fills(leg)
    assert floor.ended() == [(BundleEnd.COMPLETE, MICRO)]
    floor.assert_sound()


def test_sets_whose_price_had_gone_are_merged_again_and_cost_nothing() -> None:
    floor = EventFloor()
    floor.opens(given_split_bundle())
    (merge,) = of_kind(floor.tell(e.SetsChanged(market_id="a", shares_micro=20 * MICRO, command_id="7-b1/t1")), Merge)
    assert (merge.command_id, merge.shares_micro) == ("7-b1/t2", 20 * MICRO)
    floor.tell(e.SetsChanged(market_id="a", shares_micro=-20 * MICRO, command_id="7-b1/t2"))
    assert floor.ended() == [(BundleEnd.MISSED, 0)]
    assert floor.state.ledger.free("cash") == 1_000 * MICRO
    floor.assert_sound()


def test_a_split_of_which_nothing_is_heard_is_asked_about_and_never_asked_for_again() -> None:
    floor = EventFloor()
    floor.opens(given_split_bundle())
    asked = [command for _ in range(4) for command in floor.tell(e.Tick(), after_ms=3_000)]
    assert {question.command_id for question in of_kind(asked, AskTransfer)} == {"7-b1/t1"}
    assert len(of_kind(asked, AskTransfer)) >= 3
    assert of_kind(asked, Split) == []
    floor.tell(e.TransferRefused(command_id="7-b1/t1", why="it never arrived"))
    assert floor.ended() == [(BundleEnd.MISSED, 0)]
    assert floor.state.ledger.free("cash") == 1_000 * MICRO


@pytest.mark.parametrize(
    ("bundle", "limits", "reason"),
    [
        (replace(ALL_YES, ends=(ALL_YES.ends[0], End(winner="b", result_micro=1))), Limits(), Reason.PROOF_FAILS),
        (given_bundle("a", "b", prices=(4_000, 6_100)), Limits(), Reason.PROOF_FAILS),
        (replace(ALL_YES, ends=ALL_YES.ends[:1]), Limits(), Reason.PROOF_FAILS),
        (ALL_YES, Limits(bundle_loss_max_micro=7 * MICRO), Reason.BUNDLE_LOSS_CAP),
        (ALL_YES, Limits(event_loss_max_micro=7 * MICRO), Reason.EVENT_LOSS_CAP),
        (ALL_YES, Limits(total_loss_max_micro=7 * MICRO), Reason.TOTAL_LOSS_CAP),
        (ALL_YES, Limits(market_loss_max_micro=7 * MICRO), Reason.MARKET_LOSS_CAP),
        (ALL_YES, Limits(order_max_micro=7 * MICRO), Reason.ORDER_CAP),
        (ALL_YES, Limits(total_orders_max=1), Reason.TOTAL_ORDERS_CAP),
        (ALL_YES, Limits(day_spend_max_micro=15 * MICRO), Reason.DAY_SPEND_CAP),
    ],
)
def test_what_the_gate_refuses_is_refused_whole_and_written_down(bundle: Bundle, limits: Limits, reason: Reason) -> None:
    floor = EventFloor(limits=limits)
    assert floor.opens(bundle) == []
    assert of_kind(floor.venue.sent, BundleOpened) == []
    assert floor.state.refusals[reason] == 1
    (closed,) = of_kind(floor.book("a:YES", ((3_500, 100),), ((4_000, 100),)), WindowClosed)
    assert closed.bundle_id == ""
    assert closed.why.startswith(f"{reason.name}: ")
    assert dict(floor.state.windows.missed) == {reason.name: 1}


def test_limits_that_the_bundle_just_fits_let_it_pass() -> None:
    limits = Limits(
        bundle_loss_max_micro=8 * MICRO,
        event_loss_max_micro=8 * MICRO,
        total_loss_max_micro=16 * MICRO,
        market_loss_max_micro=8 * MICRO,
        order_max_micro=8 * MICRO,
        total_orders_max=2,
        day_spend_max_micro=16 * MICRO,
    )
    assert len(EventFloor(limits=limits).opens(ALL_YES)) == 2


def test_one_bundle_of_an_event_at_a_time() -> None:
    floor = EventFloor()
    floor.opens(ALL_YES)
    assert floor.opens(ALL_YES) == []
    assert floor.state.bundles.count == 1


def test_a_window_tells_how_long_it_was_open_and_that_it_was_taken() -> None:  # req 4.15, 4.26
    floor = EventFloor()
    floor.opens(ALL_YES)
    opened_ns = floor.now_ns
    (closed,) = of_kind(floor.book("a:YES", ((3_500, 100),), ((4_000, 100),)), WindowClosed)
    assert (closed.opened_ns, closed.edge_pips, closed.worst_micro, closed.sets_micro) == (opened_ns, 1_000, 4 * MICRO, 20 * MICRO)
    assert (closed.bundle_id, closed.shape) == ("7-b1", Shape.BUY_ALL_YES)
    assert (floor.state.windows.seen, floor.state.windows.taken) == (1, 1)


def test_a_halt_sends_nothing_more_and_what_is_half_done_waits_and_is_told() -> None:
    floor = EventFloor()
    first, second = floor.opens(ALL_YES)
    floor.tell(e.Halted(why="kill"))
    floor.fills(first)
    assert of_kind(floor.fills(second, 0), Place) == []
    floor.tell(e.Tick(), after_ms=6_000)
    assert floor.ended() == [(BundleEnd.EXPOSED, -8 * MICRO)]


def test_near_misses_stand_in_the_order_of_what_is_missing() -> None:  # req 4.11
    floor = EventFloor()
    (near,) = list(floor.state.watch.nearest())
    assert (near.event_id, near.edge_pips, near.raw_pips) == ("the election", -50, 10_050)
    assert floor.seen[-1].at_ns <= floor.now_ns < floor.seen[-1].at_ns + NS_PER_SECOND
